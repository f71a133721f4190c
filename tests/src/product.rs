//! The product's command, as `backhaul` is, with one connector beside its own: the killer.

use std::process::ExitCode;

use backhaul::cli::{Cli, execute};
use clap::Parser as _;

#[tokio::main]
async fn main() -> ExitCode {
    backhaul::registry::beside(tests::killer::CONNECTORS);
    Box::pin(execute(Cli::parse())).await
}
