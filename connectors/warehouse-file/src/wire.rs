//! A file's bytes ↔ rows of named values, by a layout. Knows the format, and nothing of returns.

mod charset;
mod controls;
mod cut;
mod moment;
mod number;
mod open_quote;
mod raw;
mod read;
mod row;
mod text;
mod write;

pub(crate) use read::read;
pub(crate) use row::{Row, Value};
pub(crate) use write::{Values, write};

#[cfg(test)]
mod tests;
