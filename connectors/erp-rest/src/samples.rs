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
        "return-order-change",
        include_str!("../testdata/return-order-change.command.json"),
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
    (
        "tax-quote",
        include_str!("../testdata/tax-quote.command.json"),
    ),
    (
        "tax-commit",
        include_str!("../testdata/tax-commit.command.json"),
    ),
    (
        "tax-void",
        include_str!("../testdata/tax-void.command.json"),
    ),
    (
        "recovery-invoice",
        include_str!("../testdata/recovery.command.json"),
    ),
    (
        "recovery-reversal",
        include_str!("../testdata/recovery-reversal.command.json"),
    ),
    (
        "replacement-order",
        include_str!("../testdata/replacement.command.json"),
    ),
    (
        "supplier-return",
        include_str!("../testdata/supplier-return.command.json"),
    ),
    (
        "supplier-claim",
        include_str!("../testdata/supplier-claim.command.json"),
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

/// How the simulator takes a credit memo.
#[cfg(test)]
pub(crate) fn credit_memo_operation() -> crate::profile::Operation {
    sim().operations.credit_memo.unwrap()
}

/// The simulator's profile.
#[cfg(test)]
pub(crate) fn sim() -> crate::profile::Profile {
    let text = crate::profile::shipped("sim").unwrap();
    crate::profile::read(text, &toml::Table::new()).unwrap()
}
