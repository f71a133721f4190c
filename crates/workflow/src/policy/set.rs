//! All policies of an installation, and which one holds when.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Policy;
use super::load;
use crate::approvers::Approvers;

/// Something wrong in a policy file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {what}; {fix}")]
pub struct Problem {
    /// File, line and rule.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub fix: String,
}

/// Policies of all entities and versions.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PolicySet {
    policies: Vec<Policy>,
    approvers: Option<Approvers>,
}

impl PolicySet {
    /// Where the days of the house begin: in the zone of its first entity's books, by name; UTC without any.
    pub fn books(&self, now: Timestamp) -> TimeZone {
        let first = self
            .policies
            .iter()
            .map(|policy| policy.entity.as_str())
            .min();
        let policy = first.and_then(|entity| self.at(entity, now));
        let zone = policy.and_then(|policy| TimeZone::get(&policy.tz).ok());
        zone.unwrap_or(TimeZone::UTC)
    }

    /// Reads policy files: (name, TOML text). All problems at once, or a set in which at most one policy holds for an
    /// entity at any instant.
    pub fn load(documents: &[(String, String)]) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut read: Vec<(&str, Policy)> = Vec::new();
        for (file, text) in documents {
            match load::policy(file, text) {
                Ok(policy) => read.push((file, policy)),
                Err(found) => problems.extend(found),
            }
        }
        for (n, (file, policy)) in read.iter().enumerate() {
            for (earlier_file, earlier) in read.iter().take(n) {
                problems.extend(conflict(file, policy, earlier_file, earlier));
            }
        }
        if problems.is_empty() {
            let policies = read.into_iter().map(|(_, policy)| policy).collect();
            Ok(Self {
                policies,
                approvers: None,
            })
        } else {
            Err(problems)
        }
    }

    /// The same policies, with those who may approve what they ask for.
    #[must_use]
    pub fn with_approvers(self, approvers: Approvers) -> Self {
        Self {
            approvers: Some(approvers),
            ..self
        }
    }

    /// Who may approve what. None: whoever says that they hold a role is believed, without a limit.
    pub fn approvers(&self) -> Option<&Approvers> {
        self.approvers.as_ref()
    }

    /// Every policy.
    pub fn all(&self) -> &[Policy] {
        &self.policies
    }

    /// The policy that holds for an entity at an instant.
    pub fn at(&self, entity: &str, instant: Timestamp) -> Option<&Policy> {
        self.policies.iter().find(|policy| {
            policy.entity == entity
                && policy.effective_from <= instant
                && policy.effective_to.is_none_or(|to| instant < to)
        })
    }

    /// The policy by which goods are taken in that came to a site without a return, at that instant. One that names the site
    /// goes before those that take any site.
    ///
    /// # Errors
    /// When several entities would take them, with their names; none of them does then.
    pub fn taking_blind(
        &self,
        entity: Option<&str>,
        site: &str,
        instant: Timestamp,
    ) -> Result<Option<&Policy>, Vec<&str>> {
        let takes = |policy: &&Policy| {
            entity.is_none_or(|entity| policy.entity == entity)
                && (policy.blind_return()).is_some_and(|terms| terms.takes(site))
                && self.at(&policy.entity, instant) == Some(*policy)
        };
        let mut taking: Vec<&Policy> = self.policies.iter().filter(takes).collect();
        let names = |policy: &&Policy| {
            (policy.blind_return()).is_some_and(|terms| terms.sites.iter().any(|s| s == site))
        };
        if taking.iter().any(names) {
            taking.retain(names);
        }
        match taking.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            several => Err(several.iter().map(|p| p.entity.as_str()).collect()),
        }
    }

    /// A policy by its version, whether it still holds or not: returns keep the one they were authorised under.
    pub fn version(&self, version: &str) -> Option<&Policy> {
        self.policies
            .iter()
            .find(|policy| policy.version == version)
    }
}

fn conflict(file: &str, policy: &Policy, earlier_file: &str, earlier: &Policy) -> Option<Problem> {
    if policy.version == earlier.version {
        return Some(Problem {
            place: file.to_owned(),
            what: format!(
                "version {:?} is also that of {earlier_file}",
                policy.version
            ),
            fix: "give every policy its own version".to_owned(),
        });
    }
    let starts_before_end =
        |a: &Policy, b: &Policy| b.effective_to.is_none_or(|to| a.effective_from < to);
    let overlap = policy.entity == earlier.entity
        && starts_before_end(policy, earlier)
        && starts_before_end(earlier, policy);
    overlap.then(|| Problem {
        place: file.to_owned(),
        what: format!(
            "version {:?} holds for {} at the same time as version {:?} of {earlier_file}",
            policy.version, policy.entity, earlier.version
        ),
        fix: "set effective_to of the earlier one to effective_from of the later one".to_owned(),
    })
}
