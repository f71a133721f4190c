//! Delivers papers: create, finish, look up. Decides nothing about retries; says what is known.

use std::sync::Arc;

use async_trait::async_trait;
use connector::{Confirmation, DuplicateGuard, Failure, FailureKind, Found, Outbound, Sink};
use http::{HeaderMap, HeaderName};

use crate::classify::{Reply, Verdict};
use crate::document::{Document, Standing};
use crate::exchange::{Change, Exchange};
use crate::failures;
use crate::interface::{Interface, Task};
use crate::lookup::{self, Sighting, fill};
use crate::profile::Guard;
use crate::template;
use crate::wire;

/// The way out of one block.
pub(crate) struct ErpSink {
    pub(crate) interface: Arc<Interface>,
    pub(crate) exchange: Exchange,
}

/// How a document came to be in our hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Came {
    /// This very request made it.
    Made,
    /// It was there before.
    Found,
}

#[async_trait]
impl Sink for ErpSink {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        let paper = self.interface.paper(effect.command)?;
        let task = self.interface.task(&paper)?;
        if self.looks_first() {
            match self.look_up(task).await? {
                Sighting::Nothing => {}
                seen => return self.resolve(task, seen, Came::Found).await,
            }
        }
        self.create(task, effect.body).await
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        let paper = self.interface.paper(effect.command)?;
        let task = self.interface.task(&paper)?;
        if task.operation.places.is_empty() {
            let message = format!(
                "the profile names no place where a {} can be found",
                task.name
            );
            return Err(Failure::unavailable(failures::NO_LOOK_UP, message));
        }
        Ok(self.look_up(task).await?.into_found())
    }

    fn guard(&self) -> DuplicateGuard {
        match self.interface.profile.guard {
            Guard::IdempotencyHeader { .. } | Guard::ExternalId {} => DuplicateGuard::NativeKey,
            Guard::UniqueNumber {} => DuplicateGuard::UniqueNumber,
            Guard::LookUpOnly {} => DuplicateGuard::LookUpOnly,
            Guard::None {} => DuplicateGuard::None,
        }
    }

    async fn probe(&self) -> Result<String, Failure> {
        let profile = &self.interface.profile;
        let values = self.interface.vars();
        let url = self.exchange.ours(&fill(&profile.probe, &values)?)?;
        let (reply, verdict) = self.exchange.read(url.clone()).await?;
        match verdict {
            Verdict::Done => {
                wire::read(&reply.body).map_err(|error| {
                    let message = format!("{} answers, but not in JSON: {error}", url.path());
                    Failure::misconfigured(failures::WRONG_ADDRESS, message)
                })?;
                let guard = self.guard().name();
                Ok(format!(
                    "{} answers as {}; guard: {guard}",
                    url.authority(),
                    profile.name
                ))
            }
            other => {
                let message = format!("{} gives {other:?}", url.path());
                Err(Failure::misconfigured(failures::WRONG_ADDRESS, message))
            }
        }
    }
}

impl ErpSink {
    /// Without a guard of the ERP's own, a create is dangerous: an earlier attempt may have made the document.
    fn looks_first(&self) -> bool {
        matches!(
            self.interface.profile.guard,
            Guard::LookUpOnly {} | Guard::None {}
        )
    }

    async fn look_up(&self, task: Task<'_>) -> Result<Sighting, Failure> {
        lookup::look_up(&self.exchange, &self.interface, task).await
    }

    async fn create(&self, task: Task<'_>, body: &[u8]) -> Result<Confirmation, Failure> {
        let mut values = self.interface.values(task.paper);
        let target = self.target(task).await?;
        let if_match = target.as_ref().and_then(|target| target.etag.as_deref());
        if let Some(target) = &target {
            values.push(("target", &target.id));
        }
        let request = &task.operation.create;
        let change = Change {
            method: request.method.into(),
            url: self.exchange.ours(&fill(&request.path, &values)?)?,
            headers: &self.guard_headers(&values)?,
            if_match,
            body: Some(body),
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

    /// Brings what is there to its end.
    async fn resolve(
        &self,
        task: Task<'_>,
        seen: Sighting,
        came: Came,
    ) -> Result<Confirmation, Failure> {
        match seen {
            Sighting::One(document) => self.settle(task, *document, came).await,
            Sighting::Several(documents) => {
                let message = format!("{} documents with our key", documents.len());
                Err(Failure::in_doubt(failures::SEVERAL, message))
            }
            Sighting::Nothing => {
                let message = "the ERP says it has it, but no look-up shows it yet";
                Err(Failure::in_doubt(failures::NOT_VISIBLE, message))
            }
        }
    }

    async fn settle(
        &self,
        task: Task<'_>,
        document: Document,
        came: Came,
    ) -> Result<Confirmation, Failure> {
        match &document.standing {
            Standing::Complete => Ok(Confirmation {
                document: document.reference,
                duplicate: came == Came::Found,
            }),
            Standing::Half => self.finish(task, document, came).await,
            // Not posted any further: what would be posted is not what was approved.
            Standing::Differs(difference) => {
                let message = format!("{}: {difference}", document.reference.doc_no);
                Err(Failure::in_doubt(failures::DIFFERS, message))
            }
        }
    }

    /// From draft to document.
    async fn finish(
        &self,
        task: Task<'_>,
        draft: Document,
        came: Came,
    ) -> Result<Confirmation, Failure> {
        let number = draft.reference.doc_no.clone();
        match self.finish_once(task, &draft).await {
            Ok(document) => match document.standing {
                Standing::Complete => Ok(Confirmation {
                    document: document.reference,
                    duplicate: came == Came::Found,
                }),
                Standing::Half => Err(half(&number, "it is still a draft")),
                Standing::Differs(difference) => {
                    let message = format!("{number}: {difference}");
                    Err(Failure::in_doubt(failures::DIFFERS, message))
                }
            },
            Err(failure) => match (failure.kind, came) {
                // A look-up may not show the new draft yet: sent again at once, a second one could be made.
                (FailureKind::Unavailable | FailureKind::Throttled { .. }, Came::Made) => {
                    Err(half(&number, &failure.message))
                }
                (FailureKind::Rejected, _) => {
                    let message =
                        format!("{}; the draft {number} is left as it is", failure.message);
                    Err(Failure { message, ..failure })
                }
                (
                    FailureKind::Unavailable
                    | FailureKind::Throttled { .. }
                    | FailureKind::Malformed
                    | FailureKind::InDoubt
                    | FailureKind::Misconfigured,
                    _,
                ) => Err(failure),
            },
        }
    }

    /// Finishes; when the draft changed meanwhile (412), reads it again and finishes that. A refusal is believed only after
    /// a look: the step may have been done by an earlier request.
    async fn finish_once(&self, task: Task<'_>, draft: &Document) -> Result<Document, Failure> {
        let mut etag = draft.etag.clone();
        for _ in 0..2 {
            match self
                .finish_request(task, &draft.id, etag.as_deref())
                .await?
            {
                (reply, Verdict::Done) => return self.finished(task, &draft.id, &reply).await,
                (_, Verdict::Stale) => {
                    let now = self.read_again(task, &draft.id).await?;
                    if now.standing != Standing::Half {
                        return Ok(now);
                    }
                    etag = now.etag;
                }
                (_, Verdict::Duplicate { .. }) => {
                    return self.read_again(task, &draft.id).await.map_err(doubt);
                }
                (_, Verdict::Absent) => {
                    let message = format!("the draft {} is not there any more", draft.id);
                    return Err(Failure::in_doubt(failures::HALF_FINISHED, message));
                }
                (_, Verdict::Failed(failure)) if failure.kind == FailureKind::Rejected => {
                    let now = self.read_again(task, &draft.id).await;
                    return match now {
                        Ok(document) if document.standing == Standing::Complete => Ok(document),
                        Ok(_) | Err(_) => Err(failure),
                    };
                }
                (_, Verdict::Failed(failure) | Verdict::LoginNeeded(failure)) => {
                    return Err(failure);
                }
                (_, Verdict::CsrfNeeded) => break,
            }
        }
        let message = "the draft changed twice while it was being finished: nothing was done";
        Err(Failure::unavailable(failures::BUSY, message))
    }

    async fn finish_request(
        &self,
        task: Task<'_>,
        id: &str,
        etag: Option<&str>,
    ) -> Result<(Reply, Verdict), Failure> {
        let Some(finish) = &task.operation.finish else {
            let message = format!("{id} is a draft, but the profile has no step to finish it");
            return Err(Failure::misconfigured(failures::BAD_CONFIGURATION, message));
        };
        let mut values = self.interface.values(task.paper);
        values.push(("id", id));
        let body = self.interface.finish_body(task)?;
        let change = Change {
            method: finish.method.into(),
            url: self.exchange.ours(&fill(&finish.path, &values)?)?,
            headers: &self.guard_headers(&values)?,
            if_match: finish.if_match.then(|| etag.unwrap_or("*")),
            body: body.as_deref(),
        };
        self.exchange.change(change).await
    }

    /// The document after the finishing step. It is done: whatever fails from here on leaves it in doubt.
    async fn finished(&self, task: Task<'_>, id: &str, reply: &Reply) -> Result<Document, Failure> {
        if reply.body.is_empty() {
            self.read_again(task, id).await.map_err(doubt)
        } else {
            lookup::single(task, reply)
        }
    }

    async fn read_again(&self, task: Task<'_>, id: &str) -> Result<Document, Failure> {
        let read = lookup::read_by_id(&self.exchange, &self.interface, task, id).await?;
        read.ok_or_else(|| {
            let message = format!("the document {id} cannot be read again");
            Failure::in_doubt(failures::HALF_FINISHED, message)
        })
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
            return Err(missing("the document to be reversed is not there"));
        }
        let body = wire::read(&reply.body).map_err(|error| {
            let message = format!("the look-up of the document to be reversed: {error}");
            Failure::unavailable(failures::LOOK_UP_FAILED, message)
        })?;
        let list = body
            .pointer(&target.list_at)
            .and_then(serde_json::Value::as_array);
        let Some([only]) = list.map(Vec::as_slice) else {
            let many = list.map_or(0, Vec::len);
            return Err(missing(&format!(
                "{many} documents to be reversed instead of one"
            )));
        };
        let id = wire::text_at(only, &target.id_at)
            .ok_or_else(|| missing("the document to be reversed has no id"))?;
        let etag = target
            .etag_at
            .as_ref()
            .and_then(|at| wire::text_at(only, at));
        Ok(Some(Upon { id, etag }))
    }

    fn guard_headers(&self, values: template::Values<'_>) -> Result<HeaderMap, Failure> {
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

/// A failure after the ERP surely did something: what is there must be looked up before anything else.
fn doubt(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::InDoubt => failure,
        FailureKind::Malformed
        | FailureKind::Rejected
        | FailureKind::Unavailable
        | FailureKind::Throttled { .. }
        | FailureKind::Misconfigured => Failure {
            kind: FailureKind::InDoubt,
            ..failure
        },
    }
}

fn half(number: &str, why: &str) -> Failure {
    let message = format!("the draft {number} is there, but was not finished: {why}");
    Failure::in_doubt(failures::HALF_FINISHED, message)
}
