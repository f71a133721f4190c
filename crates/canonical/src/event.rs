//! Canonical events: facts that change a return.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::approval::ApprovalDecided;
use crate::codes::{HoldFlag, Reason};
use crate::disposition::Disposition;
use crate::effect::EffectReport;
use crate::header::ReturnRequest;
use crate::identification::Identification;
use crate::ids::ReturnName;
use crate::inspection::Inspection;
use crate::key::MessageKey;
use crate::line::ReturnLine;
use crate::money::Money;
use crate::quantity::Qty;
use crate::receipt::{Receipt, ReceiptReversal, Snapshot};

/// A fact, before it is put into its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Recognises the fact, whichever way and however often it comes.
    pub key: MessageKey,
    /// The return it speaks of.
    pub subject: ReturnName,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened.
    pub data: EventData,
}

/// The customer, or an operator, withdraws a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CancelRequest {
    /// Id of the request in the asking system.
    pub request_id: String,
    /// Who.
    pub requested_by: String,
    /// Why.
    pub reason: String,
}

/// The customer, or an operator, wants a return changed that is not authorised yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AmendRequest {
    /// Id of the request in the asking system.
    pub request_id: String,
    /// Who.
    pub requested_by: String,
    /// Why.
    pub reason: String,
    /// What is to change; lines that are not named stay as they are.
    #[serde(default)]
    pub lines: Vec<LineAmendment>,
    /// Lines that the return has not yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<ReturnLine>,
}

/// What a line of a return is to become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LineAmendment {
    /// Line of the return.
    pub line_no: u32,
    /// Quantity that is asked for now, in the unit of the line; as it was if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty_requested: Option<Qty>,
    /// Why it comes back; as it was if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

/// The goods are on their way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GoodsInTransit {
    /// Carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// Tracking number.
    pub tracking_no: String,
    /// Since.
    pub shipped_at: Timestamp,
}

/// Something begins or ends to stop the return's money, whatever happens to its goods meanwhile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HoldChange {
    /// What stops it.
    pub flag: HoldFlag,
    /// True: it stops the money from now on. False: it does so no more.
    pub held: bool,
    /// When it was decided: of two changes of one flag the later one counts, whichever is told first.
    pub changed_at: Timestamp,
    /// Who.
    pub changed_by: String,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// A credit memo that is posted is to be taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CreditReversalRequest {
    /// Id of the request in the asking system.
    pub request_id: String,
    /// The memo: its number in the ERP, or its effect key.
    pub memo: String,
    /// True: its units are credited anew by what is known of them then. False: only once they are inspected or disposed
    /// anew.
    #[serde(default)]
    pub credit_again: bool,
    /// Who.
    pub requested_by: String,
    /// Why.
    pub reason: String,
}

/// What a timer is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TimerKind {
    /// The authorisation runs out.
    Expiry,
    /// An early inspection or disposition waited long enough for its receipt.
    OrphanWait,
    /// An approval was not decided in time.
    ApprovalSla,
    /// Goods that came were not inspected in time.
    InspectionWait,
    /// The tax engine was not heard in time.
    TaxQuote,
    /// Goods that were credited or replaced in advance are due.
    AdvanceDue,
    /// Nobody has found out in time whose unannounced goods are.
    IdentifySla,
}

/// A timer rang.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TimerFired {
    /// What for.
    pub kind: TimerKind,
    /// Of what (approval id, inspection id; empty for the return).
    #[serde(default)]
    pub of: String,
    /// When it was due.
    pub due_at: Timestamp,
}

/// A supplier answered about goods that go back to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupplierAnswer {
    /// Return line; every line of that supplier if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line_no: Option<u32>,
    /// Supplier.
    pub supplier: String,
    /// The supplier's RMA number, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supplier_rma: Option<String>,
    /// Number of the supplier's credit, if it gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// What it credits, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// For how many base units, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub qty: Option<Qty>,
    /// When it answered.
    pub answered_at: Timestamp,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventData {
    /// A return is asked for.
    ReturnRequested(Box<ReturnRequest>),
    /// A return is withdrawn.
    CancelRequested(CancelRequest),
    /// A return is to be changed before it is authorised.
    AmendRequested(AmendRequest),
    /// Somebody found out whose unannounced goods are, or that nobody can.
    GoodsIdentified(Box<Identification>),
    /// Goods are on their way.
    GoodsInTransit(GoodsInTransit),
    /// Goods arrived.
    ReceiptRecorded(Receipt),
    /// A receipt is taken back.
    ReceiptReversed(ReceiptReversal),
    /// Goods were inspected.
    InspectionFinalized(Inspection),
    /// It was decided what to do with goods.
    DispositionDecided(Disposition),
    /// A hold is set or lifted.
    HoldChanged(HoldChange),
    /// A credit is to be taken back.
    CreditReversalRequested(CreditReversalRequest),
    /// The whole state in a warehouse's system.
    SnapshotReported(Snapshot),
    /// Somebody approved or rejected.
    ApprovalDecided(ApprovalDecided),
    /// The outcome of an effect is known.
    EffectSettled(EffectReport),
    /// A timer rang.
    TimerFired(TimerFired),
    /// A supplier answered: by its RMA number, or by a credit.
    SupplierAnswered(SupplierAnswer),
}

impl EventData {
    /// CloudEvents type, with the version of the data.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::ReturnRequested(_) => "backhaul.return.requested.v1",
            Self::CancelRequested(_) => "backhaul.return.cancel-requested.v1",
            Self::AmendRequested(_) => "backhaul.return.amend-requested.v1",
            Self::GoodsIdentified(_) => "backhaul.return.identified.v1",
            Self::GoodsInTransit(_) => "backhaul.goods.in-transit.v1",
            Self::ReceiptRecorded(_) => "backhaul.receipt.recorded.v1",
            Self::ReceiptReversed(_) => "backhaul.receipt.reversed.v1",
            Self::InspectionFinalized(_) => "backhaul.inspection.finalized.v1",
            Self::DispositionDecided(_) => "backhaul.disposition.decided.v1",
            Self::HoldChanged(_) => "backhaul.return.hold-changed.v1",
            Self::CreditReversalRequested(_) => "backhaul.credit.reversal-requested.v1",
            Self::SnapshotReported(_) => "backhaul.snapshot.reported.v1",
            Self::ApprovalDecided(_) => "backhaul.approval.decided.v1",
            Self::EffectSettled(_) => "backhaul.effect.settled.v1",
            Self::TimerFired(_) => "backhaul.timer.fired.v1",
            Self::SupplierAnswered(_) => "backhaul.supplier.answered.v1",
        }
    }

    /// Every type, for routing tables and schemas.
    pub const TYPES: &'static [&'static str] = &[
        "backhaul.return.requested.v1",
        "backhaul.return.cancel-requested.v1",
        "backhaul.return.amend-requested.v1",
        "backhaul.return.identified.v1",
        "backhaul.goods.in-transit.v1",
        "backhaul.receipt.recorded.v1",
        "backhaul.receipt.reversed.v1",
        "backhaul.inspection.finalized.v1",
        "backhaul.disposition.decided.v1",
        "backhaul.return.hold-changed.v1",
        "backhaul.credit.reversal-requested.v1",
        "backhaul.snapshot.reported.v1",
        "backhaul.approval.decided.v1",
        "backhaul.effect.settled.v1",
        "backhaul.timer.fired.v1",
        "backhaul.supplier.answered.v1",
    ];

    /// Writes the data alone.
    pub fn to_json(&self) -> Result<Box<serde_json::value::RawValue>, serde_json::Error> {
        use serde_json::value::to_raw_value as raw;
        match self {
            Self::ReturnRequested(d) => raw(d),
            Self::CancelRequested(d) => raw(d),
            Self::AmendRequested(d) => raw(d),
            Self::GoodsIdentified(d) => raw(d),
            Self::GoodsInTransit(d) => raw(d),
            Self::ReceiptRecorded(d) => raw(d),
            Self::ReceiptReversed(d) => raw(d),
            Self::InspectionFinalized(d) => raw(d),
            Self::DispositionDecided(d) => raw(d),
            Self::HoldChanged(d) => raw(d),
            Self::CreditReversalRequested(d) => raw(d),
            Self::SnapshotReported(d) => raw(d),
            Self::ApprovalDecided(d) => raw(d),
            Self::EffectSettled(d) => raw(d),
            Self::TimerFired(d) => raw(d),
            Self::SupplierAnswered(d) => raw(d),
        }
    }

    /// Reads the data of that type. `None` for a type that is not known.
    pub fn from_json(type_name: &str, json: &str) -> Option<Result<Self, serde_json::Error>> {
        use serde_json::from_str as read;
        Some(match type_name {
            "backhaul.return.requested.v1" => read(json).map(Self::ReturnRequested),
            "backhaul.return.cancel-requested.v1" => read(json).map(Self::CancelRequested),
            "backhaul.return.amend-requested.v1" => read(json).map(Self::AmendRequested),
            "backhaul.return.identified.v1" => read(json).map(Self::GoodsIdentified),
            "backhaul.goods.in-transit.v1" => read(json).map(Self::GoodsInTransit),
            "backhaul.receipt.recorded.v1" => read(json).map(Self::ReceiptRecorded),
            "backhaul.receipt.reversed.v1" => read(json).map(Self::ReceiptReversed),
            "backhaul.inspection.finalized.v1" => read(json).map(Self::InspectionFinalized),
            "backhaul.disposition.decided.v1" => read(json).map(Self::DispositionDecided),
            "backhaul.return.hold-changed.v1" => read(json).map(Self::HoldChanged),
            "backhaul.credit.reversal-requested.v1" => {
                read(json).map(Self::CreditReversalRequested)
            }
            "backhaul.snapshot.reported.v1" => read(json).map(Self::SnapshotReported),
            "backhaul.approval.decided.v1" => read(json).map(Self::ApprovalDecided),
            "backhaul.effect.settled.v1" => read(json).map(Self::EffectSettled),
            "backhaul.timer.fired.v1" => read(json).map(Self::TimerFired),
            "backhaul.supplier.answered.v1" => read(json).map(Self::SupplierAnswered),
            _ => return None,
        })
    }
}
