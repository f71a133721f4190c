//! What left before the goods came: an advance credit, or a replacement up front, and until when the goods are due.
//!
//! An advance credit is asked for when the return is authorised and begins to count when it is released to the ERP; a
//! replacement begins to count at authorisation. From then on the return neither expires nor can be withdrawn before the
//! goods are due, nothing more is credited for its units, and `recovery` sees to what does not come back.

use canonical::event::TimerKind;
use canonical::{DispositionAction, EffectKey, Lifecycle, Qty, ReturnType};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::buckets::Bucket;
use crate::credit::{self, SliceInput};
use crate::eligibility::end_of_day_after;
use crate::money_state::{CreditState, SliceCredit};
use crate::policy::{AdvanceTerms, Policy};
use crate::rule;
use crate::state::{LineState, ReturnState};
use crate::work::Work;

/// What left in advance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExposureKind {
    /// A credit.
    Credit,
    /// Other goods.
    Replacement,
}

/// An advance, and what was recovered of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// What left in advance.
    pub kind: ExposureKind,
    /// Version of the advance credit, once it is calculated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<u32>,
    /// When the goods are due; none while the advance credit is not released.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// True while goods are out whose advance is not settled: by their coming back, or by a recovery.
    pub open: bool,
    /// Invoices that recover it, in the order in which they were made. At most the last one is live.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recoveries: Vec<Recovery>,
}

/// An invoice that recovers an advance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// Its effect.
    pub effect_key: EffectKey,
    /// What it charges.
    pub lines: Vec<Owed>,
    /// The effect that takes it back; its own key when it was withdrawn before anybody could have sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reversed_by: Option<EffectKey>,
}

/// What a customer owes for a line of which something does not come back as it was advanced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// Return line.
    pub line_no: u32,
    /// Units for which nothing is due, base units.
    pub qty: Qty,
    /// Net, minor units of the invoice's currency.
    pub net_minor: i64,
    /// Tax, minor units of the invoice's currency.
    pub tax_minor: i64,
}

impl Exposure {
    pub(crate) fn new(kind: ExposureKind) -> Self {
        Self {
            kind,
            credit: None,
            due_at: None,
            open: true,
            recoveries: Vec::new(),
        }
    }

    /// The recovery that is not taken back.
    pub fn live_recovery(&self) -> Option<&Recovery> {
        self.recoveries
            .iter()
            .find(|recovery| recovery.reversed_by.is_none())
    }
}

impl ReturnState {
    /// What was credited or replaced in advance, and what was recovered of it.
    pub fn exposure(&self) -> Option<&Exposure> {
        self.exposure.as_ref()
    }

    /// True once money or goods have left in advance.
    pub fn is_exposed(&self) -> bool {
        self.exposure
            .as_ref()
            .is_some_and(|exposure| exposure.due_at.is_some())
    }

    /// What becomes of a slice that the policy credits.
    pub(crate) fn credit_of_slice(&self) -> SliceCredit {
        match &self.exposure {
            Some(exposure) if exposure.due_at.is_some() => match exposure.kind {
                ExposureKind::Credit => SliceCredit::Advanced,
                ExposureKind::Replacement => SliceCredit::Replaced,
            },
            _ => SliceCredit::Due,
        }
    }
}

/// True if that credit is the advance.
pub(crate) fn is_advance(state: &ReturnState, version: u32) -> bool {
    let exposure = state.exposure.as_ref();
    exposure.is_some_and(|exposure| exposure.credit == Some(version))
}

/// True while an advance credit is to be calculated.
pub(crate) fn wants_credit(state: &ReturnState) -> bool {
    let is_open = matches!(
        state.lifecycle(),
        Lifecycle::Authorized | Lifecycle::InProgress
    );
    is_open
        && state.exposure.as_ref().is_some_and(|exposure| {
            exposure.kind == ExposureKind::Credit
                && exposure.credit.is_none()
                && exposure.due_at.is_none()
        })
}

/// Money or goods leave now: the goods are due so many days later, and the return does not end before.
pub(crate) fn begin(work: &mut Work<'_>, terms: &AdvanceTerms) {
    let now = work.given.now;
    let days = terms.due_days;
    let due_at = end_of_day_after(now, &work.state.header.tz, days).unwrap_or_else(|| {
        let wait = SignedDuration::from_hours(24 * i64::from(days));
        now.saturating_add(wait).unwrap_or(Timestamp::MAX)
    });
    if let Some(exposure) = &mut work.state.exposure {
        exposure.due_at = Some(due_at);
    }
    work.set_timer(TimerKind::AdvanceDue, "", due_at);
    let expires_at = work.state.header.expires_at;
    if expires_at.is_some_and(|at| at < due_at) {
        work.state.header.expires_at = Some(due_at);
        work.set_timer(TimerKind::Expiry, "", due_at);
    }
    if work.state.lifecycle() == Lifecycle::Authorized {
        work.enter(Lifecycle::InProgress);
    }
}

/// An advance credit that is not released yet is not made any more: the goods came first, the return ends, or somebody
/// refused it. From now on it is a return like any other.
pub(crate) fn withdraw(work: &mut Work<'_>) {
    if work.state.is_exposed() {
        return;
    }
    let Some(exposure) = work.state.exposure.take() else {
        return;
    };
    let is_open = |version: &u32| {
        work.state.credits.iter().any(|credit| {
            credit.version == *version
                && matches!(
                    credit.state,
                    CreditState::Held | CreditState::PendingApproval
                )
        })
    };
    if let Some(version) = exposure.credit.filter(is_open) {
        rule::supersede(work, version);
    }
}

/// Goods that were decided on before the advance was released are credited as such.
pub(crate) fn give_way(work: &mut Work<'_>) {
    if work.state.exposure.is_some() && !work.state.slices.is_empty() {
        withdraw(work);
    }
}

/// What an advance credit is calculated from: every reserved unit, as if it came back to be sold again.
pub(crate) fn advanced(state: &ReturnState) -> Vec<SliceInput<'_>> {
    let mut inputs = Vec::new();
    for line in &state.lines {
        let units = line.claims.iter().map(|at| assumed(line, *at));
        inputs.extend(joined(units.collect()));
    }
    inputs
}

/// Units of a line as an advance takes them to be.
pub(crate) fn assumed(line: &LineState, (from, to): (Qty, Qty)) -> SliceInput<'_> {
    SliceInput {
        line: &line.line,
        disposition_id: String::new(),
        position_from: from,
        position_to: to,
        action: DispositionAction::Restock,
        condition: None,
        liability: line.line.reason.default_liability(),
    }
}

/// Joins units that touch and are alike, so that the same units give the same amounts however they came.
pub(crate) fn joined(mut inputs: Vec<SliceInput<'_>>) -> Vec<SliceInput<'_>> {
    inputs.sort_by_key(|input| (input.line.line_no, input.position_from));
    let mut joined: Vec<SliceInput<'_>> = Vec::new();
    for input in inputs {
        match joined.last_mut() {
            Some(last)
                if last.line.line_no == input.line.line_no
                    && last.position_to == input.position_from
                    && last.action == input.action
                    && last.condition == input.condition
                    && last.liability == input.liability =>
            {
                last.position_to = input.position_to;
            }
            _ => joined.push(input),
        }
    }
    joined
}

/// What of an advance is outside of its terms, for people; empty if nothing is. `gross_base_minor` is in the policy's
/// currency.
pub(crate) fn outside(
    state: &ReturnState,
    terms: &AdvanceTerms,
    gross_base_minor: i64,
) -> Vec<String> {
    let mut outside = Vec::new();
    let segment = state.header.customer_segment.as_deref();
    let is_of = |segment: &str| terms.segments.iter().any(|known| known == segment);
    if !terms.segments.is_empty() && !segment.is_some_and(is_of) {
        outside.push(format!(
            "customer segment {} is none of {}",
            segment.unwrap_or("(none)"),
            terms.segments.join(", ")
        ));
    }
    if gross_base_minor > terms.max_gross_minor {
        outside.push("it is worth more than max_gross".to_owned());
    }
    outside
}

/// What the goods that a replacement goes out for were invoiced at, gross, minor units of the policy's currency. What
/// cannot be converted counts as the largest amount.
pub(crate) fn replaced_value(state: &ReturnState, policy: &Policy) -> i64 {
    let mut gross: i64 = 0;
    for line in &state.lines {
        let whole = credit::worth(&line.line, (Qty::ZERO, line.base), Qty::whole(100));
        let Some((net, tax)) = whole else {
            return i64::MAX;
        };
        gross = gross.saturating_add(net).saturating_add(tax);
    }
    crate::release::gross_in_base(state, policy, gross).unwrap_or(i64::MAX)
}

/// True if goods of the return are not back: expected, or given up.
pub(crate) fn is_missing(state: &ReturnState) -> bool {
    let out = [Bucket::Authorized, Bucket::InTransit, Bucket::Expired];
    state.in_buckets(&out).is_positive()
}

/// True if every line of the return is replaced before its goods are back.
pub(crate) fn is_replaced_up_front(state: &ReturnState) -> bool {
    state.header.return_type == ReturnType::AdvanceReplacement
}
