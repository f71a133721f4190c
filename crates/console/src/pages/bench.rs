//! `/bench`: a message is pasted, a connector reads it, and what would follow is shown; nothing of it is kept.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::door::Form;
use super::frame::{Frame, Part, written};
use super::session::Session;
use super::{Console, path_of};
use crate::access::Scope;
use crate::messages::{self, FailureView, PartView, ReadView, TryRequest};
use crate::problem::Problem;

/// Characters of a canonical form that are shown; a page stays below 100 kB.
const MOST: usize = 12_000;
/// Parts that are shown.
const PARTS: usize = 20;

#[derive(Template)]
#[template(path = "bench.html")]
struct BenchPage<'a> {
    frame: Frame,
    readers: &'a [String],
    connector: &'a str,
    text: &'a str,
    wrong: String,
    failure: Option<Unread>,
    tried: bool,
    parts: Vec<Shown>,
    left_out: usize,
}

/// Why something cannot be read, and the command that drafts the code it lacks.
struct Unread {
    failure: FailureView,
    draft: String,
}

enum Shown {
    Unread(Unread),
    Read {
        view: Box<ReadView>,
        to: String,
        json: String,
    },
}

/// Asks for a message.
pub(super) async fn ask(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
) -> Result<Response, Problem> {
    written(StatusCode::OK, &empty(&console, &session, "", ""))
}

fn empty<'a>(
    console: &'a Console,
    session: &Session,
    connector: &'a str,
    text: &'a str,
) -> BenchPage<'a> {
    BenchPage {
        frame: Frame::new(Some(session), Part::Bench, "Mapping bench"),
        readers: &console.app.api.readers,
        connector,
        text,
        wrong: String::new(),
        failure: None,
        tried: false,
        parts: Vec::new(),
        left_out: 0,
    }
}

/// Tries it out.
pub(super) async fn attempt(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Extension(form): Extension<Form>,
) -> Result<Response, Problem> {
    let (connector, text) = (form.get("connector"), form.get("text"));
    // Browsers end every line of a field with CR LF.
    let asked = TryRequest {
        connector: connector.to_owned(),
        text: Some(text.replace("\r\n", "\n")),
        ..TryRequest::default()
    };
    let mut page = empty(&console, &session, connector, text);
    let mut status = StatusCode::OK;
    match messages::tried(&console.app, asked).await {
        Ok(view) => {
            page.tried = true;
            page.left_out = view.parts.len().saturating_sub(PARTS);
            page.failure = view.failure.map(|failure| unread(connector, failure));
            let parts = view.parts.into_iter().take(PARTS);
            let sees = session.holder.may(Scope::ReturnsRead);
            page.parts = parts.map(|part| shown(connector, part, sees)).collect();
        }
        Err(problem) if problem.status.is_server_error() => return Err(problem),
        Err(problem) => {
            status = problem.status;
            let errors = problem.errors.iter().map(|error| error.detail.as_str());
            let errors: Vec<&str> = errors.collect();
            page.wrong = if errors.is_empty() {
                problem.detail
            } else {
                errors.join("; ")
            };
        }
    }
    written(status, &page)
}

fn shown(connector: &str, part: PartView, sees: bool) -> Shown {
    match part {
        PartView::Unread { failure } => Shown::Unread(unread(connector, failure)),
        PartView::Read(view) => {
            let json = serde_json::to_string_pretty(&view.data).unwrap_or_default();
            let cut: String = json.chars().take(MOST).collect();
            let of = view.return_id.as_deref().filter(|_| sees);
            Shown::Read {
                to: of.map_or_else(String::new, |id| path_of("returns", id)),
                json: if cut.len() < json.len() {
                    format!("{cut}\n… (cut)")
                } else {
                    cut
                },
                view,
            }
        }
    }
}

fn unread(connector: &str, failure: FailureView) -> Unread {
    let draft = failure.unmapped.as_ref().map(|code| {
        let words = [code.list.as_str(), connector, code.code.as_str()].map(quoted);
        let [Some(list), Some(connector), Some(unknown)] = words else {
            return String::new();
        };
        format!(
            "backhaul crosswalk draft --direction {} --by YOU -- {list} {connector} {unknown} OURS",
            code.direction
        )
    });
    Unread {
        draft: draft.unwrap_or_default(),
        failure,
    }
}

/// As one word of a POSIX shell. None for what cannot be seen whole: nobody should paste it.
fn quoted(text: &str) -> Option<String> {
    let is_seen = |c: char| c == ' ' || c.is_ascii_graphic() || c.is_alphanumeric();
    let inner = text.replace('\'', r"'\''");
    text.chars().all(is_seen).then(|| format!("'{inner}'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_partner_wrote_is_one_word_of_a_shell() {
        assert_eq!(quoted("wie neu").as_deref(), Some("'wie neu'"));
        let quote = r"'\''";
        let word = format!("'x{quote}; touch y; {quote}'");
        assert_eq!(quoted("x'; touch y; '"), Some(word));
        for hidden in ["a\u{202e}b", "a\u{200b}b", "a\nb", "a\tb", "a\u{1b}[31m"] {
            assert_eq!(quoted(hidden), None, "{hidden:?}");
        }
    }
}
