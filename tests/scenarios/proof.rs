//! Scenarios 47, 49, 50, 51 and 52: the record is the proof, and what the other side holds is compared with it every day.

use anyhow::{Context as _, Result, ensure};
use canonical::{ExceptionCode, Lifecycle};
use reqwest::Method;
use router::reconcile::{Class, Match, Priority, Proof, Status};
use serde_json::{Value, json};
use simulators::erp::{Collection, Profile};
use simulators::faults::{Fault, Rule};
use workflow::ReturnState;

use crate::say::{line, request, restocked, story};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            47,
            "stock without its credit is one variance that heals",
            stock_without_credit,
        ),
        Scenario::new(
            49,
            "a day told again changes nothing and has no effect",
            told_again,
        ),
        Scenario::new(
            50,
            "a memo keyed by hand is an orphan, a second one a double",
            by_hand,
        ),
        Scenario::new(
            51,
            "what was posted at 23:59 is timing at 00:00 and cleared by the next run",
            at_midnight,
        ),
        Scenario::new(52, "the first altered audit row is named", altered),
    ]
}

/// (match, class) of what a run found, and the open exceptions of it.
fn found(proof: &Proof) -> Vec<(Match, Class)> {
    let mut found: Vec<_> = (proof.items.iter())
        .map(|item| (item.matched, item.class))
        .collect();
    found.sort();
    found
}

fn settled(state: &ReturnState) -> bool {
    state.lifecycle() == Lifecycle::Settled
}

/// Three pieces come back and are restocked: 71.45 are credited.
async fn three(stage: &Stage) -> Result<()> {
    let asked = request("1", vec![line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")]);
    stage.authorized(&asked).await?;
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await
}

async fn stock_without_credit() -> Result<()> {
    let stage = Stage::new().await?;
    let refuse = Rule::once(Fault::Refuse).on("POST /api/creditMemos");
    stage.erp.faults().add(refuse);
    three(&stage).await?;
    let refused = stage.until_exception(ExceptionCode::ErpRejected).await?;
    stage.until_quiet().await?;
    let today = stage.today()?;
    let proof = stage.prove(today).await?;
    let expected = [(Match::C3, Class::MissingInErp), (Match::C6, Class::Qty)];
    ensure!(found(&proof) == expected, "{:#?}", proof.items);
    ensure!(proof.report.status == Status::NotProven);
    let same = |item: &router::reconcile::Item| item.exception_id == refused.exception_id;
    ensure!(
        proof.items.iter().all(same),
        "it has its exception: {:?}",
        proof.items
    );
    stage.replay(&refused).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    let proof = stage.prove(today).await?;
    ensure!(proof.items.is_empty(), "{:#?}", proof.items);
    ensure!(proof.report.status == Status::Proven);
    ensure!(
        proof.report.cleared.len() == 2,
        "{:?}",
        proof.report.cleared
    );
    let ledger = stage.erp.ledger();
    ensure!(
        ledger.counts.get(&Collection::CreditMemos) == Some(&1),
        "no manual journal"
    );
    ensure!(ledger.on_hand(SKU, "DC-EAST", "available").to_string() == "3");
    Ok(())
}

async fn by_hand() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    three(&stage).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    let today = stage.today()?;
    ensure!(stage.prove(today).await?.report.status == Status::Proven);
    let memos = stage.memos();
    let ours = memos.first().context("a memo")?["externalDocumentNumber"].clone();
    let mut keyed = Vec::new();
    for key in [json!("MANUAL-7"), ours] {
        let memo = json!({
            "externalDocumentNumber": key, "customerNumber": "C10010", "currencyCode": "USD", "documentDate": today,
            "postingDate": today, "lines": [{ "lineNumber": 1, "itemNumber": SKU, "quantity": "1",
            "unitOfMeasureCode": "EA", "netAmount": "22.00", "taxes": [] }], "charges": [], "netAmount": "22.00",
            "taxAmount": "0.00", "grossAmount": "22.00"
        });
        let memo = stage.erp.key_by_hand(&memo).map_err(anyhow::Error::msg)?;
        keyed.push(memo["id"].as_str().unwrap_or_default().to_owned());
    }
    let proof = stage.prove(today).await?;
    let mut expected = [
        (Match::C3, Class::DuplicateInErp),
        (Match::C3, Class::OrphanInErp),
    ];
    expected.sort();
    ensure!(found(&proof) == expected, "{:#?}", proof.items);
    ensure!(proof.items.iter().all(|item| item.priority == Priority::P1));
    stage.until_exception(ExceptionCode::ErpOrphanDoc).await?;
    stage.until_exception(ExceptionCode::ErpAmbiguous).await?;
    let numbers = stage.numbers(&format!("from={today}")).await?;
    let escaped = numbers.get("duplicate_rate_escaped", "", None)?;
    ensure!(escaped["numerator"] == "1", "{escaped}");
    for id in &keyed {
        stage.erp.cancel_by_hand(id).map_err(anyhow::Error::msg)?;
    }
    let proof = stage.prove(today).await?;
    ensure!(proof.report.status == Status::Proven, "{:#?}", proof.items);
    ensure!(
        stage
            .exceptions(ExceptionCode::ErpOrphanDoc)
            .await?
            .is_empty()
    );
    Ok(())
}

async fn at_midnight() -> Result<()> {
    // The ERP's lists are some seconds behind its books.
    const LAG: u64 = 12_000;
    let setting = Setting {
        erp: simulators::erp::Config {
            index_lag_ms: LAG,
            ..Profile::DraftAndPost.config()
        },
        ..Setting::default()
    };
    let stage = Stage::set(setting).await?;
    let today = stage.today()?;
    let night = today.at(23, 59, 0, 0).in_tz("America/Chicago")?;
    stage.pass_until(night.timestamp())?;
    let today = stage.today()?;
    three(&stage).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.pass_until(
        today
            .tomorrow()?
            .at(0, 0, 0, 0)
            .in_tz("America/Chicago")?
            .timestamp(),
    )?;
    let proof = stage.prove(today).await?;
    ensure!(
        proof.report.status == Status::ProvenWithTiming,
        "{:#?}",
        proof.report
    );
    let timing = |class: &(Match, Class)| class.1 == Class::Timing;
    let items = found(&proof);
    ensure!(
        items.iter().all(timing) && items.contains(&(Match::C3, Class::Timing)),
        "{items:?}"
    );
    ensure!(
        stage.store.exception_counts().await?.is_empty(),
        "nobody is called"
    );
    tokio::time::sleep(std::time::Duration::from_millis(LAG)).await;
    let proof = stage.prove(today.tomorrow()?).await?;
    ensure!(proof.report.status == Status::Proven, "{:#?}", proof.items);
    ensure!(
        proof.report.cleared.len() == items.len(),
        "{:?}",
        proof.report.cleared
    );
    Ok(())
}

async fn altered() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    three(&stage).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    let verified = || stage.ask_api(Method::POST, "/v1/audit/verify", "boss", None);
    let (_, said) = verified().await?;
    ensure!(
        said["ok"] == true && said["entries"].as_u64() > Some(7),
        "{said}"
    );
    // Somebody with the file in their hands, and twice.
    for seq in [7, 5] {
        let sql = format!("UPDATE audit SET actor = 'nobody' WHERE seq = {seq}");
        stage.alter(&sql).await?;
        let (_, said) = verified().await?;
        ensure!(said["ok"] == false && said["broken_at"] == seq, "{said}");
    }
    Ok(())
}

/// What a day brought, in order: connector and document.
fn day() -> Vec<(&'static str, Value)> {
    let mut said = Vec::new();
    for n in 0..5 {
        let id = n.to_string();
        let rma = format!("RMA-{n}");
        let asked = request(&id, vec![line(1, SKU, 4, "DEFECTIVE_ON_ARRIVAL")]);
        said.push(("portal", asked));
        let parts = [(3, "RESTOCK"), (1, "SCRAP")];
        said.extend(story(&rma, "1", SKU, &parts).map(|fact| ("wms-east", fact)));
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
