//! What fits below an invoice beside credits that are not ours.

use canonical::Command;
use serde_json::json;

use super::*;

/// A memo over so many of the 10 pieces of line 1, 22.00 and 1.82 tax each, 238.15 in all.
pub(crate) fn command(key: &str, pieces: i64) -> Command {
    let gross = pieces * 2382;
    serde_json::from_value(json!({
        "effect_key": key, "key_text": key, "kind": "ERP_CREDIT_MEMO", "return_id": "R1", "rma_number": "RMA-1",
        "legal_entity": "US01", "site": "DC-EAST", "customer_account": "C1", "correlation_id": "c",
        "issued_at": "2026-03-02T14:05:00Z",
        "data": {
            "do": "post-credit-memo", "bill_to": "C1", "document_date": "2026-03-02", "reason": "DEFECTIVE_IN_USE",
            "calculation": {
                "calc_id": "R1/1", "calc_version": 1, "calc_hash": "h", "policy_version": "p", "as_of": "2026-03-02T14:00:00Z",
                "basis": "RECEIVED_INSPECTED", "ccy": "USD", "slices": [], "components": [], "tax_lines": [],
                "settlement_method": "APPLIED_CREDIT_MEMO",
                "totals": { "net_minor": pieces * 2200, "tax_minor": pieces * 182, "gross_minor": gross, "fees_minor": 0,
                            "payable_minor": gross }
            },
            "lines": [
                { "line_no": 1, "sku": "S", "base_qty": pieces.to_string(), "uom": "EA", "net_minor": pieces * 2200,
                  "tax_minor": pieces * 182, "text": "", "invoice_ref": { "document": "INV-1", "line": "1", "date": "2026-02-01" } },
                { "line_no": 1, "sku": "S", "base_qty": "0", "uom": "EA", "net_minor": -500, "tax_minor": 0, "text": "fee",
                  "invoice_ref": { "document": "INV-1", "line": "1", "date": "2026-02-01" } }
            ],
            "invoiced": [{ "invoice_ref": { "document": "INV-1", "line": "1", "date": "2026-02-01" }, "base_qty": "10",
                           "gross_minor": 23820 }]
        }
    }))
    .unwrap()
}

fn memo(pieces: i64) -> CreditMemo {
    match command("rt1-a", pieces).data {
        canonical::CommandData::PostCreditMemo(memo) => *memo,
        _ => unreachable!("the command is a credit memo"),
    }
}

pub(crate) fn shown(line: Option<&str>, pieces: i32, unit: &str, gross: i64) -> ShownCredit {
    ShownCredit {
        document: "CM-7".into(),
        key: String::new(),
        invoice_line: line.map(str::to_owned),
        quantity: Some((Qty::whole(pieces), unit.into())),
        net: None,
        tax: None,
        gross: Money::new(gross, Currency::USD),
    }
}

fn over(pieces: i64, theirs: ShownCredit, ours: &[CreditMemo]) -> Option<String> {
    exceeded(&memo(pieces), &[("INV-1".into(), theirs)], ours)
}

#[test]
fn what_is_left_is_credited_and_no_more() {
    let theirs = || shown(Some("1"), 4, "EA", 4 * 2382);
    assert_eq!(over(6, theirs(), &[]), None, "exactly what is left");
    let reason = over(7, theirs(), &[]).unwrap();
    assert!(
        reason.contains("CM-7") && reason.contains("95.28 USD"),
        "{reason}"
    );
    assert_eq!(over(3, theirs(), &[memo(3)]), None);
    assert!(over(3, theirs(), &[memo(3), memo(1)]).is_some());
    assert_eq!(
        exceeded(&memo(10), &[], &[memo(10)]),
        None,
        "ours among themselves are kept apart by their units"
    );
}

#[test]
fn units_count_only_in_the_same_unit_and_money_always() {
    let in_cases = shown(Some("1"), 1, "CA", 4 * 2382);
    assert_eq!(over(6, in_cases.clone(), &[]), None);
    assert!(over(7, in_cases, &[]).is_some(), "by its gross");
    let cheap = shown(Some("1"), 4, "EA", 1);
    assert!(over(7, cheap, &[]).is_some(), "by its units");
}

#[test]
fn a_clerks_rounding_is_no_reason_to_stop() {
    let rounded_up = |unit| shown(Some("1"), 4, unit, 4 * 2382 + 1);
    assert_eq!(over(6, rounded_up("EA"), &[]), None, "the units fit");
    assert!(over(6, rounded_up("CA"), &[]).is_some(), "units unknown");
    let more = shown(Some("1"), 4, "EA", 4 * 2382 + 2);
    assert!(over(6, more, &[]).is_some(), "more than rounding");
}

#[test]
fn a_credit_counts_for_its_line_or_for_all() {
    let other_line = shown(Some("2"), 9, "EA", 20_000);
    assert_eq!(over(10, other_line, &[]), None);
    let padded = shown(Some("000001"), 9, "EA", 20_000);
    assert!(over(10, padded, &[]).is_some());
    let no_line = shown(None, 9, "EA", 20_000);
    assert!(over(10, no_line, &[]).is_some());
    let other_invoice = [("INV-2".to_owned(), shown(None, 9, "EA", 20_000))];
    assert_eq!(exceeded(&memo(10), &other_invoice, &[]), None);
}

#[test]
fn another_currency_is_for_a_person() {
    let mut euros = shown(Some("1"), 1, "EA", 1);
    euros.gross = Money::new(1, Currency::EUR);
    assert!(over(1, euros, &[]).unwrap().contains("EUR"));
}
