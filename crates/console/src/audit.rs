//! `/v1/audit`: who did what, and the proof that nothing was changed.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{AuditError, AuditRow, audit_verify};
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::ask::Asked;
use crate::gate::Caller;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// An entry of the audit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// Position in the chain, from 1.
    seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Who: a connector, a user, a timer, or `api/TOKEN`.
    actor: String,
    /// What was done.
    action: String,
    /// On what: a return, an exception, an effect, a route.
    subject: String,
    /// Correlation id.
    correlation_id: String,
    /// Hash of this entry, over the one before it.
    hash: String,
    /// The event or the decision in full, for those who may see bodies (bodies:read).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    body: Option<Value>,
}

fn entry(row: AuditRow, sees_bodies: bool) -> Entry {
    let body = sees_bodies.then(|| serde_json::from_str(&row.entry.body).ok());
    Entry {
        seq: row.seq,
        at: row.entry.at,
        actor: row.entry.actor,
        action: row.entry.action,
        subject: row.entry.subject,
        correlation_id: row.entry.correlation_id,
        hash: HEXLOWER.encode(&row.hash),
        body: body.flatten(),
    }
}

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// Only on that subject.
    subject: Option<String>,
    /// Only entries behind that position.
    after: Option<u64>,
    /// Entries at the most, 1 to 200; 50 if nothing is said.
    limit: Option<u32>,
}

/// A page of the audit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// Entries, oldest first.
    items: Vec<Entry>,
    /// Give it as `after` to read on; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// Lists entries of the audit
#[utoipa::path(
    get,
    path = "/v1/audit",
    tag = "audit",
    params(AuditQuery),
    responses(
        (status = 200, description = "A page, oldest first", body = AuditPage),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let limit = page::limit(asked.limit)?;
    let subject = asked.subject.unwrap_or_default();
    if subject.contains('\0') {
        return Err(Problem::bad_request(
            "api.query",
            "a subject has no NUL in it",
        ));
    }
    let (items, next) = entries(&app, &caller, &subject, (asked.after, limit)).await?;
    Ok(Json(AuditPage { items, next }))
}

/// A page of the entries on a subject, and where to read on.
pub(crate) async fn entries(
    app: &App,
    caller: &Caller,
    subject: &str,
    (after, limit): (Option<u64>, usize),
) -> Result<(Vec<Entry>, Option<u64>), Problem> {
    let after = after.unwrap_or(0);
    let mut rows = app.store().audit(subject, after, limit + 1).await?;
    let next = page::cut(&mut rows, limit).map(|row| row.seq);
    let items = rows.into_iter().map(|row| entry(row, caller.sees_bodies()));
    Ok((items.collect(), next))
}

/// What the proof came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Proof {
    /// True if no entry was changed, taken out or cut off.
    ok: bool,
    /// Entries that were looked at, when the chain holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    entries: Option<u64>,
    /// Hash of the last one: note it elsewhere, and compare it later.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    /// First entry at which the chain does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_at: Option<u64>,
    /// What is wrong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Proves the audit
///
/// Computes the hash of every entry anew. Nothing is written, so that no Idempotency-Key is needed; one proof at a time.
#[utoipa::path(
    post,
    path = "/v1/audit/verify",
    tag = "audit",
    responses(
        (status = 200, description = "What it came to", body = Proof),
        (status = 503, description = "Another proof is under way", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn verify(State(app): State<Arc<App>>) -> Result<Json<Proof>, Problem> {
    let Ok(_alone) = app.proving.try_acquire() else {
        return Err(Problem::later("the audit is being proved: ask again"));
    };
    match audit_verify(app.store()).await {
        Ok(verified) => Ok(Json(Proof {
            ok: true,
            entries: Some(verified.entries),
            head: Some(HEXLOWER.encode(&verified.head)),
            broken_at: None,
            reason: None,
        })),
        Err(AuditError::Broken(broken)) => Ok(Json(Proof {
            ok: false,
            entries: None,
            head: None,
            broken_at: Some(broken.seq),
            reason: Some(broken.reason.to_owned()),
        })),
        Err(AuditError::Store(error)) => Err(error.into()),
    }
}
