//! Some hundred seeds: whatever they decide, everything holds in the end. `cargo sim --seeds N` runs many more.
//!
//! BACKHAUL_SEEDS sets how many, BACKHAUL_SEED the first one.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use simulation::hop::Fault;
use simulation::plan::Plan;
use simulation::run::{Outcome, run};

/// Lines of history that a failure shows.
const SHOWN: usize = 400;

fn number(name: &str, otherwise: u64) -> u64 {
    let given = std::env::var(name).ok();
    given
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

fn told(outcome: &Outcome) -> String {
    let mut text = String::new();
    let skipped = outcome.history.len().saturating_sub(SHOWN);
    for line in outcome.history.iter().skip(skipped) {
        writeln!(text, "{line}").unwrap();
    }
    let seed = outcome.plan.seed;
    write!(
        text,
        "seed {seed}: {:#?}\nrun it again, with its whole history: cargo sim --seed {seed}",
        outcome.violations
    )
    .unwrap();
    text
}

#[test]
fn every_seed_ends_well() {
    let (first, seeds) = (
        number("BACKHAUL_SEED", 1_000_000),
        number("BACKHAUL_SEEDS", 200),
    );
    let next = AtomicU64::new(first);
    let struck: Mutex<BTreeMap<Fault, u64>> = Mutex::default();
    let (freight, label) = (AtomicU64::new(0), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        return;
                    }
                    let outcome = run(Plan::of(seed)).unwrap();
                    assert!(outcome.violations.is_empty(), "{}", told(&outcome));
                    assert!(!outcome.ledger.is_empty(), "seed {seed}: nothing happened");
                    for (_, says) in outcome.ledger.values() {
                        let has = |word| u64::from(says.contains(word));
                        freight.fetch_add(has("OUTBOUND_FREIGHT"), Ordering::Relaxed);
                        label.fetch_add(has("RETURN_LABEL_FEE"), Ordering::Relaxed);
                    }
                    let mut struck = struck.lock().unwrap();
                    for fault in outcome.struck.into_keys() {
                        *struck.entry(fault).or_default() += 1;
                    }
                }
            });
        }
    });
    if seeds < 100 {
        return;
    }
    let (freight, label) = (freight.into_inner(), label.into_inner());
    assert!(
        freight > seeds && label > seeds,
        "{freight} memos with freight, {label} with the label"
    );
    let struck = struck.into_inner().unwrap();
    for fault in Fault::ALL {
        let in_seeds = struck.get(&fault).copied().unwrap_or_default();
        assert!(
            in_seeds * 10 >= seeds,
            "{fault:?} struck in {in_seeds} of {seeds} seeds only"
        );
    }
}

#[test]
fn a_seed_goes_the_same_way_each_time() {
    for seed in [3, 8] {
        let (one, two) = (run(Plan::of(seed)).unwrap(), run(Plan::of(seed)).unwrap());
        assert_eq!(one.history, two.history, "seed {seed}");
        assert_eq!(one.fingerprint, two.fingerprint);
    }
    let other = run(Plan::of(4)).unwrap();
    assert_ne!(other.fingerprint, run(Plan::of(3)).unwrap().fingerprint);
}
