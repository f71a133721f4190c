//! What comes again after a crash, one by one, before the stages are started.
//!
//! The broker is asked for one message at a time, so that a crash now counts for the one message that caused it and for
//! none of its neighbours. The first message that was not delivered before ends this: the suspects stand at the head of
//! the queue.

use broker::topology::EVENTS_QUEUE;
use broker::{Delivery, Verdict};
use store::{StoreError, Unit, UnitOutcome};
use tokio_util::sync::CancellationToken;

use super::{BREATH, Engine, PREFETCH, UnderAlarm, answered, publish};
use crate::batch;
use crate::cache::Cache;
use crate::dead_letters;
use crate::suspect::{Begun, Marks, key_of, what_happened};

/// Works through the suspects. Gives back the outbox batches that were published.
pub(super) async fn suspects(
    engine: &Engine,
    cache: &mut Cache,
    stop: &CancellationToken,
) -> Result<Vec<i64>, String> {
    let consumed = engine.broker.consume(EVENTS_QUEUE, 1).await;
    let mut consumer = consumed.map_err(|e| e.to_string())?;
    let marks = Marks::new(&engine.store, "events");
    let mut forget = Vec::new();
    // No more than a process can have had under way: behind them stands a backlog that nobody has touched.
    for _ in 0..PREFETCH {
        let batch = tokio::select! {
            biased;
            () = stop.cancelled() => break,
            batch = consumer.next_batch(1) => batch,
        };
        let Some(delivery) = batch.and_then(|batch| batch.into_iter().next()) else {
            break;
        };
        let last = !delivery.redelivered;
        if last {
            consumer.cancel().await;
        }
        let tag = delivery.tag;
        let verdicts = one(engine, cache, &marks, delivery, &mut forget)
            .await
            .map_err(|e| e.to_string())?;
        let verdicts = match verdicts {
            Some(verdicts) => verdicts,
            None => vec![(tag, Verdict::Ack)],
        };
        if let Err(error) = consumer.settle(&verdicts).await {
            tracing::warn!(%error, "a delivery could not be settled: it will come again");
        }
        if last {
            break;
        }
    }
    Ok(forget)
}

/// Works on one delivery. `None`: it is kept, and was not touched.
async fn one(
    engine: &Engine,
    cache: &mut Cache,
    marks: &Marks,
    delivery: Delivery,
    forget: &mut Vec<i64>,
) -> Result<Option<Vec<(broker::Tag, Verdict)>>, StoreError> {
    let key = delivery
        .redelivered
        .then(|| key_of(&delivery.id, &delivery.body));
    if let Some(key) = &key {
        let begun = loop {
            match marks.begin(key).await {
                Ok(begun) => break begun,
                Err(StoreError::Unavailable(reason)) => {
                    tracing::warn!(%reason, "the store does not answer; trying again");
                    tokio::time::sleep(BREATH).await;
                }
                Err(broken @ StoreError::Broken(_)) => return Err(broken),
            }
        };
        if begun == Begun::Poison {
            keep(engine, &delivery).await?;
            marks.ended(key).await;
            return Ok(None);
        }
    }
    let deliveries = vec![delivery];
    let opened = batch::read_all(&deliveries, &engine.watch);
    let done = answered(engine, cache, &deliveries, opened, forget).await?;
    forget.clear();
    if let Some(key) = &key {
        marks.ended(key).await;
    }
    let left = publish(engine.broker.as_ref(), done.outbox, UnderAlarm::Leave).await;
    if left.is_empty() {
        forget.extend(done.batches);
    }
    Ok(Some(done.verdicts))
}

/// Puts it into the exception store, from where a replay gives it back to the queue.
async fn keep(engine: &Engine, delivery: &Delivery) -> Result<(), StoreError> {
    tracing::error!(message.key = %delivery.id, "a message that ends the process is kept alone");
    loop {
        let reason = what_happened(&format!("message {:?}", delivery.id));
        let row = dead_letters::row(EVENTS_QUEUE, "", delivery, reason, engine.clock.now());
        let unit = Unit {
            exceptions: vec![row],
            ..Unit::default()
        };
        match engine.store.commit(vec![unit], Vec::new()).await {
            Ok(commit) if commit.outcomes == [UnitOutcome::Done] => return Ok(()),
            Ok(commit) => {
                tracing::error!(outcome = ?commit.outcomes, "it is not kept yet; trying again");
            }
            Err(StoreError::Unavailable(reason)) => {
                tracing::warn!(%reason, "the store does not answer; trying again");
            }
            Err(broken @ StoreError::Broken(_)) => return Err(broken),
        }
        tokio::time::sleep(BREATH).await;
    }
}

#[cfg(test)]
mod tests;
