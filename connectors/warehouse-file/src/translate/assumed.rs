//! What is assumed of goods when a row says what is done with them, and not what they are like.

use canonical::{Condition, DispositionAction, InspectionResult};

/// Result and condition that go with an action.
pub(super) const fn of(action: DispositionAction) -> (InspectionResult, Condition) {
    match action {
        DispositionAction::Restock | DispositionAction::ReplaceRestock => {
            (InspectionResult::Pass, Condition::BOpened)
        }
        DispositionAction::Missing => (InspectionResult::Fail, Condition::XEmpty),
        DispositionAction::Quarantine => (InspectionResult::Untestable, Condition::CUsed),
        DispositionAction::Refurbish
        | DispositionAction::RepairReturn
        | DispositionAction::ReturnToVendor => (InspectionResult::Fail, Condition::EDefective),
        DispositionAction::Salvage
        | DispositionAction::Donate
        | DispositionAction::ReturnToCustomer => (InspectionResult::Fail, Condition::CUsed),
        DispositionAction::Scrap | DispositionAction::ReplaceScrap | DispositionAction::Keep => {
            (InspectionResult::Fail, Condition::DDamaged)
        }
    }
}
