//! Puts announcements and their withdrawals into the outbox, and looks for them and for the warehouse's answers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use canonical::effect::ErpRef;
use connector::{Confirmation, DuplicateGuard, Failure, Found, Outbound, Sink};
use jiff::{SignedDuration, Timestamp};
use mailbox::{Mailbox, Placed};

use crate::layout::Prepared;
use crate::ledger::{Answered, Ledger, Sent};
use crate::{failures, mailbox_failure, out};

/// The way out of a block.
pub(crate) struct FileSink {
    pub(crate) mailbox: Arc<dyn Mailbox>,
    pub(crate) ledger: Ledger,
    pub(crate) layout: Arc<Prepared>,
    /// How long the warehouse's answer may take; `None`: it does not answer.
    pub(crate) answers_within: Option<SignedDuration>,
}

impl FileSink {
    /// After the file is there: what it means.
    async fn written(
        &self,
        key: &str,
        document: ErpRef,
        duplicate: bool,
    ) -> Result<Confirmation, Failure> {
        if self.answers_within.is_none() {
            return Ok(Confirmation {
                document,
                duplicate,
            });
        }
        match self.ledger.answer(key).await? {
            Some(Answered { refused: None, .. }) => Ok(Confirmation {
                document,
                duplicate: true,
            }),
            // A refusal is told by whoever looks for the answer.
            Some(_) | None => Err(waiting(&document)),
        }
    }

    /// True if the warehouse has said yes: it is not written again then, though it may have been overdue before.
    async fn is_accepted(&self, key: &str) -> Result<bool, Failure> {
        if self.answers_within.is_none() {
            return Ok(false);
        }
        let answer = self.ledger.answer(key).await?;
        Ok(answer.is_some_and(|answer| answer.refused.is_none()))
    }

    /// It was refused, people know, and somebody gave it back: from now on a new answer is awaited. Before the file is
    /// written, for the new answer can be there before we are told that it was.
    async fn give_back(&self, key: &str) -> Result<(), Failure> {
        let Some(answer) = self.ledger.answer(key).await? else {
            return Ok(());
        };
        if answer.refused.is_some() && self.ledger.told(key).await?.as_ref() == Some(&answer) {
            self.ledger.forget_answer(key).await?;
        }
        Ok(())
    }

    /// What the warehouse answered; without an answer, whether it is still time for one.
    async fn answered(
        &self,
        key: &str,
        document: ErpRef,
        since: Timestamp,
        within: SignedDuration,
    ) -> Result<Found, Failure> {
        match self.ledger.answer(key).await? {
            Some(Answered { refused: None, .. }) => Ok(Found::Complete(document)),
            Some(answer) => {
                if self.ledger.told(key).await?.as_ref() == Some(&answer) {
                    return Ok(Found::Nothing);
                }
                self.ledger.set_told(key, &answer).await?;
                let reason = answer.refused.unwrap_or_default();
                Ok(Found::Refused { document, reason })
            }
            None if Timestamp::now().duration_since(since) < within => Err(waiting(&document)),
            None => Ok(Found::Nothing),
        }
    }
}

fn waiting(document: &ErpRef) -> Failure {
    let what = format!(
        "{} is written; the warehouse has not answered yet",
        document.doc_no
    );
    Failure::unacknowledged(failures::NOT_ACKNOWLEDGED, what).at(document.doc_no.as_str())
}

fn reference(kind: &str, file: &str) -> ErpRef {
    ErpRef::new(kind, file)
}

#[async_trait]
impl Sink for FileSink {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        let (kind, file) = out::file_name(&self.layout, effect.command)?;
        let (key, document) = (effect.key.as_str(), reference(kind, &file));
        if self.is_accepted(key).await? {
            return Ok(Confirmation {
                document,
                duplicate: true,
            });
        }
        let sent = self.ledger.sent(key).await?;
        let placed = self.mailbox.placed(&file).await;
        let is_there = placed.map_err(|e| mailbox_failure::of(&e))?.is_some();
        if self.answers_within.is_none() && sent.is_some() && !is_there {
            // The warehouse has taken it away.
            return Ok(Confirmation {
                document,
                duplicate: true,
            });
        }
        if self.answers_within.is_some() {
            self.give_back(key).await?;
        }
        self.ledger.announce(key, &file).await?;
        let put = self.mailbox.put(&file, effect.body).await;
        let put = put.map_err(|error| mailbox_failure::of(&error))?;
        let sent = Sent {
            file,
            at: Timestamp::now(),
        };
        if let Err(failure) = self.ledger.set_sent(key, &sent).await {
            // It is written, and looking for it will tell.
            return Err(Failure::in_doubt(failures::NOTES_LOST, failure.message));
        }
        self.written(key, document, put == Placed::Already).await
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        let (kind, file) = out::file_name(&self.layout, effect.command)?;
        let (key, document) = (effect.key.as_str(), reference(kind, &file));
        let placed = self.mailbox.placed(&file).await;
        let placed = placed.map_err(|error| mailbox_failure::of(&error))?;
        if placed.as_ref().is_some_and(|bytes| bytes != effect.body) {
            let difference = format!("{file} in the outbox has other content");
            return Ok(Found::Differs {
                document,
                difference,
            });
        }
        let sent = self.ledger.sent(key).await?;
        let since = match (sent, placed) {
            (Some(sent), _) => sent.at,
            // Fetched and answered before it was noted: the answer tells.
            (None, None) => match self.ledger.answer(key).await? {
                Some(answer) => answer.at,
                None => return Ok(Found::Nothing),
            },
            (None, Some(_)) => {
                // Written, and not noted: the process ended between the two.
                let sent = Sent {
                    file,
                    at: Timestamp::now(),
                };
                self.ledger.set_sent(key, &sent).await?;
                sent.at
            }
        };
        match self.answers_within {
            None => Ok(Found::Complete(document)),
            Some(within) => self.answered(key, document, since, within).await,
        }
    }

    fn guard(&self) -> DuplicateGuard {
        DuplicateGuard::UniqueNumber
    }

    fn acknowledged_within(&self) -> Option<Duration> {
        Some(self.answers_within?.unsigned_abs())
    }

    async fn probe(&self) -> Result<String, Failure> {
        let probed = self.mailbox.probe().await;
        probed.map_err(|error| mailbox_failure::of(&error))
    }
}
