//! The engine's books: invoices with their rates, and the transactions that were recorded.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::answer::{Done, Refusal};

/// An invoice that was told to the engine when it was sold.
#[derive(Debug, Clone, Deserialize)]
pub struct Invoice {
    /// Its number.
    pub code: String,
    /// Its lines.
    pub lines: Vec<InvoiceLine>,
}

/// A line of it.
#[derive(Debug, Clone, Deserialize)]
pub struct InvoiceLine {
    /// Number.
    pub number: String,
    /// Rate at its date, percent, at most four decimals ("8.25").
    pub rate: String,
}

/// What was recorded.
#[derive(Debug, Clone, Serialize)]
pub struct Ledger {
    /// Every transaction, as it stands.
    pub transactions: Vec<Value>,
    /// How many questions were answered.
    pub quotes: u64,
}

#[derive(Debug, Default)]
struct Pages {
    rates: BTreeMap<(String, String), String>,
    transactions: BTreeMap<(String, String), Map<String, Value>>,
    quotes: u64,
}

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books(Mutex<Pages>);

impl Books {
    fn pages(&self) -> MutexGuard<'_, Pages> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn register(&self, invoice: Invoice) {
        let mut pages = self.pages();
        for line in invoice.lines {
            let key = (invoice.code.clone(), line.number);
            pages.rates.insert(key, line.rate);
        }
    }

    pub(super) fn create(&self, mut sent: Map<String, Value>) -> Result<Done, Refusal> {
        let text = |name: &str| {
            let value = sent.get(name).and_then(Value::as_str);
            value
                .map(str::to_owned)
                .ok_or_else(|| Refusal::malformed(format!("{name} is missing or no text")))
        };
        let (company, code) = (text("companyCode")?, text("code")?);
        let (kind, decimals) = (text("type")?, decimals(&text("currencyCode")?));
        let mut pages = self.pages();
        let recorded = match kind.as_str() {
            "ReturnInvoice" => true,
            "ReturnOrder" => false,
            other => {
                return Err(Refusal::malformed(format!(
                    "type {other:?} is not simulated"
                )));
            }
        };
        let key = (company, code);
        if recorded && pages.transactions.contains_key(&key) {
            let message = format!("transaction {} exists already", key.1);
            return Err(Refusal::conflict("DuplicateEntry", message));
        }
        let lines = sent.get_mut("lines").and_then(Value::as_array_mut);
        let lines = lines.ok_or_else(|| Refusal::malformed("lines is missing or no list"))?;
        let (mut amount, mut tax) = (0_i128, 0_i128);
        for line in lines {
            let (net, of_line) = pages.calculate(line, decimals)?;
            amount += net;
            tax += of_line;
            if let Some(members) = line.as_object_mut() {
                members.insert("tax".to_owned(), shown(of_line, decimals));
            }
        }
        sent.insert("totalAmount".to_owned(), shown(amount, decimals));
        sent.insert("totalTax".to_owned(), shown(tax, decimals));
        let status = if recorded { "Committed" } else { "Temporary" };
        sent.insert("status".to_owned(), status.into());
        if recorded {
            pages.transactions.insert(key, sent.clone());
        } else {
            pages.quotes += 1;
        }
        Ok(Done::created(String::new(), Value::Object(sent)))
    }

    pub(super) fn find(&self, company: &str, code: &str) -> Result<Done, Refusal> {
        let pages = self.pages();
        let found = pages
            .transactions
            .get(&(company.to_owned(), code.to_owned()));
        let found = found.ok_or_else(|| unknown(format!("there is no transaction {code}")))?;
        Ok(Done::ok(Value::Object(found.clone())))
    }

    pub(super) fn void(&self, company: &str, code: &str) -> Result<Done, Refusal> {
        let mut pages = self.pages();
        let key = (company.to_owned(), code.to_owned());
        let found = pages.transactions.get_mut(&key);
        let found = found.ok_or_else(|| unknown(format!("there is no transaction {code}")))?;
        found.insert("status".to_owned(), "Cancelled".into());
        Ok(Done::ok(Value::Object(found.clone())))
    }

    pub(super) fn ledger(&self) -> Ledger {
        let pages = self.pages();
        Ledger {
            transactions: (pages.transactions.values().cloned())
                .map(Value::Object)
                .collect(),
            quotes: pages.quotes,
        }
    }
}

impl Pages {
    /// Amount and tax of a line in the smallest unit.
    fn calculate(&self, line: &Value, decimals: u32) -> Result<(i128, i128), Refusal> {
        let text = |name: &str| {
            let value = line.get(name).and_then(Value::as_str);
            value
                .map(str::to_owned)
                .ok_or_else(|| Refusal::malformed(format!("{name} of a line is missing")))
        };
        let (invoice, number) = (text("ref1")?, text("ref2")?);
        let rate = self.rates.get(&(invoice.clone(), number.clone()));
        let rate = rate.ok_or_else(|| {
            let message = format!("invoice {invoice} has no line {number}");
            Refusal::new(StatusCode::BAD_REQUEST, "InvalidReference", message)
        })?;
        let amount = line.get("amount").and_then(Value::as_number);
        let amount = amount.ok_or_else(|| Refusal::malformed("amount of a line is no number"))?;
        let wrong = || Refusal::malformed(format!("amount {amount} is not readable"));
        let amount = scaled(&amount.to_string(), decimals).ok_or_else(wrong)?;
        // Rates are percents of at most four decimals: a millionth of the amount for each of their last units.
        let rate = scaled(rate, 4).ok_or_else(|| Refusal::malformed("the rate is not readable"))?;
        let product = amount * rate;
        let half = if product < 0 { -500_000 } else { 500_000 };
        Ok((amount, (product + half) / 1_000_000))
    }
}

fn unknown(message: String) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "EntityNotFoundError", message)
}

fn decimals(currency: &str) -> u32 {
    match currency {
        "JPY" | "KRW" => 0,
        "KWD" | "BHD" | "TND" => 3,
        _ => 2,
    }
}

/// A decimal text in its smallest unit; none when it has more decimals than that.
fn scaled(text: &str, decimals: u32) -> Option<i128> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = part.trim_end_matches('0');
    let missing = usize::try_from(decimals).ok()?.checked_sub(part.len())?;
    let digits = format!("{whole}{part}{}", "0".repeat(missing));
    Some(sign * digits.parse::<i128>().ok()?)
}

/// A JSON number with the currency's decimals.
fn shown(units: i128, decimals: u32) -> Value {
    let scale = 10_i128.pow(decimals);
    let sign = if units < 0 { "-" } else { "" };
    let (whole, part) = (units.abs() / scale, units.abs() % scale);
    let text = if decimals == 0 {
        format!("{sign}{whole}")
    } else {
        let width = usize::try_from(decimals).unwrap_or(0);
        format!("{sign}{whole}.{part:0width$}")
    };
    serde_json::from_str(&text).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_and_written_exactly() {
        assert_eq!(scaled("-66.00", 2), Some(-6600));
        assert_eq!(scaled("66", 3), Some(66_000));
        assert_eq!(scaled("1.005", 2), None);
        assert_eq!(shown(-545, 2).to_string(), "-5.45");
        assert_eq!(shown(100, 0).to_string(), "100");
    }
}
