//! `/v1/proofs`: runs of the daily proof are listed and read.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use jiff::civil::Date;
use router::reconcile::{Report, Status};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{ReconFilter, ReconRunRow, StoreError};
use utoipa::{IntoParams, ToSchema};

use crate::access::Holder;
use crate::api::App;
use crate::ask::{Asked, Named};
use crate::gate::Caller;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// Who signed a run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SignedView {
    /// Who.
    by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What they had to say; may be empty.
    note: String,
}

/// A run of the daily proof.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ProofView {
    /// Run.
    run_id: String,
    /// Legal entity.
    entity: String,
    /// The business day, where the entity keeps its books.
    #[schema(value_type = String, format = Date)]
    business_date: Date,
    /// PROVEN, PROVEN_WITH_TIMING or NOT_PROVEN.
    status: String,
    /// When it was begun.
    #[schema(value_type = String, format = DateTime)]
    started_at: Timestamp,
    /// Who ran it.
    ran_by: String,
    /// Who signed it; left out as long as nobody did.
    #[serde(skip_serializing_if = "Option::is_none")]
    signed: Option<SignedView>,
    /// What was compared and what that gave: inputs with their hashes and watermarks, matches with their sums. Only where one
    /// run is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
}

fn view(run: ReconRunRow, report: Option<Value>, holder: &Holder) -> ProofView {
    ProofView {
        run_id: run.run_id,
        entity: run.entity,
        business_date: run.business_date,
        status: run.status,
        started_at: run.started_at,
        ran_by: run.ran_by,
        signed: run.sign_off.map(|signed| SignedView {
            by: signed.signed_by,
            at: signed.signed_at,
            note: holder.shown_text(&signed.note),
        }),
        report,
    }
}

/// The report. What partners said when they could not be read may name a mail address.
fn report(run: &ReconRunRow, holder: &Holder) -> Result<Value, serde_json::Error> {
    let mut report: Report = serde_json::from_str(&run.report)?;
    for input in &mut report.inputs {
        input.failed = holder.shown_text(&input.failed);
    }
    for matched in &mut report.matches {
        matched.run = holder.shown_text(&matched.run);
    }
    for cleared in &mut report.cleared {
        *cleared = holder.shown_text(cleared);
    }
    serde_json::to_value(&report)
}

/// Which runs, and where to read on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Legal entity.
    entity: Option<String>,
    /// Business days from this one (2026-03-02).
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Business days up to this one.
    #[param(value_type = Option<String>, format = Date)]
    to: Option<Date>,
    /// PROVEN, PROVEN_WITH_TIMING or NOT_PROVEN.
    #[param(value_type = Option<String>)]
    status: Option<Status>,
    /// Runs of a page, 1 to 200; 50 if nothing is said.
    limit: Option<u32>,
    /// "next" of the page before.
    cursor: Option<String>,
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
    let limit = page::limit(asked.limit)?;
    let after = page::after(asked.cursor.as_deref())?;
    // There are a few runs a day: the store gives all of those days.
    let filter = ReconFilter {
        entity: asked.entity,
        from: asked.from,
        to: asked.to,
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
    let last = page::cut(&mut runs, limit);
    Ok(Json(ProofPage {
        next: last.map(|run| page::cursor(run.started_at, &run.run_id)),
        items: runs
            .into_iter()
            .map(|run| view(run, None, &caller.0))
            .collect(),
    }))
}

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
    let filter = ReconFilter {
        run_id: Some(id),
        ..ReconFilter::default()
    };
    let Some(run) = app.store().recon_runs(&filter).await?.into_iter().next() else {
        return Err(Problem::not_found("there is no such run"));
    };
    let report = report(&run, &caller.0).map_err(|error| {
        StoreError::Broken(format!("the report of a run of the daily proof: {error}"))
    })?;
    Ok(Json(view(run, Some(report), &caller.0)))
}
