//! The steps from draft to document.

use connector::{Confirmation, Failure, FailureKind};

use super::{Came, ErpSink, doubt};
use crate::classify::{Reply, Verdict};
use crate::document::{Document, Standing};
use crate::exchange::Change;
use crate::failures;
use crate::interface::Task;
use crate::lookup::{self, fill};

impl ErpSink {
    /// From draft to document, by every step that is still due.
    pub(super) async fn finish(
        &self,
        task: Task<'_>,
        draft: Document,
        came: Came,
    ) -> Result<Confirmation, Failure> {
        let number = draft.reference.doc_no.clone();
        let (mut draft, mut changed) = (draft, came == Came::Made);
        for _ in &task.operation.finish {
            let now = self
                .finish_once(task, &draft)
                .await
                .map_err(|failure| unfinished(failure, &number, changed))?;
            match now.standing {
                Standing::Complete => {
                    return Ok(Confirmation {
                        document: now.reference,
                        duplicate: came == Came::Found,
                    });
                }
                Standing::Differs(difference) => {
                    let message = format!("{number}: {difference}");
                    return Err(Failure::in_doubt(failures::DIFFERS, message));
                }
                // A step that leaves the draft where it was would do no better a second time.
                Standing::Half if now.status == draft.status => break,
                Standing::Half => (draft, changed) = (now, true),
            }
        }
        if task.operation.finish.is_empty() {
            return Err(no_step(&draft));
        }
        Err(half(&number, "it is still a draft"))
    }

    /// Takes one step; when the draft changed meanwhile (412), reads it again and takes the step for that. A refusal is
    /// believed only after a look: the step may have been done by an earlier request.
    async fn finish_once(&self, task: Task<'_>, draft: &Document) -> Result<Document, Failure> {
        let mut etag = draft.etag.clone();
        for _ in 0..2 {
            match self.finish_request(task, draft, etag.as_deref()).await? {
                (reply, Verdict::Done) => return self.finished(task, &draft.id, &reply).await,
                (_, Verdict::Stale) => {
                    let now = self.read_again(task, &draft.id).await?;
                    if now.standing != Standing::Half || now.status != draft.status {
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
                    let (exchange, interface) = (&self.exchange, &self.interface);
                    return match lookup::read_by_id(exchange, interface, task, &draft.id).await {
                        Ok(Some(now)) if went_on(draft, &now) => Ok(now),
                        Ok(_) => Err(failure),
                        // Not seen is not refused.
                        Err(unseen) => {
                            let message = format!("{}; {}", failure.message, unseen.message);
                            Err(Failure::in_doubt(failures::HALF_FINISHED, message))
                        }
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
        draft: &Document,
        etag: Option<&str>,
    ) -> Result<(Reply, Verdict), Failure> {
        let (place, step) = task
            .operation
            .step(draft.status.as_deref())
            .ok_or_else(|| no_step(draft))?;
        let mut values = self.interface.values(task.paper);
        values.push("id", &draft.id);
        let body = self.interface.finish_body(task, place)?;
        let change = Change {
            method: step.method.into(),
            url: self.exchange.ours(&fill(&step.path, &values)?)?,
            headers: &self.guard_headers(&values)?,
            if_match: step.if_match.then(|| etag.unwrap_or("*")),
            body: body.as_deref(),
        };
        self.exchange.change(change).await
    }

    /// The document after a step. It is done: whatever fails from here on leaves it in doubt.
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
}

/// True if the step was done, though this request was refused.
fn went_on(draft: &Document, now: &Document) -> bool {
    match now.standing {
        Standing::Complete => true,
        Standing::Half => now.status != draft.status,
        Standing::Differs(_) => false,
    }
}

/// What a step that failed means for the document as a whole. `changed`: this very send made it, or took a step before.
fn unfinished(failure: Failure, number: &str, changed: bool) -> Failure {
    match failure.kind {
        // A look-up may not show what was just done: sent again at once, it could be done a second time.
        FailureKind::Unavailable | FailureKind::Throttled { .. } | FailureKind::Misconfigured
            if changed =>
        {
            half(number, &failure.message)
        }
        FailureKind::Rejected => {
            let message = format!("{}; the draft {number} is left as it is", failure.message);
            Failure { message, ..failure }
        }
        FailureKind::Unavailable
        | FailureKind::Throttled { .. }
        | FailureKind::Malformed
        | FailureKind::InDoubt
        | FailureKind::Unacknowledged
        | FailureKind::Misconfigured => failure,
    }
}

fn no_step(draft: &Document) -> Failure {
    let status = draft.status.as_deref().unwrap_or("none");
    let message = format!(
        "{} is a draft of status {status}, but the profile has no step to finish it",
        draft.reference.doc_no
    );
    Failure::misconfigured(failures::BAD_CONFIGURATION, message)
}

fn half(number: &str, why: &str) -> Failure {
    let message = format!("the draft {number} is there, but was not finished: {why}");
    Failure::in_doubt(failures::HALF_FINISHED, message)
}
