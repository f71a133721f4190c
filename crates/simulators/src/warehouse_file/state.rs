//! What the warehouse knows: announcements, stock, rows that are ready, files, answers. Behind one lock held shortly.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Instant;

use jiff::Timestamp;

use super::jobs::Jobs;
use super::ledger::{Answered, GotReply, SentFile};
use super::row::Row;
use crate::wms::{Asn, StockRow, Story};

/// Everything known.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) asns: Vec<Asn>,
    pub(super) by_key: HashMap<String, usize>,
    pub(super) by_rma: HashMap<String, usize>,
    /// How often a known key came again.
    pub(super) repeats: BTreeMap<String, usize>,
    pub(super) stock: BTreeMap<String, Vec<StockRow>>,
    pub(super) stories: BTreeMap<String, Story>,
    pub(super) playing: usize,
    /// Rows that wait for a file.
    pub(super) ready: Vec<Row>,
    pub(super) ready_since: Option<Instant>,
    pub(super) sequence: u64,
    pub(super) files: Vec<File>,
    /// Files that wait for the next one.
    pub(super) held: Vec<usize>,
    /// Other names of files.
    pub(super) aliases: HashMap<String, usize>,
    /// Names of what was written besides.
    pub(super) rubbish: BTreeSet<String>,
    pub(super) answers: Vec<Answered>,
    pub(super) replies: Vec<GotReply>,
    pub(super) unknown_replies: Vec<String>,
    pub(super) jobs: Jobs,
    /// Files read so far.
    pub(super) taken: u64,
}

/// A receipt file.
#[derive(Debug, Clone)]
pub(super) struct File {
    /// As the ledger shows it.
    pub(super) sent: SentFile,
    /// What ought to be in it.
    pub(super) rows: Vec<Row>,
    pub(super) bytes: Vec<u8>,
    /// Which version of its number: 1, 2 …
    pub(super) version: u32,
    /// When its number was made.
    pub(super) at: Timestamp,
    /// How many corrections led to it.
    pub(super) corrections: u32,
    /// How it is corrected, if it is wrong.
    pub(super) wrong: Option<Cure>,
}

/// How a wrong file is corrected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cure {
    /// A later version of the same number.
    SameNumber,
    /// A file of the next number.
    NextNumber,
}

impl State {
    pub(super) fn file_named(&self, name: &str) -> Option<usize> {
        let own = self.files.iter().rposition(|file| file.sent.name == name);
        own.or_else(|| self.aliases.get(name).copied())
    }

    pub(super) fn is_idle(&self) -> bool {
        self.playing == 0 && self.ready.is_empty() && self.held.is_empty() && self.jobs.is_idle()
    }
}
