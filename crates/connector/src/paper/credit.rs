//! The paper of a credit memo.

use canonical::command::{CreditMemo, CreditMemoLine};
use canonical::{ComponentType, Money};
use serde::Serialize;

use super::{Charge, CreditPaperLine};
use crate::Failure;

/// A credit memo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CreditPaper {
    /// Who gets it.
    pub bill_to: String,
    /// Its currency.
    pub currency: String,
    /// Its date.
    pub document_date: String,
    /// The day on which it is posted: its date, or the first day after a closed period.
    pub posting_date: String,
    /// Number of the memo that it adds to, if it is a correction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrects_number: Option<String>,
    /// Why it is given.
    pub reason: String,
    /// The invoice, when all lines name the same one.
    pub invoice: Option<String>,
    /// Lines to the customer's favour.
    pub lines: Vec<CreditPaperLine>,
    /// Freight to the customer that is credited, as lines of quantity 0 without tax.
    pub freight: Vec<CreditPaperLine>,
    /// Lines to our favour, as magnitudes.
    pub charges: Vec<Charge>,
    /// Net amount of the whole.
    pub net: String,
    /// Tax on the whole.
    pub tax: String,
    /// Gross amount of the whole.
    pub gross: String,
    /// Who approved it.
    pub approved_by: Vec<String>,
}

impl CreditPaper {
    pub(super) fn of(memo: &CreditMemo, no_words: &'static str) -> Result<Self, Failure> {
        let (ccy, totals) = (memo.calculation.ccy, &memo.calculation.totals);
        let amount = |minor: i64| Money::new(minor, ccy).decimal();
        if totals.net_minor < 0 || totals.tax_minor < 0 || totals.gross_minor < 0 {
            let message = format!(
                "a credit of {} is a claim on the customer",
                amount(totals.gross_minor)
            );
            return Err(Failure::rejected(no_words, message).at("/data/calculation/totals"));
        }
        let (mut lines, mut freight, mut charges) = (Vec::new(), Vec::new(), Vec::new());
        for line in &memo.lines {
            if line.component == Some(ComponentType::OutboundFreight) {
                freight.push(CreditPaperLine::freight(memo, line));
                continue;
            }
            match (line.net_minor, line.tax_minor) {
                (net, tax) if net >= 0 && tax >= 0 => lines.push(CreditPaperLine::of(memo, line)),
                (net, tax) if net <= 0 && tax <= 0 => charges.push(Charge::of(line, ccy)),
                (net, tax) => {
                    let message = format!(
                        "net {} and tax {} of line {} have opposite signs: no document shows that",
                        amount(net),
                        amount(tax),
                        line.line_no
                    );
                    return Err(Failure::rejected(no_words, message).at("/data/lines"));
                }
            }
        }
        Ok(Self {
            bill_to: memo.bill_to.clone(),
            currency: ccy.to_string(),
            document_date: memo.document_date.to_string(),
            posting_date: memo.posting_date.unwrap_or(memo.document_date).to_string(),
            corrects_number: memo.corrects.as_ref().map(|memo| memo.document_no.clone()),
            reason: memo.reason.to_string(),
            invoice: only_invoice(&memo.lines),
            lines,
            freight,
            charges,
            net: amount(totals.net_minor),
            tax: amount(totals.tax_minor),
            gross: amount(totals.gross_minor),
            approved_by: memo.approved_by.clone(),
        })
    }
}

/// The invoice, when all lines name the same one.
fn only_invoice(lines: &[CreditMemoLine]) -> Option<String> {
    let mut invoices: Vec<Option<&str>> = lines.iter().map(invoice_of).collect();
    invoices.dedup();
    match invoices.as_slice() {
        [Some(only)] => Some((*only).to_owned()),
        _ => None,
    }
}

/// The invoice that a line names.
pub(super) fn invoice_of(line: &CreditMemoLine) -> Option<&str> {
    line.invoice_ref
        .as_ref()
        .map(|invoice| invoice.document.as_str())
}
