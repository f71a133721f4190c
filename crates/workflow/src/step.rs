//! What goes into the workflow with an event, and what comes out of it.

use canonical::event::TimerKind;
use canonical::exception::Severity;
use canonical::status::StatusEvent;
use canonical::{Command, EffectKey, Event, ExceptionCode, Money, Qty};
use jiff::Timestamp;

use crate::cascade::{Candidate, Match};
use crate::history::{History, HistoryAsk};
use crate::policy::{Policy, PolicySet};
use crate::state::ReturnState;

/// What the workflow is told besides the event. All of it is data: the same event with the same surroundings gives the
/// same step, today and at a replay.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// All policies.
    pub policies: &'a PolicySet,
    /// When the event was taken in.
    pub now: Timestamp,
    /// Connector instance that says it.
    pub connector: &'a str,
    /// Correlation id of the event.
    pub correlation_id: &'a str,
    /// Id of the message that led to the event; the event's own key if empty.
    pub causation_id: &'a str,
    /// Publication of the crosswalks by which the event was read, or empty; pinned on a return that it opens.
    pub crosswalk_version: &'a str,
    /// Reservations of all returns on the event's invoice lines ([`crate::invoice_lines_of`]); only looked at when a
    /// return is asked for or amended, or gets goods after it gave its units back.
    pub claims: &'a [Claim],
    /// What other returns of the customer were credited. None: not looked up; a step that would have looked at it says so
    /// in [`Step::asks`].
    pub history: Option<History<'a>>,
    /// An operator gives the event back to the flow: what waits is looked at anew, even if the event is known already.
    pub again: bool,
    /// How the return was found.
    pub found: Found<'a>,
}

/// How the return was found that an event speaks of.
#[derive(Debug, Clone, Copy, Default)]
pub enum Found<'a> {
    /// By the name that the event gives, or not at all.
    #[default]
    ByName,
    /// It is the only one that the goods can belong to.
    By(&'a Match),
    /// Not at all, and this policy takes such goods in: a receipt opens a return for them.
    Nobodys {
        /// The policy.
        policy: &'a Policy,
        /// Open returns that could be meant, none of them alone.
        candidates: &'a [Candidate],
    },
}

/// Units of an invoice line that a return holds: the half-open interval `[from, to)` in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// "ENTITY|INVOICE|LINE".
    pub invoice_line: String,
    /// First unit.
    pub from: Qty,
    /// One past the last unit.
    pub to: Qty,
    /// Who holds them.
    pub return_id: String,
    /// What that return says that the invoice line is, in words ([`crate::claims::told`]); empty if that is not known.
    pub facts: String,
}

/// What became of the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It changed the return.
    Applied,
    /// Known already by its business key: suppressed and counted.
    Duplicate,
    /// Too early: kept inside the state until its turn.
    Parked,
    /// Understood, and nothing to do; why.
    Ignored(String),
    /// No such return, and the event does not open one: the caller keeps it.
    UnknownReturn,
}

/// An effect to be done to another system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedEffect {
    /// What is asked.
    pub command: Command,
    /// Effects that must be confirmed first.
    pub depends_on: Vec<EffectKey>,
    /// True if all of them are.
    pub ready: bool,
}

/// An exception to be opened; one that is open already under its fingerprint is left as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// Recognises the exception: return id, code and what it is about.
    pub fingerprint: String,
    /// Code.
    pub code: ExceptionCode,
    /// How bad.
    pub severity: Severity,
    /// What, where, what to do.
    pub reason: String,
    /// Site or line it is about.
    pub place: String,
    /// Money at stake.
    pub amount: Option<Money>,
    /// Effect that it stops.
    pub effect_key: Option<EffectKey>,
}

/// A timer to be set, or moved if its key is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerSet {
    /// Key.
    pub key: String,
    /// What for.
    pub kind: TimerKind,
    /// Of what; comes back in the event.
    pub of: String,
    /// When it rings.
    pub due_at: Timestamp,
}

/// What an event means: everything that the caller commits in one transaction.
#[derive(Debug, Clone)]
pub struct Step {
    /// What became of the event.
    pub verdict: Verdict,
    /// The new state; none if nothing changed.
    pub state: Option<ReturnState>,
    /// Names under which the return can be found from now on: (space, name), spaces "rma/ENTITY" and "ext/SYSTEM".
    pub references: Vec<(String, String)>,
    /// Intervals to be taken. If one is held by another return the whole step must be refused.
    pub claims: Vec<Claim>,
    /// Intervals to be given back, exactly as they were taken. Give back before taking.
    pub releases: Vec<Claim>,
    /// Effects to be recorded.
    pub plan: Vec<PlannedEffect>,
    /// Planned effects whose dependencies are confirmed now.
    pub release: Vec<EffectKey>,
    /// Planned effects that are not wanted any more. Never one that was ready.
    pub cancel: Vec<EffectKey>,
    /// Milestones to be published, in order.
    pub statuses: Vec<StatusEvent>,
    /// Exceptions to be opened.
    pub exceptions: Vec<Raised>,
    /// Fingerprints of exceptions that are over; some may never have been open.
    pub resolve: Vec<String>,
    /// Timers to be set.
    pub timers: Vec<TimerSet>,
    /// Keys of timers that are not needed any more.
    pub timers_done: Vec<String>,
    /// What was to be looked up and was not given ([`Given::history`]): the step took it for nothing. Whoever can look it
    /// up does so, and applies the event to the same state once more.
    pub asks: Option<HistoryAsk>,
    /// What other returns are to be told, as if somebody outside had: facts about goods that are theirs.
    pub tell: Vec<Event>,
}

impl Step {
    /// A step that changes nothing.
    pub fn nothing(verdict: Verdict) -> Self {
        Self {
            verdict,
            state: None,
            references: Vec::new(),
            claims: Vec::new(),
            releases: Vec::new(),
            plan: Vec::new(),
            release: Vec::new(),
            cancel: Vec::new(),
            statuses: Vec::new(),
            exceptions: Vec::new(),
            resolve: Vec::new(),
            timers: Vec::new(),
            timers_done: Vec::new(),
            asks: None,
            tell: Vec::new(),
        }
    }
}
