//! Scenarios 1 to 6: how a return is asked for.

use anyhow::{Result, ensure};
use canonical::{DenialReason, Lifecycle};
use serde_json::json;

use crate::say::{invoiced, line, receipt, request, with};
use crate::stage::Stage;
use crate::table::Scenario;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(1, "a request sent again is the same return", sent_again),
        Scenario::new(
            3,
            "two channels never share a unit of an invoice line",
            two_channels,
        ),
        Scenario::new(
            4,
            "after the window a person decides first",
            after_the_window,
        ),
        Scenario::new(
            6,
            "nothing is credited before goods come",
            nothing_before_goods,
        ),
    ]
}

async fn sent_again() -> Result<()> {
    let stage = Stage::new().await?;
    let asked = request("1", vec![line(1, "SKU-100", 3, "DEFECTIVE_ON_ARRIVAL")]);
    let first = stage.authorized(&asked).await?;
    stage.until_quiet().await?;
    let effects = stage.store.effects_of(first.return_id()).await?;
    for _ in 0..2 {
        stage.tell("portal", &asked).await?;
    }
    // What is asked for next is known: then what came before it was worked on.
    let next = request("2", vec![line(1, "SKU-100", 1, "DEFECTIVE_ON_ARRIVAL")]);
    stage.authorized(&next).await?;
    stage.until_quiet().await?;
    ensure!(stage.returns().await?.len() == 2, "one return per request");
    let again = stage.the("RMA-1").await?;
    ensure!(again.return_id() == first.return_id());
    let after = stage.store.effects_of(first.return_id()).await?;
    ensure!(after.len() == effects.len(), "no new effect");
    ensure!(
        stage.warehouse.ledger().asns.len() == 2,
        "one announcement each"
    );
    Ok(())
}

async fn two_channels() -> Result<()> {
    let stage = Stage::new().await?;
    let of_one_invoice = |id: &str| {
        let line = invoiced(line(1, "SKU-100", 6, "DEFECTIVE_ON_ARRIVAL"), "INV-SHARED");
        request(id, vec![line])
    };
    let (one, other) = (of_one_invoice("A"), of_one_invoice("B"));
    let (a, b) = tokio::join!(
        stage.tell("portal", &one),
        stage.tell("marketplace", &other)
    );
    a?;
    b?;
    let decided = |state: &workflow::ReturnState| state.lifecycle() != Lifecycle::Requested;
    let a = stage.until_return("RMA-A", "decided", decided).await?;
    let b = stage.until_return("RMA-B", "decided", decided).await?;
    let lifecycles = [a.lifecycle(), b.lifecycle()];
    let won = lifecycles.iter().filter(|l| **l == Lifecycle::Authorized);
    ensure!(won.count() == 1, "{lifecycles:?}");
    let lost = if a.lifecycle() == Lifecycle::Authorized {
        b
    } else {
        a
    };
    ensure!(lost.lifecycle() == Lifecycle::Declined, "{lifecycles:?}");
    ensure!(
        lost.denial() == Some(DenialReason::QuantityDifference),
        "{:?}",
        lost.denial()
    );
    let claims = stage
        .store
        .claims(&["US01|INV-SHARED|1".to_owned()])
        .await?;
    ensure!(claims.len() == 1, "{claims:?}");
    // Four are left, and four may still be asked for.
    let rest = invoiced(line(1, "SKU-100", 4, "DEFECTIVE_ON_ARRIVAL"), "INV-SHARED");
    stage.authorized(&request("C", vec![rest])).await?;
    Ok(())
}

async fn after_the_window() -> Result<()> {
    let stage = Stage::new().await?;
    let mut late = request("1", vec![line(1, "SKU-100", 3, "NO_LONGER_NEEDED")]);
    late["lines"][0]["invoice"]["date"] = json!("2025-12-20");
    stage.tell("portal", &late).await?;
    let waits = |s: &workflow::ReturnState| s.lifecycle() == Lifecycle::PendingAuthorization;
    let state = stage
        .until_return("RMA-1", "waits for a person", waits)
        .await?;
    let asked: Vec<_> = state.open_approvals().collect();
    ensure!(asked.len() == 1, "one approval is asked for: {asked:?}");
    ensure!(asked[0].required[0].role == "returns_manager", "{asked:?}");
    ensure!(
        stage.store.effects_of(state.return_id()).await?.is_empty(),
        "no RMA before"
    );
    ensure!(stage.warehouse.ledger().asns.is_empty());
    Ok(())
}

async fn nothing_before_goods() -> Result<()> {
    let stage = Stage::new().await?;
    let asked = request("1", vec![line(1, "SKU-100", 3, "DEFECTIVE_ON_ARRIVAL")]);
    let asked = with(asked, &json!({ "segment": "key_account" }));
    stage.authorized(&asked).await?;
    stage.until_quiet().await?;
    ensure!(stage.effects("RMA-1", "ERP_CREDIT_MEMO").await?.is_empty());
    stage
        .facts([receipt("RMA-1", "R1", &[("SKU-100", 3)])])
        .await?;
    let received = |s: &workflow::ReturnState| s.lifecycle() == Lifecycle::InProgress;
    stage.until_return("RMA-1", "goods came", received).await?;
    stage.until_quiet().await?;
    ensure!(stage.effects("RMA-1", "ERP_CREDIT_MEMO").await?.is_empty());
    ensure!(stage.memos().is_empty());
    Ok(())
}
