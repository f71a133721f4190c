//! Answers that are lost, late, unreadable or untrue.

use connector::{FailureKind, Found};
use simulators::erp_soap::Config;
use simulators::faults::{Fault, Rule};

use crate::support::{Clerk, Desk, another, block, command};

/// Commands of each kind, and the operation that makes the document.
const KINDS: [(&str, &str); 5] = [
    ("return-order", "SOAP CreateReturnOrder"),
    ("receipt-hold", "SOAP PostStockMovement"),
    ("scrap", "SOAP PostStockMovement"),
    ("basic", "SOAP PostCreditMemo"),
    ("numbers-and-marks", "SOAP PostCreditMemo"),
];

const VERSIONS: [&str; 2] = ["soap = \"1.1\"", "soap = \"1.2\""];

#[tokio::test]
async fn every_kind_is_posted_once_and_found_again() {
    for version in VERSIONS {
        let desk = Desk::with(Config::default(), version).await;
        for (name, _) in KINDS {
            let command = command(name);
            assert_eq!(desk.find(&command).await.unwrap(), Found::Nothing, "{name}");
            let first = desk.send(&command).await.unwrap();
            assert!(!first.duplicate, "{name}");
            let again = desk.send(&command).await.unwrap();
            assert!(
                again.duplicate && again.document.doc_no == first.document.doc_no,
                "{name}"
            );
            let found = desk.find(&command).await.unwrap();
            let Found::Complete(document) = found else {
                panic!("{name}: {found:?}")
            };
            assert_eq!(document.doc_no, first.document.doc_no, "{name}");
            assert_eq!(desk.documents(&command), 1, "{name}");
        }
        assert_eq!(desk.erp.ledger().duplicates, []);
        assert_eq!(desk.erp.ledger().negative_stock, []);
    }
}

#[tokio::test]
async fn a_document_is_shown_with_its_date_and_amount() {
    let desk = Desk::new().await;
    let sent = desk.send(&command("basic")).await.unwrap().document;
    assert_eq!(sent.doc_type, "creditMemo");
    assert_eq!(sent.posting_date.unwrap().to_string(), "2026-03-02");
    assert_eq!(sent.amount.unwrap().decimal(), "60.73");
}

#[tokio::test]
async fn an_effect_whose_answer_was_lost_is_found_and_not_made_again() {
    for version in VERSIONS {
        for fault in [
            Fault::CommitThenDrop,
            Fault::CommitThen503,
            Fault::FaultAfterCommit,
            Fault::Garbage,
            Fault::Truncate,
        ] {
            let desk = Desk::with(Config::default(), version).await;
            for (name, operation) in KINDS {
                let command = another(name, &format!("{fault:?} {name}"));
                desk.erp.faults().add(Rule::once(fault).on(operation));
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
                assert_eq!(desk.documents(&command), 1, "{fault:?} {name}");
            }
        }
    }
}

#[tokio::test]
async fn what_hangs_after_the_commit_is_in_doubt_when_time_runs_out() {
    let desk = Desk::new().await;
    let command = command("basic");
    let rule = Rule::once(Fault::CommitThenHang).on("SOAP PostCreditMemo");
    desk.erp.faults().add(rule);
    let failure = desk.send(&command).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-soap.answer-lost")
    );
    assert!(matches!(
        desk.find(&command).await.unwrap(),
        Found::Complete(_)
    ));
    assert_eq!(desk.documents(&command), 1);
}

#[tokio::test]
async fn what_was_not_done_is_sent_again() {
    for (fault, kind) in [
        (Fault::DropBefore, "in-doubt"),
        (Fault::Unavailable, "in-doubt"),
        (Fault::Throttle, "throttled"),
        (Fault::Refuse, "rejected"),
    ] {
        let desk = Desk::new().await;
        let command = command("basic");
        desk.erp
            .faults()
            .add(Rule::once(fault).on("SOAP PostCreditMemo"));
        let failure = desk.send(&command).await.unwrap_err();
        assert_eq!(failure.kind.name(), kind, "{fault:?}: {failure}");
        assert_eq!(desk.find(&command).await.unwrap(), Found::Nothing);
        assert!(!desk.send(&command).await.unwrap().duplicate);
        assert_eq!(desk.documents(&command), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_look_up_that_fails_leaves_nothing_in_doubt() {
    for fault in [
        Fault::DropBefore,
        Fault::Garbage,
        Fault::Truncate,
        Fault::Unavailable,
        Fault::FaultAfterCommit,
    ] {
        let desk = Desk::with(Config::default(), "adjust.guard = \"look-up-only\"").await;
        let command = command("return-order");
        desk.erp
            .faults()
            .add(Rule::times(fault, 2).on("SOAP FindDocument"));
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
            desk.documents(&command),
            0,
            "nothing may be created without a look"
        );
    }
}

#[tokio::test]
async fn nobody_at_home_is_unavailable() {
    let clerk = Clerk::new(&block("http://127.0.0.1:9/soap", ""));
    let command = command("basic");
    for failure in [
        clerk.send(&command).await.unwrap_err(),
        clerk.find(&command).await.unwrap_err(),
        clerk.sink().probe().await.unwrap_err(),
    ] {
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::Unavailable, "erp-soap.unreachable")
        );
    }
}

#[tokio::test]
async fn an_address_that_leads_elsewhere_is_a_wrong_configuration() {
    let desk = Desk::new().await;
    let clerk = Clerk::new(&block(&format!("{}/elsewhere", desk.erp.url()), ""));
    for failure in [
        clerk.send(&command("basic")).await.unwrap_err(),
        clerk.sink().probe().await.unwrap_err(),
    ] {
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::Misconfigured, "erp-soap.wrong-address")
        );
    }
}
