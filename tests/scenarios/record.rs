//! Scenarios 26, 29 and 47 as the daily proof sees them: what our own record has both sides of.

use anyhow::{Result, ensure};
use canonical::{ExceptionCode, Lifecycle};
use router::reconcile::{Class, Item, Match, Priority, Proof, Status};
use serde_json::{Value, json};
use simulators::faults::{Fault, Rule};
use workflow::ReturnState;

use crate::say::{line, request, restocked, story, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            29,
            "an advance that is due and not recovered is at risk until it is",
            advance_at_risk,
        ),
        Scenario::new(
            26,
            "a claim waits for the supplier's credit and is compared with it",
            claim_credited,
        ),
        Scenario::new(
            47,
            "a message that was refused is one variance that heals",
            message_refused,
        ),
    ]
}

/// More kinds that the ERP is told.
const MORE: &str = r#"
[[routes]]
kinds = ["ERP_RECOVERY_INVOICE", "ERP_RECOVERY_REVERSAL", "SUPPLIER_RETURN", "SUPPLIER_CLAIM"]
connector = "erp"
"#;

fn settled(state: &ReturnState) -> bool {
    state.lifecycle() == Lifecycle::Settled
}

/// (match, class) of what a run found.
fn found(proof: &Proof) -> Vec<(Match, Class)> {
    let items = proof.items.iter();
    items.map(|item| (item.matched, item.class)).collect()
}

/// Proves the day when nothing is left to be published.
async fn prove(stage: &Stage) -> Result<Proof> {
    let published = || async { (stage.store.outbox_len().await.ok()? == 0).then_some(()) };
    stage.until("everything is published", published).await?;
    stage.prove(stage.today()?).await
}

fn only(proof: &Proof) -> Result<&Item> {
    let [item] = proof.items.as_slice() else {
        anyhow::bail!("{:#?}", proof.items);
    };
    Ok(item)
}

async fn advance_at_risk() -> Result<()> {
    let stage = Stage::set(Setting::default().people().blocks(MORE)).await?;
    let asked = request("1", vec![line(1, SKU, 10, "DEFECTIVE_ON_ARRIVAL")]);
    let asked = with(
        asked,
        &json!({ "segment": "key_account", "returnType": "ADVANCE_CREDIT" }),
    );
    stage.tell("portal", &asked).await?;
    let exposed = |s: &ReturnState| s.is_exposed() && s.credited().minor == 23_815;
    stage.until_return("RMA-1", "advanced", exposed).await?;
    stage.until_quiet().await?;
    let proof = prove(&stage).await?;
    ensure!(proof.items.is_empty(), "within due: {:#?}", proof.items);

    let refuse = Rule::once(Fault::Refuse).on("POST /api/recoveryInvoices");
    stage.erp.faults().add(refuse);
    stage.pass_hours(24 * 23);
    let refused = stage.until_exception(ExceptionCode::ErpRejected).await?;
    stage.until_quiet().await?;
    let proof = prove(&stage).await?;
    let item = only(&proof)?;
    ensure!(
        (item.matched, item.class) == (Match::C8, Class::AdvanceOverdue),
        "{item:#?}"
    );
    ensure!(item.delta_minor == Some(23_815) && item.priority == Priority::P1);
    ensure!(
        item.exception_id == refused.exception_id,
        "it has its exception: {item:#?}"
    );
    ensure!(proof.report.status == Status::NotProven);

    stage.replay(&refused).await?;
    let overdue = || async {
        let open = stage.exceptions(ExceptionCode::AdvanceOverdue).await.ok()?;
        open.is_empty().then_some(())
    };
    stage.until("it is recovered", overdue).await?;
    stage.until_quiet().await?;
    let proof = prove(&stage).await?;
    ensure!(proof.items.is_empty(), "{:#?}", proof.items);
    ensure!(proof.report.cleared.len() == 1);
    Ok(())
}

/// The supplier tells of a credit.
fn credit(number: &str, amount: &str) -> Value {
    json!({
        "type": "supplier.answered", "rma": "RMA-1", "supplier": "V-77", "line": 1, "credit": number,
        "amount": amount, "currency": "USD", "occurredAt": "2026-03-08T08:00:00Z"
    })
}

async fn told(stage: &Stage, number: &str, amount: &str, count: usize) -> Result<()> {
    stage.tell("portal", &credit(number, amount)).await?;
    let heard = |s: &ReturnState| s.supplier_answers().len() == count;
    stage.until_return("RMA-1", "heard", heard).await?;
    Ok(())
}

async fn claim_credited() -> Result<()> {
    let stage = Stage::set(Setting::default().people().blocks(MORE)).await?;
    let mut asked = request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    asked["lines"][0]["supplier"] = json!({ "number": "V-77" });
    asked["lines"][0]["invoice"]["cost"] = json!("150.00");
    stage.authorized(&asked).await?;
    stage
        .facts(story("RMA-1", "1", SKU, &[(3, "RETURN_TO_VENDOR")]))
        .await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    let proof = prove(&stage).await?;
    ensure!(found(&proof) == [(Match::C9, Class::Timing)], "{proof:#?}");
    ensure!(proof.report.status == Status::ProvenWithTiming);
    ensure!(stage.store.exception_counts().await?.is_empty());

    // Three of ten pieces that cost 150.00: 45.00 are claimed.
    told(&stage, "VC-1", "40.00", 1).await?;
    let proof = prove(&stage).await?;
    ensure!(found(&proof) == [(Match::C9, Class::Timing)], "{proof:#?}");
    stage.pass_hours(24 * 31);
    let proof = prove(&stage).await?;
    let item = only(&proof)?;
    ensure!(
        (item.matched, item.class) == (Match::C9, Class::AmountNet),
        "{item:#?}"
    );
    ensure!(item.delta_minor == Some(500) && item.carried, "{item:#?}");
    stage.until_exception(ExceptionCode::PriceVariance).await?;

    told(&stage, "VC-2", "5.00", 2).await?;
    let proof = prove(&stage).await?;
    ensure!(proof.items.is_empty(), "{:#?}", proof.items);
    ensure!(proof.report.status == Status::Proven);
    ensure!(
        stage
            .exceptions(ExceptionCode::PriceVariance)
            .await?
            .is_empty(),
        "it ended by itself"
    );
    Ok(())
}

async fn message_refused() -> Result<()> {
    let stage = Stage::new().await?;
    let refuse = Rule::once(Fault::Refuse).on("POST /notifications");
    stage.warehouse.faults().add(refuse);
    let asked = request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    stage.tell("portal", &asked).await?;
    let refused = || async {
        let filter = store::ExceptionFilter::default();
        let all = stage.store.exceptions(&filter).await.ok()?;
        all.into_iter().next()
    };
    let refused = stage.until("a message is refused", refused).await?;
    stage
        .until_return("RMA-1", "authorised", |s| {
            s.lifecycle() == Lifecycle::Authorized
        })
        .await?;
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    let proof = prove(&stage).await?;
    let item = only(&proof)?;
    ensure!(
        (item.matched, item.class) == (Match::C10, Class::Status),
        "{item:#?}"
    );
    ensure!(item.exception_id == refused.exception_id, "{item:#?}");
    stage.replay(&refused).await?;
    let replayed = || async {
        let filter = store::ExceptionFilter {
            state: Some(store::ExceptionState::Open),
            ..store::ExceptionFilter::default()
        };
        stage
            .store
            .exceptions(&filter)
            .await
            .ok()?
            .is_empty()
            .then_some(())
    };
    stage.until("it is told", replayed).await?;
    stage.until_quiet().await?;
    let proof = prove(&stage).await?;
    ensure!(proof.items.is_empty(), "{:#?}", proof.items);
    Ok(())
}
