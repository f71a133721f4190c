//! What a replay would do: of one exception, and of many together.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use store::EffectState;

/// What a replay would do with an exception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Decode the raw bytes again.
    Decode,
    /// Give the event to the router again.
    Event,
    /// Look the effect up in its target, and send it only if it is not there.
    LookUpFirst,
    /// Send the effect: it was never sent.
    SendFirstTime,
    /// Give the message back to its queue.
    Queue,
    /// Nothing: it would be refused.
    Nothing,
}

impl Action {
    /// What becomes of so many: "… of 12 decoded again".
    pub const fn done(self) -> &'static str {
        match self {
            Self::Decode => "decoded again",
            Self::Event => "given to the router again",
            Self::LookUpFirst => "looked up first",
            Self::SendFirstTime => "sent for the first time",
            Self::Queue => "given back to their queue",
            Self::Nothing => "left as they are",
        }
    }

    /// The same in a few words, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Decode => "Decode the bytes again",
            Self::Event => "Give the event to the router again",
            Self::LookUpFirst => "Look up first, send only what is not there",
            Self::SendFirstTime => "Send for the first time",
            Self::Queue => "Give back to its queue",
            Self::Nothing => "Nothing",
        }
    }
}

/// What a replay of one exception would do, and what it rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Preview {
    /// The exception.
    pub exception_id: String,
    /// What would be done.
    pub does: Action,
    /// The same in words.
    pub action: String,
    /// Nobody signed the bytes: a person must vouch for them.
    pub needs_vouching: bool,
    /// Money at risk in minor units.
    pub amount_minor: Option<i64>,
    /// Its currency.
    pub currency: Option<String>,
    /// Effects of the return that are applied already and stay as they are.
    pub applied: Vec<String>,
    /// Effects that would move.
    pub moves: Vec<String>,
}

/// What a replay of several exceptions would do together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// How many exceptions.
    pub exceptions: u64,
    /// How many of them by what would be done; they add up to all.
    pub actions: BTreeMap<Action, u64>,
    /// How many of them need a person to vouch for them.
    pub needs_vouching: u64,
    /// Money at risk by currency, in minor units.
    pub at_risk: BTreeMap<String, i64>,
    /// How many effects are applied already and stay as they are, each counted once.
    pub applied: u64,
    /// How many effects would move, each counted once.
    pub moves: u64,
}

/// Adds up what the previews say.
pub fn impact(previews: &[Preview]) -> Impact {
    let mut sum = Impact::default();
    let mut applied = BTreeSet::new();
    let mut moves = BTreeSet::new();
    for preview in previews {
        sum.exceptions += 1;
        *sum.actions.entry(preview.does).or_default() += 1;
        sum.needs_vouching += u64::from(preview.needs_vouching);
        if let (Some(minor), Some(currency)) = (preview.amount_minor, &preview.currency) {
            let money = sum.at_risk.entry(currency.clone()).or_default();
            *money = money.saturating_add(minor);
        }
        applied.extend(&preview.applied);
        moves.extend(&preview.moves);
    }
    sum.applied = applied.len() as u64;
    sum.moves = moves.len() as u64;
    sum
}

/// What giving an effect back would do; none when it is not a person's to give. The store decides by the same rule
/// (`Store::reopen`).
pub(crate) fn of_effect(state: EffectState, ever_sent: bool) -> Option<Action> {
    match state {
        EffectState::Parked | EffectState::Rejected | EffectState::Ambiguous => {
            Some(if ever_sent {
                Action::LookUpFirst
            } else {
                Action::SendFirstTime
            })
        }
        EffectState::Planned
        | EffectState::Ready
        | EffectState::InFlight
        | EffectState::Unknown
        | EffectState::Confirmed
        | EffectState::Cancelled => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preview(does: Action, money: Option<(i64, &str)>, applied: &str) -> Preview {
        Preview {
            exception_id: String::new(),
            does,
            action: String::new(),
            needs_vouching: does == Action::Decode,
            amount_minor: money.map(|(minor, _)| minor),
            currency: money.map(|(_, currency)| currency.to_owned()),
            applied: vec![applied.to_owned()],
            moves: Vec::new(),
        }
    }

    #[test]
    fn t28_the_counts_add_up_and_currencies_stay_apart() {
        let sum = impact(&[
            preview(Action::Decode, Some((100, "USD")), "a"),
            preview(Action::Decode, Some((50, "USD")), "a"),
            preview(Action::LookUpFirst, Some((7, "EUR")), "b"),
            preview(Action::Nothing, None, "b"),
        ]);
        assert_eq!(sum.exceptions, 4);
        assert_eq!(sum.actions.values().sum::<u64>(), sum.exceptions);
        assert_eq!(sum.actions.get(&Action::Decode), Some(&2));
        assert_eq!(sum.at_risk.get("USD"), Some(&150));
        assert_eq!(sum.at_risk.get("EUR"), Some(&7));
        assert_eq!(sum.applied, 2, "each effect once");
        assert_eq!(sum.needs_vouching, 2);
    }

    #[test]
    fn what_was_ever_sent_is_looked_up_first() {
        let parked = EffectState::Parked;
        assert_eq!(of_effect(parked, true), Some(Action::LookUpFirst));
        assert_eq!(of_effect(parked, false), Some(Action::SendFirstTime));
        assert_eq!(of_effect(EffectState::Confirmed, true), None);
        assert_eq!(of_effect(EffectState::Unknown, true), None);
    }
}
