//! `GET /v1/metrics`: the numbers of a period.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use jiff::civil::Date;
use router::numbers::{self, Course, Dimension, Period, Step, Told};
use serde::Deserialize;
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use crate::api::App;
use crate::ask::Asked;
use crate::problem::{Problem, ProblemDocument};

/// Whoever reads that much does it alone.
static ALONE: Mutex<()> = Mutex::const_new(());
/// What was told is told again within that time: several look at it, and each reads much.
const FRESH: Duration = Duration::from_secs(30);
/// So old it is still told, with its instant, while somebody else has other numbers added up.
const TOLD: Duration = Duration::from_mins(10);
/// Questions whose answers are kept.
const KEPT: usize = 32;

/// Answers by their questions.
#[derive(Debug)]
pub(crate) struct Answers<T>(std::sync::Mutex<VecDeque<(String, Instant, Arc<T>)>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(std::sync::Mutex::default())
    }
}

impl<T> Answers<T> {
    /// One that is not older than that.
    fn younger(&self, question: &str, age: Duration) -> Option<Arc<T>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut of_it = kept.iter().filter(|(asked, ..)| asked == question);
        let (_, at, answer) = of_it.next()?;
        (at.elapsed() < age).then(|| Arc::clone(answer))
    }

    fn keep(&self, question: String, answer: &Arc<T>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(asked, ..)| *asked != question);
        kept.push_front((question, Instant::now(), Arc::clone(answer)));
        kept.truncate(KEPT);
    }
}

/// The answers of this process.
#[derive(Debug, Default)]
pub(crate) struct Answered {
    told: Answers<Told>,
    courses: Answers<Course>,
}

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
/// period in which it ended, where the entity keeps its books. Returns that have not ended and those that were changed since the period began are read for it, by one request at
/// a time.
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
    let told = told(&app, asked).await?;
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
/// steps. Returns that have not ended and those that were changed since the period began are read for it, by one request at
/// a time.
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
    Ok(Json(course_of(&app, &asked).await?))
}

/// The course that is asked for.
pub(crate) async fn course_of(app: &App, asked: &CourseQuery) -> Result<Arc<Course>, Problem> {
    let step = match asked.step.as_str() {
        "" => Step::default(),
        word => word.parse().map_err(wrong)?,
    };
    let period = period(&asked.from, &asked.to, &asked.by, asked.sla_days)?;
    let (policies, now) = (app.policies(), app.api.clock.now());
    let ask = period
        .course(&asked.metric, step, &policies, &app.api.entities, now)
        .map_err(wrong)?;
    let (answers, question) = (&app.answered.courses, format!("{asked:?}"));
    if let Some(answer) = answers.younger(&question, FRESH) {
        return Ok(answer);
    }
    let _alone = match alone() {
        Ok(alone) => alone,
        Err(problem) => return answers.younger(&question, TOLD).ok_or(problem),
    };
    let answer = Arc::new(numbers::course(app.store(), ask).await?);
    answers.keep(question, &answer);
    Ok(answer)
}

fn wrong(what: String) -> Problem {
    Problem::bad_request("api.query", what)
}

fn alone() -> Result<MutexGuard<'static, ()>, Problem> {
    let held = ALONE.try_lock();
    held.map_err(|_| Problem::later("the numbers of another request are being added up"))
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

/// The numbers that are asked for.
pub(crate) async fn told(app: &App, asked: NumbersQuery) -> Result<Arc<Told>, Problem> {
    let sides = (&asked.from, &asked.to, &asked.by, asked.sla_days);
    let question = format!("{sides:?}");
    let period = period(&asked.from, &asked.to, &asked.by, asked.sla_days)?;
    let (policies, now) = (app.policies(), app.api.clock.now());
    let ask = period
        .ask(&policies, &app.api.entities, now)
        .map_err(wrong)?;
    let answers = &app.answered.told;
    if let Some(answer) = answers.younger(&question, FRESH) {
        return Ok(answer);
    }
    let _alone = match alone() {
        Ok(alone) => alone,
        Err(problem) => return answers.younger(&question, TOLD).ok_or(problem),
    };
    let answer = Arc::new(numbers::read(app.store(), ask).await?);
    answers.keep(question, &answer);
    Ok(answer)
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
