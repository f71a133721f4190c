//! The layer before a server's routes: asks the switchboard and carries out what it says.

use std::io;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use http::request::Parts;
use http::{StatusCode, header};
use tokio_util::sync::CancellationToken;

use super::{Fault, Faults, Injection};
use crate::answer::Refusal;
use crate::line::Line;

const LARGEST_BODY: usize = 4 * 1024 * 1024;
const DEFAULT_SLOW: Duration = Duration::from_millis(250);
const DEFAULT_HANG: Duration = Duration::from_mins(10);

/// What the switchboard is asked about.
pub(crate) struct Call {
    pub(crate) operation: String,
    pub(crate) key: String,
}

/// The layer's state: a server's faults and how it names its requests.
#[derive(Clone)]
pub(crate) struct Gateway {
    pub(crate) faults: Faults,
    pub(crate) name: fn(&Parts, &[u8]) -> Call,
    pub(crate) manner: Manner,
    pub(crate) cancel: CancellationToken,
}

/// How a server words the faults it would have worded itself.
#[derive(Clone, Copy)]
pub(crate) struct Manner {
    /// Nothing done, refused for good.
    pub(crate) refused: fn(&Parts) -> Response,
    /// Done, and then something broke.
    pub(crate) broken: fn(&Parts) -> Response,
    /// Done, and the answer cannot be read.
    pub(crate) garbage: fn(&Parts) -> Response,
}

impl Manner {
    /// That of the servers that speak JSON.
    pub(crate) const JSON: Self = Self {
        refused: |_| {
            let code = "SIMULATED_REFUSAL";
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            Refusal::new(status, code, "refused on demand").into_response()
        },
        broken: |_| {
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            Refusal::new(status, "INTERNAL", "something broke").into_response()
        },
        garbage: |_| {
            let rubbish = "<html>200 OK {\"value\": [";
            ([(header::CONTENT_TYPE, "application/json")], rubbish).into_response()
        },
    };
}

/// Handles one request, with whatever fault is due. Back doors (`/__…`) never fail.
pub(crate) async fn pass(
    State(gateway): State<Gateway>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with("/__") {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, LARGEST_BODY).await else {
        return Refusal::malformed("the body could not be read").into_response();
    };
    let call = (gateway.name)(&parts, &body);
    let injection = gateway
        .faults
        .draw(&call.operation, &call.key, Fault::RECEIVING);
    let manner = gateway.manner;
    let errand = Errand { parts, body, next };
    let Some(Injection { fault, delay }) = injection else {
        return errand.run().await;
    };
    match fault {
        Fault::CommitThenDrop => {
            errand.run().await;
            line.cut();
            nothing()
        }
        Fault::CommitThenHang => {
            errand.run().await;
            wait(delay.unwrap_or(DEFAULT_HANG), &gateway.cancel).await;
            line.cut();
            nothing()
        }
        Fault::CommitThen503 => {
            errand.run().await;
            unavailable().into_response()
        }
        Fault::DropBefore => {
            line.cut();
            nothing()
        }
        Fault::FaultAfterCommit => {
            let broken = (manner.broken)(&errand.parts);
            errand.run().await;
            broken
        }
        Fault::Refuse => (manner.refused)(&errand.parts),
        Fault::Unavailable => unavailable().with(header::RETRY_AFTER, "1").into_response(),
        Fault::Throttle => throttled().into_response(),
        Fault::Slow => {
            errand
                .run_after(delay.unwrap_or(DEFAULT_SLOW), gateway.cancel)
                .await
        }
        Fault::Duplicate => {
            errand.clone().run().await;
            errand.run().await
        }
        Fault::Garbage => {
            let garbage = (manner.garbage)(&errand.parts);
            errand.run().await;
            garbage
        }
        Fault::Truncate => truncate(errand.run().await).await,
        // Not among those a receiver draws.
        Fault::Reorder | Fault::WrongTotals | Fault::BadRow | Fault::Overlap => errand.run().await,
    }
}

/// Too many requests; nothing was done.
pub(crate) fn throttled() -> Refusal {
    Refusal::new(
        StatusCode::TOO_MANY_REQUESTS,
        "THROTTLED",
        "too many requests",
    )
    .with(header::RETRY_AFTER, "1")
}

fn unavailable() -> Refusal {
    Refusal::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "UNAVAILABLE",
        "try again later",
    )
}

/// An answer that never leaves, because the line was cut.
fn nothing() -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

async fn wait(delay: Duration, cancel: &CancellationToken) {
    tokio::select! {
        () = tokio::time::sleep(delay) => {}
        () = cancel.cancelled() => {}
    }
}

/// A request that can be carried out, once or more, in a task of its own: a client that leaves does not undo it.
#[derive(Clone)]
struct Errand {
    parts: Parts,
    body: Bytes,
    next: Next,
}

impl Errand {
    async fn run(self) -> Response {
        let request = Request::from_parts(self.parts, Body::from(self.body));
        answered(tokio::spawn(self.next.run(request))).await
    }

    async fn run_after(self, delay: Duration, cancel: CancellationToken) -> Response {
        answered(tokio::spawn(async move {
            wait(delay, &cancel).await;
            self.run().await
        }))
        .await
    }
}

async fn answered(task: tokio::task::JoinHandle<Response>) -> Response {
    task.await.unwrap_or_else(|error| {
        tracing::error!(%error, "a simulated request failed");
        nothing()
    })
}

/// The same head, half the body, then the end of the connection.
async fn truncate(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(whole) = to_bytes(body, LARGEST_BODY).await else {
        return nothing();
    };
    parts
        .headers
        .insert(header::CONTENT_LENGTH, whole.len().into());
    let half = whole.slice(..whole.len() / 2);
    let pieces = stream::unfold(Some(half), |half| async move {
        if let Some(half) = half {
            return Some((Ok(half), None));
        }
        // Lets the first half leave before the connection ends.
        tokio::task::yield_now().await;
        Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
    });
    Response::from_parts(parts, Body::from_stream(pieces))
}
