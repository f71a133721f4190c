//! The paper of a credit reversal, whole or in part.

use canonical::Money;
use canonical::command::CreditReversal;
use serde::Serialize;

/// A credit that is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReversalPaper {
    /// Key of the memo that is reversed.
    pub reverses: String,
    /// Its number in the ERP.
    pub reverses_number: String,
    /// Its currency.
    pub currency: String,
    /// What is taken back of it, gross: all of it, unless `part` says so.
    pub gross: String,
    /// True when a part of the memo is taken back, and the rest of it stands.
    pub part: bool,
    /// Of a part: net.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub net: Option<String>,
    /// Of a part: tax.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<String>,
    /// Of a part: what is taken back for which line.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<ReversalPaperLine>,
    /// The day on which it is posted, if that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub posting_date: Option<String>,
    /// Why it is taken back.
    pub reason: String,
}

/// What is taken back for a line, as magnitudes; a fee that is given back with it is below zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReversalPaperLine {
    /// Number of the line.
    pub number: u32,
    /// The article.
    pub item: String,
    /// Net amount.
    pub net: String,
    /// Tax on it.
    pub tax: String,
    /// What the line says.
    pub text: String,
}

impl ReversalPaper {
    pub(super) fn of(reversal: &CreditReversal) -> Self {
        let amount = |minor: i64| Money::new(minor, reversal.amount.ccy).decimal();
        let part = reversal.part.as_deref();
        Self {
            reverses: reversal.reverses.to_string(),
            reverses_number: reversal.document_no.clone(),
            currency: reversal.amount.ccy.to_string(),
            gross: reversal.amount.decimal(),
            part: reversal.part.is_some(),
            net: part.map(|part| amount(part.net_minor)),
            tax: part.map(|part| amount(part.tax_minor)),
            lines: part.map_or_else(Vec::new, |part| {
                let lines = part.lines.iter();
                lines
                    .map(|line| ReversalPaperLine {
                        number: line.line_no,
                        item: line.sku.clone(),
                        net: amount(line.net_minor),
                        tax: amount(line.tax_minor),
                        text: line.text.clone(),
                    })
                    .collect()
            }),
            posting_date: reversal
                .posting_date
                .or(reversal.document_date)
                .map(|date| date.to_string()),
            reason: reversal.reason.clone(),
        }
    }
}
