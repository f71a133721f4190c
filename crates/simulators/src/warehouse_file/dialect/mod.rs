//! The three formats. Each writes receipt files and answers, and reads orders and replies.

mod caret;
mod csv;
mod fixed;
mod latin;
mod table;
mod words;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::config::Dialect;
use super::order::{Answer, Order, Reply};
use super::row::Batch;

/// A receipt file.
pub(super) fn receipts(dialect: Dialect, zone: &TimeZone, batch: &Batch) -> Vec<u8> {
    match dialect {
        Dialect::Caret => caret::receipts(zone, batch),
        Dialect::Csv => csv::receipts(zone, batch),
        Dialect::Fixed => fixed::receipts(zone, batch),
    }
}

/// The orders in a file.
pub(super) fn orders(dialect: Dialect, bytes: &[u8]) -> Result<Vec<Order>, String> {
    let orders = match dialect {
        Dialect::Caret => caret::orders(bytes),
        Dialect::Csv => csv::orders(bytes),
        Dialect::Fixed => fixed::orders(bytes),
    }?;
    if orders.is_empty() {
        return Err("the file orders nothing".to_owned());
    }
    Ok(orders)
}

/// An answer to a file of orders.
pub(super) fn answers(dialect: Dialect, answers: &[Answer]) -> Vec<u8> {
    match dialect {
        Dialect::Caret => caret::answers(answers),
        Dialect::Csv => csv::answers(answers),
        Dialect::Fixed => fixed::answers(answers),
    }
}

/// What somebody says of a receipt file.
pub(super) fn reply(dialect: Dialect, bytes: &[u8]) -> Result<Reply, String> {
    match dialect {
        Dialect::Caret => caret::reply(bytes),
        Dialect::Csv => csv::reply(bytes),
        Dialect::Fixed => fixed::reply(bytes),
    }
}

/// Why an order cannot be played in this dialect, if so.
pub(super) fn no_room(dialect: Dialect, order: &Order) -> Option<String> {
    match dialect {
        Dialect::Caret | Dialect::Csv => None,
        Dialect::Fixed => fixed::no_room(order),
    }
}

/// Ending of the names of receipt files.
pub(super) fn ending(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Caret => "rtn",
        Dialect::Csv => "csv",
        Dialect::Fixed => "dat",
    }
}

/// What the warehouse's clock shows.
fn local(zone: &TimeZone, at: Timestamp) -> DateTime {
    at.to_zoned(zone.clone()).datetime()
}

/// A date or time by a format that cannot fail.
fn shown(moment: DateTime, format: &str) -> String {
    moment.strftime(format).to_string()
}
