//! `/exceptions/all`: exceptions one by one, those of a cause or all.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use store::{ExceptionFilter, ExceptionRow, ExceptionState};

use super::super::frame::{Frame, Part, page};
use super::super::session::Session;
use super::super::{Console, word};
use super::{Alike, at_risk, given, page_of};
use crate::access::Scope;
use crate::api::App;
use crate::ask::Asked;
use crate::page as cursors;
use crate::problem::Problem;

/// Rows of a page.
const ROWS: usize = 40;
/// Rows read at once.
const AT_ONCE: usize = 500;

/// Which.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::pages) struct Which {
    code: String,
    failure_code: String,
    connector: String,
    site: String,
    state: String,
    cursor: String,
}

struct Row {
    id: String,
    to: String,
    code: String,
    failure_code: String,
    connector: String,
    reason: String,
    at_risk: String,
    occurrences: u32,
    state: &'static str,
    opened: String,
    age: String,
}

#[derive(Template)]
#[template(path = "exceptions.html")]
struct ExceptionsPage {
    frame: Frame,
    alike: Alike,
    title: String,
    states: Vec<(&'static str, bool)>,
    is_any: bool,
    rows: Vec<Row>,
    next: Option<String>,
    replay: Option<String>,
}

/// Shows them, latest change first.
pub(in crate::pages) async fn list(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let state = match which.state.as_str() {
        "" => Some(ExceptionState::Open),
        word => ExceptionState::from_word(word),
    };
    let alike = Alike {
        code: which.code,
        failure_code: which.failure_code,
        connector: which.connector,
        site: which.site,
    };
    let (rows, next) = found(&console.app, &alike, state, &which.cursor).await?;
    let now = console.app.api.clock.now();
    let shown = rows.iter().map(|row| Row {
        id: row.exception_id.clone(),
        to: page_of(&row.exception_id),
        code: row.code.clone(),
        failure_code: row.failure_code.clone(),
        connector: row.connector.clone(),
        reason: word::cut(&session.holder.shown_text(&row.reason), 300)
            .0
            .to_owned(),
        at_risk: at_risk(row),
        occurrences: row.occurrences,
        state: row.state.word(),
        opened: word::time(row.opened_at),
        age: word::age(row.opened_at, now),
    });
    let may_replay = session.holder.may(Scope::ExceptionsReplay);
    let is_open = state == Some(ExceptionState::Open);
    let is_group = may_replay && is_open && !alike.is_all() && !rows.is_empty();
    let word = which.state.as_str();
    let states = ExceptionState::ALL.into_iter();
    page(&ExceptionsPage {
        frame: Frame::new(Some(&session), Part::Exceptions, "Exceptions"),
        title: alike.title(),
        states: states.map(|one| (one.word(), Some(one) == state)).collect(),
        is_any: state.is_none(),
        rows: shown.collect(),
        next: next
            .map(|cursor| alike.at("/exceptions/all", &[("state", word), ("cursor", &cursor)])),
        replay: is_group.then(|| alike.at("/exceptions/replay", &[])),
        alike,
    })
}

async fn found(
    app: &App,
    alike: &Alike,
    state: Option<ExceptionState>,
    cursor: &str,
) -> Result<(Vec<ExceptionRow>, Option<String>), Problem> {
    let mut filter = ExceptionFilter {
        state,
        code: given(&alike.code),
        connector: given(&alike.connector),
        site: given(&alike.site),
        return_id: None,
        alive_since: None,
        after: cursors::after(given(cursor).as_deref())?,
        limit: if alike.failure_code.is_empty() {
            ROWS + 1
        } else {
            AT_ONCE
        },
    };
    let mut fit = Vec::new();
    loop {
        let rows = app.store().exceptions(&filter).await?;
        let is_last = rows.len() < filter.limit;
        for row in rows {
            if fit.len() == ROWS {
                let next = filter.after.map(|(at, id)| cursors::cursor(at, &id));
                return Ok((fit, next));
            }
            filter.after = Some((row.updated_at, row.exception_id.clone()));
            if alike.failure_code.is_empty() || alike.failure_code == row.failure_code {
                fit.push(row);
            }
        }
        if is_last {
            return Ok((fit, None));
        }
    }
}
