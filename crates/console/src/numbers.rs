//! `GET /v1/metrics`: the numbers of a period.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use jiff::civil::Date;
use router::numbers::{self, Ask, Course, CourseAsk, Dimension, Period, Step, Told};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::ask::Asked;
use crate::counted;
use crate::problem::{Problem, ProblemDocument};

/// Which numbers.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct NumbersQuery {
    /// First day; the last one if left out.
    #[serde(default)]
    #[param(format = Date)]
    pub(crate) from: String,
    /// Last day; today if left out.
    #[serde(default)]
    #[param(format = Date)]
    pub(crate) to: String,
    /// Told by these besides over all, with commas: entity, warehouse, channel, segment, return_type, reason, disposition,
    /// adapter, policy_version.
    #[serde(default)]
    pub(crate) by: String,
    /// A return that is open for longer than so many days is overdue; 14 if left out.
    #[serde(default)]
    pub(crate) sla_days: Option<i64>,
    /// json, or csv.
    #[serde(default)]
    #[param(inline)]
    pub(crate) format: Format,
}

/// How they are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// JSON.
    #[default]
    Json,
    /// CSV (RFC 4180).
    Csv,
}

/// Tells the numbers of a period
///
/// Durations are in seconds and weighted by quantity, amounts in minor units; a rate over nothing is null. A duration belongs to the
/// period in which it ended, where the entity keeps its books. Returns that have not ended and those
/// that were changed since the period began are read for it, by one request at a time; an answer is told again for half a minute.
#[utoipa::path(
    get,
    path = "/v1/metrics",
    tag = "metrics",
    params(NumbersQuery),
    responses(
        (status = 200, description = "The numbers, in JSON or as CSV", content((Object = "application/json"), (String = "text/csv"))),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Another request is being answered: come again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<NumbersQuery>,
) -> Result<Response, Problem> {
    let format = asked.format;
    let told = counted::told(&app, &asked).await?;
    Ok(match format {
        Format::Json => Json(&*told).into_response(),
        Format::Csv => csv(&told)?,
    })
}

/// Which number over time.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct CourseQuery {
    /// The metric, such as `receipt_to_inspection`.
    pub(crate) metric: String,
    /// day, week or month; day if left out.
    #[serde(default)]
    pub(crate) step: String,
    /// First day; fourteen steps before the last one if left out.
    #[serde(default)]
    #[param(format = Date)]
    pub(crate) from: String,
    /// Last day; today if left out.
    #[serde(default)]
    #[param(format = Date)]
    pub(crate) to: String,
    /// Told by these besides over all, with commas, as for `/v1/metrics`.
    #[serde(default)]
    pub(crate) by: String,
    /// A return that is open for longer than so many days is overdue; 14 if left out.
    #[serde(default)]
    pub(crate) sla_days: Option<i64>,
}

/// Tells one number over time
///
/// The metric in each step of a period, as `/v1/metrics` tells it for that step alone; stocks and ages as of the end of the step. At most 92
/// steps. Returns that have not ended and those
/// that were changed since the period began are read for it, by one request at a time; an answer is told again for half a minute.
#[utoipa::path(
    get,
    path = "/v1/metrics/course",
    tag = "metrics",
    params(CourseQuery),
    responses(
        (status = 200, description = "The number, step by step", body = Object, content_type = "application/json"),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 503, description = "Another request is being answered: come again", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn course(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<CourseQuery>,
) -> Result<Json<Arc<Course>>, Problem> {
    Ok(Json(counted::course(&app, &asked).await?))
}

impl CourseQuery {
    /// The same as the router is asked.
    pub(crate) fn ask(&self, app: &App) -> Result<CourseAsk, Problem> {
        let step = match self.step.as_str() {
            "" => Step::default(),
            word => word.parse().map_err(wrong)?,
        };
        let period = period(&self.from, &self.to, &self.by, self.sla_days)?;
        let (policies, now) = (app.policies(), app.api.clock.now());
        period
            .course(&self.metric, step, &policies, &app.api.entities, now)
            .map_err(wrong)
    }
}

impl NumbersQuery {
    /// The same as the router is asked.
    pub(crate) fn ask(&self, app: &App) -> Result<Ask, Problem> {
        let period = period(&self.from, &self.to, &self.by, self.sla_days)?;
        let (policies, now) = (app.policies(), app.api.clock.now());
        period.ask(&policies, &app.api.entities, now).map_err(wrong)
    }

    /// What an answer is kept under; how it is written is no part of it.
    pub(crate) fn question(&self) -> String {
        format!("{:?}", (&self.from, &self.to, &self.by, self.sla_days))
    }
}

fn wrong(what: String) -> Problem {
    Problem::bad_request("api.query", what)
}

fn period(from: &str, to: &str, by: &str, sla_days: Option<i64>) -> Result<Period, Problem> {
    let by = by.split(',').map(str::trim).filter(|by| !by.is_empty());
    let by: Result<Vec<Dimension>, String> = by.map(str::parse).collect();
    Ok(Period {
        from: date(from).map_err(wrong)?,
        to: date(to).map_err(wrong)?,
        by: by.map_err(wrong)?,
        sla_days,
    })
}

fn date(text: &str) -> Result<Option<Date>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let date = text.parse::<Date>().ok().filter(|date| date.year() > 1900);
    date.map(Some)
        .ok_or_else(|| format!("{text:?} is no day such as 2026-03-01"))
}

/// They as a file.
pub(crate) fn csv(told: &Told) -> Result<Response, Problem> {
    let bytes = numbers::csv(told).map_err(|error| {
        tracing::error!(error, "the numbers cannot be written");
        Problem::later("the numbers cannot be written: the log says why")
    })?;
    Ok(([(CONTENT_TYPE, "text/csv; charset=utf-8")], bytes).into_response())
}
