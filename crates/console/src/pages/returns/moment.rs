//! `/returns/{id}/moment/{n}`: one moment of a return, with what was said in full.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;

use super::super::frame::{Frame, Part, page};
use super::super::session::Session;
use super::super::{Console, path_of};
use super::one::{Shown, moments, whole};
use crate::ask::Placed;
use crate::gate::Caller;
use crate::problem::Problem;

/// Letters of a text at the most: a page stays below 100 kB, however its letters are written.
const MOST: usize = 14_000;

#[derive(Template)]
#[template(path = "moment.html")]
struct MomentPage {
    frame: Frame,
    rma: String,
    back: String,
    moment: Shown,
    sees_bodies: bool,
}

/// Shows it.
pub(in crate::pages) async fn moment(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(caller): Extension<Caller>,
    Placed(name, n): Placed,
) -> Result<Response, Problem> {
    let whole = whole(&console.app, &name, &caller).await?;
    let back = path_of("returns", &whole.row.return_id);
    let place = (n, 1, MOST);
    let found = moments(&console.app, &caller, &whole, place, &back).await?;
    let Some(moment) = found.into_iter().next() else {
        return Err(Problem::not_found("this return has no such moment"));
    };
    page(&MomentPage {
        frame: Frame::new(
            Some(&session),
            Part::Returns,
            format!("{} of {}", moment.title, whole.row.rma_number),
        ),
        rma: whole.row.rma_number,
        back,
        moment,
        sees_bodies: caller.sees_bodies(),
    })
}
