//! Whose unannounced goods are: what a person found out about goods that came without a return.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::currency::Currency;
use crate::line::ReturnLine;
use crate::quantity::Ratio;

/// Somebody says whose unannounced goods are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Identification {
    /// Id of the request in the asking system.
    pub request_id: String,
    /// Who (for four-eyes: may not approve the return).
    pub requested_by: String,
    /// Why; goes into the audit.
    pub reason: String,
    /// What was found out.
    pub found: Identified,
}

/// What was found out about unannounced goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Identified {
    /// They were sold to a customer who has not asked for a return: they are decided on as a return of their own.
    Sale(Box<Sale>),
    /// They belong to a return that is known.
    Return {
        /// Id of that return.
        return_id: String,
    },
    /// Nobody can tell.
    Unidentifiable {
        /// Sales channel of the sender, if that much is known: its partner is told.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<String>,
    },
}

/// The sale that unannounced goods come back from: what a request would have told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sale {
    /// Sales channel.
    pub channel: String,
    /// Customer segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_segment: Option<String>,
    /// Customer account.
    pub customer_account: String,
    /// Account to credit; the customer account if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill_to: Option<String>,
    /// Where the goods come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_from: Option<String>,
    /// Currency of the invoice.
    pub currency: Currency,
    /// Currency of the books; that of the invoice if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_currency: Option<Currency>,
    /// Exchange rate of the invoice: units of `base_currency` per unit of `currency`, above zero. 1/1, also between two currencies, is not
    /// told: a rate of exactly one is 1000000/1000000.
    #[serde(default)]
    pub fx_rate: Ratio,
    /// Lines, at least one: what of the goods is to be taken back.
    pub lines: Vec<ReturnLine>,
}
