//! Goods arrive: each receipt line counts once, and every piece goes to a bucket, whatever it is.

use canonical::exception::Severity;
use canonical::receipt::{Receipt, ReceiptLine};
use canonical::{BusinessCode, ExceptionCode, Lifecycle, Qty, TrackingMode};
use jiff::{SignedDuration, Timestamp};

use crate::buckets::Bucket;
use crate::facts::{Part, ReceiptRecord, ReceivedLine};
use crate::late;
use crate::milestone;
use crate::park::Early;
use crate::plan::to_base;
use crate::reservation;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{booking, reverse};

/// Takes a receipt in. Its lines are recognised by (site, receipt, line), whichever message told them.
pub(crate) fn record(work: &mut Work<'_>, receipt: &Receipt) -> Verdict {
    if !work.state.takes_goods() {
        let early = Early::Receipt(receipt.clone());
        return crate::apply::keep_early(work, early);
    }
    let index = receipt_index(work, receipt);
    let mut news = false;
    let mut seen = Arrival::default();
    for line in &receipt.lines {
        let Some(record) = work.state.receipts.get(index) else {
            continue;
        };
        if let Some(known) = record
            .lines
            .iter()
            .find(|known| known.id == line.receipt_line_id)
        {
            if !is_same(known, line) {
                conflict(work, receipt, line);
            }
            continue;
        }
        if !line.qty.is_positive() {
            refuse_quantity(work, receipt, line);
            continue;
        }
        let received = if record.reversed {
            told(line)
        } else {
            place(work, receipt, line, &mut seen)
        };
        news = true;
        booking::goods_in(work, receipt, &received);
        if let Some(record) = work.state.receipts.get_mut(index) {
            record.lines.push(received);
        }
    }
    if !news {
        return Verdict::Duplicate;
    }
    seen.publish(work);
    reverse::catch_up(work, index);
    Verdict::Applied
}

fn receipt_index(work: &mut Work<'_>, receipt: &Receipt) -> usize {
    let receipts = &mut work.state.receipts;
    let known = receipts
        .iter()
        .position(|record| record.site == receipt.site && record.id == receipt.receipt_id);
    known.unwrap_or_else(|| {
        receipts.push(ReceiptRecord {
            connector: receipt.source.adapter.clone(),
            site: receipt.site.clone(),
            id: receipt.receipt_id.clone(),
            received_at: Some(receipt.received_at),
            lines: Vec::new(),
            reversed: false,
            taken_back: Vec::new(),
            waiting: Vec::new(),
        });
        receipts.len() - 1
    })
}

fn told(line: &ReceiptLine) -> ReceivedLine {
    ReceivedLine {
        id: line.receipt_line_id.clone(),
        sku: line.sku_scanned.clone(),
        qty: line.qty,
        uom: line.uom.clone(),
        serials: line.serials.clone(),
        lots: line.lots.clone(),
        accepted_serials: Vec::new(),
        parts: Vec::new(),
        gone: Qty::ZERO,
        late: false,
    }
}

fn is_same(known: &ReceivedLine, line: &ReceiptLine) -> bool {
    known.sku == line.sku_scanned
        && known.qty == line.qty
        && known.uom == line.uom
        && known.serials == line.serials
}

/// What a receipt brought, for the milestones that follow.
#[derive(Debug, Default)]
struct Arrival {
    accepted: bool,
    held: bool,
    late: bool,
}

impl Arrival {
    fn publish(&self, work: &mut Work<'_>) {
        let came = self.accepted || self.held || self.late;
        let lifecycle = work.state.header.lifecycle;
        let was_authorized = work.state.header.authorized_at.is_some();
        if came && was_authorized && lifecycle != Lifecycle::InProgress {
            work.enter(Lifecycle::InProgress);
        }
        if self.late {
            late::hold(work);
        }
        if self.accepted {
            // goods that came in time may be told after the reservations were given back
            reservation::retake(work);
            let code = milestone::arrived(&work.state);
            work.milestone(code);
        }
        if self.held {
            work.milestone(BusinessCode::R320);
        }
    }
}

/// Puts the goods of a line where they belong.
fn place(
    work: &mut Work<'_>,
    receipt: &Receipt,
    line: &ReceiptLine,
    seen: &mut Arrival,
) -> ReceivedLine {
    let mut received = told(line);
    let candidates = if work.state.header.authorized_at.is_none() {
        Vec::new()
    } else {
        work.state.candidates(line.line_no, &line.sku_scanned)
    };
    let first = candidates
        .first()
        .and_then(|index| work.state.lines.get(*index));
    let Some(first) = first else {
        seen.held = true;
        unmatched(work, receipt, line);
        return received;
    };
    let Some(base) = to_base(&first.line, line.qty, &line.uom) else {
        let reason = format!(
            "receipt {} of site {}: {} {} of item {} is not an exact quantity of base units; the goods are held apart: \
             correct the unit in the warehouse's crosswalk, have the receipt reversed and told again",
            receipt.receipt_id, receipt.site, line.qty, line.uom, line.sku_scanned
        );
        raise(work, ExceptionCode::UomInexact, receipt, line, reason);
        seen.held = true;
        return received;
    };
    let good = if first.line.tracking_mode == TrackingMode::Serial {
        crate::serial::sift(work, receipt, line, base, &candidates, &mut received)
    } else {
        base
    };
    seen.held |= good < base;
    let is_late = is_late(work, receipt.received_at);
    received.late = is_late;
    let mut rest = good;
    for index in &candidates {
        rest = rest.minus_floor(expected(work, *index, rest, is_late, &mut received.parts));
    }
    for index in &candidates {
        rest = rest.minus_floor(tolerated(work, *index, rest, is_late, &mut received.parts));
    }
    if rest < good {
        seen.late |= is_late;
        seen.accepted |= !is_late;
    }
    if rest.is_positive() {
        over(
            work,
            receipt,
            line,
            candidates.first().copied(),
            rest,
            &mut received.parts,
        );
        seen.held = true;
    }
    received
}

/// Takes what the line expects, including what expired meanwhile: lateness is judged by when the goods arrived, not by
/// when the message did.
fn expected(
    work: &mut Work<'_>,
    index: usize,
    wanted: Qty,
    is_late: bool,
    parts: &mut Vec<Part>,
) -> Qty {
    let to = if is_late {
        Bucket::Received
    } else {
        Bucket::PendingInspection
    };
    let sources = [
        Bucket::InTransit,
        Bucket::Authorized,
        Bucket::Expired,
        Bucket::Cancelled,
    ];
    let mut taken = Qty::ZERO;
    for from in sources {
        taken = sum(
            taken,
            shift(work, index, (from, to), wanted.minus_floor(taken), parts),
        );
    }
    taken
}

/// Takes what the policy tolerates on top. It goes into stock like the rest, but no invoice unit is reserved for it, so
/// nothing is credited for it.
fn tolerated(
    work: &mut Work<'_>,
    index: usize,
    wanted: Qty,
    is_late: bool,
    parts: &mut Vec<Part>,
) -> Qty {
    let Some(line) = work.state.lines.get(index) else {
        return Qty::ZERO;
    };
    if !wanted.is_positive() {
        return Qty::ZERO;
    }
    let tolerance = work
        .policy()
        .map_or(Qty::ZERO, |policy| policy.over_receipt_tolerance(line.base));
    let used = line
        .buckets
        .sum(Bucket::ACCEPTED)
        .minus_floor(line.base.minus_floor(line.expected()));
    let to = if is_late {
        Bucket::Received
    } else {
        Bucket::PendingInspection
    };
    let allowed = wanted.min(tolerance.minus_floor(used));
    shift(work, index, (Bucket::Outside, to), allowed, parts)
}

fn over(
    work: &mut Work<'_>,
    receipt: &Receipt,
    line: &ReceiptLine,
    index: Option<usize>,
    rest: Qty,
    parts: &mut Vec<Part>,
) {
    let Some(index) = index else { return };
    shift(
        work,
        index,
        (Bucket::Outside, Bucket::OverHold),
        rest,
        parts,
    );
    let reason = format!(
        "receipt {} of site {}: {rest} base units of item {} more than authorised and tolerated; they are on hold and not \
         credited: have the return amended, send them back, or accept them without credit",
        receipt.receipt_id, receipt.site, line.sku_scanned
    );
    raise(work, ExceptionCode::OverReceipt, receipt, line, reason);
}

/// Moves between buckets of a line and notes it as a part of the received line.
pub(crate) fn shift(
    work: &mut Work<'_>,
    index: usize,
    (from, to): (Bucket, Bucket),
    wanted: Qty,
    parts: &mut Vec<Part>,
) -> Qty {
    let Some(line) = work.state.lines.get_mut(index) else {
        return Qty::ZERO;
    };
    let moved = line.buckets.shift(from, to, wanted);
    if moved.is_positive() {
        parts.push(Part {
            line_no: line.line.line_no,
            from,
            to,
            qty: moved,
        });
    }
    moved
}

fn sum(a: Qty, b: Qty) -> Qty {
    a.checked_add(b).unwrap_or(a)
}

/// Late goods arrived after expiry and grace, or for a return that was withdrawn.
fn is_late(work: &Work<'_>, received_at: Timestamp) -> bool {
    if work.state.in_bucket(Bucket::Cancelled).is_positive() {
        return true;
    }
    let grace = work
        .policy()
        .map_or(0, |policy| i64::from(policy.grace_days()));
    let end = work.state.header.expires_at.and_then(|at| {
        at.saturating_add(SignedDuration::from_hours(24 * grace))
            .ok()
    });
    end.is_some_and(|end| received_at >= end)
}

fn unmatched(work: &mut Work<'_>, receipt: &Receipt, line: &ReceiptLine) {
    let why = if work.state.header.authorized_at.is_none() {
        "the return was never authorised"
    } else {
        "the return has no such item"
    };
    let reason = format!(
        "receipt {} of site {}: {} {} of item {} held apart, because {why}: match them to another return of customer {}, \
         or send them back",
        receipt.receipt_id,
        receipt.site,
        line.qty,
        line.uom,
        line.sku_scanned,
        work.state.header.customer_account
    );
    raise(work, ExceptionCode::UnmatchedReceipt, receipt, line, reason);
}

fn conflict(work: &mut Work<'_>, receipt: &Receipt, line: &ReceiptLine) {
    let reason = format!(
        "line {} of receipt {} of site {} came again with other content ({} {} of item {}); the first one stands: \
         ask the warehouse which is right, and for a reversal and a new receipt if it is the second",
        line.receipt_line_id,
        receipt.receipt_id,
        receipt.site,
        line.qty,
        line.uom,
        line.sku_scanned
    );
    raise(work, ExceptionCode::ReceiptConflict, receipt, line, reason);
}

fn refuse_quantity(work: &mut Work<'_>, receipt: &Receipt, line: &ReceiptLine) {
    let reason = format!(
        "line {} of receipt {} of site {} says {} {}: a receipt has a quantity above zero; \
         ask the warehouse for a reversal instead",
        line.receipt_line_id, receipt.receipt_id, receipt.site, line.qty, line.uom
    );
    raise(work, ExceptionCode::SchemaInvalid, receipt, line, reason);
}

/// What exceptions about a received line are about.
pub(crate) fn about(site: &str, receipt_id: &str, line_id: &str) -> String {
    format!("receipt/{site}/{receipt_id}/{line_id}")
}

/// Opens an exception about a received line.
pub(crate) fn raise(
    work: &mut Work<'_>,
    code: ExceptionCode,
    receipt: &Receipt,
    line: &ReceiptLine,
    reason: String,
) {
    let about = about(&receipt.site, &receipt.receipt_id, &line.receipt_line_id);
    work.raise(Problem {
        code,
        severity: Severity::Error,
        about: &about,
        reason,
    });
}
