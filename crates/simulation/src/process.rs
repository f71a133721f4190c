//! One incarnation of a sidecar: every step to the outside goes through it. It may stand still, and it may die.
//!
//! A process that has died never comes back from its last step: whatever its tasks still hold in memory is lost, as after
//! `kill -9`.

use std::future::pending;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::SignedDuration;
use store::Clock;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::chance::Visit;
use crate::hop::{Fault, Hop};
use crate::world::World;

/// The clocks of processes differ by at most so much from the true time, in milliseconds.
const SKEW: u64 = 5_000;

/// An incarnation.
pub struct Process {
    /// Which.
    pub number: u64,
    /// What it shares with the others.
    pub world: Arc<World>,
    alive: AtomicBool,
    died: Notify,
    frozen_until: Mutex<Option<Instant>>,
    skew_ms: Arc<AtomicI64>,
}

impl Process {
    /// A new one.
    pub fn new(world: &Arc<World>, number: u64) -> Arc<Self> {
        Arc::new(Self {
            number,
            world: Arc::clone(world),
            alive: AtomicBool::new(true),
            died: Notify::new(),
            frozen_until: Mutex::default(),
            skew_ms: Arc::default(),
        })
    }

    /// Its clock.
    pub fn clock(&self) -> Clock {
        let (world, skew) = (Arc::clone(&self.world), Arc::clone(&self.skew_ms));
        Clock::simulated(move || {
            let skew = SignedDuration::from_millis(skew.load(Ordering::Relaxed));
            world
                .now()
                .saturating_add(skew)
                .unwrap_or_else(|_| world.now())
        })
    }

    /// True until it has died.
    pub fn is_alive(&self) -> bool {
        self.alive.load(Ordering::Relaxed)
    }

    /// Waits until it has died.
    pub async fn has_died(&self) {
        while self.is_alive() {
            self.died.notified().await;
        }
    }

    /// Writes a line of history.
    pub fn tell(&self, line: impl AsRef<str>) {
        self.world
            .tell(format!("p{} {}", self.number, line.as_ref()));
    }

    /// Kills it.
    pub fn kill(&self) {
        self.alive.store(false, Ordering::Relaxed);
        self.died.notify_one();
    }

    /// Begins a step: waits while the process stands still, takes its time, may die.
    pub async fn enter(&self, hop: Hop) -> Visit {
        let visit = self.world.chance.visit(hop);
        self.live().await;
        let latency = self.world.chance.pick(0..12);
        tokio::time::sleep(Duration::from_millis(latency)).await;
        if self.world.chance.strikes(visit, Fault::CrashBefore) {
            self.die(hop, "before").await;
        }
        self.befalls(visit);
        self.live().await;
        visit
    }

    /// Ends a step that was done: may die before the caller learns of it.
    pub async fn leave(&self, visit: Visit, hop: Hop) {
        if self.world.chance.strikes(visit, Fault::CrashAfter) {
            self.die(hop, "after").await;
        }
        self.live().await;
    }

    /// What befalls the process as a whole.
    fn befalls(&self, visit: Visit) {
        let chance = &self.world.chance;
        if chance.strikes(visit, Fault::Freeze) {
            let longest = self.world.plan.longest_freeze();
            let longest = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
            let pause = Duration::from_millis(chance.pick(1_000..longest));
            self.tell(format!("stands still for {pause:?}"));
            *self.frozen() = Some(Instant::now() + pause);
        }
        if chance.strikes(visit, Fault::ClockJump) {
            let skew = i64::try_from(chance.pick(0..2 * SKEW)).unwrap_or(0)
                - i64::try_from(SKEW).unwrap_or(0);
            self.tell(format!("its clock jumps to {skew} ms off"));
            self.skew_ms.store(skew, Ordering::Relaxed);
        }
    }

    fn frozen(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.frozen_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while it stands still; for ever when it is dead.
    async fn live(&self) {
        loop {
            if !self.is_alive() {
                return pending().await;
            }
            let until = *self.frozen();
            match until {
                Some(until) if until > Instant::now() => tokio::time::sleep_until(until).await,
                _ => return,
            }
        }
    }

    async fn die(&self, hop: Hop, when: &str) {
        self.tell(format!("dies {when} {hop:?}"));
        self.kill();
        pending::<()>().await;
    }
}
