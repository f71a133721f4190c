//! The paper of a credit reversal.

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
    /// Its gross amount.
    pub gross: String,
    /// Why it is taken back.
    pub reason: String,
}

impl ReversalPaper {
    pub(super) fn of(reversal: &CreditReversal) -> Self {
        Self {
            reverses: reversal.reverses.to_string(),
            reverses_number: reversal.document_no.clone(),
            currency: reversal.amount.ccy.to_string(),
            gross: reversal.amount.decimal(),
            reason: reversal.reason.clone(),
        }
    }
}
