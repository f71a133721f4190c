//! What all pages have in common: head, navigation, foot.

use askama::Template;
use axum::response::{Html, IntoResponse as _, Response};
use http::header::RETRY_AFTER;
use http::{HeaderValue, StatusCode};

use super::asset;
use super::session::Session;
use crate::access::Scope;
use crate::problem::Problem;

/// A part of the console, in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Overview,
    Returns,
    Exceptions,
    Approvals,
    Numbers,
    Proofs,
    Bench,
    Audit,
    Users,
    /// None of them.
    Other,
}

/// A link of the navigation.
pub(super) struct Link {
    pub(super) name: &'static str,
    pub(super) to: &'static str,
    pub(super) is_here: bool,
}

/// Around a page.
pub(super) struct Frame {
    pub(super) title: String,
    pub(super) style: &'static str,
    pub(super) script: &'static str,
    pub(super) mark: &'static str,
    pub(super) links: Vec<Link>,
    /// Whose token it is; empty if nobody is signed in.
    pub(super) who: String,
    pub(super) csrf: String,
}

impl Frame {
    /// For whoever is signed in.
    pub(super) fn new(session: Option<&Session>, part: Part, title: impl Into<String>) -> Self {
        let parts = [
            (Part::Overview, "Overview", "/", Scope::ReturnsRead),
            (Part::Returns, "Returns", "/returns", Scope::ReturnsRead),
            (
                Part::Exceptions,
                "Exceptions",
                "/exceptions",
                Scope::ExceptionsRead,
            ),
            (
                Part::Approvals,
                "Approvals",
                "/approvals",
                Scope::ApprovalsRead,
            ),
            (Part::Numbers, "Numbers", "/numbers", Scope::MetricsRead),
            (Part::Proofs, "Proof", "/proofs", Scope::ProofsRead),
            (Part::Bench, "Bench", "/bench", Scope::MessagesTry),
            (Part::Audit, "Audit", "/audit", Scope::AuditRead),
            (Part::Users, "Users", "/users", Scope::Admin),
        ];
        let may = |scope: Scope| session.is_some_and(|session| session.holder.may(scope));
        let links = parts.into_iter().filter(|(.., scope)| may(*scope));
        Self {
            title: title.into(),
            style: asset::style(),
            script: asset::script(),
            mark: asset::mark(),
            links: links
                .map(|(which, name, to, _)| Link {
                    name,
                    to,
                    is_here: which == part,
                })
                .collect(),
            who: session.map_or_else(String::new, |session| session.holder.name().to_owned()),
            csrf: session.map_or_else(String::new, |session| session.csrf.as_ref().to_owned()),
        }
    }
}

/// The page, written out.
pub(super) fn page(template: &impl Template) -> Result<Response, Problem> {
    written(StatusCode::OK, template)
}

/// The same with another status.
pub(super) fn written(status: StatusCode, template: &impl Template) -> Result<Response, Problem> {
    let text = template.render().map_err(|error| {
        tracing::error!(%error, "a page cannot be written");
        let detail = "This page cannot be written: the log of the sidecar says why.";
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "api.broken", detail)
    })?;
    Ok((status, Html(text)).into_response())
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Refusal<'a> {
    frame: Frame,
    status: u16,
    problem: &'a Problem,
}

/// A refusal as a page.
pub(super) fn refusal(session: Option<&Session>, problem: &Problem) -> Response {
    let title = match problem.status {
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::NOT_FOUND => "Not found",
        StatusCode::UNAUTHORIZED => "Signed out",
        status if status.is_server_error() => "Not now",
        _ => "Not done",
    };
    let page = Refusal {
        frame: Frame::new(session, Part::Other, title),
        status: problem.status.as_u16(),
        problem,
    };
    let mut response = written(problem.status, &page).unwrap_or_else(|problem| {
        // It cannot be written out: that much needs no template.
        (problem.status, Html("<!doctype html><title>Backhaul</title><p>This page cannot be written: the log of the sidecar says why.")).into_response()
    });
    if let Some(wait) = problem.retry_after {
        let wait = HeaderValue::from(wait.as_secs().max(1));
        response.headers_mut().insert(RETRY_AFTER, wait);
    }
    response
}
