//! What happens to a return in a warehouse, fact by fact.

use serde::Serialize;

use crate::decimal::Decimal;

/// One fact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) kind: Kind,
    /// Which receipt of the return it belongs to: 1, 2 …
    pub(crate) receipt: u32,
    pub(crate) lines: Vec<FactLine>,
}

/// What sort of fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Receipt,
    Inspection,
    Disposition,
    Reversal,
}

impl Kind {
    pub(crate) fn event_type(self) -> &'static str {
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
pub(crate) struct FactLine {
    /// Absent when the article was not announced.
    pub(crate) line: Option<u32>,
    pub(crate) sku: String,
    pub(crate) qty: Decimal,
    pub(crate) uom: String,
    pub(crate) serials: Vec<String>,
    pub(crate) condition: Condition,
    pub(crate) action: Action,
    pub(crate) liability: Liability,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Condition {
    Sealed,
    Opened,
    Damaged,
    Defective,
    WrongItem,
}

impl Condition {
    /// What inspection says of it.
    pub(crate) fn result(self) -> &'static str {
        match self {
            Self::Sealed | Self::Opened => "pass",
            Self::WrongItem => "conditional",
            Self::Damaged | Self::Defective => "fail",
        }
    }

    pub(crate) fn findings(self) -> &'static str {
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
pub(crate) enum Action {
    Restock,
    Scrap,
    Quarantine,
    ReturnToVendor,
}

impl Action {
    pub(crate) fn word(self) -> &'static str {
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
pub(crate) enum Liability {
    Undetermined,
    Customer,
    Carrier,
    Supplier,
}
