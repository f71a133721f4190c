//! The fields of a sale that unannounced goods come back from: filled with what is known, and read again.

use canonical::line::ReturnLine;
use canonical::{Qty, Reason};
use serde_json::{Map, Value, json};
use workflow::{Bucket, ReturnState};

use super::super::door::Form;

/// Empty lines behind those of the goods: for goods of one item that were sold on two invoices.
const SPARE: usize = 2;
/// Lines of a form at the most; longer sales are told to the API.
const MOST: usize = 100;

/// The head of the sale.
#[derive(Debug, Default)]
pub(super) struct SaleFields {
    pub(super) channel: String,
    pub(super) customer: String,
    pub(super) bill_to: String,
    pub(super) currency: String,
    pub(super) base_currency: String,
    pub(super) rate: String,
}

/// A line of the sale. All of it is text: what is wrong with it is said by the API.
#[derive(Debug, Default)]
pub(super) struct SaleLine {
    pub(super) n: usize,
    pub(super) sku: String,
    pub(super) qty: String,
    pub(super) uom: String,
    pub(super) reason: String,
    pub(super) order: String,
    pub(super) invoice: String,
    pub(super) invoice_line: String,
    pub(super) invoice_date: String,
}

impl SaleLine {
    /// True if that reason is the one of the line; nobody knows it as long as nobody has said it.
    pub(super) fn is_because(&self, reason: &str) -> bool {
        match self.reason.as_str() {
            "" => reason == Reason::Unknown.word(),
            told => reason == told,
        }
    }
}

impl SaleFields {
    /// As somebody filled them in.
    pub(super) fn filled(form: &Form) -> Self {
        let text = |name: &str| form.get(name).to_owned();
        Self {
            channel: text("channel"),
            customer: text("customer"),
            bill_to: text("bill_to"),
            currency: text("currency"),
            base_currency: text("base_currency"),
            rate: text("rate"),
        }
    }
}

/// What is known: the goods, and what was said of them before.
pub(super) fn known(state: &ReturnState) -> (SaleFields, Vec<SaleLine>) {
    let header = state.header();
    let bill_to = &header.bill_to;
    let fields = SaleFields {
        channel: header.channel.clone(),
        customer: header.customer_account.clone(),
        bill_to: if *bill_to == header.customer_account {
            String::new()
        } else {
            bill_to.clone()
        },
        currency: header.currency.code().to_owned(),
        base_currency: header.base_currency.code().to_owned(),
        rate: format!("{}/{}", header.fx_rate.num, header.fx_rate.den),
    };
    let lines = state.lines().iter().take(MOST);
    let mut lines: Vec<SaleLine> = lines
        .enumerate()
        .map(|(n, line)| {
            let held = line.buckets.get(Bucket::UnmatchedHold);
            of_line(n, &line.line, held)
        })
        .collect();
    for n in lines.len()..lines.len() + SPARE {
        lines.push(SaleLine {
            n,
            ..SaleLine::default()
        });
    }
    (fields, lines)
}

fn of_line(n: usize, line: &ReturnLine, held: Qty) -> SaleLine {
    let invoice = line.invoice_ref.as_ref();
    let is_told = line.reason != Reason::Unknown;
    let qty = if line.qty_requested.is_positive() {
        line.qty_requested
    } else {
        held
    };
    SaleLine {
        n,
        sku: line.sku.clone(),
        qty: qty.to_string(),
        uom: line.uom.clone(),
        reason: if is_told {
            line.reason.word().to_owned()
        } else {
            String::new()
        },
        order: line
            .order_ref
            .as_ref()
            .map_or_else(String::new, |order| order.order.clone()),
        invoice: invoice.map_or_else(String::new, |i| i.document.clone()),
        invoice_line: invoice.map_or_else(String::new, |i| i.line.clone()),
        invoice_date: invoice.map_or_else(String::new, |i| i.date.to_string()),
    }
}

/// The lines as somebody filled them in.
pub(super) fn lines(form: &Form) -> Vec<SaleLine> {
    let named = |n: usize, name: &str| form.get(&format!("{name}_{n}")).trim().to_owned();
    (0..MOST + SPARE)
        .take_while(|n| form.has(&format!("sku_{n}")))
        .map(|n| SaleLine {
            n,
            sku: named(n, "sku"),
            qty: named(n, "qty"),
            uom: named(n, "uom"),
            reason: named(n, "why"),
            order: named(n, "order"),
            invoice: named(n, "invoice"),
            invoice_line: named(n, "invoice_line"),
            invoice_date: named(n, "invoice_date"),
        })
        .collect()
}

/// The sale as the API takes it. Lines without a quantity are left out; what is empty is not told.
pub(super) fn told(return_id: &str, form: &Form) -> Value {
    let fields = SaleFields::filled(form);
    let mut sale = Map::new();
    sale.insert("outcome".to_owned(), json!("SALE"));
    for (name, text) in [
        ("channel", &fields.channel),
        ("customer_account", &fields.customer),
        ("bill_to", &fields.bill_to),
        ("currency", &fields.currency),
        ("base_currency", &fields.base_currency),
    ] {
        let text = text.trim();
        if !text.is_empty() || matches!(name, "channel" | "customer_account") {
            sale.insert(name.to_owned(), json!(text));
        }
    }
    if let Some(rate) = rate(fields.rate.trim()) {
        sale.insert("fx_rate".to_owned(), rate);
    }
    let mut told: Vec<Value> = Vec::new();
    for line in lines(form).iter().filter(|line| !line.qty.is_empty()) {
        let no = told.len() + 1;
        told.push(told_line(return_id, no, line));
    }
    sale.insert("lines".to_owned(), Value::Array(told));
    Value::Object(sale)
}

/// A rate: "1.0837", or "1/8" for one that has no end. What is neither is told as it is, for the API to refuse.
fn rate(text: &str) -> Option<Value> {
    if text.is_empty() {
        return None;
    }
    let whole = |text: &str| text.trim().parse::<i64>().ok();
    let parts = match text.split_once('/') {
        Some((num, den)) => whole(num).zip(whole(den)),
        None => text
            .parse::<Qty>()
            .ok()
            .map(|rate| (rate.millionths(), 1_000_000)),
    };
    Some(match parts {
        Some((num, den)) => json!({ "num": num, "den": den }),
        None => json!(text),
    })
}

fn told_line(return_id: &str, no: usize, line: &SaleLine) -> Value {
    let mut told = json!({
        "line_no": no, "line_id": format!("{return_id}-{no}"), "sku": line.sku, "uom": line.uom,
        "qty_requested": line.qty, "reason": line.reason,
    });
    if !line.order.is_empty() {
        told["order_ref"] = json!({ "order": line.order });
    }
    if !line.invoice.is_empty() {
        told["invoice_ref"] = json!({
            "document": line.invoice, "line": line.invoice_line, "date": line.invoice_date,
        });
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_exact_however_it_is_written() {
        assert_eq!(rate("1/8"), Some(json!({ "num": 1, "den": 8 })));
        let decimal = json!({ "num": 1_083_700, "den": 1_000_000 });
        assert_eq!(rate("1.0837"), Some(decimal));
        assert_eq!(rate("about 1"), Some(json!("about 1")));
        assert_eq!(rate(""), None);
    }
}
