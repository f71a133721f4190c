//! What the ERP's rules refuse, as a fault and as a line in an answer with status 200.

use std::collections::BTreeSet;

use connector::{FailureKind, Found};
use simulators::erp_soap::{Code, Config};

use crate::support::{Desk, command};

/// The two ways to say no.
fn ways() -> [BTreeSet<Code>; 2] {
    let all = [
        Code::PeriodClosed,
        Code::CustomerBlocked,
        Code::UnknownCustomer,
        Code::UnknownInvoice,
        Code::UnknownDocument,
        Code::AmountOverInvoice,
    ];
    [BTreeSet::new(), BTreeSet::from(all)]
}

#[tokio::test]
async fn a_refusal_is_one_whichever_way_it_is_said() {
    for soft in ways() {
        let base = Config {
            soft: soft.clone(),
            ..Config::default()
        };
        let closed = Config {
            closed_through: Some("2026-12-31".parse().unwrap()),
            ..base.clone()
        };
        let strict = Config {
            strict_customers: true,
            ..base.clone()
        };
        let unknown = Config {
            strict_invoices: true,
            ..base.clone()
        };
        for (config, name, code) in [
            (closed, "basic", "erp-soap.period-closed"),
            (strict, "basic", "erp-soap.unknown-reference"),
            (unknown, "basic", "erp-soap.unknown-reference"),
            (base, "reversal", "erp-soap.unknown-reference"),
        ] {
            let desk = Desk::with(config, "").await;
            let command = command(name);
            let failure = desk.send(&command).await.unwrap_err();
            assert_eq!(
                (failure.kind, failure.code),
                (FailureKind::Rejected, code),
                "{failure}"
            );
            assert_eq!(desk.documents(&command), 0, "{code}");
            assert_eq!(desk.find(&command).await.unwrap(), Found::Nothing);
        }
    }
}

#[tokio::test]
async fn a_blocked_customer_is_told_and_posted_to_when_the_block_is_lifted() {
    for soft in ways() {
        let config = Config {
            soft,
            ..Config::default()
        };
        let desk = Desk::with(config, "").await;
        let customer = |blocked| simulators::erp_soap::Customer {
            number: "C10010".to_owned(),
            blocked,
        };
        desk.erp.register_customer(customer(true));
        let command = command("basic");
        let failure = desk.send(&command).await.unwrap_err();
        assert_eq!(failure.code, "erp-soap.customer-blocked");
        desk.erp.register_customer(customer(false));
        desk.send(&command).await.unwrap();
        assert_eq!(desk.documents(&command), 1);
        let owed = desk.erp.ledger().receivable("C10010", "USD");
        assert_eq!(owed.to_string(), "-60.73");
    }
}

#[tokio::test]
async fn a_body_that_the_schema_does_not_allow_says_where() {
    let shape =
        "adjust.operations.credit-memo.create.shape = \"{Memo: {ExternalKey: .key, Net: .net}}\"";
    let desk = Desk::with(Config::default(), shape).await;
    let failure = desk.send(&command("basic")).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "erp-soap.bad-shape")
    );
    assert!(failure.place.contains("Memo"), "{failure}");
}

#[tokio::test]
async fn a_memo_is_reversed_once_also_when_the_answer_is_lost() {
    use simulators::faults::{Fault, Rule};
    let desk = Desk::new().await;
    let (memo, mut reversal) = (command("basic"), command("reversal"));
    let posted = desk.send(&memo).await.unwrap();
    if let canonical::CommandData::ReverseCreditMemo(data) = &mut reversal.data {
        data.document_no = posted.document.doc_no;
    }
    desk.erp
        .faults()
        .add(Rule::once(Fault::CommitThenDrop).on("SOAP ReverseCreditMemo"));
    let failure = desk.send(&reversal).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InDoubt);
    assert!(matches!(
        desk.find(&reversal).await.unwrap(),
        Found::Complete(_)
    ));
    assert!(desk.send(&reversal).await.unwrap().duplicate);
    assert_eq!(desk.documents(&reversal), 1);
    // The memo itself is there still, and says that it was taken back.
    let found = desk.find(&memo).await.unwrap();
    assert!(
        matches!(&found, Found::Differs { difference, .. } if difference.contains("taken back")),
        "{found:?}"
    );
    let owed = desk.erp.ledger().receivable("C10010", "USD");
    assert!(owed.to_string().trim_matches(['0', '.']).is_empty());
}
