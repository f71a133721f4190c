//! Gives the numbers what the store has.

use std::collections::{BTreeMap, BTreeSet};

use store::{ExceptionFilter, ReconFilter, Store, StoreError};
use workflow::ReturnState;

use super::{Ask, Dims, Numbers, Told};
use crate::reconcile::Report;

/// Returns per page.
const AT_ONCE: usize = 500;

/// Reads everything and tells the numbers. Pages through all returns; what is kept meanwhile is a duration per piece of goods.
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

/// Gives everything to each of them.
pub(super) async fn read_into(
    store: &dyn Store,
    mut all: Vec<Numbers>,
) -> Result<Vec<Numbers>, StoreError> {
    let exceptions = store.exceptions(&ExceptionFilter::default()).await?;
    let mut wanted: BTreeSet<&str> = exceptions.iter().map(|e| e.return_id.as_str()).collect();
    wanted.remove("");
    let mut dims: BTreeMap<String, Dims> = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = store.returns_after(&after, AT_ONCE).await?;
        let ids: Vec<String> = page.iter().map(|row| row.return_id.clone()).collect();
        let facts = store.effect_facts(&ids).await?;
        let mut by_return: BTreeMap<&str, Vec<store::EffectFact>> = BTreeMap::new();
        for fact in &facts {
            let effects = by_return.entry(fact.return_id.as_str()).or_default();
            effects.push(fact.clone());
        }
        for row in &page {
            let state: ReturnState = serde_json::from_str(&row.state).map_err(|error| {
                StoreError::Broken(format!("return {}: {error}", row.return_id))
            })?;
            if wanted.contains(row.return_id.as_str()) {
                dims.insert(row.return_id.clone(), Dims::of(state.header()));
            }
            let effects = by_return.get(row.return_id.as_str());
            let effects = effects.map_or(&[][..], Vec::as_slice);
            for numbers in &mut all {
                numbers.take_return(&state, effects);
            }
        }
        match page.last() {
            Some(last) if page.len() == AT_ONCE => after.clone_from(&last.return_id),
            _ => break,
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
