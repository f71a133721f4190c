//! What a comparison looks at: the day, what was left open before, and how young is too young. Pure.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::class::{Class, Match, Priority};
use super::item::{Item, subject};
use super::ours::{Ours, Standing};

/// What is looked at.
#[derive(Debug, Clone)]
pub struct Scope {
    /// The business day.
    pub date: Date,
    /// Subjects of items that earlier runs left open.
    pub open: BTreeSet<String>,
    /// What became known so shortly before the other side's list is complete may be missing there.
    pub lag: SignedDuration,
    /// When the run was begun.
    pub now: Timestamp,
}

/// The other side's list.
#[derive(Debug, Clone)]
pub struct Listed<'a, T> {
    /// Connector instance.
    pub connector: &'a str,
    /// Documents, reversed ones among them.
    pub documents: &'a [T],
    /// Everything booked up to then is in it.
    pub complete_to: Timestamp,
    /// Days that were asked for.
    pub days: &'a BTreeSet<Date>,
    /// Documents with a foreign key are to be told: not for another entity's turn on the same connector.
    pub tells_orphans: bool,
}

impl Scope {
    /// True if it is proven in this run.
    pub(crate) fn holds(&self, matched: Match, ours: &Ours) -> bool {
        ours.dated == self.date
            || ours.touched.contains(&self.date)
            || self.is_open(matched, &ours.connector, &ours.key)
    }

    /// True if an earlier run left it open.
    pub(crate) fn is_open(&self, matched: Match, connector: &str, key: &str) -> bool {
        self.open.contains(&subject(matched, connector, key))
    }

    /// True if so little time has passed since then that the other side need not know.
    pub(crate) fn is_young(&self, since: Timestamp, lag: SignedDuration) -> bool {
        since > self.now.saturating_sub(lag).unwrap_or(self.now)
    }

    /// What it is if it is not there: too young, or missing. What was refused is never too young.
    pub(crate) fn absent(&self, ours: &Ours, complete_to: Timestamp) -> Class {
        let seen_to = complete_to.saturating_sub(self.lag).unwrap_or(complete_to);
        if ours.standing != Standing::Stopped && ours.since > seen_to {
            Class::Timing
        } else {
            Class::MissingInErp
        }
    }

    /// An item about an effect of ours.
    pub(crate) fn item(&self, matched: Match, class: Class, ours: &Ours) -> Item {
        Item {
            return_id: ours.return_id.clone(),
            effect_key: ours.key.clone(),
            ..self.strange(matched, class, &ours.connector, &ours.key, ours.dated)
        }
    }

    /// An item about a document that is not ours.
    pub(crate) fn strange(
        &self,
        matched: Match,
        class: Class,
        connector: &str,
        key: &str,
        date: Date,
    ) -> Item {
        let age_days = i64::from((self.date - date).get_days()).max(0);
        Item {
            matched,
            class,
            priority: Priority::of(matched, class, None, age_days),
            connector: connector.to_owned(),
            key: key.to_owned(),
            business_date: date,
            left: String::new(),
            right: String::new(),
            delta_minor: None,
            currency: None,
            extra: 0,
            return_id: String::new(),
            effect_key: String::new(),
            cause: String::new(),
            reason: String::new(),
            first_seen: self.now,
            age_days,
            carried: false,
            exception_id: String::new(),
        }
    }
}
