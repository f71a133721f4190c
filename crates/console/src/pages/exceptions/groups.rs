//! `/exceptions`: open exceptions by what is wrong.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use router::groups::{By, Group, Order, group};
use serde::Deserialize;
use store::{ExceptionFilter, ExceptionState};

use super::super::frame::{Frame, Part, page};
use super::super::session::Session;
use super::super::{Console, word};
use super::Alike;
use crate::access::Scope;
use crate::ask::Asked;
use crate::problem::Problem;

/// Groups of a page; a page stays below 100 kB.
const MOST: usize = 120;

/// What comes first.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::pages) struct Sorting {
    sort: String,
}

struct Row {
    code: String,
    failure_code: String,
    connector: String,
    exceptions: u64,
    occurrences: u64,
    returns: u64,
    at_risk: String,
    oldest: String,
    to: String,
    replay: String,
}

struct Sort {
    name: &'static str,
    to: &'static str,
    is_here: bool,
}

#[derive(Template)]
#[template(path = "groups.html")]
struct GroupsPage {
    frame: Frame,
    sorts: Vec<Sort>,
    rows: Vec<Row>,
    exceptions: u64,
    left_out: usize,
    may_replay: bool,
}

/// Shows them.
pub(in crate::pages) async fn groups(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Asked(asked): Asked<Sorting>,
) -> Result<Response, Problem> {
    let order = match asked.sort.as_str() {
        "money" => Order::Money,
        "age" => Order::Age,
        _ => Order::Count,
    };
    let filter = ExceptionFilter {
        state: Some(ExceptionState::Open),
        ..ExceptionFilter::default()
    };
    let rows = console.app.store().exceptions(&filter).await?;
    let now = console.app.api.clock.now();
    let groups = group(rows, &[By::Cause, By::Connector], order, now);
    let sorts = [
        ("Most", "/exceptions", Order::Count),
        ("Money", "/exceptions?sort=money", Order::Money),
        ("Oldest", "/exceptions?sort=age", Order::Age),
    ];
    page(&GroupsPage {
        frame: Frame::new(Some(&session), Part::Exceptions, "Exceptions"),
        sorts: sorts
            .into_iter()
            .map(|(name, to, which)| Sort {
                name,
                to,
                is_here: which == order,
            })
            .collect(),
        exceptions: groups.iter().map(|group| group.exceptions).sum(),
        left_out: groups.len().saturating_sub(MOST),
        rows: groups
            .iter()
            .take(MOST)
            .map(|group| row(group, now))
            .collect(),
        may_replay: session.holder.may(Scope::ExceptionsReplay),
    })
}

fn row(group: &Group, now: jiff::Timestamp) -> Row {
    let text = |side: &Option<String>| side.clone().unwrap_or_default();
    let alike = Alike {
        code: text(&group.code),
        failure_code: text(&group.failure_code),
        connector: text(&group.connector),
        site: String::new(),
    };
    Row {
        to: alike.at("/exceptions/all", &[]),
        replay: alike.at("/exceptions/replay", &[]),
        code: alike.code,
        failure_code: alike.failure_code,
        connector: alike.connector,
        exceptions: group.exceptions,
        occurrences: group.occurrences,
        returns: group.returns,
        at_risk: word::sums(&group.at_risk),
        oldest: word::age(group.oldest_at, now),
    }
}
