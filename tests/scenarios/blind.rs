//! Scenario 12, further: goods that came without a return are matched, or held until somebody says whose they are.

use anyhow::{Context as _, Result, ensure};
use canonical::{BusinessCode, ExceptionCode, Lifecycle, Qty, ReturnType};
use reqwest::Method;
use serde_json::{Value, json};
use workflow::{Bucket, ReturnState};

use crate::say::{self, by_api, line, request, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";
/// Goods are taken in without a return.
const TAKES: &str = "\n[blind_return]\naccept = true\nsites = [\"DC-EAST\"]\n";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            12,
            "an unknown parcel is on hold at once, and is credited once its sale is found and approved",
            held_and_sold,
        ),
        Scenario::new(
            12,
            "an unknown parcel goes to the one return that its tracking number tells",
            matched,
        ),
        Scenario::new(
            12,
            "an unknown parcel that two returns expect is nobodys, and both are named",
            between_two,
        ),
        Scenario::new(
            12,
            "an unknown parcel goes to the return that is asked for under its name after all",
            asked_for_after_all,
        ),
        Scenario::new(
            12,
            "a parcel that names an unknown return waits for it and is held then",
            waited,
        ),
        Scenario::new(
            12,
            "goods that a snapshot counts for an unknown return are held, and go to it when it is asked for",
            counted,
        ),
        Scenario::new(
            12,
            "an unknown parcel is handed over to the return that somebody names",
            handed_over,
        ),
    ]
}

/// A fact of a parcel that has a tracking number and no RMA.
fn parcel(fact: Value) -> Value {
    let mut fact = with(fact, &json!({ "trackingNo": "1Z-88" }));
    if let Some(members) = fact.as_object_mut() {
        members.remove("rma");
    }
    fact
}

/// The return that was opened for the parcel, once it is so.
async fn blind(
    stage: &Stage,
    what: &str,
    is: impl Fn(&ReturnState) -> bool,
) -> Result<ReturnState> {
    let found = || async {
        let all = stage.returns().await.ok()?;
        let mut blind = all
            .into_iter()
            .filter(|s| s.header().return_type == ReturnType::Blind);
        blind.next().filter(|state| is(state))
    };
    stage.until(what, found).await
}

async fn identify(stage: &Stage, state: &ReturnState, found: &Value) -> Result<(u16, Value)> {
    let path = format!("/v1/returns/{}/identification", state.return_id());
    let body = json!({ "found": found, "reason": "the packing slip was inside" });
    let key = format!("identify/{}", body["found"]["outcome"]);
    stage
        .ask_api(Method::POST, &path, "boss", Some((&key, &body)))
        .await
}

async fn held_and_sold() -> Result<()> {
    let stage = Stage::set(Setting::default().people().rules(TAKES)).await?;
    // Everything that the warehouse knows of the parcel comes at once, and some of it twice.
    let story = say::restocked("", "1", "SKU-1", 3).map(parcel);
    stage.facts(story.clone()).await?;
    stage.facts([story[0].clone()]).await?;
    let held = |s: &ReturnState| s.in_bucket(Bucket::UnmatchedHold) == Qty::whole(3);
    let state = blind(&stage, "three pieces on hold", held).await?;
    ensure!(state.lifecycle() == Lifecycle::PendingAuthorization);
    ensure!(
        state.business_code() == BusinessCode::R320,
        "{:?}",
        state.business_code()
    );
    let row = stage
        .until_exception(ExceptionCode::UnmatchedReceipt)
        .await?;
    ensure!(row.reason.contains("1Z-88"), "{}", row.reason);
    stage.until_timer("IDENTIFY_SLA").await?;
    // Whose they are is found out; nothing is credited before somebody agrees.
    let asked = by_api("9", 3);
    let mut lines = serde_json::to_value(&asked.lines)?;
    lines[0]["invoice_ref"]["date"] = json!("2026-02-20");
    let sale = json!({
        "outcome": "SALE", "channel": "b2b", "customer_account": "C10010", "currency": "USD", "lines": lines
    });
    let (status, said) = identify(&stage, &state, &sale).await?;
    ensure!(status == 200, "{status} {said}");
    let rma = state.header().rma_number.clone();
    stage.until_quiet().await?;
    ensure!(stage.memos().is_empty() && stage.effects(&rma, "ERP_RECEIPT_HOLD").await?.is_empty());
    stage.approve("max", &rma).await?;
    // It goes the normal way; its credit is approved like every credit of such goods.
    let asks = |s: &ReturnState| !s.credits().is_empty() && s.open_approvals().next().is_some();
    stage
        .until_return(&rma, "the credit is asked for", asks)
        .await?;
    stage.approve("max", &rma).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return(&rma, "settled", done).await?;
    ensure!(
        stage.totals(&rma) == [["66.00", "5.45", "71.45"].map(str::to_owned)],
        "{:?}",
        stage.totals(&rma)
    );
    ensure!(stage.returns().await?.len() == 1, "one parcel, one return");
    ensure!(stage.effects(&rma, "ERP_RECEIPT_HOLD").await?.len() == 1);
    let open = stage.exceptions(ExceptionCode::UnmatchedReceipt).await?;
    ensure!(open.is_empty(), "{open:?}");
    Ok(())
}

/// A return, and the parcel in which its goods are on their way.
async fn announced(stage: &Stage, id: &str) -> Result<()> {
    let asked = request(id, vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    stage.authorized(&asked).await?;
    let transit = json!({
        "type": "goods.in_transit", "warehouse": "DC-EAST", "rma": format!("RMA-{id}"),
        "trackingNo": "1Z-88", "occurredAt": "2026-03-03T08:00:00Z"
    });
    stage.facts([transit]).await?;
    let under_way = |s: &ReturnState| s.in_bucket(Bucket::InTransit) == Qty::whole(3);
    stage
        .until_return(&format!("RMA-{id}"), "under way", under_way)
        .await?;
    Ok(())
}

async fn matched() -> Result<()> {
    let stage = Stage::set(Setting::default().rules(TAKES)).await?;
    announced(&stage, "1").await?;
    let [came, found, decided] = say::restocked("", "1", SKU, 3).map(parcel);
    // The inspection comes first, under the name that is not known yet.
    stage.facts([found, came]).await?;
    let inspected = |s: &ReturnState| s.in_bucket(Bucket::Inspected) == Qty::whole(3);
    let state = stage.until_return("RMA-1", "inspected", inspected).await?;
    stage.facts([decided]).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-1", "settled", done).await?;
    ensure!(
        stage.returns().await?.len() == 1,
        "no return was opened for it"
    );
    let trail = stage.trail(state.return_id()).await?;
    ensure!(trail.contains("matched by tracking 1Z-88"), "{trail}");
    Ok(())
}

async fn between_two() -> Result<()> {
    let setting = Setting::default().blocks("\n[router]\npark_for = \"1h\"\n");
    let stage = Stage::set(setting).await?;
    announced(&stage, "1").await?;
    announced(&stage, "2").await?;
    let [came, ..] = say::restocked("", "1", SKU, 3).map(parcel);
    stage.facts([came]).await?;
    stage.pass_hours(2);
    let row = stage
        .until_exception(ExceptionCode::UnmatchedReceipt)
        .await?;
    ensure!(
        row.reason.contains("RMA-1") && row.reason.contains("RMA-2"),
        "{}",
        row.reason
    );
    for rma in ["RMA-1", "RMA-2"] {
        ensure!(stage.the(rma).await?.received() == Qty::ZERO);
    }
    Ok(())
}

async fn asked_for_after_all() -> Result<()> {
    let stage = Stage::set(Setting::default().rules(TAKES)).await?;
    let [came, found, decided] = say::restocked("", "1", SKU, 3).map(parcel);
    stage.facts([came, found]).await?;
    let waits = |s: &ReturnState| s.waits_for_identification();
    let holder = blind(&stage, "the parcel waits", waits).await?;
    let parcel = json!({
        "references": [{ "system": "wms-east.tracking", "type": "tracking", "value": "1Z-88" }]
    });
    let asked = request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    stage.tell("portal", &with(asked, &parcel)).await?;
    let inspected = |s: &ReturnState| s.in_bucket(Bucket::Inspected) == Qty::whole(3);
    stage.until_return("RMA-1", "inspected", inspected).await?;
    stage.facts([decided]).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-1", "settled", done).await?;
    let holder = stage.the(&holder.header().rma_number).await?;
    ensure!(holder.lifecycle() == Lifecycle::Cancelled);
    let open = stage.exceptions(ExceptionCode::UnmatchedReceipt).await?;
    ensure!(open.is_empty(), "{open:?}");
    Ok(())
}

async fn waited() -> Result<()> {
    let stage = Stage::set(Setting::default().rules(TAKES)).await?;
    let [came, found, decided] = say::restocked("RMA-7", "1", SKU, 3);
    stage.facts([came, found]).await?;
    stage.until_parked(2).await?;
    ensure!(stage.returns().await?.is_empty(), "its request may come");
    stage.pass_hours(2);
    let held = |s: &ReturnState| s.in_bucket(Bucket::UnmatchedHold) == Qty::whole(3);
    let holder = blind(&stage, "held", held).await?;
    // It comes after all, later than anybody waits: the goods are where they were told to be.
    let asked = request("7", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    stage.tell("portal", &asked).await?;
    let inspected = |s: &ReturnState| s.in_bucket(Bucket::Inspected) == Qty::whole(3);
    stage.until_return("RMA-7", "inspected", inspected).await?;
    stage.facts([decided]).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-7", "settled", done).await?;
    let holder = stage.the(&holder.header().rma_number).await?;
    ensure!(holder.lifecycle() == Lifecycle::Cancelled);
    Ok(())
}

/// A warehouse that tells the whole state each time.
async fn counted() -> Result<()> {
    let block = r#"
[connectors.tpl]
type = "wms-json"
system = "tpl"
entity = "US01"
semantics = "snapshot"
[connectors.tpl.sites]
DC-EAST = "DC-EAST"
[connectors.tpl.http]
path = "/in/tpl"
secret = "scenario-secret"
"#;
    let stage = Stage::set(Setting::default().rules(TAKES).blocks(block)).await?;
    let whole = |at: &str, received: u32, restocked: u32| {
        json!({
            "type": "snapshot", "warehouse": "DC-EAST", "rma": "RMA-8", "updatedAt": at,
            "lines": [{ "sku": SKU, "uom": "EA", "received": received.to_string(), "restocked": restocked.to_string() }]
        })
    };
    let nameless = with(whole("2026-03-05T07:00:00Z", 1, 0), &json!({ "rma": null }));
    let (status, said) = stage.told("tpl", &nameless).await?;
    ensure!(status == 422 || status == 400, "{status} {said}");
    stage
        .tell("tpl", &whole("2026-03-05T08:00:00Z", 2, 0))
        .await?;
    stage.until_parked(1).await?;
    ensure!(stage.returns().await?.is_empty(), "its request may come");
    stage.pass_hours(2);
    let held =
        |qty: i32| move |s: &ReturnState| s.in_bucket(Bucket::UnmatchedHold) == Qty::whole(qty);
    blind(&stage, "two on hold", held(2)).await?;
    stage
        .tell("tpl", &whole("2026-03-05T09:00:00Z", 3, 1))
        .await?;
    let holder = blind(&stage, "three on hold", held(3)).await?;
    // It is asked for after all: what was counted is its own, and is counted once.
    let asked = request("8", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    stage.tell("portal", &asked).await?;
    let came = |s: &ReturnState| s.received() == Qty::whole(3);
    stage.until_return("RMA-8", "three came", came).await?;
    stage
        .tell("tpl", &whole("2026-03-06T09:00:00Z", 3, 3))
        .await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    let state = stage.until_return("RMA-8", "settled", done).await?;
    ensure!(state.received() == Qty::whole(3), "{:?}", state.received());
    let holder = stage.the(&holder.header().rma_number).await?;
    ensure!(holder.lifecycle() == Lifecycle::Cancelled);
    Ok(())
}

async fn handed_over() -> Result<()> {
    let stage = Stage::set(Setting::default().people().rules(TAKES)).await?;
    let [came, found, decided] = say::restocked("", "1", SKU, 3).map(parcel);
    stage.facts([came, found]).await?;
    let waits = |s: &ReturnState| s.waits_for_identification() && !s.received().is_zero();
    let state = blind(&stage, "the parcel waits", waits).await?;
    stage
        .authorized(&request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]))
        .await?;
    let theirs = json!({ "outcome": "RETURN", "return_id": "RMA-1" });
    let (status, said) = identify(&stage, &state, &theirs).await?;
    ensure!(status == 200, "{status} {said}");
    let inspected = |s: &ReturnState| s.in_bucket(Bucket::Inspected) == Qty::whole(3);
    stage.until_return("RMA-1", "inspected", inspected).await?;
    // What comes later under the old name follows.
    stage.facts([decided]).await?;
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-1", "settled", done).await?;
    let state = stage.the(&state.header().rma_number).await?;
    ensure!(state.lifecycle() == Lifecycle::Cancelled && state.received().is_zero());
    let trail = stage.trail(state.return_id()).await?;
    let to = stage.the("RMA-1").await?;
    ensure!(trail.contains(to.return_id()), "{trail}");
    let available = stage.erp.ledger().on_hand(SKU, "DC-EAST", "available");
    ensure!(available.to_string() == "3", "{available}");
    let again = identify(&stage, &state, &json!({ "outcome": "UNIDENTIFIABLE" })).await?;
    ensure!(again.0 == 409, "{again:?}");
    again.1["detail"].as_str().context("why")?;
    Ok(())
}
