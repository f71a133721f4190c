//! INV-8: stock follows the goods.

use std::collections::BTreeMap;

use canonical::{CommandData, StockStatus};
use workflow::{Bucket, ReturnState};

use super::World;

/// Millionths of an item in a status.
type Stock = BTreeMap<(String, StockStatus), i64>;

/// Buckets of goods that came and are not disposed.
const ON_HOLD: &[Bucket] = &[
    Bucket::Received,
    Bucket::OverHold,
    Bucket::UnmatchedHold,
    Bucket::PendingInspection,
    Bucket::Inspected,
];

/// Stock that was moved, and not moved back, is what was disposed with a stock effect; what is on hold in the ERP is what
/// came and is not disposed.
pub(super) fn check(world: &World, state: &ReturnState) {
    let mut moved: Stock = BTreeMap::new();
    for (key, (command, _)) in &world.effects {
        let CommandData::MoveStock(movement) = &command.data else {
            continue;
        };
        if world.cancelled.contains(key) {
            continue;
        }
        for (status, sign) in [(movement.to_status, 1), (movement.from_status, -1)] {
            *moved.entry((movement.sku.clone(), status)).or_default() +=
                sign * movement.base_qty.millionths();
        }
    }
    let mut disposed: Stock = BTreeMap::new();
    let before = if world.books_arrivals {
        StockStatus::ReturnsHold
    } else {
        StockStatus::None
    };
    for line in state.lines() {
        // what a customer keeps never was in stock
        let kept: i64 = state
            .slices()
            .iter()
            .filter(|slice| slice.line_no == line.line.line_no && slice.disposition.is_empty())
            .map(|slice| slice.qty.millionths())
            .sum();
        let here = line.buckets.sum(ON_HOLD).millionths()
            + line.buckets.sum(Bucket::DISPOSED).millionths()
            - kept;
        // of goods that nobody has decided on the ERP knows nothing
        if world.books_arrivals && !state.waits_for_identification() {
            for (status, sign) in [(before, 1), (StockStatus::None, -1)] {
                *disposed.entry((line.line.sku.clone(), status)).or_default() += sign * here;
            }
        }
    }
    for slice in state.slices() {
        let line = state
            .lines()
            .iter()
            .find(|l| l.line.line_no == slice.line_no)
            .unwrap();
        if let Some(target) = slice.target {
            *disposed.entry((line.line.sku.clone(), target)).or_default() += slice.qty.millionths();
            *disposed.entry((line.line.sku.clone(), before)).or_default() -= slice.qty.millionths();
        }
    }
    moved.retain(|_, qty| *qty != 0);
    disposed.retain(|_, qty| *qty != 0);
    assert_eq!(moved, disposed, "stock follows the goods");
    check_posted(world);
}

/// What the ERP was told so far, in whatever order, never leaves less than nothing.
fn check_posted(world: &World) {
    let mut posted: Stock = BTreeMap::new();
    for key in &world.confirmed {
        let CommandData::MoveStock(movement) = &world.effects[key].0.data else {
            continue;
        };
        let statuses = [(movement.to_status, 1), (movement.from_status, -1)];
        for (status, sign) in statuses
            .into_iter()
            .filter(|(status, _)| *status != StockStatus::None)
        {
            *posted.entry((movement.sku.clone(), status)).or_default() +=
                sign * movement.base_qty.millionths();
        }
    }
    assert!(
        posted.values().all(|qty| *qty >= 0),
        "never less than nothing: {posted:?}"
    );
}
