//! Puts documents into the partner's mailbox, numbered, and waits for their acknowledgements.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use canonical::effect::ErpRef;
use canonical::{Command, CommandData, EffectKey};
use connector::{Confirmation, DuplicateGuard, Failure, Found, Outbound, Sink};
use jiff::Timestamp;
use mailbox::{Mailbox, Placed};
use sha2::{Digest, Sha256};

use crate::away::failed;
use crate::caught_up::CaughtUp;
use crate::failures;
use crate::ledger::{Answer, Ledger, Sent, of};
use crate::partner::Partner;
use crate::profile::{Guard, Writes};
use crate::stamp::stamp;

/// The way out of one block.
pub(crate) struct EdiSink {
    pub(crate) partner: Arc<Partner>,
    pub(crate) mailbox: Arc<dyn Mailbox>,
    pub(crate) ledger: Ledger,
    pub(crate) caught_up: Arc<CaughtUp>,
}

#[async_trait]
impl Sink for EdiSink {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        let mut generation = self.ledger.generation(effect.key).await?;
        let before = self.ledger.sent(effect.key, generation).await?;
        if let (Some(sent), Some(answer)) =
            (&before, self.ledger.answer(effect.key, generation).await?)
        {
            if answer.accepted {
                return Ok(confirmed(sent, true));
            }
            if self.ledger.tell(effect.key, generation).await? {
                return Err(Failure::rejected(failures::REFUSED, answer.text));
            }
            self.ledger.next_generation(effect.key, generation).await?;
            generation = generation.saturating_add(1);
        }
        self.put(effect, generation).await
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        let generation = self.ledger.generation(effect.key).await?;
        let Some(sent) = self.ledger.sent(effect.key, generation).await? else {
            return Ok(Found::Nothing);
        };
        if let Some(answer) = self.ledger.answer(effect.key, generation).await? {
            return self.answered(&sent, answer).await;
        }
        // A crash may have come between the putting and its note.
        if !sent.placed
            && self
                .mailbox
                .placed(&sent.file)
                .await
                .map_err(failed)?
                .is_none()
        {
            return Ok(Found::Nothing);
        }
        let Some(expected) = &self.partner.profile.ack_expected else {
            return Ok(Found::Complete(document(&sent)));
        };
        let deadline = sent.put_at.checked_add(expected.within);
        let is_over = |deadline| Timestamp::now() >= deadline;
        // Sent again while acknowledgements wait to be read, documents would only make more of them.
        if deadline.is_ok_and(|at| is_over(at) && self.caught_up.has_reached(at)) {
            return Ok(Found::Nothing);
        }
        Err(unacknowledged(&sent))
    }

    fn guard(&self) -> DuplicateGuard {
        match self.partner.profile.guard {
            Guard::UniqueNumber => DuplicateGuard::UniqueNumber,
            Guard::LookUpOnly => DuplicateGuard::LookUpOnly,
        }
    }

    fn acknowledged_within(&self) -> Option<Duration> {
        let expected = self.partner.profile.ack_expected.as_ref()?;
        Some(expected.within.unsigned_abs())
    }

    async fn probe(&self) -> Result<String, Failure> {
        let sentence = self.mailbox.probe().await.map_err(failed)?;
        let acknowledged = match &self.partner.profile.ack_expected {
            Some(expected) => format!("acknowledgements within {:#}", expected.within),
            None => "no acknowledgements expected".to_owned(),
        };
        let (name, guard) = (&self.partner.profile.name, self.guard().name());
        Ok(format!(
            "{sentence}; profile {name}, {acknowledged}; guard: {guard}"
        ))
    }
}

impl EdiSink {
    async fn put(&self, effect: Outbound<'_>, generation: u32) -> Result<Confirmation, Failure> {
        let before = self.ledger.sent(effect.key, generation).await?;
        let number = self.ledger.number(&of(effect.key, generation)).await?;
        let body = stamp(effect.body, number)?;
        let kind = kind(&self.partner, effect.command);
        let mut sent = Sent {
            effect: EffectKey(effect.key.as_str().to_owned()),
            generation,
            number,
            kind: kind.to_owned(),
            file: format!("{number:09}-{kind}-{}.edi", effect.key),
            put_at: Timestamp::now(),
            placed: false,
            hash: hash(&body),
        };
        if let Some(before) = before.as_ref().filter(|before| before.placed)
            && !before.hash.is_empty()
            && before.hash != sent.hash
        {
            let what = format!(
                "{} was sent before with other content (another profile, another release?): under its number nothing else may go",
                before.file
            );
            return Err(Failure::rejected(failures::KEY_CONFLICT, what).at(before.file.as_str()));
        }
        // An acknowledgement can be there before we are told that the file was put: what it is of must be known then.
        let was_placed = before.is_some_and(|before| before.placed);
        if !was_placed {
            self.ledger.note(&sent).await?;
        }
        let placed = self.mailbox.put(&sent.file, &body).await.map_err(failed)?;
        sent.placed = true;
        let noted = self.ledger.note(&sent).await;
        noted.map_err(|failure| Failure::in_doubt(failures::NOTES_AWAY, failure.message))?;
        let was_there = was_placed || placed == Placed::Already;
        match &self.partner.profile.ack_expected {
            Some(_) => Err(unacknowledged(&sent)),
            None => Ok(confirmed(&sent, was_there)),
        }
    }

    /// What the partner said: a refusal is told once, then the document may go again under another number.
    async fn answered(&self, sent: &Sent, answer: Answer) -> Result<Found, Failure> {
        let document = document(sent);
        if answer.accepted {
            return Ok(Found::Complete(document));
        }
        if self.ledger.tell(&sent.effect, sent.generation).await? {
            let reason = answer.text;
            return Ok(Found::Refused { document, reason });
        }
        self.ledger
            .next_generation(&sent.effect, sent.generation)
            .await?;
        Ok(Found::Nothing)
    }
}

fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

fn unacknowledged(sent: &Sent) -> Failure {
    let what = format!(
        "the {} lies in the mailbox as {}; its acknowledgement is awaited",
        sent.kind, sent.file
    );
    Failure::unacknowledged(failures::UNACKNOWLEDGED, what)
}

fn confirmed(sent: &Sent, duplicate: bool) -> Confirmation {
    let document = document(sent);
    Confirmation {
        document,
        duplicate,
    }
}

fn document(sent: &Sent) -> ErpRef {
    ErpRef::new(sent.kind.clone(), format!("{:09}", sent.number))
}

fn kind(partner: &Partner, command: &Command) -> &'static str {
    match (&command.data, partner.profile.syntax) {
        (CommandData::AdviseCredit(_), Writes::X12) => "812",
        (CommandData::AdviseCredit(_), Writes::Edifact) => "INVOIC",
        (_, Writes::X12) => "180",
        (_, Writes::Edifact) => "RETINS",
    }
}
