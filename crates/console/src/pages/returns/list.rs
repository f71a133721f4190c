//! `/returns`: find a return by what is known of it.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use canonical::{BusinessCode, Lifecycle};
use http::StatusCode;
use serde::Deserialize;
use store::ReturnRow;

use super::super::frame::{Frame, Part, page};
use super::super::session::Session;
use super::super::{Console, address, path_of, word};
use crate::api::App;
use crate::ask::Asked;
use crate::problem::Problem;
use crate::returns::find;
use crate::returns::list::{Filter, found};

/// Rows of a page.
const ROWS: u32 = 40;

/// By what a return is looked for, and how that is called.
const SIDES: &[(&str, &str)] = &[
    ("name", "Any number or name"),
    ("order", "Order"),
    ("invoice", "Invoice"),
    ("customer", "Customer"),
    ("sku", "Item"),
    ("serial", "Serial number"),
    ("tracking", "Tracking number"),
    ("document", "ERP document"),
    ("site", "Site"),
];

/// What is looked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::pages) struct Search {
    by: String,
    q: String,
    status: String,
    /// Business code, from the overview.
    code: String,
    cursor: String,
}

struct Choice {
    value: &'static str,
    name: &'static str,
    is_chosen: bool,
}

struct Row {
    to: String,
    rma: String,
    entity: String,
    customer: String,
    site: String,
    lifecycle: String,
    code: String,
    meaning: String,
    credited: String,
    at: String,
    age: String,
}

#[derive(Template)]
#[template(path = "returns.html")]
struct ReturnsPage<'a> {
    frame: Frame,
    search: &'a Search,
    sides: Vec<Choice>,
    states: Vec<Choice>,
    rows: Vec<Row>,
    unknown: bool,
    next: Option<String>,
}

/// Shows returns, latest change first.
pub(in crate::pages) async fn list(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Asked(search): Asked<Search>,
) -> Result<Response, Problem> {
    let app = &console.app;
    let wanted = search.q.trim();
    let by_name = matches!(search.by.as_str(), "" | "name");
    let mut unknown = false;
    if by_name && !wanted.is_empty() {
        match find::find(app, wanted).await {
            Ok(row) => {
                let to = path_of("returns", &row.return_id);
                return Ok(Redirect::to(&to).into_response());
            }
            Err(problem) if problem.status == StatusCode::NOT_FOUND => {
                if let Some(to) = elsewhere(app, &search).await? {
                    return Ok(Redirect::to(&to).into_response());
                }
                unknown = true;
            }
            Err(problem) => return Err(problem),
        }
    }
    let (rows, next) = if unknown {
        (Vec::new(), None)
    } else {
        found(app, &filter(&search)).await?
    };
    let now = app.api.clock.now();
    let rows = rows.iter().map(|row| shown(row, now));
    let page_of = ReturnsPage {
        frame: Frame::new(Some(&session), Part::Returns, "Returns"),
        sides: choices(SIDES.iter().copied(), &search.by),
        states: choices(
            Lifecycle::ALL.iter().map(|l| (l.word(), l.word())),
            &search.status,
        ),
        rows: rows.collect::<Result<_, Problem>>()?,
        unknown,
        next: next.map(|cursor| further(&search, &cursor)),
        search: &search,
    };
    page(&page_of)
}

/// Where a number that names no return is the number of something on one: an order, an item, a document.
async fn elsewhere(app: &App, search: &Search) -> Result<Option<String>, Problem> {
    for (by, _) in SIDES.iter().filter(|(by, _)| *by != "name") {
        let search = Search {
            by: (*by).to_owned(),
            ..search.clone()
        };
        let filter = Filter {
            limit: Some(1),
            ..filter(&search)
        };
        if !found(app, &filter).await?.0.is_empty() {
            let sides = [("by", *by), ("q", &search.q), ("status", &search.status)];
            return Ok(Some(address("/returns", &sides)));
        }
    }
    Ok(None)
}

fn choices(all: impl Iterator<Item = (&'static str, &'static str)>, chosen: &str) -> Vec<Choice> {
    let choice = |(value, name)| Choice {
        value,
        name,
        is_chosen: value == chosen,
    };
    all.map(choice).collect()
}

fn filter(search: &Search) -> Filter {
    let given = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let side = |name: &str| given(&search.q).filter(|_| search.by == name);
    Filter {
        status: given(&search.status),
        business_code: given(&search.code),
        site: side("site"),
        channel: None,
        customer: side("customer"),
        rma: None,
        order: side("order"),
        invoice: side("invoice"),
        sku: side("sku"),
        serial: side("serial"),
        tracking: side("tracking"),
        document: side("document"),
        updated_since: None,
        limit: Some(ROWS),
        cursor: given(&search.cursor),
    }
}

/// The address of the next page.
fn further(search: &Search, cursor: &str) -> String {
    address(
        "/returns",
        &[
            ("by", &search.by),
            ("q", &search.q),
            ("status", &search.status),
            ("code", &search.code),
            ("cursor", cursor),
        ],
    )
}

fn shown(row: &ReturnRow, now: jiff::Timestamp) -> Result<Row, Problem> {
    let state = find::state(row)?;
    let credited = state.credited();
    let meaning = row.business_code.parse::<BusinessCode>();
    Ok(Row {
        to: path_of("returns", &row.return_id),
        rma: row.rma_number.clone(),
        entity: row.entity.clone(),
        customer: row.customer.clone(),
        site: row.site.clone(),
        lifecycle: row.lifecycle.clone(),
        code: row.business_code.clone(),
        meaning: meaning.map_or_else(|_| String::new(), |code| code.sentence().to_owned()),
        credited: if credited.minor == 0 {
            "–".to_owned()
        } else {
            credited.to_string()
        },
        at: word::time(row.updated_at),
        age: word::age(row.updated_at, now),
    })
}
