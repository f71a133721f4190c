//! Scenarios 7 to 19: goods arrive, not always as they were announced.

use anyhow::{Context as _, Result, ensure};
use canonical::{ExceptionCode, Lifecycle, Qty, Ratio};
use serde_json::{Value, json};
use workflow::{Bucket, ReturnState};

use crate::say::{self, by_api, line, receipt, request, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            7,
            "a receipt told three times counts once",
            told_three_times,
        ),
        Scenario::new(
            8,
            "the same receipt by another feed counts once",
            by_another_feed,
        ),
        Scenario::new(
            9,
            "two partial receipts credit exactly the whole line",
            in_two_parts,
        ),
        Scenario::new(10, "what came too much is held and not credited", too_much),
        Scenario::new(11, "another item leaves the expected line open", wrong_item),
        Scenario::new(
            12,
            "a parcel that nobody announced is credited once it is matched and approved",
            unannounced,
        ),
        Scenario::new(13, "an inspection waits for its receipt", inspection_first),
        Scenario::new(
            14,
            "goods of a cancelled return wait for a person",
            cancelled,
        ),
        Scenario::new(
            15,
            "goods in grace reopen and after it are asked for",
            expired,
        ),
        Scenario::new(16, "only what has not come expires", remainder),
        Scenario::new(
            17,
            "a serial number that was not shipped is held",
            other_serial,
        ),
        Scenario::new(
            18,
            "a serial number that came on another return is held",
            serial_twice,
        ),
        Scenario::new(19, "cases and pieces convert exactly", cases),
    ]
}

async fn opened(stage: &Stage, qty: u32) -> Result<ReturnState> {
    let asked = request("1", vec![line(1, SKU, qty, "DEFECTIVE_ON_ARRIVAL")]);
    stage.authorized(&asked).await
}

/// Everything that came for the return is new, and goes back on the shelf.
fn restocked(id: &str, qty: u32) -> [Value; 3] {
    say::restocked("RMA-1", id, SKU, qty)
}

fn pieces(n: i32) -> Qty {
    Qty::whole(n)
}

async fn told_three_times() -> Result<()> {
    let stage = Stage::new().await?;
    opened(&stage, 3).await?;
    let fact = receipt("RMA-1", "R1", &[(SKU, 3)]);
    for delivery in ["e1", "e2", "e3"] {
        let fact = with(fact.clone(), &json!({ "eventId": delivery }));
        stage.tell("wms-east", &fact).await?;
    }
    let came = |s: &ReturnState| s.in_bucket(Bucket::PendingInspection) == pieces(3);
    stage.until_return("RMA-1", "three pieces", came).await?;
    stage.facts(restocked("1", 3).into_iter().skip(1)).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-1", "settled", done).await?;
    ensure!(stage.effects("RMA-1", "ERP_RECEIPT_HOLD").await?.len() == 1);
    let available = stage.erp.ledger().on_hand(SKU, "DC-EAST", "available");
    ensure!(available.to_string() == "3", "{available}");
    Ok(())
}

async fn by_another_feed() -> Result<()> {
    // The carrier's feed tells of the same dock: same site, same receipt.
    let setting = Setting {
        more: r#"
[connectors.dock-feed]
type = "wms-json"
system = "dock-feed"
entity = "US01"
site = "DC-EAST"
[connectors.dock-feed.http]
path = "/in/dock-feed"
secret = "scenario-secret"
"#
        .to_owned(),
        ..Setting::default()
    };
    let stage = Stage::set(setting).await?;
    opened(&stage, 3).await?;
    let fact = receipt("RMA-1", "R1", &[(SKU, 3)]);
    stage.tell("wms-east", &fact).await?;
    stage.tell("dock-feed", &fact).await?;
    stage.facts(restocked("1", 3).into_iter().skip(1)).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    let state = stage.until_return("RMA-1", "settled", done).await?;
    ensure!(!state.is_blocked());
    ensure!(stage.effects("RMA-1", "ERP_RECEIPT_HOLD").await?.len() == 1);
    Ok(())
}

async fn in_two_parts() -> Result<()> {
    let stage = Stage::new().await?;
    opened(&stage, 10).await?;
    stage.facts(restocked("1", 4)).await?;
    let part = |s: &ReturnState| s.credited().minor > 0;
    let state = stage.until_return("RMA-1", "first credit", part).await?;
    ensure!(
        state.in_bucket(Bucket::Authorized) == pieces(6),
        "six are still expected"
    );
    stage.facts(restocked("2", 6)).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    let state = stage.until_return("RMA-1", "settled", done).await?;
    // 220.00 and 18.15 of tax, to the cent.
    ensure!(state.credited().minor == 23_815, "{:?}", state.credited());
    let gross: Vec<String> = (stage.memos().iter())
        .map(|memo| memo["grossAmount"].to_string())
        .collect();
    ensure!(gross.len() == 2, "{gross:?}");
    let owed = stage.erp.ledger().receivable("C10010", "USD");
    ensure!(owed.to_string() == "-238.15", "{owed}");
    Ok(())
}

async fn too_much() -> Result<()> {
    let stage = Stage::new().await?;
    opened(&stage, 3).await?;
    stage.facts(restocked("1", 5)).await?;
    let row = stage.until_exception(ExceptionCode::OverReceipt).await?;
    ensure!(row.reason.contains('2'), "{}", row.reason);
    let credited = |s: &ReturnState| s.credited().minor > 0;
    let state = stage
        .until_return("RMA-1", "the three are credited", credited)
        .await?;
    stage.until_quiet().await?;
    ensure!(state.in_bucket(Bucket::OverHold) == pieces(2));
    ensure!(
        state.credited().minor == 6600 + 545,
        "{:?}",
        state.credited()
    );
    ensure!(stage.memos().len() == 1);
    Ok(())
}

async fn wrong_item() -> Result<()> {
    let stage = Stage::new().await?;
    opened(&stage, 3).await?;
    stage
        .facts([receipt("RMA-1", "R1", &[("SKU-999", 3)])])
        .await?;
    stage
        .until_exception(ExceptionCode::UnmatchedReceipt)
        .await?;
    let state = stage.the("RMA-1").await?;
    ensure!(
        state.in_bucket(Bucket::Authorized) == pieces(3),
        "the line stays open"
    );
    stage.until_quiet().await?;
    let ledger = stage.erp.ledger();
    ensure!(
        ledger.stock.iter().all(|row| row.item_number != SKU),
        "{:?}",
        ledger.stock
    );
    ensure!(stage.memos().is_empty());
    Ok(())
}

async fn inspection_first() -> Result<()> {
    let stage = Stage::new().await?;
    opened(&stage, 3).await?;
    let [came, inspected, disposed] = restocked("1", 3);
    stage.facts([inspected, disposed]).await?;
    // Nobody tells of the goods for two days.
    stage.until_timer("ORPHAN_WAIT").await?;
    stage.pass_hours(49);
    stage
        .until_exception(ExceptionCode::OrphanInspection)
        .await?;
    ensure!(stage.memos().is_empty());
    stage.facts([came]).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-1", "settled", done).await?;
    ensure!(stage.memos().len() == 1);
    ensure!(
        stage
            .exceptions(ExceptionCode::OrphanInspection)
            .await?
            .is_empty()
    );
    Ok(())
}

async fn cancelled() -> Result<()> {
    let stage = Stage::new().await?;
    opened(&stage, 3).await?;
    stage.until_quiet().await?;
    let withdrawn = json!({
        "type": "return.cancelled", "rma": "RMA-1", "requestId": "C1", "requestedBy": "C10010",
        "reason": "changed their mind", "occurredAt": "2026-03-03T08:00:00Z"
    });
    stage.tell("portal", &withdrawn).await?;
    let over = |s: &ReturnState| s.lifecycle() == Lifecycle::Cancelled;
    stage.until_return("RMA-1", "cancelled", over).await?;
    stage.facts(restocked("1", 3)).await?;
    let asked = |s: &ReturnState| s.open_approvals().next().is_some();
    let state = stage
        .until_return("RMA-1", "a person is asked", asked)
        .await?;
    stage.until_quiet().await?;
    ensure!(
        state.in_bucket(Bucket::Authorized) == Qty::ZERO,
        "nothing is authorised again"
    );
    ensure!(stage.memos().is_empty(), "no credit by itself");
    Ok(())
}

async fn expired() -> Result<()> {
    let stage = Stage::new().await?;
    for id in ["1", "2"] {
        let asked = request(id, vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
        stage.authorized(&asked).await?;
    }
    // They may come for 365 days.
    stage.pass_hours(24 * 367);
    let over = |s: &ReturnState| s.lifecycle() == Lifecycle::Expired;
    stage.until_return("RMA-1", "expired", over).await?;
    let state = stage.until_return("RMA-2", "expired", over).await?;
    let end = state.header().expires_at.unwrap_or_default();
    let arrival = |rma: &str, days: i64| {
        let at = end + jiff::SignedDuration::from_hours(24 * days);
        with(
            receipt(rma, "R1", &[(SKU, 3)]),
            &json!({ "occurredAt": at.to_string() }),
        )
    };
    let mut second = arrival("RMA-2", 20);
    second["receiptId"] = json!("R2");
    stage.pass_hours(24 * 25);
    stage.facts([arrival("RMA-1", 3), second]).await?;
    let reopened = |s: &ReturnState| s.in_bucket(Bucket::PendingInspection) == pieces(3);
    stage.until_return("RMA-1", "reopened", reopened).await?;
    let asked = |s: &ReturnState| s.open_approvals().next().is_some();
    let late = stage
        .until_return("RMA-2", "a person is asked", asked)
        .await?;
    ensure!(late.in_bucket(Bucket::PendingInspection) == Qty::ZERO);
    stage.until_exception(ExceptionCode::LateReturn).await?;
    Ok(())
}

async fn remainder() -> Result<()> {
    let stage = Stage::new().await?;
    opened(&stage, 10).await?;
    stage.facts(restocked("1", 4)).await?;
    let part = |s: &ReturnState| s.credited().minor > 0;
    stage.until_return("RMA-1", "first credit", part).await?;
    stage.pass_hours(24 * 367);
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    let state = stage.until_return("RMA-1", "settled", done).await?;
    ensure!(state.in_bucket(Bucket::Expired) == pieces(6));
    ensure!(stage.memos().len() == 1);
    Ok(())
}

async fn other_serial() -> Result<()> {
    let stage = Stage::new().await?;
    let mut asked = request("1", vec![line(1, SKU, 2, "DEFECTIVE_ON_ARRIVAL")]);
    asked["lines"][0]["serials"] = json!(["S-1", "S-2"]);
    stage.authorized(&asked).await?;
    let mut came = receipt("RMA-1", "R1", &[(SKU, 2)]);
    came["lines"][0]["serials"] = json!(["S-1", "S-9"]);
    stage.facts([came]).await?;
    let row = stage.until_exception(ExceptionCode::SerialMismatch).await?;
    ensure!(row.reason.contains("S-9"), "{}", row.reason);
    let state = stage.the("RMA-1").await?;
    ensure!(state.in_bucket(Bucket::PendingInspection) == pieces(1));
    Ok(())
}

async fn cases() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    // Two cases of 72 pieces were invoiced at 100.00; five pieces come back: V7.
    let mut asked = by_api("1", 2);
    let line = asked.lines.first_mut().context("a line")?;
    "XCS".clone_into(&mut line.uom);
    line.base_per_uom = Ratio { num: 72, den: 1 };
    let invoiced = line.invoiced.as_mut().context("a snapshot")?;
    (invoiced.base_qty, invoiced.amount_minor) = (pieces(144), 10_000);
    invoiced.taxes.clear();
    stage.asked_by_api(&asked).await?;
    stage
        .facts(say::restocked("RMA-1", "1", "SKU-1", 5))
        .await?;
    let credited = ["3.47", "0.00", "3.47"].map(str::to_owned);
    stage.until_memos("RMA-1", &[credited]).await?;
    let state = stage.the("RMA-1").await?;
    ensure!(state.in_bucket(Bucket::Authorized) == pieces(139));
    // Nobody said how many pieces of this return are in a case.
    stage.asked_by_api(&by_api("2", 3)).await?;
    let mut came = receipt("RMA-2", "R2", &[("SKU-1", 1)]);
    came["lines"][0]["uom"] = json!("CS");
    stage.facts([came]).await?;
    stage.until_exception(ExceptionCode::UomInexact).await?;
    let state = stage.the("RMA-2").await?;
    ensure!(state.in_bucket(Bucket::PendingInspection) == Qty::ZERO);
    Ok(())
}

async fn serial_twice() -> Result<()> {
    let stage = Stage::new().await?;
    for id in ["1", "2"] {
        let mut asked = request(id, vec![line(1, SKU, 2, "DEFECTIVE_ON_ARRIVAL")]);
        asked["lines"][0]["serials"] = json!(["S-1", format!("S-2{id}")]);
        stage.authorized(&asked).await?;
        let rma = format!("RMA-{id}");
        let mut came = receipt(&rma, &format!("R{id}"), &[(SKU, 2)]);
        came["lines"][0]["serials"] = json!(["S-1", format!("S-2{id}")]);
        stage.facts([came]).await?;
        let one = |s: &ReturnState| s.in_bucket(Bucket::PendingInspection) != Qty::ZERO;
        stage.until_return(&rma, "goods came", one).await?;
    }
    let row = stage
        .until_exception(ExceptionCode::SerialDuplicate)
        .await?;
    ensure!(row.reason.contains("S-1"), "{}", row.reason);
    let first = stage.the("RMA-1").await?;
    ensure!(first.in_bucket(Bucket::PendingInspection) == pieces(2));
    let second = stage.the("RMA-2").await?;
    ensure!(
        second.in_bucket(Bucket::PendingInspection) == pieces(1),
        "the other unit is held"
    );
    Ok(())
}

async fn unannounced() -> Result<()> {
    let setting = Setting::default().people();
    let stage = Stage::set(setting.blocks("\n[router]\npark_for = \"1h\"\n")).await?;
    // The parcel has a tracking number and no RMA.
    let parcel = |fact: Value| {
        let mut fact = with(fact, &json!({ "trackingNo": "1Z-77" }));
        if let Some(members) = fact.as_object_mut() {
            members.remove("rma");
        }
        fact
    };
    let [came, found, decided] = restocked("1", 3).map(parcel);
    stage.facts([came]).await?;
    stage.pass_hours(2);
    let row = stage
        .until_exception(ExceptionCode::UnmatchedReceipt)
        .await?;
    ensure!(row.reason.contains("1Z-77"), "{}", row.reason);
    ensure!(stage.memos().is_empty() && stage.returns().await?.is_empty());
    // Somebody finds out whose it is.
    let asked = request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    let blind = json!({
        "returnType": "BLIND", "references": [{ "system": "wms-east.tracking", "type": "tracking", "value": "1Z-77" }]
    });
    stage.tell("portal", &with(asked, &blind)).await?;
    let asked = stage.asked_for("RMA-1").await?;
    ensure!(asked.required[0].role == "returns_manager", "{asked:?}");
    stage.replay(&row).await?;
    stage.facts([found, decided]).await?;
    stage.until_quiet().await?;
    let state = stage.the("RMA-1").await?;
    ensure!(
        state.credits().is_empty() && stage.memos().is_empty(),
        "no credit before it is approved"
    );
    stage.approve("max", "RMA-1").await?;
    // It goes the normal way; its credit is approved like every credit of such goods.
    let asks = |s: &ReturnState| !s.credits().is_empty() && s.open_approvals().next().is_some();
    stage
        .until_return("RMA-1", "the credit is asked for", asks)
        .await?;
    ensure!(stage.memos().is_empty());
    stage.approve("max", "RMA-1").await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-1", "settled", done).await?;
    ensure!(stage.totals("RMA-1") == [["66.00", "5.45", "71.45"].map(str::to_owned)]);
    let available = stage.erp.ledger().on_hand(SKU, "DC-EAST", "available");
    ensure!(available.to_string() == "3", "{available}");
    Ok(())
}
