//! Which facts a rule speaks about: those that its selectors pick, and for which its condition holds.

use canonical::header::ReturnHeader;
use canonical::line::ReturnLine;
use canonical::{Condition, DispositionAction, Liability, Reason};

use super::expression::{Expression, Fact, Known};
use super::further::Further;

/// What is known when a question is put to the policy. `None` is matched only by rules that do not ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Customer account.
    pub customer: &'a str,
    /// Customer segment.
    pub segment: Option<&'a str>,
    /// Sales channel.
    pub channel: &'a str,
    /// Item.
    pub sku: &'a str,
    /// Reason of the return.
    pub reason: Reason,
    /// What is done with the goods.
    pub action: Option<DispositionAction>,
    /// Who bears it.
    pub liability: Option<Liability>,
    /// Condition of the goods.
    pub condition: Option<Condition>,
    /// What conditions may name besides.
    pub further: Further<'a>,
}

impl<'a> Facts<'a> {
    /// What is known of a line before any goods are seen.
    pub fn of(header: &'a ReturnHeader, line: &'a ReturnLine) -> Self {
        Self {
            customer: &header.customer_account,
            segment: header.customer_segment.as_deref(),
            channel: &header.channel,
            sku: &line.sku,
            reason: line.reason,
            action: None,
            liability: None,
            condition: None,
            further: Further::of(header, line),
        }
    }
}

/// Picks facts. An empty list picks any.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Selector {
    pub(super) customer: Vec<String>,
    pub(super) segment: Vec<String>,
    pub(super) channel: Vec<String>,
    pub(super) item: Vec<String>,
    pub(super) reason: Vec<Reason>,
    pub(super) action: Vec<DispositionAction>,
    pub(super) condition: Vec<Condition>,
    pub(super) liability: Vec<Liability>,
    pub(super) cel: Option<Expression>,
}

impl Selector {
    /// True if it picks these facts, and its condition holds for them; or why nobody can say whether it holds.
    pub(super) fn holds(&self, facts: &Facts<'_>, gross: Option<i64>) -> Result<bool, String> {
        match &self.cel {
            _ if !self.picks(facts) => Ok(false),
            None => Ok(true),
            Some(condition) => condition.holds(facts, gross),
        }
    }

    /// True if its selectors pick these facts.
    fn picks(&self, facts: &Facts<'_>) -> bool {
        allows_text(&self.customer, Some(facts.customer))
            && allows_text(&self.segment, facts.segment)
            && allows_text(&self.channel, Some(facts.channel))
            && allows_text(&self.item, Some(facts.sku))
            && allows(&self.reason, Some(facts.reason))
            && allows(&self.action, facts.action)
            && allows(&self.condition, facts.condition)
            && allows(&self.liability, facts.liability)
    }

    /// The first fact that its selectors do not pick, and what they want of it.
    pub(super) fn differs(&self, facts: &Facts<'_>) -> Option<(Fact, Vec<String>)> {
        let asked = self.cares().into_iter().filter(|(_, cares)| *cares);
        let mut wanted = asked.map(|(fact, _)| (fact, self.wanted(fact)));
        wanted.find(|(fact, wanted)| match fact.of(facts, None) {
            Known::Text(word) => !wanted.iter().any(|wanted| *wanted == word),
            Known::Nothing | Known::Truth(_) | Known::Number(_) => true,
        })
    }

    /// The facts that it asks for.
    pub(super) fn asks(&self) -> Vec<Fact> {
        let selected = self.cares().into_iter().filter(|(_, cares)| *cares);
        let conditions = self.cel.iter().flat_map(|cel| cel.facts().iter().copied());
        selected.map(|(fact, _)| fact).chain(conditions).collect()
    }

    /// The words of a fact that it wants one of.
    pub(super) fn wanted(&self, fact: Fact) -> Vec<String> {
        match fact {
            Fact::Customer => self.customer.clone(),
            Fact::Segment => self.segment.clone(),
            Fact::Channel => self.channel.clone(),
            Fact::Item => self.item.clone(),
            Fact::Reason => words(&self.reason),
            Fact::Action => words(&self.action),
            Fact::Condition => words(&self.condition),
            Fact::Liability => words(&self.liability),
            _ => Vec::new(),
        }
    }

    /// Facts by weight, and whether it asks for them.
    fn cares(&self) -> [(Fact, bool); 8] {
        [
            (Fact::Customer, !self.customer.is_empty()),
            (Fact::Segment, !self.segment.is_empty()),
            (Fact::Channel, !self.channel.is_empty()),
            (Fact::Item, !self.item.is_empty()),
            (Fact::Reason, !self.reason.is_empty()),
            (Fact::Action, !self.action.is_empty()),
            (Fact::Condition, !self.condition.is_empty()),
            (Fact::Liability, !self.liability.is_empty()),
        ]
    }

    /// One bit for each thing it asks for, the most important one highest, a condition lowest: bigger is more specific.
    pub(super) fn specificity(&self) -> u16 {
        let cares = self.cares().into_iter().map(|(_, cares)| cares);
        cares
            .chain([self.cel.is_some()])
            .fold(0, |bits, cares| bits << 1 | u16::from(cares))
    }

    /// True if it is certain that some facts are picked by both. Of two conditions that are not the same nobody knows
    /// before they are asked.
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        if self.cel.is_some() && other.cel.is_some() && self.cel != other.cel {
            return false;
        }
        meet(&self.customer, &other.customer)
            && meet(&self.segment, &other.segment)
            && meet(&self.channel, &other.channel)
            && meet(&self.item, &other.item)
            && meet(&self.reason, &other.reason)
            && meet(&self.action, &other.action)
            && meet(&self.condition, &other.condition)
            && meet(&self.liability, &other.liability)
    }

    /// True if it picks everything.
    pub(super) fn is_any(&self) -> bool {
        self.specificity() == 0
    }
}

fn allows_text(wanted: &[String], given: Option<&str>) -> bool {
    wanted.is_empty() || given.is_some_and(|given| wanted.iter().any(|w| w == given))
}

fn allows<T: PartialEq>(wanted: &[T], given: Option<T>) -> bool {
    wanted.is_empty() || given.is_some_and(|given| wanted.contains(&given))
}

fn words(codes: &[impl ToString]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

fn meet<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.is_empty() || b.is_empty() || a.iter().any(|x| b.contains(x))
}
