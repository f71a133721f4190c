//! `/api/…`: who may, what is meant, what comes of it.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use super::address::Address;
use super::filter::Query;
use super::gate::CSRF;
use super::memory::Begin;
use super::{Collection, Desk, Guard};
use crate::answer::{Done, Refusal};

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A request, taken apart.
struct Request {
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Everything below `/api/`.
pub(super) async fn handle(
    State(desk): State<Arc<Desk>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let wants_token = method == Method::GET && asks_for_token(&headers);
    let request = Request {
        method,
        path: uri.path().to_owned(),
        headers,
        body,
    };
    let answer = respond(&desk, &request, uri.query().unwrap_or_default()).await;
    match answer {
        Ok(done) if wants_token => with_token(&desk, done.into_response()),
        Ok(done) => done.into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

/// `/csrf`: gives a token to whoever is known.
pub(super) async fn fetch_csrf(State(desk): State<Arc<Desk>>, headers: HeaderMap) -> Response {
    if let Err(refusal) = desk.gate.admit(&desk.config.auth, &headers) {
        return refusal.into_response();
    }
    let empty = StatusCode::OK.into_response();
    if asks_for_token(&headers) {
        with_token(&desk, empty)
    } else {
        empty
    }
}

/// Every other path.
pub(super) async fn nowhere() -> Response {
    Refusal::not_found("there is nothing here").into_response()
}

fn asks_for_token(headers: &HeaderMap) -> bool {
    headers
        .get(CSRF)
        .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"fetch"))
}

fn with_token(desk: &Desk, mut response: Response) -> Response {
    if let Some(lifetime_ms) = desk.config.csrf_lifetime_ms
        && let Ok(token) = HeaderValue::try_from(desk.gate.issue_csrf(lifetime_ms))
    {
        response.headers_mut().insert(CSRF, token);
    }
    response
}

async fn respond(desk: &Desk, request: &Request, query: &str) -> Result<Done, Refusal> {
    desk.gate.check_rate(desk.config.requests_per_second)?;
    desk.gate.admit(&desk.config.auth, &request.headers)?;
    let path = request.path.strip_prefix("/api/").unwrap_or_default();
    if let Some(number) = path.strip_prefix("invoices/")
        && request.method == Method::GET
    {
        return desk.books.invoice(number);
    }
    let Address {
        collection,
        id,
        action,
    } = Address::parse(path)
        .ok_or_else(|| Refusal::not_found(format!("there is no {path:?} here")))?;
    let books = &desk.books;
    if request.method == Method::GET && action.is_none() {
        return match id {
            Some(id) => books.read(collection, &id),
            None => Ok(books.query(&desk.config, collection, &Query::parse(query)?)),
        };
    }
    if desk.config.csrf_lifetime_ms.is_some() {
        desk.gate.check_csrf(&request.headers)?;
    }
    let change = match (request.method.as_str(), id, action.as_deref()) {
        ("POST", None, None) => Change::Create(collection),
        ("PATCH", Some(id), None) if collection == Collection::ReturnOrders => Change::Amend(id),
        ("POST", Some(id), Some("post")) if collection == Collection::CreditMemos => {
            Change::Post(id)
        }
        ("POST", Some(id), Some("cancel")) if collection == Collection::CreditMemos => {
            Change::CancelMemo(id)
        }
        ("POST", Some(id), Some("cancel")) if collection == Collection::RecoveryInvoices => {
            Change::CancelRecovery(id)
        }
        ("POST", Some(id), Some("cancel")) if collection == Collection::ReturnOrders => {
            Change::CancelOrder(id)
        }
        (_, _, Some(action)) => {
            return Err(Refusal::not_found(format!(
                "there is no action {action:?} here"
            )));
        }
        _ => {
            let message = format!("{} is not possible here", request.method);
            let status = StatusCode::METHOD_NOT_ALLOWED;
            return Err(Refusal::new(status, "METHOD_NOT_ALLOWED", message));
        }
    };
    carry_out_once(desk, request, change).await
}

/// Something that writes.
enum Change {
    Create(Collection),
    Amend(String),
    Post(String),
    CancelMemo(String),
    CancelRecovery(String),
    CancelOrder(String),
}

/// With the guard `idempotency-header`: at most once per key.
async fn carry_out_once(desk: &Desk, request: &Request, change: Change) -> Result<Done, Refusal> {
    if desk.config.guard != Guard::IdempotencyHeader {
        return carry_out(desk, request, change).await;
    }
    let Some(key) = request.header(IDEMPOTENCY_KEY) else {
        if matches!(change, Change::Create(_)) {
            let message = "the header Idempotency-Key is missing";
            let status = StatusCode::BAD_REQUEST;
            return Err(Refusal::new(status, "IDEMPOTENCY_KEY_REQUIRED", message));
        }
        return carry_out(desk, request, change).await;
    };
    let scope = (
        format!("{} {}", request.method, request.path),
        key.to_owned(),
    );
    match desk.memory.begin(&scope, &request.body)? {
        Begin::Replay(done) => Ok(done),
        Begin::First => {
            let outcome = carry_out(desk, request, change).await;
            desk.memory.end(scope, &request.body, &outcome);
            outcome
        }
    }
}

async fn carry_out(desk: &Desk, request: &Request, change: Change) -> Result<Done, Refusal> {
    if desk.config.processing_ms > 0 {
        tokio::time::sleep(Duration::from_millis(desk.config.processing_ms)).await;
    }
    let (books, config, body) = (&desk.books, &desk.config, &request.body);
    let if_match = request.header(header::IF_MATCH.as_str());
    match change {
        Change::Create(collection) => books.create(config, collection, body),
        Change::Amend(id) => books.amend_order(config, &id, if_match, body),
        Change::Post(id) => books.post(config, &id, if_match, body),
        Change::CancelMemo(id) => books.cancel_memo(config, &id, if_match, body),
        Change::CancelRecovery(id) => books.cancel_recovery(config, &id, if_match, body),
        Change::CancelOrder(id) => books.cancel_order(config, &id, if_match),
    }
}
