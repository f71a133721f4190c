//! The listener: finds the door of a path, reads the body, waits for the connector's word.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use http::header::ALLOW;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::body::{self, Broken};
use super::http::Door;
use super::problem::{later, of_answer, problem};

/// Tells a connector that a body was cut.
const TRUNCATED: &str = "x-backhaul-truncated";
/// What a sender that came at a bad moment is asked to wait.
const SOON: Duration = Duration::from_secs(2);
/// How long open connections may last after the end of a drain.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Paths and who stands behind them.
pub struct Doors {
    by_path: BTreeMap<String, Arc<Door>>,
    answer_within: Duration,
    closing: AtomicBool,
}

/// A listener that is served.
pub struct Served {
    addr: SocketAddr,
    doors: Option<Arc<Doors>>,
    cancel: CancellationToken,
    task: JoinHandle<()>,
}

impl Doors {
    pub(super) fn new(doors: BTreeMap<String, Arc<Door>>, answer_within: Duration) -> Self {
        Self {
            by_path: doors,
            answer_within,
            closing: AtomicBool::new(false),
        }
    }

    /// True if nobody registered a path.
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// Serves them.
    pub fn serve(self, listener: TcpListener) -> std::io::Result<Served> {
        let doors = Arc::new(self);
        let router = Router::new()
            .fallback(handle)
            .with_state(Arc::clone(&doors));
        Served::start(listener, router, Some(doors))
    }
}

impl Served {
    /// Serves a router until [`Served::stop`].
    pub(crate) fn start(
        listener: TcpListener,
        router: Router,
        doors: Option<Arc<Doors>>,
    ) -> std::io::Result<Self> {
        let addr = listener.local_addr()?;
        let cancel = CancellationToken::new();
        let stop = cancel.clone().cancelled_owned();
        let task = tokio::spawn(async move {
            let service = router.into_make_service_with_connect_info::<SocketAddr>();
            if let Err(error) = axum::serve(listener, service)
                .with_graceful_shutdown(stop)
                .await
            {
                tracing::error!(%error, %addr, "a listener has ended");
            }
        });
        Ok(Self {
            addr,
            doors,
            cancel,
            task,
        })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// From now on new requests are told to try later; those under way go on.
    pub fn close(&self) {
        if let Some(doors) = &self.doors {
            doors.closing.store(true, Ordering::Relaxed);
        }
    }

    /// Lets open requests end, but not for long.
    pub async fn stop(mut self) {
        self.cancel.cancel();
        if tokio::time::timeout(LAST_WORDS, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }
}

async fn handle(State(doors): State<Arc<Doors>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Some(door) = doors.by_path.get(parts.uri.path()) else {
        let detail = "no connector takes messages at this path";
        return problem(StatusCode::NOT_FOUND, "sidecar.unknown-path", detail, "");
    };
    if parts.method != Method::POST {
        let detail = "messages are handed over by POST";
        let mut response = problem(StatusCode::METHOD_NOT_ALLOWED, "sidecar.method", detail, "");
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    if doors.closing.load(Ordering::Relaxed) {
        return later(SOON, "the sidecar is stopping");
    }
    let read = match body::read(body, door.max_bytes).await {
        Ok(read) => read,
        Err(Broken::Slow) => {
            let detail = "the body took too long";
            return problem(StatusCode::REQUEST_TIMEOUT, "sidecar.slow-body", detail, "");
        }
        Err(Broken::Cut) => {
            let detail = "the body did not come whole";
            return problem(StatusCode::BAD_REQUEST, "sidecar.cut-body", detail, "");
        }
    };
    let mut headers = texts(&parts.headers);
    headers.remove(TRUNCATED);
    if read.truncated {
        headers.insert(TRUNCATED.to_owned(), "true".to_owned());
    }
    let Ok(answered) = door.knock(headers, read.bytes) else {
        return later(SOON, "too many messages wait at this path");
    };
    match tokio::time::timeout(doors.answer_within, answered).await {
        Ok(Ok(answer)) => of_answer(answer, read.truncated),
        Ok(Err(_)) => later(SOON, "the sidecar is stopping"),
        Err(_) => later(SOON, "it could not be stored in time: send it again"),
    }
}

/// Headers as texts; repeated ones joined by a comma, as HTTP allows (RFC 9110 §5.3).
fn texts(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        texts
            .entry(name.as_str().to_owned())
            .and_modify(|text| {
                text.push_str(", ");
                text.push_str(&value);
            })
            .or_insert_with(|| value.clone().into_owned());
    }
    texts
}
