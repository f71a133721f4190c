//! Why a credit could not be calculated. Each is an exception for a person, never an assumed amount.

use canonical::Currency;

use super::base::Unrated;
use crate::policy::{Question, Unanswered};

/// Why a credit could not be calculated. `Display` is a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CreditProblem {
    /// The policy has no answer for these facts.
    #[error("policy {policy_version} {} for line {line_no} ({facts})", .why.told(*.question))]
    PolicyGap {
        /// Line of the return.
        line_no: u32,
        /// Version of the policy.
        policy_version: String,
        /// What it was asked.
        question: Question,
        /// Why it has no answer.
        why: Unanswered,
        /// The facts that it was asked about.
        facts: String,
    },
    /// The line has no invoice to take money from.
    #[error("line {line_no} has no invoiced amounts, so there is nothing to credit from")]
    NoInvoice {
        /// Line of the return.
        line_no: u32,
    },
    /// The line was invoiced in another currency than the return.
    #[error("line {line_no} was invoiced in {line}, but the return is in {header}")]
    MixedCurrencies {
        /// Line of the return.
        line_no: u32,
        /// Currency of the line's invoice.
        line: Currency,
        /// Currency of the return.
        header: Currency,
    },
    /// Units that are not on the invoice line, or twice in the same calculation.
    #[error("line {line_no}: units {from} to {to} {what}")]
    BadSlice {
        /// Line of the return.
        line_no: u32,
        /// First unit.
        from: canonical::Qty,
        /// One past the last unit.
        to: canonical::Qty,
        /// What is wrong with them.
        what: &'static str,
    },
    /// The invoice contradicts itself.
    #[error("the invoice of line {line_no} cannot be apportioned: {what}")]
    BadInvoice {
        /// Line of the return.
        line_no: u32,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A fee bound is in the policy's currency, and there is no way from there to the credit's.
    #[error("fee rule {rule_id} has bounds in {policy}, which cannot be converted to {credit}")]
    NoRate {
        /// Rule of the policy.
        rule_id: String,
        /// Base currency of the policy.
        policy: Currency,
        /// Currency of the credit.
        credit: Currency,
    },
    /// The rate of the invoice into the currency of the books is not known.
    #[error("{0}")]
    Unrated(#[from] Unrated),
    /// An amount does not fit.
    #[error("the amounts of line {line_no} are beyond what can be computed")]
    OutOfRange {
        /// Line of the return.
        line_no: u32,
    },
}
