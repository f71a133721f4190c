//! Intake of one source: raw bytes → decoded inside the failure boundary → published with confirm → settled.
//!
//! What cannot be decoded goes to the exception store with its raw bytes; its neighbours go through. The source is told
//! only when either is durable.

use std::sync::Arc;

use broker::Broker;
use bytes::Bytes;
use canonical::envelope::{Context, Envelope};
use connector::inbound::TRACEPARENT;
use connector::{Codec, Failure, FailureKind, Inbound, Settlement, Source};
use futures_util::FutureExt;
use jiff::Timestamp;
use store::{Clock, ExceptionRow, OutboxMessage, Store, Unit, UnitOutcome};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::heard::Ear;
use crate::metrics::{label, metrics};
use crate::report::Report;
use crate::suspect::{Begun, Marks, POISON, key_of, what_happened};
use crate::{ahead, trace, wire};

/// Raw messages taken together at the most.
const BATCH: usize = 128;
/// Pause after a source failed.
const BREATH: std::time::Duration = std::time::Duration::from_secs(1);
/// Messages that are taken one by one, and marked, after a start: whatever was under way when a process died is among the
/// first that come again.
const SUSPECTS: usize = 256;

/// The way in of one connector instance.
pub struct Intake {
    /// Name of the instance.
    pub connector: String,
    /// Broker.
    pub broker: Arc<dyn Broker>,
    /// Store, for what cannot be decoded.
    pub store: Arc<dyn Store>,
    /// Codec.
    pub codec: Arc<dyn Codec>,
    /// Clock of this process.
    pub clock: Clock,
}

/// What decoding made of raw bytes.
pub(crate) struct Opened {
    pub(crate) messages: Vec<OutboxMessage>,
    pub(crate) failures: Vec<Failure>,
}

impl Intake {
    /// Runs until told to stop or until the source ends. What was handed over is settled first.
    pub async fn run(self, mut source: Box<dyn Source>, stop: CancellationToken) {
        let mut suspects = SUSPECTS;
        let mut ear = Ear::new(&self.store, &self.connector, &self.clock);
        loop {
            let first = tokio::select! {
                biased;
                () = stop.cancelled() => return ear.write().await,
                first = source.next() => first,
                () = ear.is_due() => {
                    ear.write().await;
                    continue;
                }
            };
            let mut batch = match first {
                Ok(Some(inbound)) => vec![inbound],
                Ok(None) => return ear.write().await,
                Err(failure) => {
                    tracing::warn!(connector.name = %self.connector, failure.code = failure.code, "{failure}");
                    tokio::select! {
                        biased;
                        () = stop.cancelled() => return ear.write().await,
                        () = tokio::time::sleep(BREATH) => continue,
                    }
                }
            };
            let at_once = if suspects > 0 { 1 } else { BATCH };
            while batch.len() < at_once
                && let Some(next) = source.next().now_or_never()
            {
                match next {
                    Ok(Some(inbound)) => batch.push(inbound),
                    // The end is told again by the next call.
                    Ok(None) => break,
                    Err(failure) => {
                        tracing::warn!(connector.name = %self.connector, failure.code = failure.code, "{failure}");
                        break;
                    }
                }
            }
            let taken = if suspects > 0 {
                suspects -= 1;
                self.take_marked(batch).await
            } else {
                self.take(batch).await
            };
            if taken
                .iter()
                .any(|(_, how)| !matches!(how, Settlement::NotNow))
            {
                ear.heard().await;
            }
            for (inbound, how) in taken {
                let result = match &how {
                    Settlement::Stored => "stored",
                    Settlement::Parked(_) => "parked",
                    Settlement::NotNow => "not-now",
                };
                metrics().intake.add(
                    1,
                    &[
                        label("connector", self.connector.clone()),
                        label("result", result),
                    ],
                );
                if let Err(failure) = source.settle(&inbound.origin, how).await {
                    tracing::warn!(connector.name = %self.connector, failure.code = failure.code, "{failure}");
                }
            }
        }
    }

    fn open(&self, inbound: &Inbound) -> Opened {
        // By the clock of this process, which may be another one than that of the source.
        let came = inbound.origin.received_at.max(self.clock.now());
        open(&self.connector, self.codec.as_ref(), inbound, came)
    }

    /// Makes a batch durable, and says what to tell the source of each.
    async fn take(&self, batch: Vec<Inbound>) -> Vec<(Inbound, Settlement)> {
        let opened = batch.iter().map(|inbound| self.open(inbound)).collect();
        self.make_durable(batch, opened).await
    }

    /// The same, one after the other, each with a mark in the store while it is decoded: what ends the process then has been
    /// seen, and is not decoded for ever.
    async fn take_marked(&self, batch: Vec<Inbound>) -> Vec<(Inbound, Settlement)> {
        let marks = Marks::new(&self.store, &format!("intake/{}", self.connector));
        let mut settled = Vec::with_capacity(batch.len());
        for inbound in batch {
            let key = key_of("", &inbound.raw);
            match marks.begin(&key).await {
                Ok(Begun::Go) => {
                    let opened = self.open(&inbound);
                    marks.ended(&key).await;
                    settled.extend(self.make_durable(vec![inbound], vec![opened]).await);
                }
                Ok(Begun::Poison) => {
                    let failure =
                        Failure::malformed(POISON, what_happened("decoding this message"));
                    let opened = Opened {
                        messages: Vec::new(),
                        failures: vec![failure],
                    };
                    let kept = self.make_durable(vec![inbound], vec![opened]).await;
                    if kept
                        .iter()
                        .all(|(_, how)| matches!(how, Settlement::Parked(_)))
                    {
                        marks.ended(&key).await;
                    }
                    settled.extend(kept);
                }
                Err(error) => {
                    tracing::warn!(%error, connector.name = %self.connector, "no mark can be made; the message comes again");
                    settled.push((inbound, Settlement::NotNow));
                }
            }
        }
        settled
    }

    /// Stores what was refused, publishes the rest.
    async fn make_durable(
        &self,
        batch: Vec<Inbound>,
        opened: Vec<Opened>,
    ) -> Vec<(Inbound, Settlement)> {
        let units: Vec<Unit> = batch
            .iter()
            .zip(&opened)
            .map(|(inbound, opened)| Unit {
                exceptions: exception(inbound, &opened.failures).into_iter().collect(),
                ..Unit::default()
            })
            .collect();
        let kept = self.keep(units).await;
        let mut messages = Vec::new();
        let mut owners = Vec::new();
        let mut settlements = Vec::with_capacity(batch.len());
        for (i, opened) in opened.into_iter().enumerate() {
            settlements.push(match (kept, opened.failures.into_iter().next()) {
                (false, Some(_)) => Settlement::NotNow,
                (true, Some(failure)) if opened.messages.is_empty() => Settlement::Parked(failure),
                (_, _) => Settlement::Stored,
            });
            for message in opened.messages {
                owners.push(i);
                messages.push(message);
            }
        }
        for i in self.publish(messages, owners).await {
            if let Some(settlement) = settlements.get_mut(i) {
                *settlement = Settlement::NotNow;
            }
        }
        batch.into_iter().zip(settlements).collect()
    }

    /// Stores the exceptions, if there are any. `false`: not stored.
    async fn keep(&self, units: Vec<Unit>) -> bool {
        let units: Vec<Unit> = units
            .into_iter()
            .filter(|u| !u.exceptions.is_empty())
            .collect();
        if units.is_empty() {
            return true;
        }
        match self.store.commit(units, Vec::new()).await {
            Ok(commit) => commit.outcomes.iter().all(|o| *o == UnitOutcome::Done),
            Err(error) => {
                tracing::warn!(%error, connector.name = %self.connector, "refused input is not kept yet");
                false
            }
        }
    }

    /// Publishes, and gives back the owners of what is not confirmed.
    async fn publish(&self, messages: Vec<OutboxMessage>, owners: Vec<usize>) -> Vec<usize> {
        if messages.is_empty() {
            return Vec::new();
        }
        let mut ready = Vec::with_capacity(messages.len());
        for message in messages {
            match wire::to_broker(message) {
                Ok(message) => ready.push(message),
                Err(error) => {
                    tracing::error!(%error, "an event cannot be addressed");
                    return owners;
                }
            }
        }
        let answers = self.broker.publish(ready).await;
        let mut failed = Vec::new();
        for (owner, answer) in owners.into_iter().zip(answers) {
            match answer {
                Ok(()) => metrics().published.add(1, &[]),
                Err(error) => {
                    tracing::warn!(%error, connector.name = %self.connector, "an event is not published yet");
                    failed.push(owner);
                }
            }
        }
        failed
    }
}

/// Decodes raw bytes that came at `came` into messages for the router, and what could not be read of them.
pub(crate) fn open(
    connector: &str,
    codec: &dyn Codec,
    inbound: &Inbound,
    came: Timestamp,
) -> Opened {
    let origin = &inbound.origin;
    let given = origin
        .headers
        .get(TRACEPARENT)
        .filter(|t| trace::is_valid(t));
    let span = if trace::on() {
        let span = tracing::info_span!(
            "intake", connector.name = %connector, reference = %origin.reference, bytes = inbound.raw.len()
        );
        if let Some(given) = given {
            trace::adopt(&span, given);
        }
        span
    } else {
        tracing::Span::none()
    };
    let mut opened = Opened {
        messages: Vec::new(),
        failures: Vec::new(),
    };
    if let Some(refused) = &inbound.refused {
        opened.failures.push(refused.clone());
        return opened;
    }
    let decoded = match span.in_scope(|| codec.decode(inbound)) {
        Ok(decoded) => ahead::believed(decoded, came),
        Err(failure) => {
            opened.failures.push(failure);
            return opened;
        }
    };
    for event in decoded {
        let event = match event {
            Ok(event) => event,
            Err(failure) => {
                opened.failures.push(failure);
                continue;
            }
        };
        let subject = event.subject.to_string();
        let otherwise = given.cloned().unwrap_or_else(|| trace::derived(&subject));
        let context = Context {
            connector: connector.to_owned(),
            correlation_id: String::new(),
            causation_id: origin.reference.clone(),
            traceparent: trace::of(&span, &otherwise),
            ingested_at: origin.received_at,
        };
        let crosswalk = codec.crosswalk_version();
        match Envelope::seal(&event, &context).and_then(|mut envelope| {
            envelope.crosswalkversion = version_of(crosswalk);
            wire::event(&envelope)
        }) {
            Ok(message) => opened.messages.push(message),
            Err(error) => opened.failures.push(Failure::new(
                FailureKind::Malformed,
                "router.not-representable",
                format!("the event cannot be written as JSON: {error}"),
            )),
        }
    }
    opened
}

/// A publication of the crosswalks as an envelope tells it: nothing before the first.
fn version_of(publication: u64) -> String {
    if publication == 0 {
        String::new()
    } else {
        publication.to_string()
    }
}

/// Failures of one message that its exception tells in full; of more it gives the number.
const TOLD: usize = 5;

/// The exception for input that was refused, or of which parts were: one for each message, with its raw bytes and origin.
pub(crate) fn exception(inbound: &Inbound, failures: &[Failure]) -> Option<ExceptionRow> {
    let first = failures.first()?;
    let connector = &inbound.origin.connector;
    let origin = serde_json::to_string(&inbound.origin).unwrap_or_default();
    let row = Report::of_failure("intake", first)
        .reason(told(failures))
        .lacking(failures)
        .owner(connector, "", "")
        .row(
            inbound.origin.received_at.max(Timestamp::UNIX_EPOCH),
            origin,
            inbound.raw.clone(),
        );
    metrics().exceptions.add(
        1,
        &[
            label("code", row.code.clone()),
            label("connector", connector.clone()),
        ],
    );
    tracing::warn!(
        connector.name = %connector, failure.code = first.code, exception.id = %row.exception_id,
        place = %first.place, failures = failures.len(), "input refused and kept: {}", first.message
    );
    Some(row)
}

fn told(failures: &[Failure]) -> String {
    if let [only] = failures {
        return only.message.clone();
    }
    let mut told: Vec<String> = failures
        .iter()
        .take(TOLD)
        .map(|f| format!("{}: {}", f.place, f.message))
        .collect();
    if failures.len() > TOLD {
        told.push(format!("and {} more", failures.len() - TOLD));
    }
    format!(
        "{} parts of the message were refused: {}",
        failures.len(),
        told.join("; ")
    )
}

/// Input as it was kept, to be decoded again.
pub(crate) fn inbound_of(row: &ExceptionRow) -> Result<Inbound, serde_json::Error> {
    let origin = serde_json::from_str(&row.origin)?;
    Ok(Inbound {
        origin,
        raw: Bytes::clone(&row.raw),
        refused: None,
    })
}

/// Consumes replayed exceptions of the intake: the raw bytes enter again by the front door.
pub struct Replays {
    /// Broker.
    pub broker: Arc<dyn Broker>,
    /// Store.
    pub store: Arc<dyn Store>,
    /// Codecs by connector instance.
    pub codecs: std::collections::BTreeMap<String, Arc<dyn Codec>>,
    /// Clock of this process.
    pub clock: Clock,
}

impl Replays {
    /// Runs until told to stop.
    ///
    /// # Errors
    /// When the queue cannot be consumed at all.
    pub async fn run(self, stop: CancellationToken) -> Result<(), String> {
        let mut consumer = self
            .broker
            .consume(wire::REPLAY_QUEUE, 16)
            .await
            .map_err(|e| e.to_string())?;
        loop {
            let batch = tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(()),
                batch = consumer.next_batch(16) => batch,
            };
            let Some(batch) = batch else { return Ok(()) };
            for delivery in batch {
                let verdict = self
                    .again(&delivery)
                    .instrument(tracing::debug_span!("replay"))
                    .await;
                if let Err(error) = consumer.settle(&[(delivery.tag, verdict)]).await {
                    tracing::warn!(%error, "a replay could not be settled: it comes again");
                }
            }
        }
    }

    async fn again(&self, delivery: &broker::Delivery) -> broker::Verdict {
        let Ok(ticket) = serde_json::from_slice::<wire::ReplayTicket>(&delivery.body) else {
            return broker::Verdict::DeadLetter;
        };
        let row = match self.store.exception(&ticket.exception_id).await {
            Ok(Some(row)) => row,
            Ok(None) => return broker::Verdict::DeadLetter,
            Err(_) => return broker::Verdict::NotTried,
        };
        let Some(codec) = self.codecs.get(&row.connector) else {
            // Another process may serve that connector.
            tracing::warn!(connector.name = %row.connector, "no such connector here; the replay waits for a process that has it");
            let later = wire::replay_later(&row.exception_id, broker::Rung::S5);
            let stuck = crate::engine::publish_all(self.broker.as_ref(), vec![later]).await;
            return if stuck.is_empty() {
                broker::Verdict::Ack
            } else {
                broker::Verdict::NotTried
            };
        };
        let Ok(inbound) = inbound_of(&row) else {
            return broker::Verdict::DeadLetter;
        };
        let intake = Intake {
            connector: row.connector.clone(),
            broker: Arc::clone(&self.broker),
            store: Arc::clone(&self.store),
            codec: Arc::clone(codec),
            clock: self.clock.clone(),
        };
        match intake.take_marked(vec![inbound]).await.pop() {
            Some((_, Settlement::Stored | Settlement::Parked(_))) => broker::Verdict::Ack,
            Some((_, Settlement::NotNow)) | None => broker::Verdict::NotTried,
        }
    }
}
