//! Papers of commands: what stands on them, and what cannot stand on any.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use serde_json::{Value, json};

use super::*;

/// A credit memo of 56.10 and 4.63 of tax, with what a test changes in its line.
fn memo(change: &Value) -> Command {
    let mut line = json!({
        "line_no": 1, "sku": "SKU-100", "base_qty": "3", "uom": "EA", "net_minor": 5610, "tax_minor": 463,
        "text": "3 EA", "invoice_ref": {"document": "INV-5001", "line": "1", "date": "2026-02-01"}
    });
    for (name, value) in change.as_object().unwrap() {
        line.as_object_mut()
            .unwrap()
            .insert(name.clone(), value.clone());
    }
    let tax_line = json!({
        "line_no": 1, "jurisdiction": "US-TX", "tax_type": "SALES", "rate_at_invoice": "8.25", "taxable_minor": 5610,
        "tax_minor": 463, "inclusive": false
    });
    let calculation = json!({
        "calc_id": "R1/1", "calc_version": 1, "calc_hash": "0".repeat(64), "policy_version": "2026-01",
        "as_of": "2026-03-02T14:00:00Z", "basis": "RECEIVED_INSPECTED", "ccy": "USD", "slices": [], "components": [],
        "tax_lines": [tax_line], "settlement_method": "APPLIED_CREDIT_MEMO",
        "totals": {
            "net_minor": 5610, "tax_minor": 463, "gross_minor": 6073, "fees_minor": 0, "payable_minor": 6073
        }
    });
    let command = json!({
        "effect_key": "rt1-xdshrpoietqlyvbtztyknmxu2a", "key_text": "R1|CM", "kind": "ERP_CREDIT_MEMO", "return_id": "R1",
        "rma_number": "RMA-1001", "legal_entity": "US01", "site": "DC-EAST", "customer_account": "C10010",
        "correlation_id": "id:R1", "issued_at": "2026-03-02T23:30:00-05:00",
        "data": {
            "do": "post-credit-memo", "calculation": calculation, "bill_to": "C10010", "document_date": "2026-03-02",
            "reason": "DEFECTIVE_IN_USE", "lines": [line], "approved_by": ["ana"]
        }
    });
    serde_json::from_value(command).unwrap()
}

fn paper(change: &Value) -> Result<Paper, Failure> {
    Paper::of(&memo(change), &BTreeMap::new(), "some-erp.no-words")
}

fn credit(change: &Value) -> CreditPaper {
    match paper(change).unwrap().matter {
        Matter::CreditMemo(credit) => credit,
        other => panic!("{other:?}"),
    }
}

#[test]
fn amounts_are_decimal_texts_and_days_those_of_utc() {
    let paper = paper(&json!({})).unwrap();
    assert_eq!(paper.issued_on, "2026-03-03");
    assert_eq!(paper.key, "rt1-xdshrpoietqlyvbtztyknmxu2a");
    let guid = Uuid::parse_str(&paper.key_guid).unwrap();
    assert_eq!(guid.get_version_num(), 5);
    let written = serde_json::to_value(&paper).unwrap();
    assert_eq!(written.get("paper"), Some(&json!("credit-memo")));
    assert_eq!(written.get("gross"), Some(&json!("60.73")));
    assert_eq!(written.get("invoice"), Some(&json!("INV-5001")));
}

#[test]
fn taxes_that_do_not_add_up_become_one_part() {
    let part = |taxable: &str, amount: &str| TaxPart {
        code: "US-TX/SALES".to_owned(),
        rate: "8.25".to_owned(),
        taxable: taxable.to_owned(),
        amount: amount.to_owned(),
    };
    for (change, taxes) in [
        (json!({}), [part("56.10", "4.63")]),
        (
            json!({"net_minor": 5000, "tax_minor": 400}),
            [part("50.00", "4.00")],
        ),
    ] {
        let credit = credit(&change);
        assert_eq!(credit.lines.first().unwrap().taxes, taxes, "{change}");
    }
}

/// Taxes of a line: jurisdiction, rate, taxed, tax.
fn told(taxes: &[(&str, &str, i64, i64)]) -> Value {
    let told = taxes.iter().map(|(jurisdiction, rate, taxable, tax)| {
        json!({
            "line_no": 1, "jurisdiction": jurisdiction, "tax_type": "SALES", "rate_at_invoice": rate,
            "taxable_minor": taxable, "tax_minor": tax, "inclusive": false
        })
    });
    told.collect()
}

#[test]
fn each_tax_of_a_line_stands_by_itself_and_so_does_that_of_a_charge() {
    let part = |code: &str, rate: &str, taxable: &str, amount: &str| TaxPart {
        code: format!("{code}/SALES"),
        rate: rate.to_owned(),
        taxable: taxable.to_owned(),
        amount: amount.to_owned(),
    };
    let goods = told(&[
        ("US-TX", "6.25", 30_000, 1875),
        ("US-TX-AUSTIN", "2", 30_000, 600),
    ]);
    let goods = credit(&json!({"net_minor": 30_000, "tax_minor": 2475, "taxes": goods}));
    assert_eq!(
        goods.lines.first().unwrap().taxes,
        [
            part("US-TX", "6.25", "300.00", "18.75"),
            part("US-TX-AUSTIN", "2", "300.00", "6.00")
        ]
    );
    let fee = told(&[
        ("US-TX", "6.25", -1200, -75),
        ("US-TX-AUSTIN", "2", -1200, -24),
    ]);
    let fee = credit(&json!({"net_minor": -1200, "tax_minor": -99, "taxes": fee}));
    assert_eq!(
        fee.charges.first().unwrap().taxes,
        [
            part("US-TX", "6.25", "12.00", "0.75"),
            part("US-TX-AUSTIN", "2", "12.00", "0.24")
        ]
    );
    // What does not add up is not shown in parts.
    for wrong in [
        told(&[("US-TX", "6.25", 1200, 75)]),
        told(&[("US-TX", "6.25", -1200, -75), ("US-TX", "2", -1200, -25)]),
        told(&[("US-TX", "6.25", -1200, -120), ("US-TX", "2", -1200, 21)]),
    ] {
        let fee = credit(&json!({"net_minor": -1200, "tax_minor": -99, "taxes": wrong}));
        assert!(fee.charges.first().unwrap().taxes.is_empty(), "{wrong}");
    }
}

#[test]
fn a_line_to_our_favour_is_a_charge() {
    let credit = credit(&json!({"net_minor": -100, "tax_minor": -8, "text": "restocking"}));
    assert!(credit.lines.is_empty());
    let charge = Charge {
        text: "restocking".to_owned(),
        net: "1.00".to_owned(),
        tax: "0.08".to_owned(),
        taxes: Vec::new(),
    };
    assert_eq!(credit.charges, [charge]);
}

#[test]
fn freight_is_neither_goods_nor_a_charge() {
    let change = json!({
        "base_qty": "0", "net_minor": 300, "tax_minor": 0, "text": "freight", "component": "OUTBOUND_FREIGHT"
    });
    let credit = credit(&change);
    assert!(credit.lines.is_empty() && credit.charges.is_empty());
    let freight = credit.freight.first().unwrap();
    assert_eq!(
        (freight.net.as_str(), freight.quantity.as_str()),
        ("3.00", "0")
    );
    assert!(freight.taxes.is_empty(), "{:?}", freight.taxes);
    let label = json!({
        "base_qty": "0", "net_minor": -300, "tax_minor": -25, "text": "label", "component": "RETURN_LABEL_FEE"
    });
    let credit = self::credit(&label);
    let charge = credit.charges.first().unwrap();
    assert_eq!((charge.net.as_str(), charge.tax.as_str()), ("3.00", "0.25"));
    assert!(credit.lines.is_empty() && credit.freight.is_empty());
}

#[test]
fn net_and_tax_of_opposite_signs_stand_on_no_paper() {
    let failure = paper(&json!({"net_minor": 100, "tax_minor": -8})).unwrap_err();
    assert_eq!(failure.code, "some-erp.no-words");
    assert_eq!(failure.place, "/data/lines");
    assert!(
        failure.message.contains("1.00 and tax -0.08 of line 1"),
        "{}",
        failure.message
    );
}
