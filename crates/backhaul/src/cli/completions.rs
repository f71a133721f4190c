//! `backhaul completions`

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Ended, output};

/// Arguments of `completions`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  backhaul completions bash > /etc/bash_completion.d/backhaul")]
pub struct CompletionsArgs {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> Result<(), Ended> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "backhaul", &mut script);
    output::bytes(&script)
}
