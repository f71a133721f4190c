//! The happy path and the cap of an invoice line, where the portal only names the invoice and the ERP tells what was invoiced.

use anyhow::{Context as _, Result, ensure};
use canonical::{ExceptionCode, Lifecycle};
use serde_json::{Value, json};
use simulators::erp::{Invoice, InvoiceLine, InvoiceTax};
use simulators::faults::{Fault, Rule};
use workflow::ReturnState;

use crate::say::{request, restocked};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

const SKU: &str = "SKU-100";

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            1,
            "the ERP tells what was invoiced, and the credit is the same to the minor unit",
            told_by_the_erp,
        ),
        Scenario::new(
            1,
            "an ERP that is away is waited for, an invoice that it does not have is for a person",
            waits_and_asks_again,
        ),
        Scenario::new(
            46,
            "units of a line that the ERP told are reserved once over two returns",
            reserved_once,
        ),
    ]
}

async fn stage() -> Result<Stage> {
    let setting = Setting::default().rules("\n[invoice_facts]\nask_when_missing = true\n");
    let route = "\n[[routes]]\nkinds = [\"INVOICE_FACTS\"]\nconnector = \"erp\"\n";
    Stage::set(setting.blocks(route)).await
}

/// Ten pieces at 22.00 USD plus 8.25 %.
fn invoice(number: &str, sku: &str) -> Result<Invoice> {
    Ok(Invoice {
        number: number.to_owned(),
        customer_number: "C10010".to_owned(),
        currency_code: "USD".to_owned(),
        gross_amount: "238.15".parse().ok().context("amount")?,
        lines: vec![InvoiceLine {
            line_number: 1,
            item_number: sku.to_owned(),
            quantity: "10".parse().ok().context("quantity")?,
            net_amount: "220.00".parse().ok().context("amount")?,
            taxes: vec![InvoiceTax {
                jurisdiction: "US-TX".to_owned(),
                tax_type: "SALES".to_owned(),
                rate: "8.25".parse().ok().context("rate")?,
                amount: "18.15".parse().ok().context("tax")?,
            }],
        }],
    })
}

/// A request that names the invoice and says nothing of it.
fn bare(id: &str, invoice: &str, qty: u32) -> Value {
    request(
        id,
        vec![json!({
            "line": 1, "sku": SKU, "qty": qty.to_string(), "uom": "EA", "reason": "DEFECTIVE_ON_ARRIVAL",
            "invoice": { "number": invoice, "line": "1", "date": "2026-02-20" }
        })],
    )
}

fn is(wanted: Lifecycle) -> impl Fn(&ReturnState) -> bool {
    move |state| state.lifecycle() == wanted
}

async fn told_by_the_erp() -> Result<()> {
    let stage = stage().await?;
    stage.erp.register_invoice(invoice("INV-A", SKU)?);
    stage.authorized(&bare("A", "INV-A", 3)).await?;
    let told = request(
        "B",
        vec![crate::say::line(1, SKU, 3, "DEFECTIVE_ON_ARRIVAL")],
    );
    stage.authorized(&told).await?;
    for rma in ["RMA-A", "RMA-B"] {
        stage.facts(restocked(rma, "1", SKU, 3)).await?;
        stage
            .until_return(rma, "settled", is(Lifecycle::Settled))
            .await?;
    }
    let all = stage.returns().await?;
    let credited: Vec<i64> = all.iter().map(|state| state.credited().minor).collect();
    ensure!(credited == [7145, 7145], "{credited:?}");
    let asked = all
        .iter()
        .find(|state| state.header().rma_number == "RMA-A")
        .and_then(|state| state.lines().first());
    let line = asked.context("the line")?;
    let source = line.facts.as_ref().context("where the facts are from")?;
    ensure!(
        source.document == "INV-A" && source.hash.len() == 52,
        "{source:?}"
    );
    // What the ERP says later changes nothing: the facts are frozen, and nobody asked twice.
    ensure!(stage.erp.questions().get("INV-A") == Some(&1));
    ensure!(stage.erp.questions().len() == 1, "the other was told");
    stage.until_quiet().await?;
    ensure!(stage.erp.ledger().duplicates.is_empty());
    Ok(())
}

async fn waits_and_asks_again() -> Result<()> {
    let stage = stage().await?;
    let away = Rule::times(Fault::Unavailable, 4).on("GET /api/invoices/INV-C");
    stage.erp.faults().add(away);
    stage.erp.register_invoice(invoice("INV-C", SKU)?);
    stage.authorized(&bare("C", "INV-C", 1)).await?;

    // No such invoice: the return waits as it was asked for, with a reason that a person can act on.
    stage.tell("portal", &bare("D", "INV-D", 1)).await?;
    let open = stage.until_exception(ExceptionCode::ErpRejected).await?;
    ensure!(open.reason.contains("no invoice INV-D"), "{}", open.reason);
    let waiting = stage.the("RMA-D").await?;
    ensure!(waiting.lifecycle() == Lifecycle::Requested);
    ensure!(
        waiting
            .lines()
            .iter()
            .all(|line| line.line.invoiced.is_none())
    );
    // The ERP gets it, of another item first: that is said as well, and asked again after it is mended.
    stage.erp.register_invoice(invoice("INV-D", "SKU-999")?);
    stage.replay(&open).await?;
    let open = stage
        .until_exception(ExceptionCode::MasterDataMissing)
        .await?;
    ensure!(open.reason.contains("SKU-999"), "{}", open.reason);
    stage.erp.register_invoice(invoice("INV-D", SKU)?);
    stage.replay(&open).await?;
    stage
        .until_return("RMA-D", "authorised", is(Lifecycle::Authorized))
        .await?;
    stage.until_quiet().await?;
    Ok(())
}

async fn reserved_once() -> Result<()> {
    let stage = stage().await?;
    stage.erp.register_invoice(invoice("INV-E", SKU)?);
    stage.authorized(&bare("E", "INV-E", 7)).await?;
    stage.tell("portal", &bare("F", "INV-E", 4)).await?;
    stage
        .until_return("RMA-F", "declined", is(Lifecycle::Declined))
        .await?;
    stage.authorized(&bare("G", "INV-E", 3)).await?;
    Ok(())
}
