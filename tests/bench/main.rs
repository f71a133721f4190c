//! The benchmark: the whole router against the fastest relay that the client library allows, on the same messages.
//!
//! Rounds are interleaved on one private RabbitMQ; medians of ratios count, absolute figures only describe the machine.
#![allow(clippy::print_stdout, reason = "a command line program")]
#![expect(clippy::float_arithmetic, reason = "rates and ratios, no money")]

mod load;
mod product;
mod reference;
mod table;
mod usage;

use anyhow::{Context as _, Result};
use clap::Parser;
use serde::Serialize;
use testkit::postgres::Postgres;
use testkit::rabbit::Rabbit;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures routed events and publishes per second, CPU per message and memory, beside a raw relay.
#[derive(Debug, Parser)]
#[command(
    after_help = "Example:\n  cargo run --release -p tests --bin bench -- --returns 4000 --rounds 5"
)]
struct Args {
    /// Returns whose events are routed; each has four events (request, receipt, inspection, disposition).
    #[arg(long, default_value_t = 3000)]
    returns: usize,
    /// Interleaved rounds.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Stores to measure.
    #[arg(long, value_delimiter = ',', default_value = "sqlite")]
    stores: Vec<Backend>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Backend {
    Sqlite,
    Postgres,
}

/// One run of one variant.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sample {
    /// "reference", "sqlite" or "postgres".
    pub(crate) variant: &'static str,
    /// Messages consumed.
    pub(crate) consumed: usize,
    /// Messages published with confirm.
    pub(crate) published: usize,
    /// Wall clock, seconds.
    pub(crate) seconds: f64,
    /// CPU of this process (broker and database not included), seconds.
    pub(crate) cpu: f64,
    /// Resident memory at the end, MB.
    pub(crate) resident_mb: f64,
}

impl Sample {
    pub(crate) fn published_per_second(&self) -> f64 {
        count(self.published) / self.seconds
    }

    pub(crate) fn consumed_per_second(&self) -> f64 {
        count(self.consumed) / self.seconds
    }

    pub(crate) fn cpu_per_published(&self) -> f64 {
        self.cpu / count(self.published) * 1e6
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "message counts are far below 2^52"
)]
pub(crate) fn count(n: usize) -> f64 {
    n as f64
}

#[tokio::main]
async fn main() -> Result<()> {
    let args = Args::parse();
    let rabbit = Rabbit::start_own().await.context("private RabbitMQ")?;
    let postgres = if args.stores.contains(&Backend::Postgres) {
        Some(Postgres::start_own().await.context("private PostgreSQL")?)
    } else {
        None
    };
    let events = load::events(args.returns)?;
    let mut samples = Vec::new();
    for round in 0..args.rounds {
        if !args.json {
            println!("round {} of {}", round + 1, args.rounds);
        }
        samples.push(
            reference::run(&rabbit, &events, round)
                .await
                .context("reference")?,
        );
        for backend in &args.stores {
            let sample = product::run(&rabbit, postgres.as_ref(), *backend, &events, round).await;
            samples.push(sample.context("product")?);
        }
    }
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&table::summary(&samples))?
        );
    } else {
        table::print(&samples);
    }
    Ok(())
}
