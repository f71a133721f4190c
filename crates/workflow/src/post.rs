//! A released credit becomes a credit memo to be posted. Takes a [`Release`]: there is no other way to the command.

use canonical::calculation::Calculation;
use canonical::command::CreditMemo;
use canonical::line::ReturnLine;
use canonical::{BusinessCode, CommandData, EffectKind, Qty, Reason};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::guard::Release;
use crate::money_state::CreditState;
use crate::state::ReturnState;
use crate::work::Work;
use crate::{credit, keys, partner, plan};

/// Plans the credit memo, after the return order.
pub(crate) fn credit_memo(work: &mut Work<'_>, version: u32, release: Release) {
    let approved_by = release.approved_by().to_vec();
    let calculation = release.into_calculation();
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
    let keyed = keys::credit_memo(work.state.return_id(), &units, calculation.basis, 0);
    let key = keyed.0.clone();
    let lines: Vec<ReturnLine> = work
        .state
        .lines
        .iter()
        .map(|line| line.line.clone())
        .collect();
    let memo = CreditMemo {
        bill_to: work.state.header.bill_to.clone(),
        document_date: document_date(work),
        reason: main_reason(&work.state, &calculation),
        lines: credit::memo_lines(&work.state.header, &calculation, &lines),
        approved_by,
        calculation,
    };
    let waits_for = plan::after_return_order(&work.state);
    let kept = partner::is_advised(work).then(|| Box::new(memo.clone()));
    let data = CommandData::PostCreditMemo(Box::new(memo));
    plan::effect(work, keyed, EffectKind::ErpCreditMemo, "", waits_for, data);
    let credit = work
        .state
        .credits
        .iter_mut()
        .find(|credit| credit.version == version);
    if let Some(credit) = credit {
        credit.state = CreditState::Posting;
        credit.effect_key = Some(key);
        credit.memo = kept;
    }
    work.milestone(BusinessCode::R530);
}

/// Today, where the entity keeps its books.
pub(crate) fn document_date(work: &Work<'_>) -> Date {
    let zone = work
        .policy()
        .and_then(|policy| TimeZone::get(&policy.tz).ok());
    work.given
        .now
        .to_zoned(zone.unwrap_or(TimeZone::UTC))
        .date()
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
