//! Runs in the store.

use jiff::Timestamp;
use store::{
    AuditEntry, ExceptionRow, ReplayRunChange, ReplayRunFilter, ReplayRunRow, Store, StoreError,
};

use super::run::{Chosen, ReplayRun};

/// Who changes a run at the same time as others tries so often.
const TRIES: usize = 20;

/// A run that was read, with what is needed to write it.
struct Read {
    run: ReplayRun,
    row: ReplayRunRow,
}

fn read(row: ReplayRunRow) -> Result<Read, StoreError> {
    let run = serde_json::from_str(&row.body).map_err(|e| {
        StoreError::Broken(["replay run ", &row.run_id, ": ", &e.to_string()].concat())
    })?;
    Ok(Read { run, row })
}

/// One run.
///
/// # Errors
/// When the store cannot be read.
pub async fn run_of(store: &dyn Store, run_id: &str) -> Result<Option<ReplayRun>, StoreError> {
    let Some(row) = store.replay_run(run_id).await? else {
        return Ok(None);
    };
    Ok(Some(read(row)?.run))
}

/// Runs, latest first.
///
/// # Errors
/// When the store cannot be read.
pub async fn runs(
    store: &dyn Store,
    filter: ReplayRunFilter,
) -> Result<Vec<ReplayRun>, StoreError> {
    let rows = store.replay_runs(filter).await?;
    rows.into_iter().map(|row| Ok(read(row)?.run)).collect()
}

/// The open exceptions that are meant, oldest first; without their bytes.
///
/// # Errors
/// When the store cannot be read.
pub async fn open_of(store: &dyn Store, chosen: &Chosen) -> Result<Vec<ExceptionRow>, StoreError> {
    let mut rows = store.exceptions(&chosen.filter()).await?;
    rows.retain(|row| chosen.fits(row));
    oldest_first(&mut rows);
    Ok(rows)
}

/// The order in which exceptions are given back.
pub fn oldest_first(rows: &mut [ExceptionRow]) {
    rows.sort_by(|a, b| (a.opened_at, &a.exception_id).cmp(&(b.opened_at, &b.exception_id)));
}

/// Writes a new run; `false` if there is one of that id.
pub(super) async fn write_new(
    store: &dyn Store,
    run: &ReplayRun,
    audit: AuditEntry,
) -> Result<bool, StoreError> {
    let row = ReplayRunRow {
        run_id: run.run_id.clone(),
        body: body(run)?,
        is_active: run.is_active(),
        revision: 1,
        started_at: run.started_at,
        changed_at: run.started_at,
    };
    let audit = vec![audit];
    store
        .change_replay_run(ReplayRunChange { row, audit })
        .await
}

/// What a change of a run comes to.
pub(super) enum Changed<E> {
    /// It is written.
    Written(Box<ReplayRun>),
    /// It was not to be: nothing is written.
    Left(E),
    /// There is no such run.
    Missing,
}

/// Changes a run as it stands now, whoever else changes it. The change is made again on what the others left.
pub(super) async fn change<E>(
    store: &dyn Store,
    run_id: &str,
    now: Timestamp,
    mut with: impl FnMut(&mut ReplayRun) -> Result<Option<AuditEntry>, E>,
) -> Result<Changed<E>, StoreError> {
    for _ in 0..TRIES {
        let Some(row) = store.replay_run(run_id).await? else {
            return Ok(Changed::Missing);
        };
        let Read { mut run, mut row } = read(row)?;
        let audit = match with(&mut run) {
            Ok(audit) => audit,
            Err(left) => return Ok(Changed::Left(left)),
        };
        row.body = body(&run)?;
        row.is_active = run.is_active();
        row.revision += 1;
        row.changed_at = now;
        let audit = audit.into_iter().collect();
        if store
            .change_replay_run(ReplayRunChange { row, audit })
            .await?
        {
            return Ok(Changed::Written(Box::new(run)));
        }
    }
    Err(StoreError::Unavailable(
        ["replay run ", run_id, " changes all the time"].concat(),
    ))
}

/// An entry of the audit about a run.
pub(super) fn entry(run: &ReplayRun, who: &str, action: &str, now: Timestamp) -> AuditEntry {
    AuditEntry {
        at: now,
        actor: who.to_owned(),
        action: action.to_owned(),
        subject: ["replay/", &run.run_id].concat(),
        correlation_id: String::new(),
        after_hash: String::new(),
        body: serde_json::json!({
            "chosen": run.chosen, "meant": run.meant, "at_risk": run.at_risk, "canary": run.canary, "rate": run.rate,
            "vouched": run.vouched, "phase": run.phase, "done": run.done, "refused": run.refused
        })
        .to_string(),
    }
}

fn body(run: &ReplayRun) -> Result<String, StoreError> {
    serde_json::to_string(run).map_err(|e| StoreError::Broken(e.to_string()))
}
