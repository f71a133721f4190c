//! The one door: an event and the state before it give the state after it and everything that follows.

use canonical::identification::Identified;
use canonical::invoice::InvoiceRef;
use canonical::{Event, EventData, Lifecycle};

use crate::claims::invoice_line;
use crate::park::Early;
use crate::state::ReturnState;
use crate::step::{Found, Given, Step, Verdict};
use crate::work::Work;
use crate::{
    again, amend, blind, commands, compensate, decide, dispose, hold, identify, inspect, late,
    learn, lifecycle, milestone, receive, recovery, request, reverse, serial, settle, snapshot,
    timers, uncredit, uninspected, vendor,
};

/// Applies an event to a return. `state` is what the last step gave (none for a return that is not known); it is taken by
/// value, so that nothing is copied.
///
/// - The same inputs give the same step, always: there is no clock and no chance in here.
/// - An event that is known already by its business key is [`Verdict::Duplicate`] and changes nothing.
/// - An event that comes too early is kept inside the state and applied when its turn comes.
/// - With [`Given::again`] an event that is known lets go on what waits, as if something had happened: exceptions that
///   end by themselves are raised again if their cause is still there. It is applied if that changed anything.
/// - A step without state changed nothing; exceptions may come with it all the same.
pub fn apply(state: Option<ReturnState>, event: &Event, given: &Given<'_>) -> Step {
    let key = event.key.as_str();
    match (state, &event.data) {
        (None, EventData::ReturnRequested(asked)) => {
            let mut work = Work::new(request::fresh(asked, given), *given, key);
            work.at = event.occurred_at.min(given.now);
            let verdict = request::open(&mut work);
            advance(&mut work);
            work.finish(verdict)
        }
        (None, EventData::ReceiptRecorded(_) | EventData::SnapshotReported(_)) => {
            match given.found {
                Found::Nobodys { policy, candidates } => {
                    blind::open(event, given, policy, candidates)
                }
                Found::ByName | Found::By(_) => Step::nothing(Verdict::UnknownReturn),
            }
        }
        (None, _) => Step::nothing(Verdict::UnknownReturn),
        (Some(state), _) if given.again => again::apply(state, event, *given),
        (Some(state), data) => {
            let mut work = Work::new(state, *given, key);
            work.at = event.occurred_at.min(given.now);
            let verdict = record(&mut work, data);
            if matches!(verdict, Verdict::Applied | Verdict::Parked) {
                advance(&mut work);
                learn::learn(&mut work, event);
            }
            work.finish(verdict)
        }
    }
}

/// Invoice lines ("ENTITY|INVOICE|LINE") and pieces ("|ITEM|SERIAL") whose reservations [`apply`] must be given with this
/// event and the state before it.
pub fn invoice_lines_of(event: &Event, state: Option<&ReturnState>) -> Vec<String> {
    let mut names: Vec<String> = asked_about(event, state)
        .into_iter()
        .map(|(entity, reference)| invoice_line(entity, reference))
        .collect();
    if let EventData::ReceiptRecorded(receipt) = &event.data {
        names.extend(serial::pieces_of(receipt));
    }
    names.extend(state.iter().flat_map(|state| state.waiting_pieces()));
    names.sort();
    names.dedup();
    names
}

/// Invoice lines on which units may have to be found: of a request or a change, and of lines that gave units back.
fn asked_about<'a>(
    event: &'a Event,
    state: Option<&'a ReturnState>,
) -> Vec<(&'a str, &'a InvoiceRef)> {
    if let EventData::ReturnRequested(asked) = &event.data {
        let lines = asked.lines.iter();
        let references = lines.filter_map(|line| line.invoice_ref.as_ref());
        return references
            .map(|of| (asked.legal_entity.as_str(), of))
            .collect();
    }
    let Some(state) = state else {
        return Vec::new();
    };
    if let EventData::GoodsIdentified(asked) = &event.data
        && let Identified::Sale(sale) = &asked.found
    {
        let references = sale
            .lines
            .iter()
            .filter_map(|line| line.invoice_ref.as_ref());
        return references
            .map(|of| (state.header.legal_entity.as_str(), of))
            .collect();
    }
    let (is_change, added) = match &event.data {
        EventData::AmendRequested(asked) => (true, asked.added.as_slice()),
        _ => (false, [].as_slice()),
    };
    let added = added.iter().filter_map(|line| line.invoice_ref.as_ref());
    let is_answer = matches!(event.data, EventData::EffectSettled(_))
        && state.lifecycle() == Lifecycle::Requested;
    let lines = state.lines.iter();
    lines
        .filter(|line| is_change || is_answer || !line.freed.is_empty())
        .filter_map(|line| line.line.invoice_ref.as_ref())
        .chain(added)
        .map(|of| (state.header.legal_entity.as_str(), of))
        .collect()
}

pub(crate) fn record(work: &mut Work<'_>, data: &EventData) -> Verdict {
    let name = commands::name(data);
    if name
        .as_ref()
        .is_some_and(|name| commands::is_done(&work.state, name))
    {
        return Verdict::Duplicate;
    }
    let verdict = take(work, data);
    if verdict == Verdict::Applied {
        work.state.done.extend(name);
    }
    verdict
}

fn take(work: &mut Work<'_>, data: &EventData) -> Verdict {
    if let Some(verdict) = identify::follow(work, data) {
        return verdict;
    }
    match data {
        EventData::ReturnRequested(asked) => request::again(work, asked),
        EventData::CancelRequested(asked) => lifecycle::cancel(work, asked),
        EventData::AmendRequested(asked) => amend::amend(work, asked),
        EventData::GoodsIdentified(asked) => identify::record(work, asked),
        EventData::GoodsInTransit(transit) => lifecycle::in_transit(work, transit),
        EventData::ReceiptRecorded(receipt) => receive::record(work, receipt),
        EventData::ReceiptReversed(reversal) => reverse::reverse(work, reversal),
        EventData::InspectionFinalized(inspection) => inspect::record(work, inspection),
        EventData::DispositionDecided(disposition) => dispose::record(work, disposition),
        EventData::HoldChanged(change) => hold::record(work, change),
        EventData::CreditReversalRequested(asked) => uncredit::record(work, asked),
        EventData::SnapshotReported(told) => snapshot::record(work, told),
        EventData::ApprovalDecided(decided) => decide::record(work, decided),
        EventData::EffectSettled(report) => settle::record(work, report),
        EventData::TimerFired(fired) => timers::ring(work, fired),
        EventData::SupplierAnswered(answer) => vendor::answered(work, answer),
    }
}

/// Whatever can go on now goes on: goods, then money, then the end of the return, then what it shows as.
/// What stands still then is watched.
pub(crate) fn advance(work: &mut Work<'_>) {
    lifecycle::give_cancel_up(work);
    lifecycle::reopen(work);
    late::ask_again(work);
    advance_goods(work);
    compensate::advance(work);
    recovery::reconcile(work);
    vendor::advance(work);
    lifecycle::settle(work);
    blind::watch(work);
    milestone::mend(work);
    uninspected::watch(work);
}

/// Applies inspections and dispositions that waited for goods. True if anything was applied.
pub(crate) fn advance_goods(work: &mut Work<'_>) -> bool {
    let inspected = inspect::apply_waiting(work);
    let disposed = dispose::apply_waiting(work);
    inspected || disposed
}

/// Keeps a fact that came before the return was authorised.
pub(crate) fn keep_early(work: &mut Work<'_>, early: Early) -> Verdict {
    if work.state.early.contains(&early) {
        return Verdict::Duplicate;
    }
    work.state.early.push(early);
    Verdict::Parked
}

/// Takes the facts in that came before the decision on the return.
pub(crate) fn replay_early(work: &mut Work<'_>) {
    blind::let_go(work);
    for early in std::mem::take(&mut work.state.early) {
        match &early {
            Early::InTransit(transit) => lifecycle::in_transit(work, transit),
            Early::Receipt(receipt) => receive::record(work, receipt),
            Early::Reversal(reversal) => reverse::reverse(work, reversal),
            Early::Inspection(inspection) => inspect::record(work, inspection),
            Early::Disposition(disposition) => dispose::record(work, disposition),
            Early::Snapshot(told) => snapshot::record(work, told),
        };
    }
}
