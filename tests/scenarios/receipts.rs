//! The daily proof and the warehouse's own list of receipts.

use anyhow::{Context as _, Result, ensure};
use canonical::{ExceptionCode, Lifecycle};
use jiff::civil::{Date, date};
use router::reconcile::{Class, Match, Proof, Status};
use serde_json::{Value, json};
use workflow::ReturnState;

use crate::say::{line, receipt, request, restocked, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";
/// The day on which goods come, see [`receipt`].
const DAY: Date = date(2026, 3, 5);

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        50,
        "receipts of the warehouse that are not here, or differ, are variances that heal",
        receipts_compared,
    )]
}

fn settled(state: &ReturnState) -> bool {
    state.lifecycle() == Lifecycle::Settled
}

fn found(proof: &Proof) -> Vec<(Match, Class)> {
    let mut found: Vec<_> = (proof.items.iter())
        .map(|item| (item.matched, item.class))
        .collect();
    found.sort();
    found
}

/// A receipt of the return, as the warehouse has it in its books.
fn booked(rma: &str, qty: u32) -> Value {
    receipt(rma, &format!("R-{rma}-1"), &[(SKU, qty)])
}

async fn receipts_compared() -> Result<()> {
    let list = "\n[connectors.wms-east.out.paths]\nlist_receipts = \"receipts?from={from}&to={to}&page={page}\"\n";
    let stage = Stage::set(Setting::default().blocks(list)).await?;
    for n in ["1", "2", "3"] {
        let asked = request(n, vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
        stage.authorized(&asked).await?;
    }
    // One that both have, one that differs, one that was never told; and one here that the warehouse does not have.
    for rma in ["RMA-1", "RMA-2"] {
        stage.facts(restocked(rma, "1", SKU, 3)).await?;
        stage.until_return(rma, "settled", settled).await?;
    }
    stage.warehouse.book(booked("RMA-1", 3));
    stage.warehouse.book(booked("RMA-2", 2));
    stage.warehouse.book(booked("RMA-3", 3));
    let unknown = with(booked("RMA-9", 1), &json!({ "receiptId": "R-9" }));
    stage.warehouse.book(unknown);
    stage.until_quiet().await?;

    let proof = stage.prove(DAY).await?;
    let expected = [
        (Match::C1, Class::MissingHere),
        (Match::C1, Class::MissingHere),
        (Match::C1, Class::Qty),
    ];
    ensure!(found(&proof) == expected, "{:#?}", proof.items);
    ensure!(proof.report.status == Status::NotProven);
    let matched = proof.report.matches.iter().find(|m| m.matched == Match::C1);
    let matched = matched.context("C1")?;
    ensure!(
        (matched.keys, matched.varied, matched.left, matched.right) == (4, 3, 2, 4),
        "{matched:#?}"
    );
    let opened = stage.exceptions(ExceptionCode::ReconVariance).await?;
    ensure!(opened.len() == 3, "one each: {opened:#?}");

    // The message is told again, the warehouse mends its books: all three end by themselves.
    stage.facts(restocked("RMA-3", "1", SKU, 3)).await?;
    stage.until_return("RMA-3", "settled", settled).await?;
    stage.warehouse.strike("R-RMA-2-1");
    stage.warehouse.book(booked("RMA-2", 3));
    stage.warehouse.strike("R-9");
    stage.until_quiet().await?;
    let proof = stage.prove(DAY).await?;
    ensure!(proof.items.is_empty(), "{:#?}", proof.items);
    ensure!(proof.report.status == Status::Proven);
    ensure!(
        proof.report.cleared.len() == 3,
        "{:?}",
        proof.report.cleared
    );
    let opened = stage.exceptions(ExceptionCode::ReconVariance).await?;
    ensure!(opened.is_empty(), "{opened:#?}");

    // What is here and not in the warehouse's books.
    stage.warehouse.strike("R-RMA-1-1");
    let proof = stage.prove(DAY).await?;
    ensure!(
        found(&proof) == [(Match::C1, Class::MissingThere)],
        "{:#?}",
        proof.items
    );
    Ok(())
}
