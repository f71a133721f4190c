//! `GET /v1/returns/{id}`, what happened to it, and what it leads to.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::find;
use super::view::{ReturnView, etag, view};
use crate::api::App;
use crate::ask::{Asked, Named};
use crate::audit::{Entry, entries};
use crate::effects::{EffectView, effect};
use crate::gate::Caller;
use crate::once::Answer;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// Shows a return
///
/// The answer has an ETag; with `If-None-Match` an unchanged return is answered 304.
#[utoipa::path(
    get,
    path = "/v1/returns/{id}",
    tag = "returns",
    params(("id" = String, Path, description = "Id, RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE")),
    responses(
        (status = 200, description = "The return", body = ReturnView),
        (status = 304, description = "It has not changed"),
        (status = 404, description = "No such return", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(name): Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let row = find::find(&app, &name).await?;
    let tag = etag(row.version);
    let seen = headers.get("if-none-match").and_then(|v| v.to_str().ok());
    let mut seen = seen.unwrap_or_default().split(',');
    if seen.any(|seen| seen.trim().trim_start_matches("W/") == tag) {
        let unchanged = Answer {
            status: StatusCode::NOT_MODIFIED.as_u16(),
            body: String::new(),
            headers: std::collections::BTreeMap::new(),
        };
        return Ok(unchanged.with("etag", tag).response());
    }
    let view = view(&row, &find::state(&row)?);
    let view = if caller.0.sees_personal() {
        view
    } else {
        view.covered()
    };
    Ok(Answer::json(StatusCode::OK, &view)
        .with("etag", tag)
        .response())
}

/// Which entries.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimelineQuery {
    /// Only entries behind that position.
    after: Option<u64>,
    /// Entries at the most, 1 to 200; 50 if nothing is said.
    limit: Option<u32>,
}

/// What happened to a return.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Timeline {
    /// Entries of the audit, oldest first. What was said is in them for those who may see bodies (bodies:read).
    items: Vec<Entry>,
    /// Give it as `after` to read on; left out at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u64>,
}

/// Shows what happened to a return
#[utoipa::path(
    get,
    path = "/v1/returns/{id}/timeline",
    tag = "returns",
    params(("id" = String, Path, description = "Id, RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"), TimelineQuery),
    responses(
        (status = 200, description = "Entries, oldest first", body = Timeline),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such return", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn timeline(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(name): Named,
    Asked(asked): Asked<TimelineQuery>,
) -> Result<Json<Timeline>, Problem> {
    let limit = page::limit(asked.limit)?;
    let row = find::find(&app, &name).await?;
    let part = (asked.after, limit);
    let (items, next) = entries(&app, &caller, &row.return_id, part).await?;
    Ok(Json(Timeline { items, next }))
}

/// What a return leads to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Effects {
    /// Effects, oldest first.
    items: Vec<EffectView>,
}

/// Shows the effects of a return
#[utoipa::path(
    get,
    path = "/v1/returns/{id}/effects",
    tag = "returns",
    params(("id" = String, Path, description = "Id, RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE")),
    responses(
        (status = 200, description = "Effects, oldest first", body = Effects),
        (status = 404, description = "No such return", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn effects(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(name): Named,
) -> Result<Json<Effects>, Problem> {
    let row = find::find(&app, &name).await?;
    let rows = app.store().effects_of(&row.return_id).await?;
    let items = rows.into_iter().map(|row| effect(row, &caller.0));
    Ok(Json(Effects {
        items: items.collect(),
    }))
}
