//! How doubles are kept out, by each kind of guard that the ERP may have.

use connector::{DuplicateGuard, FailureKind, Found};
use simulators::erp_soap::{Config, Duplicates};
use simulators::faults::{Fault, Rule};

use crate::support::{Desk, another, command};

#[tokio::test]
async fn a_guard_of_the_erp_is_believed_only_after_a_look() {
    let config = Config {
        duplicates: Duplicates::Fault,
        ..Config::default()
    };
    let desk = Desk::with(config, "").await;
    assert_eq!(desk.clerk.sink().guard(), DuplicateGuard::NativeKey);
    let command = command("basic");
    desk.send(&command).await.unwrap();
    // The fault says it is there: looked up, compared, confirmed.
    assert!(desk.send(&command).await.unwrap().duplicate);
    assert_eq!(desk.documents(&command), 1);
}

#[tokio::test]
async fn a_duplicate_that_no_look_up_shows_yet_is_in_doubt() {
    let config = Config {
        duplicates: Duplicates::Fault,
        look_up_lag_ms: 60_000,
        ..Config::default()
    };
    let desk = Desk::with(config, "").await;
    let command = command("basic");
    desk.send(&command).await.unwrap();
    let failure = desk.send(&command).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-soap.not-visible")
    );
    assert!(failure.message.contains("CM"), "{failure}");
    assert_eq!(desk.documents(&command), 1);
}

#[tokio::test]
async fn the_key_with_other_content_is_a_conflict() {
    for duplicates in [Duplicates::Return, Duplicates::Fault] {
        let config = Config {
            duplicates,
            ..Config::default()
        };
        let desk = Desk::with(config, "").await;
        let first = command("basic");
        desk.send(&first).await.unwrap();
        let mut other = command("without-invoice");
        other.effect_key = first.effect_key.clone();
        let failure = desk.send(&other).await.unwrap_err();
        assert_eq!(
            (failure.kind, failure.code),
            (FailureKind::Rejected, "erp-soap.key-conflict")
        );
        let found = desk.find(&other).await.unwrap();
        assert!(
            matches!(&found, Found::Differs { difference, .. } if difference.contains("gross")),
            "{found:?}"
        );
        assert_eq!(desk.documents(&first), 1);
    }
}

#[tokio::test]
async fn without_a_guard_it_looks_first() {
    let config = Config {
        duplicates: Duplicates::None,
        ..Config::default()
    };
    let desk = Desk::with(config, "adjust.guard = \"look-up-only\"").await;
    assert_eq!(desk.clerk.sink().guard(), DuplicateGuard::LookUpOnly);
    for fault in [Fault::CommitThenDrop, Fault::FaultAfterCommit] {
        let command = another("basic", &format!("{fault:?}"));
        desk.erp
            .faults()
            .add(Rule::once(fault).on("SOAP PostCreditMemo"));
        desk.send(&command).await.unwrap_err();
        assert!(desk.send(&command).await.unwrap().duplicate, "{fault:?}");
        assert_eq!(desk.documents(&command), 1, "{fault:?}");
    }
    let first = command("basic");
    desk.send(&first).await.unwrap();
    let mut other = command("without-invoice");
    other.effect_key = first.effect_key.clone();
    let failure = desk.send(&other).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::InDoubt, "erp-soap.differs")
    );
    assert_eq!(desk.documents(&first), 1);
}

#[tokio::test]
async fn a_request_done_twice_by_a_gateway_is_seen_as_several() {
    let config = Config {
        duplicates: Duplicates::None,
        ..Config::default()
    };
    let desk = Desk::with(config, "adjust.guard = \"look-up-only\"").await;
    let command = command("receipt-hold");
    desk.erp
        .faults()
        .add(Rule::once(Fault::Duplicate).on("SOAP PostStockMovement"));
    desk.send(&command).await.unwrap();
    let found = desk.find(&command).await.unwrap();
    assert!(
        matches!(&found, Found::Several(both) if both.len() == 2),
        "{found:?}"
    );
    let failure = desk.send(&command).await.unwrap_err();
    assert_eq!(failure.code, "erp-soap.several");
}
