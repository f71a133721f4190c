//! What the ERP understands and refuses.

use connector::FailureKind;
use simulators::erp::{Config, Customer, Profile};
use simulators::faults::{Fault, Rule};

use crate::support::{Desk, command};

#[tokio::test]
async fn a_closed_period_is_refused_by_name_and_goes_through_when_it_opens() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let command = command("basic");
    desk.erp.close_through("2026-03-31".parse().ok());
    let failure = desk.send(&command).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "erp-rest.period-closed")
    );
    assert!(failure.message.contains("the draft"), "{failure}");
    assert_eq!(failure.place, "postingDate");
    desk.erp.close_through(None);
    desk.send(&command).await.unwrap();
    assert_eq!(desk.documents(&command), (1, 1));
}

#[tokio::test]
async fn customers_are_known_blocked_or_neither() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    let command = command("basic");
    desk.erp.register_customer(Customer {
        number: "C9".to_owned(),
        blocked: false,
    });
    let code = desk.send(&command).await.unwrap_err().code;
    assert_eq!(code, "erp-rest.unknown-reference");
    desk.erp.register_customer(Customer {
        number: "C10010".to_owned(),
        blocked: true,
    });
    assert_eq!(
        desk.send(&command).await.unwrap_err().code,
        "erp-rest.customer-blocked"
    );
    desk.erp.register_customer(Customer {
        number: "C10010".to_owned(),
        blocked: false,
    });
    desk.send(&command).await.unwrap();
    assert_eq!(desk.documents(&command), (1, 1));
}

#[tokio::test]
async fn a_refusal_without_a_known_code_is_refused() {
    let desk = Desk::of(Profile::DraftAndPost).await;
    desk.erp
        .faults()
        .add(Rule::once(Fault::Refuse).on("POST /api"));
    let failure = desk.send(&command("return-order")).await.unwrap_err();
    assert_eq!(
        (failure.kind, failure.code),
        (FailureKind::Rejected, "erp-rest.refused")
    );
    assert!(failure.message.contains("SIMULATED_REFUSAL"), "{failure}");
}

#[tokio::test]
async fn a_busy_answer_is_believed_only_where_the_profile_says_so() {
    for (more, kind) in [
        ("", FailureKind::InDoubt),
        ("adjust.trust_503 = true", FailureKind::Unavailable),
    ] {
        let desk = Desk::with(Profile::Bare.config(), more).await;
        desk.erp
            .faults()
            .add(Rule::once(Fault::Unavailable).on("POST /api"));
        assert_eq!(
            desk.send(&command("return-order")).await.unwrap_err().kind,
            kind
        );
    }
}

#[tokio::test]
async fn every_golden_body_is_accepted() {
    let desk = Desk::with(
        Config {
            two_steps: true,
            ..Profile::Bare.config()
        },
        "",
    )
    .await;
    for name in [
        "receipt-hold",
        "basic",
        "two-invoices",
        "fee-line",
        "freight-and-label",
        "without-invoice",
        "yen",
        "dinar",
        "return-order",
    ] {
        let sent = desk.send(&command(name)).await;
        assert!(sent.is_ok(), "{name}: {sent:?}");
    }
    for name in ["transfer-serials", "scrap", "sent-back"] {
        let sent = desk.send(&command(name)).await;
        assert!(sent.is_ok(), "{name}: {sent:?}");
    }
}
