//! How many messages each connector told, and how many of them were told before: counted in the transaction that takes them
//! in, for the numbers.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use store::{TallyRow, Unit};

use super::Item;

/// A message that was taken in.
pub(super) const TAKEN: &str = "taken";
/// A message that said what is known already.
pub(super) const DUPLICATE: &str = "duplicate";

/// Events of our own are no messages of anybody.
const OWN: [&str; 2] = ["backhaul.effect.settled.v1", "backhaul.timer.fired.v1"];

/// Counts by day, word and connector. `books`: where days begin, as for the periods of the numbers.
pub(super) fn of<'i>(
    items: impl Iterator<Item = (&'i Item, &'static str)>,
    books: &TimeZone,
) -> Vec<TallyRow> {
    let mut counts: BTreeMap<TallyRow, u64> = BTreeMap::new();
    for (item, what) in items {
        let envelope = &item.envelope;
        if OWN.contains(&envelope.kind.as_str()) {
            continue;
        }
        let row = TallyRow {
            day: envelope.ingestedat.to_zoned(books.clone()).date(),
            what: what.to_owned(),
            connector: envelope.connector().to_owned(),
            count: 0,
        };
        *counts.entry(row).or_default() += 1;
    }
    let counted = counts.into_iter();
    counted
        .map(|(row, count)| TallyRow { count, ..row })
        .collect()
}

/// A unit that counts messages which were taken in before.
pub(super) fn duplicates<'i>(
    items: impl Iterator<Item = &'i Item>,
    books: &TimeZone,
) -> Option<Unit> {
    let tallies = of(items.map(|item| (item, DUPLICATE)), books);
    (!tallies.is_empty()).then(|| Unit {
        tallies,
        ..Unit::default()
    })
}
