//! Scenario 33: the golden vectors V1 to V8, from the invoice to the ERP's ledger, to the minor unit.

use anyhow::{Context as _, Result, ensure};
use canonical::invoice::{DocumentTaxAxis, InvoicedSnapshot};
use canonical::line::ReturnLine;
use canonical::{Currency, Qty, Ratio, Reason};
use serde_json::json;
use testkit::facts;

use crate::say::{by_api, line, request, restocked, story, with};
use crate::stage::{Setting, Stage};
use crate::table::Scenario;

pub(crate) fn scenarios() -> Vec<Scenario> {
    vec![
        Scenario::new(
            33,
            "V1: the tax of a document is shared in the order of the invoice, whatever comes back first",
            document_tax,
        ),
        Scenario::new(
            33,
            "V2, V4 to V7: parts of a line sum to the line",
            parts_of_a_line,
        ),
        Scenario::new(33, "V3: a fee, with and without tax", fees),
        Scenario::new(
            33,
            "V8: halves round away from zero, in a memo and its reversal",
            halves,
        ),
    ]
}

/// An invoice line and parts of it that come back one after the other, each with the net, tax and gross of its memo.
struct Vector {
    name: &'static str,
    currency: Currency,
    /// Dollars for one of it, when it was invoiced.
    rate: (i64, i64),
    qty: i32,
    amount: i64,
    tax: Option<(&'static str, i64)>,
    inclusive: bool,
    /// Pieces in a case, if it was invoiced by the case.
    case: i32,
    parts: &'static [(u32, [&'static str; 3])],
}

const VECTORS: [Vector; 5] = [
    Vector {
        name: "V2",
        currency: Currency::USD,
        rate: (1, 1),
        qty: 3,
        amount: 1000,
        tax: Some(("7.3", 73)),
        inclusive: false,
        case: 1,
        parts: &[
            (1, ["3.33", "0.24", "3.57"]),
            (1, ["3.34", "0.25", "3.59"]),
            (1, ["3.33", "0.24", "3.57"]),
        ],
    },
    Vector {
        name: "V4",
        currency: Currency::EUR,
        rate: (11, 10),
        qty: 7,
        amount: 10_000,
        tax: Some(("20", 1667)),
        inclusive: true,
        case: 1,
        parts: &[
            (2, ["23.81", "4.76", "28.57"]),
            (5, ["59.52", "11.91", "71.43"]),
        ],
    },
    Vector {
        name: "V5",
        currency: Currency::JPY,
        rate: (1, 150),
        qty: 3,
        amount: 1000,
        tax: Some(("10", 100)),
        inclusive: false,
        case: 1,
        parts: &[
            (1, ["333", "33", "366"]),
            (1, ["334", "34", "368"]),
            (1, ["333", "33", "366"]),
        ],
    },
    Vector {
        name: "V6",
        currency: Currency::KWD,
        rate: (13, 4),
        qty: 2,
        amount: 1005,
        tax: None,
        inclusive: false,
        case: 1,
        parts: &[
            (1, ["0.503", "0.000", "0.503"]),
            (1, ["0.502", "0.000", "0.502"]),
        ],
    },
    Vector {
        name: "V7",
        currency: Currency::USD,
        rate: (1, 1),
        qty: 2,
        amount: 10_000,
        tax: None,
        inclusive: false,
        case: 72,
        parts: &[
            (5, ["3.47", "0.00", "3.47"]),
            (139, ["96.53", "0.00", "96.53"]),
        ],
    },
];

fn snapshot(line: &mut ReturnLine) -> Result<&mut InvoicedSnapshot> {
    line.invoiced.as_mut().context("a snapshot")
}

async fn parts_of_a_line() -> Result<()> {
    let stage = Stage::set(Setting::default().people()).await?;
    for vector in &VECTORS {
        played(&stage, vector).await.context(vector.name)?;
    }
    Ok(())
}

async fn played(stage: &Stage, vector: &Vector) -> Result<()> {
    let mut asked = by_api(vector.name, vector.qty);
    asked.currency = vector.currency;
    asked.base_currency = Some(Currency::USD);
    let (num, den) = vector.rate;
    asked.fx_rate = Ratio { num, den };
    let line = asked.lines.first_mut().context("a line")?;
    line.reason = Reason::NotAsDescribed;
    if vector.case > 1 {
        "XCS".clone_into(&mut line.uom);
        line.base_per_uom = Ratio {
            num: i64::from(vector.case),
            den: 1,
        };
    }
    let invoiced = snapshot(line)?;
    invoiced.base_qty = Qty::whole(vector.qty * vector.case);
    (invoiced.ccy, invoiced.amount_minor) = (vector.currency, vector.amount);
    (invoiced.fx_rate, invoiced.price_includes_tax) = (asked.fx_rate, vector.inclusive);
    match vector.tax {
        None => invoiced.taxes.clear(),
        Some((rate, minor)) => {
            let tax = invoiced.taxes.first_mut().context("a tax")?;
            (tax.rate, tax.amount_minor) = (rate.parse()?, minor);
        }
    }
    stage.asked_by_api(&asked).await?;
    let rma = format!("RMA-{}", vector.name);
    let mut expected = Vec::new();
    for (n, (qty, amounts)) in vector.parts.iter().enumerate() {
        stage
            .facts(restocked(&rma, &n.to_string(), "SKU-1", *qty))
            .await?;
        expected.push(amounts.map(str::to_owned));
        stage.until_memos(&rma, &expected).await?;
    }
    Ok(())
}

async fn document_tax() -> Result<()> {
    const NETS: [i64; 4] = [6833, 6833, 5750, 8500];
    let stage = Stage::set(Setting::default().people()).await?;
    let mut before = 0;
    let mut asked = by_api("V1", 1);
    asked.lines.clear();
    for (number, net) in (1..).zip(NETS) {
        let mut line = facts::line(number, 1);
        line.reason = Reason::NotAsDescribed;
        let invoiced = snapshot(&mut line)?;
        (invoiced.base_qty, invoiced.amount_minor) = (Qty::whole(1), net);
        let tax = invoiced.taxes.first_mut().context("a tax")?;
        (tax.rate, tax.amount_minor) = ("20".parse()?, 0);
        invoiced.document_axis = Some(DocumentTaxAxis {
            net_before_minor: before,
            net_total_minor: NETS.iter().sum(),
            tax_total_minor: 5583,
        });
        before += net;
        asked.lines.push(line);
    }
    stage.asked_by_api(&asked).await?;
    let mut expected = Vec::new();
    for (number, amounts) in [
        (1, ["68.33", "13.67", "82.00"]),
        (3, ["57.50", "11.50", "69.00"]),
        (4, ["85.00", "17.00", "102.00"]),
        (2, ["68.33", "13.66", "81.99"]),
    ] {
        let (id, sku) = (number.to_string(), format!("SKU-{number}"));
        stage.facts(restocked("RMA-V1", &id, &sku, 1)).await?;
        expected.push(amounts.map(str::to_owned));
        stage.until_memos("RMA-V1", &expected).await?;
    }
    let owed = stage.erp.ledger().receivable("C10010", "USD").to_string();
    ensure!(owed == "-334.99", "not 335.00: {owed}");
    Ok(())
}

async fn fees() -> Result<()> {
    for (treatment, tax, gross, fee_tax) in [
        ("reduce_base", "5.54", "72.64", "0.82"),
        ("separate_exempt", "6.36", "73.46", "0.00"),
        ("separate_taxable", "5.54", "72.64", "0.82"),
    ] {
        let setting = Setting::default();
        let setting = setting.policy("\"reduce_base\"", &format!("{treatment:?}"));
        let setting = setting.policy(
            "credit_granularity = \"per_receipt\"",
            "credit_granularity = \"per_return_complete\"",
        );
        let stage = Stage::set(setting).await?;
        // 220.00 and 18.15 for ten: three are sold again, one the customer broke.
        stage
            .authorized(&request(
                "V3",
                vec![line(1, "SKU-100", 4, "NO_LONGER_NEEDED")],
            ))
            .await?;
        let parts = [(3, "RESTOCK"), (1, "SCRAP")];
        let [came, found, mut decided] = story("RMA-V3", "1", "SKU-100", &parts);
        decided["lines"][1] = with(
            decided["lines"][1].clone(),
            &json!({ "liability": "CUSTOMER" }),
        );
        stage.facts([came, found, decided]).await?;
        let expected = ["67.10", tax, gross].map(str::to_owned);
        stage
            .until_memos("RMA-V3", &[expected])
            .await
            .context(treatment)?;
        let memos = stage.memos();
        let charged = |name: &str| memos[0]["charges"][0][name].clone();
        ensure!(charged("netAmount") == "9.90", "{treatment}: {memos:?}");
        ensure!(charged("taxAmount") == fee_tax, "{treatment}: {memos:?}");
    }
    Ok(())
}

async fn halves() -> Result<()> {
    let stage = Stage::new().await?;
    // Half of 140.25 is 70.125.
    let mut asked = request("V8", vec![line(1, "SKU-100", 1, "NO_LONGER_NEEDED")]);
    let more = json!({ "qty": "1", "amount": "140.25", "taxes": [] });
    asked["lines"][0]["invoice"] = with(asked["lines"][0]["invoice"].clone(), &more);
    stage.authorized(&asked).await?;
    stage
        .facts(story("RMA-V8", "1", "SKU-100", &[(1, "SCRAP")]))
        .await?;
    let expected = ["70.13", "0.00", "70.13"].map(str::to_owned);
    stage.until_memos("RMA-V8", &[expected]).await?;
    let owed = || stage.erp.ledger().receivable("C10010", "USD").to_string();
    ensure!(owed() == "-70.13", "{}", owed());
    stage.take_back("RMA-V8").await?;
    let gone = || async { stage.memos().is_empty().then_some(()) };
    stage.until("the memo is taken back", gone).await?;
    ensure!(matches!(owed().as_str(), "0" | "0.00"), "{}", owed());
    Ok(())
}
