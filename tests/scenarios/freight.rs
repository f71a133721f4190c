//! Scenario 33 again: freight to the customer and the return label, up to the ERP's books and the daily proof.

use anyhow::{Result, ensure};
use canonical::Lifecycle;
use router::reconcile::Status;
use serde_json::{Value, json};
use workflow::ReturnState;

use crate::say::{line, request, restocked};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

const RULES: &str = r#"
[[outbound_freight]]
id = "freight-theirs"
credit = "none"
[[outbound_freight]]
id = "freight-ours"
when = { reason = "DEFECTIVE_ON_ARRIVAL" }
credit = "when_all_came_back"
[[return_label]]
id = "label-ours"
amount = "0"
[[return_label]]
id = "label-theirs"
when = { liability = "CUSTOMER" }
amount = "12.00"
tax_treatment = "reduce_base"
"#;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        33,
        "freight comes back once when everything did, and a label is charged once",
        freight_and_label,
    )]
}

fn settled(state: &ReturnState) -> bool {
    state.lifecycle() == Lifecycle::Settled
}

/// That many of the ten pieces are asked for, invoiced with 10.01 of freight.
fn asked(id: &str, pieces: u32, reason: &str) -> Value {
    let mut asked = request(id, vec![line(1, SKU, pieces, reason)]);
    asked["lines"][0]["invoice"]["freight"] = json!("10.01");
    asked
}

async fn freight_and_label() -> Result<()> {
    let stage = Stage::set(Setting::default().rules(RULES)).await?;
    stage
        .authorized(&asked("1", 10, "DEFECTIVE_ON_ARRIVAL"))
        .await?;
    let part = |net: &str, tax: &str, gross: &str| [net, tax, gross].map(str::to_owned);
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await?;
    let first = part("66.00", "5.45", "71.45");
    stage
        .until_memos("RMA-1", std::slice::from_ref(&first))
        .await?;
    // 154.00 and 12.70, and all of the freight with them.
    stage.facts(restocked("RMA-1", "2", SKU, 7)).await?;
    let second = part("164.01", "12.70", "176.71");
    stage.until_memos("RMA-1", &[first, second]).await?;
    // 66.00 and 5.45 less a fee of 9.90 and the label of 12.00, and the tax that falls away with both; no freight.
    stage.authorized(&asked("2", 3, "NO_LONGER_NEEDED")).await?;
    stage.facts(restocked("RMA-2", "1", SKU, 3)).await?;
    let less = part("44.10", "3.64", "47.74");
    stage.until_memos("RMA-2", &[less]).await?;
    for rma in ["RMA-1", "RMA-2"] {
        stage.until_return(rma, "settled", settled).await?;
    }
    let memos = stage.memos();
    let all = |list: &str| -> Vec<Value> {
        let lists = memos.iter().filter_map(|memo| memo[list].as_array());
        lists.flatten().cloned().collect()
    };
    let lines = all("lines");
    let is_freight = |line: &&Value| {
        let text = line["description"].as_str().unwrap_or_default();
        text.contains("freight to the customer, 10.01 × 10 / 10, everything came back")
    };
    let freight: Vec<&Value> = lines.iter().filter(is_freight).collect();
    ensure!(freight.len() == 1, "{lines:?}");
    ensure!(
        freight[0]["netAmount"] == "10.01" && freight[0]["quantity"] == "0",
        "{freight:?}"
    );
    let charges = all("charges");
    let amounts: Vec<_> = charges
        .iter()
        .map(|charge| (&charge["netAmount"], &charge["taxAmount"]))
        .collect();
    ensure!(
        amounts
            == [
                (&json!("9.90"), &json!("0.82")),
                (&json!("12.00"), &json!("0.99"))
            ],
        "the fee and the label: {charges:?}"
    );
    stage.until_quiet().await?;
    let proof = stage.prove(stage.today()?).await?;
    ensure!(proof.items.is_empty(), "{:#?}", proof.items);
    ensure!(proof.report.status == Status::Proven);
    Ok(())
}
