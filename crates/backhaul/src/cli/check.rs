//! `backhaul check`

use clap::Args;

use super::{ConfigArg, Ended, output};
use crate::check;
use crate::config::Environment;
use crate::report::{Report, Severity};

/// Arguments of `check`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads the configuration, every mapping, profile, policy and sample that it names. Nothing is connected to.
Secrets that are not there ({ env = … }, { file = … }) are warnings, so that this can run in CI.
Exit codes: 0 nothing wrong, 2 problems (warnings alone are 0)

Examples:
  backhaul check --config deploy/backhaul.toml
  backhaul check --json | jq '.findings[] | select(.severity == \"problem\")'")]
pub struct CheckArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &CheckArgs) -> Result<(), Ended> {
    let report = check::file(&args.config.config, &Environment::of_process());
    if args.json {
        output::json(&serde_json::json!({ "ok": report.is_ok(), "findings": report.findings }))?;
    } else if !report.findings.is_empty() {
        output::line(report.to_string())?;
    }
    verdict(&report, args.json)
}

/// The last line, and the exit code.
pub(super) fn verdict(report: &Report, json: bool) -> Result<(), Ended> {
    let (problems, warnings) = (
        report.count(Severity::Problem),
        report.count(Severity::Warning),
    );
    let counts = format!("{problems} problems, {warnings} warnings");
    if problems > 0 {
        return Err(Ended::Wrong(counts));
    }
    if json {
        Ok(())
    } else {
        output::line(format!("ok: {counts}"))
    }
}
