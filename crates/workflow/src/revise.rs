//! An authorised return is changed: what has not come yet, and nothing else.
//!
//! It is as if it had been authorised so at first: quantities move between the outside and what is expected, units of
//! invoice lines follow, and the partners that were told are told anew. What came, and what is decided for it, stays.

use canonical::event::{AmendRequest, LineAmendment};
use canonical::line::ReturnLine;
use canonical::{Lifecycle, Qty};

use crate::buckets::Bucket;
use crate::claims;
use crate::eligibility::{self, Eligibility};
use crate::reservation;
use crate::state::{LineState, ReturnState};
use crate::work::Work;
use crate::{no_receipt, plan, request};

/// What becomes of a line.
struct Revision {
    index: usize,
    /// Authorised, in the unit of the line.
    qty: Qty,
    /// The same in base units.
    base: Qty,
}

/// True for a return that partners were told of: its change is a revision.
pub(crate) fn is_authorized(state: &ReturnState) -> bool {
    matches!(
        state.lifecycle(),
        Lifecycle::Authorized | Lifecycle::InProgress
    )
}

/// Changes what has not come. The state may be half changed after an error: whoever asks puts it back. True if anything
/// changed.
pub(crate) fn revise(work: &mut Work<'_>, asked: &AmendRequest) -> Result<bool, String> {
    let before: Vec<(u32, Qty)> = (work.state.lines.iter())
        .map(|line| (line.line.line_no, line.line.qty_authorized))
        .collect();
    let reasons = reasons(&work.state, asked)?;
    let added = add_lines(work, &asked.added)?;
    if let Some(why) = claims::contradiction(&work.state, work.given.claims) {
        return Err(why);
    }
    let revisions = revisions(&work.state, &asked.lines, added)?;
    if revisions.is_empty() && reasons.is_empty() {
        return Ok(false);
    }
    is_open(work)?;
    let judged_anew: Vec<usize> = reasons.iter().map(|(index, _)| *index).collect();
    for (index, reason) in reasons {
        if let Some(line) = work.state.lines.get_mut(index) {
            line.line.reason = reason;
        }
    }
    may_grow(work, &revisions, &judged_anew)?;
    for revision in &revisions {
        shrink(work, revision)?;
    }
    for revision in &revisions {
        grow(work, revision)?;
    }
    if work.state.lines.iter().all(|line| line.base.is_zero()) {
        return Err(format!(
            "nothing would be left of return {}: withdraw it instead",
            work.state.header.rma_number
        ));
    }
    work.state.revision += 1;
    told(work, &before, asked);
    plan::revised(work);
    Ok(true)
}

/// Only a return that waits for goods and for nothing else is revised.
fn is_open(work: &Work<'_>) -> Result<(), String> {
    let state = &work.state;
    let rma = &state.header.rma_number;
    if state.cancelling.is_some() {
        return Err(format!("return {rma} is being withdrawn"));
    }
    if state.exposure.is_some() || no_receipt::is_without_goods(state) {
        return Err(format!(
            "return {rma} is credited or replaced before its goods come: its quantities were promised with that"
        ));
    }
    Ok(())
}

/// New reasons, by line: of lines of which nothing came, as what came is judged by the reason.
fn reasons(
    state: &ReturnState,
    asked: &AmendRequest,
) -> Result<Vec<(usize, canonical::Reason)>, String> {
    let mut found = Vec::new();
    for change in &asked.lines {
        let index = index_of(state, change.line_no)?;
        let (Some(reason), Some(line)) = (change.reason, state.lines.get(index)) else {
            continue;
        };
        if reason == line.line.reason {
            continue;
        }
        if line.expected() != line.base {
            return Err(format!(
                "goods of line {} of return {} came, or are over: its reason stays",
                change.line_no, state.header.rma_number
            ));
        }
        found.push((index, reason));
    }
    Ok(found)
}

fn index_of(state: &ReturnState, no: u32) -> Result<usize, String> {
    let index = state.lines.iter().position(|line| line.line.line_no == no);
    index.ok_or_else(|| {
        let rma = &state.header.rma_number;
        format!("return {rma} has no line {no}: name one that it has")
    })
}

/// Lines that the return has not, with nothing authorised yet. A line that it has, word for word, was added before.
fn add_lines(work: &mut Work<'_>, added: &[ReturnLine]) -> Result<Vec<Revision>, String> {
    let mut revisions = Vec::new();
    for told in added {
        let rma = &work.state.header.rma_number;
        let no = told.line_no;
        let known = work.state.lines.iter().find(|line| line.line.line_no == no);
        if let Some(known) = known {
            if is_same(&known.line, told) {
                continue;
            }
            return Err(format!("return {rma} has a line {no}: give another number"));
        }
        if told.replacement.is_some() {
            return Err(format!(
                "line {no}: what is to be replaced is asked for by a return of its own"
            ));
        }
        if told.invoice_ref.is_some() && told.invoiced.is_none() {
            return Err(format!(
                "line {no}: say what was invoiced, or ask for it by a return of its own"
            ));
        }
        let mut line = request::line(told);
        let base = std::mem::replace(&mut line.base, Qty::ZERO);
        revisions.push(Revision {
            index: work.state.lines.len(),
            qty: told.qty_requested,
            base,
        });
        work.state.lines.push(line);
    }
    Ok(revisions)
}

/// True if that line was added as it is told, whatever became of its quantity.
fn is_same(known: &ReturnLine, told: &ReturnLine) -> bool {
    let mut now = told.clone();
    now.qty_authorized = known.qty_authorized;
    *known == now
}

/// What each line is to become that changes.
fn revisions(
    state: &ReturnState,
    changes: &[LineAmendment],
    added: Vec<Revision>,
) -> Result<Vec<Revision>, String> {
    let rma = &state.header.rma_number;
    let mut found = added;
    for revision in &found {
        if !revision.base.is_positive() {
            let no = state
                .lines
                .get(revision.index)
                .map(|line| line.line.line_no);
            return Err(format!(
                "line {} that is to be added asks for no exact quantity of base units above zero",
                no.unwrap_or_default()
            ));
        }
    }
    for change in changes {
        let no = change.line_no;
        let index = index_of(state, no)?;
        let (Some(qty), Some(line)) = (change.qty_requested, state.lines.get(index)) else {
            continue;
        };
        if qty == line.line.qty_authorized || found.iter().any(|other| other.index == index) {
            continue;
        }
        if line.line.replacement.is_some() {
            return Err(format!(
                "line {no} of return {rma} is to be replaced: withdraw it and ask for another quantity with its replacement"
            ));
        }
        let base = qty
            .times(line.line.base_per_uom)
            .filter(|base| *base >= Qty::ZERO);
        let base = base.ok_or_else(|| {
            let uom = &line.line.uom;
            format!(
                "line {no}: {qty} {uom} is not an exact quantity of base units: ask for one that is"
            )
        })?;
        let over = line.base.minus_floor(line.expected());
        if base < over {
            return Err(format!(
                "{over} base units of line {no} of return {rma} came, or are over: it cannot be made {base}"
            ));
        }
        found.push(Revision { index, qty, base });
    }
    Ok(found)
}

/// What is added, or comes back for another reason, must be allowed by itself now, by the policy that the return was
/// authorised under.
fn may_grow(
    work: &mut Work<'_>,
    revisions: &[Revision],
    judged_anew: &[usize],
) -> Result<(), String> {
    let mut growing: Vec<LineState> = Vec::new();
    for (index, line) in work.state.lines.iter().enumerate() {
        let revision = revisions.iter().find(|revision| revision.index == index);
        let base = revision.map_or(line.base, |revision| revision.base);
        let is_new = base > line.base || judged_anew.contains(&index);
        if !is_new || !base.is_positive() {
            continue;
        }
        let mut line = line.clone();
        line.base = base;
        if let Some(revision) = revision {
            line.line.qty_requested = revision.qty;
        }
        growing.push(line);
    }
    if growing.is_empty() {
        return Ok(());
    }
    let rma = work.state.header.rma_number.clone();
    let now = work.given.now;
    if work.state.header.expires_at.is_some_and(|end| now >= end) {
        return Err(format!(
            "the time of return {rma} is over: ask for more by a return of its own"
        ));
    }
    let asked_at = std::mem::replace(&mut work.state.header.requested_at, now);
    let lines = std::mem::replace(&mut work.state.lines, growing);
    let found = eligibility::evaluate(work);
    work.state.header.requested_at = asked_at;
    work.state.lines = lines;
    match found {
        Eligibility::Eligible => Ok(()),
        Eligibility::NeedsApproval { why } => Err(format!(
            "somebody would have to agree to what is added to return {rma} ({why}): ask for it by a return of its own"
        )),
        Eligibility::Stuck { reason, .. } => Err(format!(
            "what is added to return {rma} cannot be decided: {reason}"
        )),
    }
}

/// Less is expected: its units are free for other returns.
fn shrink(work: &mut Work<'_>, revision: &Revision) -> Result<(), String> {
    let Some(line) = work.state.lines.get_mut(revision.index) else {
        return Ok(());
    };
    let less = line.base.minus_floor(revision.base);
    if !less.is_positive() {
        return Ok(());
    }
    // What is on its way may still be stopped, what is not is not sent.
    let taken = line
        .buckets
        .shift(Bucket::Authorized, Bucket::Outside, less);
    let rest = less.minus_floor(taken);
    let stopped = line.buckets.shift(Bucket::InTransit, Bucket::Outside, rest);
    if stopped != rest {
        return Err(format!(
            "line {}: less is expected than is to be taken off",
            line.line.line_no
        ));
    }
    set(line, revision);
    reservation::shorten(work, revision.index);
    Ok(())
}

/// More is expected: the lowest units that are free.
fn grow(work: &mut Work<'_>, revision: &Revision) -> Result<(), String> {
    let Some(line) = work.state.lines.get(revision.index) else {
        return Ok(());
    };
    let more = revision.base.minus_floor(line.base);
    if !more.is_positive() {
        return Ok(());
    }
    reservation::extend(work, revision.index, more)?;
    if let Some(line) = work.state.lines.get_mut(revision.index) {
        line.buckets
            .shift(Bucket::Outside, Bucket::Authorized, more);
        set(line, revision);
    }
    Ok(())
}

fn set(line: &mut LineState, revision: &Revision) {
    line.base = revision.base;
    line.line.qty_requested = revision.qty;
    line.line.qty_authorized = revision.qty;
}

/// The trail says what changed; whoever reads the milestones learns of it.
fn told(work: &mut Work<'_>, before: &[(u32, Qty)], asked: &AmendRequest) {
    let was = |no: u32| {
        before
            .iter()
            .find(|(known, _)| *known == no)
            .map(|(_, qty)| *qty)
    };
    let changed: Vec<String> = (work.state.lines.iter())
        .filter_map(|line| {
            let (no, now) = (line.line.line_no, line.line.qty_authorized);
            let was = was(no).unwrap_or(Qty::ZERO);
            (was != now).then(|| format!("line {no}: {was} became {now} {}", line.line.uom))
        })
        .collect();
    let note = format!(
        "revision {} by {} ({}): {}",
        work.state.revision,
        asked.requested_by,
        asked.reason,
        if changed.is_empty() {
            "reasons only".to_owned()
        } else {
            changed.join(", ")
        }
    );
    work.milestone_with(work.state.code, vec![note]);
}
