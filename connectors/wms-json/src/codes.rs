//! The lists of the partner's codes.

use canonical::{Condition, DispositionAction, InspectionResult, Liability, Reason, ReturnType};
use connector::InForce;
use connector::codes::{List, Lists, OptionalList};

use crate::config::Tables;
use crate::failures;

/// Every list.
#[derive(Debug, Clone)]
pub(crate) struct Codes {
    pub(crate) reason: List<Reason>,
    pub(crate) return_type: List<ReturnType>,
    pub(crate) condition: List<Condition>,
    pub(crate) result: List<InspectionResult>,
    pub(crate) disposition: List<DispositionAction>,
    pub(crate) liability: List<Liability>,
    pub(crate) uom: List<String>,
    pub(crate) sku: OptionalList,
}

impl Codes {
    /// Makes the lists. Whatever is wrong in the tables is added to `wrong`, as (option, sentence).
    pub(crate) fn new(
        tables: &Tables,
        published: &InForce,
        wrong: &mut Vec<(String, String)>,
    ) -> Self {
        let mut lists = Lists {
            partner: "partner",
            unmapped: failures::UNMAPPED_CODE,
            published,
            wrong,
        };
        Self {
            reason: lists.list("reason", &tables.reason, Reason::ALL),
            return_type: lists.list("return_type", &tables.return_type, ReturnType::ALL),
            condition: lists.list("condition", &tables.condition, Condition::ALL),
            result: lists.list("result", &tables.result, InspectionResult::ALL),
            disposition: lists.list("disposition", &tables.disposition, DispositionAction::ALL),
            liability: lists.list("liability", &tables.liability, Liability::ALL),
            uom: lists.units(&tables.uom),
            sku: lists.optional("sku", &tables.sku),
        }
    }
}
