//! Who may approve what: people with roles, limits and delegations, read from TOML. Pure, as the policy is.
//!
//! - A limit holds for a role, a currency and an activity, from one amount to another, both included; one that names a
//!   person takes the place of the role's for that person. Where there is no limit nobody may approve money.
//! - A delegation is dated and not transitive: whoever decides for somebody does so in a role that this person holds
//!   themselves, up to the smaller of that person's limit and the delegation's cap.

mod document;
mod load;
mod names;

use std::fmt;

use canonical::approval::{ApprovalAmount, ApprovalSubject};
use canonical::{Currency, Money};
use jiff::Timestamp;

use crate::policy::Problem;

pub(crate) use names::is_same;
use names::whose;
pub use names::{MEMBER, may_be_one};

/// What is approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// A return by exception, or late goods. Moves no money: no limit is asked for.
    Return,
    /// A credit.
    Credit,
    /// A manual override.
    Override,
    /// A replay.
    Replay,
}

impl From<ApprovalSubject> for Activity {
    fn from(subject: ApprovalSubject) -> Self {
        match subject {
            ApprovalSubject::Return => Self::Return,
            ApprovalSubject::Calc => Self::Credit,
            ApprovalSubject::Override => Self::Override,
            ApprovalSubject::Replay => Self::Replay,
        }
    }
}

impl fmt::Display for Activity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Return => "return",
            Self::Credit => "credit",
            Self::Override => "override",
            Self::Replay => "replay",
        })
    }
}

/// Somebody who may decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Name to log in with.
    pub user: String,
    /// Name for people; empty if none was given.
    pub name: String,
    /// Names of the same person in other systems (a warehouse's inspector number): four eyes are asked of the person.
    pub also: Vec<String>,
    /// Roles.
    pub roles: Vec<String>,
}

impl Person {
    fn is_called(&self, name: &str) -> bool {
        let name = whose(name);
        is_same(&self.user, name) || self.also.iter().any(|other| is_same(other, name))
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Limit {
    /// Everybody of the role if none.
    user: Option<String>,
    role: String,
    ccy: Currency,
    activity: Activity,
    from_minor: i64,
    /// No upper bound if none.
    to_minor: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Delegation {
    from: String,
    to: String,
    valid_from: Timestamp,
    /// First instant at which it no longer holds.
    valid_until: Timestamp,
    cap: Option<Money>,
}

/// Everybody who may approve. Made by [`Approvers::load`] only, so that it is known to be sound.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approvers {
    people: Vec<Person>,
    limits: Vec<Limit>,
    delegations: Vec<Delegation>,
}

/// Who decides, for whom, about what, when.
#[derive(Debug, Clone, Copy)]
pub struct Matter<'a> {
    /// Who decides.
    pub user: &'a str,
    /// For whom, if by delegation.
    pub on_behalf_of: Option<&'a str>,
    /// What.
    pub activity: Activity,
    /// The money; none for what moves none.
    pub amount: Option<ApprovalAmount>,
    /// When.
    pub at: Timestamp,
}

/// Why somebody may not approve something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAuthority {
    /// Nobody of that name.
    #[error("{0} is not among the approvers")]
    Unknown(String),
    /// No delegation at that time.
    #[error("{from} has not delegated to {to} at that time")]
    NotDelegated {
        /// For whom.
        from: String,
        /// Who.
        to: String,
    },
    /// Does not hold the role.
    #[error("{user} does not hold role {role:?}")]
    Role {
        /// Whose role is asked for.
        user: String,
        /// The role.
        role: String,
    },
    /// No limit covers it.
    #[error("{user} may not approve a {activity} of {amount} as {role}: {limit}")]
    Limit {
        /// Whose limit.
        user: String,
        /// In which role.
        role: String,
        /// What.
        activity: Activity,
        /// The amount.
        amount: Money,
        /// The limit, in words.
        limit: String,
    },
}

/// True if both names are those of one person, as far as anybody knows: by all names that the approvers have of a person, if there
/// are any.
pub fn are_one(approvers: Option<&Approvers>, a: &str, b: &str) -> bool {
    match approvers {
        Some(approvers) => approvers.are_one(a, b),
        None => may_be_one(a, b),
    }
}

impl Approvers {
    /// Reads a file: its name and its text. All problems at once.
    pub fn load(file: &str, text: &str) -> Result<Self, Vec<Problem>> {
        load::approvers(file, text)
    }

    /// Everybody.
    pub fn people(&self) -> &[Person] {
        &self.people
    }

    /// Somebody by any of their names.
    pub fn person(&self, name: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.is_called(name))
    }

    /// Lets somebody be known by one more name. `false`: there is no such person, or the name is another's.
    pub fn know_as(&mut self, user: &str, also: &str) -> bool {
        let taken = self.person(also).map(|other| other.user.clone());
        let Some(person) = self.people.iter_mut().find(|person| person.is_called(user)) else {
            return false;
        };
        if let Some(other) = taken {
            return other == person.user;
        }
        person.also.push(also.to_owned());
        true
    }

    /// People who have delegated to somebody at that time.
    pub fn principals_of(&self, user: &str, at: Timestamp) -> impl Iterator<Item = &Person> {
        let user = self.person(user).map(|person| person.user.as_str());
        let delegations = self.delegations.iter();
        let to_them: Vec<&str> = delegations
            .filter(|delegation| Some(delegation.to.as_str()) == user && delegation.holds_at(at))
            .map(|delegation| delegation.from.as_str())
            .collect();
        let people = self.people.iter();
        people.filter(move |person| to_them.contains(&person.user.as_str()))
    }

    /// True if both names are those of one person. Without regard to case and outer blanks.
    pub fn are_one(&self, a: &str, b: &str) -> bool {
        may_be_one(a, b) || self.knows_as_one(a, b) || self.knows_as_one(b, a)
    }

    fn knows_as_one(&self, a: &str, b: &str) -> bool {
        self.person(a).is_some_and(|person| {
            let also = person.also.iter().map(String::as_str);
            let mut names = std::iter::once(person.user.as_str()).chain(also);
            names.any(|name| may_be_one(name, b))
        })
    }

    /// Whether somebody may approve that in that role.
    pub fn authority(&self, matter: &Matter<'_>, role: &str) -> Result<(), NoAuthority> {
        let person = self.known(matter.user)?;
        let Some(principal) = matter.on_behalf_of else {
            return self.own(person, matter, role, None);
        };
        let principal = self.known(principal)?;
        let mut why = NoAuthority::NotDelegated {
            from: principal.user.clone(),
            to: person.user.clone(),
        };
        let valid = self.delegations.iter().filter(|delegation| {
            delegation.from == principal.user
                && delegation.to == person.user
                && delegation.holds_at(matter.at)
        });
        for delegation in valid {
            match self.own(principal, matter, role, delegation.cap) {
                Ok(()) => return Ok(()),
                Err(other) => why = other,
            }
        }
        Err(why)
    }

    fn known(&self, name: &str) -> Result<&Person, NoAuthority> {
        self.person(name)
            .ok_or_else(|| NoAuthority::Unknown(name.to_owned()))
    }

    /// Whether the person holds the role, with a limit that covers the amount.
    fn own(
        &self,
        person: &Person,
        matter: &Matter<'_>,
        role: &str,
        cap: Option<Money>,
    ) -> Result<(), NoAuthority> {
        if !person.roles.iter().any(|have| have == role) {
            return Err(NoAuthority::Role {
                user: person.user.clone(),
                role: role.to_owned(),
            });
        }
        let Some(amount) = matter.amount else {
            return Ok(());
        };
        let minor = amount.compared_minor;
        let refused = |limit: String| NoAuthority::Limit {
            user: person.user.clone(),
            role: role.to_owned(),
            activity: matter.activity,
            amount: Money::new(minor, amount.ccy),
            limit,
        };
        let Some(limit) = self.limit(person, role, matter.activity, amount.ccy) else {
            return Err(refused(format!("there is no limit in {}", amount.ccy)));
        };
        let above = limit.to_minor.is_some_and(|to| minor > to);
        if minor < limit.from_minor || above {
            return Err(refused(limit.words()));
        }
        match cap {
            Some(cap) if cap.ccy != amount.ccy || minor > cap.minor => {
                Err(refused(format!("the delegation is capped at {cap}")))
            }
            _ => Ok(()),
        }
    }

    /// The person's own limit, else the role's.
    fn limit(
        &self,
        person: &Person,
        role: &str,
        activity: Activity,
        ccy: Currency,
    ) -> Option<&Limit> {
        let fits =
            |limit: &&Limit| limit.role == role && limit.activity == activity && limit.ccy == ccy;
        let own = |limit: &&Limit| limit.user.as_deref() == Some(person.user.as_str());
        let found = self.limits.iter().filter(fits).find(own);
        found.or_else(|| {
            self.limits
                .iter()
                .filter(fits)
                .find(|limit| limit.user.is_none())
        })
    }
}

impl Delegation {
    fn holds_at(&self, at: Timestamp) -> bool {
        self.valid_from <= at && at < self.valid_until
    }
}

impl Limit {
    fn words(&self) -> String {
        let from = Money::new(self.from_minor, self.ccy);
        match self.to_minor {
            Some(to) => format!("the limit is {from} to {}", Money::new(to, self.ccy)),
            None => format!("the limit begins at {from}"),
        }
    }
}
