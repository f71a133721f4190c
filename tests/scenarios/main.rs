//! The acceptance scenarios of distribution returns, 1 to 55, each through a whole sidecar: embedded broker and store, real
//! connectors, partners with ledgers. The clock is handed in, so that deadlines of days pass at once.
//!
//! `cargo test -p tests --test scenarios -- scenario_20` runs one. The table at the end lists all of them; a number that no
//! scenario has is a failure. BACKHAUL_SERVERS=1 plays them on RabbitMQ and PostgreSQL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "tests"
)]

mod approvals;
mod arrivals;
mod blind;
mod dispositions;
mod freight;
mod ground;
mod invoices;
mod money;
mod numbers;
mod outage;
mod people;
mod posting;
mod proof;
mod receipts;
mod record;
mod requests;
mod say;
mod stage;
mod table;
mod two_erps;
mod vectors;
mod without_goods;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Conclusion, Trial, run};

use table::{Scenario, Table};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let table = Table::default();
    let groups = [
        requests::scenarios(),
        invoices::scenarios(),
        arrivals::scenarios(),
        blind::scenarios(),
        dispositions::scenarios(),
        without_goods::scenarios(),
        money::scenarios(),
        vectors::scenarios(),
        freight::scenarios(),
        approvals::scenarios(),
        posting::scenarios(),
        outage::scenarios(),
        proof::scenarios(),
        receipts::scenarios(),
        record::scenarios(),
        numbers::scenarios(),
        two_erps::scenarios(),
    ];
    let scenarios: Vec<Scenario> = groups.into_iter().flatten().collect();
    let missing = missing(&scenarios);
    let trials: Vec<Trial> = scenarios
        .into_iter()
        .map(|scenario| scenario.trial(&table))
        .collect();
    let conclusion: Conclusion = run(&arguments, trials);
    if arguments.list {
        return conclusion.exit_code();
    }
    println!("{table}");
    if arguments.filter.is_none() && !missing.is_empty() {
        println!("no scenario has the number {missing:?}: every number from 1 to {LAST} has one");
        return ExitCode::FAILURE;
    }
    conclusion.exit_code()
}

/// Number of the last scenario.
const LAST: u32 = 55;

/// Numbers that no scenario has.
fn missing(scenarios: &[Scenario]) -> Vec<u32> {
    let has = |number: &u32| scenarios.iter().any(|s| s.number() == *number);
    (1..=LAST).filter(|number| !has(number)).collect()
}
