//! A `POST`: who asks, on what its path names, with which words; done once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts as _};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::api::App;
use crate::ask::{self, named_if_any};
use crate::gate::{Caller, Ids};
use crate::once::{self, Answer, Doing, Request};
use crate::problem::Problem;

/// Such a request, its body not read yet.
pub(crate) struct Post {
    pub(crate) app: Arc<App>,
    pub(crate) caller: Caller,
    pub(crate) ids: Ids,
    id: String,
    headers: HeaderMap,
    body: Body,
}

impl FromRequest<Arc<App>> for Post {
    type Rejection = Problem;

    async fn from_request(
        request: axum::extract::Request,
        app: &Arc<App>,
    ) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let passed = Extension::<Caller>::from_request_parts(&mut parts, app).await;
        let ids = parts.extensions.get::<Ids>().cloned();
        let (Ok(Extension(caller)), Some(ids)) = (passed, ids) else {
            let detail = "the request did not pass the gate";
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Err(Problem::new(status, "api.broken", detail));
        };
        let id = named_if_any(&mut parts, app).await?;
        Ok(Self {
            app: Arc::clone(app),
            caller,
            ids,
            id,
            headers: parts.headers,
            body,
        })
    }
}

impl Post {
    /// What somebody asks of the thing with that id by another way than a request of the API.
    pub(crate) fn of(
        app: Arc<App>,
        (caller, ids): (Caller, Ids),
        id: String,
        (headers, body): (HeaderMap, Body),
    ) -> Self {
        Self {
            app,
            caller,
            ids,
            id,
            headers,
            body,
        }
    }

    /// Reads what it says.
    pub(crate) async fn read<T: DeserializeOwned>(self) -> Result<(T, Told), Problem> {
        let bytes = ask::json(&self.headers, self.body, self.app.api.max_body).await?;
        let said = ask::read(&bytes)?;
        let told = Told {
            app: self.app,
            caller: self.caller,
            id: self.id,
            headers: self.headers,
            bytes,
        };
        Ok((said, told))
    }
}

/// Such a request, read.
pub(crate) struct Told {
    pub(crate) app: Arc<App>,
    pub(crate) caller: Caller,
    /// What the path names; empty if nothing.
    pub(crate) id: String,
    pub(crate) headers: HeaderMap,
    bytes: Bytes,
}

impl Told {
    /// Its idempotency key.
    pub(crate) fn key(&self) -> Result<String, Problem> {
        once::key(&self.headers)?.ok_or_else(once::missing)
    }

    /// Does it once. `of`: what it is about, besides its words; `waits`: how long its answer waits for what follows.
    pub(crate) async fn once<W, F>(
        &self,
        route: &'static str,
        (of, waits): (&str, Duration),
        work: W,
    ) -> Result<Response, Problem>
    where
        W: FnOnce(Doing) -> F,
        F: Future<Output = Result<Answer, Problem>> + Send + 'static,
    {
        let request = Request {
            app: Arc::clone(&self.app),
            caller: &self.caller,
            route,
            of,
            headers: &self.headers,
            payload: &self.bytes,
            waits,
        };
        once::once(request, work).await
    }
}
