//! `/exceptions/{id}/edit`: a message is mended and goes on as a copy.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use data_encoding::BASE64;
use http::StatusCode;
use serde_json::{Value, json};

use super::super::frame::{Frame, Part, written};
use super::super::sent::Sent;
use super::super::session::Session;
use super::super::{Console, act};
use super::page_of;
use crate::access::Scope;
use crate::ask::Named;
use crate::exceptions;
use crate::problem::{FieldError, Problem};

/// Bytes of a message that can be mended in a page; longer ones through the API.
const LONGEST: usize = 48 * 1024;

/// How bytes are written in a text area, whose line ends browsers make CR LF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Writing {
    /// Text; lines end with LF.
    Lf,
    /// Text; lines end with CR LF.
    CrLf,
    /// Anything else.
    Base64,
}

impl Writing {
    /// That of these bytes.
    fn of(raw: &[u8]) -> Self {
        let Ok(text) = std::str::from_utf8(raw) else {
            return Self::Base64;
        };
        let returns = text.matches('\r').count();
        let feeds = text.matches('\n').count();
        let both = text.matches("\r\n").count();
        if text.contains('\0') {
            Self::Base64
        } else if returns == 0 {
            Self::Lf
        } else if returns == both && feeds == both {
            Self::CrLf
        } else {
            Self::Base64
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Lf => "lf",
            Self::CrLf => "crlf",
            Self::Base64 => "base64",
        }
    }

    fn from_word(word: &str) -> Self {
        match word {
            "crlf" => Self::CrLf,
            "base64" => Self::Base64,
            _ => Self::Lf,
        }
    }

    fn written(self, raw: &[u8]) -> String {
        match self {
            Self::Lf | Self::CrLf => String::from_utf8_lossy(raw).into_owned(),
            Self::Base64 => {
                let text = BASE64.encode(raw);
                let lines = text.as_bytes().chunks(76).map(String::from_utf8_lossy);
                lines.collect::<Vec<_>>().join("\n")
            }
        }
    }

    /// What the API is told of a text as a browser sends it.
    fn told(self, text: &str) -> (&'static str, String) {
        let lines = text.replace("\r\n", "\n");
        match self {
            Self::Lf => ("text", lines),
            Self::CrLf => ("text", lines.replace('\n', "\r\n")),
            Self::Base64 => ("base64", lines.split_whitespace().collect()),
        }
    }
}

#[derive(Template)]
#[template(path = "edit.html")]
struct EditPage<'a> {
    frame: Frame,
    here: String,
    text: &'a str,
    writing: &'static str,
    why: &'a str,
    key: String,
    wrong: String,
    errors: &'a [FieldError],
    says: Option<Vec<(String, String)>>,
    code: &'a str,
    reason: &'a str,
    place: &'a str,
    sees_bytes: bool,
}

/// Shows the message for mending.
pub(in crate::pages) async fn edit(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Named(id): Named,
) -> Result<Response, Problem> {
    let row = exceptions::one(&console.app, &id).await?;
    let sees = session.holder.sees_bytes();
    if row.raw.len() > LONGEST {
        let detail = "This message is too long to be mended in a page: POST /v1/exceptions/{id}/edit takes it.";
        return Err(Problem::conflict("console.too-long", detail));
    }
    let writing = Writing::of(&row.raw);
    let text = if sees {
        writing.written(&row.raw)
    } else {
        String::new()
    };
    let shown = Shown {
        writing,
        text: &text,
        why: "",
    };
    shown.page(&console, &session, &id, Said::Nothing).await
}

/// What is in the form.
#[derive(Clone, Copy)]
struct Shown<'a> {
    writing: Writing,
    text: &'a str,
    why: &'a str,
}

/// What is said about it.
enum Said {
    Nothing,
    Wrong(Problem),
    Events(Vec<(String, String)>),
}

impl Shown<'_> {
    async fn page(
        self,
        console: &Console,
        session: &Session,
        id: &str,
        said: Said,
    ) -> Result<Response, Problem> {
        let row = exceptions::one(&console.app, id).await?;
        let sees = session.holder.may(Scope::ExceptionsRead);
        let mut status = StatusCode::OK;
        let (wrong, errors, says) = match said {
            Said::Nothing => (String::new(), Vec::new(), None),
            Said::Events(events) => (String::new(), Vec::new(), Some(events)),
            Said::Wrong(problem) => {
                status = problem.status;
                (problem.detail, problem.errors, None)
            }
        };
        let why_it_is_here = session.holder.shown_text(&row.reason);
        let page = EditPage {
            frame: Frame::new(Some(session), Part::Exceptions, "Mend a message"),
            here: page_of(id),
            text: self.text,
            writing: self.writing.word(),
            why: self.why,
            key: act::key()?,
            wrong,
            errors: &errors,
            says,
            code: &row.code,
            reason: if sees { &why_it_is_here } else { "" },
            place: if sees { &row.place } else { "" },
            sees_bytes: session.holder.sees_bytes(),
        };
        written(status, &page)
    }
}

/// Reads the mended message, and lets it go if that is asked.
pub(in crate::pages) async fn give(
    Extension(session): Extension<Session>,
    sent: Sent,
) -> Result<Response, Problem> {
    let check = sent.get("do") != "send";
    let writing = Writing::from_word(sent.get("writing"));
    let (member, text) = writing.told(sent.get("text"));
    let why = sent.get("reason");
    // Whoever only looks need not say why yet.
    let reason = if check && why.trim().is_empty() {
        "a check"
    } else {
        why
    };
    let asked = json!({ member: text, "reason": reason, "check": check });
    let said = act::said(exceptions::edit(sent.post(&asked)?).await).await;
    let said = match said {
        Ok(_) if !check => return Ok(Redirect::to(&page_of(&sent.id)).into_response()),
        Ok(value) => Said::Events(events(&value)),
        Err(problem) if problem.status.is_server_error() => return Err(problem),
        Err(problem) => Said::Wrong(problem),
    };
    let shown = Shown {
        writing,
        text: sent.get("text"),
        why,
    };
    shown.page(&sent.console, &session, &sent.id, said).await
}

fn events(value: &Value) -> Vec<(String, String)> {
    let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
    let events = value["events"].as_array().into_iter().flatten();
    events
        .map(|event| (text(event, "type"), text(event, "key")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a browser sends of a text area: its line ends are CR LF whatever they were.
    fn sent(text: &str) -> String {
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    }

    #[test]
    fn a_message_that_nobody_touches_comes_back_as_it_was() {
        let cases: [(&[u8], Writing); 6] = [
            (b"{\n \"a\": 1\n}\n", Writing::Lf),
            (b"H|1\r\nL|2\r\n", Writing::CrLf),
            (b"ISA*00~\rGS~\r", Writing::Base64),
            (b"a\r\nb\nc", Writing::Base64),
            (b"\xff\xfe", Writing::Base64),
            ("Grüße\nü".as_bytes(), Writing::Lf),
        ];
        for (raw, writing) in cases {
            assert_eq!(Writing::of(raw), writing, "{raw:?}");
            assert_eq!(Writing::from_word(writing.word()), writing);
            let (member, text) = writing.told(&sent(&writing.written(raw)));
            let back = match member {
                "text" => text.into_bytes(),
                _ => BASE64.decode(text.as_bytes()).unwrap(),
            };
            assert_eq!(back, raw);
        }
    }
}
