//! Sources that are silent for longer than they are expected to be: one exception per silence, which ends when they speak.
//!
//! Time in which nobody watched is no excuse for a source, but what came meanwhile has to be read first: after a gap in
//! the watch nothing is told for a while. Short gaps, such as a restart, do not begin that while anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use canonical::ExceptionCode;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use store::{ExceptionFilter, ExceptionRow, ExceptionState, NoteName, Store, StoreError, Unit};

use crate::heard;
use crate::metrics::{label, metrics};
use crate::report::Report;
use crate::sla::STAGE;

/// When nobody watched for so long, there may be something that nobody read yet.
const GAP: SignedDuration = SignedDuration::from_mins(5);
/// How long the watch must last after such a gap before silence counts. Shorter than any silence that is watched for.
const HOLD: SignedDuration = SignedDuration::from_mins(2);
/// Silences of one connector that are looked at, latest first.
const KNOWN: usize = 100;

/// The watch over one connector, as it is noted in the store for all processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Watched {
    /// Since when it is watched at all.
    first: Timestamp,
    /// Since when without a gap.
    since: Timestamp,
    /// When that was last noted.
    last: Timestamp,
}

impl Watched {
    const fn begin(now: Timestamp) -> Self {
        Self {
            first: now,
            since: now,
            last: now,
        }
    }

    /// Goes on; the same when there is nothing new to note.
    fn go_on(self, now: Timestamp) -> Self {
        let apart = now.duration_since(self.last);
        if apart.abs() > GAP {
            Self {
                since: now,
                last: now,
                ..self
            }
        } else if apart >= heard::EVERY {
            Self { last: now, ..self }
        } else {
            self
        }
    }
}

/// Opens the exceptions of those that are silent, ends those of the others. `expected`: how often each is to be heard.
pub(crate) async fn look(
    store: &Arc<dyn Store>,
    expected: &BTreeMap<String, SignedDuration>,
    now: Timestamp,
) -> Result<(), StoreError> {
    if expected.is_empty() {
        return Ok(());
    }
    let open = store
        .exceptions(&ExceptionFilter {
            state: Some(ExceptionState::Open),
            code: Some(ExceptionCode::SourceSilent.word().to_owned()),
            ..ExceptionFilter::default()
        })
        .await?;
    let mut unit = Unit::default();
    for (connector, every) in expected {
        let watched = watch(store, connector, now).await?;
        let heard = store.note(&heard::note(connector)).await?;
        let heard: Option<Timestamp> = heard.and_then(|at| at.parse().ok());
        let since = heard.unwrap_or(watched.first);
        let fingerprint = fingerprint(connector);
        let is_open = open.iter().any(|row| row.fingerprint == fingerprint);
        if now.duration_since(since) <= *every {
            if is_open {
                unit.resolve
                    .push((fingerprint, format!("it was heard at {since:.0}")));
            }
        } else if !is_open
            && now.duration_since(watched.since) >= HOLD
            && !is_told(store, connector, since).await?
        {
            unit.exceptions
                .push(silent(connector, heard, watched, *every, now));
        }
    }
    if unit.exceptions.is_empty() && unit.resolve.is_empty() {
        return Ok(());
    }
    for row in &unit.exceptions {
        let labels = [
            label("code", row.code.clone()),
            label("connector", row.connector.clone()),
        ];
        metrics().exceptions.add(1, &labels);
        tracing::warn!(connector.name = %row.connector, "{}", row.reason);
    }
    store.commit(vec![unit], Vec::new()).await.map(drop)
}

/// Notes that it is watched now, at most once a minute.
async fn watch(
    store: &Arc<dyn Store>,
    connector: &str,
    now: Timestamp,
) -> Result<Watched, StoreError> {
    let name = NoteName {
        owner: crate::suspect::OWNER.to_owned(),
        space: "watched".to_owned(),
        key: connector.to_owned(),
    };
    let before: Option<Watched> = store
        .note(&name)
        .await?
        .and_then(|text| serde_json::from_str(&text).ok());
    let watched = before.map_or_else(|| Watched::begin(now), |before| before.go_on(now));
    if before != Some(watched)
        && let Ok(text) = serde_json::to_string(&watched)
    {
        store.put_note(name, text).await?;
    }
    Ok(watched)
}

/// True if that silence had its exception, which a person closed.
async fn is_told(
    store: &Arc<dyn Store>,
    connector: &str,
    since: Timestamp,
) -> Result<bool, StoreError> {
    let known = store
        .exceptions(&ExceptionFilter {
            code: Some(ExceptionCode::SourceSilent.word().to_owned()),
            connector: Some(connector.to_owned()),
            limit: KNOWN,
            ..ExceptionFilter::default()
        })
        .await?;
    Ok(known.iter().any(|row| row.opened_at >= since))
}

fn fingerprint(connector: &str) -> String {
    format!("silent|{connector}")
}

fn silent(
    connector: &str,
    heard: Option<Timestamp>,
    watched: Watched,
    every: SignedDuration,
    now: Timestamp,
) -> ExceptionRow {
    let last = heard.map_or_else(
        || {
            let first = watched.first;
            format!("nothing was ever taken in from {connector}, which is watched since {first:.0}")
        },
        |heard| format!("nothing was taken in from {connector} since {heard:.0}"),
    );
    let reason = format!(
        "{last}; something is expected every {every:#}. Ask the partner whether anything was sent; look whether the folder, \
         address or queue is the right one, and at the log whether it can be read. The exception ends when something is taken in"
    );
    Report::new(STAGE, ExceptionCode::SourceSilent)
        .reason(reason)
        .owner(connector, "", "")
        .fingerprint(fingerprint(connector))
        .row(now, String::new(), bytes::Bytes::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    #[test]
    fn a_restart_does_not_begin_the_watch_anew_and_a_gap_does() {
        let begun = Watched::begin(at(0));
        assert_eq!(begun.go_on(Timestamp::from_second(59).unwrap()), begun);
        let after = begun.go_on(at(4)).go_on(at(9));
        assert_eq!(
            (after.first, after.since, after.last),
            (at(0), at(0), at(9))
        );
        let gap = after.go_on(at(15));
        assert_eq!((gap.first, gap.since), (at(0), at(15)));
        let back = gap.go_on(at(1));
        assert_eq!(back.since, at(1), "a clock that was wrong holds nothing up");
    }
}
