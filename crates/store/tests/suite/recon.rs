//! The daily proof: written once, signed once, read by day.

use store::*;

use super::Place;
use super::rows::{at, effect, entry};

fn run(run_id: &str, day: i8, begun: i64) -> ReconRunRow {
    ReconRunRow {
        run_id: run_id.to_owned(),
        entity: "US01".to_owned(),
        business_date: jiff::civil::date(2026, 3, day),
        started_at: at(begun),
        ran_by: "ada".to_owned(),
        status: "NOT_PROVEN".to_owned(),
        report: r#"{"matches":[]}"#.to_owned(),
        sign_off: None,
    }
}

fn item(run_id: &str, n: u32) -> ReconItemRow {
    ReconItemRow {
        run_id: run_id.to_owned(),
        n,
        item_key: format!("C3|MISSING_IN_ERP|rt1-{n}"),
        matched: "C3".to_owned(),
        class: "MISSING_IN_ERP".to_owned(),
        return_id: "R-1".to_owned(),
        effect_key: format!("rt1-{n}"),
        body: r#"{"left":"1.00"}"#.to_owned(),
    }
}

fn writing(run: ReconRunRow, items: Vec<ReconItemRow>) -> Unit {
    Unit {
        audit: vec![entry(&run.run_id, "recon.run")],
        recon: Some(Box::new(ReconWrite { run, items })),
        ..Unit::default()
    }
}

async fn outcome(store: &dyn Store, unit: Unit) -> UnitOutcome {
    let commit = store.commit(vec![unit], Vec::new()).await.unwrap();
    commit.outcomes.into_iter().next().unwrap()
}

pub async fn a_run_is_written_once_with_its_items(place: &Place) {
    let store = place.open().await;
    let unit = writing(run("01", 2, 10), vec![item("01", 1), item("01", 2)]);
    assert_eq!(outcome(&*store, unit.clone()).await, UnitOutcome::Done);
    let again = outcome(&*store, unit).await;
    assert!(matches!(again, UnitOutcome::Failed(_)), "{again:?}");
    store.close().await;
    let store = place.open().await;
    let kept = store.recon_runs(&ReconFilter::default()).await.unwrap();
    assert_eq!(kept, [run("01", 2, 10)]);
    let items = store.recon_items("01").await.unwrap();
    assert_eq!(items, [item("01", 1), item("01", 2)]);
    let (entries, _) = store.audit_head().await.unwrap();
    assert_eq!(entries, 1, "what was refused left nothing");
}

pub async fn runs_are_listed_by_entity_and_day(place: &Place) {
    let store = place.open().await;
    for (id, day, begun) in [("01", 2, 10), ("02", 3, 20), ("03", 2, 30)] {
        outcome(&*store, writing(run(id, day, begun), Vec::new())).await;
    }
    let ids = async |filter: ReconFilter| -> Vec<String> {
        let runs = store.recon_runs(&filter).await.unwrap();
        runs.into_iter().map(|run| run.run_id).collect()
    };
    assert_eq!(ids(ReconFilter::default()).await, ["03", "02", "01"]);
    let day = Some(jiff::civil::date(2026, 3, 2));
    let of_day = ReconFilter {
        from: day,
        to: day,
        limit: 1,
        ..ReconFilter::default()
    };
    assert_eq!(ids(of_day).await, ["03"]);
    let elsewhere = ReconFilter {
        entity: Some("DE01".to_owned()),
        ..ReconFilter::default()
    };
    assert!(ids(elsewhere).await.is_empty());
    let one = ReconFilter {
        run_id: Some("02".to_owned()),
        ..ReconFilter::default()
    };
    assert_eq!(ids(one).await, ["02"]);
}

pub async fn a_run_is_signed_once(place: &Place) {
    let store = place.open().await;
    outcome(&*store, writing(run("01", 2, 10), Vec::new())).await;
    let sign = |by: &str| SignOffRow {
        run_id: "01".to_owned(),
        signed_by: by.to_owned(),
        signed_at: at(60),
        note: "seen".to_owned(),
    };
    let signing = |by: &str| Unit {
        sign_off: Some(Box::new(sign(by))),
        ..Unit::default()
    };
    assert_eq!(outcome(&*store, signing("grace")).await, UnitOutcome::Done);
    let second = outcome(&*store, signing("linus")).await;
    assert!(matches!(second, UnitOutcome::Failed(_)), "{second:?}");
    let kept = store.recon_runs(&ReconFilter::default()).await.unwrap();
    assert_eq!(kept[0].sign_off, Some(sign("grace")));
}

pub async fn effects_alive_in_a_span_are_paged(place: &Place) {
    let store = place.open().await;
    let planned = |key: &str, created: i64, changed: i64| {
        let mut row = effect(key, "R-1", EffectState::Ready);
        (row.created_at, row.updated_at) = (at(created), at(changed));
        EffectWrite::Plan(row)
    };
    let mut other = effect("k-other", "R-1", EffectState::Ready);
    "NOTIFY".clone_into(&mut other.kind);
    (other.created_at, other.updated_at) = (at(20), at(20));
    let unit = Unit {
        effects: vec![
            planned("k-before", 0, 9),
            planned("k-into", 0, 10),
            planned("k-within", 12, 15),
            planned("k-over", 0, 99),
            planned("k-after", 30, 31),
            EffectWrite::Plan(other),
        ],
        ..Unit::default()
    };
    assert_eq!(outcome(&*store, unit).await, UnitOutcome::Done);
    let span = Span {
        from: at(10),
        to: at(30),
    };
    let kinds = ["ERP_CREDIT_MEMO".to_owned()];
    let page = store.effects_alive(&kinds, span, "", 2).await.unwrap();
    let keys = |rows: &[EffectRow]| -> Vec<String> {
        rows.iter().map(|row| row.effect_key.clone()).collect()
    };
    assert_eq!(keys(&page), ["k-into", "k-over"]);
    let rest = store
        .effects_alive(&kinds, span, "k-over", 2)
        .await
        .unwrap();
    assert_eq!(keys(&rest), ["k-within"]);
}

pub async fn counts_are_added_by_day(place: &Place) {
    let store = place.open().await;
    let tally = |day: i8, what: &str, count: u64| TallyRow {
        day: jiff::civil::date(2026, 3, day),
        what: what.to_owned(),
        connector: "wms".to_owned(),
        count,
    };
    let counting = |tallies: Vec<TallyRow>| Unit {
        tallies,
        ..Unit::default()
    };
    let one = counting(vec![tally(2, "applied", 3), tally(3, "applied", 1)]);
    let two = counting(vec![tally(2, "applied", 4), tally(2, "duplicate", 1)]);
    store
        .commit(vec![one, two.clone()], Vec::new())
        .await
        .unwrap();
    store.commit(vec![two], Vec::new()).await.unwrap();
    let day = jiff::civil::date(2026, 3, 2);
    let counted = store.tallies(day, day).await.unwrap();
    assert_eq!(counted, [tally(2, "applied", 11), tally(2, "duplicate", 2)]);
}

pub async fn effects_tell_what_their_attempts_came_to(place: &Place) {
    let store = place.open().await;
    let unit = Unit {
        effects: vec![
            EffectWrite::Plan(effect("k-1", "R-1", EffectState::Ready)),
            EffectWrite::Plan(effect("k-2", "R-2", EffectState::Ready)),
            EffectWrite::Plan(effect("k-3", "R-3", EffectState::Ready)),
        ],
        state: Some(super::rows::state("R-1", 1)),
        ..Unit::default()
    };
    assert_eq!(outcome(&*store, unit).await, UnitOutcome::Done);
    let leased = store
        .lease(vec![super::rows::ask("k-1", "w", 10, 60)])
        .await
        .unwrap();
    let Some(Lease::Send(row)) = leased.into_iter().next() else {
        panic!("not leased")
    };
    let lost = super::rows::outcome(&row, EffectState::Unknown, "UNKNOWN", 12);
    store.settle(vec![lost], Vec::new()).await.unwrap();
    let leased = store
        .lease(vec![super::rows::ask("k-1", "w", 100, 160)])
        .await
        .unwrap();
    let Some(Lease::Verify(row)) = leased.into_iter().next() else {
        panic!("not looked up")
    };
    let found = super::rows::outcome(&row, EffectState::Confirmed, "RECOVERED", 112);
    store.settle(vec![found], Vec::new()).await.unwrap();
    let ids = ["R-1".to_owned(), "R-2".to_owned()];
    let facts = store.effect_facts(&ids).await.unwrap();
    assert_eq!(facts.len(), 2);
    let (first, second) = (&facts[0], &facts[1]);
    assert_eq!((first.sends, first.unknown, first.averted), (1, 1, 1));
    assert_eq!(first.first_sent_at, Some(at(10)));
    assert_eq!(first.first_class, "UNKNOWN");
    assert_eq!(
        (first.state, first.updated_at),
        (EffectState::Confirmed, at(112))
    );
    assert_eq!((second.sends, second.first_sent_at), (0, None));
    let page = store.returns_after("", 10).await.unwrap();
    assert_eq!(page.len(), 1);
    assert!(store.returns_after("R-1", 10).await.unwrap().is_empty());
}
