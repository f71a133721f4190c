//! What happens to a return in a warehouse, fact by fact.

use serde::Serialize;

use crate::decimal::Decimal;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) kind: Kind,
    /// Which receipt of the return it belongs to: 1, 2 …
    pub(super) receipt: u32,
    pub(super) lines: Vec<FactLine>,
}

/// What sort of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Receipt,
    Inspection,
    Disposition,
    Reversal,
}

impl Kind {
    pub(super) fn event_type(self) -> &'static str {
        match self {
            Self::Receipt => "receipt.created",
            Self::Inspection => "inspection.finalized",
            Self::Disposition => "disposition.decided",
            Self::Reversal => "receipt.reversed",
        }
    }
}

/// A quantity of one article, with what was found and decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FactLine {
    /// Absent when the article was not announced.
    pub(super) line: Option<u32>,
    pub(super) sku: String,
    pub(super) qty: Decimal,
    pub(super) uom: String,
    pub(super) serials: Vec<String>,
    pub(super) condition: Condition,
    pub(super) action: Action,
    pub(super) liability: Liability,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Condition {
    Sealed,
    Opened,
    Damaged,
    Defective,
    WrongItem,
}

impl Condition {
    /// What inspection says of it.
    pub(super) fn result(self) -> &'static str {
        match self {
            Self::Sealed | Self::Opened => "pass",
            Self::WrongItem => "conditional",
            Self::Damaged | Self::Defective => "fail",
        }
    }

    pub(super) fn findings(self) -> &'static str {
        match self {
            Self::Sealed => "as shipped",
            Self::Opened => "carton opened, complete",
            Self::Damaged => "crushed carton",
            Self::Defective => "does not start",
            Self::WrongItem => "not the announced article",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Action {
    Restock,
    Scrap,
    Quarantine,
    ReturnToVendor,
}

impl Action {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Restock => "restock",
            Self::Scrap => "scrap",
            Self::Quarantine => "quarantine",
            Self::ReturnToVendor => "return-to-vendor",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Liability {
    Undetermined,
    Customer,
    Carrier,
    Supplier,
}
