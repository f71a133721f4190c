//! Status events: what the outside may know of a return.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::codes::{
    BusinessCode, CompensationStatus, InspectionStatus, Lifecycle, LogisticsStatus,
};
use crate::money::Money;
use crate::quantity::Qty;

/// A milestone of a return, published to the status exchange. Consumers recognise doubles by `event_id` and order by
/// `seq`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusEvent {
    /// Id: return id and `seq`.
    pub event_id: String,
    /// When.
    pub occurred_at: Timestamp,
    /// Return.
    pub return_id: String,
    /// RMA number.
    pub rma_number: String,
    /// Number within the return, from 1, gapless.
    pub seq: u64,
    /// Business status code.
    pub business_code: BusinessCode,
    /// Lifecycle.
    pub lifecycle: Lifecycle,
    /// Logistics axis.
    pub logistics_status: LogisticsStatus,
    /// Inspection axis.
    pub inspection_status: InspectionStatus,
    /// Compensation axis.
    pub compensation_status: CompensationStatus,
    /// Quantities in base units, by bucket, over all lines.
    pub quantities: BTreeMap<String, Qty>,
    /// Amounts by name (credited, calculated).
    pub amounts: BTreeMap<String, Money>,
    /// What should be known besides ("PERIOD_SHIFT …"), one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// Correlation id.
    pub correlation_id: String,
    /// Event that caused it.
    pub causation_id: String,
}
