//! Which units of an invoice line a return holds.

use serde::{Deserialize, Serialize};

/// A half-open interval of units on an invoice line that a return reserves. Intervals of one line never overlap,
/// over all returns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRow {
    /// Invoice line: "entity|invoice|line".
    pub invoice_line: String,
    /// First unit (in the item's base unit, millionths).
    pub from: i64,
    /// One past the last unit.
    pub to: i64,
    /// Who reserves it.
    pub return_id: String,
    /// What that return says that the invoice line is, in words; empty if that is not known.
    pub facts: String,
}

impl ClaimRow {
    /// True if both are the same units of the same return, whatever it says of the invoice line.
    pub(crate) fn is(&self, other: &Self) -> bool {
        let units = |row: &Self| (row.from, row.to);
        units(self) == units(other)
            && self.return_id == other.return_id
            && self.invoice_line == other.invoice_line
    }
}
