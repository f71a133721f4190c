//! A form that was sent: by whom, about what. It asks the API's own function.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::Value;

use super::form::Form;
use super::{Console, act};
use crate::ask::named_if_any;
use crate::gate::{Caller, Ids};
use crate::post::Post;
use crate::problem::Problem;

/// How long an answer waits for the workflow.
const PATIENCE: HeaderValue = HeaderValue::from_static("wait=8");

/// Such a form.
pub(super) struct Sent {
    pub(super) console: Arc<Console>,
    pub(super) form: Form,
    /// What the path names; empty if nothing.
    pub(super) id: String,
    caller: Caller,
    ids: Ids,
}

impl FromRequestParts<Arc<Console>> for Sent {
    type Rejection = Problem;

    async fn from_request_parts(
        parts: &mut Parts,
        console: &Arc<Console>,
    ) -> Result<Self, Problem> {
        let id = named_if_any(parts, console).await?;
        let passed = &parts.extensions;
        let caller = passed.get::<Caller>().cloned();
        let (ids, form) = (passed.get::<Ids>().cloned(), passed.get::<Form>().cloned());
        let (Some(caller), Some(ids), Some(form)) = (caller, ids, form) else {
            let detail = "the form did not pass the door";
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            return Err(Problem::new(status, "api.broken", detail));
        };
        Ok(Self {
            console: Arc::clone(console),
            form,
            id,
            caller,
            ids,
        })
    }
}

impl Sent {
    /// A field; empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.form.get(name)
    }

    /// What it asks of the API.
    pub(super) fn post(&self, asked: &Value) -> Result<Post, Problem> {
        Ok(self.about(&self.id, act::asked(&self.form, asked)?))
    }

    /// The same, of the thing with that id, and its answer waits for the workflow.
    pub(super) fn post_and_wait(&self, id: &str, asked: &Value) -> Result<Post, Problem> {
        let (mut headers, body) = act::asked(&self.form, asked)?;
        headers.insert("prefer", PATIENCE);
        Ok(self.about(id, (headers, body)))
    }

    fn about(&self, id: &str, told: (HeaderMap, Body)) -> Post {
        let who = (self.caller.clone(), self.ids.clone());
        Post::of(Arc::clone(&self.console.app), who, id.to_owned(), told)
    }
}
