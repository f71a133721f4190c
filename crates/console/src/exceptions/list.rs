//! `GET /v1/exceptions`, their groups, and one of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use data_encoding::BASE64;
use jiff::Timestamp;
use router::groups::{self, By, Order};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{ExceptionFilter, ExceptionRow, ExceptionState};
use utoipa::{IntoParams, ToSchema};

use crate::access::Holder;
use crate::api::App;
use crate::ask::{Asked, Named};
use crate::gate::Caller;
use crate::page;
use crate::problem::{Problem, ProblemDocument};

/// Where an exception stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StateQuery {
    /// Waits for somebody.
    Open,
    /// Put right by other means.
    Resolved,
    /// Given back to the flow.
    Replayed,
    /// Decided not to be processed.
    Discarded,
    /// Wherever it stands.
    Any,
}

impl StateQuery {
    fn state(self) -> Option<ExceptionState> {
        match self {
            Self::Open => Some(ExceptionState::Open),
            Self::Resolved => Some(ExceptionState::Resolved),
            Self::Replayed => Some(ExceptionState::Replayed),
            Self::Discarded => Some(ExceptionState::Discarded),
            Self::Any => None,
        }
    }
}

/// Which exceptions.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filter {
    /// Where they stand; open if nothing is said.
    #[param(inline)]
    state: Option<StateQuery>,
    /// Business code (SCHEMA_INVALID, ERP_REJECTED, …).
    code: Option<String>,
    /// Connector instance.
    connector: Option<String>,
    /// Site.
    site: Option<String>,
    /// Return.
    return_id: Option<String>,
    /// Rows of a page, 1 to 200; 50 if nothing is said.
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// An exception, without what the message says.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExceptionView {
    /// Its id.
    exception_id: String,
    /// Business code.
    code: String,
    /// Failure code of the connector.
    #[serde(skip_serializing_if = "String::is_empty")]
    failure_code: String,
    /// Stage: intake, route, deliver, watch.
    stage: String,
    /// Connector instance.
    #[serde(skip_serializing_if = "String::is_empty")]
    connector: String,
    /// Site.
    #[serde(skip_serializing_if = "String::is_empty")]
    site: String,
    /// Customer account.
    #[serde(skip_serializing_if = "String::is_empty")]
    customer: String,
    /// Return, if known.
    #[serde(skip_serializing_if = "String::is_empty")]
    return_id: String,
    /// Effect that it stops.
    #[serde(skip_serializing_if = "String::is_empty")]
    effect_key: String,
    /// What, where, what to do.
    reason: String,
    /// Place in the input.
    #[serde(skip_serializing_if = "String::is_empty")]
    place: String,
    /// Money at risk, minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_minor: Option<i64>,
    /// Its currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    /// State (OPEN, RESOLVED, REPLAYED, DISCARDED).
    #[schema(value_type = String)]
    state: ExceptionState,
    /// Times seen.
    occurrences: u32,
    /// First seen.
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    /// Last change.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// What was decided, by whom, why.
    #[serde(skip_serializing_if = "String::is_empty")]
    resolution: String,
}

pub(super) fn view(row: &ExceptionRow, holder: &Holder) -> ExceptionView {
    let row = row.clone();
    ExceptionView {
        exception_id: row.exception_id,
        code: row.code,
        failure_code: row.failure_code,
        stage: row.stage,
        connector: row.connector,
        site: row.site,
        customer: row.customer,
        return_id: row.return_id,
        effect_key: row.effect_key,
        reason: holder.shown_text(&row.reason),
        place: row.place,
        amount_minor: row.amount_minor,
        currency: row.currency,
        state: row.state,
        occurrences: row.occurrences,
        opened_at: row.opened_at,
        updated_at: row.updated_at,
        resolution: holder.shown_text(&row.resolution),
    }
}

/// A page of exceptions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExceptionPage {
    /// Exceptions, latest change first.
    items: Vec<ExceptionView>,
    /// Where to read on; left out on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists exceptions
#[utoipa::path(
    get,
    path = "/v1/exceptions",
    tag = "exceptions",
    params(Filter),
    responses(
        (status = 200, description = "A page", body = ExceptionPage),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Asked(asked): Asked<Filter>,
) -> Result<Json<ExceptionPage>, Problem> {
    let limit = page::limit(asked.limit)?;
    let filter = ExceptionFilter {
        state: asked.state.unwrap_or(StateQuery::Open).state(),
        code: asked.code,
        connector: asked.connector,
        site: asked.site,
        return_id: asked.return_id,
        alive_since: None,
        after: page::after(asked.cursor.as_deref())?,
        limit: limit + 1,
    };
    let mut rows = app.store().exceptions(&filter).await?;
    let last = page::cut(&mut rows, limit);
    Ok(Json(ExceptionPage {
        next: last.map(|row| page::cursor(row.updated_at, &row.exception_id)),
        items: rows.iter().map(|row| view(row, &caller.0)).collect(),
    }))
}

/// How exceptions are grouped.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupQuery {
    /// What the exceptions of a group have in common: cause, connector, site, customer, return, separated by commas;
    /// cause,connector,site if nothing is said.
    by: Option<String>,
    /// What comes first: count, money or age; count if nothing is said.
    sort: Option<String>,
    /// Where they stand; open if nothing is said.
    #[param(inline)]
    state: Option<StateQuery>,
    /// Business code.
    code: Option<String>,
    /// Connector instance.
    connector: Option<String>,
    /// Site.
    site: Option<String>,
}

/// Exceptions that are alike. A side by which they are not grouped is left out.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct GroupView {
    /// Business code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// Failure code.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_code: Option<String>,
    /// Connector instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    connector: Option<String>,
    /// Site.
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<String>,
    /// Customer account.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    /// Return.
    #[serde(skip_serializing_if = "Option::is_none")]
    return_id: Option<String>,
    /// How many exceptions.
    exceptions: u64,
    /// How often they were seen.
    occurrences: u64,
    /// How many returns they are about.
    returns: u64,
    /// Money at risk by currency, minor units.
    at_risk: BTreeMap<String, i64>,
    /// When the oldest was first seen.
    #[schema(value_type = String, format = DateTime)]
    oldest_at: Timestamp,
}

/// Groups of exceptions.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Groups {
    /// The groups.
    items: Vec<GroupView>,
}

/// Groups exceptions by what they have in common
#[utoipa::path(
    get,
    path = "/v1/exceptions/groups",
    tag = "exceptions",
    params(GroupQuery),
    responses(
        (status = 200, description = "The groups", body = Groups),
        (status = 400, description = "The query cannot be read", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn groups(
    State(app): State<Arc<App>>,
    Asked(asked): Asked<GroupQuery>,
) -> Result<Json<Groups>, Problem> {
    let by = asked.by.as_deref().unwrap_or("cause,connector,site");
    let by = by.split(',').map(|word| side(word.trim()));
    let by: Vec<By> = by.collect::<Result<_, Problem>>()?;
    let order = match asked.sort.as_deref().unwrap_or("count") {
        "count" => Order::Count,
        "money" => Order::Money,
        "age" => Order::Age,
        other => {
            let detail = format!("{other:?} is no order: count, money or age");
            return Err(Problem::bad_request("api.query", detail));
        }
    };
    let filter = ExceptionFilter {
        state: asked.state.unwrap_or(StateQuery::Open).state(),
        code: asked.code,
        connector: asked.connector,
        site: asked.site,
        ..ExceptionFilter::default()
    };
    let rows = app.store().exceptions(&filter).await?;
    let groups = groups::group(rows, &by, order, app.api.clock.now());
    let shown = groups.into_iter().map(|group| GroupView {
        code: group.code,
        failure_code: group.failure_code,
        connector: group.connector,
        site: group.site,
        customer: group.customer,
        return_id: group.return_id,
        exceptions: group.exceptions,
        occurrences: group.occurrences,
        returns: group.returns,
        at_risk: group.at_risk,
        oldest_at: group.oldest_at,
    });
    Ok(Json(Groups {
        items: shown.collect(),
    }))
}

fn side(word: &str) -> Result<By, Problem> {
    Ok(match word {
        "cause" => By::Cause,
        "connector" => By::Connector,
        "site" => By::Site,
        "customer" => By::Customer,
        "return" => By::Return,
        other => {
            let detail = format!("{other:?} is no side: cause, connector, site, customer, return");
            return Err(Problem::bad_request("api.query", detail));
        }
    })
}

/// An exception, with what its message says for those who may see bodies.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExceptionDetail {
    #[serde(flatten)]
    exception: ExceptionView,
    /// Length of the message, in bytes.
    bytes: u64,
    /// The message as received, in base64 (bodies:read).
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_base64: Option<String>,
    /// The same as text, if it is UTF-8 (bodies:read).
    #[serde(skip_serializing_if = "Option::is_none")]
    raw_text: Option<String>,
    /// Where it came from, with its headers (bodies:read).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    origin: Option<Value>,
}

/// Shows an exception
///
/// The message itself is shown to those who may see bodies and personal data (bodies:read, personal:read).
#[utoipa::path(
    get,
    path = "/v1/exceptions/{id}",
    tag = "exceptions",
    params(("id" = String, Path, description = "Exception")),
    responses(
        (status = 200, description = "The exception", body = ExceptionDetail),
        (status = 404, description = "No such exception", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn read(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Named(id): Named,
) -> Result<Json<ExceptionDetail>, Problem> {
    let row = one(&app, &id).await?;
    let sees_bytes = caller.0.sees_bytes();
    let text = std::str::from_utf8(&row.raw).ok().map(str::to_owned);
    let origin = serde_json::from_str(&row.origin).ok();
    Ok(Json(ExceptionDetail {
        exception: view(&row, &caller.0),
        bytes: row.raw.len() as u64,
        raw_base64: sees_bytes.then(|| BASE64.encode(&row.raw)),
        raw_text: text.filter(|_| sees_bytes),
        origin: origin
            .filter(|_| caller.sees_bodies())
            .map(|origin| caller.0.shown(origin)),
    }))
}

/// That exception, with its bytes.
pub(crate) async fn one(app: &App, id: &str) -> Result<ExceptionRow, Problem> {
    let found = app.store().exception(id).await?;
    found.ok_or_else(|| Problem::not_found(format!("there is no exception {id:?}")))
}
