//! Rows that numbers are computed from.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::EffectState;

/// An effect without its command, and what its attempts came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EffectFact {
    /// The effect.
    pub effect_key: String,
    /// Its return.
    pub return_id: String,
    /// Its kind.
    pub kind: String,
    /// Connector instance that delivers it.
    pub connector: String,
    /// Where it stands.
    pub state: EffectState,
    /// Money at stake in minor units.
    pub amount_minor: Option<i64>,
    /// Its currency.
    pub currency: Option<String>,
    /// When it was planned.
    pub created_at: Timestamp,
    /// When it was last changed: when it was confirmed, if it is.
    pub updated_at: Timestamp,
    /// How often it was sent.
    pub sends: u32,
    /// When it was first sent.
    pub first_sent_at: Option<Timestamp>,
    /// Class of the first send, or empty.
    pub first_class: String,
    /// Attempts after which the outcome was not known.
    pub unknown: u32,
    /// Attempts that found it there already: posting it would have made a double.
    pub averted: u32,
}

impl EffectFact {
    /// Adds an attempt, in the order in which they were made.
    pub(crate) fn tried(&mut self, what: &str, begun_at: Timestamp, class: &str) {
        if what == "send" {
            if self.sends == 0 {
                class.clone_into(&mut self.first_class);
            }
            self.sends += 1;
            let first = self.first_sent_at.unwrap_or(begun_at);
            self.first_sent_at = Some(first.min(begun_at));
        }
        match class {
            "UNKNOWN" => self.unknown += 1,
            "DUPLICATE" | "RECOVERED" => self.averted += 1,
            _ => {}
        }
    }
}

/// How often something happened on a day.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct TallyRow {
    /// The day, where the books of the first entity are kept.
    pub day: Date,
    /// What ("applied", "duplicate").
    pub what: String,
    /// Connector instance that told it, or empty.
    pub connector: String,
    /// How often.
    pub count: u64,
}
