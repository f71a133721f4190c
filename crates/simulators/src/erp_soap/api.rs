//! `/soap`: who may, what is meant, what comes of it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, StatusCode, Uri, header};
use jiff::Timestamp;

use super::document::Kind;
use super::envelope::{self, Version};
use super::fields::Fields;
use super::memo::Memo;
use super::paper::{Movement, Paper, ReturnOrder, Reversal};
use super::trouble::{Code, Trouble};
use super::xml::Element;
use super::{Closed, Desk, FINANCE, answer, security, window};

const WSDL: &str = include_str!("finance.wsdl");

/// What may be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    CreateReturnOrder,
    PostStockMovement,
    PostCreditMemo,
    ReverseCreditMemo,
    FindDocument,
    Ping,
}

impl Operation {
    fn of(element: &Element) -> Option<Self> {
        if element.namespace != FINANCE {
            return None;
        }
        match element.name.as_str() {
            "CreateReturnOrder" => Some(Self::CreateReturnOrder),
            "PostStockMovement" => Some(Self::PostStockMovement),
            "PostCreditMemo" => Some(Self::PostCreditMemo),
            "ReverseCreditMemo" => Some(Self::ReverseCreditMemo),
            "FindDocument" => Some(Self::FindDocument),
            "Ping" => Some(Self::Ping),
            _ => None,
        }
    }
}

/// Why there is no answer.
enum Stop {
    /// A fault, or an `E` in `RETURN`.
    Trouble(Trouble),
    /// HTTP 503: closed for so long.
    Closed(Duration),
}

impl From<Trouble> for Stop {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

/// `POST /soap`.
pub(super) async fn handle(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(version) = Version::of(&headers) else {
        return StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response();
    };
    if !security::basic_is_right(&desk.config.security, &headers) {
        let challenge = [(header::WWW_AUTHENTICATE, "Basic realm=\"finance\"")];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    }
    let request = match envelope::read(version, &headers, &body) {
        Ok(request) => request,
        Err(trouble) => return fault(version, "", &trouble),
    };
    let name = request.operation.name.clone();
    match respond(&desk, version, &headers, &request).await {
        Ok(element) => content(version, envelope::write(version, &name, element)),
        Err(Stop::Closed(rest)) => {
            let seconds = rest.as_secs().saturating_add(1).to_string();
            let retry = [(header::RETRY_AFTER, seconds)];
            (StatusCode::SERVICE_UNAVAILABLE, retry, "closed").into_response()
        }
        Err(Stop::Trouble(trouble)) => {
            let soft = desk.config.soft.contains(&trouble.code);
            match answer::refused(&name, &trouble).filter(|_| soft) {
                Some(element) => content(version, envelope::write(version, &name, element)),
                None => fault(version, &name, &trouble),
            }
        }
    }
}

/// `GET /soap?wsdl`.
pub(super) async fn describe(headers: HeaderMap, uri: Uri) -> Response {
    let asked = uri.query().unwrap_or_default();
    if !asked.eq_ignore_ascii_case("wsdl") {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let location = format!("http://{host}/soap");
    let wsdl = WSDL.replace("LOCATION", &location);
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], wsdl).into_response()
}

fn content(version: Version, body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, version.content_type())], body).into_response()
}

fn fault(version: Version, operation: &str, trouble: &Trouble) -> Response {
    let body = envelope::fault(version, operation, trouble);
    let mut response = content(version, body);
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// A fault for the request with this head, whatever it asked for.
pub(super) fn fault_for(parts: &Parts, code: Code, message: &str) -> Response {
    let version = Version::of(&parts.headers).unwrap_or(Version::V11);
    fault(version, "", &Trouble::new(code, message))
}

async fn respond(
    desk: &Desk,
    version: Version,
    headers: &HeaderMap,
    request: &envelope::Request,
) -> Result<Element, Stop> {
    let blocks = &request.headers;
    for block in blocks {
        let known = block.is(security::WSSE, "Security");
        if !known && envelope::must_be_understood(version, block) {
            let message = format!("the header {} is not understood", block.name);
            return Err(Trouble::new(Code::MustUnderstand, message).into());
        }
    }
    let now = Timestamp::now();
    security::admit(&desk.config.security, &desk.nonces, blocks, now)?;
    let element = &request.operation;
    let operation = Operation::of(element).ok_or_else(|| {
        let message = format!("there is no operation {}", element.name);
        Trouble::new(Code::UnknownOperation, message)
    })?;
    check_action(version, headers, &element.name)?;
    let closed = window::closed_for(desk.config.window, desk.began);
    if operation == Operation::Ping {
        return Ok(answer::pong(closed.is_none()));
    }
    let spared = operation == Operation::FindDocument && desk.config.look_ups_when_closed;
    if let Some(rest) = closed.filter(|_| !spared) {
        return Err(closed_stop(desk, rest));
    }
    let _session = open_session(desk)?;
    carry_out(desk, operation, element).await
}

fn check_action(version: Version, headers: &HeaderMap, name: &str) -> Result<(), Trouble> {
    let refuse = |message: &str| Err(Trouble::new(Code::WrongAction, message));
    match (version, envelope::action(version, headers)) {
        (Version::V11, None) => refuse("the header SOAPAction is missing"),
        (Version::V12, None) => Ok(()),
        (_, Some(action)) if action.is_empty() || action == format!("{FINANCE}#{name}") => Ok(()),
        (_, Some(_)) => refuse("the action names another operation"),
    }
}

fn closed_stop(desk: &Desk, rest: Duration) -> Stop {
    let says = desk.config.window.map(|window| window.says);
    if says == Some(Closed::Unavailable) {
        return Stop::Closed(rest);
    }
    let message = format!("closed, opens in {} ms", rest.as_millis());
    Trouble::new(Code::Closed, message).into()
}

/// The only session, when there is but one.
fn open_session(desk: &Desk) -> Result<Option<tokio::sync::SemaphorePermit<'_>>, Trouble> {
    if !desk.config.one_session {
        return Ok(None);
    }
    let busy = |_| Trouble::new(Code::Busy, "another session is open");
    desk.session.try_acquire().map(Some).map_err(busy)
}

async fn carry_out(desk: &Desk, operation: Operation, element: &Element) -> Result<Element, Stop> {
    let mut fields = Fields::of(element);
    let paper = match operation {
        Operation::CreateReturnOrder => Paper::Order(ReturnOrder::read(&mut fields)?),
        Operation::PostStockMovement => Paper::Movement(Movement::read(&mut fields)?),
        Operation::PostCreditMemo => Paper::Memo(Memo::read(&mut fields)?),
        Operation::ReverseCreditMemo => Paper::Reversal(Reversal::read(&mut fields)?),
        Operation::FindDocument => return Ok(find(desk, fields)?),
        Operation::Ping => return Ok(answer::pong(true)),
    };
    fields.end()?;
    if desk.config.processing_ms > 0 {
        tokio::time::sleep(Duration::from_millis(desk.config.processing_ms)).await;
    }
    let posting = desk.books.post(&desk.config, paper)?;
    Ok(posting.element(&element.name))
}

fn find(desk: &Desk, mut fields: Fields<'_>) -> Result<Element, Trouble> {
    let word = fields.text("Kind")?;
    let kind = Kind::named(&word).ok_or_else(|| {
        let message = format!("there is no kind of document {word:?}");
        Trouble::new(Code::Schema, message).at("Kind")
    })?;
    let key = fields.text("ExternalKey")?;
    fields.end()?;
    let found = desk.books.find(desk.config.look_up_lag_ms, kind, &key);
    Ok(answer::found(&found))
}

/// What faults are asked about: the operation and its external key.
pub(super) fn subject(headers: &HeaderMap, body: &[u8]) -> Option<(String, String)> {
    let version = Version::of(headers)?;
    let request = envelope::read(version, headers, body).ok()?;
    let operation = request.operation;
    let key = |element: &Element| {
        let key = element.child(FINANCE, "ExternalKey")?;
        key.value().map(str::to_owned)
    };
    let found = key(&operation).or_else(|| operation.children.iter().find_map(key));
    Some((operation.name, found.unwrap_or_default()))
}
