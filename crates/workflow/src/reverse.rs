//! A receipt is taken back by the warehouse: its goods are as if they had never come.

use canonical::exception::Severity;
use canonical::receipt::ReceiptReversal;
use canonical::{BusinessCode, ExceptionCode, Lifecycle, Qty};

use crate::buckets::Bucket;
use crate::facts::{Part, ReceiptRecord};
use crate::park::Early;
use crate::state::ReturnState;
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{late, lifecycle, receive};

/// Takes a receipt back. Only while its goods are not inspected: what was decided about them must be taken back first.
/// A reversal that comes before its receipt is remembered, and the receipt then counts for nothing.
pub(crate) fn reverse(work: &mut Work<'_>, reversal: &ReceiptReversal) -> Verdict {
    if !work.state.takes_goods() {
        return crate::apply::keep_early(work, Early::Reversal(reversal.clone()));
    }
    let known = work
        .state
        .receipts
        .iter()
        .position(|r| r.site == reversal.site && r.id == reversal.reverses_receipt_id);
    let Some(index) = known else {
        work.state.receipts.push(ReceiptRecord {
            site: reversal.site.clone(),
            id: reversal.reverses_receipt_id.clone(),
            lines: Vec::new(),
            reversed: true,
        });
        return Verdict::Parked;
    };
    let parts = parts_from(&work.state, index);
    match work.state.receipts.get_mut(index) {
        Some(record) if record.reversed => return Verdict::Duplicate,
        None => return Verdict::Duplicate,
        Some(_) => {}
    }
    if !is_untouched(&work.state, &parts) {
        let why = refuse(work, reversal);
        return Verdict::Ignored(why);
    }
    if let Some(record) = work.state.receipts.get_mut(index) {
        record.reversed = true;
        for line in &mut record.lines {
            line.accepted_serials.clear();
        }
    }
    for (part, _) in &parts {
        give_back(&mut work.state, part);
    }
    end_exceptions(work, index);
    if lifecycle::has_goods(&work.state) {
        work.milestone(BusinessCode::R300);
    } else {
        step_back(work);
    }
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

/// Nothing has come any more: the return is again what it was before.
fn step_back(work: &mut Work<'_>) {
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

fn is_untouched(state: &ReturnState, parts: &[(Part, Qty)]) -> bool {
    parts.iter().all(|(part, needed)| {
        let line = state
            .lines
            .iter()
            .find(|line| line.line.line_no == part.line_no);
        line.is_some_and(|line| line.buckets.get(part.to) >= *needed)
    })
}

fn give_back(state: &mut ReturnState, part: &Part) {
    let to = match part.from {
        Bucket::InTransit => Bucket::Authorized,
        other => other,
    };
    let line = state
        .lines
        .iter_mut()
        .find(|line| line.line.line_no == part.line_no);
    if let Some(line) = line {
        line.buckets.shift(part.to, to, part.qty);
    }
}

fn refuse(work: &mut Work<'_>, reversal: &ReceiptReversal) -> String {
    let credited = work
        .state
        .in_buckets(&[Bucket::CreditReserved, Bucket::Credited]);
    let what = if credited.is_positive() {
        "the credit must be reversed first"
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
