//! Scenarios 20 to 24 and 26: what becomes of the goods.

use anyhow::{Result, ensure};
use canonical::{ExceptionCode, Lifecycle, Qty};
use serde_json::json;
use simulators::erp::Collection;
use workflow::{Bucket, ReturnState};

use crate::say::{disposition, inspection, line, receipt, request, restocked, story, with};
use crate::stage::{Setting, Stage};
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
            22,
            "a lower grade after the credit takes the difference back",
            found_worse,
        ),
        Scenario::new(
            23,
            "a receipt is not taken back before its credit is",
            receipt_taken_back,
        ),
        Scenario::new(
            26,
            "without the supplier's RMA only the supplier waits",
            supplier_waits,
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
    let setting = Setting::default().policy(
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

/// Three pieces came, were restocked, and 71.45 are credited.
async fn credited(stage: &Stage) -> Result<()> {
    let asked = request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    stage.authorized(&asked).await?;
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await
}

fn owed(stage: &Stage) -> String {
    stage.erp.ledger().receivable("C10010", "USD").to_string()
}

fn available(stage: &Stage) -> String {
    let ledger = stage.erp.ledger();
    ledger.on_hand(SKU, "DC-EAST", "available").to_string()
}

async fn found_worse() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    credited(&stage).await?;
    ensure!(owed(&stage) == "-71.45", "{}", owed(&stage));
    let memos = stage.memos();
    let again = inspection("RMA-1", "I-RMA-1-1", &[(SKU, 3, "D_DAMAGED")]);
    let again = with(
        again,
        &json!({ "revision": 2, "occurredAt": "2026-03-06T09:00:00Z" }),
    );
    let mut anew = disposition("RMA-1", "D2", &[(SKU, 3, "SCRAP")]);
    anew["lines"][0]["liability"] = json!("CUSTOMER");
    let anew = with(
        anew,
        &json!({ "reverses": "D-RMA-1-1", "occurredAt": "2026-03-06T10:00:00Z" }),
    );
    stage.facts([again, anew]).await?;
    let asked = stage.asked_for("RMA-1").await?;
    ensure!(asked.required[0].role == "finance_manager", "{asked:?}");
    ensure!(owed(&stage) == "-71.45", "not without approval");
    stage.approve("fred", "RMA-1").await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    // Half of 66.00, and the tax on it.
    ensure!(owed(&stage) == "-35.73", "{}", owed(&stage));
    let after = stage.memos();
    ensure!(
        after.len() == 1 && after[0]["grossAmount"] == memos[0]["grossAmount"],
        "the memo stands: {after:?}"
    );
    let ledger = stage.erp.ledger();
    let parts = ledger.documents.get(&Collection::CreditMemoCancellations);
    let parts = parts.map_or(&[][..], Vec::as_slice);
    ensure!(
        parts.len() == 1 && parts[0]["grossAmount"] == "35.72",
        "{parts:?}"
    );
    ensure!(available(&stage) == "0", "scrapped: {}", available(&stage));
    ensure!(ledger.negative_stock.is_empty());
    Ok(())
}

async fn receipt_taken_back() -> Result<()> {
    let stage = Stage::new().await?;
    credited(&stage).await?;
    let taken_back = |id: &str| {
        json!({
            "type": "receipt.reversed", "warehouse": "DC-EAST", "rma": "RMA-1", "receiptId": "R-RMA-1-1",
            "reversalId": id, "occurredAt": "2026-03-07T08:00:00Z"
        })
    };
    stage.facts([taken_back("V1")]).await?;
    let row = stage.until_exception(ExceptionCode::NotAllowedNow).await?;
    ensure!(
        row.reason.contains("the credit must be reversed first"),
        "{}",
        row.reason
    );
    stage.until_quiet().await?;
    ensure!(
        available(&stage) == "3" && owed(&stage) == "-71.45",
        "blocked"
    );
    stage.take_back("RMA-1").await?;
    let gone = |s: &ReturnState| s.credited().minor == 0;
    stage
        .until_return("RMA-1", "the credit is reversed", gone)
        .await?;
    stage.until_quiet().await?;
    ensure!(
        matches!(owed(&stage).as_str(), "0" | "0.00"),
        "{}",
        owed(&stage)
    );
    // Now it is no credit that is in the way, but what was decided about the goods.
    stage.facts([taken_back("V2")]).await?;
    let other = || async {
        let rows = stage.exceptions(ExceptionCode::NotAllowedNow).await.ok()?;
        rows.into_iter().find(|row| row.reason.contains("V2"))
    };
    let row = stage.until("the second is answered", other).await?;
    ensure!(!row.reason.contains("credit"), "{}", row.reason);
    ensure!(available(&stage) == "3", "the goods stay where they are");
    Ok(())
}

async fn supplier_waits() -> Result<()> {
    let setting = Setting::default().blocks(
        "\n[[routes]]\nkinds = [\"SUPPLIER_RETURN\", \"SUPPLIER_CLAIM\"]\nconnector = \"erp\"\n",
    );
    let stage = Stage::set(setting).await?;
    let mut asked = request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    asked["lines"][0]["supplier"] = json!({ "number": "V-77", "rmaRequired": true });
    asked["lines"][0]["invoice"]["cost"] = json!("150.00");
    stage.authorized(&asked).await?;
    stage
        .facts(story("RMA-1", "1", SKU, &[(3, "RETURN_TO_VENDOR")]))
        .await?;
    stage
        .until_exception(ExceptionCode::SupplierRmaMissing)
        .await?;
    let paid = |s: &ReturnState| s.credited().minor == 7145;
    let state = stage
        .until_return("RMA-1", "the customer is credited", paid)
        .await?;
    ensure!(state.lifecycle() == Lifecycle::InProgress);
    ensure!(
        stage.effects("RMA-1", "SUPPLIER_RETURN").await?.is_empty(),
        "the supplier waits"
    );
    let answer = json!({
        "type": "supplier.answered", "rma": "RMA-1", "supplier": "V-77", "supplierRma": "VRMA-12",
        "occurredAt": "2026-03-08T08:00:00Z"
    });
    stage.tell("portal", &answer).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    ensure!(
        stage
            .exceptions(ExceptionCode::SupplierRmaMissing)
            .await?
            .is_empty()
    );
    let ledger = stage.erp.ledger();
    let goods = ledger
        .documents
        .get(&Collection::VendorReturns)
        .and_then(|all| all.first());
    ensure!(
        goods.is_some_and(|goods| goods.to_string().contains("VRMA-12")),
        "{goods:?}"
    );
    let claim = ledger
        .documents
        .get(&Collection::VendorClaims)
        .and_then(|all| all.first());
    // Three of ten pieces that cost 150.00.
    ensure!(
        claim.is_some_and(|claim| claim.to_string().contains("45.00")),
        "{claim:?}"
    );
    ensure!(stage.memos().len() == 1);
    Ok(())
}
