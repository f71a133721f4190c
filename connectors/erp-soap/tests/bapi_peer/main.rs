//! Before a mock of SAP's BAPIs that others wrote (PyPI: mock-sap): business errors come with status 200, a look-up answers wider
//! than it was asked, and the gateway in front fails in its own words.
//!
//! It has no credit memo requests by `BAPI_SALESDOCU_CREATEFROMDATA1`, but sales documents of any type by
//! `BAPI_SALESORDER_CREATEFROMDAT2`: the profile is adjusted to it. It has no sessions and commits at once. Skipped, with a
//! message, where it cannot be installed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

mod peer;
#[path = "../legacy_erp/tether.rs"]
mod tether;

use connector::{FailureKind, Found};

use crate::peer::{Peer, command};

#[tokio::test]
async fn documents_are_made_once_and_found_among_others() {
    let Some(sap) = Peer::start().await else {
        return;
    };
    let clerk = sap.clerk("s3cret");
    assert!(clerk.probe().await.unwrap().contains("sap-bapi"));
    for key in ["one", "two"] {
        let command = command(key);
        assert_eq!(clerk.find(&command).await.unwrap(), Found::Nothing);
        let first = clerk.send(&command).await.unwrap();
        assert!(!first.duplicate);
        let again = clerk.send(&command).await.unwrap();
        assert!(again.duplicate && again.document.doc_no == first.document.doc_no);
        assert_eq!(sap.documents(&command).await, 1);
    }
}

#[tokio::test]
async fn an_error_in_an_answer_with_status_200_is_a_refusal_and_a_warning_is_none() {
    let Some(sap) = Peer::start().await else {
        return;
    };
    let clerk = sap.clerk("s3cret");
    for (kind, id, number, code) in [
        ("E", "F5", "201", "erp-soap.period-closed"),
        ("A", "V1", "849", "erp-soap.refused"),
        ("E", "V1", "042", "erp-soap.busy"),
        ("W", "V1", "849", ""),
        ("S", "V1", "311", ""),
    ] {
        let command = command(&format!("{kind} {id} {number}"));
        sap.behave("BAPI_SALESORDER_CREATEFROMDAT2", kind, id, number)
            .await;
        match clerk.send(&command).await {
            Ok(_) => assert_eq!(code, "", "{kind} {id}/{number}"),
            Err(failure) => assert_eq!(failure.code, code, "{failure}"),
        }
        let made = usize::from(code.is_empty());
        assert_eq!(sap.documents(&command).await, made, "{kind} {id}/{number}");
        // Whatever was in the way is gone: in the end there is one.
        clerk.send(&command).await.unwrap();
        assert_eq!(sap.documents(&command).await, 1, "{kind} {id}/{number}");
    }
}

#[tokio::test]
async fn a_commit_that_is_refused_is_looked_at() {
    let Some(sap) = Peer::start().await else {
        return;
    };
    let clerk = sap.clerk("s3cret");
    let command = command("commit");
    sap.behave("BAPI_TRANSACTION_COMMIT", "E", "ZZ", "001")
        .await;
    // This mock has kept it all the same: that is what the look-up shows, and what is believed.
    let sent = clerk.send(&command).await.unwrap();
    assert!(matches!(
        clerk.find(&command).await.unwrap(),
        Found::Complete(found) if found.doc_no == sent.document.doc_no
    ));
    assert_eq!(sap.documents(&command).await, 1);
}

#[tokio::test]
async fn unknown_customers_and_wrong_passwords() {
    let Some(sap) = Peer::start().await else {
        return;
    };
    let mut unknown = command("unknown");
    if let canonical::CommandData::PostCreditMemo(memo) = &mut unknown.data {
        "4711".clone_into(&mut memo.bill_to);
    }
    let failure = sap.clerk("s3cret").send(&unknown).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "erp-soap.unknown-reference"),
        "{failure}"
    );
    let failure = sap.clerk("other").send(&command("login")).await;
    assert_eq!(failure.unwrap_err().code, "erp-soap.unauthorized");
}

#[tokio::test]
async fn the_gateway_in_front_speaks_no_soap() {
    let Some(sap) = Peer::start().await else {
        return;
    };
    let clerk = sap.clerk("s3cret");
    for (status, kind, code) in [
        (500, "unavailable", "erp-soap.look-up-failed"),
        (503, "unavailable", "erp-soap.look-up-failed"),
        (429, "throttled", "erp-soap.throttled"),
        (404, "misconfigured", "erp-soap.wrong-address"),
    ] {
        sap.fail(status).await;
        let command = command(&format!("gateway {status}"));
        let failure = clerk.find(&command).await.unwrap_err();
        assert_eq!(
            (failure.kind.name(), failure.code),
            (kind, code),
            "{status}: {failure}"
        );
        clerk.send(&command).await.unwrap();
        assert_eq!(sap.documents(&command).await, 1);
    }
}
