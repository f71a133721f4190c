//! One look at the store for all who follow: while there is a stream, and never more than one.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use store::{ExceptionFilter, ReplayRunFilter, Store, StoreError};
use tokio::sync::broadcast::{self, Receiver, Sender, WeakSender};

use super::super::Console;
use super::news::{News, Signs};
use super::seats::{Full, Of, Seats};
use crate::problem::Problem;

/// Between two looks.
const EVERY: Duration = Duration::from_millis(500);
/// Entries of the audit that are read at once; when there are more, everybody has to look.
const ENTRIES: usize = 500;
/// Exceptions and runs that are compared: those that were changed last.
const LATEST: usize = 20;
/// News that may wait for somebody who is slow; whoever misses some has to look.
const WAITING: usize = 16;
/// Whoever was refused may ask again after that time.
const LATER: Duration = Duration::from_mins(1);

/// Those who follow.
#[derive(Debug, Default)]
pub(in crate::pages) struct Live(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    seats: Seats,
    /// Held by whoever looks; gone when nobody does.
    news: Option<WeakSender<Arc<News>>>,
}

impl Live {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// True if nobody follows any more: the look ends then, and the next stream begins another.
    fn is_over(&self) -> bool {
        let mut kept = self.kept();
        let is_over = kept.seats.is_empty();
        if is_over {
            kept.news = None;
        }
        is_over
    }
}

/// The place of one stream. Left when it is dropped.
pub(super) struct Seat {
    console: Arc<Console>,
    of: Of,
    /// News of each look, also when there is nothing new; none when nobody looks any more.
    pub(super) news: Receiver<Arc<News>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.console.live.kept().seats.leave(self.of);
    }
}

/// Takes a place for a stream of that session.
pub(super) fn sit(console: &Arc<Console>, of: Of) -> Result<Seat, Problem> {
    let mut kept = console.live.kept();
    kept.seats.take(of).map_err(refused)?;
    let looking = kept.news.as_ref().and_then(WeakSender::upgrade);
    let news = looking.map_or_else(
        || {
            let (sender, news) = broadcast::channel(WAITING);
            kept.news = Some(sender.downgrade());
            tokio::spawn(keep_looking(Arc::clone(console), sender));
            news
        },
        |sender| sender.subscribe(),
    );
    Ok(Seat {
        console: Arc::clone(console),
        of,
        news,
    })
}

fn refused(full: Full) -> Problem {
    let mut problem = match full {
        Full::Session => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "console.streams",
            "So many pages of this session are told at once when something changes; the others look by themselves.",
        ),
        Full::All => {
            Problem::later("So many pages are told at once when something changes: ask later.")
        }
    };
    problem.retry_after = Some(LATER);
    problem
}

/// Looks until nobody follows, or the sidecar stops.
async fn keep_looking(console: Arc<Console>, sender: Sender<Arc<News>>) {
    let stop = console.app.api.stop.clone();
    let mut signs = None;
    let mut is_lost = false;
    loop {
        let news = match look(console.app.store(), signs.as_ref()).await {
            Ok((now, news)) => {
                signs = Some(now);
                is_lost = false;
                news
            }
            Err(error) => {
                if !is_lost {
                    tracing::warn!(%error, "pages that are open wait for the store");
                }
                is_lost = true;
                News::default()
            }
        };
        // Those who have left hear nothing.
        drop(sender.send(Arc::new(news)));
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
        if console.live.is_over() {
            return;
        }
    }
}

/// What there is now, and what is new since the look before; nothing if there was none.
async fn look(store: &dyn Store, before: Option<&Signs>) -> Result<(Signs, News), StoreError> {
    let mut news = News::default();
    let mut now = Signs::default();
    match before {
        None => now.head = store.audit_head().await?.0,
        Some(before) => {
            let entries = store.audit("", before.head, ENTRIES).await?;
            now.head = entries.last().map_or(before.head, |row| row.seq);
            for row in &entries {
                news.hear(&row.entry);
            }
            if entries.len() >= ENTRIES {
                now.head = store.audit_head().await?.0;
                news = News::much();
            }
        }
    }
    let latest = ExceptionFilter {
        limit: LATEST,
        ..ExceptionFilter::default()
    };
    let rows = store.exceptions(&latest).await?.into_iter();
    now.troubles = rows
        .map(|row| (row.exception_id, row.updated_at, row.return_id))
        .collect();
    now.runs = runs(store).await?;
    now.approvals = match before {
        // They change with their returns alone.
        Some(before) if !news.is_of_returns() => before.approvals.clone(),
        _ => {
            let rows = store.open_approvals().await?.into_iter();
            rows.map(|row| (row.approval_id, row.return_id)).collect()
        }
    };
    if let Some(before) = before {
        news.compare(before, &now);
    }
    Ok((now, news))
}

async fn runs(store: &dyn Store) -> Result<BTreeSet<(String, u64)>, StoreError> {
    let latest = ReplayRunFilter {
        limit: LATEST,
        ..ReplayRunFilter::default()
    };
    let active = ReplayRunFilter {
        is_active: true,
        ..ReplayRunFilter::default()
    };
    let mut runs = BTreeSet::new();
    for filter in [latest, active] {
        let rows = store.replay_runs(filter).await?.into_iter();
        runs.extend(rows.map(|row| (row.run_id, row.revision)));
    }
    Ok(runs)
}
