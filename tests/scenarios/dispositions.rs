//! Scenarios 20 to 24: what becomes of the goods.

use anyhow::{Result, ensure};
use canonical::{Lifecycle, Qty};
use serde_json::json;
use workflow::{Bucket, ReturnState};

use crate::say::{disposition, inspection, line, receipt, request, with};
use crate::stage::Stage;
use crate::table::Scenario;

const SKU: &str = "SKU-100";
const SEALED: &str = "A_NEW_SEALED";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            20,
            "a split disposition moves each part and credits by policy",
            split,
        ),
        Scenario::new(
            21,
            "a disposition superseded before credit leaves the last",
            superseded,
        ),
        Scenario::new(
            24,
            "goods sent back to the customer are not credited",
            sent_back,
        ),
    ]
}

fn settled(state: &ReturnState) -> bool {
    state.lifecycle() == Lifecycle::Settled
}

async fn split() -> Result<()> {
    let stage = Stage::new().await?;
    let asked = request("1", vec![line(1, SKU, 10, "NO_LONGER_NEEDED")]);
    stage.authorized(&asked).await?;
    let parts = [
        (SKU, 6, "RESTOCK"),
        (SKU, 3, "SCRAP"),
        (SKU, 1, "RETURN_TO_CUSTOMER"),
    ];
    stage
        .facts([
            receipt("RMA-1", "R1", &[(SKU, 10)]),
            inspection("RMA-1", "I1", &[(SKU, 10, SEALED)]),
            disposition("RMA-1", "D1", &parts),
        ])
        .await?;
    let state = stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    let ledger = stage.erp.ledger();
    let available = ledger.on_hand(SKU, "DC-EAST", "available");
    ensure!(available.to_string() == "6", "{available}");
    let left: Vec<_> = (ledger.stock.iter())
        .filter(|row| row.status != "available" && row.quantity.to_string() != "0")
        .collect();
    ensure!(left.is_empty(), "scrapped and sent back are gone: {left:?}");
    // Six at 100 % less 15 % fee (132.00 - 19.80), three at 50 % (33.00), tax on the reduced base.
    ensure!(
        state.in_bucket(Bucket::Credited) == Qty::whole(9),
        "nine are credited"
    );
    let memos = stage.memos();
    ensure!(memos.len() == 1, "{memos:?}");
    ensure!(
        memos[0]["netAmount"] == json!("145.20") || memos[0]["netAmount"] == json!(145.20),
        "{memos:?}"
    );
    let moved = stage.effects("RMA-1", "ERP_STOCK_TRANSFER").await?.len()
        + stage.effects("RMA-1", "ERP_SCRAP").await?.len();
    ensure!(moved == 3, "three movements: {moved}");
    Ok(())
}

async fn superseded() -> Result<()> {
    // The credit waits until all is decided: there is time to decide anew.
    let setting = crate::stage::Setting::default().policy(
        "credit_granularity = \"per_receipt\"",
        "credit_granularity = \"per_return_complete\"",
    );
    let stage = Stage::set(setting).await?;
    stage
        .authorized(&request("1", vec![line(1, SKU, 4, "DEFECTIVE_ON_ARRIVAL")]))
        .await?;
    let first = disposition("RMA-1", "D1", &[(SKU, 3, "RESTOCK")]);
    stage
        .facts([
            receipt("RMA-1", "R1", &[(SKU, 3)]),
            inspection("RMA-1", "I1", &[(SKU, 3, SEALED)]),
            first,
        ])
        .await?;
    let disposed = |s: &ReturnState| !s.slices().is_empty();
    stage.until_return("RMA-1", "disposed", disposed).await?;
    stage.until_quiet().await?;
    let anew = disposition("RMA-1", "D2", &[(SKU, 3, "SCRAP")]);
    let anew = with(
        anew,
        &json!({ "reverses": "D1", "occurredAt": "2026-03-05T11:00:00Z" }),
    );
    stage
        .facts([anew, receipt("RMA-1", "R2", &[(SKU, 1)])])
        .await?;
    stage
        .facts([
            inspection("RMA-1", "I2", &[(SKU, 1, SEALED)]),
            disposition("RMA-1", "D3", &[(SKU, 1, "RESTOCK")]),
        ])
        .await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    let ledger = stage.erp.ledger();
    let available = ledger.on_hand(SKU, "DC-EAST", "available");
    ensure!(
        available.to_string() == "1",
        "only the last is on the shelf: {available}"
    );
    ensure!(
        ledger.negative_stock.is_empty(),
        "{:?}",
        ledger.negative_stock
    );
    ensure!(stage.memos().len() == 1);
    Ok(())
}

async fn sent_back() -> Result<()> {
    let stage = Stage::new().await?;
    stage
        .authorized(&request("1", vec![line(1, SKU, 3, "DEFECTIVE_IN_USE")]))
        .await?;
    stage
        .facts([
            receipt("RMA-1", "R1", &[(SKU, 3)]),
            inspection("RMA-1", "I1", &[(SKU, 3, "C_USED")]),
            disposition("RMA-1", "D1", &[(SKU, 3, "RETURN_TO_CUSTOMER")]),
        ])
        .await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    ensure!(stage.memos().is_empty(), "no credit");
    let held: Vec<_> = (stage.erp.ledger().stock.into_iter())
        .filter(|row| row.quantity.to_string() != "0")
        .collect();
    ensure!(held.is_empty(), "they are gone: {held:?}");
    Ok(())
}
