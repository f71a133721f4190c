//! Runs are listed and read.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use jiff::Timestamp;
use router::replay::{self, ReplayRun};
use serde::{Deserialize, Serialize};
use store::{ReplayRunFilter, Store};
use utoipa::{IntoParams, ToSchema};

use crate::access::Holder;
use crate::api::App;
use crate::ask::{Asked, Named};
use crate::gate::Caller;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// Which exceptions a run gives back.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ChosenView {
    /// Business code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Failure code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failure_code: Option<String>,
    /// Connector instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connector: Option<String>,
    /// Site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) site: Option<String>,
    /// Return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) return_id: Option<String>,
}

/// A run.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RunView {
    /// Its id.
    pub(crate) run_id: String,
    /// Which exceptions.
    pub(crate) chosen: ChosenView,
    /// Where it stands: asking (a second person has to agree), first, watching, rest, done, stopped, cancelled.
    pub(crate) phase: String,
    /// The same in words, with the reason.
    pub(crate) says: String,
    /// It can be cancelled.
    pub(crate) is_open: bool,
    /// How many exceptions were meant when it was asked for.
    pub(crate) meant: u64,
    /// Given back so far.
    pub(crate) done: u64,
    /// Being given back right now: not counted yet.
    pub(crate) under_way: u64,
    /// Refused so far.
    pub(crate) refused: u64,
    /// Why the last of those was.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) refusal: String,
    /// Of what was given back so many are open again. Only when one run is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) open_again: Option<u64>,
    /// Money at risk by currency, minor units.
    pub(crate) at_risk: BTreeMap<String, i64>,
    /// So many first; 0: none.
    pub(crate) canary: u32,
    /// How long those are watched.
    pub(crate) canary_seconds: u32,
    /// At most so many a second; 0: no bound.
    pub(crate) rate: u32,
    /// Also what nobody has signed.
    pub(crate) vouched: bool,
    /// Who asked for it.
    pub(crate) who: String,
    /// Who agreed, if that was needed.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) agreed_by: String,
    /// How often it was resumed.
    pub(crate) resumed: u32,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) started_at: Timestamp,
}

/// A run as it is told to them: reasons may name a mail address.
pub(super) fn view(run: ReplayRun, open_again: Option<u64>, holder: &Holder) -> RunView {
    RunView {
        under_way: run.under_way().len() as u64,
        phase: run.phase.word().to_owned(),
        says: holder.shown_text(&run.phase.words()),
        is_open: run.is_open(),
        run_id: run.run_id,
        chosen: ChosenView {
            code: run.chosen.code,
            failure_code: run.chosen.failure_code,
            connector: run.chosen.connector,
            site: run.chosen.site,
            return_id: run.chosen.return_id,
        },
        meant: run.meant,
        done: run.done,
        refused: run.refused,
        refusal: holder.shown_text(&run.refusal),
        open_again,
        at_risk: run.at_risk,
        canary: run.canary,
        canary_seconds: run.canary_seconds,
        rate: run.rate,
        vouched: run.vouched,
        who: run.who,
        agreed_by: run.agreed_by,
        resumed: run.resumed,
        started_at: run.started_at,
    }
}

/// How many of those that were given back are open again.
async fn open_again(store: &dyn Store, run: &ReplayRun) -> Result<u64, Problem> {
    let open = replay::open_of(store, &run.chosen).await?;
    Ok(open.iter().filter(|row| run.passed(row)).count() as u64)
}

/// Where to read on.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Filter {
    /// Runs of a page, 1 to 200; 50 if nothing is said.
    limit: Option<u32>,
    /// "next" of the page before.
    cursor: Option<String>,
}

/// A page of runs.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RunPage {
    /// Runs, latest first.
    items: Vec<RunView>,
    /// Where to read on; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl RunPage {
    /// The runs, and where to read on.
    pub(crate) fn parts(self) -> (Vec<RunView>, Option<String>) {
        (self.items, self.next)
    }
}

/// Lists runs that give many exceptions back
#[utoipa::path(
    get,
    path = "/v1/replays",
    tag = "replays",
    params(Filter),
    responses(
        (status = 200, description = "A page", body = RunPage),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<RunPage>, Problem> {
    let limit = page::limit(asked.limit)?;
    let after = page::after(asked.cursor.as_deref())?;
    let filter = ReplayRunFilter {
        is_active: false,
        before: after.map(|(_, id)| id),
        limit: limit.saturating_add(1),
    };
    let mut runs = replay::runs(app.store(), filter).await?;
    let last = page::cut(&mut runs, limit);
    Ok(Json(RunPage {
        next: last.map(|run| page::cursor(run.started_at, &run.run_id)),
        items: runs
            .into_iter()
            .map(|run| view(run, None, &caller.0))
            .collect(),
    }))
}

/// Reads a run that gives many exceptions back
#[utoipa::path(
    get,
    path = "/v1/replays/{id}",
    tag = "replays",
    params(("id" = String, Path, description = "Run")),
    responses(
        (status = 200, description = "The run", body = RunView),
        (status = 404, description = "No such run", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(id): Named,
) -> Result<Json<RunView>, Problem> {
    let Some(run) = replay::run_of(app.store(), &id).await? else {
        return Err(Problem::not_found("there is no such run"));
    };
    let again = open_again(app.store(), &run).await?;
    Ok(Json(view(run, Some(again), &caller.0)))
}
