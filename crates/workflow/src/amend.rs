//! A return is changed before it is authorised: as if it had been asked for that way, or not at all. Afterwards: [`crate::revise`].

use canonical::event::AmendRequest;
use canonical::exception::Severity;
use canonical::{ExceptionCode, Lifecycle, Qty};

use crate::lifecycle::{has_goods, withdraw_approvals};
use crate::state::{LineState, ReturnState};
use crate::step::Verdict;
use crate::work::{Problem, Work};
use crate::{eligibility, request, reservation, revise};

/// Changes lines and decides anew. Approvals that were given for the lines as they were count no more. What could not
/// be decided, or would have to be declined, is refused, and the return stays as it was.
pub(crate) fn amend(work: &mut Work<'_>, asked: &AmendRequest) -> Verdict {
    let before = (work.state.clone(), work.step.clone());
    let changed = if revise::is_authorized(&work.state) {
        revise::revise(work, asked)
    } else {
        request_anew(work, asked)
    };
    match changed {
        Ok(false) => Verdict::Duplicate,
        Ok(true) => {
            let by = &asked.requested_by;
            if !work.state.amended_by.contains(by) {
                work.state.amended_by.push(by.clone());
            }
            Verdict::Applied
        }
        Err(why) => {
            (work.state, work.step) = before;
            refuse(work, asked, why)
        }
    }
}

/// The same before it is authorised. True if anything changed.
fn request_anew(work: &mut Work<'_>, asked: &AmendRequest) -> Result<bool, String> {
    let lines = changed(work, asked)?;
    if lines == work.state.lines {
        return Ok(false);
    }
    is_open(&work.state)?;
    decide(work, lines).map(|()| true)
}

/// The lines as they are to be.
fn changed(work: &Work<'_>, asked: &AmendRequest) -> Result<Vec<LineState>, String> {
    let state = &work.state;
    let rma = &state.header.rma_number;
    let mut lines = state.lines.clone();
    for change in &asked.lines {
        let no = change.line_no;
        let line = lines.iter_mut().find(|line| line.line.line_no == no);
        let line =
            line.ok_or_else(|| format!("return {rma} has no line {no}: name one that it has"))?;
        if let Some(reason) = change.reason {
            line.line.reason = reason;
        }
        let Some(qty) = change
            .qty_requested
            .filter(|q| *q != line.line.qty_requested)
        else {
            continue;
        };
        if line.line.replacement.is_some() {
            return Err(format!(
                "line {no} of return {rma} is to be replaced: withdraw it and ask for another quantity with its replacement"
            ));
        }
        let base = qty
            .times(line.line.base_per_uom)
            .filter(|base| base.is_positive());
        line.base = base.ok_or_else(|| {
            format!(
                "line {no}: {qty} {} is not an exact quantity of base units above zero: ask for one that is",
                line.line.uom
            )
        })?;
        line.line.qty_requested = qty;
    }
    for told in &asked.added {
        let no = told.line_no;
        match lines.iter().find(|line| line.line.line_no == no) {
            Some(known) if known.line == *told => {}
            Some(_) => return Err(format!("return {rma} has a line {no}: give another number")),
            None => lines.push(request::line(told)),
        }
    }
    Ok(lines)
}

/// Only what nobody outside knows of yet is changed.
fn is_open(state: &ReturnState) -> Result<(), String> {
    let rma = &state.header.rma_number;
    let is_undecided = matches!(
        state.lifecycle(),
        Lifecycle::Requested | Lifecycle::PendingAuthorization
    );
    if !is_undecided {
        return Err(format!(
            "return {rma} is {} and cannot be changed any more: ask for another one",
            state.lifecycle()
        ));
    }
    if has_goods(state) {
        return Err(format!(
            "goods came for return {rma}: it is decided on as it is"
        ));
    }
    Ok(())
}

fn decide(work: &mut Work<'_>, lines: Vec<LineState>) -> Result<(), String> {
    let was_decided = work.state.lifecycle() == Lifecycle::PendingAuthorization;
    work.state.lines = lines;
    reservation::begin_anew(work);
    withdraw_approvals(work, |_| true);
    for code in [
        ExceptionCode::SchemaInvalid,
        ExceptionCode::UomInexact,
        ExceptionCode::PriceVariance,
        ExceptionCode::FxVariance,
    ] {
        work.cured(code, eligibility::ABOUT);
    }
    work.state.header.lifecycle = Lifecycle::Requested;
    request::evaluate(work, false);
    let rma = &work.state.header.rma_number;
    match work.state.lifecycle() {
        Lifecycle::Declined => Err(format!(
            "return {rma} cannot be changed: {}; ask for less",
            left(work)
        )),
        Lifecycle::Requested if was_decided => {
            let why = work.step.exceptions.last().map(|e| e.reason.as_str());
            Err(format!(
                "return {rma} cannot be changed: {}",
                why.unwrap_or("it could not be decided then")
            ))
        }
        _ => Ok(()),
    }
}

/// Which invoice line is short, in words.
fn left(work: &Work<'_>) -> String {
    let short = work.state.lines.iter().find_map(|line| {
        let reference = line.line.invoice_ref.as_ref()?;
        let invoiced = line.line.invoiced.as_ref()?.base_qty;
        let name = crate::claims::invoice_line(&work.state.header.legal_entity, reference);
        let others = work.given.claims.iter().filter(|claim| {
            claim.invoice_line == name && claim.return_id != work.state.header.return_id
        });
        let held: Vec<(Qty, Qty)> = others.map(|claim| (claim.from, claim.to)).collect();
        let free = invoiced.minus_floor(reservation::measure(&held));
        (free < line.base).then(|| {
            format!(
                "line {} asks for {} base units, and {free} of its invoice line are left",
                line.line.line_no, line.base
            )
        })
    });
    short.unwrap_or_else(|| "its invoice lines have too few units left".to_owned())
}

fn refuse(work: &mut Work<'_>, asked: &AmendRequest, why: String) -> Verdict {
    work.raise(Problem {
        code: ExceptionCode::NotAllowedNow,
        severity: Severity::Warning,
        about: &format!("amend/{}", asked.request_id),
        reason: why.clone(),
    });
    Verdict::Ignored(why)
}
