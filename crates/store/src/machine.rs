//! The delivery of an effect as a table: from where to where it goes, and on what. Nothing else happens: in builds with
//! assertions each outcome is compared with it.

use crate::rows::EffectState;

/// A step of the delivery of an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EffectTransition {
    /// From where.
    pub from: EffectState,
    /// To where.
    pub to: EffectState,
    /// On what.
    pub on: &'static str,
}

/// Every step. An effect begins as `PLANNED`, as `READY` when it waits for nothing, or as `PARKED` when no route delivers it.
pub const EFFECT_TRANSITIONS: &[EffectTransition] = &[
    step(
        EffectState::Planned,
        EffectState::Ready,
        "everything that it waits for is confirmed",
    ),
    step(
        EffectState::Planned,
        EffectState::Cancelled,
        "not wanted any more",
    ),
    step(
        EffectState::Ready,
        EffectState::InFlight,
        "leased; the attempt is written before anything is sent",
    ),
    step(
        EffectState::Ready,
        EffectState::Cancelled,
        "not wanted any more, and never sent",
    ),
    step(
        EffectState::InFlight,
        EffectState::Confirmed,
        "the target took it, or had it already",
    ),
    step(
        EffectState::InFlight,
        EffectState::Rejected,
        "the target understood and refused it",
    ),
    step(
        EffectState::InFlight,
        EffectState::Ready,
        "it surely did not arrive: again later",
    ),
    step(
        EffectState::InFlight,
        EffectState::Unknown,
        "the answer was lost, or whoever had the lease is gone",
    ),
    step(
        EffectState::InFlight,
        EffectState::Parked,
        "tried often enough, or what it takes is missing",
    ),
    step(
        EffectState::Unknown,
        EffectState::Confirmed,
        "the look-up found it, as it was sent",
    ),
    step(
        EffectState::Unknown,
        EffectState::Ready,
        "it is not there, asked often and long enough: the same key again",
    ),
    step(
        EffectState::Unknown,
        EffectState::Ambiguous,
        "there is another than was sent, or more than one",
    ),
    step(
        EffectState::Unknown,
        EffectState::Rejected,
        "the partner refused it later",
    ),
    step(
        EffectState::Unknown,
        EffectState::Parked,
        "nobody could say for too long",
    ),
    step(
        EffectState::Rejected,
        EffectState::Unknown,
        "given back by a person: looked up first",
    ),
    step(
        EffectState::Rejected,
        EffectState::Ready,
        "given back by a person, and never sent",
    ),
    step(
        EffectState::Rejected,
        EffectState::Confirmed,
        "a person has seen its document",
    ),
    step(
        EffectState::Rejected,
        EffectState::Cancelled,
        "not wanted any more",
    ),
    step(
        EffectState::Ambiguous,
        EffectState::Unknown,
        "given back by a person: looked up first",
    ),
    step(
        EffectState::Ambiguous,
        EffectState::Ready,
        "given back by a person, and never sent",
    ),
    step(
        EffectState::Ambiguous,
        EffectState::Confirmed,
        "a person has seen its document",
    ),
    step(
        EffectState::Parked,
        EffectState::Unknown,
        "given back by a person: looked up first",
    ),
    step(
        EffectState::Parked,
        EffectState::Ready,
        "given back by a person, and never sent",
    ),
    step(
        EffectState::Parked,
        EffectState::Confirmed,
        "a person has seen its document",
    ),
    step(
        EffectState::Parked,
        EffectState::Cancelled,
        "not wanted any more, and never sent since",
    ),
];

const fn step(from: EffectState, to: EffectState, on: &'static str) -> EffectTransition {
    EffectTransition { from, to, on }
}

impl EffectState {
    /// True if an effect may go from here to there, or stay.
    pub fn may_become(self, to: Self) -> bool {
        let mut steps = EFFECT_TRANSITIONS.iter();
        self == to || steps.any(|step| step.from == self && step.to == to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_is_reached_and_only_two_are_the_end() {
        let begins = [EffectState::Planned, EffectState::Ready];
        for state in EffectState::ALL {
            let to = EFFECT_TRANSITIONS.iter().any(|step| step.to == state);
            assert!(to || begins.contains(&state), "{state:?} is never reached");
            let from = EFFECT_TRANSITIONS.iter().any(|step| step.from == state);
            let is_end = matches!(state, EffectState::Confirmed | EffectState::Cancelled);
            assert_eq!(from, !is_end, "{state:?}");
        }
    }
}
