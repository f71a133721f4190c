//! The product's command, as `backhaul` is.

use std::process::ExitCode;

use backhaul::cli::{Cli, execute};
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    Box::pin(execute(Cli::parse())).await
}
