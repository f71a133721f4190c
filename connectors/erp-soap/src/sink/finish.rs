//! The second step: from draft to document, or from a change to its commit.

use connector::{Confirmation, Failure, FailureKind};

use super::{Came, ErpSink, doubt};
use crate::classify::Verdict;
use crate::document::{Document, Standing};
use crate::exchange::Question;
use crate::failures;
use crate::interface::Task;
use crate::lookup::{self, Sighting};
use crate::wire::Element;

impl ErpSink {
    /// From draft to document.
    pub(super) async fn finish(
        &self,
        task: Task<'_>,
        draft: Document,
        came: Came,
    ) -> Result<Confirmation, Failure> {
        let number = draft.reference.doc_no.clone();
        let is_found = came.is_found();
        let done = self.finish_once(task, draft, came).await;
        match done.map(|document| (document.standing.clone(), document)) {
            Ok((Standing::Complete, document)) => Ok(Confirmation {
                document: document.reference,
                duplicate: is_found,
            }),
            Ok((Standing::Half, _)) => Err(half(&number, "it is still a draft")),
            Ok((Standing::Differs(difference), _)) => {
                let message = format!("{number}: {difference}");
                Err(Failure::in_doubt(failures::DIFFERS, message))
            }
            Err(failure) => match (failure.kind, is_found) {
                // A look-up may not show the new draft yet: sent again at once, a second one could be made.
                (
                    FailureKind::Unavailable
                    | FailureKind::Throttled { .. }
                    | FailureKind::Misconfigured,
                    false,
                ) => Err(half(&number, &failure.message)),
                (FailureKind::Rejected, _) => {
                    let message = format!("{}; {number} is left as it is", failure.message);
                    Err(Failure { message, ..failure })
                }
                _ => Err(failure),
            },
        }
    }

    /// Finishes. A refusal, and "done already", are believed only after a look: an earlier request may have done it.
    async fn finish_once(
        &self,
        task: Task<'_>,
        draft: Document,
        came: Came,
    ) -> Result<Document, Failure> {
        let session = match came {
            Came::Made(session) => session,
            Came::Found => None,
        };
        let Some((call, envelope)) =
            self.interface
                .finish(task, &draft.id, &draft.reference.doc_no)?
        else {
            let message = format!(
                "{} is a draft, but the profile has no call to finish it",
                draft.reference.doc_no
            );
            return Err(Failure::misconfigured(failures::BAD_CONFIGURATION, message));
        };
        let question = Question {
            call,
            envelope: &envelope,
            key: &task.paper.key,
            session: session.as_ref(),
        };
        let (verdict, _) = self.exchange.change(question).await?;
        match verdict {
            Verdict::Done(answer) => finished(task, draft, &answer),
            Verdict::Duplicate(message) => self.seen_again(task, &message).await.map_err(doubt),
            Verdict::Absent(message) => {
                let message = format!("{} is not there any more: {message}", draft.id);
                Err(Failure::in_doubt(failures::HALF_FINISHED, message))
            }
            Verdict::Failed(failure) if failure.kind == FailureKind::Rejected => {
                match self.look_up(task).await {
                    Ok(Sighting::One(seen)) if seen.standing == Standing::Complete => Ok(*seen),
                    Ok(_) => Err(failure),
                    // Not seen is not refused.
                    Err(unseen) => {
                        let message = format!("{}; {}", failure.message, unseen.message);
                        Err(Failure::in_doubt(failures::HALF_FINISHED, message))
                    }
                }
            }
            Verdict::Failed(failure) => Err(failure),
        }
    }

    async fn seen_again(&self, task: Task<'_>, message: &str) -> Result<Document, Failure> {
        match self.look_up(task).await? {
            Sighting::One(document) => Ok(*document),
            Sighting::Nothing => {
                let message = format!("no look-up shows the document: {message}");
                Err(Failure::in_doubt(failures::NOT_VISIBLE, message))
            }
            Sighting::Several(documents) => {
                let message = format!("{} documents with our key", documents.len());
                Err(Failure::in_doubt(failures::SEVERAL, message))
            }
        }
    }
}

/// The document after the finishing step: as its answer shows it, or the draft, finished now.
fn finished(task: Task<'_>, draft: Document, answer: &Element) -> Result<Document, Failure> {
    let shows = task
        .operation
        .finish
        .as_ref()
        .and_then(|finish| finish.shows.as_ref());
    match shows {
        Some(shows) => lookup::single(task, shows, answer, &Standing::Complete),
        None => Ok(Document {
            standing: Standing::Complete,
            ..draft
        }),
    }
}

fn half(number: &str, why: &str) -> Failure {
    let message = format!("{number} was made, but not finished: {why}");
    Failure::in_doubt(failures::HALF_FINISHED, message)
}
