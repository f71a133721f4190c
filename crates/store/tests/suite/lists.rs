//! Lists and counts for people.

use store::{EffectState, ExceptionFilter, ReturnFilter, Unit};

use super::Place;
use super::rows::*;

pub async fn returns_by_filter(place: &Place) {
    let store = place.open().await;
    for (id, when, lifecycle, site) in [
        ("A", 3, "REQUESTED", "DC-7"),
        ("B", 1, "RECEIVED", "DC-7"),
        ("C", 2, "RECEIVED", "DC-8"),
    ] {
        let mut row = state(id, 1);
        row.updated_at = at(when);
        row.lifecycle = lifecycle.to_owned();
        row.site = site.to_owned();
        write(
            &store,
            Unit {
                state: Some(row),
                ..Unit::default()
            },
        )
        .await;
    }
    let all = ReturnFilter::default();
    let list = async |filter: ReturnFilter| -> String {
        let rows = store.returns(&filter).await.unwrap();
        rows.into_iter().map(|row| row.return_id).collect()
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(list(all.clone()).await, "ACB");
    assert_eq!(
        list(ReturnFilter {
            limit: 2,
            ..all.clone()
        })
        .await,
        "AC"
    );
    assert_eq!(
        list(ReturnFilter {
            lifecycle: text("RECEIVED"),
            ..all.clone()
        })
        .await,
        "CB"
    );
    assert_eq!(
        list(ReturnFilter {
            site: text("DC-7"),
            ..all.clone()
        })
        .await,
        "AB"
    );
    assert_eq!(
        list(ReturnFilter {
            business_code: text("R900"),
            ..all.clone()
        })
        .await,
        ""
    );
    let cases = [
        (
            ReturnFilter {
                since: Some(at(2)),
                ..all.clone()
            },
            "AC",
        ),
        (
            ReturnFilter {
                after: Some((at(3), "A".to_owned())),
                ..all.clone()
            },
            "CB",
        ),
        (
            ReturnFilter {
                after: Some((at(3), "B".to_owned())),
                ..all.clone()
            },
            "ACB",
        ),
        (
            ReturnFilter {
                after: Some((at(1), "B".to_owned())),
                ..all
            },
            "",
        ),
    ];
    for (filter, expected) in cases {
        assert_eq!(list(filter.clone()).await, expected, "{filter:?}");
    }
    let expected = [("RECEIVED", "R100", 2), ("REQUESTED", "R100", 1)];
    let expected = expected.map(|(l, c, n)| (l.to_owned(), c.to_owned(), n));
    assert_eq!(store.return_counts().await.unwrap(), expected);
}

pub async fn open_exceptions_are_counted(place: &Place) {
    let store = place.open().await;
    for (fingerprint, code, connector) in [
        ("a", "SOURCE_SILENT", "portal"),
        ("b", "ERP_REJECTED", "erp-soap"),
        ("c", "ERP_REJECTED", "erp-rest"),
        ("d", "ERP_REJECTED", "erp-rest"),
        ("e", "ERP_REJECTED", "erp-rest"),
    ] {
        let mut row = exception(fingerprint);
        row.code = code.to_owned();
        row.connector = connector.to_owned();
        let mut unit = Unit {
            exceptions: vec![row],
            ..Unit::default()
        };
        write(&store, unit.clone()).await;
        if fingerprint == "e" {
            unit.exceptions.clear();
            unit.resolve
                .push((fingerprint.to_owned(), "put right".to_owned()));
            write(&store, unit).await;
        }
    }
    let expected = [
        ("ERP_REJECTED", "erp-rest", 2),
        ("ERP_REJECTED", "erp-soap", 1),
        ("SOURCE_SILENT", "portal", 1),
    ];
    let expected = expected.map(|(code, of, n)| (code.to_owned(), of.to_owned(), n));
    assert_eq!(store.exception_counts().await.unwrap(), expected);
}

pub async fn counts_by_state(place: &Place) {
    let store = place.open().await;
    for (key, state, connector) in [
        ("a", EffectState::Ready, "erp-soap"),
        ("b", EffectState::Ready, "erp-rest"),
        ("c", EffectState::Confirmed, "erp-rest"),
        ("d", EffectState::Ready, "erp-rest"),
    ] {
        let mut row = effect(key, "A", state);
        row.connector = connector.to_owned();
        plan(&store, row).await;
    }
    assert_eq!(
        store.effect_counts().await.unwrap(),
        [
            ("erp-rest".to_owned(), EffectState::Confirmed, 1),
            ("erp-rest".to_owned(), EffectState::Ready, 2),
            ("erp-soap".to_owned(), EffectState::Ready, 1),
        ]
    );
}

pub async fn numbers_are_gapless(place: &Place) {
    let (one, two) = (place.open().await, place.open().await);
    let draws = (0..20).map(|n| {
        let store = if n % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move { store.next_number("credit/US01").await.unwrap() })
    });
    let mut numbers = Vec::new();
    for draw in draws.collect::<Vec<_>>() {
        numbers.push(draw.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<u64>>());
    assert_eq!(one.next_number("credit/DE01").await.unwrap(), 1);
}

pub async fn exceptions_by_page(place: &Place) {
    let store = place.open().await;
    for id in ["a", "b", "c"] {
        let row = exception(id);
        write(
            &store,
            Unit {
                exceptions: vec![row],
                ..Unit::default()
            },
        )
        .await;
    }
    let mut filter = ExceptionFilter {
        limit: 2,
        ..ExceptionFilter::default()
    };
    let mut seen = Vec::new();
    loop {
        let page = store.exceptions(&filter).await.unwrap();
        let Some(last) = page.last() else { break };
        filter.after = Some((last.updated_at, last.exception_id.clone()));
        seen.extend(page.into_iter().map(|row| row.exception_id));
    }
    assert_eq!(seen, ["X-c", "X-b", "X-a"], "each once, over pages");
}
