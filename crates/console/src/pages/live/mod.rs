//! `/live/…`: tells a page that is open when something that it shows has changed, as server-sent events. What has changed
//! is not said: the page asks for itself again, with its rights.
//!
//! - `seats`: how many there may be
//! - `look`: one look at the store for all of them; `news`: what is new since the look before, and whom it concerns
//! - `follow`: one stream

mod follow;
mod look;
mod news;
mod seats;

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;

use super::Console;
use super::session::Session;
use crate::ask::Named;
use crate::problem::Problem;
use follow::follow;
use news::Shown;

pub(super) use look::Live;

/// How the paths of all streams begin.
pub(super) const BELOW: &str = "/live/";

/// Of the overview.
pub(super) async fn overview(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(console, session, &headers, Shown::Overview)
}

/// Of lists of returns.
pub(super) async fn returns(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(console, session, &headers, Shown::Returns)
}

/// Of one return, by its id.
pub(super) async fn one_return(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(console, session, &headers, Shown::Return(id))
}

/// Of exceptions, by cause and one by one.
pub(super) async fn exceptions(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(console, session, &headers, Shown::Exceptions)
}

/// Of what waits for somebody.
pub(super) async fn approvals(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(console, session, &headers, Shown::Approvals)
}

/// Of the list of runs.
pub(super) async fn replays(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(console, session, &headers, Shown::Replays)
}

/// Of one run.
pub(super) async fn replay(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Named(id): Named,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    follow(console, session, &headers, Shown::Replay(id))
}
