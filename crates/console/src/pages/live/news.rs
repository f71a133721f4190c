//! What changed between two looks at the store, and which pages show it. Pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use store::AuditEntry;

/// What a page shows that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shown {
    /// Where returns are.
    Overview,
    /// A list of returns.
    Returns,
    /// One return, by its id.
    Return(String),
    /// Exceptions, by cause or one by one.
    Exceptions,
    /// What waits for somebody.
    Approvals,
    /// Runs of replays.
    Replays,
    /// One run, by its id.
    Replay(String),
}

/// An exception as the store had it last: its id, when it was changed, its return.
pub(super) type Trouble = (String, Timestamp, String);

/// What is remembered of a look, to be compared with the next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Signs {
    /// End of the audit.
    pub(super) head: u64,
    /// Exceptions that were changed last.
    pub(super) troubles: BTreeSet<Trouble>,
    /// Open approvals and their returns.
    pub(super) approvals: BTreeMap<String, String>,
    /// Latest and active runs of replays, with their revisions.
    pub(super) runs: BTreeSet<(String, u64)>,
}

/// What is new.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct News {
    /// More than was read.
    is_much: bool,
    /// Whatever the audit has entries on: returns, runs, exceptions.
    subjects: BTreeSet<String>,
    /// Some of them are returns.
    returns: bool,
    exceptions: bool,
    approvals: bool,
    runs: BTreeSet<String>,
    users: bool,
}

impl News {
    /// So much that everybody has to look.
    pub(super) fn much() -> Self {
        Self {
            is_much: true,
            ..Self::default()
        }
    }

    /// Takes in an entry of the audit.
    pub(super) fn hear(&mut self, entry: &AuditEntry) {
        self.returns |= entry.action.starts_with("backhaul.");
        self.users |= entry.action.starts_with("user.");
        self.subjects.insert(entry.subject.clone());
    }

    /// Takes in what differs between two looks; entries of the audit between them are heard already.
    pub(super) fn compare(&mut self, before: &Signs, now: &Signs) {
        for (_, _, return_id) in now.troubles.difference(&before.troubles) {
            self.exceptions = true;
            self.subjects.insert(return_id.clone());
        }
        let runs = now.runs.symmetric_difference(&before.runs);
        self.runs.extend(runs.map(|(id, _)| id.clone()));
        // One that takes a second answer stays open, and changes with its return.
        let mut asked = now.approvals.values();
        self.approvals |= now.approvals != before.approvals
            || asked.any(|return_id| self.subjects.contains(return_id));
    }

    /// True if returns changed, and with them perhaps their approvals.
    pub(super) fn is_of_returns(&self) -> bool {
        self.is_much || self.returns
    }

    /// True if somebody's rights may have changed.
    pub(super) fn is_of_users(&self) -> bool {
        self.is_much || self.users
    }

    /// True if a page that shows that may have changed.
    pub(super) fn concerns(&self, shown: &Shown) -> bool {
        self.is_much
            || match shown {
                Shown::Overview => {
                    self.returns || self.exceptions || self.approvals || !self.runs.is_empty()
                }
                Shown::Returns => self.returns,
                Shown::Return(id) => self.subjects.contains(id),
                Shown::Exceptions => self.exceptions,
                Shown::Approvals => self.approvals,
                Shown::Replays => !self.runs.is_empty(),
                // It says how many of its exceptions are open again.
                Shown::Replay(id) => {
                    self.exceptions || self.runs.contains(id) || self.subjects.contains(id)
                }
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(action: &str, subject: &str) -> AuditEntry {
        AuditEntry {
            at: Timestamp::UNIX_EPOCH,
            actor: "router".to_owned(),
            action: action.to_owned(),
            subject: subject.to_owned(),
            correlation_id: String::new(),
            after_hash: String::new(),
            body: String::new(),
        }
    }

    fn trouble(id: &str, second: i64, return_id: &str) -> Trouble {
        let at = Timestamp::from_second(second).unwrap();
        (id.to_owned(), at, return_id.to_owned())
    }

    fn concerned(news: &News) -> Vec<Shown> {
        let all = [
            Shown::Overview,
            Shown::Returns,
            Shown::Return("R1".to_owned()),
            Shown::Return("R2".to_owned()),
            Shown::Exceptions,
            Shown::Approvals,
            Shown::Replays,
            Shown::Replay("X1".to_owned()),
            Shown::Replay("X2".to_owned()),
        ];
        all.into_iter().filter(|one| news.concerns(one)).collect()
    }

    #[test]
    fn nothing_new_concerns_nobody_and_much_everybody() {
        let signs = Signs {
            troubles: [trouble("E1", 1, "R1")].into(),
            approvals: [("A1".to_owned(), "R1".to_owned())].into(),
            runs: [("X1".to_owned(), 1)].into(),
            ..Signs::default()
        };
        let mut news = News::default();
        news.hear(&entry("api.denied", "GET /returns"));
        news.compare(&signs, &signs);
        assert!(concerned(&news).is_empty());
        assert!(!news.is_of_returns() && !news.is_of_users());
        assert_eq!(concerned(&News::much()).len(), 9);
        assert!(News::much().is_of_returns() && News::much().is_of_users());
    }

    #[test]
    fn a_return_concerns_its_page_the_lists_and_its_approval() {
        let signs = Signs {
            approvals: [("A1".to_owned(), "R1".to_owned())].into(),
            ..Signs::default()
        };
        let mut news = News::default();
        news.hear(&entry("backhaul.receipt.recorded.v1", "R2"));
        news.compare(&signs, &signs);
        let of_r2 = Shown::Return("R2".to_owned());
        assert_eq!(concerned(&news), [Shown::Overview, Shown::Returns, of_r2]);
        let mut news = News::default();
        news.hear(&entry("backhaul.approval.decided.v1", "R1"));
        news.compare(&signs, &signs);
        let of_r1 = Shown::Return("R1".to_owned());
        assert_eq!(
            concerned(&news),
            [Shown::Overview, Shown::Returns, of_r1, Shown::Approvals]
        );
        let mut news = News::default();
        news.hear(&entry("noted", "R2"));
        news.compare(&signs, &Signs::default());
        assert!(news.concerns(&Shown::Approvals), "one is not open any more");
    }

    #[test]
    fn an_exception_that_opens_comes_again_or_is_closed_concerns_its_return_too() {
        let before = Signs {
            troubles: [trouble("E1", 1, "R1"), trouble("E2", 1, "")].into(),
            ..Signs::default()
        };
        let now = Signs {
            troubles: [trouble("E1", 2, "R1"), trouble("E2", 1, "")].into(),
            ..Signs::default()
        };
        let mut news = News::default();
        news.compare(&before, &now);
        assert_eq!(
            concerned(&news),
            [
                Shown::Overview,
                Shown::Return("R1".to_owned()),
                Shown::Exceptions,
                Shown::Replay("X1".to_owned()),
                Shown::Replay("X2".to_owned()),
            ]
        );
    }

    #[test]
    fn a_run_that_goes_on_or_ends_concerns_its_page() {
        let runs = |revision| Signs {
            runs: [("X1".to_owned(), revision)].into(),
            ..Signs::default()
        };
        let of_x1 = [
            Shown::Overview,
            Shown::Replays,
            Shown::Replay("X1".to_owned()),
        ];
        for (before, now) in [(runs(1), runs(2)), (runs(2), Signs::default())] {
            let mut news = News::default();
            news.compare(&before, &now);
            assert_eq!(concerned(&news), of_x1);
        }
    }

    #[test]
    fn changes_of_users_are_heard() {
        let mut news = News::default();
        news.hear(&entry("user.disabled", "user/ada"));
        assert!(news.is_of_users() && !news.is_of_returns());
        assert!(concerned(&news).is_empty());
    }
}
