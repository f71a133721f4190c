//! Delivers papers: create, finish, look up. Decides nothing about retries; says what is known.

mod create;
mod finish;
mod resolve;

use std::sync::Arc;

use async_trait::async_trait;
use canonical::invoice::InvoiceRef;
use canonical::{CommandData, Currency};
use connector::{
    Confirmation, CreditsAgainst, DuplicateGuard, Extract, ExtractAsk, Extractable, Failure,
    FailureKind, Found, Outbound, Sink,
};

use crate::classify::Verdict;
use crate::credits;
use crate::document::{Document, Standing};
use crate::exchange::Exchange;
use crate::extract;
use crate::failures;
use crate::interface::{Interface, TAX_QUOTE, Task};
use crate::invoices;
use crate::lookup::{self, Sighting, fill};
use crate::profile::Guard;
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
        if let CommandData::ReadInvoice(question) = &effect.command.data {
            let document = invoices::read(&self.exchange, &self.interface, question).await?;
            return Ok(Confirmation {
                document,
                duplicate: false,
            });
        }
        let paper = self.interface.paper(effect.command)?;
        let task = self.interface.task(&paper)?;
        if self.looks_first() {
            match self.look_up(task).await? {
                Sighting::Nothing => {}
                seen => return self.resolve(task, seen, Came::Found).await,
            }
        }
        let sent = self.create(task, effect.body).await;
        if task.name == TAX_QUOTE {
            // A question that was lost is asked again: nothing can have been recorded.
            return sent.map_err(|failure| match failure.kind {
                FailureKind::InDoubt => Failure {
                    kind: FailureKind::Unavailable,
                    ..failure
                },
                _ => failure,
            });
        }
        sent
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        if matches!(effect.command.data, CommandData::ReadInvoice(_)) {
            return Ok(Found::Nothing);
        }
        let paper = self.interface.paper(effect.command)?;
        let task = self.interface.task(&paper)?;
        if task.name == TAX_QUOTE {
            return Ok(Found::Nothing);
        }
        if task.operation.places.is_empty() {
            let message = format!(
                "the profile names no place where a {} can be found",
                task.name
            );
            return Err(Failure::unavailable(failures::NO_LOOK_UP, message));
        }
        Ok(self.look_up(task).await?.into_found())
    }

    async fn credits_against(
        &self,
        invoice: &InvoiceRef,
        ccy: Currency,
    ) -> Result<CreditsAgainst, Failure> {
        credits::against(&self.exchange, &self.interface, invoice, ccy).await
    }

    fn guard(&self) -> DuplicateGuard {
        match self.interface.profile.guard {
            Guard::IdempotencyHeader { .. } | Guard::ExternalId {} => DuplicateGuard::NativeKey,
            Guard::UniqueNumber {} => DuplicateGuard::UniqueNumber,
            Guard::LookUpOnly { .. } => DuplicateGuard::LookUpOnly,
            Guard::None {} => DuplicateGuard::None,
        }
    }

    fn extracts(&self) -> Vec<Extractable> {
        extract::possible(&self.interface.profile)
    }

    async fn extract(&self, ask: &ExtractAsk) -> Result<Extract, Failure> {
        extract::page(&self.exchange, &self.interface, ask).await
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
            Guard::LookUpOnly { .. } | Guard::None {}
        )
    }

    async fn look_up(&self, task: Task<'_>) -> Result<Sighting, Failure> {
        lookup::look_up(&self.exchange, &self.interface, task).await
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
            Sighting::Several(documents) => Err(several(documents.len())),
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
}

fn several(count: usize) -> Failure {
    let message = format!("{count} documents with our key");
    Failure::in_doubt(failures::SEVERAL, message)
}

/// A failure after the ERP surely did something: what is there must be looked up before anything else.
fn doubt(failure: Failure) -> Failure {
    match failure.kind {
        FailureKind::InDoubt => failure,
        FailureKind::Malformed
        | FailureKind::Rejected
        | FailureKind::Unavailable
        | FailureKind::Throttled { .. }
        | FailureKind::Unacknowledged
        | FailureKind::Misconfigured => Failure {
            kind: FailureKind::InDoubt,
            ..failure
        },
    }
}
