//! The acceptance scenarios of distribution returns, 1 to 55, each through a whole sidecar: embedded broker and store, real
//! connectors, partners with ledgers. The clock is handed in, so that deadlines of days pass at once.
//!
//! `cargo test -p tests --test scenarios -- scenario_20` runs one. The table at the end lists all of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod approvals;
mod arrivals;
mod dispositions;
mod money;
mod outage;
mod people;
mod posting;
mod proof;
mod requests;
mod say;
mod stage;
mod table;
mod vectors;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Conclusion, Trial, run};

use table::{Scenario, Table};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let table = Table::default();
    let groups = [
        requests::scenarios(),
        arrivals::scenarios(),
        dispositions::scenarios(),
        money::scenarios(),
        vectors::scenarios(),
        approvals::scenarios(),
        posting::scenarios(),
        outage::scenarios(),
        proof::scenarios(),
    ];
    let trials: Vec<Trial> = groups
        .into_iter()
        .flatten()
        .map(|scenario: Scenario| scenario.trial(&table))
        .collect();
    let conclusion: Conclusion = run(&arguments, trials);
    if !arguments.list {
        println!("{table}");
    }
    conclusion.exit_code()
}
