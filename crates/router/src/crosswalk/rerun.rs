//! What waited for a code goes on when the code is published: exactly those messages and effects, once, with their own ids.
//!
//! A message is read again from its raw bytes and takes its own place, in one transaction that closes its exception; an
//! effect is given back as by a replay. Whoever comes second finds the exception closed. What cannot be read yet stays as it
//! is.

use std::collections::BTreeMap;
use std::sync::Arc;

use connector::{Codec, Failure, Publication};
use jiff::Timestamp;
use serde::Serialize;
use store::{ExceptionRow, MissingCode, Store, StoreError, Unit};

use crate::desk::{self, Decided, Replay};
use crate::edit::{self, Edit, Edited, NoCopy};
use crate::impact::Action;
use crate::report;
use crate::routes::Routes;

/// Codecs by connector instance, following the publication that is looked at.
pub type Codecs = BTreeMap<String, Arc<dyn Codec>>;

/// What one exception comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Becomes {
    /// The exception.
    pub exception_id: String,
    /// Its connector.
    pub connector: String,
    /// The codes that it waits for.
    pub missing: Vec<MissingCode>,
    /// Why it stands still.
    pub before: String,
    /// What it becomes: its events, or what is still wrong.
    pub after: Vec<String>,
    /// True if it goes on.
    pub goes_on: bool,
    /// True if that was done.
    pub done: bool,
}

/// True if somebody has said what that code means, whether or not it held when the message came.
pub fn has_meaning(publication: &Publication, missing: &MissingCode) -> bool {
    publication.entries.iter().any(|entry| {
        entry.list == missing.list
            && entry.direction.word() == missing.direction
            && entry.source_code == missing.code
            && (entry.system == missing.system
                || entry.system == connector::published::EVERY_SYSTEM)
    })
}

/// Open exceptions all of whose codes have a meaning in that publication, oldest first.
pub async fn unblocked(
    store: &dyn Store,
    publication: &Publication,
) -> Result<Vec<ExceptionRow>, StoreError> {
    let mut rows = store.lacking().await?;
    rows.retain(|row| {
        row.missing
            .iter()
            .all(|code| has_meaning(publication, code))
    });
    Ok(rows)
}

/// Who lets them go, and with what.
#[derive(Clone, Copy)]
pub struct Rerun<'a> {
    /// Who.
    pub who: &'a str,
    /// The publication that lets them go.
    pub publication: u64,
    /// Codecs that follow it.
    pub codecs: &'a Codecs,
    /// Routes as configured now.
    pub routes: &'a Routes,
    /// Say what they come to, and do nothing.
    pub dry_run: bool,
}

/// Lets one go. `None`: its connector is not served here.
pub async fn one(
    store: &dyn Store,
    row: &ExceptionRow,
    how: Rerun<'_>,
    now: Timestamp,
) -> Result<Option<Becomes>, StoreError> {
    let Some(codec) = how.codecs.get(&row.connector) else {
        return Ok(None);
    };
    let (goes_on, after) = match row.stage.as_str() {
        "deliver" => effect(store, row, how, now).await?,
        _ => message(store, row, codec.as_ref(), how, now).await?,
    };
    Ok(Some(Becomes {
        exception_id: row.exception_id.clone(),
        connector: row.connector.clone(),
        missing: row.missing.clone(),
        before: row.reason.clone(),
        after,
        goes_on,
        done: goes_on && !how.dry_run,
    }))
}

async fn message(
    store: &dyn Store,
    row: &ExceptionRow,
    codec: &dyn Codec,
    how: Rerun<'_>,
    now: Timestamp,
) -> Result<(bool, Vec<String>), StoreError> {
    let Some(whole) = store.exception(&row.exception_id).await? else {
        return Ok((false, vec!["it is gone".to_owned()]));
    };
    let reason = format!("crosswalk publication {}", how.publication);
    let edit = Edit {
        who: how.who,
        reason: &reason,
        codec: Some(codec),
    };
    let edited = if how.dry_run {
        match edit::read(&whole, &whole.raw, edit) {
            Ok(copy) => Edited::Done(copy),
            Err(none) => Edited::Not(none),
        }
    } else {
        edit::edit(store, &whole, &whole.raw, edit, now).await?
    };
    Ok(match edited {
        Edited::Done(copy) => {
            let events = copy.events.iter();
            (
                true,
                events.map(|(key, kind)| format!("{kind} {key}")).collect(),
            )
        }
        Edited::Not(NoCopy::Refused(why)) => (false, vec![why]),
        Edited::Not(NoCopy::Unreadable(failures)) => {
            if !how.dry_run {
                waits_for(store, &whole, &failures, now).await?;
            }
            (false, failures.iter().map(ToString::to_string).collect())
        }
    })
}

/// What was found missing first is there now, and something else is missing: that is told instead.
async fn waits_for(
    store: &dyn Store,
    row: &ExceptionRow,
    failures: &[Failure],
    now: Timestamp,
) -> Result<(), StoreError> {
    let lacks = failures
        .iter()
        .filter_map(|failure| failure.lacks.as_deref());
    let missing = report::missing(&row.connector, &lacks.cloned().collect::<Vec<_>>());
    if missing.is_empty() || missing == row.missing {
        return Ok(());
    }
    let unit = Unit {
        exceptions: vec![ExceptionRow {
            missing,
            updated_at: now,
            ..row.clone()
        }],
        ..Unit::default()
    };
    store.commit(vec![unit], Vec::new()).await.map(drop)
}

async fn effect(
    store: &dyn Store,
    row: &ExceptionRow,
    how: Rerun<'_>,
    now: Timestamp,
) -> Result<(bool, Vec<String>), StoreError> {
    if how.dry_run {
        let preview = desk::preview(store, row, how.routes).await?;
        return Ok((preview.does != Action::Nothing, vec![preview.action]));
    }
    let replay = Replay {
        who: how.who,
        vouched: false,
        routes: how.routes,
    };
    Ok(match desk::replay(store, row, replay, now).await? {
        Decided::Done(what) => (true, vec![what]),
        Decided::Refused(why) => (false, vec![why]),
    })
}
