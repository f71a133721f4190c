//! What this ERP says in fair weather: documents, refusals, logins.

use canonical::CommandData;
use connector::{FailureKind, Found};

use crate::server::{Erp, command};

#[tokio::test]
async fn documents_are_posted_and_found_in_both_versions() {
    let Some(erp) = Erp::start("return").await else {
        return;
    };
    for (soap, password) in [("1.1", "digest"), ("1.2", "text")] {
        let clerk = erp.clerk(soap, password, "");
        assert!(clerk.probe().await.unwrap().contains("legacy-erp"));
        for name in ["basic", "receipt-hold", "scrap", "without-invoice"] {
            let command = command(name, &format!("{soap} {name}"));
            assert_eq!(clerk.find(&command).await.unwrap(), Found::Nothing);
            let first = clerk.send(&command).await.unwrap();
            assert!(!first.duplicate, "{soap} {name}");
            let again = clerk.send(&command).await.unwrap();
            assert!(again.duplicate && again.document.doc_no == first.document.doc_no);
            let found = clerk.find(&command).await.unwrap();
            assert!(matches!(found, Found::Complete(at) if at.doc_no == first.document.doc_no));
            assert_eq!(erp.books(&command).await.0, 1);
        }
    }
}

#[tokio::test]
async fn refusals_are_known_by_their_names_in_both_versions() {
    let Some(erp) = Erp::start("fault").await else {
        return;
    };
    for soap in ["1.1", "1.2"] {
        let clerk = erp.clerk(soap, "digest", "");
        let taken = command("basic", &format!("{soap} taken"));
        clerk.send(&taken).await.unwrap();
        for (what, customer, key, shape, code) in [
            ("unknown", "C999", "a", "", "erp-soap.unknown-reference"),
            ("blocked", "C200", "b", "", "erp-soap.customer-blocked"),
            ("conflict", "C100", "taken", "", "erp-soap.key-conflict"),
            (
                "schema",
                "C100",
                "c",
                "{Memo: {Nope: .key}}",
                "erp-soap.bad-shape",
            ),
        ] {
            let name = if what == "conflict" {
                "without-invoice"
            } else {
                "basic"
            };
            let mut command = command(name, &format!("{soap} {key}"));
            if let CommandData::PostCreditMemo(memo) = &mut command.data {
                customer.clone_into(&mut memo.bill_to);
            }
            let before = erp.books(&command).await;
            let more = match shape {
                "" => String::new(),
                shape => format!("adjust.operations.credit-memo.create.shape = \"{shape}\""),
            };
            let failure = erp
                .clerk(soap, "digest", &more)
                .send(&command)
                .await
                .unwrap_err();
            assert_eq!(
                (failure.kind, failure.code),
                (FailureKind::Rejected, code),
                "{soap} {what}: {failure}"
            );
            assert_eq!(erp.books(&command).await, before, "{soap} {what}");
        }
    }
}

#[tokio::test]
async fn a_wrong_password_is_a_wrong_configuration() {
    let Some(erp) = Erp::start("return").await else {
        return;
    };
    for (soap, password) in [("1.1", "digest"), ("1.2", "digest"), ("1.1", "text")] {
        let clerk = erp.stranger(soap, password);
        let command = command("basic", soap);
        for failure in [
            clerk.send(&command).await.unwrap_err(),
            clerk.find(&command).await.unwrap_err(),
            clerk.probe().await.unwrap_err(),
        ] {
            assert_eq!(
                (failure.kind, failure.code),
                (FailureKind::Misconfigured, "erp-soap.unauthorized"),
                "{soap} {password}: {failure}"
            );
        }
        assert_eq!(erp.books(&command).await.0, 0);
    }
}
