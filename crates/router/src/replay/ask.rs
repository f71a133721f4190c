//! What people ask of a run. Nothing is given back here: a sidecar does that.

use std::collections::BTreeMap;

use canonical::{Currency, MessageKey, Money};
use jiff::Timestamp;
use store::{ExceptionRow, ReplayRunFilter, Store, StoreError};
use workflow::Approvers;

use super::keep::{self, Changed, change, entry};
use super::run::{Chosen, ReplayRun};

/// First ones at the most.
pub const MOST_FIRST: u32 = 500;
/// Seconds that the first ones are watched at the most: a day.
pub const LONGEST_WATCH: u32 = 86_400;
/// A second at the most.
pub const HIGHEST_RATE: u32 = 10_000;

/// Who asks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asker {
    /// As the audit names them.
    pub name: String,
    /// The approver that they stand for, if they do: one person is not two by having two names.
    pub person: Option<String>,
}

impl Asker {
    /// Somebody of that name, who stands for nobody else.
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            person: None,
        }
    }
}

/// A run that somebody wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// By which the wish is known: said again under that name it is the same run, whatever became of that.
    pub name: MessageKey,
    /// Which exceptions; at least one side.
    pub chosen: Chosen,
    /// So many first, 0 to [`MOST_FIRST`].
    pub canary: u32,
    /// How long those are watched, 1 to [`LONGEST_WATCH`] seconds.
    pub canary_seconds: u32,
    /// At most so many a second, up to [`HIGHEST_RATE`]; 0: no bound.
    pub rate: u32,
    /// Also what nobody has signed.
    pub vouched: bool,
    /// Who wishes it.
    pub who: Asker,
    /// Now.
    pub now: Timestamp,
}

/// Above which a second person has to agree. Empty: never.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// More exceptions than that.
    pub exceptions: Option<u64>,
    /// More money at risk than that, by currency, minor units.
    pub at_risk: BTreeMap<String, i64>,
}

impl Limits {
    /// What makes giving those back so large that a second person has to agree.
    pub fn exceeded(&self, rows: &[ExceptionRow]) -> Option<String> {
        if let Some(most) = self.exceptions
            && rows.len() as u64 > most
        {
            return Some(
                [
                    &rows.len().to_string(),
                    " exceptions, and above ",
                    &most.to_string(),
                    " two persons decide",
                ]
                .concat(),
            );
        }
        for (currency, most) in &self.at_risk {
            let sum: i128 = rows
                .iter()
                .filter(|row| row.currency.as_ref() == Some(currency))
                .filter_map(|row| row.amount_minor)
                .map(i128::from)
                .sum();
            if sum > i128::from(*most) {
                let sum = i64::try_from(sum).unwrap_or(i64::MAX);
                let (sum, most) = (money(sum, currency), money(*most, currency));
                return Some([&sum, " at risk, and above ", &most, " two persons decide"].concat());
            }
        }
        None
    }
}

fn money(minor: i64, currency: &str) -> String {
    match currency.parse::<Currency>() {
        Ok(currency) => Money::new(minor, currency).to_string(),
        Err(_) => [&minor.to_string(), " minor units of ", currency].concat(),
    }
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It is done; the run as it is now.
    Done(Box<ReplayRun>),
    /// It is not, because.
    Refused(String),
    /// What was given is wrong: the field, and what is wrong with it.
    Wrong(&'static str, String),
    /// There is no such run.
    Missing,
}

/// Asks for a run. The same wish of the same person while its run goes on is that run.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn start(store: &dyn Store, wish: Wish, limits: &Limits) -> Result<Answer, StoreError> {
    if let Some(wrong) = wrong(&wish) {
        return Ok(wrong);
    }
    let runs = keep::runs(store, ReplayRunFilter::default()).await?;
    if let Some(there) = runs.iter().find(|run| run.name == wish.name) {
        return Ok(Answer::Done(Box::new(there.clone())));
    }
    let same = runs
        .into_iter()
        .find(|run| run.is_open() && run.chosen == wish.chosen);
    if let Some(same) = same {
        if same.is_wish(&wish) {
            return Ok(Answer::Done(Box::new(same)));
        }
        let id = &same.run_id;
        return Ok(Answer::Refused(
            [
                "run ",
                id,
                " gives the same back already: look at it, or cancel it first",
            ]
            .concat(),
        ));
    }
    let rows = keep::open_of(store, &wish.chosen).await?;
    if rows.is_empty() {
        return Ok(Answer::Refused(
            ["no open exception fits ", &wish.chosen.words()].concat(),
        ));
    }
    let (who, now) = (wish.who.name.clone(), wish.now);
    let run = ReplayRun::new(wish, &rows, limits.exceeded(&rows));
    let audit = entry(&run, &who, "replay.started", now);
    if keep::write_new(store, &run, audit).await? {
        return Ok(Answer::Done(Box::new(run)));
    }
    let there = keep::run_of(store, &run.run_id).await?;
    Ok(there.map_or(Answer::Missing, |run| Answer::Done(Box::new(run))))
}

fn wrong(wish: &Wish) -> Option<Answer> {
    let said = |field, text: String| Some(Answer::Wrong(field, text));
    let up_to = |most: u32| ["it is at most ", &most.to_string()].concat();
    if wish.chosen.is_all() {
        let text = "say which: code, failure_code, connector, site or return_id";
        return said("", text.to_owned());
    }
    if wish.canary > MOST_FIRST {
        return said("canary", up_to(MOST_FIRST));
    }
    if wish.canary_seconds == 0 || wish.canary_seconds > LONGEST_WATCH {
        let text = ["it is from 1 to ", &LONGEST_WATCH.to_string()].concat();
        return said("canary_seconds", text);
    }
    if wish.rate > HIGHEST_RATE {
        return said("rate", up_to(HIGHEST_RATE));
    }
    None
}

/// What somebody decides about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is so large that a second person has to agree, and does.
    Agree,
    /// It ends; what was given back stays given back.
    Cancel,
    /// It was stopped or cancelled and goes on with what is still open.
    Resume,
}

impl Decision {
    /// As the audit names it.
    const fn action(self) -> &'static str {
        match self {
            Self::Agree => "replay.agreed",
            Self::Cancel => "replay.cancelled",
            Self::Resume => "replay.resumed",
        }
    }
}

/// Somebody decides about a run. Whoever asked for it, by any name that the approvers have of them, does not agree to it.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn decide(
    store: &dyn Store,
    run_id: &str,
    decision: Decision,
    (who, approvers): (&Asker, Option<&Approvers>),
    now: Timestamp,
) -> Result<Answer, StoreError> {
    let changed = change(store, run_id, now, |run| {
        match decision {
            Decision::Agree => run.agree(who, approvers)?,
            Decision::Cancel => run.cancel(&who.name)?,
            Decision::Resume => run.resume()?,
        }
        Ok(Some(entry(run, &who.name, decision.action(), now)))
    });
    Ok(answer(changed.await?))
}

fn answer(changed: Changed<String>) -> Answer {
    match changed {
        Changed::Written(run) => Answer::Done(run),
        Changed::Left(why) => Answer::Refused(why),
        Changed::Missing => Answer::Missing,
    }
}
