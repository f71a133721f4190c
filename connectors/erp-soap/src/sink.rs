//! Delivers papers: create, finish, look up. Decides nothing about retries; says what is known.

mod create;
mod finish;

use std::sync::Arc;

use async_trait::async_trait;
use connector::{Confirmation, DuplicateGuard, Failure, FailureKind, Found, Outbound, Sink};
use http::HeaderValue;
use jiff::Timestamp;

use crate::classify::Verdict;
use crate::config::WindowsFor;
use crate::document::{Document, Standing};
use crate::exchange::{Exchange, Question};
use crate::failures;
use crate::interface::{Interface, Task};
use crate::lookup::{self, Sighting};
use crate::profile::Guard;
use crate::windows::Windows;

/// The way out of one block.
pub(crate) struct ErpSink {
    pub(crate) interface: Arc<Interface>,
    pub(crate) exchange: Exchange,
    pub(crate) windows: Windows,
    pub(crate) windows_for: WindowsFor,
}

/// How a document came to be in our hands.
#[derive(Debug, Clone)]
enum Came {
    /// This very request made it, in that session.
    Made(Option<HeaderValue>),
    /// It was there before.
    Found,
}

impl Came {
    const fn is_found(&self) -> bool {
        matches!(self, Self::Found)
    }
}

#[async_trait]
impl Sink for ErpSink {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        self.open()?;
        let paper = self.interface.paper(effect.command)?;
        let task = self.interface.task(&paper)?;
        if self.looks_first() {
            match self.look_up(task).await? {
                Sighting::Nothing => {}
                seen => return self.resolve(task, seen).await,
            }
        }
        self.create(task, effect.body).await
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        if self.windows_for == WindowsFor::Everything {
            self.open()?;
        }
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
            Guard::ExternalId => DuplicateGuard::NativeKey,
            Guard::UniqueNumber => DuplicateGuard::UniqueNumber,
            Guard::LookUpOnly => DuplicateGuard::LookUpOnly,
            Guard::None => DuplicateGuard::None,
        }
    }

    async fn probe(&self) -> Result<String, Failure> {
        let profile = &self.interface.profile;
        let question = Question {
            call: &profile.probe,
            envelope: &self.interface.probe()?,
            key: "",
            session: None,
        };
        match self.exchange.read(question).await? {
            Verdict::Done(_) | Verdict::Absent(_) => Ok(format!(
                "{} answers as {}; guard: {}",
                self.exchange.authority(),
                profile.name,
                self.guard().name()
            )),
            Verdict::Duplicate(message) | Verdict::Failed(Failure { message, .. }) => {
                let message = format!("{} gives {message}", profile.probe.element);
                Err(Failure::misconfigured(failures::WRONG_ADDRESS, message))
            }
        }
    }
}

impl ErpSink {
    /// Outside of the ERP's hours nothing is sent.
    fn open(&self) -> Result<(), Failure> {
        let Some(wait) = self.windows.wait(Timestamp::now()) else {
            return Ok(());
        };
        let message = format!(
            "outside of the ERP's hours, nothing was sent: it opens in {} minutes",
            wait.as_secs().div_ceil(60)
        );
        let kind = FailureKind::Throttled {
            retry_after: Some(wait),
        };
        Err(Failure::new(kind, failures::CLOSED, message))
    }

    /// Without a guard of the ERP's own, a create is dangerous: an earlier attempt may have made the document.
    fn looks_first(&self) -> bool {
        matches!(
            self.interface.profile.guard,
            Guard::LookUpOnly | Guard::None
        )
    }

    async fn look_up(&self, task: Task<'_>) -> Result<Sighting, Failure> {
        lookup::look_up(&self.exchange, &self.interface, task).await
    }

    /// Brings what was there before to its end.
    async fn resolve(&self, task: Task<'_>, seen: Sighting) -> Result<Confirmation, Failure> {
        match seen {
            Sighting::One(document) => self.settle(task, *document, Came::Found).await,
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
                duplicate: came.is_found() || document.is_repeat,
                document: document.reference,
            }),
            Standing::Half => self.finish(task, document, came).await,
            // Not posted any further: what would be posted is not what was approved.
            Standing::Differs(difference) => {
                let message = format!("{}: {difference}", document.reference.doc_no);
                Err(Failure::in_doubt(failures::DIFFERS, message))
            }
        }
    }
}

/// A failure after the ERP surely did something: what is there must be looked up before anything else.
fn doubt(failure: Failure) -> Failure {
    Failure {
        kind: FailureKind::InDoubt,
        ..failure
    }
}
