//! What those tried whom nobody knows: it is in the audit, under the address that it came from. They cannot fill it: in a
//! minute so many entries are written, and one that says that there were more, which are in the log.

use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use store::{AuditEntry, Unit};
use tokio::time::Instant;

use crate::api::App;
use crate::gate::Ids;

/// Entries within [`WINDOW`].
const MOST: u32 = 60;
const WINDOW: Duration = Duration::from_mins(1);

/// Entries of the minute that goes by.
#[derive(Debug, Default)]
pub(crate) struct Written(Mutex<Option<(Instant, u32)>>);

/// What becomes of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Written,
    /// The last one of this minute that is written.
    Last,
    LogAlone,
}

impl Written {
    fn another(&self, now: Instant) -> Fate {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = match *written {
            Some((since, count)) if now.duration_since(since) < WINDOW => (since, count + 1),
            _ => (now, 1),
        };
        *written = Some((since, count.min(MOST + 1)));
        match count.cmp(&MOST) {
            std::cmp::Ordering::Less => Fate::Written,
            std::cmp::Ordering::Equal => Fate::Last,
            std::cmp::Ordering::Greater => Fate::LogAlone,
        }
    }
}

/// Somebody from there tried that and was refused. No text of theirs is written: it may be a password.
pub(crate) async fn tried(app: &App, from: IpAddr, what: (&'static str, &str), ids: &Ids) {
    tried_and_refused(app, from, what, "", ids).await;
}

/// The same with the reason, in words of ours; empty for none.
pub(crate) async fn tried_and_refused(
    app: &App,
    from: IpAddr,
    (action, subject): (&'static str, &str),
    why: &str,
    ids: &Ids,
) {
    tracing::warn!(%from, action, subject, why, request.id = %ids.request, "a stranger is refused");
    let fate = app.strangers.another(Instant::now());
    if fate == Fate::LogAlone {
        return;
    }
    let mut body = serde_json::json!({ "request_id": ids.request });
    if !why.is_empty() {
        body["why"] = why.into();
    }
    if fate == Fate::Last {
        body["more"] = "what else was tried within this minute is in the log alone".into();
    }
    let entry = AuditEntry {
        at: app.api.clock.now(),
        actor: format!("address/{from}"),
        action: action.to_owned(),
        subject: subject.to_owned(),
        correlation_id: ids.correlation.clone(),
        after_hash: String::new(),
        body: body.to_string(),
    };
    let unit = Unit {
        audit: vec![entry],
        ..Unit::default()
    };
    if let Err(error) = app.store().commit(vec![unit], Vec::new()).await {
        tracing::warn!(%error, "what a stranger tried is not in the audit");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn strangers_do_not_fill_the_audit() {
        let written = Written::default();
        let fates: Vec<Fate> = (0..100).map(|_| written.another(Instant::now())).collect();
        let of = |fate| fates.iter().filter(|one| **one == fate).count();
        assert_eq!(
            (of(Fate::Written), of(Fate::Last), of(Fate::LogAlone)),
            (59, 1, 40)
        );
        tokio::time::advance(WINDOW).await;
        assert_eq!(written.another(Instant::now()), Fate::Written);
    }
}
