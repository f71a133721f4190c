//! C10: what partners and customers were to be told against what they were told. Pure.

use canonical::BusinessCode;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::class::{Class, Match};
use super::item::{Compared, Item};
use super::ours::{Ours, Standing};
use super::scope::Scope;

const C10: Match = Match::C10;

/// An effect that only tells something: a message, an announcement, a document for the partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The effect.
    pub ours: Ours,
    /// Its kind, and the milestone of a message, for people.
    pub what: String,
}

/// How far somebody who is told of every milestone has come with a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The return.
    pub return_id: String,
    /// Its RMA number, for people.
    pub rma_number: String,
    /// Who is told: `webhook/NAME`, or the exchange of the statuses.
    pub listener: String,
    /// The milestone that it has reached.
    pub code: BusinessCode,
    /// Number of that status.
    pub seq: u64,
    /// Number of the last status that was told.
    pub told: u64,
    /// Since when it ought to be told.
    pub since: Timestamp,
    /// The same as a day, where the entity keeps its books.
    pub on: Date,
    /// The exception of the calls that were given up, or empty.
    pub given_up: String,
}

/// Compares what was to be told with what was.
///
/// - An effect is compared on the days that it belongs to, and for as long as it is not confirmed.
/// - A return whose last status was not told, or was given up, is one item per listener, however many statuses are missing.
pub fn outward(scope: &Scope, told: &[Told], progress: &[Progress]) -> Compared {
    let mut compared = Compared::default();
    for told in told {
        let is_confirmed = told.ours.standing == Standing::Confirmed;
        if is_confirmed && !scope.holds(C10, &told.ours) {
            continue;
        }
        compared.left += 1;
        compared.right += usize::from(is_confirmed);
        compared.found(effect(scope, told).into_iter().collect());
    }
    for progress in progress {
        let item = milestone(scope, progress);
        compared.left += 1;
        compared.right += usize::from(item.is_none());
        compared.found(item.into_iter().collect());
    }
    compared
}

fn effect(scope: &Scope, told: &Told) -> Option<Item> {
    let ours = &told.ours;
    let young = scope.is_young(ours.since, scope.lag);
    let (class, right) = match ours.standing {
        Standing::Confirmed => return None,
        Standing::Stopped => (Class::Status, "not told: refused or given up"),
        Standing::UnderWay | Standing::Unknown if young => (Class::Timing, "on its way"),
        Standing::UnderWay | Standing::Unknown => (Class::Status, "not confirmed"),
    };
    let reason = match class {
        Class::Timing => format!(
            "{} is on its way to {}: looked at again by the next run",
            told.what, ours.connector
        ),
        _ => format!(
            "{} was not confirmed by {}: who was to hear it does not know. Its exception says why, if it has one; put that right \
             and replay it, or tell them by other means",
            told.what, ours.connector
        ),
    };
    Some(Item {
        left: told.what.clone(),
        right: right.to_owned(),
        reason,
        ..scope.item(C10, class, ours)
    })
}

fn milestone(scope: &Scope, progress: &Progress) -> Option<Item> {
    let Progress { seq, told, .. } = progress;
    let is_given_up = !progress.given_up.is_empty();
    if told >= seq && !is_given_up {
        return None;
    }
    let class = if !is_given_up && scope.is_young(progress.since, scope.lag) {
        Class::Timing
    } else {
        Class::Status
    };
    let (rma, code, listener) = (&progress.rma_number, progress.code, &progress.listener);
    let (right, reason) = if is_given_up {
        (
            format!("given up at {seq}"),
            format!(
                "{listener} was not told that {rma} is {code}: the calls were given up. Mend the way, then replay the exception"
            ),
        )
    } else {
        (
            format!("told up to {told}"),
            format!(
                "{listener} was not told that {rma} is {code} (status {seq}; the last one told is {told}): look whether it is \
                 reached, and whether its queue is read"
            ),
        )
    };
    Some(Item {
        left: format!("{code} ({seq})"),
        right,
        return_id: progress.return_id.clone(),
        exception_id: progress.given_up.clone(),
        reason,
        ..scope.strange(C10, class, listener, &progress.return_id, progress.on)
    })
}
