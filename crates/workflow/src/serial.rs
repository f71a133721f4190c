//! Serial numbers: one piece each, of those that were shipped, and each only once, over all returns.

use canonical::receipt::{Receipt, ReceiptLine};
use canonical::{ExceptionCode, Qty};
use jiff::civil::Date;

use crate::buckets::Bucket;
use crate::claims;
use crate::facts::ReceivedLine;
use crate::park::Early;
use crate::receive::{raise, shift};
use crate::state::ReturnState;
use crate::step::Claim;
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
        } else if let Some(other) = elsewhere(work, &line.sku_scanned, serial) {
            let reason = format!(
                "serial number {serial} in receipt {} of site {} came already, with return {other}: \
                 look at both pieces; this one is on hold",
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

/// The other return whose live receipt brought that piece of the same shipment.
fn elsewhere(work: &Work<'_>, sku: &str, serial: &str) -> Option<String> {
    let ours = piece(&work.state, sku, serial);
    let is_theirs = |claim: &&Claim| {
        claim.invoice_line == ours.invoice_line
            && claim.return_id != ours.return_id
            && claim.from < ours.to
            && ours.from < claim.to
    };
    let theirs = work.given.claims.iter().find(is_theirs);
    theirs.map(|claim| claim.return_id.clone())
}

/// A piece as a claim. A piece that came back may be sold again and come back again: the day of its invoice tells its
/// shipments apart, and is the unit that is claimed.
fn piece(state: &ReturnState, sku: &str, serial: &str) -> Claim {
    let lines = state.lines.iter().filter(|line| line.is_item(sku));
    let dates = lines.filter_map(|line| line.line.invoice_ref.as_ref().map(|of| of.date));
    let day = dates.min().map_or(0, day_number);
    Claim {
        invoice_line: claims::piece(sku, serial),
        from: Qty::whole(day),
        to: Qty::whole(day + 1),
        return_id: state.header.return_id.clone(),
        facts: String::new(),
    }
}

/// Days since 1970.
fn day_number(date: Date) -> i32 {
    let days = date.duration_since(Date::constant(1970, 1, 1)).as_hours() / 24;
    i32::try_from(days).unwrap_or_default()
}

/// The pieces that live receipts of this return brought: no other return may have them.
pub(crate) fn held(state: &ReturnState) -> Vec<Claim> {
    let receipts = state.receipts.iter().filter(|receipt| !receipt.reversed);
    let lines = receipts.flat_map(|receipt| &receipt.lines);
    lines
        .flat_map(|line| {
            let serials = line.accepted_serials.iter();
            serials.map(|serial| piece(state, &line.sku, serial))
        })
        .collect()
}

/// Names of the pieces of a receipt.
pub(crate) fn pieces_of(receipt: &Receipt) -> impl Iterator<Item = String> + '_ {
    receipt.lines.iter().flat_map(|line| {
        let serials = line.serials.iter();
        serials.map(|serial| claims::piece(&line.sku_scanned, serial))
    })
}

impl ReturnState {
    /// Names of pieces that came before the return was authorised: whichever event lets them in.
    pub(crate) fn waiting_pieces(&self) -> Vec<String> {
        let receipts = self.early.iter().filter_map(|early| match early {
            Early::Receipt(receipt) => Some(receipt),
            _ => None,
        });
        receipts.flat_map(pieces_of).collect()
    }
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
