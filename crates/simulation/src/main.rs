//! Runs seeds: `cargo sim --seeds 10000`, or one seed with its history: `cargo sim --seed 4711`.
#![allow(clippy::print_stdout, reason = "a command line program")]

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use clap::Parser;
use simulation::hop::Fault;
use simulation::plan::Plan;
use simulation::run::{self, Outcome};

/// Runs the real router in simulated worlds: one seed decides everything that goes wrong.
#[derive(Debug, Parser)]
#[command(
    after_help = "Examples:\n  cargo sim --seeds 10000\n  cargo sim --seed 4711          one seed, with its history\n  \
                  cargo sim --from 50000 --seeds 1000 --keep-going"
)]
struct Args {
    /// How many seeds to run.
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// The first one.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// One seed only; prints its history.
    #[arg(long)]
    seed: Option<u64>,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Run on after a seed has failed.
    #[arg(long)]
    keep_going: bool,
}

/// What several runs came to.
#[derive(Default)]
struct Sum {
    failed: Vec<u64>,
    faults: BTreeMap<Fault, (u64, u64)>,
    seeds: u64,
    documents: u64,
    steps: u64,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.documents += outcome.ledger.len() as u64;
        self.steps += outcome.visits.values().map(|n| u64::from(*n)).sum::<u64>();
        for (fault, times) in &outcome.struck {
            let entry = self.faults.entry(*fault).or_default();
            *entry = (entry.0 + 1, entry.1 + times);
        }
        if !outcome.violations.is_empty() {
            self.failed.push(outcome.plan.seed);
        }
    }
}

fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    if let Some(seed) = args.seed {
        let outcome = run::run(Plan::of(seed))?;
        for line in &outcome.history {
            println!("{line}");
        }
        tell(&outcome);
        return Ok(code(outcome.violations.is_empty()));
    }
    let begun = Instant::now();
    let next = AtomicU64::new(args.from);
    let end = args.from.saturating_add(args.seeds);
    let sum = Mutex::new(Sum::default());
    let failure: Mutex<Option<anyhow::Error>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..args.threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= end {
                        return;
                    }
                    match run::run(Plan::of(seed)) {
                        Ok(outcome) => {
                            if !outcome.violations.is_empty() {
                                tell(&outcome);
                                if !args.keep_going {
                                    next.store(end, Ordering::Relaxed);
                                }
                            }
                            if let Ok(mut sum) = sum.lock() {
                                sum.add(&outcome);
                                if sum.seeds % 500 == 0 {
                                    println!("{} seeds, {:.0?}", sum.seeds, begun.elapsed());
                                }
                            }
                        }
                        Err(error) => {
                            next.store(end, Ordering::Relaxed);
                            if let Ok(mut failure) = failure.lock() {
                                *failure = Some(error.context(format!("seed {seed}")));
                            }
                        }
                    }
                }
            });
        }
    });
    if let Ok(Some(error)) = failure.into_inner() {
        return Err(error);
    }
    let sum = sum.into_inner().unwrap_or_default();
    println!(
        "{} seeds in {:.0?}: {} failed, {} documents, {} steps to the outside",
        sum.seeds,
        begun.elapsed(),
        sum.failed.len(),
        sum.documents,
        sum.steps
    );
    println!("fault                   in seeds    times");
    for fault in Fault::ALL {
        let (seeds, times) = sum.faults.get(&fault).copied().unwrap_or_default();
        let share = seeds * 100 / sum.seeds.max(1);
        println!(
            "{:<20} {seeds:>7} {share:>3}% {times:>8}",
            format!("{fault:?}")
        );
    }
    if !sum.failed.is_empty() {
        println!("failed: {:?}", sum.failed);
    }
    Ok(code(sum.failed.is_empty()))
}

fn tell(outcome: &Outcome) {
    println!(
        "seed {} ({} processes, {} returns, {:?}): {} faults, {:.0?} of simulated time, fingerprint {:016x}",
        outcome.plan.seed,
        outcome.plan.processes,
        outcome.plan.returns,
        outcome.plan.guard,
        outcome.struck.values().sum::<u64>(),
        outcome.took,
        outcome.fingerprint
    );
    for violation in &outcome.violations {
        println!("  VIOLATED {violation}");
    }
}

fn code(good: bool) -> ExitCode {
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
