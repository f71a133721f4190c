//! What the daily proof asks of a return: what left in advance, what its suppliers said, what came in.

use canonical::event::SupplierAnswer;
use canonical::receipt::{Receipt, ReceiptLine};
use canonical::{EffectKey, Qty};
use jiff::Timestamp;

use crate::buckets::Bucket;
use crate::facts::{ReceiptRecord, ReceivedLine};
use crate::park::Early;
use crate::plan;
use crate::recovery;
use crate::state::{LineState, ReturnState};

/// A line of a receipt, as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameIn<'a> {
    /// Site of the receipt.
    pub site: &'a str,
    /// The warehouse's id of the receipt; with the site it names it for ever.
    pub receipt_id: &'a str,
    /// Id of the line within the receipt.
    pub line: &'a str,
    /// When the goods came; none if an older version wrote it.
    pub received_at: Option<Timestamp>,
    /// Item as scanned.
    pub sku: &'a str,
    /// Unit in which the warehouse counted.
    pub uom: &'a str,
    /// What stands of it after everything that was taken back: in base units of its line, or in `uom` when it belongs to
    /// none.
    pub qty: Qty,
    /// The return line that its goods went to; none if they belong to no line.
    pub line_no: Option<u32>,
    /// Serial numbers as told.
    pub serials: &'a [String],
    /// Lots as told.
    pub lots: &'a [String],
}

impl LineState {
    /// What is not back: expected, or given up, in base units.
    pub fn missing(&self) -> Qty {
        let out = [Bucket::Authorized, Bucket::InTransit, Bucket::Expired];
        self.buckets.sum(&out)
    }

    /// Base units of a quantity that a partner counted in `uom`. `None` if there is no exact conversion.
    pub fn to_base(&self, qty: Qty, uom: &str) -> Option<Qty> {
        plan::to_base(&self.line, qty, uom)
    }
}

impl ReturnState {
    /// The effect by which the advance left: its credit memo, or its first replacement order. None if nothing was credited or
    /// replaced in advance, or not yet.
    pub fn advance_effect(&self) -> Option<EffectKey> {
        recovery::advance_key(self)
    }

    /// What suppliers answered, in the order in which they were heard.
    pub fn supplier_answers(&self) -> &[SupplierAnswer] {
        &self.supplier_answers
    }

    /// Lines of all receipts, those that were taken back as a whole with nothing left in them. Receipts that wait for the
    /// return to be decided on are among them.
    pub fn came_in(&self) -> impl Iterator<Item = CameIn<'_>> {
        let receipts = self.receipts.iter();
        let taken =
            receipts.flat_map(|receipt| receipt.lines.iter().map(|line| came_in(receipt, line)));
        let early = self.early.iter().filter_map(|early| match early {
            Early::Receipt(receipt) => Some(receipt),
            _ => None,
        });
        let waiting =
            early.flat_map(|receipt| receipt.lines.iter().map(|line| waits(receipt, line)));
        taken.chain(waiting)
    }
}

fn waits<'a>(receipt: &'a Receipt, line: &'a ReceiptLine) -> CameIn<'a> {
    CameIn {
        site: &receipt.site,
        receipt_id: &receipt.receipt_id,
        line: &line.receipt_line_id,
        received_at: Some(receipt.received_at),
        sku: &line.sku_scanned,
        uom: &line.uom,
        qty: line.qty,
        line_no: None,
        serials: &line.serials,
        lots: &line.lots,
    }
}

fn came_in<'a>(receipt: &'a ReceiptRecord, line: &'a ReceivedLine) -> CameIn<'a> {
    let qty = if receipt.reversed {
        Qty::ZERO
    } else if line.parts.is_empty() {
        line.stray()
    } else {
        line.placed()
    };
    CameIn {
        site: &receipt.site,
        receipt_id: &receipt.id,
        line: &line.id,
        received_at: receipt.received_at,
        sku: &line.sku,
        uom: &line.uom,
        qty,
        line_no: line.parts.first().map(|part| part.line_no),
        serials: &line.serials,
        lots: &line.lots,
    }
}
