//! Instants as both stores keep them: microseconds since 1970 UTC.

use jiff::Timestamp;

/// For the store. What is finer than a microsecond is dropped.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

/// Since when a message waits that nobody is about to publish, written at that instant: longer than anybody is given to publish what they wrote.
pub(crate) const fn left(at: i64) -> i64 {
    at - 300_000_000
}

/// For the store, if there is one.
pub(crate) fn micros_of(at: Option<Timestamp>) -> Option<i64> {
    at.map(micros)
}

/// From the store. Out of range (years ±9999) is an error: somebody else wrote it.
pub(crate) fn instant(micros: i64) -> Result<Timestamp, jiff::Error> {
    Timestamp::from_microsecond(micros)
}
