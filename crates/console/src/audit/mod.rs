//! `/v1/audit`: who did what, and the proof that nothing was changed.

mod file;
mod search;

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{AuditError, AuditRow, audit_verify};
use utoipa::{IntoParams, ToSchema};

pub(crate) use self::file::whole;
use self::search::Search;
use crate::access::{Holder, Scope};
use crate::api::App;
use crate::ask::Asked;
use crate::gate::Caller;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// An entry of the audit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Entry {
    /// Position in the chain, from 1.
    pub(crate) seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) at: Timestamp,
    /// Who: a connector, a user, a timer, or `api/TOKEN`.
    pub(crate) actor: String,
    /// What was done.
    pub(crate) action: String,
    /// On what: a return, an exception, an effect, a route.
    pub(crate) subject: String,
    /// Correlation id.
    pub(crate) correlation_id: String,
    /// Hash of this entry, over the one before it.
    pub(crate) hash: String,
    /// The event or the decision in full, for those who may see bodies (bodies:read).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub(crate) body: Option<Value>,
}

fn entry(row: AuditRow, holder: &Holder) -> Entry {
    let sees_bodies = holder.may(Scope::BodiesRead);
    let body = sees_bodies.then(|| serde_json::from_str(&row.entry.body).ok());
    Entry {
        seq: row.seq,
        at: row.entry.at,
        actor: row.entry.actor,
        action: row.entry.action,
        subject: row.entry.subject,
        correlation_id: row.entry.correlation_id,
        hash: HEXLOWER.encode(&row.hash),
        body: body.flatten().map(|body| holder.shown(body)),
    }
}

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuditQuery {
    /// Only on that subject.
    #[serde(default)]
    pub(crate) subject: String,
    /// Only by those whose name begins so: api/shop, api/.
    #[serde(default)]
    pub(crate) actor: String,
    /// Only actions that begin so: approval.decided, approval.
    #[serde(default)]
    pub(crate) action: String,
    /// Only from that time on: an instant, or a day (in UTC).
    #[serde(default)]
    pub(crate) since: String,
    /// Only before that time, or up to the end of that day (in UTC).
    #[serde(default)]
    pub(crate) until: String,
    /// Only entries behind that position.
    pub(crate) after: Option<u64>,
    /// Only entries before that position.
    pub(crate) before: Option<u64>,
    /// Which come first.
    #[serde(default)]
    #[param(inline)]
    pub(crate) order: Order,
    /// Entries of a page at the most, 1 to 200; 50 if nothing is said. A file has all of them if nothing is said.
    pub(crate) limit: Option<u32>,
    /// A page in JSON, or a file with every entry that is found: JSON Lines, or CSV.
    #[serde(default)]
    #[param(inline)]
    pub(crate) format: Format,
}

/// Which entries come first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    /// The oldest.
    #[default]
    Oldest,
    /// The latest.
    Latest,
}

/// How entries are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// A page in JSON.
    #[default]
    Json,
    /// One JSON document on a line.
    Jsonl,
    /// CSV (RFC 4180).
    Csv,
}

/// A page of the audit.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// Entries.
    pub(crate) items: Vec<Entry>,
    /// Give it as `after` to read on (latest first: as `before`); left out at the end. Of a search a page may be short, or
    /// empty, and have one all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<u64>,
}

/// Lists entries of the audit
///
/// With `format=jsonl` or `format=csv` the answer is a file with every entry that is found, or with the first ones up to `limit`.
#[utoipa::path(
    get,
    path = "/v1/audit",
    tag = "audit",
    params(AuditQuery),
    responses(
        (status = 200, description = "A page, oldest first if nothing is said; or a file", content((AuditPage = "application/json"), (String = "application/jsonl"), (String = "text/csv"))),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<AuditQuery>,
) -> Result<Response, Problem> {
    if asked.format == Format::Json {
        return Ok(Json(page(&app, &caller, &asked).await?).into_response());
    }
    whole(&app, &caller, &asked).await
}

/// A page of what is looked for.
pub(crate) async fn page(
    app: &App,
    caller: &Caller,
    asked: &AuditQuery,
) -> Result<AuditPage, Problem> {
    let limit = page::limit(asked.limit)?;
    let mut search = Search::of(app.store(), asked).await?;
    let (rows, next) = search.page(app.store(), limit).await?;
    let items = rows.into_iter().map(|row| entry(row, &caller.0));
    Ok(AuditPage {
        items: items.collect(),
        next,
    })
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
    let items = rows.into_iter().map(|row| entry(row, &caller.0));
    Ok((items.collect(), next))
}

/// What the proof came to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Proof {
    /// True if no entry was changed, taken out or cut off.
    pub(crate) ok: bool,
    /// Entries that were looked at, when the chain holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) entries: Option<u64>,
    /// Hash of the last one: note it elsewhere, and compare it later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) head: Option<String>,
    /// First entry at which the chain does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) broken_at: Option<u64>,
    /// What is wrong there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
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
    Ok(Json(proof(&app).await?))
}

/// What the proof comes to.
pub(crate) async fn proof(app: &App) -> Result<Proof, Problem> {
    let Ok(_alone) = app.proving.try_acquire() else {
        return Err(Problem::later("the audit is being proved: ask again"));
    };
    match audit_verify(app.store()).await {
        Ok(verified) => Ok(Proof {
            ok: true,
            entries: Some(verified.entries),
            head: Some(HEXLOWER.encode(&verified.head)),
            broken_at: None,
            reason: None,
        }),
        Err(AuditError::Broken(broken)) => Ok(Proof {
            ok: false,
            entries: None,
            head: None,
            broken_at: Some(broken.seq),
            reason: Some(broken.reason.to_owned()),
        }),
        Err(AuditError::Store(error)) => Err(error.into()),
    }
}
