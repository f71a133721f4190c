//! What follows from items: one exception each, ended when the item is.

use std::collections::{BTreeMap, BTreeSet};

use canonical::Money;
use store::{ExceptionFilter, ExceptionRow, ExceptionState, Store, StoreError};

use super::class::{Class, Match};
use super::item::Item;
use super::run::Ask;
use crate::report::Report;

/// Stage of these exceptions.
pub(crate) const STAGE: &str = "reconcile";

/// Gives every item its exception. What has one already (its effect was refused, the item behind it) keeps that; the others
/// get one of their own, which is returned.
pub(super) async fn exceptions(
    store: &dyn Store,
    ask: &Ask,
    items: &mut [Item],
) -> Result<Vec<ExceptionRow>, StoreError> {
    let open = store
        .exceptions(&ExceptionFilter {
            state: Some(ExceptionState::Open),
            ..ExceptionFilter::default()
        })
        .await?;
    let of_effect: BTreeMap<&str, &ExceptionRow> = open
        .iter()
        .filter(|row| row.stage != STAGE && !row.effect_key.is_empty())
        .map(|row| (row.effect_key.as_str(), row))
        .collect();
    let of_return: BTreeMap<(&str, &str), &ExceptionRow> = open
        .iter()
        .filter(|row| row.stage != STAGE && !row.return_id.is_empty())
        .map(|row| ((row.return_id.as_str(), row.code.as_str()), row))
        .collect();
    let of_item: BTreeMap<&str, &ExceptionRow> = open
        .iter()
        .map(|row| (row.fingerprint.as_str(), row))
        .collect();
    let mut rows = Vec::new();
    let mut by_item: BTreeMap<String, String> = BTreeMap::new();
    // Lines come last: what is behind them has its exception by then.
    let (lines, first): (Vec<&mut Item>, Vec<&mut Item>) =
        items.iter_mut().partition(|item| item.matched == Match::C6);
    for item in first.into_iter().chain(lines) {
        // What an exception told of in the first place has it already.
        if !item.class.disproves() || !item.exception_id.is_empty() {
            continue;
        }
        let known = match item.class {
            Class::MissingInErp | Class::Status => of_effect.get(item.effect_key.as_str()),
            Class::AdvanceOverdue => {
                let code = item.class.exception();
                let of_return = of_return.get(&(item.return_id.as_str(), code.word()));
                of_effect.get(item.effect_key.as_str()).or(of_return)
            }
            _ => None,
        };
        let mark = fingerprint(item);
        if let Some(row) = known {
            item.exception_id.clone_from(&row.exception_id);
        } else if let Some(id) = by_item.get(&item.cause) {
            item.exception_id.clone_from(id);
        } else {
            let row = row(ask, item, mark.clone());
            // The same one, if it is open: it is counted.
            let id = of_item
                .get(mark.as_str())
                .map_or(&row.exception_id, |open| &open.exception_id);
            item.exception_id.clone_from(id);
            rows.push(row);
        }
        by_item.insert(item.item_key(), item.exception_id.clone());
    }
    Ok(rows)
}

/// Fingerprints of items that are no more, with what to write into their exceptions.
pub(super) fn ended(before: &[Item], now: &[Item], run_id: &str) -> Vec<(String, String)> {
    let open: BTreeSet<String> = now.iter().map(Item::item_key).collect();
    let gone = before
        .iter()
        .filter(|item| item.class.disproves() && !open.contains(&item.item_key()));
    gone.map(|item| {
        let resolution = format!("the daily proof found it put right (run {run_id})");
        (fingerprint(item), resolution)
    })
    .collect()
}

fn fingerprint(item: &Item) -> String {
    format!("recon|{}", item.item_key())
}

fn row(ask: &Ask, item: &Item, fingerprint: String) -> ExceptionRow {
    let amount = item
        .delta_minor
        .zip(item.currency)
        .map(|(minor, currency)| Money::new(minor.saturating_abs(), currency));
    Report::new(STAGE, item.class.exception())
        .reason(format!(
            "{} {} of {} {}: {}",
            item.matched.word(),
            item.class.word(),
            ask.entity,
            item.business_date,
            item.reason
        ))
        .about(&item.return_id, &item.effect_key)
        .owner(&item.connector, "", "")
        .money(amount)
        .fingerprint(fingerprint)
        .row(ask.now, String::new(), bytes::Bytes::new())
}
