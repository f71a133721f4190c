//! Answers that are lost, late, unreadable or untrue.

use connector::{FailureKind, Found};
use simulators::erp::Profile;
use simulators::faults::{Fault, Rule};

use crate::support::{Desk, another, command};

/// Commands of each kind, and the request that makes the document.
const KINDS: [(&str, &str); 4] = [
    ("return-order", "POST /api/returnOrders"),
    ("receipt-hold", "POST /api/stockMovements"),
    ("scrap", "POST /api/stockMovements"),
    ("basic", "POST /api/creditMemos"),
];

#[tokio::test]
async fn every_kind_is_posted_once_and_found_again() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    for (name, _) in KINDS {
        let command = command(name);
        assert_eq!(desk.find(&command).await.unwrap(), Found::Nothing, "{name}");
        let first = desk.send(&command).await.unwrap();
        assert!(!first.duplicate, "{name}");
        let again = desk.send(&command).await.unwrap();
        assert!(
            again.duplicate && again.document == first.document,
            "{name}"
        );
        assert_eq!(
            desk.find(&command).await.unwrap(),
            Found::Complete(first.document),
            "{name}"
        );
        assert_eq!(desk.documents(&command).0, 1, "{name}");
    }
    assert_eq!(desk.erp.ledger().negative_stock, []);
}

#[tokio::test]
async fn a_lost_answer_is_in_doubt_and_the_look_up_tells() {
    for fault in [
        Fault::CommitThenDrop,
        Fault::CommitThen503,
        Fault::Garbage,
        Fault::Truncate,
    ] {
        let desk = Desk::of(Profile::DraftAndPost).await;
        for (name, operation) in &KINDS[..3] {
            let command = another(name, &format!("{fault:?} {name}"));
            desk.erp.faults().add(Rule::once(fault).on(*operation));
            let failure = desk.send(&command).await.unwrap_err();
            assert_eq!(
                failure.kind,
                FailureKind::InDoubt,
                "{fault:?} {name}: {failure}"
            );
            let found = desk.find(&command).await.unwrap();
            assert!(
                matches!(found, Found::Complete(_)),
                "{fault:?} {name}: {found:?}"
            );
            assert!(desk.send(&command).await.unwrap().duplicate);
            assert_eq!(desk.documents(&command).0, 1, "{fault:?} {name}");
            desk.erp.faults().clear();
        }
    }
}

#[tokio::test]
async fn a_late_answer_is_in_doubt() {
    let desk = Desk::of(Profile::Bare).await;
    let command = command("return-order");
    desk.erp.faults().add(
        Rule::once(Fault::CommitThenHang)
            .on("POST")
            .delay_ms(20_000),
    );
    let failure = desk.send(&command).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-rest.answer-lost")
    );
    assert!(matches!(
        desk.find(&command).await.unwrap(),
        Found::Complete(_)
    ));
    assert_eq!(desk.documents(&command).0, 1);
}

#[tokio::test]
async fn a_cut_line_is_in_doubt_although_nothing_was_done() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let command = command("return-order");
    desk.erp
        .faults()
        .add(Rule::once(Fault::DropBefore).on("POST /api"));
    assert_eq!(
        desk.send(&command).await.unwrap_err().kind,
        FailureKind::InDoubt
    );
    assert_eq!(desk.find(&command).await.unwrap(), Found::Nothing);
    assert!(!desk.send(&command).await.unwrap().duplicate);
}

#[tokio::test]
async fn throttling_says_how_long_to_wait() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let command = command("return-order");
    desk.erp
        .faults()
        .add(Rule::once(Fault::Throttle).on("POST /api"));
    let failure = desk.send(&command).await.unwrap_err();
    let FailureKind::Throttled {
        retry_after: Some(wait),
    } = failure.kind
    else {
        panic!("{failure}")
    };
    assert_eq!(wait.as_secs(), 1);
    assert_eq!(desk.documents(&command).0, 0);
}

#[tokio::test]
async fn a_look_up_that_fails_leaves_nothing_in_doubt() {
    for fault in [
        Fault::DropBefore,
        Fault::Garbage,
        Fault::Truncate,
        Fault::Unavailable,
    ] {
        let desk = Desk::of(Profile::DraftAndPost).await;
        let command = command("return-order");
        desk.erp.faults().add(Rule::times(fault, 2).on("GET /api"));
        for failure in [
            desk.send(&command).await.unwrap_err(),
            desk.find(&command).await.unwrap_err(),
        ] {
            assert_eq!(
                failure.kind,
                FailureKind::Unavailable,
                "{fault:?}: {failure}"
            );
        }
        assert_eq!(
            desk.documents(&command).0,
            0,
            "nothing may be created without a look"
        );
    }
}

#[tokio::test]
async fn nobody_at_home_is_unavailable() {
    let desk = Desk::of(Profile::Bare).await;
    let command = command("basic");
    let config = Profile::Bare.config();
    let elsewhere = crate::support::block("http://127.0.0.1:9", &config, "");
    let gone = Desk {
        erp: desk.erp,
        built: crate::support::built(&elsewhere),
    };
    for failure in [
        gone.send(&command).await.unwrap_err(),
        gone.find(&command).await.unwrap_err(),
    ] {
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::Unavailable, "erp-rest.unreachable")
        );
    }
    assert_eq!(
        gone.sink().probe().await.unwrap_err().kind,
        FailureKind::Unavailable
    );
}

#[tokio::test]
async fn a_request_done_twice_by_a_gateway_is_seen_as_several() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let command = command("receipt-hold");
    desk.erp
        .faults()
        .add(Rule::once(Fault::Duplicate).on("POST /api/stockMovements"));
    desk.send(&command).await.unwrap();
    let found = desk.find(&command).await.unwrap();
    assert!(
        matches!(&found, Found::Several(both) if both.len() == 2),
        "{found:?}"
    );
    assert_eq!(
        desk.send(&command).await.unwrap_err().code,
        "erp-rest.several"
    );
}

#[tokio::test]
async fn what_is_there_but_says_something_else_is_never_overwritten() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let first = command("basic");
    desk.send(&first).await.unwrap();
    let mut other = command("without-invoice");
    other.effect_key = first.effect_key.clone();
    let found = desk.find(&other).await.unwrap();
    assert!(
        matches!(&found, Found::Differs { difference, .. } if difference.contains("gross")),
        "{found:?}"
    );
    let failure = desk.send(&other).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-rest.differs")
    );
    assert_eq!(desk.documents(&first), (1, 1));
}
