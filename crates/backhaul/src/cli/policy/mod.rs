//! `backhaul policy`: why a return was decided as it was, what a policy would decide, and what a new version changes.

mod cases;
mod diff;
mod explain;
mod replayed;
mod test;

use std::path::Path;

use clap::Subcommand;
use workflow::PolicySet;
use workflow::policy::Policy;

use super::{ConfigArg, Ended, output, returns};

use diff::DiffArgs;
use explain::ExplainArgs;
use test::TestArgs;

/// Why a return was decided as it was, what a policy would decide, and what a new version changes.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Say which rules decided on a return, what they looked at, and why the others did not count
    Explain(ExplainArgs),
    /// Put a table of facts to a policy and compare its decisions with those that are expected
    Test(TestArgs),
    /// Replay the returns of the store under two policies: which decisions change, and how much money
    Diff(DiffArgs),
}

pub(super) async fn run(command: PolicyCommand) -> Result<(), Ended> {
    match command {
        PolicyCommand::Explain(args) => explain::run(&args).await,
        PolicyCommand::Test(args) => test::run(&args),
        PolicyCommand::Diff(args) => diff::run(&args).await,
    }
}

/// The one policy of a file, whether the configuration names it or not.
fn of_file(path: &Path) -> Result<Policy, Ended> {
    let name = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Ended::Failed(format!("{name} cannot be read: {error}")))?;
    let set = PolicySet::load(&[(name.to_string(), text)]).map_err(|problems| {
        let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Ended::Wrong(problems.join("\n"))
    })?;
    let policy = set.all().first().cloned();
    policy.ok_or_else(|| Ended::Wrong(format!("{name} holds no policy")))
}
