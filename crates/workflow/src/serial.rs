//! Serial numbers: one piece each, of those that were shipped, and each only once.

use canonical::receipt::{Receipt, ReceiptLine};
use canonical::{ExceptionCode, Qty};

use crate::buckets::Bucket;
use crate::facts::ReceivedLine;
use crate::receive::{raise, shift};
use crate::work::Work;

/// Sorts the pieces of a received line by their serial numbers. Pieces without a number, with a number that was not
/// shipped or that came already are held; gives the quantity that may go on.
pub(crate) fn sift(
    work: &mut Work<'_>,
    receipt: &Receipt,
    line: &ReceiptLine,
    base: Qty,
    candidates: &[usize],
    received: &mut ReceivedLine,
) -> Qty {
    let mut accepted: Vec<String> = Vec::new();
    for serial in &line.serials {
        if accepted.contains(serial) || is_live(work, serial) {
            let reason = format!(
                "serial number {serial} in receipt {} of site {} came already: look at both pieces; this one is on hold",
                receipt.receipt_id, receipt.site
            );
            raise(work, ExceptionCode::SerialDuplicate, receipt, line, reason);
        } else if !was_shipped(work, candidates, serial) {
            let reason = format!(
                "serial number {serial} in receipt {} of site {} was not shipped on this order: \
                 find out where it comes from; the piece is on hold",
                receipt.receipt_id, receipt.site
            );
            raise(work, ExceptionCode::SerialMismatch, receipt, line, reason);
        } else {
            accepted.push(serial.clone());
        }
    }
    if !base.is_whole() || pieces(line.serials.len()) != base {
        let reason = format!(
            "receipt {} of site {} has {base} pieces of item {} but {} serial numbers: \
             ask the warehouse for one number a piece; the others are on hold",
            receipt.receipt_id,
            receipt.site,
            line.sku_scanned,
            line.serials.len()
        );
        raise(work, ExceptionCode::SerialMismatch, receipt, line, reason);
    }
    let good = pieces(accepted.len()).min(base);
    received.accepted_serials = accepted;
    if let Some(index) = candidates.first() {
        let held = (Bucket::Outside, Bucket::UnmatchedHold);
        shift(
            work,
            *index,
            held,
            base.minus_floor(good),
            &mut received.parts,
        );
    }
    good
}

fn pieces(count: usize) -> Qty {
    Qty::whole(i32::try_from(count).unwrap_or(i32::MAX))
}

/// True if a live receipt of this return brought it.
fn is_live(work: &Work<'_>, serial: &String) -> bool {
    work.state
        .receipts
        .iter()
        .filter(|receipt| !receipt.reversed)
        .flat_map(|receipt| &receipt.lines)
        .any(|line| line.accepted_serials.contains(serial))
}

/// True if it was shipped, or if nobody said what was.
fn was_shipped(work: &Work<'_>, candidates: &[usize], serial: &String) -> bool {
    candidates
        .iter()
        .filter_map(|index| work.state.lines.get(*index))
        .any(|line| {
            line.line.expected_serials.is_empty() || line.line.expected_serials.contains(serial)
        })
}
