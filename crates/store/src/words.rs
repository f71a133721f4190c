//! The words under which states are stored and shown.

use crate::rows::{CreditState, EffectState, ExceptionState};

impl EffectState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Planned,
        Self::Ready,
        Self::InFlight,
        Self::Unknown,
        Self::Confirmed,
        Self::Rejected,
        Self::Ambiguous,
        Self::Parked,
        Self::Cancelled,
    ];

    /// The word, the same as in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "PLANNED",
            Self::Ready => "READY",
            Self::InFlight => "IN_FLIGHT",
            Self::Unknown => "UNKNOWN",
            Self::Confirmed => "CONFIRMED",
            Self::Rejected => "REJECTED",
            Self::Ambiguous => "AMBIGUOUS",
            Self::Parked => "PARKED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl ExceptionState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Resolved, Self::Replayed, Self::Discarded];

    /// The word, the same as in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Resolved => "RESOLVED",
            Self::Replayed => "REPLAYED",
            Self::Discarded => "DISCARDED",
        }
    }

    /// The state of that word.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

impl CreditState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Credited, Self::Gone];

    /// The word, the same as in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "OPEN",
            Self::Credited => "CREDITED",
            Self::Gone => "GONE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_json() {
        for state in EffectState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
            assert_eq!(EffectState::from_word(state.word()), Some(state));
        }
        for state in ExceptionState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
            assert_eq!(ExceptionState::from_word(state.word()), Some(state));
        }
        for state in CreditState::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.word());
        }
        assert_eq!(EffectState::from_word("ready"), None);
    }
}
