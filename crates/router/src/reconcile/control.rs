//! C0, as far as it can be counted here: what came in and was not taken in.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;
use store::{ExceptionFilter, ExceptionRow, ExceptionState, Store, StoreError};

use super::class::{Class, Match};
use super::item::{Compared, Item};
use super::scope::Scope;

/// Codes by which sources tell that a file or an interchange is not whole.
const BROKEN: [&str; 2] = ["FILE_CONTROL_TOTAL", "SEQUENCE_GAP"];

/// Exceptions of these connectors that say that something did not get in: control totals, gaps in numbers, and messages that
/// could not be read. Those closed since agree.
pub(super) async fn compare(
    store: &dyn Store,
    scope: &Scope,
    takes: &[String],
    zone: &TimeZone,
) -> Result<Compared, StoreError> {
    let mut compared = Compared::default();
    let takes: BTreeSet<&str> = takes.iter().map(String::as_str).collect();
    for row in store.exceptions(&ExceptionFilter::default()).await? {
        let opened = row.opened_at.to_zoned(zone.clone()).date();
        let is_open = row.state == ExceptionState::Open;
        if !is_inbound(&row) || !takes.contains(row.connector.as_str()) || opened > scope.date {
            continue;
        }
        if opened < scope.date && !is_open {
            continue;
        }
        compared.left += 1;
        let item = is_open.then(|| Item {
            left: row.place.clone(),
            reason: row.reason.clone(),
            exception_id: row.exception_id.clone(),
            return_id: row.return_id.clone(),
            ..scope.strange(
                Match::C0,
                Class::Status,
                &row.connector,
                &row.exception_id,
                opened,
            )
        });
        compared.found(item.into_iter().collect());
    }
    Ok(compared)
}

fn is_inbound(row: &ExceptionRow) -> bool {
    row.stage == "intake" || BROKEN.contains(&row.code.as_str())
}
