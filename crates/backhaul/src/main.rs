//! The `backhaul` command.

use std::process::ExitCode;

use backhaul::cli::{Cli, execute};
use clap::Parser as _;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    Box::pin(execute(Cli::parse())).await
}
