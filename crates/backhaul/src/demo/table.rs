//! Prints what a demo came to.
#![allow(clippy::print_stdout, reason = "the command's output")]

use anyhow::Result;
use comfy_table::{Table, presets};

use super::Outcome;
use super::stage::Stage;

/// As tables.
pub(crate) fn print(outcome: &Outcome) {
    let mut states: Vec<&String> = outcome.states.keys().collect();
    states.sort();
    let mut table = new(["state", "all"]
        .into_iter()
        .map(str::to_owned)
        .chain(outcome.sites.keys().cloned()));
    for state in states {
        let mut row = vec![state.clone(), outcome.states[state].to_string()];
        row.extend(
            outcome
                .sites
                .values()
                .map(|site| site.get(state).copied().unwrap_or(0).to_string()),
        );
        table.add_row(row);
    }
    println!(
        "{} returns in {} s\n{table}\n",
        outcome.returns, outcome.seconds
    );

    let mut table = new(["effects", "count"].map(str::to_owned));
    for (effect, count) in &outcome.effects {
        table.add_row([effect.clone(), count.to_string()]);
    }
    println!("{table}\n");

    if !outcome.faults.is_empty() {
        let faults: Vec<String> = outcome
            .faults
            .iter()
            .map(|(f, n)| format!("{f} {n}"))
            .collect();
        println!("faults injected: {}", faults.join(", "));
    }
    if !outcome.exceptions.is_empty() {
        let open: Vec<String> = outcome
            .exceptions
            .iter()
            .map(|(c, n)| format!("{c} {n}"))
            .collect();
        println!("open exceptions: {}", open.join(", "));
    }
    if outcome.restarts > 0 {
        println!("sidecars started again: {}", outcome.restarts);
    }
    println!("audit chain: {} entries, verified\n", outcome.audit_entries);

    let columns = [
        "ledger",
        "ours",
        "theirs",
        "lost",
        "doubled",
        "unknown",
        "differing",
        "",
    ];
    let mut table = new(columns.map(str::to_owned));
    for check in &outcome.checks {
        table.add_row([
            check.name.clone(),
            check.ours.to_string(),
            check.theirs.to_string(),
            check.lost.to_string(),
            check.doubled.to_string(),
            check.unknown.to_string(),
            check.differing.to_string(),
            check.explained.to_string(),
            if check.agrees() {
                "agrees"
            } else {
                "DISAGREES"
            }
            .to_owned(),
        ]);
    }
    println!("{table}");
    for example in outcome.checks.iter().flat_map(|c| &c.examples) {
        println!("  {example}");
    }
    for unfinished in outcome.unfinished.iter().take(20) {
        println!("  unfinished: {unfinished}");
    }
    let lost: usize = outcome.checks.iter().map(|c| c.lost).sum();
    let doubled: usize = outcome.checks.iter().map(|c| c.doubled).sum();
    let verdict = if outcome.holds() {
        "All ledgers agree"
    } else {
        "The ledgers do NOT agree"
    };
    println!("\n{verdict}: {doubled} duplicates, {lost} lost.");
}

/// As JSON.
pub(crate) fn json(outcome: &Outcome) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(outcome)?);
    Ok(())
}

/// Says where to look while the demo stays up.
pub(crate) fn stay(stage: &Stage) {
    if let Some((address, token)) = &stage.console {
        println!("\nThe operators' console: http://{address}/, with the token {token}");
    }
    match stage.admin() {
        Some(admin) => println!("\nStaying up: metrics at http://{admin}/metrics. Ctrl-C ends."),
        None => println!("\nStaying up. Ctrl-C ends."),
    }
}

fn new(header: impl IntoIterator<Item = String>) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::UTF8_HORIZONTAL_ONLY)
        .set_header(header);
    table
}
