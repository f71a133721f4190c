//! The first step: making the document, and believing only what was seen of it.

use connector::{Confirmation, Failure};
use http::{HeaderMap, HeaderName};

use super::{Came, ErpSink, doubt, several};
use crate::classify::{Reply, Verdict};
use crate::document::{Document, Standing};
use crate::exchange::Change;
use crate::failures;
use crate::interface::Task;
use crate::lookup::{self, Sighting, fill};
use crate::profile::Guard;
use crate::template::{self, Values};
use crate::wire;

impl ErpSink {
    /// Makes the document, and finishes it if that makes a draft only.
    pub(super) async fn create(
        &self,
        task: Task<'_>,
        body: &[u8],
    ) -> Result<Confirmation, Failure> {
        let mut values = self.interface.values(task.paper);
        let target = self.target(task).await?;
        let if_match = target.as_ref().and_then(|target| target.etag.as_deref());
        if let Some(target) = &target {
            values.push("target", &target.id);
        }
        let body = self.resolved(body).await?;
        let request = &task.operation.create;
        let change = Change {
            method: request.method.into(),
            url: self.exchange.ours(&fill(&request.path, &values)?)?,
            headers: &self.guard_headers(&values)?,
            if_match,
            body: Some(&body),
        };
        let (reply, verdict) = self.exchange.change(change).await?;
        match verdict {
            Verdict::Done => {
                let came = if self.is_replayed(&reply) {
                    Came::Found
                } else {
                    Came::Made
                };
                let document = self.made(task, &reply).await?;
                self.is_only_one(task, &document).await?;
                self.settle(task, document, came).await
            }
            Verdict::Duplicate { location, message } => {
                self.verify(task, location.as_deref(), &message).await
            }
            Verdict::Failed(failure) | Verdict::LoginNeeded(failure) => Err(failure),
            Verdict::Absent => {
                let message = format!("{} is not there: nothing was created", request.path);
                Err(Failure::misconfigured(failures::WRONG_ADDRESS, message))
            }
            Verdict::Stale | Verdict::CsrfNeeded => {
                let message =
                    "the ERP refused because something changed meanwhile: nothing was done";
                Err(Failure::unavailable(failures::BUSY, message))
            }
        }
    }

    /// The document that a create made. It is made: whatever fails from here on leaves it in doubt.
    async fn made(&self, task: Task<'_>, reply: &Reply) -> Result<Document, Failure> {
        if !reply.body.is_empty() {
            return lookup::single(task, reply);
        }
        let location = reply
            .headers
            .get(http::header::LOCATION)
            .and_then(|at| at.to_str().ok());
        let read = match location {
            Some(address) => lookup::read_at(&self.exchange, task, address)
                .await
                .map_err(doubt)?,
            None => None,
        };
        read.ok_or_else(|| {
            let message = "the ERP said yes, but neither showed the document nor said where it is";
            Failure::in_doubt(failures::GARBAGE, message)
        })
    }

    /// A gateway that sends a create twice makes two drafts, and shows us the second one only: neither is finished then. A
    /// look-up that does not show the draft yet says nothing.
    async fn is_only_one(&self, task: Task<'_>, draft: &Document) -> Result<(), Failure> {
        let looks_again = matches!(
            self.interface.profile.guard,
            Guard::LookUpOnly { look_again: true }
        );
        if !looks_again || draft.standing != Standing::Half {
            return Ok(());
        }
        match self.look_up(task).await.map_err(doubt)? {
            Sighting::Several(documents) => Err(several(documents.len())),
            Sighting::One(document) if document.id != draft.id => Err(several(2)),
            Sighting::One(_) | Sighting::Nothing => Ok(()),
        }
    }

    /// The ERP says it has it: believed only when seen.
    async fn verify(
        &self,
        task: Task<'_>,
        location: Option<&str>,
        message: &str,
    ) -> Result<Confirmation, Failure> {
        let mut seen = self.look_up(task).await.map_err(doubt)?;
        if let (Sighting::Nothing, Some(address)) = (&seen, location)
            && let Ok(Some(document)) = lookup::read_at(&self.exchange, task, address).await
        {
            seen = Sighting::One(Box::new(document));
        }
        let resolved = self.resolve(task, seen, Came::Found).await;
        resolved.map_err(|failure| match failure.code {
            failures::NOT_VISIBLE => Failure {
                message: format!("{}: {message}", failure.message),
                ..failure
            },
            _ => failure,
        })
    }

    /// The existing document that the create is done upon.
    async fn target(&self, task: Task<'_>) -> Result<Option<Upon>, Failure> {
        let Some(target) = &task.operation.target else {
            return Ok(None);
        };
        let path = fill(&target.path, &self.interface.values(task.paper))?;
        let (reply, verdict) = self.exchange.read(self.exchange.ours(&path)?).await?;
        let missing = |what: &str| {
            Failure::rejected(
                failures::TARGET_MISSING,
                format!("{what}: nothing was done"),
            )
        };
        if verdict != Verdict::Done {
            return Err(missing("the document that this is about is not there"));
        }
        let body = wire::read(&reply.body).map_err(|error| {
            let message = format!("the look-up of the document that this is about: {error}");
            Failure::unavailable(failures::LOOK_UP_FAILED, message)
        })?;
        let list = body
            .pointer(&target.list_at)
            .and_then(serde_json::Value::as_array);
        let Some([only]) = list.map(Vec::as_slice) else {
            let many = list.map_or(0, Vec::len);
            return Err(missing(&format!(
                "{many} documents that this could be about instead of one"
            )));
        };
        let id = wire::text_at(only, &target.id_at)
            .ok_or_else(|| missing("the document that this is about has no id"))?;
        let etag = target
            .etag_at
            .as_ref()
            .and_then(|at| wire::text_at(only, at));
        Ok(Some(Upon { id, etag }))
    }

    /// Headers by which the ERP recognises our key.
    pub(super) fn guard_headers(&self, values: &Values<'_>) -> Result<HeaderMap, Failure> {
        let mut headers = HeaderMap::new();
        if let Guard::IdempotencyHeader { headers: templates } = &self.interface.profile.guard {
            for (name, template) in templates {
                let wrong = || {
                    let message =
                        format!("header {name:?} of the guard: {template:?} is no header");
                    Failure::misconfigured(failures::BAD_CONFIGURATION, message)
                };
                let value = template::header(template, values).map_err(|_| wrong())?;
                let parsed: HeaderName = name.parse().map_err(|_| wrong())?;
                headers.insert(parsed, value.parse().map_err(|_| wrong())?);
            }
        }
        Ok(headers)
    }

    fn is_replayed(&self, reply: &Reply) -> bool {
        self.interface
            .profile
            .answers
            .replayed
            .as_ref()
            .is_some_and(|replayed| {
                let value = reply
                    .headers
                    .get(&replayed.header)
                    .and_then(|value| value.to_str().ok());
                value.is_some_and(|value| value.eq_ignore_ascii_case(&replayed.value))
            })
    }
}

/// What a create is done upon.
struct Upon {
    id: String,
    etag: Option<String>,
}
