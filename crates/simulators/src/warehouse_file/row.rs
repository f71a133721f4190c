//! A row of a receipt file, and a file's worth of them.

use jiff::Timestamp;

use crate::decimal::Decimal;
use crate::wms::fact::{Action, Condition, Liability};

/// What a row tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Receipt,
    Inspection,
    Reversal,
}

/// What was found and decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) condition: Condition,
    pub(super) action: Action,
    pub(super) liability: Liability,
}

/// One row. Import key and row number are its identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) kind: Kind,
    pub(super) import_key: String,
    pub(super) number: u32,
    pub(super) site: String,
    pub(super) rma: String,
    /// Absent when the article was not announced.
    pub(super) line: Option<u32>,
    pub(super) sku: String,
    pub(super) qty: Decimal,
    /// How much of it is inspected and decided.
    pub(super) confirmed: Decimal,
    pub(super) uom: String,
    pub(super) found: Option<Found>,
    pub(super) serials: Vec<String>,
    /// Of an inspection or reversal: the receipt it speaks of.
    pub(super) of: Option<String>,
    pub(super) at: Timestamp,
}

impl Row {
    /// `IMPORTKEY/ROW`.
    pub(super) fn id(&self) -> String {
        format!("{}/{}", self.import_key, self.number)
    }
}

/// What goes into one file, right or spoilt.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    pub(super) sequence: u64,
    pub(super) rows: Vec<Row>,
    /// Added to the hash total.
    pub(super) off_by: Decimal,
    /// Position of the row with an impossible condition.
    pub(super) spoilt: Option<usize>,
    pub(super) at: Timestamp,
}

impl Batch {
    pub(super) fn right(sequence: u64, rows: Vec<Row>, at: Timestamp) -> Self {
        Self {
            sequence,
            rows,
            off_by: Decimal::ZERO,
            spoilt: None,
            at,
        }
    }

    /// The hash total as it is written.
    pub(super) fn total(&self) -> Decimal {
        Decimal::sum(self.rows.iter().map(|row| row.qty)) + self.off_by
    }

    pub(super) fn is_spoilt(&self, position: usize) -> bool {
        self.spoilt == Some(position)
    }
}
