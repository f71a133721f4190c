//! Runs are listed.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use jiff::civil::Date;
use router::reconcile::Status;
use serde::{Deserialize, Serialize};
use store::{ReconFilter, ReconRunRow};
use utoipa::{IntoParams, ToSchema};

use super::view::{ProofView, view};
use crate::api::App;
use crate::ask::Asked;
use crate::gate::Caller;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// Which runs, and where to read on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Legal entity.
    pub(crate) entity: Option<String>,
    /// Business days from this one (2026-03-02).
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) from: Option<Date>,
    /// Business days up to this one.
    #[param(value_type = Option<String>, format = Date)]
    pub(crate) to: Option<Date>,
    /// PROVEN, PROVEN_WITH_TIMING or NOT_PROVEN.
    #[param(value_type = Option<String>)]
    pub(crate) status: Option<Status>,
    /// Runs of a page, 1 to 200; 50 if nothing is said.
    pub(crate) limit: Option<u32>,
    /// "next" of the page before.
    pub(crate) cursor: Option<String>,
}

/// A page of runs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ProofPage {
    /// Runs, latest first, without their reports.
    items: Vec<ProofView>,
    /// Where to read on; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists runs of the daily proof
#[utoipa::path(
    get,
    path = "/v1/proofs",
    tag = "proofs",
    params(Filter),
    responses(
        (status = 200, description = "A page", body = ProofPage),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<ProofPage>, Problem> {
    let (runs, next) = page(&app, asked).await?;
    let items = runs.into_iter().map(|run| view(run, None, &caller.0));
    Ok(Json(ProofPage {
        items: items.collect(),
        next,
    }))
}

/// Runs of a page, and where to read on.
pub(crate) async fn page(
    app: &App,
    asked: Filter,
) -> Result<(Vec<ReconRunRow>, Option<String>), Problem> {
    let limit = page::limit(asked.limit)?;
    let after = page::after(asked.cursor.as_deref())?;
    // What the store does not choose by is chosen here, of all runs of those days: there are a few a day.
    let is_chosen = asked.status.is_none() && after.is_none();
    let filter = ReconFilter {
        entity: asked.entity,
        from: asked.from,
        to: asked.to,
        limit: if is_chosen { limit + 1 } else { 0 },
        ..ReconFilter::default()
    };
    let mut runs = app.store().recon_runs(&filter).await?;
    runs.retain(|run| {
        let is_meant = asked
            .status
            .is_none_or(|status| run.status == status.word());
        let is_after = after.as_ref().is_none_or(|(at, id)| {
            (run.started_at.as_microsecond(), &run.run_id) < (at.as_microsecond(), id)
        });
        is_meant && is_after
    });
    let next = page::cut(&mut runs, limit).map(|run| page::cursor(run.started_at, &run.run_id));
    Ok((runs, next))
}
