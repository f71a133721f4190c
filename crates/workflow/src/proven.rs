//! What the daily proof asks of a return: what came, what left in advance, and what its suppliers said.

use canonical::event::SupplierAnswer;
use canonical::{EffectKey, Qty};
use jiff::Timestamp;
use serde::Serialize;

use crate::buckets::Bucket;
use crate::facts::{ReceiptRecord, ReceivedLine};
use crate::recovery;
use crate::state::{LineState, ReturnState};

/// A receipt as the return knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownReceipt {
    /// Connector instance that told of it first; empty if an older version wrote it.
    pub connector: String,
    /// Where the goods came.
    pub site: String,
    /// The sender's id of the receipt, unique within the site.
    pub receipt_id: String,
    /// When the goods came; none if only its reversal was heard of.
    pub received_at: Option<Timestamp>,
    /// Taken back as a whole.
    pub reversed: bool,
    /// Ids of reversals that took a part of it back, or wait to do so.
    pub reversals: Vec<String>,
    /// What came, as it was told; what was taken back later is still in it.
    pub lines: Vec<KnownLine>,
}

/// A line of a receipt as the return knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownLine {
    /// Id within the receipt.
    pub line: String,
    /// Item as scanned.
    pub sku: String,
    /// How many, in `uom`.
    pub qty: Qty,
    /// Unit.
    pub uom: String,
    /// Serial numbers.
    pub serials: Vec<String>,
    /// Lots.
    pub lots: Vec<String>,
}

impl KnownReceipt {
    fn of(record: &ReceiptRecord) -> Self {
        let waiting = record.waiting.iter().map(|waiting| &waiting.reversal_id);
        Self {
            connector: record.connector.clone(),
            site: record.site.clone(),
            receipt_id: record.id.clone(),
            received_at: record.received_at,
            reversed: record.reversed,
            reversals: record.taken_back.iter().chain(waiting).cloned().collect(),
            lines: record.lines.iter().map(KnownLine::of).collect(),
        }
    }
}

impl KnownLine {
    fn of(line: &ReceivedLine) -> Self {
        Self {
            line: line.id.clone(),
            sku: line.sku.clone(),
            qty: line.qty,
            uom: line.uom.clone(),
            serials: line.serials.clone(),
            lots: line.lots.clone(),
        }
    }
}

impl LineState {
    /// What is not back: expected, or given up, in base units.
    pub fn missing(&self) -> Qty {
        let out = [Bucket::Authorized, Bucket::InTransit, Bucket::Expired];
        self.buckets.sum(&out)
    }
}

impl ReturnState {
    /// What came, in the order in which it was heard.
    pub fn receipts(&self) -> Vec<KnownReceipt> {
        self.receipts.iter().map(KnownReceipt::of).collect()
    }

    /// The effect by which the advance left: its credit memo, or its first replacement order. None if nothing was credited or
    /// replaced in advance, or not yet.
    pub fn advance_effect(&self) -> Option<EffectKey> {
        recovery::advance_key(self)
    }

    /// What suppliers answered, in the order in which they were heard.
    pub fn supplier_answers(&self) -> &[SupplierAnswer] {
        &self.supplier_answers
    }
}
