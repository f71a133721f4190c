//! Scenarios 37 to 40: whose word lets a credit go, and for how long. Everybody decides by the API.

use anyhow::{Context as _, Result, ensure};
use canonical::{ApprovalState, EffectKind, ExceptionCode, Lifecycle};
use serde_json::{Value, json};
use workflow::ReturnState;

use crate::say::{disposition, line, request, restocked, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            37,
            "the amount says who approves, the largest take two",
            ladder,
        ),
        Scenario::new(
            38,
            "who took part does not approve, by no delegate either",
            four_eyes,
        ),
        Scenario::new(
            39,
            "what is not decided is escalated and never approved",
            escalated,
        ),
        Scenario::new(40, "another calculation needs another approval", superseded),
    ]
}

fn settled(state: &ReturnState) -> bool {
    state.lifecycle() == Lifecycle::Settled
}

/// A return of ten pieces that were invoiced at so many dollars, without tax.
fn worth(id: &str, dollars: u32) -> Value {
    let mut asked = request(id, vec![line(1, SKU, 10, "DEFECTIVE_ON_ARRIVAL")]);
    let more = json!({ "amount": format!("{dollars}.00"), "taxes": [] });
    asked["lines"][0]["invoice"] = with(asked["lines"][0]["invoice"].clone(), &more);
    with(asked, &json!({ "requestedBy": "carol" }))
}

/// Ivan inspected it, and all of it goes back on the shelf.
async fn came_back(stage: &Stage, id: &str, dollars: u32) -> Result<()> {
    stage.authorized(&worth(id, dollars)).await?;
    let rma = format!("RMA-{id}");
    let [came, found, decided] = restocked(&rma, "1", SKU, 10);
    let found = with(found, &json!({ "inspector": "ivan" }));
    stage.facts([came, found, decided]).await
}

async fn ladder() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    came_back(&stage, "499", 499).await?;
    let state = stage.until_return("RMA-499", "settled", settled).await?;
    ensure!(state.approvals().is_empty(), "nobody need approve 499.00");
    for (dollars, needed) in [
        (501, &["returns_supervisor"][..]),
        (5001, &["finance_manager"]),
        (25001, &["finance_manager", "controller"]),
    ] {
        came_back(&stage, &dollars.to_string(), dollars).await?;
        let asked = stage.asked_for(&format!("RMA-{dollars}")).await?;
        let roles: Vec<&str> = asked
            .required
            .iter()
            .map(|need| need.role.as_str())
            .collect();
        ensure!(roles == needed, "{dollars}: {roles:?}");
    }
    stage.until_quiet().await?;
    ensure!(stage.memos().len() == 1, "the three wait");
    stage.approve("sue", "RMA-501").await?;
    stage.approve("fred", "RMA-5001").await?;
    stage.approve("fred", "RMA-25001").await?;
    let asked = stage.asked_for("RMA-25001").await?;
    let (status, said) = stage.decide("fred", "approve", &asked, &json!({})).await?;
    ensure!(status >= 400, "he has decided: {status} {said}");
    for rma in ["RMA-501", "RMA-5001"] {
        stage.until_return(rma, "settled", settled).await?;
    }
    ensure!(
        stage.totals("RMA-25001").is_empty(),
        "one of two is not enough"
    );
    stage.approve("cora", "RMA-25001").await?;
    stage.until_return("RMA-25001", "settled", settled).await?;
    let owed = stage.erp.ledger().receivable("C10010", "USD").to_string();
    ensure!(owed == "-31002.00", "{owed}");
    Ok(())
}

async fn four_eyes() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    came_back(&stage, "1", 501).await?;
    let asked = stage.asked_for("RMA-1").await?;
    for (who, more, why) in [
        ("carol", json!({}), "the requester"),
        ("ivan", json!({}), "the inspector"),
        (
            "max",
            json!({ "on_behalf_of": "ivan" }),
            "for the inspector",
        ),
    ] {
        let (status, said) = stage.decide(who, "approve", &asked, &more).await?;
        ensure!(status == 403, "{why}: {status} {said}");
        ensure!(said["code"] == "approval.four-eyes", "{why}: {said}");
    }
    let state = stage.the("RMA-1").await?;
    ensure!(state.approvals().iter().all(|a| a.decisions.is_empty()));
    ensure!(stage.memos().is_empty());
    stage.approve("sue", "RMA-1").await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    Ok(())
}

async fn escalated() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    came_back(&stage, "1", 501).await?;
    stage.until_timer("APPROVAL_SLA").await?;
    for level in 1..=3 {
        stage.pass_hours(25);
        let higher = |s: &ReturnState| {
            s.open_approvals()
                .any(|a| a.state == ApprovalState::Escalated && a.escalation_level >= level)
        };
        stage.until_return("RMA-1", "escalated", higher).await?;
        stage
            .until_exception(ExceptionCode::ApprovalExpired)
            .await?;
    }
    let asked = stage.asked_for("RMA-1").await?;
    ensure!(
        asked.stand_ins == ["finance_manager", "controller"],
        "{asked:?}"
    );
    ensure!(
        asked.decisions.is_empty() && stage.memos().is_empty(),
        "never by itself"
    );
    stage.approve("fred", "RMA-1").await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    ensure!(
        stage
            .exceptions(ExceptionCode::ApprovalExpired)
            .await?
            .is_empty()
    );
    Ok(())
}

async fn superseded() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    stage.authorized(&worth("1", 1000)).await?;
    let [came, found, decided] = restocked("RMA-1", "1", SKU, 10);
    stage.facts([came, found, decided]).await?;
    let first = stage.asked_for("RMA-1").await?;
    // Approved, and kept back by a hold: then another piece is decided on.
    stage.hold("RMA-1", true).await?;
    let held = |s: &ReturnState| !s.header().hold_flags.is_empty();
    stage.until_return("RMA-1", "on hold", held).await?;
    stage.approve("sue", "RMA-1").await?;
    let anew = disposition("RMA-1", "D2", &[(SKU, 10, "REFURBISH")]);
    let anew = with(
        anew,
        &json!({ "reverses": "D-RMA-1-1", "occurredAt": "2026-03-05T11:00:00Z" }),
    );
    stage.facts([anew]).await?;
    let refurbished = |s: &ReturnState| {
        s.effects()
            .iter()
            .filter(|e| e.kind == EffectKind::ErpStockTransfer)
            .count()
            > 1
    };
    stage
        .until_return("RMA-1", "decided anew", refurbished)
        .await?;
    stage.hold("RMA-1", false).await?;
    let second = stage.asked_for("RMA-1").await?;
    ensure!(second.calc_hash != first.calc_hash);
    let state = stage.the("RMA-1").await?;
    let old = state
        .approvals()
        .iter()
        .find(|a| a.approval_id == first.approval_id);
    ensure!(
        old.context("the first")?.state == ApprovalState::Superseded,
        "{old:?}"
    );
    stage.until_quiet().await?;
    ensure!(stage.memos().is_empty(), "posting is blocked");
    let (status, said) = stage.decide("fred", "approve", &first, &json!({})).await?;
    ensure!(
        status >= 400,
        "the old one takes no decisions: {status} {said}"
    );
    stage.approve("sue", "RMA-1").await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    ensure!(stage.totals("RMA-1").len() == 1);
    ensure!(stage.totals("RMA-1")[0][2] == "800.00", "80 % of 1000.00");
    Ok(())
}
