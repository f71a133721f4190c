//! What people are shown of it all: each return is found by everything that it has, and the numbers of a period that reads a part of
//! the store are those of the whole store.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use router::numbers::{self, Ask, Dimension, Dims, Number, Numbers, Told};
use router::search;
use store::{ExceptionFilter, ReturnFilter, SqliteStore, Store, StoreError};
use workflow::ReturnState;

/// Returns that their own terms do not find. Every third is looked for.
pub(crate) async fn lost(
    store: &SqliteStore,
    states: &[ReturnState],
) -> Result<Vec<String>, StoreError> {
    let mut lost = Vec::new();
    for state in states.iter().step_by(3) {
        for (kind, value) in workflow::terms(state) {
            let filter = ReturnFilter {
                terms: vec![search::term(kind, value)],
                ..ReturnFilter::default()
            };
            let found = store.returns(&filter).await?;
            if !found.iter().any(|row| row.return_id == state.return_id()) {
                let (id, kind) = (state.return_id(), kind.word());
                lost.push(format!("{id} is not found by its {kind} {value}"));
            }
        }
    }
    Ok(lost)
}

/// A period of today, and such as begin so long after the end that what has ended tells nothing to them: stories are told up to a week
/// ahead.
pub(crate) async fn mistold(
    store: &SqliteStore,
    states: &[ReturnState],
    now: Timestamp,
) -> Result<Vec<String>, StoreError> {
    let mut wrong = Vec::new();
    for days in [0, 12] {
        let then = now.saturating_add(SignedDuration::from_hours(24 * days));
        let then = then.unwrap_or(Timestamp::MAX);
        let ask = ask(then.to_zoned(TimeZone::UTC).date(), then);
        let told = of_returns(numbers::read(store, ask.clone()).await?);
        let whole = of_returns(whole(store, states, ask).await?);
        let differ = whole.iter().filter(|number| !told.contains(number));
        let surplus = told.iter().filter(|number| !whole.contains(number));
        let wrongly = differ.chain(surplus);
        wrong.extend(wrongly.map(|number| format!("{days} days later: {number:?}")));
    }
    Ok(wrong)
}

/// Without what is counted by day, beside the returns.
fn of_returns(told: Told) -> Vec<Number> {
    let numbers = told.numbers.into_iter();
    numbers
        .filter(|number| number.metric != "duplicate_rate_inbound")
        .collect()
}

fn ask(day: Date, now: Timestamp) -> Ask {
    Ask {
        from: day,
        to: day,
        as_of: now,
        by: vec![Dimension::Warehouse],
        zones: BTreeMap::new(),
        sla_days: 14,
    }
}

async fn whole(store: &SqliteStore, states: &[ReturnState], ask: Ask) -> Result<Told, StoreError> {
    let mut numbers = Numbers::new(ask);
    let mut dims: BTreeMap<&str, Dims> = BTreeMap::new();
    for state in states {
        let ids = [state.return_id().to_owned()];
        numbers.take_return(state, &store.effect_facts(&ids).await?);
        dims.insert(state.return_id(), Dims::of(state.header()));
    }
    for row in store.exceptions(&ExceptionFilter::default()).await? {
        let of_return = dims
            .get(row.return_id.as_str())
            .cloned()
            .unwrap_or_default();
        let warehouse = match row.site.as_str() {
            "" => of_return.warehouse.clone(),
            site => site.to_owned(),
        };
        let dims = Dims {
            adapter: row.connector.clone(),
            warehouse,
            ..of_return
        };
        numbers.take_exception(&row, &dims);
    }
    Ok(numbers.told())
}
