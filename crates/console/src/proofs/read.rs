//! A run is read with its report, and what does not agree in it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use http::header::CONTENT_TYPE;
use router::reconcile::{Item, Match, items_csv};
use serde::{Deserialize, Serialize};
use store::{ReconFilter, ReconRunRow, StoreError};
use utoipa::{IntoParams, ToSchema};

use super::view::{ItemView, ProofView, item, item_view, report, view};
use crate::api::App;
use crate::ask::{Asked, Named};
use crate::gate::Caller;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// Reads a run of the daily proof with its report
#[utoipa::path(
    get,
    path = "/v1/proofs/{id}",
    tag = "proofs",
    params(("id" = String, Path, description = "Run")),
    responses(
        (status = 200, description = "The run", body = ProofView),
        (status = 404, description = "No such run", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(id): Named,
) -> Result<Json<ProofView>, Problem> {
    let run = one(&app, &id).await?;
    let report = serde_json::to_value(report(&run, &caller.0)?);
    let report = report.map_err(|error| StoreError::Broken(error.to_string()))?;
    Ok(Json(view(run, Some(report), &caller.0)))
}

/// The run with that id.
pub(crate) async fn one(app: &App, id: &str) -> Result<ReconRunRow, Problem> {
    let filter = ReconFilter {
        run_id: Some(id.to_owned()),
        ..ReconFilter::default()
    };
    let mut runs = app.store().recon_runs(&filter).await?.into_iter();
    runs.next()
        .ok_or_else(|| Problem::not_found("there is no such run"))
}

/// How what does not agree is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// A page in JSON.
    #[default]
    Json,
    /// All of it as CSV (RFC 4180).
    Csv,
}

/// What of it, and where to read on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ItemFilter {
    /// Only of that match, C0 to C10.
    #[serde(rename = "match")]
    #[param(value_type = Option<String>)]
    pub(crate) matched: Option<Match>,
    /// Items of a page, 1 to 200; 50 if nothing is said. A file has all of them if nothing is said.
    pub(crate) limit: Option<u32>,
    /// "next" of the page before.
    pub(crate) after: Option<u32>,
    /// json, or csv.
    #[param(value_type = Option<String>)]
    pub(crate) format: Format,
}

/// A page of what does not agree.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ItemPage {
    /// Items, in the order of the run.
    items: Vec<ItemView>,
    /// Where to read on; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<u32>,
}

/// Lists what does not agree in a run, or gives it as CSV
#[utoipa::path(
    get,
    path = "/v1/proofs/{id}/items",
    tag = "proofs",
    params(("id" = String, Path, description = "Run"), ItemFilter),
    responses(
        (status = 200, description = "A page, or the file", content((ItemPage = "application/json"), (String = "text/csv"))),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "No such run", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn items(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(id): Named,
    Asked(asked): Asked<ItemFilter>,
) -> Result<Response, Problem> {
    let run = one(&app, &id).await?;
    if asked.format == Format::Csv {
        return file(&app, &caller, &run, &asked).await;
    }
    let (rows, next) = written(&app, &caller, &id, &asked).await?;
    let items = rows.into_iter().map(|(n, item)| item_view(n, item));
    Ok(Json(ItemPage {
        items: items.collect(),
        next,
    })
    .into_response())
}

/// What does not agree in a run, with its position there, and where to read on.
pub(crate) async fn written(
    app: &App,
    caller: &Caller,
    id: &str,
    asked: &ItemFilter,
) -> Result<(Vec<(u32, Item)>, Option<u32>), Problem> {
    let limit = page::limit(asked.limit)?;
    let after = asked.after.unwrap_or(0);
    let mut rows = all(app, caller, id, asked.matched).await?;
    rows.retain(|(n, _)| *n > after);
    let next = page::cut(&mut rows, limit).map(|(n, _)| *n);
    Ok((rows, next))
}

async fn all(
    app: &App,
    caller: &Caller,
    id: &str,
    matched: Option<Match>,
) -> Result<Vec<(u32, Item)>, Problem> {
    let mut rows = Vec::new();
    for row in app.store().recon_items(id).await? {
        if matched.is_none_or(|matched| row.matched == matched.word()) {
            rows.push((row.n, item(&row, &caller.0)?));
        }
    }
    Ok(rows)
}

/// What does not agree, as a file.
pub(crate) async fn file(
    app: &App,
    caller: &Caller,
    run: &ReconRunRow,
    asked: &ItemFilter,
) -> Result<Response, Problem> {
    let limit = asked.limit.map(|limit| page::limit(Some(limit)));
    let mut rows = all(app, caller, &run.run_id, asked.matched).await?;
    rows.retain(|(n, _)| *n > asked.after.unwrap_or(0));
    if let Some(limit) = limit.transpose()? {
        rows.truncate(limit);
    }
    let items = rows.iter().map(|(_, item)| item);
    let csv = items_csv(&run.run_id, &run.entity, items).map_err(StoreError::Broken)?;
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], csv).into_response())
}
