//! A tax engine: asked without a trace, told once, withdrawn.

#![allow(clippy::unwrap_used, reason = "tests")]

use canonical::{Command, Currency, Money};
use connector::{Built, Confirmation, Failure, FailureKind, Found, Outbound};
use simulators::faults::{Fault, Rule};
use simulators::tax::{Invoice, InvoiceLine, TaxSim};

use crate::support::{built, command, settings};

async fn engine(rate: &str) -> (TaxSim, Built) {
    let engine = TaxSim::start().await.unwrap();
    engine.register(Invoice {
        code: "INV-5001".into(),
        lines: vec![InvoiceLine {
            number: "1".into(),
            rate: rate.into(),
        }],
    });
    let block = format!(
        "base_url = \"{}\"\nprofile = \"avatax\"\ntimeout = \"2s\"\nconnect_timeout = \"1s\"\nvars = {{ company = \"US01\" }}",
        engine.url()
    );
    let built = built(&settings(&block));
    (engine, built)
}

async fn send(built: &Built, command: &Command) -> Result<Confirmation, Failure> {
    let body = built.codec.encode(command)?;
    let effect = outbound(command, &body);
    built.sink.as_ref().unwrap().send(effect).await
}

async fn find(built: &Built, command: &Command) -> Result<Found, Failure> {
    let body = built.codec.encode(command)?;
    let effect = outbound(command, &body);
    built.sink.as_ref().unwrap().find(effect).await
}

fn outbound<'a>(command: &'a Command, body: &'a [u8]) -> Outbound<'a> {
    Outbound {
        key: &command.effect_key,
        command,
        body,
    }
}

fn tax(confirmation: &Confirmation) -> Option<Money> {
    confirmation.document.amount
}

#[tokio::test]
async fn a_question_gives_the_tax_and_leaves_nothing() {
    // 66.00 and a fee of 9.90 at 8.25 %: 5.45 less 0.82.
    for (rate, minor) in [("8.25", 463), ("10", 561), ("0", 0)] {
        let (engine, built) = engine(rate).await;
        let confirmation = send(&built, &command("tax-quote")).await.unwrap();
        assert_eq!(tax(&confirmation), Some(Money::new(minor, Currency::USD)));
        let ledger = engine.ledger();
        assert!(ledger.transactions.is_empty() && ledger.quotes == 1);
    }
}

#[tokio::test]
async fn a_question_whose_answer_is_lost_may_be_asked_again() {
    let (engine, built) = engine("8.25").await;
    let rule = Rule::times(Fault::CommitThenDrop, 1).on("POST /transactions/create");
    engine.faults().add(rule);
    let failure = send(&built, &command("tax-quote")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
    assert_eq!(
        find(&built, &command("tax-quote")).await,
        Ok(Found::Nothing)
    );
    assert!(send(&built, &command("tax-quote")).await.is_ok());
}

#[tokio::test]
async fn a_refund_is_told_once_whatever_happens_to_the_answer() {
    let (engine, built) = engine("8.25").await;
    let commit = command("tax-commit");
    let rule = Rule::times(Fault::CommitThenDrop, 1).on("POST /transactions/create");
    engine.faults().add(rule);
    let failure = send(&built, &commit).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::InDoubt, "{failure}");
    let found = find(&built, &commit).await.unwrap();
    assert!(matches!(found, Found::Complete(_)), "{found:?}");
    let again = send(&built, &commit).await.unwrap();
    assert!(again.duplicate);
    assert_eq!(tax(&again), Some(Money::new(463, Currency::USD)));
    let ledger = engine.ledger();
    assert_eq!(ledger.transactions.len(), 1);
    assert_eq!(ledger.transactions[0]["code"], commit.effect_key.as_str());
    assert_eq!(
        ledger.transactions[0]["lines"][0]["taxOverride"]["taxDate"],
        "2026-02-01"
    );
}

#[tokio::test]
async fn a_refund_that_is_taken_back_is_voided_once() {
    let (engine, built) = engine("8.25").await;
    let (commit, void) = (command("tax-commit"), command("tax-void"));
    assert_eq!(find(&built, &void).await, Ok(Found::Nothing));
    send(&built, &commit).await.unwrap();
    assert!(
        matches!(find(&built, &void).await, Ok(Found::Half(_))),
        "not yet"
    );
    send(&built, &void).await.unwrap();
    send(&built, &void).await.unwrap();
    assert!(matches!(find(&built, &void).await, Ok(Found::Complete(_))));
    assert_eq!(engine.ledger().transactions[0]["status"], "Cancelled");
}

#[tokio::test]
async fn an_engine_that_is_down_or_does_not_know_the_invoice_says_so() {
    let (engine, built) = engine("8.25").await;
    let rule = Rule::times(Fault::Unavailable, 1).on("POST /transactions/create");
    engine.faults().add(rule);
    let failure = send(&built, &command("tax-quote")).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Unavailable, "{failure}");
    let mut elsewhere = command("tax-quote");
    if let canonical::CommandData::QuoteTax(refund) = &mut elsewhere.data {
        refund.lines[0].invoice_ref.document = "INV-9".into();
    }
    let failure = send(&built, &elsewhere).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Rejected, "{failure}");
}
