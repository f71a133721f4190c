//! The way out to a partner, for one process, and the codec that goes with it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use canonical::effect::ErpRef;
use canonical::{Command, Envelope, Event};
use connector::codec::Decoded;
use connector::{
    Codec, Confirmation, DuplicateGuard, Failure, FailureKind, Found, Inbound, Outbound, Sink,
};
use tokio::time::Instant;

use crate::hop::{Fault, Hop};
use crate::partner::{Document, Partner};
use crate::process::Process;

/// How long an acknowledgement is waited for before the document is handed over once more.
const ACK_WITHIN: Duration = Duration::from_mins(2);

/// Envelopes in, commands as JSON out.
pub struct Json;

impl Codec for Json {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        let text = std::str::from_utf8(&raw.raw)
            .map_err(|error| Failure::malformed("sim.not-text", error.to_string()))?;
        let event: Event = Envelope::parse(text)
            .and_then(|envelope| envelope.open())
            .map_err(|error| Failure::malformed("sim.not-an-event", error.to_string()))?;
        Ok(vec![Ok(event)])
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        serde_json::to_vec(&command.data)
            .map_err(|error| Failure::rejected("sim.not-representable", error.to_string()))
    }
}

/// The way to a partner.
pub struct Way {
    /// The partner.
    pub partner: Arc<Partner>,
    /// The process.
    pub process: Arc<Process>,
}

impl Way {
    fn is_gone(&self) -> bool {
        let gone = self.partner.books().gone_until;
        gone.is_some_and(|until| until > Instant::now())
    }

    fn leave_for_a_while(&self) {
        let pause = Duration::from_millis(self.process.world.chance.pick(1_000..40_000));
        self.process
            .world
            .tell(format!("{} is gone for {pause:?}", self.partner.name));
        self.partner.books().gone_until = Some(Instant::now() + pause);
    }

    fn book(&self, effect: Outbound<'_>, half: bool) -> (Document, bool) {
        let says = String::from_utf8_lossy(effect.body);
        let (key, kind) = (effect.key.as_str(), effect.command.kind);
        let (document, known) = self.partner.book(key, kind, &says, half);
        let how = if half { "half of " } else { "" };
        let known_word = if known { " (known)" } else { "" };
        self.process.tell(format!(
            "{} books {how}{} for {kind} {key}{known_word}",
            self.partner.name, document.number
        ));
        (document, known)
    }

    /// Handed over: the acknowledgement comes later, or never.
    fn hand_over(&self, effect: Outbound<'_>, never: bool) -> Failure {
        self.book(effect, false);
        let after = Duration::from_millis(self.process.world.chance.pick(500..60_000));
        let at = (!never).then(|| Instant::now() + after);
        let key = effect.key.as_str().to_owned();
        let mut books = self.partner.books();
        let known = books.handed_over.get(&key).and_then(|(at, _)| *at);
        books
            .handed_over
            .insert(key, (known.or(at), Instant::now()));
        Failure::unacknowledged("sim.handed-over", "the partner tells later")
    }

    async fn do_send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        let visit = self.process.enter(Hop::Send).await;
        let chance = &self.process.world.chance;
        let strikes = |fault| chance.strikes(visit, fault);
        if strikes(Fault::TargetGone) {
            self.leave_for_a_while();
        }
        if self.is_gone() {
            return Err(Failure::unavailable(
                "sim.gone",
                "the target cannot be reached",
            ));
        }
        if strikes(Fault::Misconfigured) {
            return Err(Failure::misconfigured(
                "sim.credentials",
                "wrong credentials",
            ));
        }
        if strikes(Fault::Throttled) {
            let retry_after = Some(Duration::from_secs(chance.pick(1..9)));
            let kind = FailureKind::Throttled { retry_after };
            return Err(Failure::new(kind, "sim.throttled", "not so fast"));
        }
        if strikes(Fault::RequestLost) {
            return Err(Failure::in_doubt("sim.lost", "no answer"));
        }
        if self.partner.refuses(effect.key.as_str()) {
            return Err(Failure::rejected("sim.refused", "refused for good"));
        }
        if strikes(Fault::DoneLate) {
            self.do_late(effect);
            return Err(Failure::in_doubt("sim.late", "no answer"));
        }
        if self.partner.later {
            let failure = self.hand_over(effect, strikes(Fault::AckNeverComes));
            self.process.leave(visit, Hop::Send).await;
            return Err(failure);
        }
        if strikes(Fault::HalfDone) {
            self.book(effect, true);
            return Err(Failure::in_doubt("sim.half", "no answer"));
        }
        let (document, duplicate) = self.book(effect, false);
        if strikes(Fault::TooSlow) {
            tokio::time::sleep(Duration::from_hours(1)).await;
        }
        if strikes(Fault::AnswerLost) {
            return Err(Failure::in_doubt("sim.answer-lost", "no answer"));
        }
        self.process.leave(visit, Hop::Send).await;
        Ok(Confirmation {
            document: reference(&document),
            duplicate,
        })
    }

    fn do_late(&self, effect: Outbound<'_>) {
        let after = Duration::from_millis(self.process.world.chance.pick(500..20_000));
        let (partner, world) = (Arc::clone(&self.partner), Arc::clone(&self.process.world));
        let (key, kind) = (effect.key.as_str().to_owned(), effect.command.kind);
        let says = String::from_utf8_lossy(effect.body).into_owned();
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let (document, _) = partner.book(&key, kind, &says, false);
            world.tell(format!(
                "{} books late {} for {kind} {key}",
                partner.name, document.number
            ));
            if partner.later {
                let now = Instant::now();
                partner.books().handed_over.insert(key, (Some(now), now));
            }
        });
    }

    async fn do_find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        let visit = self.process.enter(Hop::Find).await;
        if self.process.world.chance.strikes(visit, Fault::TargetGone) {
            self.leave_for_a_while();
        }
        if self.is_gone() {
            return Err(Failure::unavailable(
                "sim.gone",
                "the target cannot be reached",
            ));
        }
        let found = if self.partner.later {
            self.acknowledged(effect.key.as_str())
        } else {
            Ok(self.look(effect.key.as_str()))
        };
        self.process.tell(format!(
            "finds {found:?} in {} for {}",
            self.partner.name, effect.key
        ));
        self.process.leave(visit, Hop::Find).await;
        found
    }

    fn look(&self, key: &str) -> Found {
        if self.partner.guard == DuplicateGuard::None {
            return Found::Nothing;
        }
        let books = self.partner.books();
        let documents = books
            .documents
            .get(key)
            .map(Vec::as_slice)
            .unwrap_or_default();
        match documents {
            [] => Found::Nothing,
            [one] if one.half => Found::Half(reference(one)),
            [one] => Found::Complete(reference(one)),
            several => Found::Several(several.iter().map(reference).collect()),
        }
    }

    fn acknowledged(&self, key: &str) -> Result<Found, Failure> {
        let books = self.partner.books();
        let document = books
            .documents
            .get(key)
            .and_then(|documents| documents.first());
        match (document, books.handed_over.get(key)) {
            (Some(document), Some((Some(at), _))) if *at <= Instant::now() => {
                Ok(Found::Complete(reference(document)))
            }
            (Some(_), Some((_, since))) if since.elapsed() < ACK_WITHIN => Err(
                Failure::unacknowledged("sim.handed-over", "the partner tells later"),
            ),
            (_, _) => Ok(Found::Nothing),
        }
    }
}

#[async_trait]
impl Sink for Way {
    async fn send(&self, effect: Outbound<'_>) -> Result<Confirmation, Failure> {
        self.do_send(effect).await
    }

    async fn find(&self, effect: Outbound<'_>) -> Result<Found, Failure> {
        self.do_find(effect).await
    }

    fn guard(&self) -> DuplicateGuard {
        self.partner.guard
    }

    async fn probe(&self) -> Result<String, Failure> {
        Ok("simulated".to_owned())
    }
}

fn reference(document: &Document) -> ErpRef {
    ErpRef::new("document", document.number.clone())
}
