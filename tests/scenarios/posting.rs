//! Scenarios 41 to 46: what becomes of a posting whose answer is bad, late, or lost.

use anyhow::{Result, ensure};
use canonical::{ExceptionCode, Lifecycle};
use simulators::erp::Collection;
use simulators::faults::{Fault, Rule};
use store::EffectState;
use workflow::ReturnState;

use crate::say::{line, request, restocked};
use crate::stage::Stage;
use crate::table::Scenario;

const SKU: &str = "SKU-100";
const CREATE: &str = "POST /api/creditMemos";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(41, "a memo whose answer was lost is found", answer_lost),
        Scenario::new(42, "a memo that was not made is posted once", not_made),
        Scenario::new(43, "without a look-up nothing is posted again", no_look_up),
        Scenario::new(
            44,
            "a memo that was there already is confirmed",
            there_already,
        ),
        Scenario::new(45, "a refusal is never repeated by itself", refused),
        Scenario::new(46, "a process killed after the posting finds it", killed),
    ]
}

/// A return whose credit is the next thing that happens.
async fn credited(stage: &Stage) -> Result<()> {
    stage
        .authorized(&request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]))
        .await?;
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await
}

async fn one_memo(stage: &Stage) -> Result<store::EffectRow> {
    let done = |s: &ReturnState| s.lifecycle() == Lifecycle::Settled;
    stage.until_return("RMA-1", "settled", done).await?;
    stage.until_quiet().await?;
    ensure!(stage.memos().len() == 1, "{:?}", stage.memos());
    ensure!(stage.erp.ledger().duplicates.is_empty());
    let effects = stage.effects("RMA-1", "ERP_CREDIT_MEMO").await?;
    ensure!(effects.len() == 1, "{effects:?}");
    let effect = effects.into_iter().next();
    effect.ok_or_else(|| anyhow::anyhow!("no effect"))
}

async fn answer_lost() -> Result<()> {
    let stage = Stage::new().await?;
    let fault = Rule::once(Fault::CommitThenDrop).on(CREATE);
    stage.erp.faults().add(fault);
    credited(&stage).await?;
    let effect = one_memo(&stage).await?;
    ensure!(effect.state == EffectState::Confirmed);
    let tries = stage.store.attempts(&effect.effect_key).await?;
    ensure!(
        tries.iter().any(|t| t.what == "find"),
        "it was looked up: {tries:?}"
    );
    Ok(())
}

async fn not_made() -> Result<()> {
    let stage = Stage::new().await?;
    stage
        .erp
        .faults()
        .add(Rule::once(Fault::DropBefore).on(CREATE));
    credited(&stage).await?;
    let effect = one_memo(&stage).await?;
    let tries = stage.store.attempts(&effect.effect_key).await?;
    let looked = tries.iter().filter(|t| t.what == "find").count();
    ensure!(looked >= 2, "two misses before it is sent again: {tries:?}");
    ensure!(
        tries.iter().filter(|t| t.what == "send").count() >= 2,
        "{tries:?}"
    );
    Ok(())
}

async fn no_look_up() -> Result<()> {
    let stage = Stage::new().await?;
    stage
        .erp
        .faults()
        .add(Rule::once(Fault::CommitThenDrop).on(CREATE));
    credited(&stage).await?;
    until_drafted(&stage).await?;
    let down = Rule::times(Fault::Unavailable, u32::MAX).on("GET /api/creditMemos");
    stage.erp.faults().add(down);
    let unknown = stage
        .until("the outcome is unknown", || async {
            let rows = stage.effects("RMA-1", "ERP_CREDIT_MEMO").await.ok()?;
            rows.into_iter()
                .find(|row| row.state == EffectState::Unknown)
        })
        .await?;
    // The longest that an outcome may stay unknown is over.
    stage.pass_hours(30);
    stage.until_exception(ExceptionCode::ErpUnknownSla).await?;
    let tries = stage.store.attempts(&unknown.effect_key).await?;
    let sends = tries.iter().filter(|t| t.what == "send").count();
    ensure!(sends == 1, "never sent again: {tries:?}");
    Ok(())
}

async fn there_already() -> Result<()> {
    // An ERP that recognises our key refuses the second; the first one's answer says that it failed.
    let setting = crate::stage::Setting {
        erp: simulators::erp::Profile::RecordService.config(),
        ..crate::stage::Setting::default()
    };
    let stage = Stage::set(setting).await?;
    stage
        .erp
        .faults()
        .add(Rule::once(Fault::CommitThen503).on(CREATE));
    credited(&stage).await?;
    let effect = one_memo(&stage).await?;
    ensure!(effect.state == EffectState::Confirmed);
    Ok(())
}

async fn refused() -> Result<()> {
    let stage = Stage::new().await?;
    stage.erp.faults().add(Rule::once(Fault::Refuse).on(CREATE));
    credited(&stage).await?;
    let row = stage.until_exception(ExceptionCode::ErpRejected).await?;
    // However long nobody looks at it.
    stage.pass_hours(5);
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let tries = stage.store.attempts(&row.effect_key).await?;
    ensure!(
        tries.iter().filter(|t| t.what == "send").count() == 1,
        "{tries:?}"
    );
    ensure!(stage.memos().is_empty());
    stage.replay(&row).await?;
    let effect = one_memo(&stage).await?;
    ensure!(effect.effect_key == row.effect_key, "the same key");
    Ok(())
}

async fn killed() -> Result<()> {
    let mut stage = Stage::new().await?;
    let hangs = Rule::once(Fault::CommitThenHang)
        .on(CREATE)
        .delay_ms(60_000);
    stage.erp.faults().add(hangs);
    credited(&stage).await?;
    until_drafted(&stage).await?;
    stage.kill_and_start().await?;
    // The lease of the one that was killed runs out.
    stage.pass_hours(1);
    one_memo(&stage).await?;
    Ok(())
}

async fn until_drafted(stage: &Stage) -> Result<()> {
    stage
        .until("the ERP has the draft", || async {
            let ledger = stage.erp.ledger();
            let memos = ledger.documents.get(&Collection::CreditMemos)?;
            (!memos.is_empty()).then_some(())
        })
        .await
}
