//! The loop of a sidecar that drives the runs of its store.
//!
//! Each step writes down what it is about to give back, gives it back, and writes down what became of it. So a run that is
//! cut off anywhere goes on with the right count, and a wish to cancel is heard between two steps. Of several sidecars one
//! drives a run: whoever holds it, until it stops writing.

use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use store::{Clock, ExceptionState, ReplayRunFilter, Store, StoreError};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::canary::{self, Canary};
use super::keep::{self, Changed, change, entry};
use super::run::{Fate, Phase, Position, ReplayRun};
use crate::desk::{self, Decided, Replay};
use crate::routes::Routes;

/// Between two looks for runs.
const EVERY: Duration = Duration::from_secs(1);
/// Between two looks at the first ones.
const WATCH: Duration = Duration::from_millis(500);
/// Who writes what the driver decides by itself.
const WHO: &str = "replay";

/// Drives runs.
#[derive(Clone)]
pub(crate) struct Driver {
    /// Store.
    pub(crate) store: Arc<dyn Store>,
    /// Routes as configured: an effect may have another way than when it was planned.
    pub(crate) routes: Arc<Routes>,
    /// Name of this process: the holder of the runs that it drives.
    pub(crate) process: String,
    /// Clock of this process.
    pub(crate) clock: Clock,
}

/// What is still to be given back, oldest first.
struct Rest {
    /// Since the run was resumed so often.
    resumed: u32,
    rows: VecDeque<(Position, String)>,
}

impl Driver {
    /// Runs until told to stop. What it drove is left to others at once.
    ///
    /// # Errors
    /// When the store is broken.
    pub(crate) async fn run(self, stop: CancellationToken) -> Result<(), String> {
        let mut tasks = JoinSet::new();
        let mut driven: BTreeMap<String, AbortHandle> = BTreeMap::new();
        while !stop.is_cancelled() {
            driven.retain(|_, task| !task.is_finished());
            while tasks.try_join_next().is_some() {}
            let active = ReplayRunFilter {
                is_active: true,
                ..ReplayRunFilter::default()
            };
            // Not read here: one that cannot be read, as of a later version, holds up no other.
            match self.store.replay_runs(active).await {
                Ok(rows) => {
                    for row in rows {
                        driven.entry(row.run_id.clone()).or_insert_with(|| {
                            tasks.spawn(self.clone().drive(row.run_id, stop.clone()))
                        });
                    }
                }
                Err(broken @ StoreError::Broken(_)) => return Err(broken.to_string()),
                Err(StoreError::Unavailable(error)) => {
                    tracing::warn!(%error, "runs of replays are not looked at now");
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = sleep(EVERY) => {}
            }
        }
        while tasks.join_next().await.is_some() {}
        Ok(())
    }

    /// Drives a run until it is over, or another has it, or the process stops.
    async fn drive(self, run_id: String, stop: CancellationToken) {
        let mut rest = None;
        let mut next = Instant::now();
        loop {
            let step = self.step(&run_id, &mut rest, &mut next, &stop).await;
            match step {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return,
                Err(error) => {
                    // Whoever looks for runs next finds it again.
                    tracing::warn!(%error, replay.run = %run_id, "a run of replays was cut short; it goes on later");
                    return;
                }
            }
            if stop.is_cancelled() {
                self.let_go(&run_id).await;
                return;
            }
        }
    }

    /// One step of a run.
    async fn step(
        &self,
        run_id: &str,
        rest: &mut Option<Rest>,
        next: &mut Instant,
        stop: &CancellationToken,
    ) -> Result<ControlFlow<()>, StoreError> {
        let Some(run) = self.held(run_id).await? else {
            return Ok(ControlFlow::Break(()));
        };
        if !run.under_way().is_empty() {
            let ids = run.under_way().to_vec();
            let goes_on = run.phase == Phase::First || run.phase == Phase::Rest;
            return self.give(&run, &ids, goes_on, next).await;
        }
        match &run.phase {
            Phase::Watching { until } => self.watch(&run, *until, stop).await,
            Phase::First | Phase::Rest => {
                if rest.as_ref().is_none_or(|rest| rest.resumed != run.resumed) {
                    *rest = Some(self.rest(&run).await?);
                }
                match rest {
                    Some(rest) => self.batch(&run, &mut rest.rows, next).await,
                    None => Ok(ControlFlow::Continue(())),
                }
            }
            Phase::Asking { .. }
            | Phase::Done
            | Phase::Stopped { .. }
            | Phase::Cancelled { .. } => Ok(ControlFlow::Break(())),
        }
    }

    /// The run as it is, if there is something to do and nobody else does it.
    async fn held(&self, run_id: &str) -> Result<Option<ReplayRun>, StoreError> {
        let now = self.clock.now();
        let run = keep::run_of(self.store.as_ref(), run_id).await?;
        match run {
            Some(run) if !run.is_active() => return Ok(None),
            Some(run) if run.is_held_long_by(&self.process, now) => return Ok(Some(run)),
            Some(_) => {}
            None => return Ok(None),
        }
        self.change(run_id, |run| {
            if run.is_active() && run.hold(&self.process, now) {
                Ok(None)
            } else {
                Err(())
            }
        })
        .await
    }

    /// What is meant and was not come by yet.
    async fn rest(&self, run: &ReplayRun) -> Result<Rest, StoreError> {
        let rows = keep::open_of(self.store.as_ref(), &run.chosen).await?;
        let rest = rows
            .iter()
            .filter(|row| row.opened_at <= run.started_at && !run.passed(row))
            .map(|row| (Position::of(row), row.exception_id.clone()));
        Ok(Rest {
            resumed: run.resumed,
            rows: rest.collect(),
        })
    }

    /// Gives the next ones back, or ends the phase.
    async fn batch(
        &self,
        run: &ReplayRun,
        rest: &mut VecDeque<(Position, String)>,
        next: &mut Instant,
    ) -> Result<ControlFlow<()>, StoreError> {
        let now = self.clock.now();
        let many = run.step().min(rest.len());
        let rows: Vec<_> = rest.drain(..many).collect();
        let is_last = rest.is_empty();
        let ids: Vec<String> = rows.iter().map(|(_, id)| id.clone()).collect();
        let begun = self.change(&run.run_id, |run| {
            if !run.is_held_by(&self.process) || !run.is_active() || !run.under_way().is_empty() {
                return Err(());
            }
            if rows.is_empty() {
                run.next_phase(is_last, now);
                let is_over = run.phase == Phase::Done;
                return Ok(is_over.then(|| entry(run, WHO, "replay.done", now)));
            }
            run.begin(&rows);
            Ok(None)
        });
        match begun.await? {
            // Cancelled meanwhile, or another's by now: the next step says which.
            None => Ok(ControlFlow::Continue(())),
            Some(run) if ids.is_empty() => {
                if run.phase == Phase::Done {
                    tracing::info!(replay.run = %run.run_id, done = run.done, refused = run.refused, "a run of replays is done");
                }
                Ok(ControlFlow::Continue(()))
            }
            Some(run) => self.give(&run, &ids, true, next).await,
        }
    }

    /// Gives those back, and counts them. Those of a run that does not go on are only counted.
    async fn give(
        &self,
        run: &ReplayRun,
        ids: &[String],
        goes_on: bool,
        next: &mut Instant,
    ) -> Result<ControlFlow<()>, StoreError> {
        let per = Duration::from_secs(1).checked_div(match run.phase {
            Phase::Rest => run.rate,
            _ => 0,
        });
        let mut fates = Vec::with_capacity(ids.len());
        for id in ids {
            if let Some(per) = per.filter(|_| goes_on) {
                // A pace, not a debt: what was missed is not made up for.
                *next = (*next).max(Instant::now().checked_sub(per).unwrap_or(*next));
                tokio::time::sleep_until(*next).await;
                *next += per;
            }
            fates.push(self.one(run, id, goes_on).await?);
        }
        let counted = self.change(&run.run_id, |run| {
            if run.under_way() != ids {
                return Err(());
            }
            run.count(&fates);
            Ok(None)
        });
        counted.await?;
        Ok(ControlFlow::Continue(()))
    }

    async fn one(&self, run: &ReplayRun, id: &str, goes_on: bool) -> Result<Fate, StoreError> {
        // Lists come without bytes, and a message is replayed from its bytes.
        let Some(row) = self.store.exception(id).await? else {
            return Ok(Fate::Gone);
        };
        match row.state {
            ExceptionState::Replayed => return Ok(Fate::Done),
            ExceptionState::Open if goes_on => {}
            _ => return Ok(Fate::Gone),
        }
        let how = Replay {
            who: &run.who,
            vouched: run.vouched,
            routes: &self.routes,
        };
        let decided = desk::replay(self.store.as_ref(), &row, how, self.clock.now()).await?;
        Ok(match decided {
            Decided::Done(_) => Fate::Done,
            Decided::Refused(why) => Fate::Refused(why),
        })
    }

    /// Watches the first ones.
    async fn watch(
        &self,
        run: &ReplayRun,
        until: jiff::Timestamp,
        stop: &CancellationToken,
    ) -> Result<ControlFlow<()>, StoreError> {
        let seen = canary::look(self.store.as_ref(), run.canaries()).await?;
        let now = self.clock.now();
        let is_over = now >= until;
        let why = match seen {
            Canary::Failed(why) => Some(
                [
                    "one of the first ones failed again: ",
                    &why,
                    ". Mend the cause, then resume",
                ]
                .concat(),
            ),
            Canary::Waiting if is_over => Some(
                "what became of the first ones is not known yet. Look at those, then resume"
                    .to_owned(),
            ),
            Canary::Well { is_sure } if is_sure || is_over => None,
            Canary::Waiting | Canary::Well { .. } => {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = sleep(WATCH) => {}
                }
                return Ok(ControlFlow::Continue(()));
            }
        };
        if let Some(why) = &why {
            tracing::warn!(replay.run = %run.run_id, %why, "a run of replays is stopped");
        }
        let changed = self.change(&run.run_id, |run| {
            if !run.is_held_by(&self.process) || !matches!(run.phase, Phase::Watching { .. }) {
                return Err(());
            }
            let Some(why) = &why else {
                run.next_phase(false, now);
                return Ok(None);
            };
            run.phase = Phase::Stopped { why: why.clone() };
            Ok(Some(entry(run, WHO, "replay.stopped", now)))
        });
        changed.await?;
        Ok(ControlFlow::Continue(()))
    }

    /// Leaves a run to others at once. If that fails they wait until it counts as lost.
    async fn let_go(&self, run_id: &str) {
        let left = self.change(run_id, |run| {
            run.let_go(&self.process);
            Ok(None)
        });
        if let Err(error) = left.await {
            tracing::debug!(%error, replay.run = %run_id, "a run of replays was not let go");
        }
    }

    async fn change(
        &self,
        run_id: &str,
        with: impl FnMut(&mut ReplayRun) -> Result<Option<store::AuditEntry>, ()>,
    ) -> Result<Option<ReplayRun>, StoreError> {
        let changed = change(self.store.as_ref(), run_id, self.clock.now(), with);
        Ok(match changed.await? {
            Changed::Written(run) => Some(*run),
            Changed::Left(()) | Changed::Missing => None,
        })
    }
}
