//! What a run is, and what becomes of it. Pure.

use std::collections::BTreeMap;

use canonical::MessageKey;
use canonical::key::ulid;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{ExceptionFilter, ExceptionRow, ExceptionState};
use workflow::Approvers;
use workflow::approvers::are_one;

/// Given back in one step at the most: so often the count is kept, and a wish to cancel is heard.
const STEP: u32 = 50;
/// Whoever drives a run and does not write for so long has lost it.
const HOLD: SignedDuration = SignedDuration::from_secs(30);

/// Which exceptions: those that fit every side that is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// Business code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Failure code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// Connector instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// Site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_id: Option<String>,
}

impl Chosen {
    /// True if no side is given: then it would be everything.
    pub const fn is_all(&self) -> bool {
        self.code.is_none()
            && self.failure_code.is_none()
            && self.connector.is_none()
            && self.site.is_none()
            && self.return_id.is_none()
    }

    /// The open ones, as the store filters. The failure code is not a column of the filter: see [`Chosen::fits`].
    pub fn filter(&self) -> ExceptionFilter {
        ExceptionFilter {
            state: Some(ExceptionState::Open),
            code: self.code.clone(),
            connector: self.connector.clone(),
            site: self.site.clone(),
            return_id: self.return_id.clone(),
            ..ExceptionFilter::default()
        }
    }

    /// True if the failure code fits as well.
    pub fn fits(&self, row: &ExceptionRow) -> bool {
        self.failure_code
            .as_ref()
            .is_none_or(|code| *code == row.failure_code)
    }

    /// In words: `code MASTER_DATA_MISSING, connector wms-east`.
    pub fn words(&self) -> String {
        let sides = [
            ("code", &self.code),
            ("failure code", &self.failure_code),
            ("connector", &self.connector),
            ("site", &self.site),
            ("return", &self.return_id),
        ];
        let words = sides
            .iter()
            .filter_map(|(name, side)| side.as_ref().map(|side| [name, " ", side].concat()));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "kebab-case")]
pub enum Phase {
    /// It is so large that a second person has to agree.
    Asking {
        /// What makes it so large.
        why: String,
    },
    /// The first ones are given back.
    First,
    /// What becomes of the first ones is watched.
    Watching {
        /// Until then at the longest.
        until: Timestamp,
    },
    /// The rest is given back.
    Rest,
    /// All of them were.
    Done,
    /// One of the first ones failed again, or it is not known: the rest is untouched.
    Stopped {
        /// What was seen.
        why: String,
    },
    /// Somebody ended it; the rest is untouched.
    Cancelled {
        /// Who.
        by: String,
    },
}

impl Phase {
    /// One word, for lists.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Asking { .. } => "asking",
            Self::First => "first",
            Self::Watching { .. } => "watching",
            Self::Rest => "rest",
            Self::Done => "done",
            Self::Stopped { .. } => "stopped",
            Self::Cancelled { .. } => "cancelled",
        }
    }

    /// A sentence, for people.
    pub fn words(&self) -> String {
        match self {
            Self::Asking { why } => ["waits for a second person to agree: ", why].concat(),
            Self::First => "gives the first ones back".to_owned(),
            Self::Watching { until } => {
                let until = until.to_string();
                ["watches what becomes of the first ones, until ", &until].concat()
            }
            Self::Rest => "gives the rest back".to_owned(),
            Self::Done => "done".to_owned(),
            Self::Stopped { why } => ["stopped: ", why].concat(),
            Self::Cancelled { by } => ["cancelled by ", by].concat(),
        }
    }

    /// True while a sidecar has something to do.
    const fn moves(&self) -> bool {
        matches!(self, Self::First | Self::Watching { .. } | Self::Rest)
    }
}

/// A place in the order of a run: oldest first.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    opened_at: Timestamp,
    exception_id: String,
}

impl Position {
    /// Of that exception.
    pub fn of(row: &ExceptionRow) -> Self {
        Self {
            opened_at: row.opened_at,
            exception_id: row.exception_id.clone(),
        }
    }
}

/// Who drives it, and until when at least.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Holder {
    name: String,
    until: Timestamp,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayRun {
    /// ULID, from the time and the name of the wish.
    pub run_id: String,
    /// Name of the wish that it is.
    pub name: MessageKey,
    /// Which exceptions.
    pub chosen: Chosen,
    /// So many first; 0: none.
    pub canary: u32,
    /// How long those are watched.
    pub canary_seconds: u32,
    /// At most so many a second; 0: no bound.
    pub rate: u32,
    /// Also what nobody has signed.
    pub vouched: bool,
    /// Who asked for it.
    pub who: String,
    /// The approver that they stand for, if they do.
    #[serde(default)]
    pub person: Option<String>,
    /// What makes it so large that a second person has to agree; empty if nothing does.
    #[serde(default)]
    pub needs_second: String,
    /// Who agreed, if that was needed.
    #[serde(default)]
    pub agreed_by: String,
    /// When it was asked for. What was opened later is not meant.
    pub started_at: Timestamp,
    /// How many exceptions are meant.
    pub meant: u64,
    /// Money at risk in them by currency, minor units.
    pub at_risk: BTreeMap<String, i64>,
    /// Where it stands.
    #[serde(flatten)]
    pub phase: Phase,
    /// Given back.
    pub done: u64,
    /// Refused by the desk: not open any more, nothing to replay, nobody signed it.
    pub refused: u64,
    /// The last refusal, in words.
    #[serde(default)]
    pub refusal: String,
    /// How often it was resumed.
    #[serde(default)]
    pub resumed: u32,
    /// Behind that one the rest begins.
    behind: Option<Position>,
    /// Being given back right now. Left by a crash it is looked at again.
    under_way: Vec<String>,
    /// The first ones.
    canaries: Vec<String>,
    holder: Option<Holder>,
}

/// What became of one that was under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fate {
    /// Given back.
    Done,
    /// Refused, because.
    Refused(String),
    /// Closed by somebody else, or not there any more.
    Gone,
}

impl ReplayRun {
    /// A run that is asked for. `second` says what makes it so large that a second person has to agree.
    pub(super) fn new(wish: super::Wish, rows: &[ExceptionRow], second: Option<String>) -> Self {
        let mut at_risk = BTreeMap::new();
        for row in rows {
            if let (Some(minor), Some(currency)) = (row.amount_minor, &row.currency) {
                let sum: &mut i64 = at_risk.entry(currency.clone()).or_default();
                *sum = sum.saturating_add(minor);
            }
        }
        let mut run = Self {
            run_id: ulid(
                wish.now.as_millisecond(),
                &["replay run", wish.name.as_str()],
            ),
            name: wish.name,
            chosen: wish.chosen,
            canary: wish.canary,
            canary_seconds: wish.canary_seconds,
            rate: wish.rate,
            vouched: wish.vouched,
            who: wish.who.name,
            person: wish.who.person,
            needs_second: second.unwrap_or_default(),
            agreed_by: String::new(),
            started_at: wish.now,
            meant: rows.len() as u64,
            at_risk,
            phase: Phase::First,
            done: 0,
            refused: 0,
            refusal: String::new(),
            resumed: 0,
            behind: None,
            under_way: Vec::new(),
            canaries: Vec::new(),
            holder: None,
        };
        run.phase = run.opening();
        run
    }

    /// Where it begins, and begins again.
    fn opening(&self) -> Phase {
        if self.needs_second.is_empty() || !self.agreed_by.is_empty() {
            Phase::First
        } else {
            Phase::Asking {
                why: self.needs_second.clone(),
            }
        }
    }

    /// True if it is what that wish wishes.
    pub(super) fn is_wish(&self, wish: &super::Wish) -> bool {
        self.chosen == wish.chosen
            && (self.canary, self.canary_seconds, self.rate)
                == (wish.canary, wish.canary_seconds, wish.rate)
            && self.vouched == wish.vouched
            && self.who == wish.who.name
    }

    /// True while a sidecar has something to do.
    pub fn is_active(&self) -> bool {
        self.phase.moves() || !self.under_way.is_empty()
    }

    /// True if it can still be cancelled.
    pub const fn is_open(&self) -> bool {
        self.phase.moves() || matches!(self.phase, Phase::Asking { .. })
    }

    /// True if that exception was already come by.
    pub fn passed(&self, row: &ExceptionRow) -> bool {
        self.behind
            .as_ref()
            .is_some_and(|behind| Position::of(row) <= *behind)
    }

    /// Takes the run, or keeps it: `false` if another has it.
    pub(super) fn hold(&mut self, name: &str, now: Timestamp) -> bool {
        if let Some(holder) = &self.holder
            && holder.name != name
            && holder.until > now
        {
            return false;
        }
        self.holder = Some(Holder {
            name: name.to_owned(),
            until: now.saturating_add(HOLD).unwrap_or(Timestamp::MAX),
        });
        true
    }

    /// Lets go, so that another can go on at once.
    pub(super) fn let_go(&mut self, name: &str) {
        if self.holder.as_ref().is_some_and(|h| h.name == name) {
            self.holder = None;
        }
    }

    /// True if that one has it, and for so long that it need not say so again yet.
    pub(super) fn is_held_long_by(&self, name: &str, now: Timestamp) -> bool {
        let soon = now.saturating_add(HOLD / 2).unwrap_or(Timestamp::MAX);
        let holder = self.holder.as_ref();
        holder.is_some_and(|holder| holder.name == name && holder.until > soon)
    }

    pub(super) fn is_held_by(&self, name: &str) -> bool {
        self.holder.as_ref().is_some_and(|h| h.name == name)
    }

    /// How many the next step gives back.
    pub(super) fn step(&self) -> usize {
        let most = match self.phase {
            Phase::First => self
                .canary
                .saturating_sub(u32::try_from(self.canaries.len()).unwrap_or(u32::MAX)),
            Phase::Rest if self.rate > 0 => self.rate,
            _ => STEP,
        };
        most.min(STEP) as usize
    }

    /// Those are given back next.
    pub(super) fn begin(&mut self, rows: &[(Position, String)]) {
        self.under_way = rows.iter().map(|(_, id)| id.clone()).collect();
        if let Some((last, _)) = rows.last() {
            self.behind = Some(last.clone());
        }
        if self.phase == Phase::First {
            self.canaries.extend(self.under_way.iter().cloned());
        }
    }

    /// Those that are being given back right now; a run that was cancelled may still have some to count.
    pub fn under_way(&self) -> &[String] {
        &self.under_way
    }

    pub(super) fn canaries(&self) -> &[String] {
        &self.canaries
    }

    /// What was under way is over.
    pub(super) fn count(&mut self, fates: &[Fate]) {
        self.under_way.clear();
        for fate in fates {
            match fate {
                Fate::Done => self.done += 1,
                Fate::Refused(why) => {
                    self.refused += 1;
                    self.refusal.clone_from(why);
                }
                Fate::Gone => {}
            }
        }
    }

    /// Nothing is left for this phase.
    pub(super) fn next_phase(&mut self, is_last: bool, now: Timestamp) {
        let watch = SignedDuration::from_secs(i64::from(self.canary_seconds));
        self.phase = match &self.phase {
            Phase::First if is_last => Phase::Done,
            Phase::First if self.canaries.is_empty() => Phase::Rest,
            Phase::First => Phase::Watching {
                until: now.saturating_add(watch).unwrap_or(Timestamp::MAX),
            },
            Phase::Watching { .. } => Phase::Rest,
            Phase::Rest => Phase::Done,
            other => other.clone(),
        };
    }

    /// A second person agrees.
    pub(super) fn agree(
        &mut self,
        who: &super::Asker,
        approvers: Option<&Approvers>,
    ) -> Result<(), String> {
        if !matches!(self.phase, Phase::Asking { .. }) {
            return Err(self.is_what("it does not wait for anybody to agree"));
        }
        if self.was_asked_for_by(who, approvers) {
            return Err(
                "whoever asked for it cannot agree to it: another person has to".to_owned(),
            );
        }
        self.agreed_by.clone_from(&who.name);
        self.phase = Phase::First;
        Ok(())
    }

    /// True if that may be whoever asked for it, by any of their names.
    pub fn was_asked_for_by(&self, who: &super::Asker, approvers: Option<&Approvers>) -> bool {
        let names = |name, person: &Option<String>| [Some(name), person.clone()];
        let theirs = names(who.name.clone(), &who.person);
        let askers = names(self.who.clone(), &self.person);
        theirs.iter().flatten().any(|a| {
            let mut askers = askers.iter().flatten();
            askers.any(|b| are_one(approvers, a, b))
        })
    }

    /// Somebody ends it.
    pub(super) fn cancel(&mut self, who: &str) -> Result<(), String> {
        if !self.is_open() {
            return Err(self.is_what("there is nothing to cancel"));
        }
        self.phase = Phase::Cancelled { by: who.to_owned() };
        Ok(())
    }

    /// It goes on: with what is still open of what was meant, the first ones first again.
    pub(super) fn resume(&mut self) -> Result<(), String> {
        match &self.phase {
            Phase::Cancelled { .. } | Phase::Stopped { .. } => {}
            _ => return Err(self.is_what("only a run that was stopped or cancelled is resumed")),
        }
        self.phase = self.opening();
        self.resumed += 1;
        self.behind = None;
        self.canaries.clear();
        self.refused = 0;
        self.refusal.clear();
        Ok(())
    }

    fn is_what(&self, then: &str) -> String {
        [&self.run_id, " is ", self.phase.word(), ": ", then].concat()
    }
}

#[cfg(test)]
mod tests;
