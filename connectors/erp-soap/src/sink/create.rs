//! The first step: making the document, and believing only what was seen of it.

use connector::{Confirmation, Failure};

use super::{Came, ErpSink, doubt};
use crate::classify::Verdict;
use crate::document::{Document, Standing};
use crate::exchange::Question;
use crate::failures;
use crate::interface::Task;
use crate::lookup::{self, Sighting};
use crate::wire::Element;

impl ErpSink {
    /// Makes the document, and finishes it if that makes a draft only.
    pub(super) async fn create(
        &self,
        task: Task<'_>,
        envelope: &[u8],
    ) -> Result<Confirmation, Failure> {
        let question = Question {
            call: &task.operation.create,
            envelope,
            key: &task.paper.key,
            session: None,
        };
        let (verdict, session) = self.exchange.change(question).await?;
        match verdict {
            Verdict::Done(answer) => {
                let document = self.made(task, &answer).await?;
                self.settle(task, document, Came::Made(session)).await
            }
            Verdict::Duplicate(message) => self.verify(task, &message).await,
            Verdict::Absent(message) => {
                Err(Failure::rejected(failures::UNKNOWN_REFERENCE, message))
            }
            Verdict::Failed(failure) => Err(failure),
        }
    }

    /// The document that a create made. It is made: whatever fails from here on leaves it in doubt.
    async fn made(&self, task: Task<'_>, answer: &Element) -> Result<Document, Failure> {
        if let Some(shows) = &task.operation.create.shows {
            let unsaid = match task.operation.finish {
                Some(_) => Standing::Half,
                None => Standing::Complete,
            };
            return lookup::single(task, shows, answer, &unsaid);
        }
        match self.look_up(task).await.map_err(doubt)? {
            Sighting::One(document) => Ok(*document),
            Sighting::Several(_) => {
                let message = "the ERP said yes, and shows several documents with our key";
                Err(Failure::in_doubt(failures::SEVERAL, message))
            }
            Sighting::Nothing => {
                let message = "the ERP said yes, but no look-up shows the document yet";
                Err(Failure::in_doubt(failures::NOT_VISIBLE, message))
            }
        }
    }

    /// The ERP says it has it: believed only when seen.
    async fn verify(&self, task: Task<'_>, message: &str) -> Result<Confirmation, Failure> {
        let seen = self.look_up(task).await.map_err(doubt)?;
        let resolved = self.resolve(task, seen).await;
        resolved.map_err(|failure| match failure.code {
            failures::NOT_VISIBLE => Failure {
                message: format!("{}: {message}", failure.message),
                ..failure
            },
            _ => failure,
        })
    }
}
