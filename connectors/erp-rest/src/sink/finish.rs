//! The second step: from draft to document.

use connector::{Confirmation, Failure, FailureKind};

use super::{Came, ErpSink, doubt};
use crate::classify::{Reply, Verdict};
use crate::document::{Document, Standing};
use crate::exchange::Change;
use crate::failures;
use crate::interface::Task;
use crate::lookup::{self, fill};

impl ErpSink {
    /// From draft to document.
    pub(super) async fn finish(
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
}

fn half(number: &str, why: &str) -> Failure {
    let message = format!("the draft {number} is there, but was not finished: {why}");
    Failure::in_doubt(failures::HALF_FINISHED, message)
}
