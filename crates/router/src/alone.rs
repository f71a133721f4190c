//! Effects whose attempts ended with a process: tried again alone, counted, and put aside after some times.
//!
//! A lease and its attempt are written before anything is done, so that an attempt without an end tells of a process that
//! died meanwhile. Who killed it is not told: everything that was in flight looks the same. So each of those is tried with
//! nothing beside it, under a mark, and only the one that kills again is counted.

use std::future::Future;
use std::sync::Arc;

use canonical::{EffectResult, ExceptionCode};
use jiff::Timestamp;
use store::{AttemptRow, Clock, EffectRow, EffectState, Store};
use tokio::sync::RwLock;

use crate::outcome::Next;
use crate::suspect::{Begun, Marks, POISON, what_happened};

/// Lets effects go side by side, and suspects alone.
pub(crate) struct Alone {
    store: Arc<dyn Store>,
    marks: Marks,
    clock: Clock,
    others: RwLock<()>,
}

impl Alone {
    /// For one connector's effects.
    pub(crate) fn new(store: &Arc<dyn Store>, connector: &str, clock: &Clock) -> Self {
        Self {
            store: Arc::clone(store),
            marks: Marks::new(store, &format!("effects/{connector}")),
            clock: clock.clone(),
            others: RwLock::new(()),
        }
    }

    /// Makes the attempt on an effect that is leased. `None`: nothing was done, the lease runs out and it is taken up then.
    pub(crate) async fn attempt(
        &self,
        row: &EffectRow,
        attempt: impl Future<Output = Next>,
    ) -> Option<Next> {
        // The first lease of an effect cannot be a suspect's.
        if row.fence <= 1 {
            let _beside = self.others.read().await;
            return Some(attempt.await);
        }
        let history = self.store.attempts(&row.effect_key).await.ok()?;
        if !ended_with_its_process(&history, row.fence) {
            let _beside = self.others.read().await;
            return Some(attempt.await);
        }
        let _alone = self.others.write().await;
        // It may have waited long: whoever holds the next lease must not meet it.
        if row
            .lease_until
            .is_some_and(|until| half_way(row.updated_at, until) < self.clock.now())
        {
            return None;
        }
        match self.marks.begin(&row.effect_key).await.ok()? {
            Begun::Go => {
                let next = attempt.await;
                self.marks.ended(&row.effect_key).await;
                Some(next)
            }
            Begun::Poison => {
                self.marks.ended(&row.effect_key).await;
                Some(poison(row))
            }
        }
    }
}

/// Whether the attempt before this one, whose fence is given, has no end.
fn ended_with_its_process(history: &[AttemptRow], fence: u64) -> bool {
    let before = history.iter().filter(|attempt| attempt.fence < fence);
    before
        .max_by_key(|attempt| attempt.fence)
        .is_some_and(|attempt| attempt.ended_at.is_none())
}

/// The deadline of an attempt is below half of its lease.
fn half_way(begun: Timestamp, until: Timestamp) -> Timestamp {
    begun
        .saturating_add(until.duration_since(begun) / 2)
        .unwrap_or(until)
}

/// Put aside: what became of it in the target is not known, and a replay looks it up first.
fn poison(row: &EffectRow) -> Next {
    Next {
        tell: Some(EffectResult::Parked),
        exception: Some(ExceptionCode::PoisonMessage),
        failure_code: POISON.to_owned(),
        failure_text: what_happened("this effect"),
        ..Next::new(row, EffectState::Parked, "UNKNOWN")
    }
}

#[cfg(test)]
mod tests;
