//! What invoices say, by the profiles' own jq.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::profile;

fn read_as(name: &str, invoice: &Value, lines: &[&str]) -> Result<InvoiceFacts, String> {
    let profile = profile::read(profile::shipped(name).unwrap(), &toml::Table::new()).unwrap();
    let interface = Interface::new(profile, BTreeMap::new()).unwrap();
    let (_, shape) = interface.invoices().unwrap();
    let question = InvoiceQuestion {
        document: "INV-1".to_owned(),
        date: "2026-02-20".parse().unwrap(),
        ccy: Currency::USD,
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
    };
    facts(shape, invoice, &question)
}

fn invoice() -> Value {
    json!({
        "number": "INV-1", "customerNumber": "C1", "currencyCode": "USD", "grossAmount": "248.15",
        "lines": [
            {"lineNumber": 1, "itemNumber": "SKU-100", "quantity": "10", "netAmount": "220.00",
             "taxes": [{"jurisdiction": "US-TX", "type": "SALES", "rate": "8.25", "amount": "18.15"}]},
            {"lineNumber": 2, "itemNumber": "SKU-200", "quantity": "1", "netAmount": "10.00"}
        ]
    })
}

#[test]
fn the_lines_that_were_asked_for_with_their_money() {
    let told = read_as("sim", &invoice(), &["1"]).unwrap();
    assert_eq!(told.lines.len(), 1, "{told:?}");
    let line = &told.lines[0];
    assert_eq!((line.line.as_str(), line.sku.as_str()), ("1", "SKU-100"));
    let money = &line.invoiced;
    assert_eq!(
        (money.base_qty, money.ccy, money.amount_minor),
        (Qty::whole(10), Currency::USD, 22_000)
    );
    assert_eq!(money.taxes[0].amount_minor, 1815);
    assert_eq!(money.taxes[0].rate, "8.25".parse().unwrap());
    assert!(!money.price_includes_tax);
    let both = read_as("sim", &invoice(), &["2", "1"]).unwrap();
    assert_eq!(both.lines.len(), 2);
    assert_ne!(both.hash(), told.hash());
    let again = read_as("sim", &invoice(), &["1"]).unwrap();
    assert_eq!(again.hash(), told.hash(), "the same facts have the same");
}

#[test]
fn what_cannot_be_money_or_a_quantity_is_said_with_its_line() {
    for (member, value, what) in [
        ("quantity", json!("0"), "not above zero"),
        ("quantity", json!("ten"), "quantity"),
        ("netAmount", json!("-1.00"), "below zero"),
        ("netAmount", json!("1.001"), "amount"),
        ("netAmount", Value::Null, "no amount"),
    ] {
        let mut wrong = invoice();
        wrong["lines"][0][member] = value;
        let said = read_as("sim", &wrong, &["1"]).unwrap_err();
        assert!(said.contains("line 1") && said.contains(what), "{said}");
        assert!(
            read_as("sim", &wrong, &["2"]).is_ok(),
            "nobody asked for it"
        );
    }
    let mut wrong = invoice();
    wrong["lines"][0]["taxes"][0]["rate"] = json!("-1");
    assert!(read_as("sim", &wrong, &["1"]).unwrap_err().contains("rate"));
}

#[test]
fn business_central_tells_net_amounts_and_taxes_of_item_lines() {
    let invoice = json!({
        "number": "INV-1", "currencyCode": "USD",
        "salesInvoiceLines": [
            {"sequence": 10000, "lineType": "Item", "lineObjectNumber": "1896-S", "quantity": 2, "netAmount": 1801.6,
             "taxCode": "TX", "taxPercent": 8.25, "netTaxAmount": 148.63},
            {"sequence": 20000, "lineType": "Comment", "lineObjectNumber": "", "quantity": 0, "netAmount": 0,
             "taxCode": "", "taxPercent": 0, "netTaxAmount": 0}
        ]
    });
    let told = read_as("business-central", &invoice, &["10000", "20000"]).unwrap();
    assert_eq!(told.lines.len(), 1, "{told:?}");
    let money = &told.lines[0].invoiced;
    assert_eq!(
        (money.amount_minor, money.taxes[0].amount_minor),
        (180_160, 14_863)
    );
    assert_eq!(money.taxes[0].category.as_deref(), Some("TX"));
}
