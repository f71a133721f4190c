//! A released credit becomes a document to be posted. Takes a [`Release`]: there is no other way to the commands.

use canonical::calculation::Calculation;
use canonical::command::{CreditMemo, CreditReversal, MemoRef, ReversedPart};
use canonical::line::ReturnLine;
use canonical::{
    BusinessCode, CommandData, CreditBasis, EffectKey, EffectKind, Money, Qty, Reason,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::credit::Amounts;
use crate::guard::Release;
use crate::keys::Keyed;
use crate::money_state::{Book, CreditState};
use crate::state::ReturnState;
use crate::work::Work;
use crate::{account, correct, credit, keys, partner, plan, tax};

/// Plans the document, after the return order.
pub(crate) fn released(work: &mut Work<'_>, version: u32, release: Release) {
    let approved_by = release.approved_by().to_vec();
    let calculation = release.into_calculation();
    let dates = dates(work);
    let posted = if calculation.basis == CreditBasis::Correction {
        correction(work, version, calculation, approved_by, dates)
    } else {
        let told = calculation.clone();
        let posted = credit_memo(work, calculation, approved_by, dates);
        tax::commit(work, version, &posted.0, &told);
        Some(posted)
    };
    let Some((key, kept)) = posted else { return };
    let credit = correct::credit_mut(&mut work.state, version);
    if let Some(credit) = credit {
        credit.state = CreditState::Posting;
        credit.effect_key = Some(key);
        credit.memo = kept;
    }
    let notes = shift_note(dates);
    work.milestone_with(BusinessCode::R530, notes);
}

/// The document's own date, and the date of its posting if that is another.
type Dates = (Date, Option<Date>);

/// Today, where the entity keeps its books, and the first open day when its period is closed. Never an earlier one.
pub(crate) fn dates(work: &Work<'_>) -> Dates {
    let policy = work.live_policy();
    let zone = policy.and_then(|policy| TimeZone::get(&policy.tz).ok());
    let now = work.given.now.to_zoned(zone.unwrap_or(TimeZone::UTC));
    let document_date = now.date();
    let posting_date = policy.map_or(document_date, |policy| policy.first_open(document_date));
    (
        document_date,
        (posting_date > document_date).then_some(posting_date),
    )
}

/// What is told of a document that is posted later than it is dated.
pub(crate) fn shift_note((document_date, posting_date): Dates) -> Vec<String> {
    let note = |posting_date| {
        format!(
            "PERIOD_SHIFT the period of {document_date} is closed; the document is posted on {posting_date}"
        )
    };
    posting_date.map(note).into_iter().collect()
}

type Posted = (EffectKey, Option<Box<CreditMemo>>);

fn credit_memo(
    work: &mut Work<'_>,
    calculation: Calculation,
    approved_by: Vec<String>,
    dates: Dates,
) -> Posted {
    let units: Vec<(String, Qty, Qty)> = calculation
        .slices
        .iter()
        .map(|slice| {
            let axis = if slice.invoice_line.is_empty() {
                &slice.line_id
            } else {
                &slice.invoice_line
            };
            (axis.clone(), slice.position_from, slice.position_to)
        })
        .collect();
    let generation = generation(&work.state, &calculation);
    let keyed = keys::credit_memo(
        work.state.return_id(),
        &units,
        calculation.basis,
        generation,
    );
    let returned = return_lines(&work.state);
    let lines = credit::memo_lines(&work.state.header, &calculation, &returned);
    let memo = CreditMemo {
        bill_to: account::surviving(work, &work.state.header.bill_to),
        document_date: dates.0,
        posting_date: dates.1,
        corrects: None,
        reason: main_reason(&work.state, &calculation),
        lines,
        invoiced: credit::invoiced_lines(&calculation, &returned),
        approved_by,
        calculation,
    };
    post_memo(work, keyed, memo)
}

/// How often units of the calculation were credited and taken back before.
fn generation(state: &ReturnState, calculation: &Calculation) -> u32 {
    let covers = |book: &Book| {
        calculation.slices.iter().any(|slice| {
            book.units.iter().any(|(line, from, to)| {
                *line == slice.line_no && slice.position_from < *to && *from < slice.position_to
            })
        })
    };
    let reversed = state.credits.iter().filter(|credit| {
        credit.state == CreditState::Reversed
            && credit.corrects.is_none()
            && credit.book.as_ref().is_some_and(|book| covers(book))
    });
    u32::try_from(reversed.count()).unwrap_or(u32::MAX)
}

fn post_memo(work: &mut Work<'_>, keyed: Keyed, memo: CreditMemo) -> Posted {
    let key = keyed.0.clone();
    let waits_for = plan::after_return_order(&work.state);
    let kept = partner::is_advised(work).then(|| Box::new(memo.clone()));
    let data = CommandData::PostCreditMemo(Box::new(memo));
    let customer = account::surviving(work, &work.state.header.customer_account);
    plan::effect(work, keyed, EffectKind::ErpCreditMemo, "", waits_for, data);
    if let Some(planned) = work.step.plan.last_mut() {
        planned.command.customer_account = customer;
    }
    (key, kept)
}

/// An extra memo over what is due on top, or the reversal of what was too much. The memo itself stays as it is.
fn correction(
    work: &mut Work<'_>,
    version: u32,
    calculation: Calculation,
    approved_by: Vec<String>,
    dates: Dates,
) -> Option<Posted> {
    let state = &work.state;
    let correction = correct::credit(state, version)?;
    let memo = correct::credit(state, correction.corrects?)?;
    let (book, corrected) = (memo.book.as_ref()?, memo.effect_key.clone()?);
    let difference = correction.target.as_ref()?.minus(&book.posted)?;
    let keyed = correction_key(state, book, &corrected);
    let document_no = state.effect(&corrected)?.document_no.clone();
    let is_more = calculation.totals.gross_minor > 0;
    let sign = if is_more { 1 } else { -1 };
    let lines = credit::correction_lines(
        &state.header,
        &difference,
        &return_lines(state),
        &book.units,
        sign,
    );
    if is_more {
        let memo = CreditMemo {
            bill_to: account::surviving(work, &state.header.bill_to),
            document_date: dates.0,
            posting_date: dates.1,
            corrects: Some(MemoRef {
                effect_key: corrected,
                document_no,
            }),
            reason: main_reason(state, &calculation),
            lines,
            invoiced: credit::invoiced_lines(&calculation, &return_lines(state)),
            approved_by,
            calculation,
        };
        return Some(post_memo(work, keyed, memo));
    }
    let totals = &calculation.totals;
    let data = CreditReversal {
        reverses: corrected,
        document_no,
        amount: Money::new(totals.gross_minor.checked_neg()?, calculation.ccy),
        reason: "other findings after the credit".to_owned(),
        document_date: Some(dates.0),
        posting_date: dates.1,
        part: Some(Box::new(ReversedPart {
            net_minor: totals.net_minor.checked_neg()?,
            tax_minor: totals.tax_minor.checked_neg()?,
            calc_hash: calculation.calc_hash,
            lines,
            approved_by,
        })),
    };
    let key = keyed.0.clone();
    take_back(work, keyed, data);
    Some((key, None))
}

/// Plans a reversal.
pub(crate) fn take_back(work: &mut Work<'_>, keyed: Keyed, data: CreditReversal) {
    plan::effect(
        work,
        keyed,
        EffectKind::ErpCreditReversal,
        "",
        Vec::new(),
        CommandData::ReverseCreditMemo(data),
    );
}

/// By the latest version of an inspection that the memo's goods rest on.
fn correction_key(state: &ReturnState, book: &Book, memo: &EffectKey) -> Keyed {
    let pieces = state.slices.iter().filter(|slice| book.covers(slice));
    let named: Vec<&str> = pieces
        .flat_map(|slice| &slice.pieces)
        .map(|piece| piece.inspection.as_str())
        .collect();
    let versions = state
        .inspections
        .iter()
        .filter(|inspection| named.contains(&inspection.id.as_str()))
        .map(|inspection| inspection.version);
    let version = versions.max().unwrap_or_default();
    let mut number = 1;
    loop {
        let keyed = keys::correction(memo, version, number);
        if state.effect(&keyed.0).is_none() {
            return keyed;
        }
        number += 1;
    }
}

/// Lines of what is left of a memo of which parts were taken back.
pub(crate) fn rest_lines(
    state: &ReturnState,
    figures: &Amounts,
    book: &Book,
) -> Vec<canonical::command::CreditMemoLine> {
    credit::correction_lines(&state.header, figures, &return_lines(state), &book.units, 1)
}

fn return_lines(state: &ReturnState) -> Vec<ReturnLine> {
    state.lines.iter().map(|line| line.line.clone()).collect()
}

/// The reason of the line with most units in the credit.
fn main_reason(state: &ReturnState, calculation: &Calculation) -> Reason {
    let mut best: Option<(Qty, Reason)> = None;
    for line in &state.lines {
        let units: i64 = calculation
            .slices
            .iter()
            .filter(|slice| slice.line_no == line.line.line_no)
            .map(|slice| slice.base_qty.millionths())
            .sum();
        let units = Qty::from_millionths(units);
        if units.is_positive() && best.is_none_or(|(most, _)| units > most) {
            best = Some((units, line.line.reason));
        }
    }
    best.map_or(Reason::Unknown, |(_, reason)| reason)
}
