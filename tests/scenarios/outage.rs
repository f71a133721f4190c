//! Scenarios 48 and 53: a target that is away.

use anyhow::{Result, ensure};
use canonical::Lifecycle;
use simulators::faults::{Fault, Rule};
use std::time::Duration;
use workflow::ReturnState;

use crate::say::{line, request, restocked};
use crate::stage::Stage;
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            48,
            "an ERP that is away slows no warehouse and loses nothing",
            erp_away,
        ),
        Scenario::new(
            53,
            "a failing notification stops no money",
            no_notifications,
        ),
    ]
}

async fn erp_away() -> Result<()> {
    const RETURNS: usize = 25;
    let stage = Stage::new().await?;
    for n in 0..RETURNS {
        let asked = request(
            &n.to_string(),
            vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")],
        );
        stage.tell("portal", &asked).await?;
    }
    let authorized = || async {
        let all = stage.returns().await.ok()?;
        let there = all
            .iter()
            .filter(|s| s.lifecycle() == Lifecycle::Authorized);
        (there.count() == RETURNS).then_some(())
    };
    stage.until("all are authorised", authorized).await?;
    stage.until_quiet().await?;
    stage
        .erp
        .faults()
        .add(Rule::times(Fault::Throttle, u32::MAX));
    for n in 0..RETURNS {
        stage
            .facts(restocked(&format!("RMA-{n}"), "1", SKU, 3))
            .await?;
    }
    let known = || async {
        let all = stage.returns().await.ok()?;
        all.iter().all(|s| !s.slices().is_empty()).then_some(())
    };
    stage.until("all facts are known", known).await?;
    ensure!(stage.memos().is_empty(), "the ERP was away");
    stage.erp.faults().clear();
    let settled = || async {
        let all = stage.returns().await.ok()?;
        let done = all.iter().filter(|s| s.lifecycle() == Lifecycle::Settled);
        (done.count() == RETURNS).then_some(())
    };
    tests::until("all are settled", Duration::from_mins(3), settled).await?;
    stage.until_quiet().await?;
    ensure!(stage.memos().len() == RETURNS);
    ensure!(stage.erp.ledger().duplicates.is_empty());
    ensure!(stage.erp.ledger().negative_stock.is_empty());
    Ok(())
}

async fn no_notifications() -> Result<()> {
    let stage = Stage::new().await?;
    let fails = Rule::times(Fault::Unavailable, 3).on("POST /notifications");
    stage.warehouse.faults().add(fails);
    let asked = request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    stage.authorized(&asked).await?;
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await?;
    let done = |s: &ReturnState| s.credited().minor > 0;
    stage.until_return("RMA-1", "credited", done).await?;
    ensure!(stage.memos().len() == 1);
    stage.until_quiet().await?;
    let told = stage.effects("RMA-1", "NOTIFY").await?;
    ensure!(!told.is_empty());
    let unsent = told
        .iter()
        .filter(|row| row.state != store::EffectState::Confirmed);
    ensure!(unsent.count() == 0, "told in the end: {told:?}");
    let ledger = stage.warehouse.ledger();
    ensure!(
        ledger.notifications.len() == told.len(),
        "each once: {:?}",
        ledger.notifications
    );
    Ok(())
}
