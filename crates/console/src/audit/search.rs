//! Looks for entries of the audit: by position, by subject, and entry by entry for everything else.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::{AuditFilter, AuditRow, Store, StoreError};

use super::{AuditQuery, Order};
use crate::page;
use crate::problem::Problem;

/// Entries that a page looks at, when neither the position nor the subject says which.
const SCAN: u64 = 50_000;
/// Clocks of processes that write one audit differ by less: within it times go with positions.
const SLACK: SignedDuration = SignedDuration::from_hours(1);

/// What is looked for, and how far it came.
pub(super) struct Search {
    filter: AuditFilter,
    /// Nothing behind that position is looked at.
    end: u64,
}

impl Search {
    /// What was asked for. Entries that are written from now on are not looked at.
    pub(super) async fn of(store: &dyn Store, asked: &AuditQuery) -> Result<Self, Problem> {
        let texts = [&asked.subject, &asked.actor, &asked.action];
        if texts.iter().any(|text| text.contains('\0')) {
            let detail = "what is looked for has no NUL in it";
            return Err(Problem::bad_request("api.query", detail));
        }
        let (head, _) = store.audit_head().await?;
        let (since, until) = (
            instant(&asked.since, "since", false)?,
            instant(&asked.until, "until", true)?,
        );
        let mut after = asked.after.unwrap_or(0);
        let mut end = asked
            .before
            .map_or(head, |before| head.min(before.saturating_sub(1)));
        if let Some(since) = since.and_then(|at| at.checked_sub(SLACK).ok()) {
            after = after.max(before(store, head, since).await?);
        }
        if let Some(until) = until.and_then(|at| at.checked_add(SLACK).ok()) {
            end = end.min(before(store, head, until).await?);
        }
        let filter = AuditFilter {
            subject: asked.subject.clone(),
            actor: asked.actor.clone(),
            action: asked.action.clone(),
            since,
            until,
            after,
            before: None,
            latest_first: asked.order == Order::Latest,
            limit: 0,
        };
        Ok(Self { filter, end })
    }

    /// The next entries, at most so many, and the position at which to read on.
    pub(super) async fn page(
        &mut self,
        store: &dyn Store,
        limit: usize,
    ) -> Result<(Vec<AuditRow>, Option<u64>), StoreError> {
        let (after, end) = (self.filter.after, self.end);
        let is_quick = !self.filter.subject.is_empty();
        // The part that is looked at: (low, high].
        let (low, high) = match self.filter.latest_first {
            _ if is_quick => (after, end),
            false => (after, end.min(after.saturating_add(SCAN))),
            true => (after.max(end.saturating_sub(SCAN)), end),
        };
        let filter = AuditFilter {
            after: low,
            before: Some(high.saturating_add(1)),
            limit: limit.saturating_add(1),
            ..self.filter.clone()
        };
        let mut rows = store.audit_found(filter).await?;
        let cut = page::cut(&mut rows, limit).map(|row| row.seq);
        let next = if self.filter.latest_first {
            let seen = cut.or_else(|| (low > after).then_some(low.saturating_add(1)));
            self.end = seen.map_or(after, |seen| seen.saturating_sub(1));
            seen
        } else {
            let seen = cut.or_else(|| (high < end).then_some(high));
            self.filter.after = seen.unwrap_or(end);
            seen
        };
        Ok((rows, next))
    }
}

/// An instant, or the begin or the end of a day.
fn instant(text: &str, name: &str, is_end: bool) -> Result<Option<Timestamp>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let day = |date: Date| {
        let date = if is_end { date.tomorrow() } else { Ok(date) };
        let zoned = date.and_then(|date| date.to_zoned(TimeZone::UTC));
        zoned.map(|zoned| zoned.timestamp())
    };
    let read = match text.parse::<Timestamp>() {
        Ok(at) => Ok(at),
        Err(_) => text.parse::<Date>().and_then(day),
    };
    read.map(Some).map_err(|_| {
        let detail = format!(
            "{name} is a day such as 2026-03-01, or an instant such as 2026-03-01T09:00:00Z"
        );
        Problem::bad_request("api.query", detail)
    })
}

/// The last position of which everything up to it was written before that time; halving, as positions are gapless.
async fn before(store: &dyn Store, head: u64, at: Timestamp) -> Result<u64, StoreError> {
    let (mut low, mut high) = (0, head);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let found = store.audit("", middle.saturating_sub(1), 1).await?;
        match found.first() {
            Some(row) if row.entry.at < at => low = middle,
            _ => high = middle.saturating_sub(1),
        }
    }
    Ok(low)
}

#[cfg(test)]
mod tests {
    use super::instant;

    #[test]
    fn a_day_is_meant_as_a_whole() {
        let text = |text: &str, is_end| {
            instant(text, "since", is_end)
                .unwrap()
                .map(|at| at.to_string())
        };
        assert_eq!(text("", true), None);
        assert_eq!(text("2026-03-01", false).unwrap(), "2026-03-01T00:00:00Z");
        assert_eq!(text("2026-03-01", true).unwrap(), "2026-03-02T00:00:00Z");
        assert_eq!(
            text("2026-03-01T09:00:00+01:00", true).unwrap(),
            "2026-03-01T08:00:00Z"
        );
        assert!(instant("yesterday", "since", false).is_err());
        assert!(instant("9999-12-31", "until", true).is_err());
    }
}
