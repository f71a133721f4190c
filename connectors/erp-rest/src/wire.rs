//! Bytes ↔ the JSON that ERPs speak: papers as the profile's jq reads them, documents as the ERP shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// A paper to be laid before the ERP: what a profile's jq gets as its input. Amounts and quantities are decimal texts,
/// dates `YYYY-MM-DD`, so that nothing is lost on the way through jq.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Paper {
    /// Our key, for the ERP's reference field.
    pub(crate) key: String,
    /// The same as a name-based UUID, for targets that want one.
    pub(crate) key_guid: String,
    pub(crate) return_id: String,
    pub(crate) rma_number: String,
    pub(crate) legal_entity: String,
    pub(crate) site: String,
    pub(crate) customer: String,
    pub(crate) correlation_id: String,
    /// Day (UTC) on which it was decided.
    pub(crate) issued_on: String,
    /// Instant at which it was decided.
    pub(crate) issued_at: String,
    /// The instance's own values, from its configuration.
    pub(crate) vars: BTreeMap<String, String>,
    #[serde(flatten)]
    pub(crate) matter: Matter,
}

/// What the paper is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "paper", rename_all = "kebab-case")]
pub(crate) enum Matter {
    ReturnOrder(ReturnOrderPaper),
    StockMovement(StockPaper),
    CreditMemo(CreditPaper),
    CreditReversal(ReversalPaper),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReturnOrderPaper {
    pub(crate) currency: String,
    pub(crate) lines: Vec<ReturnOrderLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReturnOrderLine {
    pub(crate) number: u32,
    pub(crate) item: String,
    pub(crate) quantity: String,
    pub(crate) unit: String,
    pub(crate) reason: String,
    pub(crate) order: Option<String>,
    pub(crate) invoice: Option<String>,
    pub(crate) invoice_line: Option<String>,
    pub(crate) serials: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct StockPaper {
    pub(crate) movement: Movement,
    pub(crate) item: String,
    pub(crate) quantity: String,
    pub(crate) unit: String,
    /// Null when the goods come from outside our books.
    pub(crate) from_status: Option<String>,
    /// Null when the goods leave our books.
    pub(crate) to_status: Option<String>,
    pub(crate) disposition: String,
    /// Day (UTC) on which the goods moved.
    pub(crate) moved_on: String,
    pub(crate) serials: Vec<String>,
}

/// How goods move, in the words of most ERPs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Movement {
    Receipt,
    Transfer,
    Scrap,
    Issue,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CreditPaper {
    pub(crate) bill_to: String,
    pub(crate) currency: String,
    pub(crate) document_date: String,
    pub(crate) reason: String,
    /// The invoice, when all lines name the same one.
    pub(crate) invoice: Option<String>,
    pub(crate) lines: Vec<CreditPaperLine>,
    /// Lines to our favour, as magnitudes.
    pub(crate) charges: Vec<Charge>,
    pub(crate) net: String,
    pub(crate) tax: String,
    pub(crate) gross: String,
    pub(crate) approved_by: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct CreditPaperLine {
    pub(crate) number: u32,
    pub(crate) item: String,
    pub(crate) quantity: String,
    pub(crate) unit: String,
    pub(crate) net: String,
    pub(crate) tax: String,
    pub(crate) text: String,
    pub(crate) invoice: Option<String>,
    pub(crate) invoice_line: Option<String>,
    pub(crate) taxes: Vec<TaxPart>,
}

/// A tax of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct TaxPart {
    pub(crate) code: String,
    pub(crate) rate: String,
    pub(crate) taxable: String,
    pub(crate) amount: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Charge {
    pub(crate) text: String,
    pub(crate) net: String,
    pub(crate) tax: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ReversalPaper {
    /// Key of the memo that is reversed.
    pub(crate) reverses: String,
    /// Its number in the ERP.
    pub(crate) reverses_number: String,
    pub(crate) currency: String,
    pub(crate) gross: String,
    pub(crate) reason: String,
}

/// Reads an answer. Deeper than 128 levels is refused by the reader.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// The text at a JSON pointer. Numbers as their shortest decimal text (exact up to 15 digits); null and empty as nothing.
pub(crate) fn text_at(document: &Value, pointer: &str) -> Option<String> {
    match document.pointer(pointer)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The date at a JSON pointer as `YYYY-MM-DD`: a text as it is, or an object with year, month and day.
pub(crate) fn date_at(document: &Value, pointer: &str) -> Option<String> {
    let value = document.pointer(pointer)?;
    let part = |name: &str| value.get(name)?.as_u64();
    match (part("year"), part("month"), part("day")) {
        (Some(year), Some(month), Some(day)) => Some(format!("{year:04}-{month:02}-{day:02}")),
        _ => text_at(document, pointer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_are_read_as_written() {
        let document =
            read(br#"{"a": "x", "b": 7508.16, "c": 7, "d": null, "e": {"f": ""}}"#).unwrap();
        for (pointer, text) in [
            ("/a", Some("x")),
            ("/b", Some("7508.16")),
            ("/c", Some("7")),
            ("/d", None),
            ("/e/f", None),
            ("/nowhere", None),
        ] {
            assert_eq!(text_at(&document, pointer).as_deref(), text, "{pointer}");
        }
    }

    #[test]
    fn dates_are_texts_or_objects() {
        let document =
            read(br#"{"a": "2026-03-02", "b": {"year": 2026, "month": 3, "day": 2}, "c": {"year": 2026}, "d": null}"#)
                .unwrap();
        for (pointer, date) in [
            ("/a", Some("2026-03-02")),
            ("/b", Some("2026-03-02")),
            ("/c", None),
            ("/d", None),
        ] {
            assert_eq!(date_at(&document, pointer).as_deref(), date, "{pointer}");
        }
    }

    #[test]
    fn rubbish_is_refused() {
        let deep = "[".repeat(10_000);
        for bytes in [
            b"<html>".as_slice(),
            b"",
            b"{\"a\": ",
            b"\xff\xfe",
            deep.as_bytes(),
        ] {
            assert!(read(bytes).is_err());
        }
    }
}
