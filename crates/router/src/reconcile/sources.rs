//! The other side of the proof: lists of the partners' systems, read page by page.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use connector::extract::{CreditHeld, MovementHeld, ReceiptHeld};
use connector::{ExtractAsk, Extractable, Extracted, Sink};
use data_encoding::HEXLOWER;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::report::Input;

/// How long one page may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// Pages of one list; more than that is a list that does not end.
const PAGES: usize = 20_000;

/// A connector that may list documents.
pub struct Source {
    /// Its instance.
    pub connector: String,
    /// What it may list at all.
    pub may: &'static [Extractable],
    /// Its way out, or why it cannot be built.
    pub sink: Result<Arc<dyn Sink>, String>,
    /// Documents there that nobody here knows are told by this entity's run.
    pub tells_orphans: bool,
}

/// A list, read.
pub(super) struct List<T> {
    /// The documents.
    pub(super) documents: Vec<T>,
    /// How it goes into the report.
    pub(super) input: Input,
}

impl<T> List<T> {
    /// True if it was read to its end.
    pub(super) fn is_whole(&self) -> bool {
        self.input.failed.is_empty()
    }
}

impl Source {
    /// True if it lists such documents. One that cannot be built might.
    pub(super) fn lists(&self, what: Extractable) -> bool {
        match &self.sink {
            Ok(sink) => sink.extracts().contains(&what),
            Err(_) => self.may.contains(&what),
        }
    }

    /// Credit memos of those days.
    pub(super) async fn credits(&self, days: &BTreeSet<Date>, now: Timestamp) -> List<CreditHeld> {
        let pick = |document| match document {
            Extracted::Credit(memo) => Some(memo),
            Extracted::Movement(_) | Extracted::Receipt(_) => None,
        };
        self.list(Extractable::CreditMemos, days, now, pick).await
    }

    /// Stock movements of those days.
    pub(super) async fn movements(
        &self,
        days: &BTreeSet<Date>,
        now: Timestamp,
    ) -> List<MovementHeld> {
        let pick = |document| match document {
            Extracted::Movement(movement) => Some(movement),
            Extracted::Credit(_) | Extracted::Receipt(_) => None,
        };
        self.list(Extractable::StockMovements, days, now, pick)
            .await
    }

    /// Receipts of those days, and what was taken back on them.
    pub(super) async fn receipts(
        &self,
        days: &BTreeSet<Date>,
        now: Timestamp,
    ) -> List<ReceiptHeld> {
        let pick = |document| match document {
            Extracted::Receipt(receipt) => Some(receipt),
            Extracted::Credit(_) | Extracted::Movement(_) => None,
        };
        self.list(Extractable::Receipts, days, now, pick).await
    }

    async fn list<T: Serialize>(
        &self,
        what: Extractable,
        days: &BTreeSet<Date>,
        now: Timestamp,
        pick: impl Fn(Extracted) -> Option<T>,
    ) -> List<T> {
        let mut documents = Vec::new();
        let mut behind = Duration::ZERO;
        let mut failed = String::new();
        match &self.sink {
            Ok(sink) => {
                for (from, to) in ranges(days) {
                    let read = read(sink.as_ref(), what, (from, to), &mut behind).await;
                    match read {
                        Ok(found) => documents.extend(found.into_iter().filter_map(&pick)),
                        Err(why) => {
                            failed = why;
                            break;
                        }
                    }
                }
            }
            Err(why) => failed.clone_from(why),
        }
        let behind = SignedDuration::try_from(behind).unwrap_or(SignedDuration::MAX);
        let complete_to = now.saturating_sub(behind).unwrap_or(now);
        List {
            input: Input {
                source: self.connector.clone(),
                what: what.name().to_owned(),
                documents: documents.len(),
                sha256: digest(&documents),
                complete_to: failed.is_empty().then_some(complete_to),
                failed,
            },
            documents,
        }
    }
}

async fn read(
    sink: &dyn Sink,
    what: Extractable,
    (from, to): (Date, Date),
    behind: &mut Duration,
) -> Result<Vec<Extracted>, String> {
    let mut documents = Vec::new();
    let mut page = None;
    for _ in 0..PAGES {
        let ask = ExtractAsk {
            what,
            from,
            to,
            page,
        };
        let extract = match tokio::time::timeout(PATIENCE, sink.extract(&ask)).await {
            Ok(Ok(extract)) => extract,
            Ok(Err(failure)) => return Err(failure.to_string()),
            Err(_) => return Err(format!("no answer within {} s", PATIENCE.as_secs())),
        };
        documents.extend(extract.documents);
        *behind = (*behind).max(extract.behind);
        match extract.next {
            Some(next) => page = Some(next),
            None => return Ok(documents),
        }
    }
    Err(format!("the list does not end after {PAGES} pages"))
}

/// Days as ranges without gaps.
fn ranges(days: &BTreeSet<Date>) -> Vec<(Date, Date)> {
    let mut ranges: Vec<(Date, Date)> = Vec::new();
    for day in days {
        match ranges.last_mut() {
            Some((_, to)) if to.tomorrow().ok() == Some(*day) => *to = *day,
            _ => ranges.push((*day, *day)),
        }
    }
    ranges
}

/// Our side's documents of a kind, as they go into the report.
pub(super) fn here<'t, T: Serialize + 't>(
    what: &str,
    documents: impl Iterator<Item = &'t T>,
    now: Timestamp,
) -> Input {
    let documents: Vec<&T> = documents.collect();
    Input {
        source: "here".to_owned(),
        what: what.to_owned(),
        documents: documents.len(),
        sha256: digest(&documents),
        complete_to: Some(now),
        failed: String::new(),
    }
}

/// SHA-256 (hex) of documents as JSON, whatever their order.
fn digest<T: Serialize>(documents: &[T]) -> String {
    let mut lines: Vec<String> = documents
        .iter()
        .map(|document| serde_json::to_string(document).unwrap_or_default())
        .collect();
    lines.sort_unstable();
    let mut hash = Sha256::new();
    for line in lines {
        hash.update(line.as_bytes());
        hash.update(b"\n");
    }
    HEXLOWER.encode(&hash.finalize())
}
