//! JSON Schemas of everything that travels, made from the types.

use schemars::{JsonSchema, Schema, schema_for};

use crate::approval::{Approval, ApprovalDecided};
use crate::calculation::Calculation;
use crate::command::Command;
use crate::crosswalk::CrosswalkEntry;
use crate::disposition::Disposition;
use crate::effect::EffectReport;
use crate::event::{
    AmendRequest, CancelRequest, CreditReversalRequest, GoodsInTransit, HoldChange, SupplierAnswer,
    TimerFired,
};
use crate::exception::Exception;
use crate::header::{ReturnHeader, ReturnRequest};
use crate::identification::Identification;
use crate::inspection::Inspection;
use crate::line::ReturnLine;
use crate::receipt::{Receipt, ReceiptReversal, Snapshot};
use crate::status::StatusEvent;

/// Every schema: file name without extension, and the schema.
pub fn all() -> Vec<(&'static str, Schema)> {
    vec![
        named::<ReturnRequest>("return.requested.v1"),
        named::<CancelRequest>("return.cancel-requested.v1"),
        named::<AmendRequest>("return.amend-requested.v1"),
        named::<Identification>("return.identified.v1"),
        named::<GoodsInTransit>("goods.in-transit.v1"),
        named::<Receipt>("receipt.recorded.v1"),
        named::<ReceiptReversal>("receipt.reversed.v1"),
        named::<Inspection>("inspection.finalized.v1"),
        named::<Disposition>("disposition.decided.v1"),
        named::<HoldChange>("return.hold-changed.v1"),
        named::<CreditReversalRequest>("credit.reversal-requested.v1"),
        named::<Snapshot>("snapshot.reported.v1"),
        named::<ApprovalDecided>("approval.decided.v1"),
        named::<EffectReport>("effect.settled.v1"),
        named::<TimerFired>("timer.fired.v1"),
        named::<SupplierAnswer>("supplier.answered.v1"),
        named::<Command>("command.v1"),
        named::<StatusEvent>("status.v1"),
        named::<Exception>("exception.v1"),
        named::<ReturnHeader>("return-header.v1"),
        named::<ReturnLine>("return-line.v1"),
        named::<Calculation>("credit-calculation.v1"),
        named::<Approval>("approval.v1"),
        named::<CrosswalkEntry>("crosswalk-entry.v1"),
    ]
}

fn named<T: JsonSchema>(name: &'static str) -> (&'static str, Schema) {
    (name, schema_for!(T))
}
