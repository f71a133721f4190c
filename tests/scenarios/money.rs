//! Scenarios 30 to 36: what is credited, at which price, tax, rate and date, and when it has to wait.

use anyhow::{Context as _, Result, ensure};
use canonical::{Currency, ExceptionCode, Lifecycle, Ratio};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::json;
use simulators::faults::{Fault, Rule};
use simulators::tax::{Invoice, InvoiceLine, TaxSim};
use workflow::ReturnState;

use crate::say::{by_api, line, request, restocked};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";
const OURS: &str = "DEFECTIVE_ON_ARRIVAL";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            30,
            "the invoice's tax is credited whatever the engine says, and a difference is asked about",
            tax_differs,
        ),
        Scenario::new(
            31,
            "a claim above the invoice is credited at the invoice",
            claimed_more,
        ),
        Scenario::new(
            32,
            "fees above the goods make no memo and no debit",
            fees_above,
        ),
        Scenario::new(
            34,
            "a memo is at the rate of its invoice",
            at_the_invoices_rate,
        ),
        Scenario::new(35, "a customer on hold waits for money only", on_hold),
        Scenario::new(
            36,
            "a closed period moves the posting and not the date",
            closed_period,
        ),
    ]
}

fn settled(state: &ReturnState) -> bool {
    state.lifecycle() == Lifecycle::Settled
}

/// Three of ten pieces come back for that return: 66.00 and 5.45 of tax.
async fn three(stage: &Stage, id: &str) -> Result<()> {
    stage
        .authorized(&request(id, vec![line(1, SKU, 3, OURS)]))
        .await?;
    stage
        .facts(restocked(&format!("RMA-{id}"), "1", SKU, 3))
        .await
}

async fn tax_differs() -> Result<()> {
    let engine = TaxSim::start().await?;
    for (id, rate) in [("1", "8.27"), ("2", "10"), ("3", "10")] {
        let (number, rate) = ("1".to_owned(), rate.to_owned());
        let lines = vec![InvoiceLine { number, rate }];
        let code = format!("INV-{id}");
        engine.register(Invoice { code, lines });
    }
    let url = engine.url();
    let block = format!(
        r#"
[connectors.tax]
type = "erp-rest"
base_url = "{url}"
profile = "avatax"
timeout = "2s"
connect_timeout = "1s"
deadline = "3s"
vars = {{ company = "US01" }}
[[routes]]
kinds = ["TAX_REFUND_QUOTE", "TAX_REFUND_COMMIT", "TAX_REFUND_VOID"]
connector = "tax"
"#
    );
    let setting = Setting::default().people().blocks(&block);
    let stage = Stage::set(setting.rules("\n[tax_engine]\nwait_hours = 4\n")).await?;
    // 8.27 % of 66.00 are 5.46: a cent more than the invoice has, and within the tolerance.
    three(&stage, "1").await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    ensure!(stage.totals("RMA-1") == [totals("66.00", "5.45", "71.45")]);
    ensure!(
        stage
            .exceptions(ExceptionCode::TaxVariance)
            .await?
            .is_empty()
    );
    // 10 % are 6.60: somebody decides, and the invoice's tax is credited.
    three(&stage, "2").await?;
    let row = stage.until_exception(ExceptionCode::TaxVariance).await?;
    ensure!(
        row.reason.contains("5.45 USD expected, 6.60 USD found"),
        "{}",
        row.reason
    );
    ensure!(stage.totals("RMA-2").is_empty(), "held");
    stage.approve("fred", "RMA-2").await?;
    stage.until_return("RMA-2", "settled", settled).await?;
    ensure!(stage.totals("RMA-2") == [totals("66.00", "5.45", "71.45")]);
    ensure!(
        stage
            .exceptions(ExceptionCode::TaxVariance)
            .await?
            .is_empty()
    );
    // Away for longer than is waited: provisional, and its answer is looked at when it comes.
    engine
        .faults()
        .add(Rule::times(Fault::Unavailable, u32::MAX));
    three(&stage, "3").await?;
    stage.until_timer("TAX_QUOTE").await?;
    ensure!(stage.totals("RMA-3").is_empty(), "it waits for the engine");
    stage.pass_hours(5);
    let credited = |s: &ReturnState| s.credited().minor == 7145;
    let state = stage.until_return("RMA-3", "credited", credited).await?;
    let tax = state
        .credits()
        .first()
        .and_then(|credit| credit.tax.clone());
    ensure!(tax.is_some_and(|tax| tax.provisional), "PROVISIONAL");
    engine.faults().clear();
    stage.pass_hours(1);
    stage.until_exception(ExceptionCode::TaxVariance).await?;
    stage.until_quiet().await?;
    ensure!(stage.totals("RMA-3") == [totals("66.00", "5.45", "71.45")]);
    let told = engine.ledger().transactions;
    ensure!(told.len() == 3, "the engine is told of each memo: {told:?}");
    Ok(())
}

/// Net, tax and gross as the ERP's ledger has them.
fn totals(net: &str, tax: &str, gross: &str) -> [String; 3] {
    [net, tax, gross].map(str::to_owned)
}

async fn claimed_more() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    let mut asked = request("1", vec![line(1, SKU, 3, OURS)]);
    asked["lines"][0]["claimedUnitPrice"] = json!("25.00");
    stage.authorized(&asked).await?;
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await?;
    let row = stage.until_exception(ExceptionCode::PriceVariance).await?;
    ensure!(
        row.reason.contains("66.00 USD expected, 75.00 USD found"),
        "{}",
        row.reason
    );
    ensure!(stage.memos().is_empty(), "held");
    stage.approve("fred", "RMA-1").await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    ensure!(stage.totals("RMA-1") == [totals("66.00", "5.45", "71.45")]);
    ensure!(
        stage
            .exceptions(ExceptionCode::PriceVariance)
            .await?
            .is_empty()
    );
    let owed = stage.erp.ledger().receivable("C10010", "USD").to_string();
    ensure!(owed == "-71.45", "{owed}");
    Ok(())
}

async fn fees_above() -> Result<()> {
    let stage = Stage::new().await?;
    // Three pieces at 0.30 without tax; the fee is 5.00 at least.
    let mut asked = request("1", vec![line(1, SKU, 3, "NO_LONGER_NEEDED")]);
    asked["lines"][0]["invoice"]["amount"] = json!("3.00");
    asked["lines"][0]["invoice"]["taxes"] = json!([]);
    stage.authorized(&asked).await?;
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await?;
    let state = stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    ensure!(state.credited().minor == 0);
    ensure!(
        state
            .credits()
            .iter()
            .all(|credit| credit.payable_minor == 0)
    );
    let ledger = stage.erp.ledger();
    ensure!(stage.effects("RMA-1", "ERP_CREDIT_MEMO").await?.is_empty());
    ensure!(
        ledger
            .receivables
            .iter()
            .all(|row| row.balance.to_string() == "0")
    );
    let available = ledger.on_hand(SKU, "DC-EAST", "available").to_string();
    ensure!(
        available == "3",
        "the goods are back all the same: {available}"
    );
    Ok(())
}

async fn at_the_invoices_rate() -> Result<()> {
    // 71.45 EUR are 78.60 USD at the invoice's 1.10, and would be 85.74 at today's 1.20.
    let setting = Setting::default().people();
    let setting = setting.policy("gross_over = \"500.00\"", "gross_over = \"80.00\"");
    let stage = Stage::set(setting).await?;
    let mut asked = by_api("1", 3);
    asked.currency = Currency::EUR;
    asked.base_currency = Some(Currency::USD);
    asked.fx_rate = Ratio { num: 11, den: 10 };
    let invoiced = asked
        .lines
        .first_mut()
        .and_then(|line| line.invoiced.as_mut());
    let invoiced = invoiced.context("a snapshot")?;
    (invoiced.ccy, invoiced.fx_rate) = (Currency::EUR, asked.fx_rate);
    stage.asked_by_api(&asked).await?;
    stage.facts(restocked("RMA-1", "1", "SKU-1", 3)).await?;
    let state = stage.until_return("RMA-1", "settled", settled).await?;
    ensure!(
        state.approvals().is_empty(),
        "78.60 USD is nobody's to approve"
    );
    ensure!(state.header().fx_rate == asked.fx_rate);
    let memos = stage.memos();
    ensure!(
        memos.len() == 1 && memos[0]["currencyCode"] == "EUR",
        "{memos:?}"
    );
    ensure!(stage.totals("RMA-1") == [totals("66.00", "5.45", "71.45")]);
    ensure!(
        stage
            .exceptions(ExceptionCode::FxVariance)
            .await?
            .is_empty()
    );
    Ok(())
}

async fn on_hold() -> Result<()> {
    let stage = Stage::new().await?;
    stage
        .authorized(&request("1", vec![line(1, SKU, 3, OURS)]))
        .await?;
    stage.hold("RMA-1", true).await?;
    let held = |s: &ReturnState| !s.header().hold_flags.is_empty();
    stage.until_return("RMA-1", "on hold", held).await?;
    stage.facts(restocked("RMA-1", "1", SKU, 3)).await?;
    stage.until_exception(ExceptionCode::CustomerHold).await?;
    stage.until_quiet().await?;
    let available = stage
        .erp
        .ledger()
        .on_hand(SKU, "DC-EAST", "available")
        .to_string();
    ensure!(available == "3", "the goods go on: {available}");
    ensure!(stage.memos().is_empty(), "the money does not");
    stage.hold("RMA-1", false).await?;
    stage.until_return("RMA-1", "settled", settled).await?;
    stage.until_quiet().await?;
    ensure!(
        stage.totals("RMA-1") == [totals("66.00", "5.45", "71.45")],
        "once"
    );
    ensure!(
        stage
            .exceptions(ExceptionCode::CustomerHold)
            .await?
            .is_empty()
    );
    Ok(())
}

async fn closed_period() -> Result<()> {
    let today = jiff::Timestamp::now().in_tz("America/Chicago")?.date();
    let closed: Date = today.checked_add(5.days())?;
    let open = closed.tomorrow()?;
    let setting = Setting::default().rules(&format!("\n[posting]\nclosed_until = {closed}\n"));
    let stage = Stage::set(setting).await?;
    stage.erp.close_through(Some(closed));
    three(&stage, "1").await?;
    let state = stage
        .until_return("RMA-1", "credited", |s| s.credited().minor == 7145)
        .await?;
    let memos = stage.memos();
    ensure!(memos.len() == 1, "{memos:?}");
    ensure!(
        memos[0]["postingDate"] == json!(open.to_string()),
        "{memos:?}"
    );
    let dated: Date = memos[0]["documentDate"]
        .as_str()
        .unwrap_or_default()
        .parse()?;
    ensure!(
        dated == today || dated == today.tomorrow()?,
        "its own date is kept: {dated}"
    );
    let audit = stage.store.audit(state.return_id(), 0, 1000).await?;
    let notes = audit.iter().map(|row| row.entry.body.as_str());
    let shifts: Vec<&str> = notes.filter(|body| body.contains("PERIOD_SHIFT")).collect();
    ensure!(
        shifts.len() == 1 && shifts[0].contains(&open.to_string()),
        "audited: {shifts:?}"
    );
    Ok(())
}
