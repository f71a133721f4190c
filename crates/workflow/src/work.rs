//! One event at work: the state it changes and the step that grows meanwhile.

use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::{BusinessCode, ExceptionCode, Lifecycle, Money, Qty};
use jiff::{SignedDuration, Timestamp};

use crate::keys;
use crate::machine;
use crate::money_state::CreditState;
use crate::policy::Policy;
use crate::serial;
use crate::state::ReturnState;
use crate::status;
use crate::step::{Claim, Given, Raised, Step, TimerSet, Verdict};
use crate::uninspected;

/// An event at work.
pub(crate) struct Work<'a> {
    pub(crate) state: ReturnState,
    pub(crate) step: Step,
    pub(crate) given: Given<'a>,
    /// Pieces with serial numbers that had come before the event.
    held: Vec<Claim>,
    /// Goods that waited for their inspection before the event.
    pub(crate) uninspected: Qty,
    /// When the event happened, as far as it is not in the future.
    pub(crate) at: Timestamp,
    /// What the event's consequences name as their cause.
    cause: &'a str,
}

/// What an exception is about, without the return.
pub(crate) struct Problem<'a> {
    pub(crate) code: ExceptionCode,
    pub(crate) severity: Severity,
    /// Tells it from others of the same code in the same return.
    pub(crate) about: &'a str,
    pub(crate) reason: String,
}

impl<'a> Work<'a> {
    pub(crate) fn new(state: ReturnState, given: Given<'a>, event_key: &'a str) -> Self {
        let cause = if given.causation_id.is_empty() {
            event_key
        } else {
            given.causation_id
        };
        Self {
            held: serial::held(&state),
            uninspected: uninspected::waiting(&state),
            state,
            step: Step::nothing(Verdict::Applied),
            at: given.now,
            given,
            cause,
        }
    }

    /// Closes the step: a verdict that changes nothing gives the old state up and keeps only exceptions.
    pub(crate) fn finish(mut self, verdict: Verdict) -> Step {
        let held = serial::held(&self.state);
        let gone = self.held.iter().filter(|claim| !held.contains(claim));
        self.step.releases.extend(gone.cloned());
        let came = held.into_iter().filter(|claim| !self.held.contains(claim));
        self.step.claims.extend(came);
        match verdict {
            Verdict::Applied | Verdict::Parked => Step {
                verdict,
                state: Some(self.state),
                ..self.step
            },
            Verdict::Duplicate | Verdict::Ignored(_) | Verdict::UnknownReturn => Step {
                exceptions: self.step.exceptions,
                asks: self.step.asks,
                ..Step::nothing(verdict)
            },
        }
    }

    /// The policy the return was authorised under, or the one that holds now if it is not authorised yet.
    pub(crate) fn policy(&self) -> Option<&'a Policy> {
        let header = &self.state.header;
        if header.policy_version.is_empty() {
            self.given
                .policies
                .at(&header.legal_entity, header.requested_at)
        } else {
            self.given.policies.version(&header.policy_version)
        }
    }

    /// Publishes a milestone.
    pub(crate) fn milestone(&mut self, code: BusinessCode) {
        self.state.code = code;
        self.state.seq += 1;
        self.state.passed.push((code, self.at.as_millisecond()));
        let event = status::event(&self.state, self.given.now, self.cause);
        self.step.statuses.push(event);
    }

    /// Publishes a milestone, and what should be known besides.
    pub(crate) fn milestone_with(&mut self, code: BusinessCode, notes: Vec<String>) {
        self.milestone(code);
        if let Some(status) = self.step.statuses.last_mut() {
            status.notes = notes;
        }
    }

    /// The policy of the entity that holds now: for what counts from now on whatever the return was authorised under, as
    /// closed periods, accounts and recalls do.
    pub(crate) fn live_policy(&self) -> Option<&'a Policy> {
        let entity = &self.state.header.legal_entity;
        let live = self.given.policies.at(entity, self.given.now);
        live.or_else(|| self.policy())
    }

    /// Moves the return on in its life.
    pub(crate) fn enter(&mut self, lifecycle: Lifecycle) {
        debug_assert!(
            machine::may(self.state.header.lifecycle, lifecycle),
            "{} does not become {lifecycle}",
            self.state.header.lifecycle
        );
        self.state.header.lifecycle = lifecycle;
    }

    /// Opens an exception that a person ends.
    pub(crate) fn raise(&mut self, problem: Problem<'_>) {
        let raised = Raised {
            fingerprint: self.fingerprint(problem.code, problem.about),
            code: problem.code,
            severity: problem.severity,
            reason: problem.reason,
            place: self.state.header.return_to_site.clone(),
            amount: self.money_at_stake(problem.code),
            effect_key: None,
        };
        self.step.exceptions.push(raised);
    }

    /// What is calculated and not credited yet, for exceptions that stop money.
    fn money_at_stake(&self, code: ExceptionCode) -> Option<Money> {
        let stops_money = matches!(
            code,
            ExceptionCode::CustomerHold
                | ExceptionCode::ApprovalExpired
                | ExceptionCode::CreditCapExceeded
                | ExceptionCode::TaxVariance
                | ExceptionCode::PriceVariance
                | ExceptionCode::NotAllowedNow
        );
        let open = self.state.amount_of(|credit| {
            matches!(
                credit.state,
                CreditState::Held | CreditState::PendingApproval | CreditState::Posting
            )
        });
        (stops_money && open.minor > 0).then_some(open)
    }

    /// Ends an exception that [`Self::raise`] opened, if it is open. One of this very event is not opened at all.
    pub(crate) fn resolve(&mut self, code: ExceptionCode, about: &str) {
        let fingerprint = self.fingerprint(code, about);
        self.step
            .exceptions
            .retain(|raised| raised.fingerprint != fingerprint);
        self.step.resolve.push(fingerprint);
    }

    /// Opens an exception that ends by itself when its cause is gone; once, however often it is found again.
    pub(crate) fn raise_until_cured(&mut self, problem: Problem<'_>) {
        let fingerprint = self.fingerprint(problem.code, problem.about);
        if !self.state.open.contains(&fingerprint) {
            self.state.open.push(fingerprint);
            self.raise(problem);
        }
    }

    /// Ends exceptions that [`Self::raise_until_cured`] opened.
    pub(crate) fn cured(&mut self, code: ExceptionCode, about: &str) {
        let fingerprint = self.fingerprint(code, about);
        if let Some(at) = self.state.open.iter().position(|open| *open == fingerprint) {
            self.state.open.remove(at);
            self.step.resolve.push(fingerprint);
        }
    }

    /// True while that exception is open.
    pub(crate) fn is_open(&self, code: ExceptionCode, about: &str) -> bool {
        self.state.open.contains(&self.fingerprint(code, about))
    }

    fn fingerprint(&self, code: ExceptionCode, about: &str) -> String {
        format!("{}|{code}|{about}", self.state.return_id())
    }

    /// Sets a timer.
    pub(crate) fn set_timer(&mut self, kind: TimerKind, of: &str, due_at: Timestamp) {
        self.step.timers.push(TimerSet {
            key: keys::timer(self.state.return_id(), kind, of),
            kind,
            of: of.to_owned(),
            due_at,
        });
    }

    /// Takes a timer off.
    pub(crate) fn drop_timer(&mut self, kind: TimerKind, of: &str) {
        let key = keys::timer(self.state.return_id(), kind, of);
        self.step.timers_done.push(key);
    }

    /// So many hours from now.
    pub(crate) fn in_hours(&self, hours: u32) -> Timestamp {
        self.given
            .now
            .saturating_add(SignedDuration::from_hours(i64::from(hours)))
            .unwrap_or(Timestamp::MAX)
    }
}
