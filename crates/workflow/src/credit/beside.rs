//! What other credits of a return did already, for what is credited once: its freight and its label.

use canonical::Qty;
use serde::{Deserialize, Serialize};

/// Units of an invoice line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineUnits {
    /// "ENTITY|INVOICE|LINE".
    pub invoice_line: String,
    /// First unit.
    pub from: Qty,
    /// One past the last unit.
    pub to: Qty,
}

/// What the other credits of the return stand for. The default: there are none.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// One of them charges the return label.
    #[serde(default, skip_serializing_if = "crate::state::is_false")]
    pub label: bool,
    /// Units that they credit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub credited: Vec<LineUnits>,
    /// Of these, units whose freight is credited when everything came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting: Vec<LineUnits>,
    /// Units whose freight was credited because everything came back. It is not credited again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paid: Vec<LineUnits>,
}

/// What a calculation is told of the others, and what of it they must be told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What it was told.
    #[serde(default)]
    pub(crate) beside: Beside,
    /// It charges the return label.
    #[serde(default, skip_serializing_if = "crate::state::is_false")]
    pub(crate) label: bool,
    /// Units whose freight it credits because everything came back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) paid: Vec<LineUnits>,
}

impl Carried {
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The intervals on one invoice line.
pub(super) fn of_line(units: &[LineUnits], invoice_line: &str) -> Vec<(Qty, Qty)> {
    let units = units.iter().filter(|it| it.invoice_line == invoice_line);
    units.map(|it| (it.from, it.to)).collect()
}
