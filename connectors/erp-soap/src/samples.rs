//! Papers for tests and for the offline check of a profile's shapes.

use std::collections::BTreeMap;

use canonical::Command;
use connector::paper::Paper;

use crate::failures;

/// Commands that a profile's shapes are tried on: the goldens' own.
const COMMANDS: &[(&str, &str)] = &[
    (
        "return-order",
        include_str!("../testdata/return-order.command.json"),
    ),
    (
        "stock-movement",
        include_str!("../testdata/receipt-hold.command.json"),
    ),
    (
        "receipt",
        include_str!("../testdata/receipt-hold.command.json"),
    ),
    (
        "transfer",
        include_str!("../testdata/transfer.command.json"),
    ),
    ("scrap", include_str!("../testdata/scrap.command.json")),
    ("issue", include_str!("../testdata/sent-back.command.json")),
    (
        "credit-memo",
        include_str!("../testdata/basic.command.json"),
    ),
    (
        "credit-reversal",
        include_str!("../testdata/reversal.command.json"),
    ),
];

/// A paper for the operation of that name.
pub(crate) fn paper(operation: &str, vars: &BTreeMap<String, String>) -> Option<Paper> {
    let (_, text) = COMMANDS.iter().find(|(name, _)| *name == operation)?;
    let command: Command = serde_json::from_str(text).ok()?;
    Paper::of(&command, vars, failures::NO_WORDS).ok()
}

/// The paper of the credit memo.
#[cfg(test)]
pub(crate) fn credit_memo_paper() -> Paper {
    paper("credit-memo", &BTreeMap::new()).unwrap()
}

/// The built-in profile of that name.
#[cfg(test)]
pub(crate) fn profile(name: &str) -> crate::profile::Profile {
    let text = crate::profile::shipped(name).unwrap();
    crate::profile::read(text, &toml::Table::new()).unwrap()
}
