//! Exceptions: grouped by cause, looked at, given back to the flow alone or together, mended, decided against.

mod decide;
mod edit;
mod groups;
mod list;
mod many;
mod one;

pub(super) use decide::{confirm, discard, replay};
pub(super) use edit::{edit, give};
pub(super) use groups::groups;
pub(super) use list::list;
pub(super) use many::{preview, replay_many};
pub(super) use one::one;

use serde::Deserialize;
use store::ExceptionRow;

use super::{address, path_of, word};

/// Exceptions that have a cause in common, as an address names them; empty sides do not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(super) struct Alike {
    code: String,
    failure_code: String,
    connector: String,
    site: String,
}

impl Alike {
    fn sides(&self) -> [(&'static str, &str); 4] {
        [
            ("code", self.code.as_str()),
            ("failure_code", self.failure_code.as_str()),
            ("connector", self.connector.as_str()),
            ("site", self.site.as_str()),
        ]
    }

    /// True if every exception is meant.
    fn is_all(&self) -> bool {
        self.sides().iter().all(|(_, value)| value.is_empty())
    }

    /// The address of a page about them.
    fn at(&self, path: &str, more: &[(&str, &str)]) -> String {
        let sides = self.sides();
        let pairs: Vec<(&str, &str)> = sides.iter().chain(more).copied().collect();
        address(path, &pairs)
    }

    /// In words.
    fn title(&self) -> String {
        let sides = self.sides();
        let words: Vec<&str> = sides
            .iter()
            .map(|(_, value)| *value)
            .filter(|value| !value.is_empty())
            .collect();
        if words.is_empty() {
            "all".to_owned()
        } else {
            words.join(" · ")
        }
    }
}

/// A side, if it is given.
fn given(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Money at risk of one exception.
fn at_risk(row: &ExceptionRow) -> String {
    let money = row.amount_minor.zip(row.currency.as_deref());
    money.map_or_else(|| "–".to_owned(), |(minor, ccy)| word::money(minor, ccy))
}

/// The page of an exception.
fn page_of(id: &str) -> String {
    path_of("exceptions", id)
}
