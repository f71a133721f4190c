//! Scenarios 49 and 52: the record is the proof.

use anyhow::{Result, ensure};
use canonical::Lifecycle;
use serde_json::Value;
use workflow::ReturnState;

use crate::say::{disposition, inspection, line, receipt, request};
use crate::stage::Stage;
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![Scenario::new(
        49,
        "a day told again changes nothing and has no effect",
        told_again,
    )]
}

/// What a day brought, in order: connector and document.
fn day() -> Vec<(&'static str, Value)> {
    let mut said = Vec::new();
    for n in 0..5 {
        let id = n.to_string();
        let rma = format!("RMA-{n}");
        let asked = request(&id, vec![line(1, SKU, 4, "DEFECTIVE_ON_ARRIVAL")]);
        said.push(("portal", asked));
        said.push(("wms-east", receipt(&rma, &format!("R{n}"), &[(SKU, 4)])));
        let found = inspection(&rma, &format!("I{n}"), &[(SKU, 4, "A_NEW_SEALED")]);
        said.push(("wms-east", found));
        let parts = [(SKU, 3, "RESTOCK"), (SKU, 1, "SCRAP")];
        said.push(("wms-east", disposition(&rma, &format!("D{n}"), &parts)));
    }
    said
}

async fn told_again() -> Result<()> {
    let stage = Stage::new().await?;
    for (connector, document) in day() {
        stage.tell(connector, &document).await?;
    }
    let settled = || async {
        let all = stage.returns().await.ok()?;
        let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
        (all.len() == 5 && all.iter().all(done)).then_some(())
    };
    stage.until("all are settled", settled).await?;
    stage.until_quiet().await?;
    let before = picture(&stage).await?;
    for (connector, document) in day() {
        stage.tell(connector, &document).await?;
    }
    // One more, that is worked on after all of them.
    let asked = request("last", vec![line(1, SKU, 1, "DEFECTIVE_ON_ARRIVAL")]);
    stage.authorized(&asked).await?;
    stage.until_quiet().await?;
    let after = picture(&stage).await?;
    let again: Vec<_> = after
        .iter()
        .filter(|p| p.0 != "RMA-last")
        .cloned()
        .collect();
    ensure!(before == again, "{before:#?}\n{again:#?}");
    ensure!(stage.memos().len() == 5);
    Ok(())
}

/// Each return: its number, state, and effects.
async fn picture(stage: &Stage) -> Result<Vec<(String, String, Vec<String>)>> {
    let mut all = Vec::new();
    for state in stage.returns().await? {
        let effects = stage.store.effects_of(state.return_id()).await?;
        let mut effects: Vec<String> = effects.into_iter().map(|row| row.effect_key).collect();
        effects.sort();
        let rma = state.header().rma_number.clone();
        all.push((rma, serde_json::to_string(&state)?, effects));
    }
    all.sort();
    Ok(all)
}
