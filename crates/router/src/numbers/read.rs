//! Gives the numbers what the store has.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use store::{ExceptionFilter, Lookup, ReconFilter, Store, StoreError};
use workflow::ReturnState;

use super::goods::ended;
use super::{Ask, Dims, Numbers, Told};
use crate::reconcile::Report;

/// Returns per page.
const AT_ONCE: usize = 500;

/// Between what partners say and our own clock, at most. A return that was last changed before is not of the period.
const AHEAD: SignedDuration = SignedDuration::from_hours(3 * 24);

/// Reads all that the period may be told by, and tells the numbers: returns that have not ended and those that were changed since it
/// began. What is kept meanwhile is a duration per piece of goods.
///
/// # Errors
/// The store's.
pub async fn read(store: &dyn Store, ask: Ask) -> Result<Told, StoreError> {
    let mut told = read_into(store, vec![Numbers::new(ask)]).await?;
    let numbers = told.pop();
    numbers
        .map(Numbers::told)
        .ok_or_else(|| StoreError::Broken("no numbers were asked for".to_owned()))
}

/// Reads everything once, and tells the numbers of each period.
///
/// # Errors
/// The store's.
pub async fn read_each(store: &dyn Store, asks: Vec<Ask>) -> Result<Vec<Told>, StoreError> {
    let each = asks.into_iter().map(Numbers::new).collect();
    let told = read_into(store, each).await?;
    Ok(told.into_iter().map(Numbers::told).collect())
}

/// Gives each of them all that their periods may be told by.
pub(super) async fn read_into(
    store: &dyn Store,
    mut all: Vec<Numbers>,
) -> Result<Vec<Numbers>, StoreError> {
    let since = since(&all);
    let filter = ExceptionFilter {
        alive_since: Some(since),
        ..ExceptionFilter::default()
    };
    let exceptions = store.exceptions(&filter).await?;
    let mut wanted: BTreeSet<&str> = exceptions.iter().map(|e| e.return_id.as_str()).collect();
    wanted.remove("");
    let mut dims: BTreeMap<String, Dims> = BTreeMap::new();
    let alive = store.returns_alive(since, &ended()).await?;
    for ids in alive.chunks(AT_ONCE) {
        let facts = store.effect_facts(ids).await?;
        let mut by_return: BTreeMap<&str, Vec<store::EffectFact>> = BTreeMap::new();
        for fact in &facts {
            let effects = by_return.entry(fact.return_id.as_str()).or_default();
            effects.push(fact.clone());
        }
        for state in states(store, ids).await? {
            let return_id = state.header().return_id.as_str();
            if wanted.remove(return_id) {
                dims.insert(return_id.to_owned(), Dims::of(state.header()));
            }
            let effects = by_return.get(return_id);
            let effects = effects.map_or(&[][..], Vec::as_slice);
            for numbers in &mut all {
                numbers.take_return(&state, effects);
            }
        }
    }
    let others: Vec<String> = wanted.into_iter().map(str::to_owned).collect();
    for ids in others.chunks(AT_ONCE) {
        for state in states(store, ids).await? {
            let header = state.header();
            dims.insert(header.return_id.clone(), Dims::of(header));
        }
    }
    for row in &exceptions {
        let of_return = dims.get(&row.return_id).cloned().unwrap_or_default();
        let site = if row.site.is_empty() {
            of_return.warehouse.clone()
        } else {
            row.site.clone()
        };
        let dims = Dims {
            adapter: row.connector.clone(),
            warehouse: site,
            ..of_return
        };
        for numbers in &mut all {
            numbers.take_exception(row, &dims);
        }
    }
    for numbers in &mut all {
        days(store, numbers).await?;
    }
    Ok(all)
}

/// Before that instant nothing has happened that any of the periods tells.
fn since(all: &[Numbers]) -> Timestamp {
    let first = all.iter().map(|numbers| numbers.ask.from).min();
    let begin = first.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    let begin = begin.and_then(|begin| begin.timestamp().checked_sub(AHEAD).ok());
    begin.unwrap_or(Timestamp::MIN)
}

async fn states(store: &dyn Store, ids: &[String]) -> Result<Vec<ReturnState>, StoreError> {
    let lookups: Vec<Lookup> = ids.iter().cloned().map(Lookup::Id).collect();
    let rows = store.load(&lookups).await?.into_iter().flatten();
    rows.map(|row| {
        serde_json::from_str(&row.state)
            .map_err(|error| StoreError::Broken(format!("return {}: {error}", row.return_id)))
    })
    .collect()
}

/// What is kept by day: tallies, and the daily proof.
async fn days(store: &dyn Store, numbers: &mut Numbers) -> Result<(), StoreError> {
    let (from, to) = (numbers.ask.from, numbers.ask.to);
    for row in store.tallies(from, to).await? {
        numbers.take_tally(&row);
    }
    let filter = ReconFilter {
        from: Some(from),
        to: Some(to),
        ..ReconFilter::default()
    };
    // Latest first: of each day the last run counts.
    let mut days = BTreeSet::new();
    for run in store.recon_runs(&filter).await? {
        if days.insert((run.entity.clone(), run.business_date)) {
            let report: Report = serde_json::from_str(&run.report)
                .map_err(|error| StoreError::Broken(format!("run {}: {error}", run.run_id)))?;
            numbers.take_proof(&report);
        }
    }
    Ok(())
}
