//! A part of a receipt is taken back: so much less came, and the rest of the receipt stands.
//!
//! Goods that were not wanted go first (too many, a wrong serial number), then what was tolerated, then what was expected.

use canonical::exception::Severity;
use canonical::receipt::{ReceiptReversal, ReversalLine};
use canonical::{ExceptionCode, Qty};

use crate::buckets::Bucket;
use crate::facts::{Part, ReceivedLine};
use crate::plan::to_base;
use crate::reverse::{give_back, published, refuse, uncovers_credit};
use crate::state::{LineState, ReturnState};
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{booking, receive};

/// Why nothing is taken back.
enum Refusal {
    /// The receipt did not bring so many.
    TooMuch { item: String, there: Qty },
    /// The quantity is none, or no exact number of base units.
    Quantity(ExceptionCode, String),
    /// They are inspected.
    Inspected,
}

/// Goods that left: received line, how many, their serial numbers.
struct Taken<'a> {
    line: usize,
    qty: Qty,
    serials: &'a [String],
}

/// Takes a part of a known receipt back, all of its lines or none.
pub(crate) fn part(work: &mut Work<'_>, reversal: &ReceiptReversal, index: usize) -> Verdict {
    let mut trial = work.state.clone();
    let mut taken: Vec<Taken<'_>> = Vec::new();
    for line in &reversal.lines {
        match draw(&mut trial, index, line) {
            Ok(drawn) => taken.extend(drawn),
            Err(refusal) => return Verdict::Ignored(refused(work, reversal, refusal)),
        }
    }
    if uncovers_credit(&work.state, &trial) {
        return Verdict::Ignored(refuse(work, reversal));
    }
    work.state = trial;
    let lines = work.state.receipts.get_mut(index).map(|record| {
        record.taken_back.push(reversal.reversal_id.clone());
        record.lines.clone()
    });
    for (number, line) in lines.iter().flatten().enumerate() {
        let mine = || taken.iter().filter(|taken| taken.line == number);
        let qty = Qty::from_millionths(mine().map(|taken| taken.qty.millionths()).sum());
        let mut serials: Vec<String> = mine().flat_map(|taken| taken.serials).cloned().collect();
        serials.sort();
        serials.dedup();
        serials.retain(|serial| line.serials.contains(serial));
        booking::goods_out(work, reversal, line, qty, &serials);
    }
    fill_up(work);
    for line in lines.iter().flatten() {
        end_exceptions(work, reversal, line);
    }
    published(work);
    Verdict::Applied
}

/// Takes the goods of one line of a reversal out of a receipt.
fn draw<'a>(
    state: &mut ReturnState,
    index: usize,
    wanted: &'a ReversalLine,
) -> Result<Vec<Taken<'a>>, Refusal> {
    if !wanted.qty.is_positive() {
        let what = format!("{} {} is not above zero", wanted.qty, wanted.uom);
        return Err(Refusal::Quantity(ExceptionCode::SchemaInvalid, what));
    }
    let places = places(state, index, wanted);
    let Some(item) = places.first().and_then(|place| line_of(state, &place.part)) else {
        return draw_stray(state, index, wanted);
    };
    let Some(base) = to_base(&item.line, wanted.qty, &wanted.uom) else {
        let what = format!(
            "{} {} of item {} is not an exact quantity of base units",
            wanted.qty, wanted.uom, wanted.sku
        );
        return Err(Refusal::Quantity(ExceptionCode::UomInexact, what));
    };
    let (mut left, mut there) = (base, Qty::ZERO);
    let mut taken = Vec::new();
    for place in places {
        there = there.checked_add(place.part.qty).unwrap_or(there);
        let share = Part {
            qty: left.min(place.part.qty),
            ..place.part
        };
        let moved = give_back(state, &share);
        let Some(line) = received(state, index, place.line) else {
            continue;
        };
        if let Some(part) = line.parts.get_mut(place.number) {
            part.qty = part.qty.minus_floor(moved);
        }
        if moved.is_positive() {
            line.accepted_serials
                .retain(|serial| !wanted.serials.contains(serial));
            taken.push(Taken {
                line: place.line,
                qty: moved,
                serials: &wanted.serials,
            });
        }
        left = left.minus_floor(moved);
    }
    match (left.is_zero(), there < base) {
        (true, _) => Ok(taken),
        (false, true) => Err(Refusal::TooMuch {
            item: wanted.sku.clone(),
            there,
        }),
        (false, false) => Err(Refusal::Inspected),
    }
}

/// Takes goods back that belong to no line.
fn draw_stray<'a>(
    state: &mut ReturnState,
    index: usize,
    wanted: &ReversalLine,
) -> Result<Vec<Taken<'a>>, Refusal> {
    let (mut left, mut there) = (wanted.qty, Qty::ZERO);
    let record = state.receipts.get_mut(index);
    for line in record.into_iter().flat_map(|record| &mut record.lines) {
        if line.sku == wanted.sku && line.uom == wanted.uom {
            let here = line.stray();
            there = there.checked_add(here).unwrap_or(there);
            line.gone = line.gone.checked_add(left.min(here)).unwrap_or(line.gone);
            left = left.minus_floor(here);
        }
    }
    if left.is_positive() {
        let item = wanted.sku.clone();
        return Err(Refusal::TooMuch { item, there });
    }
    Ok(Vec::new())
}

/// A part of a received line.
struct Place {
    line: usize,
    number: usize,
    part: Part,
}

/// The parts of a receipt that a line of a reversal can mean, in the order in which they are taken back. One that names
/// an accepted serial number means accepted goods.
fn places(state: &ReturnState, index: usize, wanted: &ReversalLine) -> Vec<Place> {
    let Some(record) = state.receipts.get(index) else {
        return Vec::new();
    };
    let is_meant = |received: &ReceivedLine| {
        received.parts.iter().any(|part| {
            line_of(state, part).is_some_and(|line| line.is_item(&wanted.sku))
                && wanted.line_no.is_none_or(|no| no == part.line_no)
        })
    };
    let lines = record.lines.iter().enumerate();
    let lines: Vec<(usize, &ReceivedLine)> = lines.filter(|(_, line)| is_meant(line)).collect();
    let is_accepted = |serial| {
        let mut meant = lines.iter();
        meant.any(|(_, line)| line.accepted_serials.contains(serial))
    };
    let names_accepted = wanted.serials.iter().any(is_accepted);
    let mut places: Vec<Place> = lines
        .iter()
        .rev()
        .flat_map(|(line, received)| {
            let parts = received.parts.iter().enumerate().rev();
            parts.map(|(number, part)| Place {
                line: *line,
                number,
                part: part.clone(),
            })
        })
        .collect();
    places.sort_by_key(|place| {
        let is_held = matches!(place.part.to, Bucket::OverHold | Bucket::UnmatchedHold);
        (
            is_held == names_accepted,
            place.part.from != Bucket::Outside,
        )
    });
    places
}

fn line_of<'a>(state: &'a ReturnState, part: &Part) -> Option<&'a LineState> {
    let mut lines = state.lines.iter();
    lines.find(|line| line.line.line_no == part.line_no)
}

fn received(state: &mut ReturnState, index: usize, line: usize) -> Option<&mut ReceivedLine> {
    state.receipts.get_mut(index)?.lines.get_mut(line)
}

/// Goods that were too many when they came take the place of goods that were taken back.
pub(crate) fn fill_up(work: &mut Work<'_>) {
    let mut settled: Vec<String> = Vec::new();
    let state = &mut work.state;
    for record in state.receipts.iter_mut().filter(|record| !record.reversed) {
        for received in record.lines.iter_mut().filter(|line| !line.late) {
            let mut filled: Vec<Part> = Vec::new();
            for part in &mut received.parts {
                if (part.from, part.to) != (Bucket::Outside, Bucket::OverHold) {
                    continue;
                }
                let line = state
                    .lines
                    .iter_mut()
                    .find(|l| l.line.line_no == part.line_no);
                let Some(line) = line else { continue };
                for from in [Bucket::InTransit, Bucket::Authorized] {
                    let free = line.buckets.get(from).min(part.qty);
                    line.buckets.shift(Bucket::OverHold, Bucket::Outside, free);
                    line.buckets.shift(from, Bucket::PendingInspection, free);
                    part.qty = part.qty.minus_floor(free);
                    if free.is_positive() {
                        filled.push(Part {
                            line_no: part.line_no,
                            from,
                            to: Bucket::PendingInspection,
                            qty: free,
                        });
                    }
                }
            }
            if !filled.is_empty() && !is_held(received, Bucket::OverHold) {
                settled.push(receive::about(&record.site, &record.id, &received.id));
            }
            received.parts.extend(filled);
        }
    }
    for about in settled {
        work.resolve(ExceptionCode::OverReceipt, &about);
    }
}

fn is_held(line: &ReceivedLine, bucket: Bucket) -> bool {
    let mut parts = line.parts.iter();
    parts.any(|part| part.to == bucket && part.qty.is_positive())
}

/// What was wrong with goods that left is wrong no more.
fn end_exceptions(work: &mut Work<'_>, reversal: &ReceiptReversal, line: &ReceivedLine) {
    let about = receive::about(&reversal.site, &reversal.reverses_receipt_id, &line.id);
    if !is_held(line, Bucket::OverHold) {
        work.resolve(ExceptionCode::OverReceipt, &about);
    }
    if !is_held(line, Bucket::UnmatchedHold) {
        work.resolve(ExceptionCode::SerialMismatch, &about);
        work.resolve(ExceptionCode::SerialDuplicate, &about);
    }
    if line.stray().is_zero() {
        work.resolve(ExceptionCode::UnmatchedReceipt, &about);
        work.resolve(ExceptionCode::UomInexact, &about);
    }
}

fn refused(work: &mut Work<'_>, reversal: &ReceiptReversal, refusal: Refusal) -> String {
    let which = format!(
        "reversal {} of receipt {} of site {}",
        reversal.reversal_id, reversal.reverses_receipt_id, reversal.site
    );
    let (code, reason) = match refusal {
        Refusal::Inspected => return refuse(work, reversal),
        Refusal::TooMuch { item, there } => (
            ExceptionCode::ReceiptConflict,
            format!(
                "{which} takes more of item {item} back than the {there} that are left of the receipt; nothing is taken \
                 back: ask the warehouse what is really there, and for a new reversal"
            ),
        ),
        Refusal::Quantity(code, what) => (
            code,
            format!(
                "{which}: {what}; nothing is taken back: correct it in the warehouse or its crosswalk, and have the \
                 reversal told again"
            ),
        ),
    };
    work.raise(Problem {
        code,
        severity: Severity::Error,
        about: &format!("reversal/{}", reversal.reversal_id),
        reason: reason.clone(),
    });
    reason
}
