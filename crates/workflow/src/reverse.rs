//! A receipt is taken back by the warehouse: its goods are as if they had never come. `unreceive` takes parts back.

use canonical::exception::Severity;
use canonical::receipt::ReceiptReversal;
use canonical::{BusinessCode, ExceptionCode, Lifecycle, Qty};

use crate::buckets::Bucket;
use crate::facts::{Part, ReceiptRecord};
use crate::park::Early;
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{booking, correct, covered, late, lifecycle, milestone, receive, unreceive};

/// Takes a receipt back. Only while its goods are not inspected: what was decided about them must be taken back first.
/// A reversal that comes before its receipt is remembered: the receipt then counts for nothing, or for so much less.
pub(crate) fn reverse(work: &mut Work<'_>, reversal: &ReceiptReversal) -> Verdict {
    if !work.state.takes_goods() {
        return crate::apply::keep_early(work, Early::Reversal(reversal.clone()));
    }
    let known = work
        .state
        .receipts
        .iter()
        .position(|r| r.site == reversal.site && r.id == reversal.reverses_receipt_id);
    let index = known.unwrap_or_else(|| remember(work, reversal));
    let Some(record) = work.state.receipts.get_mut(index) else {
        return Verdict::Duplicate;
    };
    if record.reversed || record.knows(&reversal.reversal_id) {
        return Verdict::Duplicate;
    }
    match (reversal.lines.is_empty(), record.lines.is_empty()) {
        (true, true) => {
            record.reversed = true;
            record.waiting.clear();
            Verdict::Parked
        }
        (false, true) => {
            record.waiting.push(reversal.clone());
            Verdict::Parked
        }
        (true, false) => whole(work, reversal, index),
        (false, false) => unreceive::part(work, reversal, index),
    }
}

/// Remembers a receipt that was only heard of by its reversal.
fn remember(work: &mut Work<'_>, reversal: &ReceiptReversal) -> usize {
    work.state.receipts.push(ReceiptRecord {
        connector: reversal.source.adapter.clone(),
        site: reversal.site.clone(),
        id: reversal.reverses_receipt_id.clone(),
        received_at: None,
        lines: Vec::new(),
        reversed: false,
        taken_back: Vec::new(),
        waiting: Vec::new(),
    });
    work.state.receipts.len() - 1
}

/// Takes those parts of a receipt back whose reversals came before it.
pub(crate) fn catch_up(work: &mut Work<'_>, index: usize) {
    let waiting = work
        .state
        .receipts
        .get_mut(index)
        .map(|record| std::mem::take(&mut record.waiting))
        .unwrap_or_default();
    for reversal in waiting {
        unreceive::part(work, &reversal, index);
    }
}

fn whole(work: &mut Work<'_>, reversal: &ReceiptReversal, index: usize) -> Verdict {
    let parts = parts_from(&work.state, index);
    let mut after = work.state.clone();
    for (part, _) in &parts {
        give_back(&mut after, part);
    }
    if !is_untouched(&work.state, &parts) || uncovers_credit(&work.state, &after) {
        let why = refuse(work, reversal);
        return Verdict::Ignored(why);
    }
    let mut lines = Vec::new();
    if let Some(record) = work.state.receipts.get_mut(index) {
        record.reversed = true;
        lines.clone_from(&record.lines);
        for line in &mut record.lines {
            line.accepted_serials.clear();
        }
    }
    for (part, _) in &parts {
        give_back(&mut work.state, part);
    }
    for line in &lines {
        booking::goods_out(work, reversal, line, line.placed(), &line.serials);
    }
    end_exceptions(work, index);
    unreceive::fill_up(work);
    published(work);
    Verdict::Applied
}

/// What was wrong with the goods of a receipt is wrong no more.
fn end_exceptions(work: &mut Work<'_>, index: usize) {
    let Some(record) = work.state.receipts.get(index) else {
        return;
    };
    let lines: Vec<String> = record
        .lines
        .iter()
        .map(|line| receive::about(&record.site, &record.id, &line.id))
        .collect();
    for about in lines {
        for code in [
            ExceptionCode::OverReceipt,
            ExceptionCode::UnmatchedReceipt,
            ExceptionCode::SerialMismatch,
            ExceptionCode::SerialDuplicate,
            ExceptionCode::UomInexact,
        ] {
            work.resolve(code, &about);
        }
    }
}

/// What the return is now that goods were taken back.
pub(crate) fn published(work: &mut Work<'_>) {
    if !lifecycle::has_goods(&work.state) {
        return step_back(work);
    }
    let code = milestone::arrived(&work.state);
    work.milestone(code);
}

/// Nothing has come any more: the return is again what it was before. What was advanced on it stays owed: such a return
/// goes on waiting for its goods, it neither expires nor is withdrawn.
fn step_back(work: &mut Work<'_>) {
    if work.state.is_exposed() {
        late::withdraw(work);
        let code = milestone::of(&work.state);
        work.milestone(code);
        return;
    }
    let any = |bucket| work.state.in_bucket(bucket).is_positive();
    let (lifecycle, code) = if any(Bucket::Authorized) {
        (Lifecycle::Authorized, BusinessCode::R200)
    } else if any(Bucket::Cancelled) {
        (Lifecycle::Cancelled, BusinessCode::R230)
    } else if any(Bucket::Expired) {
        (Lifecycle::Expired, BusinessCode::R220)
    } else {
        return;
    };
    late::withdraw(work);
    work.enter(lifecycle);
    work.milestone(code);
}

/// The parts of a receipt, each with what later live receipts brought to the same bucket: goods are inspected in the
/// order in which they came.
fn parts_from(state: &ReturnState, index: usize) -> Vec<(Part, Qty)> {
    let of = |receipt: &ReceiptRecord| -> Vec<Part> {
        receipt
            .lines
            .iter()
            .flat_map(|line| line.parts.clone())
            .collect()
    };
    let Some(receipt) = state.receipts.get(index) else {
        return Vec::new();
    };
    let later: Vec<Part> = state
        .receipts
        .iter()
        .skip(index + 1)
        .filter(|receipt| !receipt.reversed)
        .flat_map(of)
        .collect();
    let own = of(receipt);
    own.iter()
        .map(|part| {
            let total: i64 = own
                .iter()
                .chain(&later)
                .filter(|other| other.line_no == part.line_no && other.to == part.to)
                .map(|other| other.qty.millionths())
                .sum();
            (part.clone(), Qty::from_millionths(total))
        })
        .collect()
}

/// True if goods leave without which a credit that is posted or on its way would have none behind it.
pub(crate) fn uncovers_credit(before: &ReturnState, after: &ReturnState) -> bool {
    before
        .lines
        .iter()
        .zip(&after.lines)
        .any(|(before, after_line)| {
            let left = after_line.buckets.sum(Bucket::ACCEPTED);
            left < before.buckets.sum(Bucket::ACCEPTED)
                && left < covered::credited_units(after, after_line.line.line_no)
        })
}

fn is_untouched(state: &ReturnState, parts: &[(Part, Qty)]) -> bool {
    parts.iter().all(|(part, needed)| {
        let line = state
            .lines
            .iter()
            .find(|line| line.line.line_no == part.line_no);
        line.is_some_and(|line| line.buckets.get(part.to) >= *needed)
    })
}

/// Gives a part back to where it came from, as far as its goods are where they were put. Says how much it was.
pub(crate) fn give_back(state: &mut ReturnState, part: &Part) -> Qty {
    let to = match part.from {
        Bucket::InTransit => Bucket::Authorized,
        other => other,
    };
    let line = state
        .lines
        .iter_mut()
        .find(|line| line.line.line_no == part.line_no);
    line.map_or(Qty::ZERO, |line| line.buckets.shift(part.to, to, part.qty))
}

/// Says that it cannot be taken back now.
pub(crate) fn refuse(work: &mut Work<'_>, reversal: &ReceiptReversal) -> String {
    let credited = work.state.credits.iter().any(correct::is_live_memo);
    let reserved = work.state.in_bucket(Bucket::CreditReserved).is_positive();
    let what = if credited || reserved {
        "the credit must be reversed first (backhaul return reverse-credit), then disposition and inspection taken back"
    } else if work.state.header.lifecycle == Lifecycle::InProgress {
        "its goods are inspected already: take the inspection and disposition back first"
    } else {
        "its goods are settled"
    };
    let reason = format!(
        "reversal {} of receipt {} of site {} cannot be applied now: {what}",
        reversal.reversal_id, reversal.reverses_receipt_id, reversal.site
    );
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Error,
        about: &format!("reversal/{}", reversal.reversal_id),
        reason: reason.clone(),
    });
    reason
}
