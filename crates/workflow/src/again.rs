//! An operator gives an event back to the flow: whatever waits is looked at anew.
//!
//! A replay closes the exception that it was asked for. So the exceptions that the second look can find are forgotten
//! before it: those whose cause is still there are raised again, the others are over.

use canonical::{Event, EventData, ExceptionCode, Lifecycle};

use crate::apply::{advance, record};
use crate::buckets::Bucket;
use crate::compensate::{ABOUT, ABOUT_CALCULATION};
use crate::state::ReturnState;
use crate::step::{Given, Step, Verdict};
use crate::work::Work;
use crate::{blind, correct, eligibility, late, learn, repin, request};

/// Applies an event that was given back. One that is known already still lets go on what waits: a credit that stood still
/// because of a gap in the policy or a hold goes on if the cause is gone. The verdict is [`Verdict::Applied`] if that
/// changed anything, else what it would be without the operator.
pub(crate) fn apply(state: ReturnState, event: &Event, given: Given<'_>) -> Step {
    let before = state.clone();
    let mut clean = state;
    let forgotten = forget(&mut clean, &event.data);
    let mut work = Work::new(clean.clone(), given, event.key.as_str());
    let mut verdict = record(&mut work, &event.data);
    let is_new = matches!(verdict, Verdict::Applied | Verdict::Parked);
    if !is_new {
        // an event that is known leaves no trace but exceptions
        let exceptions = std::mem::take(&mut work.step.exceptions);
        work = Work::new(clean, given, event.key.as_str());
        work.step.exceptions = exceptions;
    }
    look(&mut work, &event.data);
    if is_new {
        learn::learn(&mut work, event);
    }
    for fingerprint in forgotten {
        if !work.state.open.contains(&fingerprint) {
            work.step.resolve.push(fingerprint);
        }
    }
    keep_order(&mut work.state.open, &before.open);
    if !is_new && work.state != before {
        verdict = Verdict::Applied;
    }
    work.finish(verdict)
}

/// What waits: the request for a policy, late goods for somebody to ask, goods for their turn, credits for a rule.
fn look(work: &mut Work<'_>, data: &EventData) {
    if asks(&work.state, data) {
        request::evaluate(work, true);
    }
    repin::repin(work);
    if work.state.in_bucket(Bucket::Received).is_positive() {
        late::hold(work);
    }
    advance(work);
}

/// True if the event is the request itself and the return is not decided on: only then are the reservations of its
/// invoice lines at hand.
fn asks(state: &ReturnState, data: &EventData) -> bool {
    matches!(data, EventData::ReturnRequested(_)) && state.lifecycle() == Lifecycle::Requested
}

/// Takes out the open exceptions that [`look`] finds again if their cause is still there.
fn forget(state: &mut ReturnState, data: &EventData) -> Vec<String> {
    let prefix = format!("{}|", state.return_id());
    let asks = asks(state, data);
    let is_looked_at = |fingerprint: &String| {
        let named = fingerprint.strip_prefix(&prefix);
        let Some((code, about)) = named.and_then(|named| named.split_once('|')) else {
            return false;
        };
        match about {
            eligibility::ABOUT => asks,
            ABOUT | ABOUT_CALCULATION | blind::ABOUT | blind::OVERDUE => true,
            _ if about.starts_with(correct::ABOUT) => true,
            _ => code == ExceptionCode::PolicyGap.word(),
        }
    };
    let open = std::mem::take(&mut state.open);
    let (forgotten, kept) = open.into_iter().partition(is_looked_at);
    state.open = kept;
    forgotten
}

/// The same exceptions in another order are no change.
fn keep_order(open: &mut [String], before: &[String]) {
    let place = |fingerprint: &String| before.iter().position(|known| known == fingerprint);
    open.sort_by_key(|fingerprint| place(fingerprint).unwrap_or(usize::MAX));
}
