//! `POST /v1/exceptions/replay`: many are given back to the flow; a few first, if that is wished.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::response::Response;
use http::StatusCode;
use router::desk::{self, Decided, Replay};
use router::impact::{self, Impact};
use router::replay::{self, Chosen};
use serde::{Deserialize, Serialize};
use store::ExceptionRow;
use utoipa::ToSchema;

use super::decide::DecisionView;
use super::list::one;
use crate::api::App;
use crate::once::Answer;
use crate::post::Post;
use crate::problem::{FieldError, Problem, ProblemDocument};

const ROUTE: &str = "POST /v1/exceptions/replay";
/// Exceptions of one request at the most.
pub(crate) const MOST: usize = 500;

/// Which exceptions, and how far: by their ids, or by what they have in common.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReplayManyRequest {
    /// These, instead of what filters choose.
    #[schema(max_items = 500)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) exception_ids: Vec<String>,
    /// Business code.
    pub(crate) code: Option<String>,
    /// Failure code.
    pub(crate) failure_code: Option<String>,
    /// Connector instance.
    pub(crate) connector: Option<String>,
    /// Site.
    pub(crate) site: Option<String>,
    /// Return.
    pub(crate) return_id: Option<String>,
    /// Say what would be done, and do nothing.
    pub(crate) dry_run: bool,
    /// Also what nobody has signed.
    pub(crate) vouched: bool,
    /// Only so many, the oldest: look what becomes of them, then ask again for the rest.
    #[schema(minimum = 1, maximum = 500)]
    pub(crate) canary: Option<u32>,
}

/// What became of many.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReplayManyView {
    /// What would become of all of them together, if only that was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    impact: Option<ImpactView>,
    /// What became of each, oldest first.
    decisions: Vec<DecisionView>,
    /// How many of those that were meant are untouched: ask again for them.
    left: u64,
}

/// What a replay would do with several together.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ImpactView {
    /// How many exceptions.
    exceptions: u64,
    /// How many of them by what would be done.
    actions: BTreeMap<String, u64>,
    /// How many need somebody to vouch for them.
    needs_vouching: u64,
    /// Money at risk by currency, minor units.
    at_risk: BTreeMap<String, i64>,
    /// Effects that are applied already and stay as they are.
    applied: u64,
    /// Effects that would move.
    moves: u64,
}

/// Gives many exceptions back to the flow
///
/// Open ones that fit, oldest first, or those that are named; at most 500 in one request. At least one filter is needed, or ids.
#[utoipa::path(
    post,
    path = "/v1/exceptions/replay",
    tag = "exceptions",
    request_body(content = ReplayManyRequest, content_type = "application/json"),
    params(("Idempotency-Key" = String, Header, description = "Of your own choice, unique per request")),
    responses(
        (status = 200, description = "What became of them", body = ReplayManyView),
        (status = 404, description = "One that is named is not there; nothing was done", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 409, description = "It is so much that two persons decide", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 422, description = "Fields are wrong, neither ids nor a filter are given, or both", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn replay_many(post: Post) -> Result<Response, Problem> {
    let (asked, told) = post.read::<ReplayManyRequest>().await?;
    let most = checked(&asked)?;
    let (app, who) = (Arc::clone(&told.app), told.caller.0.actor());
    told.once(ROUTE, ("", Duration::ZERO), |_| async move {
        let mut rows = meant(&app, &asked).await?;
        if asked.dry_run {
            return dry(&app, &rows).await;
        }
        one_person_may(&app, &rows)?;
        let left = rows.len().saturating_sub(most) as u64;
        rows.truncate(most);
        let mut decisions = Vec::with_capacity(rows.len());
        for row in rows {
            // Lists come without bytes, and a message is replayed from its bytes.
            let Some(row) = app.store().exception(&row.exception_id).await? else {
                continue;
            };
            let how = Replay {
                who: &who,
                vouched: asked.vouched,
                routes: &app.api.routes,
            };
            let decided = desk::replay(app.store(), &row, how, app.api.clock.now()).await?;
            let (done, text) = match decided {
                Decided::Done(text) => (true, text),
                Decided::Refused(why) => (false, why),
            };
            decisions.push(DecisionView {
                exception_id: row.exception_id,
                done,
                text,
                preview: None,
            });
        }
        let view = ReplayManyView {
            impact: None,
            decisions,
            left,
        };
        Ok(Answer::json(StatusCode::OK, &view))
    })
    .await
}

/// How many of them are given back at the most.
fn checked(asked: &ReplayManyRequest) -> Result<usize, Problem> {
    let filters = [
        &asked.code,
        &asked.failure_code,
        &asked.connector,
        &asked.site,
        &asked.return_id,
    ];
    let is_filtered = filters.iter().any(|filter| filter.is_some());
    let named = asked.exception_ids.len();
    if named > MOST {
        let detail = format!("at most {MOST}: ask for a run (POST /v1/replays) for more");
        return Err(wrong("/exception_ids", &detail));
    }
    if is_filtered == (named > 0) {
        let detail =
            "say which: either code, failure_code, connector, site or return_id, or exception_ids";
        return Err(wrong("", detail));
    }
    match asked.canary {
        None => Ok(MOST),
        Some(n) => match usize::try_from(n) {
            Ok(n) if (1..=MOST).contains(&n) => Ok(n),
            _ => Err(wrong("/canary", &format!("it is from 1 to {MOST}"))),
        },
    }
}

/// Exceptions that are named, or open ones that fit; oldest first.
pub(crate) async fn meant(
    app: &App,
    asked: &ReplayManyRequest,
) -> Result<Vec<ExceptionRow>, Problem> {
    if !asked.exception_ids.is_empty() {
        return named(app, &asked.exception_ids).await;
    }
    let chosen = Chosen {
        code: asked.code.clone(),
        failure_code: asked.failure_code.clone(),
        connector: asked.connector.clone(),
        site: asked.site.clone(),
        return_id: asked.return_id.clone(),
    };
    Ok(replay::open_of(app.store(), &chosen).await?)
}

async fn named(app: &App, ids: &[String]) -> Result<Vec<ExceptionRow>, Problem> {
    let ids: BTreeSet<&String> = ids.iter().collect();
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.push(one(app, id).await?);
    }
    replay::oldest_first(&mut rows);
    Ok(rows)
}

/// Refuses what two people have to decide.
pub(super) fn one_person_may(app: &App, rows: &[ExceptionRow]) -> Result<(), Problem> {
    let Some(why) = app.api.replay_limits.exceeded(rows) else {
        return Ok(());
    };
    let detail = format!("{why}: ask for a run (POST /v1/replays), which another person agrees to");
    Err(Problem::new(
        StatusCode::CONFLICT,
        "replay.two-persons",
        detail,
    ))
}

/// What a replay of the first [`MOST`] of them would do together.
pub(crate) async fn weighed(app: &App, rows: &[ExceptionRow]) -> Result<Impact, Problem> {
    let mut previews = Vec::new();
    for row in rows.iter().take(MOST) {
        if let Some(row) = app.store().exception(&row.exception_id).await? {
            previews.push(desk::preview(app.store(), &row, &app.api.routes).await?);
        }
    }
    Ok(impact::impact(&previews))
}

async fn dry(app: &App, rows: &[ExceptionRow]) -> Result<Answer, Problem> {
    let sum = weighed(app, rows).await?;
    let word = |action: impact::Action| {
        let word = serde_json::to_value(action).ok();
        word.and_then(|w| w.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    let view = ReplayManyView {
        impact: Some(ImpactView {
            exceptions: sum.exceptions,
            actions: sum.actions.into_iter().map(|(a, n)| (word(a), n)).collect(),
            needs_vouching: sum.needs_vouching,
            at_risk: sum.at_risk,
            applied: sum.applied,
            moves: sum.moves,
        }),
        decisions: Vec::new(),
        left: rows.len() as u64,
    };
    Ok(Answer::json(StatusCode::OK, &view))
}

fn wrong(pointer: &str, detail: &str) -> Problem {
    Problem::invalid(vec![FieldError {
        pointer: pointer.to_owned(),
        detail: detail.to_owned(),
    }])
}
