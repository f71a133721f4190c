//! The console on a large store: returns of the demo are multiplied, and every page is asked for, timed and weighed.
//!
//! Templates are returns that went their whole way through the product with misbehaving partners; their copies differ in
//! their names and times alone. Absolute figures describe the machine.
#![allow(clippy::print_stdout, reason = "a command line program")]

mod copy;
mod fill;
mod look;
mod places;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures every page of the console on a store of so many returns.
#[derive(Debug, Parser)]
#[command(
    after_help = "Example:\n  cargo run --release -p tests --bin pages -- --returns 100000 --messages 1000000"
)]
struct Args {
    /// Returns in the store.
    #[arg(long, default_value_t = 5_000)]
    returns: u32,
    /// Messages in the store's inbox and audit at least.
    #[arg(long, default_value_t = 50_000)]
    messages: u64,
    /// Returns that came on a day. Those that have not ended are of the last two weeks.
    #[arg(long, default_value_t = 1_000)]
    per_day: u32,
    /// Returns that are played, to be copied.
    #[arg(long, default_value_t = 320)]
    templates: u32,
    /// How often each page is asked for.
    #[arg(long, default_value_t = 9)]
    times: usize,
    /// Keep the store in this folder, and use the one that is there.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// No page may take longer the first time, nor at the median, in milliseconds; 0: whatever.
    #[arg(long, default_value_t = 300)]
    within: u128,
}

/// No page may be larger, in bytes.
const LARGEST: usize = 100_000;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let own = tempfile::tempdir()?;
    let folder = args.folder.clone();
    let folder = folder.unwrap_or_else(|| own.path().to_path_buf());
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("backhaul.db");
    if !file.exists() {
        fill::play(&folder, args.templates)?;
        copy::multiply(&file, args.returns, args.messages, args.per_day).context("copying")?;
    }
    let places = places::of(&file)?;
    println!("{}", places::counted(&file)?);
    let seen = look::all(&folder, &places, args.times).await?;
    look::print(&seen);
    let slow = |page: &look::Seen| {
        args.within > 0 && page.first.max(page.median).as_millis() > args.within
    };
    let wrong = seen
        .iter()
        .filter(|page| slow(page) || page.bytes > LARGEST || page.status != 200);
    let wrong: Vec<&str> = wrong.map(|page| page.name.as_str()).collect();
    if wrong.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("too slow, too large or refused: {}", wrong.join(", "));
    Ok(ExitCode::from(1))
}
