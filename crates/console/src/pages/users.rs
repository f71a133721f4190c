//! `/users`: who signs in by name and password, for administrators, who may end their sessions.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use store::UserRow;

use super::Console;
use super::frame::{Frame, Part, page};
use super::session::Session;
use super::{path_of, word};
use crate::ask::Named;
use crate::gate::Ids;
use crate::problem::Problem;
use crate::users::{self, Change};

/// Users that are shown.
const MOST: usize = 200;

struct Row {
    name: String,
    is_enabled: bool,
    rights: String,
    person: String,
    changed: String,
    out: String,
    /// Lets them in no more, or again.
    turn: String,
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    rows: Vec<Row>,
    left_out: usize,
}

/// Lists them.
pub(super) async fn list(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
) -> Result<Response, Problem> {
    let all = console.app.store().users().await?;
    let left_out = all.len().saturating_sub(MOST);
    page(&UsersPage {
        frame: Frame::new(Some(&session), Part::Users, "Users"),
        rows: all.into_iter().take(MOST).map(row).collect(),
        left_out,
    })
}

fn row(user: UserRow) -> Row {
    let rights: Vec<String> = user.roles.into_iter().chain(user.scopes).collect();
    Row {
        out: format!("{}/sign-out", path_of("users", &user.name)),
        turn: format!(
            "{}/{}",
            path_of("users", &user.name),
            if user.is_enabled { "disable" } else { "enable" }
        ),
        name: user.name,
        is_enabled: user.is_enabled,
        rights: rights.join(" "),
        person: user.person,
        changed: word::time(user.changed_at),
    }
}

/// Ends every session of one of them.
pub(super) async fn sign_out(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(ids): Extension<Ids>,
    Named(name): Named,
) -> Result<Response, Problem> {
    let row = console.app.store().user(&name).await?;
    let whose = row.ok_or_else(|| users::nobody(&name))?;
    let whose = users::holder(&console.app, whose);
    users::sign_out(&console.app, &whose, &session.holder, &ids).await?;
    console.sessions.close_all(&whose);
    Ok(Redirect::to("/users").into_response())
}

/// Lets one of them in no more.
pub(super) async fn disable(
    console: State<Arc<Console>>,
    session: Extension<Session>,
    ids: Extension<Ids>,
    name: Named,
) -> Result<Response, Problem> {
    turn(console, session, ids, name, Change::Disable).await
}

/// Lets one of them in again.
pub(super) async fn enable(
    console: State<Arc<Console>>,
    session: Extension<Session>,
    ids: Extension<Ids>,
    name: Named,
) -> Result<Response, Problem> {
    turn(console, session, ids, name, Change::Enable).await
}

/// A form that is sent twice finds it done, and is refused in words.
async fn turn(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(ids): Extension<Ids>,
    Named(name): Named,
    how: Change,
) -> Result<Response, Problem> {
    let row = users::change(&console.app, &name, how, (&session.holder, &ids)).await?;
    if how == Change::Disable {
        console
            .sessions
            .close_all(&users::holder(&console.app, row));
    }
    Ok(Redirect::to("/users").into_response())
}
