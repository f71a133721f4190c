//! Scenario 55: the numbers of the API are those that a hand counts, and null where there is nothing to count.

use anyhow::{Context as _, Result, ensure};
use canonical::{ExceptionCode, Lifecycle};
use reqwest::Method;
use serde_json::{Value, json};
use simulators::faults::{Fault, Rule};
use workflow::ReturnState;

use crate::say::{line, request, restocked, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        55,
        "the numbers are those that a hand counts, by warehouse, segment and channel, and null over nothing",
        counted,
    )]
}

/// What the API tells of a period.
pub(crate) struct Numbers(Vec<Value>);

impl Numbers {
    /// The number of that metric and part, in the group (none: over all).
    pub(crate) fn get(&self, metric: &str, part: &str, group: Option<&str>) -> Result<&Value> {
        let is = |n: &&Value| {
            let groups = n["group"].as_object();
            let group_is = groups.into_iter().flat_map(|g| g.values()).eq(group);
            n["metric"] == metric && n["part"] == part && group_is
        };
        let found = self.0.iter().find(is);
        found.with_context(|| format!("no {metric} {part} {group:?} in {:#?}", self.0))
    }

    fn must(
        &self,
        metric: &str,
        part: &str,
        group: Option<&str>,
        value: Option<&str>,
    ) -> Result<()> {
        let found = &self.get(metric, part, group)?["value"];
        ensure!(
            found.as_str() == value,
            "{metric} {part} {group:?} is {found}, not {value:?}"
        );
        Ok(())
    }
}

impl Stage {
    /// What the API tells, by a query.
    pub(crate) async fn numbers(&self, query: &str) -> Result<Numbers> {
        let path = format!("/v1/metrics?{query}");
        let (status, told) = self.ask_api(Method::GET, &path, "boss", None).await?;
        let numbers = told["numbers"].as_array().cloned();
        Ok(Numbers(
            numbers.with_context(|| format!("{status} {told}"))?,
        ))
    }
}

const WEST: &str = r#"
[connectors.wms-west]
type = "wms-json"
system = "wms-west"
entity = "US01"
site = "DC-WEST"
[connectors.wms-west.http]
path = "/in/wms-west"
secret = "scenario-secret"
"#;

/// In the east three pieces are inspected after one hour, told thrice; in the west one after three hours, and its memo is refused.
async fn seeded(stage: &Stage) -> Result<()> {
    let east = request("E", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    let west = request("W", vec![line(1, SKU, 1, "DEFECTIVE_ON_ARRIVAL")]);
    let who = |segment: &str, channel: &str| json!({ "segment": segment, "channel": channel });
    stage
        .authorized(&with(east, &who("key_account", "b2b")))
        .await?;
    let west = with(west, &who("retail", "web"));
    stage
        .authorized(&with(west, &json!({ "returnTo": "DC-WEST" })))
        .await?;
    let [came, found, decided] = restocked("RMA-E", "1", SKU, 3);
    stage
        .facts([came.clone(), came.clone(), came, found, decided])
        .await?;
    let settled = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-E", "settled", settled).await?;
    let refuse = Rule::once(Fault::Refuse).on("POST /api/creditMemos");
    stage.erp.faults().add(refuse);
    let [came, found, decided] = restocked("RMA-W", "1", SKU, 1);
    let found = with(found, &json!({ "occurredAt": "2026-03-05T11:00:00Z" }));
    let decided = with(decided, &json!({ "occurredAt": "2026-03-05T11:30:00Z" }));
    for fact in [came, found, decided] {
        let fact = with(fact, &json!({ "warehouse": "DC-WEST" }));
        stage.tell("wms-west", &fact).await?;
    }
    stage.until_exception(ExceptionCode::ErpRejected).await?;
    stage.until_quiet().await
}

async fn counted() -> Result<()> {
    let stage = Stage::set(Setting::default().people().blocks(WEST)).await?;
    seeded(&stage).await?;
    // The day on which the goods were inspected.
    let day = "from=2026-03-05&to=2026-03-05";
    let told = stage.numbers(day).await?;
    // (3 × 1 h + 1 × 3 h) / 4
    told.must("receipt_to_inspection", "", None, Some("5400"))?;
    for (dimension, east, west) in [
        ("warehouse", "DC-EAST", "DC-WEST"),
        ("segment", "key_account", "retail"),
        ("channel", "b2b", "web"),
    ] {
        let told = stage.numbers(&format!("{day}&by={dimension}")).await?;
        told.must("receipt_to_inspection", "", Some(east), Some("3600"))?;
        told.must("receipt_to_inspection", "", Some(west), Some("10800"))?;
        let today = stage.numbers(&format!("by={dimension}")).await?;
        today.must("posting_first_pass", "", Some(east), Some("1"))?;
        today.must(
            "inspected_pending_credit_units",
            "posting failed",
            Some(west),
            Some("1"),
        )?;
    }
    let today = stage.numbers("").await?;
    // One of two memos was posted at once.
    today.must("posting_first_pass", "ERP_CREDIT_MEMO", None, Some("0.5"))?;
    today.must("posting_eventual", "ERP_CREDIT_MEMO", None, Some("0.5"))?;
    today.must("postings_failed", "REJECTED", None, Some("1"))?;
    today.must("exception_backlog", "", None, Some("1"))?;
    today.must("exception_inflow", "", None, Some("1"))?;
    today.must(
        "inspected_pending_credit_value",
        "posting failed",
        None,
        Some("2200"),
    )?;
    today.must("duplicate_rate_escaped", "", None, None)?;
    // Two requests and three facts each, one of them twice more.
    let doubles = today.get("duplicate_rate_inbound", "", None)?;
    ensure!(
        doubles["numerator"] == "2" && doubles["denominator"] == "10",
        "{doubles}"
    );
    // Over a day on which nothing was.
    let empty = stage.numbers("from=2025-01-01&to=2025-01-01").await?;
    for metric in [
        "receipt_to_inspection",
        "inspection_to_credit",
        "posting_first_pass",
        "posting_eventual",
        "exception_time_to_resolve",
        "duplicate_rate_inbound",
        "duplicate_rate_prevented",
        "duplicate_rate_escaped",
        "recon_variance_amount",
        "recon_variance_rate",
        "inventory_credit_variance",
        "stage_duration",
        "approval_latency",
    ] {
        empty.must(metric, "", None, None)?;
    }
    Ok(())
}
