//! What delivery does while a target cannot take a kind of effect: tries one at a time, keeps the others back.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use broker::{Rung, Verdict};
use store::{EffectRow, EffectState};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::Worker;
use crate::breaker::{Change, Gate, Sign};
use crate::engine::publish_all;
use crate::metrics::{label, metrics};
use crate::outcome::Next;
use crate::retry::RetryPolicy;
use crate::wire;

/// How long an effect waits for its turn beside the target, and not on the wait ladder.
const NEARBY: Duration = Duration::from_secs(1);

/// Effects that this worker kept back, and when their messages come again.
pub(super) type Kept = BTreeMap<String, Instant>;

/// The lock, even if somebody panicked under it: what it guards is whole at every step.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    match mutex.lock() {
        Ok(guard) => guard,
        Err(poisoned) => poisoned.into_inner(),
    }
}

impl Worker {
    /// A slot, once the connector rests no more. `None`: this process stops.
    async fn slot<'a>(
        &self,
        slots: &'a Semaphore,
        stop: &CancellationToken,
    ) -> Option<SemaphorePermit<'a>> {
        let slot = slots.acquire().await.ok()?;
        if let Some(until) = self.pause()
            && timeout_at(until, stop.cancelled()).await.is_ok()
        {
            return None;
        }
        (!stop.is_cancelled()).then_some(slot)
    }

    /// Waits for a slot, and for the turn of its kind when the target just answers again. With the kind, when that had
    /// to be looked up. `None`: this process stops.
    pub(super) async fn admit<'a>(
        &self,
        effect_key: &str,
        slots: &'a Semaphore,
        stop: &CancellationToken,
    ) -> Option<(SemaphorePermit<'a>, String, Gate)> {
        let mut slot = self.slot(slots, stop).await?;
        if locked(&self.breakers).quiet() {
            return Some((slot, String::new(), Gate::Free));
        }
        // Whatever is wrong with the row or the store, the lease says it.
        let Ok(Some(row)) = self.way.store.effect(effect_key).await else {
            return Some((slot, String::new(), Gate::Free));
        };
        let moving = matches!(
            row.state,
            EffectState::Ready | EffectState::InFlight | EffectState::Unknown
        );
        if !moving {
            return Some((slot, row.kind, Gate::Free));
        }
        let patience = Instant::now() + NEARBY;
        loop {
            let freed = self.freed.notified();
            let gate = locked(&self.breakers).ask(&row.kind, Instant::now());
            if gate != Gate::Soon {
                return Some((slot, row.kind, gate));
            }
            // Other kinds may have the slot meanwhile.
            drop(slot);
            if timeout_at(patience, freed).await.is_err() {
                let slot = self.slot(slots, stop).await?;
                return Some((slot, row.kind, Gate::Later(NEARBY)));
            }
            slot = self.slot(slots, stop).await?;
        }
    }

    /// A counted effect is done with: another may have its place.
    pub(super) fn leave(&self, kind: &str) {
        locked(&self.breakers).left(kind);
        self.freed.notify_waiters();
    }

    /// Puts the effect's message back on the wait ladder. Nothing is leased and no try is counted.
    pub(super) async fn keep_back(&self, effect_key: &str, wait: Duration) -> Verdict {
        let rung = Rung::at_least(wait);
        let now = Instant::now();
        {
            let mut kept = locked(&self.kept);
            kept.retain(|_, until| *until > now);
            if kept.contains_key(effect_key) {
                // Recovery sent another message for it: one is enough.
                return Verdict::Ack;
            }
            // A little less than the rung, so that the message itself is not taken for another.
            let less = rung.delay().saturating_sub(Duration::from_millis(200));
            kept.insert(effect_key.to_owned(), now + less);
        }
        let later = wire::effect_later(effect_key, &self.way.connector, rung, self.way.clock.now());
        if publish_all(self.way.broker.as_ref(), vec![later])
            .await
            .is_empty()
        {
            return Verdict::Ack;
        }
        locked(&self.kept).remove(effect_key);
        Verdict::NotTried
    }

    /// Learns from the attempt: can the target take this kind of effect?
    pub(super) fn learn(&self, row: &EffectRow, next: &Next) {
        let change =
            locked(&self.breakers).learn(&row.kind, &row.effect_key, sign(next), Instant::now());
        let attributes = [
            label("connector", self.way.connector.clone()),
            label("kind", row.kind.clone()),
        ];
        match change {
            Change::None => {}
            Change::Opened => {
                metrics().kept_back.add(1, &attributes);
                tracing::warn!(
                    connector.name = %self.way.connector, effect.kind = %row.kind,
                    "the target does not take effects of this kind: one at a time is tried until one works"
                );
            }
            Change::Closed => {
                metrics().kept_back.add(-1, &attributes);
                tracing::info!(
                    connector.name = %self.way.connector, effect.kind = %row.kind,
                    "the target takes effects of this kind again"
                );
            }
        }
    }
}

/// What the attempt says about the target.
fn sign(next: &Next) -> Sign {
    match next.class {
        // The connector rests as a whole.
        _ if next.pause => Sign::None,
        // Not fit to be sent, or tried often enough: its own trouble.
        "RETRYABLE" if next.state == EffectState::Parked => Sign::None,
        // A look-up that found several documents or a half-finished one was answered.
        "UNKNOWN" if next.state == EffectState::Ambiguous || next.state == EffectState::Ready => {
            Sign::Well
        }
        "RETRYABLE" | "UNKNOWN" => Sign::Ill,
        _ => Sign::Well,
    }
}

/// Patience with the one effect that is tried during an outage: the outage is not its fault, so it is not parked for it.
pub(super) fn patient(policy: &RetryPolicy) -> RetryPolicy {
    RetryPolicy {
        max_tries: u32::MAX,
        ..policy.clone()
    }
}

/// Its tries stay as they were. What the target may have seen (an unknown outcome), and what it refused, is as always.
pub(super) fn spared(row: &EffectRow, next: Next) -> Next {
    if next.class == "RETRYABLE" && next.state == EffectState::Ready {
        return Next {
            tries: row.tries,
            ..next
        };
    }
    next
}
