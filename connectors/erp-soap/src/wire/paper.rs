//! Papers to be laid before an ERP: what a profile's jq reads.

use std::collections::BTreeMap;

use serde::Serialize;

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
