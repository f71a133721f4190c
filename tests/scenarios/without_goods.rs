//! Scenarios 25 and 27 to 29: what the customer gets before goods come, or without any.

use anyhow::{Context as _, Result, ensure};
use canonical::{ExceptionCode, Lifecycle};
use serde_json::{Value, json};
use simulators::erp::Collection;
use workflow::ReturnState;

use crate::say::{disposition, line, request, restocked, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            25,
            "goods that were replaced up front are not replaced again",
            replaced_once,
        ),
        Scenario::new(
            27,
            "a credit without goods moves no stock, the fourth is asked about",
            credit_only,
        ),
        Scenario::new(
            28,
            "goods of an advance make no second memo",
            advance_returned,
        ),
        Scenario::new(
            29,
            "an advance without goods is recovered once, and given back once",
            advance_recovered,
        ),
    ]
}

fn settled(state: &ReturnState) -> bool {
    state.lifecycle() == Lifecycle::Settled
}

/// More kinds that the ERP is told.
const MORE: &str = r#"
[[routes]]
kinds = ["ERP_RECOVERY_INVOICE", "ERP_RECOVERY_REVERSAL", "REPLACEMENT_ORDER"]
connector = "erp"
"#;

async fn stage() -> Result<Stage> {
    Stage::set(Setting::default().people().blocks(MORE)).await
}

/// A key account's request for ten pieces, 238.15 together.
fn up_front(return_type: &str) -> Value {
    let asked = request("1", vec![line(1, SKU, 10, "DEFECTIVE_ON_ARRIVAL")]);
    with(
        asked,
        &json!({ "segment": "key_account", "returnType": return_type }),
    )
}

fn count(stage: &Stage, collection: Collection) -> usize {
    let ledger = stage.erp.ledger();
    ledger.counts.get(&collection).copied().unwrap_or_default()
}

async fn until_count(stage: &Stage, collection: Collection, wanted: usize) -> Result<()> {
    let what = format!("{wanted} {collection}");
    let is = || async { (count(stage, collection) == wanted).then_some(()) };
    stage.until(&what, is).await
}

fn owed(stage: &Stage) -> String {
    stage.erp.ledger().receivable("C10010", "USD").to_string()
}

async fn until_owed(stage: &Stage, amount: &str) -> Result<()> {
    let is = || async { (owed(stage) == amount).then_some(()) };
    stage
        .until(&format!("the customer owes {amount}"), is)
        .await
}

async fn replaced_once() -> Result<()> {
    let stage = stage().await?;
    stage
        .tell("portal", &up_front("ADVANCE_REPLACEMENT"))
        .await?;
    until_count(&stage, Collection::ReplacementOrders, 1).await?;
    let [came, found, decided] = restocked("RMA-1", "1", SKU, 10);
    let again = disposition("RMA-1", "D0", &[(SKU, 10, "REPLACE_SCRAP")]);
    stage.facts([came, found, again]).await?;
    stage.until_exception(ExceptionCode::NotAllowedNow).await?;
    stage.facts([decided]).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    ensure!(count(&stage, Collection::ReplacementOrders) == 1);
    ensure!(
        stage.memos().is_empty() && owed(&stage) == "0",
        "goods for goods: {}",
        owed(&stage)
    );
    Ok(())
}

/// One piece at 22.00 and 1.82, damaged on its way, with a photo.
fn damaged(id: &str) -> Value {
    let mut asked = request(id, vec![line(1, SKU, 1, "DAMAGED_IN_TRANSIT")]);
    asked["lines"][0]["evidence"] = json!([{ "kind": "photo", "reference": "img-1" }]);
    with(asked, &json!({ "returnType": "CREDIT_ONLY" }))
}

async fn credit_only() -> Result<()> {
    let stage = stage().await?;
    for id in ["1", "2", "3"] {
        stage.tell("portal", &damaged(id)).await?;
        let rma = format!("RMA-{id}");
        let state = stage.until_return(&rma, "settled", settled).await?;
        ensure!(state.approvals().is_empty(), "{rma}: nobody is asked");
        ensure!(stage.totals(&rma) == [["22.00", "1.82", "23.82"].map(str::to_owned)]);
    }
    stage.tell("portal", &damaged("4")).await?;
    let asked = stage.asked_for("RMA-4").await?;
    ensure!(asked.required[0].role == "returns_manager", "{asked:?}");
    stage.until_quiet().await?;
    ensure!(stage.memos().len() == 3, "the fourth in 90 days waits");
    stage.approve("max", "RMA-4").await?;
    stage.until_return("RMA-4", "settled", settled).await?;
    ensure!(owed(&stage) == "-95.28", "{}", owed(&stage));
    ensure!(count(&stage, Collection::StockMovements) == 0, "no stock");
    ensure!(
        stage.warehouse.ledger().asns.is_empty(),
        "no goods are awaited"
    );
    Ok(())
}

/// The advance is in the ERP's books.
async fn advanced() -> Result<Stage> {
    let stage = stage().await?;
    stage.tell("portal", &up_front("ADVANCE_CREDIT")).await?;
    until_owed(&stage, "-238.15").await?;
    let exposed = |s: &ReturnState| s.is_exposed() && s.credited().minor == 23_815;
    stage.until_return("RMA-1", "advanced", exposed).await?;
    Ok(stage)
}

async fn advance_returned() -> Result<()> {
    let stage = advanced().await?;
    stage.facts(restocked("RMA-1", "1", SKU, 10)).await?;
    let state = stage.until_return("RMA-1", "settled", settled).await?;
    let open = state.exposure().map(|exposure| exposure.open);
    ensure!(open == Some(false), "the exposure is closed");
    // Also when the goods would have been due.
    stage.pass_hours(24 * 23);
    stage
        .authorized(&request("2", vec![line(1, SKU, 1, "DEFECTIVE_ON_ARRIVAL")]))
        .await?;
    stage.until_quiet().await?;
    ensure!(stage.memos().len() == 1, "no second memo");
    ensure!(count(&stage, Collection::RecoveryInvoices) == 0 && owed(&stage) == "-238.15");
    let available = stage
        .erp
        .ledger()
        .on_hand(SKU, "DC-EAST", "available")
        .to_string();
    ensure!(available == "10", "{available}");
    Ok(())
}

async fn advance_recovered() -> Result<()> {
    let stage = advanced().await?;
    stage.pass_hours(24 * 23);
    until_count(&stage, Collection::RecoveryInvoices, 1).await?;
    until_owed(&stage, "0.00").await?;
    let ledger = stage.erp.ledger();
    let invoices = ledger.documents.get(&Collection::RecoveryInvoices);
    let invoice = invoices.and_then(|all| all.first()).context("an invoice")?;
    ensure!(invoice["grossAmount"] == "238.15", "{invoice}");
    stage.facts(restocked("RMA-1", "1", SKU, 10)).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    ensure!(
        count(&stage, Collection::RecoveryInvoices) == 1,
        "one recovery"
    );
    ensure!(
        count(&stage, Collection::RecoveryInvoiceCancellations) == 1,
        "reversed once"
    );
    ensure!(
        stage.memos().len() == 1 && owed(&stage) == "-238.15",
        "{}",
        owed(&stage)
    );
    Ok(())
}
