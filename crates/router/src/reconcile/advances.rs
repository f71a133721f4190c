//! C8: what left in advance against the goods that come back for it, and against what was recovered. Pure.
//!
//! Advanced = back + recovered + not due yet; what is left over is at risk.

use canonical::{Currency, Money, Qty};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

use super::class::{Class, Match};
use super::item::{Compared, Item};
use super::ours::Standing;
use super::scope::Scope;

const C8: Match = Match::C8;

/// An advance credit, or a replacement up front.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Advance {
    /// The return.
    pub return_id: String,
    /// Its RMA number, for people.
    pub rma_number: String,
    /// Account that has to send the goods.
    pub customer: String,
    /// Currency of the amounts.
    pub currency: Currency,
    /// What left, with tax, minor units: the memo, or the value of the replaced goods at the invoice.
    pub advanced_minor: i64,
    /// The share of it for goods that are not back, minor units.
    pub missing_minor: i64,
    /// Goods that are not back, in base units.
    pub missing: Qty,
    /// Until when they were to come.
    pub due_at: Timestamp,
    /// The same as a day, where the entity keeps its books.
    pub due_on: Date,
    /// The invoice by which it is recovered, if there is one.
    pub charged: Option<Charged>,
}

/// An invoice that recovers what was advanced and not earned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Charged {
    /// Its effect.
    pub effect_key: String,
    /// With tax, minor units.
    pub minor: i64,
    /// Where it stands; none while it waits for another effect.
    pub standing: Option<Standing>,
    /// Since when it ought to be there.
    pub since: Timestamp,
}

/// What of an advance is at risk.
struct Risk {
    class: Class,
    minor: i64,
    effect_key: String,
    right: String,
    reason: String,
}

/// Compares all advances. `ended` is the end of the business day: what is due later is not due yet, but for what an earlier
/// run left open, which is looked at as it is now.
pub fn advances(scope: &Scope, ended: Timestamp, all: &[Advance]) -> Compared {
    let mut compared = Compared::default();
    for advance in all {
        let as_of = if scope.is_open(C8, "", &advance.return_id) {
            scope.now
        } else {
            ended.min(scope.now)
        };
        let risk = risk(scope, as_of, advance);
        let minor = risk.as_ref().map_or(0, |risk| risk.minor);
        let is_back = advance.charged.is_some() || !advance.missing.is_positive();
        compared.left += 1;
        compared.right += usize::from(is_back && risk.is_none());
        compared.left_sum(advance.currency, advance.advanced_minor);
        compared.right_sum(advance.currency, advance.advanced_minor - minor);
        compared.found(
            risk.map(|risk| item(scope, advance, risk))
                .into_iter()
                .collect(),
        );
    }
    compared
}

fn risk(scope: &Scope, as_of: Timestamp, advance: &Advance) -> Option<Risk> {
    let money = |minor| Money::new(minor, advance.currency);
    let overdue = |since: Timestamp| {
        if scope.is_young(since, scope.lag) {
            Class::Timing
        } else {
            Class::AdvanceOverdue
        }
    };
    let rma = &advance.rma_number;
    if let Some(charged) = &advance.charged {
        let class = match charged.standing {
            Some(Standing::Confirmed) => return None,
            Some(Standing::Stopped) => Class::AdvanceOverdue,
            Some(Standing::UnderWay | Standing::Unknown) | None => overdue(charged.since),
        };
        return Some(Risk {
            class,
            minor: charged.minor,
            effect_key: charged.effect_key.clone(),
            right: format!("{} invoiced, not confirmed", money(charged.minor)),
            reason: format!(
                "{} of what was advanced for {rma} was not earned, and the invoice that recovers it is not confirmed: its \
                 exception says why; put that right and replay it",
                money(charged.minor)
            ),
        });
    }
    if !advance.missing.is_positive() || advance.due_at > as_of {
        return None;
    }
    Some(Risk {
        class: overdue(advance.due_at),
        minor: advance.missing_minor,
        effect_key: String::new(),
        right: format!("{} not back", advance.missing),
        reason: format!(
            "{} were advanced for {rma}, {} of its goods were due on {} and are not back, and nothing is invoiced for them: \
             ask customer {} for them; have what came decided on, the rest is invoiced then",
            money(advance.advanced_minor),
            advance.missing,
            advance.due_on,
            advance.customer
        ),
    })
}

fn item(scope: &Scope, advance: &Advance, risk: Risk) -> Item {
    Item {
        left: Money::new(advance.advanced_minor, advance.currency).to_string(),
        right: risk.right,
        delta_minor: Some(risk.minor),
        currency: Some(advance.currency),
        return_id: advance.return_id.clone(),
        effect_key: risk.effect_key,
        reason: risk.reason,
        ..scope.strange(C8, risk.class, "", &advance.return_id, advance.due_on)
    }
}
