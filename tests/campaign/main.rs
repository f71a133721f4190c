//! The fault campaign: thousands of returns on real processes, which are killed, stopped and cut off while they run.
//!
//! The demo plays the partners, keeps their ledgers and proves them equal at the end; its sidecars are processes of
//! their own. This program starts a private RabbitMQ (one node or a cluster) and PostgreSQL, or leaves all embedded,
//! draws faults by a seed, and reports what it did, what it came to, and how long recovery took.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program"
)]

mod fault;
mod place;
mod report;

use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use backhaul::cli::{Cli, execute};
use clap::{Parser, ValueEnum};
use serde::Serialize;
use serde_json::Value;

use fault::Fault;
use place::Place;
use report::{Report, Struck};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Kills, stops and cuts off sidecars, brokers and databases while returns run, and proves that every ledger agrees.
#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  cargo campaign --returns 300                                       a short one: one sidecar, all embedded
  cargo campaign --place cluster --sidecars 4 --returns 20000        three RabbitMQ nodes, PostgreSQL, four sidecars
  cargo campaign --place broker --sidecars 2 --returns 2000 --seed 7 --json

Exit codes: 0 every ledger agrees, 1 they do not")]
struct Args {
    /// Where the sidecars run: embedded, on one RabbitMQ and a PostgreSQL, or on a cluster of three and a PostgreSQL.
    #[arg(long, default_value = "embedded")]
    place: Where,
    /// Sidecars at the same time; embedded there is one.
    #[arg(long, default_value_t = 2)]
    sidecars: u16,
    /// Returns.
    #[arg(long, default_value_t = 300)]
    returns: u32,
    /// How badly the partners behave: none, some or heavy.
    #[arg(long, default_value = "heavy")]
    faults: String,
    /// Seed of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds after which no more faults are injected from outside.
    #[arg(long, default_value_t = 1800)]
    trouble: u64,
    /// Give up after so many seconds.
    #[arg(long, default_value_t = 3600)]
    timeout: u64,
    /// Print the report as JSON.
    #[arg(long)]
    json: bool,
}

/// Where the sidecars run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Where {
    Embedded,
    Broker,
    Cluster,
}

#[tokio::main]
async fn main() -> ExitCode {
    // This program is also the product that it starts: the demo, and the demo its sidecars.
    if std::env::args()
        .nth(1)
        .is_some_and(|word| ["demo", "run"].contains(&word.as_str()))
    {
        return Box::pin(execute(Cli::parse())).await;
    }
    match run(&Args::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: &Args) -> Result<bool> {
    let place = Place::start(args.place).await?;
    let begun = Instant::now();
    let mut command = tokio::process::Command::new(std::env::current_exe()?);
    command
        .args(["demo", "--once", "--json", "--faults", &args.faults])
        .args(["--returns", &args.returns.to_string()])
        .args(["--seed", &args.seed.to_string()])
        .args(["--timeout", &args.timeout.to_string()])
        .args(["--store", place.store()])
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    let sidecars = if let Some(broker) = place.broker() {
        command.args(["--broker", broker]);
        args.sidecars
    } else {
        1
    };
    command.args(["--sidecars", &sidecars.to_string()]);
    let demo = command.spawn().context("the demo cannot be started")?;
    let pid = demo.id().context("the demo has no process")?;
    let mut ended = std::pin::pin!(demo.wait_with_output());
    let until = begun + Duration::from_secs(args.trouble);
    let mut struck = Vec::new();
    let output = tokio::select! {
        output = &mut ended => output?,
        failed = trouble(&place, pid, args.seed, until, &mut struck) => {
            if let Err(error) = failed {
                // The demo is killed when it is dropped, and its sidecars would stay behind.
                for id in testkit::processes::children(pid) {
                    testkit::processes::signal("KILL", id);
                }
                return Err(error);
            }
            ended.await?
        }
    };
    let proof: Value =
        serde_json::from_slice(&output.stdout).context("the demo said nothing that can be read")?;
    let report = Report::new(
        args.place,
        sidecars,
        args.seed,
        struck,
        begun.elapsed(),
        &proof,
    );
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        report.print();
    }
    Ok(output.status.success())
}

/// One fault after the other, until the time is over.
async fn trouble(
    place: &Place,
    demo: u32,
    seed: u64,
    until: Instant,
    struck: &mut Vec<Struck>,
) -> Result<()> {
    let mut draw = fastrand::Rng::with_seed(seed);
    let possible = Fault::possible(place);
    while Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(draw.u64(1_000..6_000))).await;
        let Some(fault) = draw.choice(&possible) else {
            continue;
        };
        let begun = Instant::now();
        fault.strike(place, demo, &mut draw).await?;
        let lasted = begun.elapsed();
        let mended = Instant::now();
        let recovered = place
            .until_confirmed_more(mended + Duration::from_mins(2))
            .await;
        eprintln!(
            "{fault:?} for {:.1} s, {}",
            lasted.as_secs_f64(),
            if recovered {
                format!(
                    "the next effect after {:.1} s",
                    mended.elapsed().as_secs_f64()
                )
            } else {
                "no effect since".to_owned()
            }
        );
        struck.push(Struck {
            fault: *fault,
            lasted: lasted.as_secs_f64(),
            recovered: recovered.then(|| mended.elapsed().as_secs_f64()),
        });
    }
    Ok(())
}
