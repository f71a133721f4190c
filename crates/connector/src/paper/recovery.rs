//! The paper of an invoice that recovers an advance.

use canonical::Money;
use canonical::command::RecoveryInvoice;
use serde::Serialize;

use crate::Failure;

/// An invoice for what was advanced and did not come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoveryPaper {
    /// Who owes it.
    pub bill_to: String,
    /// Its currency.
    pub currency: String,
    /// Its date.
    pub document_date: String,
    /// The day on which it is posted: its date, or the first day after a closed period.
    pub posting_date: String,
    /// Key of the advance.
    pub recovers: String,
    /// The advance's number in the ERP; empty if it is not known.
    pub recovers_number: String,
    /// Why it is raised.
    pub reason: String,
    /// What is owed.
    pub lines: Vec<RecoveryPaperLine>,
    /// Net amount of the whole.
    pub net: String,
    /// Tax on the whole.
    pub tax: String,
    /// Gross amount of the whole.
    pub gross: String,
}

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RecoveryPaperLine {
    /// Number of the return line.
    pub number: u32,
    /// The article.
    pub item: String,
    /// How many did not come back, or came back worth nothing, in the base unit.
    pub quantity: String,
    /// The unit.
    pub unit: String,
    /// Net amount.
    pub net: String,
    /// Tax on it.
    pub tax: String,
    /// What the line says.
    pub text: String,
    /// The invoice on which the goods were sold, if the line names one.
    pub invoice: Option<String>,
}

impl RecoveryPaper {
    pub(super) fn of(recovery: &RecoveryInvoice, no_words: &'static str) -> Result<Self, Failure> {
        let amount = |minor: i64| Money::new(minor, recovery.ccy).decimal();
        let lines = || recovery.lines.iter();
        if lines().any(|line| line.net_minor < 0 || line.tax_minor < 0) {
            let message = "an amount of the recovery is negative: no invoice shows that".to_owned();
            return Err(Failure::rejected(no_words, message).at("/data/lines"));
        }
        let sums = (
            lines().map(|line| i128::from(line.net_minor)).sum::<i128>(),
            lines().map(|line| i128::from(line.tax_minor)).sum::<i128>(),
        );
        if sums != (recovery.net_minor.into(), recovery.tax_minor.into()) {
            let message = "the lines of the recovery do not add up to its totals".to_owned();
            return Err(Failure::rejected(no_words, message).at("/data/lines"));
        }
        Ok(Self {
            bill_to: recovery.bill_to.clone(),
            currency: recovery.ccy.to_string(),
            document_date: recovery.document_date.to_string(),
            posting_date: (recovery.posting_date)
                .unwrap_or(recovery.document_date)
                .to_string(),
            recovers: recovery.recovers.to_string(),
            recovers_number: recovery.document_no.clone(),
            reason: recovery.reason.clone(),
            lines: lines()
                .map(|line| RecoveryPaperLine {
                    number: line.line_no,
                    item: line.sku.clone(),
                    quantity: line.base_qty.to_string(),
                    unit: line.uom.clone(),
                    net: amount(line.net_minor),
                    tax: amount(line.tax_minor),
                    text: line.text.clone(),
                    invoice: super::credit::invoice_of(line).map(str::to_owned),
                })
                .collect(),
            net: amount(recovery.net_minor),
            tax: amount(recovery.tax_minor),
            gross: recovery.amount().decimal(),
        })
    }
}
