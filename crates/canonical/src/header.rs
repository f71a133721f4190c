//! The head of a return.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{HoldFlag, Lifecycle, ReturnType};
use crate::currency::Currency;
use crate::line::ReturnLine;
use crate::quantity::Ratio;

/// A reference of another system. (system, type, value) names one return only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExternalRef {
    /// The system.
    pub system: String,
    /// Kind of reference.
    #[serde(rename = "type")]
    pub kind: String,
    /// The reference.
    pub value: String,
}

/// Head of a return, as held by Backhaul. Statuses other than `lifecycle` are derived from quantities and effects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnHeader {
    /// Our id: a ULID, derived from the request that opened the return. Immutable.
    pub return_id: String,
    /// Number that is printed and scanned; unique per legal entity.
    pub rma_number: String,
    /// References of other systems.
    #[serde(default)]
    pub external_refs: Vec<ExternalRef>,
    /// Kind of return.
    pub return_type: ReturnType,
    /// Legal entity.
    pub legal_entity: String,
    /// Sales channel.
    pub channel: String,
    /// Customer segment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_segment: Option<String>,
    /// Customer account, as at the invoice.
    pub customer_account: String,
    /// Account that is credited.
    pub bill_to: String,
    /// Where the goods come from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ship_from: Option<String>,
    /// Currency of the invoice.
    pub currency: Currency,
    /// Currency of the legal entity's books.
    pub base_currency: Currency,
    /// Exchange rate of the invoice: units of the books' currency per unit of `currency`. 1/1 between two currencies: nobody has told it.
    #[serde(default)]
    pub fx_rate: Ratio,
    /// When the customer asked.
    pub requested_at: Timestamp,
    /// When it was allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorized_at: Option<Timestamp>,
    /// Until when goods may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// IANA zone of the customer's site.
    pub tz: String,
    /// Site that the goods go to.
    pub return_to_site: String,
    /// Where it is in its life.
    pub lifecycle: Lifecycle,
    /// Version of the policy it was authorised under.
    pub policy_version: String,
    /// Version of the crosswalks it was authorised under.
    #[serde(default)]
    pub crosswalk_version: String,
    /// On every message, log line and document of this return.
    pub correlation_id: String,
    /// What stops its money.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hold_flags: Vec<HoldFlag>,
}

/// A request to open a return, with the facts that go with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReturnRequest {
    /// System that the request comes from; with `request_id` it identifies the return for ever.
    pub system: String,
    /// The request in that system.
    pub request_id: String,
    /// RMA number, if the requesting system has given one; else it is derived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rma_number: Option<String>,
    /// Kind of return.
    pub return_type: ReturnType,
    /// Legal entity.
    pub legal_entity: String,
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
    /// When the customer asked.
    pub requested_at: Timestamp,
    /// IANA zone of the customer's site.
    #[serde(default = "utc")]
    pub tz: String,
    /// Site that the goods go to.
    pub return_to_site: String,
    /// Who asks (for four-eyes).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
    /// Further references.
    #[serde(default)]
    pub external_refs: Vec<ExternalRef>,
    /// Lines, at least one.
    pub lines: Vec<ReturnLine>,
}

fn utc() -> String {
    "UTC".to_owned()
}
