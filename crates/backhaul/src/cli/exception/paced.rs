//! Replays of many: a few first, and the rest only when those went well; so many a second.
//!
//! What was replayed is closed, what was not is open: the exceptions themselves say how far a run has come. So a run that
//! was cut off, however, goes on when the same command is given again, and two at once do each exception once.

use std::time::Duration;

use jiff::Timestamp;
use router::desk::{self, Decided, Replay};
use store::{EffectState, ExceptionRow, ExceptionState, Store};
use tokio::time::{Instant, sleep};

use super::{Ended, output};

/// How fast, and how carefully.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// So many first.
    pub(super) canary: usize,
    /// How long those are watched.
    pub(super) watch: Duration,
    /// At most so many a second; 0 for no bound.
    pub(super) rate: u32,
}

/// What became of the first ones.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Canary {
    Well,
    /// Not known yet.
    Waiting,
    /// Failed again, because.
    Failed(String),
}

/// Decisions, by exception; and why the rest was left, if it was.
pub(super) struct Run {
    pub(super) decisions: Vec<(String, Decided)>,
    pub(super) left: Option<String>,
}

/// Replays them, oldest first.
pub(super) async fn replay(
    store: &dyn Store,
    mut rows: Vec<ExceptionRow>,
    how: Replay<'_>,
    pace: Pace,
) -> Result<Run, Ended> {
    rows.sort_by(|a, b| (a.opened_at, &a.exception_id).cmp(&(b.opened_at, &b.exception_id)));
    let mut run = Run {
        decisions: Vec::with_capacity(rows.len()),
        left: None,
    };
    let first = rows.len().min(pace.canary);
    let (canary, rest) = rows.split_at(first);
    for row in canary {
        one(store, row, how, &mut run).await?;
    }
    if first > 0 && !rest.is_empty() {
        match watched(store, canary, pace.watch).await? {
            Canary::Well => {}
            Canary::Waiting => {
                run.left = Some(format!(
                    "what became of the first {first} is not known after {:?}: {} others are untouched; look at those \
                     first, then give the same command again",
                    pace.watch,
                    rest.len()
                ));
                return Ok(run);
            }
            Canary::Failed(why) => {
                run.left = Some(format!(
                    "of the first {first} one failed again ({why}): {} others are untouched; mend the cause first",
                    rest.len()
                ));
                return Ok(run);
            }
        }
    }
    let begun = Instant::now();
    for (n, row) in (0_u32..).zip(rest) {
        if let Some(at) = due(n, pace.rate) {
            sleep(at.saturating_sub(begun.elapsed())).await;
        }
        one(store, row, how, &mut run).await?;
        let done = run.decisions.len();
        if done.is_multiple_of(500) {
            output::complain(&format!("{done} of {}", rows.len()));
        }
    }
    Ok(run)
}

async fn one(
    store: &dyn Store,
    row: &ExceptionRow,
    how: Replay<'_>,
    run: &mut Run,
) -> Result<(), Ended> {
    let decided = desk::replay(store, row, how, Timestamp::now()).await?;
    run.decisions.push((row.exception_id.clone(), decided));
    Ok(())
}

/// When the n-th is due after the first.
fn due(n: u32, rate: u32) -> Option<Duration> {
    let per = Duration::from_secs(1).checked_div(rate)?;
    Some(per.saturating_mul(n))
}

/// Watches what was replayed. Effects tell when they are done; of a message nothing is heard when it went well, so that it
/// is watched to the end.
async fn watched(
    store: &dyn Store,
    canary: &[ExceptionRow],
    watch: Duration,
) -> Result<Canary, Ended> {
    let until = Instant::now() + watch;
    loop {
        let mut all = Canary::Well;
        let mut heard = true;
        for row in canary {
            match seen(store, row).await? {
                Canary::Well => heard &= !row.effect_key.is_empty(),
                Canary::Waiting => all = Canary::Waiting,
                failed @ Canary::Failed(_) => return Ok(failed),
            }
        }
        if (all == Canary::Well && heard) || Instant::now() >= until {
            return Ok(all);
        }
        sleep(Duration::from_millis(250)).await;
    }
}

async fn seen(store: &dyn Store, row: &ExceptionRow) -> Result<Canary, Ended> {
    if let Some(now) = store.exception(&row.exception_id).await?
        && now.state == ExceptionState::Open
    {
        return Ok(Canary::Failed(now.reason));
    }
    if row.effect_key.is_empty() {
        return Ok(Canary::Well);
    }
    let Some(effect) = store.effect(&row.effect_key).await? else {
        return Ok(Canary::Waiting);
    };
    Ok(match effect.state {
        EffectState::Confirmed => Canary::Well,
        EffectState::Rejected | EffectState::Ambiguous | EffectState::Parked => {
            Canary::Failed(effect.failure_text)
        }
        EffectState::Planned
        | EffectState::Ready
        | EffectState::InFlight
        | EffectState::Unknown
        | EffectState::Cancelled => Canary::Waiting,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_a_second() {
        assert_eq!(due(5, 0), None, "no bound");
        assert_eq!(due(0, 50), Some(Duration::ZERO));
        assert_eq!(due(100, 50), Some(Duration::from_secs(2)));
    }
}
