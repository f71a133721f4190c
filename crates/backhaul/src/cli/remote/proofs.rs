//! `backhaul reconcile list`, `show` and `sign-off` with `--url`

use router::reconcile::Matched;
use serde_json::json;

use super::client::{Query, no_answer};
use super::table::Column::Is;
use super::table::{facts, table, text};
use super::{Ended, Sidecar, output};
use crate::cli::reconcile;

/// Lists runs of the daily proof.
pub(in crate::cli) async fn proofs(
    sidecar: &Sidecar,
    query: &Query<'_>,
    (limit, json): (usize, bool),
) -> Result<(), Ended> {
    let items = sidecar.list(&["proofs"], query, limit).await?;
    if json {
        return output::json(&items);
    }
    let columns = [
        Is("run", "run_id"),
        Is("entity", "entity"),
        Is("day", "business_date"),
        Is("status", "status"),
        Is("begun", "started_at"),
        Is("run by", "ran_by"),
        Is("signed by", "/signed/by"),
    ];
    table(&items, &columns, "no day was proven yet")
}

/// Shows a run with everything that does not agree.
pub(in crate::cli) async fn proof(sidecar: &Sidecar, id: &str, json: bool) -> Result<(), Ended> {
    let run = sidecar.one(&["proofs", id], "run_id").await?;
    let items = sidecar.list(&["proofs", id, "items"], &[], 0).await?;
    if json {
        return output::json(&json!({ "run": run, "items": items }));
    }
    facts(
        &run,
        &[
            ("run", "run_id"),
            ("entity", "entity"),
            ("day", "business_date"),
            ("status", "status"),
            ("begun", "started_at"),
            ("run by", "ran_by"),
            ("signed by", "/signed/by"),
            ("note", "/signed/note"),
        ],
    )?;
    let matches = run.pointer("/report/matches").cloned().unwrap_or_default();
    let matches: Vec<Matched> = serde_json::from_value(matches).map_err(|_| no_answer())?;
    reconcile::matches(&matches)?;
    let columns = [
        Is("", "priority"),
        Is("match", "match"),
        Is("class", "class"),
        Is("day", "business_date"),
        Is("age", "age_days"),
        Is("key", "key"),
        Is("left", "left"),
        Is("right", "right"),
        Is("exception", "exception_id"),
    ];
    table(&items, &columns, "nothing is open")
}

/// Signs a run as the person of the token.
pub(in crate::cli) async fn sign_off(sidecar: &Sidecar, id: &str, note: &str) -> Result<(), Ended> {
    let run = sidecar
        .post(&["proofs", id, "sign-off"], &json!({ "note": note }))
        .await?;
    if text(&run, "/signed/by").is_empty() {
        return Err(no_answer());
    }
    output::line(format!(
        "run {id} ({} {}, {}) is signed by {}",
        text(&run, "entity"),
        text(&run, "business_date"),
        text(&run, "status"),
        text(&run, "/signed/by")
    ))
}
