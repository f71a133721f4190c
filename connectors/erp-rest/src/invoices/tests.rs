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
fn the_rate_of_an_invoice_is_read_as_it_is_written() {
    let told = |rate: Value| {
        let mut invoice = invoice();
        invoice["exchangeRate"] = rate;
        let told = read_as("sim", &invoice, &["1"]);
        told.map(|told| told.lines[0].invoiced.fx_rate)
    };
    let rate = |num, den| Ok(Ratio { num, den });
    assert_eq!(told(json!("1.10")), rate(1_100_000, 1_000_000));
    assert_eq!(told(json!(0.006_666_7)), rate(66_667, 10_000_000));
    assert_eq!(told(Value::Null), Ok(Ratio::ONE));
    assert_ne!(told(json!(1)), Ok(Ratio::ONE), "it is told");
    for wrong in [json!("0"), json!("-1.1"), json!("ten")] {
        let said = told(wrong).unwrap_err();
        assert!(said.contains("fx_rate"), "{said}");
    }
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

/// Net, and each tax with its rate, of every line that was asked for.
fn money(told: &InvoiceFacts) -> Vec<(i64, Vec<(i64, String)>)> {
    let lines = told.lines.iter().map(|line| {
        let taxes = line.invoiced.taxes.iter();
        let taxes = taxes.map(|tax| (tax.amount_minor, tax.rate.to_string()));
        (line.invoiced.amount_minor, taxes.collect())
    });
    lines.collect()
}

fn tax(amount: i64, rate: &str) -> (i64, String) {
    (amount, rate.to_owned())
}

/// A billing document as the service gives it: decimals are texts, taxes are conditions of class D.
fn billing_document() -> Value {
    let price = json!({"ConditionType": "PR00", "ConditionClass": "B", "ConditionRateValue": "22.000000000", "ConditionAmount": "220.00",
        "ConditionInactiveReason": "", "ConditionIsForStatistics": false, "TaxCode": ""});
    let vat = |kind: &str, rate: &str, amount: &str, why: &str| {
        json!({"ConditionType": kind, "ConditionClass": "D",
        "ConditionRateValue": rate, "ConditionAmount": amount, "ConditionInactiveReason": why,
        "ConditionIsForStatistics": false, "TaxCode": "O1"})
    };
    json!({
        "BillingDocument": "90000001", "TransactionCurrency": "USD",
        "to_Item": {"results": [
            {"BillingDocument": "90000001", "BillingDocumentItem": "10", "Material": "SKU-100", "BillingQuantity": "1",
             "BillingQuantityUnit": "CAR", "BillingQuantityInBaseUnit": "10", "BaseUnit": "EA", "NetAmount": "220.00",
             "TaxAmount": "18.15", "TransactionCurrency": "USD", "TaxJurisdiction": "TX0000000", "DepartureCountry": "US",
             "to_PricingElement": {"results": [
                price, vat("XR1", "6.250000000", "13.75", ""), vat("XR2", "2.000000000", "4.40", ""),
                vat("MWST", "19.000000000", "41.80", "A")]}},
            {"BillingDocument": "90000001", "BillingDocumentItem": "20", "Material": "SKU-200", "BillingQuantity": "1",
             "BillingQuantityUnit": "EA", "BillingQuantityInBaseUnit": "1", "BaseUnit": "EA", "NetAmount": "10.00",
             "TaxAmount": "0.00", "TransactionCurrency": "USD", "TaxJurisdiction": "", "DepartureCountry": "US"}
        ]}
    })
}

#[test]
fn sap_tells_base_units_and_the_active_tax_conditions_of_each_item() {
    let told = read_as("sap-odata", &billing_document(), &["10", "20"]).unwrap();
    let expected = [
        (22_000, vec![tax(1_375, "6.25"), tax(440, "2")]),
        (1_000, vec![]),
    ];
    assert_eq!(money(&told), expected);
    let line = &told.lines[0];
    assert_eq!(
        (line.sku.as_str(), line.invoiced.base_qty),
        ("SKU-100", Qty::whole(10))
    );
    assert_eq!(line.invoiced.taxes[0].jurisdiction, "TX0000000");
    assert_eq!(line.invoiced.taxes[0].category.as_deref(), Some("O1"));
    let mut part = billing_document();
    part["to_Item"]["results"][0]["TaxAmount"] = json!("18.16");
    let said = read_as("sap-odata", &part, &["10"]).unwrap_err();
    assert!(said.contains("item 10"), "{said}");
}

#[test]
fn netsuite_tells_the_taxes_that_refer_to_a_line() {
    let invoice = json!({
        "id": "4711", "tranId": "INV-1", "currency": {"id": "1", "refName": "USD"}, "exchangeRate": 1.0,
        "item": {"items": [
            {"line": 1, "item": {"id": "144", "refName": "SKU-100"}, "quantity": 10.0, "amount": 220.0, "taxDetailsReference": "4711_1"},
            {"line": 2, "item": {"id": "145", "refName": "SKU-200"}, "quantity": 1.0, "amount": 10.0, "taxDetailsReference": "4711_2"},
            {"line": 3, "item": {"id": "-2", "refName": "Subtotal"}, "amount": 230.0}
        ]},
        "taxDetails": {"items": [
            {"taxDetailsReference": "4711_1", "taxType": {"refName": "US State Tax"}, "taxCode": {"refName": "TX"}, "taxBasis": 220.0,
             "taxRate": 6.25, "taxAmount": 13.75},
            {"taxDetailsReference": "4711_1", "taxType": {"refName": "US City Tax"}, "taxCode": {"refName": "TX-C"}, "taxBasis": 220.0,
             "taxRate": 2.0, "taxAmount": 4.4}
        ]}
    });
    let told = read_as("netsuite", &invoice, &["1", "2", "3"]).unwrap();
    let expected = [
        (22_000, vec![tax(1_375, "6.25"), tax(440, "2")]),
        (1_000, vec![]),
    ];
    assert_eq!(money(&told), expected);
    assert_eq!(told.lines[0].sku, "SKU-100");
    assert_eq!(told.lines[0].invoiced.base_qty, Qty::whole(10));
    let plain = json!({
        "currency": {"refName": "USD"},
        "item": {"items": [{"line": 1, "item": {"refName": "SKU-100"}, "quantity": 10, "amount": 220.0, "taxRate1": 8.25,
            "tax1Amt": 18.15, "taxCode": {"refName": "CA"}}]}
    });
    let told = read_as("netsuite", &plain, &["1"]).unwrap();
    assert_eq!(money(&told), [(22_000, vec![tax(1_815, "8.25")])]);
}

/// A tax of an invoice with these nets, all of them under it.
fn tryton_invoice(currency: &str, digits: u32, nets: &[&str], taxed: &str, rate: &str) -> Value {
    let decimal = |text: &str| json!({"__class__": "Decimal", "decimal": text});
    let line = |(n, net): (usize, &&str)| {
        json!({"id": 10 + n, "type": "line", "product": {"id": 3, "code": format!("SKU-{}", n + 1)},
        "quantity": 2.0, "amount": decimal(net), "taxes": [{"id": 7, "rate": decimal(rate)}]})
    };
    let mut lines: Vec<Value> = nets.iter().enumerate().map(line).collect();
    let comment = json!({"id": 99, "type": "comment", "product": null, "quantity": 0.0, "amount": null, "taxes": []});
    lines.insert(1, comment);
    json!({
        "id": 5, "currency": {"id": 1, "code": currency, "digits": digits}, "lines": lines,
        "taxes": [{"id": 8, "base": decimal("0"), "amount": decimal(taxed), "tax": {"id": 7, "rate": decimal(rate)}}]
    })
}

#[test]
fn tryton_shares_the_tax_of_the_invoice_among_its_lines_to_the_minor_unit() {
    let invoice = tryton_invoice(
        "EUR",
        2,
        &["68.33", "68.33", "57.50", "85.00"],
        "55.83",
        "0.20",
    );
    let told = read_as("tryton", &invoice, &["1", "2", "3", "4"]).unwrap();
    let expected = [
        (6_833, vec![tax(1_367, "20")]),
        (6_833, vec![tax(1_366, "20")]),
        (5_750, vec![tax(1_150, "20")]),
        (8_500, vec![tax(1_700, "20")]),
    ];
    assert_eq!(
        money(&told),
        expected,
        "in invoice order, whatever is asked for"
    );
    assert_eq!(told.lines[1].sku, "SKU-2", "a comment has no place");
    // The same as Tryton 8.2.1 itself answered it.
    let answer = include_str!("../../testdata/invoices/tryton.json");
    let answer: Value = serde_json::from_str(answer).unwrap();
    let real = read_as("tryton", &answer, &["1", "2", "3", "4"]).unwrap();
    assert_eq!(money(&real), expected);
    assert_eq!(real.lines[2].invoiced.base_qty, Qty::whole(2));
    let alone = read_as("tryton", &invoice, &["2"]).unwrap();
    assert_eq!(money(&alone), expected[1..2]);
    let yen = tryton_invoice("JPY", 0, &["333", "334", "333"], "83", "0.0825");
    let told = read_as("tryton", &yen, &["1", "2", "3"]).unwrap();
    let expected = [
        (333, vec![tax(28, "8.25")]),
        (334, vec![tax(27, "8.25")]),
        (333, vec![tax(28, "8.25")]),
    ];
    assert_eq!(money(&told), expected);
    let dinar = tryton_invoice("KWD", 3, &["0.670", "0.335"], "0.050", "0.05");
    let told = read_as("tryton", &dinar, &["1", "2"]).unwrap();
    let expected = [(670, vec![tax(33, "5")]), (335, vec![tax(17, "5")])];
    assert_eq!(money(&told), expected);
    let mut by_hand = tryton_invoice("EUR", 2, &["10.00"], "2.00", "0.20");
    by_hand["taxes"][0]["tax"] = Value::Null;
    let said = read_as("tryton", &by_hand, &["1"]).unwrap_err();
    assert!(said.contains("by hand"), "{said}");
}
