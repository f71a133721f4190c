//! The commands.

mod api;
mod approval;
mod audit;
mod check;
mod code;
mod completions;
mod crosswalk;
mod doctor;
mod exception;
mod identify;
mod metrics;
mod money;
mod new_connector;
mod output;
mod place;
mod policy;
mod reconcile;
mod reference;
mod remote;
mod replay;
mod returns;
mod run;
mod schema;
mod simulate;
mod topology;
mod translate;
mod user;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};
use store::Store;

use crate::config::{self, Config, Environment, Secrets};
use crate::report::Report;
use crate::sidecar;

const EXIT_CODES: &str = "\
Exit codes:
  0  done; nothing wrong
  1  it could not be done: something cannot be reached, read or written
  2  wrong usage, or something is wrong in what was looked at (configuration, mapping, audit chain)
  3  there is no such thing, or its state does not allow it

Examples:
  backhaul check --config deploy/backhaul.toml
  backhaul run --config /etc/backhaul/backhaul.toml
  backhaul exception groups --json";

/// Integration middleware for returns, beside a RabbitMQ broker.
#[derive(Debug, Parser)]
#[command(name = "backhaul", version, after_help = EXIT_CODES, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play returns with simulated partners through the whole sidecar, and prove that every ledger agrees
    Demo(crate::demo::Args),
    /// Run the sidecar until it is told to stop
    Run(run::RunArgs),
    /// Say everything that is wrong with a configuration, offline
    Check(check::CheckArgs),
    /// The same, online: reach broker, store and every partner
    Doctor(doctor::DoctorArgs),
    /// Translate a partner's file into canonical JSON, or a command into a partner's; nothing is sent
    Translate(translate::TranslateArgs),
    /// Look at returns; stop their money, take it back, or say whose goods are
    #[command(subcommand)]
    Return(returns::ReturnCommand),
    /// The dead-letter desk: look at exceptions, give them back to the flow, or decide against it
    #[command(subcommand)]
    Exception(exception::ExceptionCommand),
    /// Give many exceptions back to the flow: a few first, the rest at a pace
    #[command(subcommand)]
    Replay(replay::ReplayCommand),
    /// Codes of partners and ours: drafted by one person, approved by another, published to every process
    #[command(subcommand)]
    Crosswalk(crosswalk::CrosswalkCommand),
    /// The approval desk: look at what waits for somebody, and decide
    #[command(subcommand)]
    Approval(approval::ApprovalCommand),
    /// Why a return was decided as it was, what a policy would decide, and what a new version changes
    #[command(subcommand)]
    Policy(policy::PolicyCommand),
    /// The audit
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// The daily proof: compare a business day with what the ERP holds, and keep the outcome
    Reconcile(reconcile::ReconcileArgs),
    /// The numbers of a period: cycle times, success of postings, exceptions, doubles, variances
    Metrics(metrics::MetricsArgs),
    /// The HTTP API
    #[command(subcommand)]
    Api(api::ApiCommand),
    /// People who sign in to the console by name and password
    #[command(subcommand)]
    User(user::UserCommand),
    /// Print the exchanges and queues that a configuration needs
    Topology(topology::TopologyArgs),
    /// Print the JSON Schemas of everything that travels
    Schema(schema::SchemaArgs),
    /// Write the reference pages of this version
    Reference(reference::ReferenceArgs),
    /// Run a partner that misbehaves on demand
    #[command(subcommand)]
    Simulate(simulate::SimulateCommand),
    /// Write the skeleton of a connector; run it at the root of the repository
    NewConnector(new_connector::NewConnectorArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
}

/// Where the configuration is.
#[derive(Debug, Clone, Args)]
pub struct ConfigArg {
    /// Configuration file
    #[arg(
        long,
        short,
        env = "BACKHAUL_CONFIG",
        hide_env_values = true,
        default_value = "backhaul.toml",
        value_name = "FILE"
    )]
    pub config: PathBuf,
}

impl ConfigArg {
    /// Reads it for work: every secret must be there.
    fn load(&self) -> Result<Config, Ended> {
        let reading = config::load(&self.config, &Environment::of_process(), Secrets::Needed);
        Ok(reading.report.or(reading.config)?)
    }

    /// Reads it for what needs no partner: their secrets need not be there.
    fn load_without_secrets(&self) -> Result<Config, Ended> {
        let reading = config::load(
            &self.config,
            &Environment::of_process(),
            Secrets::MayBeAbsent,
        );
        Ok(reading.report.or(reading.config)?)
    }

    /// Reads it and opens its store, and nothing else. Partners' secrets need not be there.
    async fn open_store(&self) -> Result<(Config, Arc<dyn Store>), Ended> {
        let config = self.load_without_secrets()?;
        if config.is_unset("store.url") {
            return Err(Ended::Wrong(
                "store.url comes from a variable or file that is not there: set it first"
                    .to_owned(),
            ));
        }
        let store = sidecar::open_store(&config).await?;
        Ok((config, store))
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Ended {
    /// It could not be done. Exit code 1.
    Failed(String),
    /// Something is wrong in what was looked at. Exit code 2.
    Wrong(String),
    /// There is no such thing, or its state does not allow it. Exit code 3.
    Refused(String),
}

impl Ended {
    /// The sentence.
    fn text(&self) -> &str {
        match self {
            Self::Failed(text) | Self::Wrong(text) | Self::Refused(text) => text,
        }
    }

    fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Failed(_) => 1,
            Self::Wrong(_) => 2,
            Self::Refused(_) => 3,
        })
    }
}

impl From<Report> for Ended {
    fn from(report: Report) -> Self {
        Self::Wrong(report.to_string())
    }
}

impl From<std::io::Error> for Ended {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<store::StoreError> for Ended {
    fn from(error: store::StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<serde_json::Error> for Ended {
    fn from(error: serde_json::Error) -> Self {
        Self::Failed(format!("writing JSON: {error}"))
    }
}

async fn demo(args: crate::demo::Args) -> Result<(), Ended> {
    match crate::demo::run(args).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Ended::Failed(
            "the ledgers do not agree, or something hangs".to_owned(),
        )),
        Err(error) => Err(Ended::Failed(format!("{error:#}"))),
    }
}

/// Does what the command line asks; the exit code says what came of it.
pub async fn execute(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Demo(args) => demo(args).await,
        Command::Run(args) => run::run(args).await,
        Command::Check(args) => check::run(&args),
        Command::Doctor(args) => doctor::run(&args).await,
        Command::Translate(args) => translate::run(&args),
        Command::Return(command) => returns::run(command).await,
        Command::Replay(command) => replay::run(command).await,
        Command::Exception(command) => exception::run(command).await,
        Command::Crosswalk(command) => crosswalk::run(command).await,
        Command::Approval(command) => approval::run(command).await,
        Command::Policy(command) => policy::run(command).await,
        Command::Audit(command) => audit::run(command).await,
        Command::Reconcile(args) => return reconcile::run(args).await,
        Command::Metrics(args) => metrics::run(&args).await,
        Command::Api(command) => api::run(&command),
        Command::User(command) => user::run(command).await,
        Command::Topology(args) => topology::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Reference(args) => reference::run(&args),
        Command::Simulate(command) => simulate::run(command).await,
        Command::NewConnector(args) => new_connector::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(ended) => {
            output::complain(ended.text());
            ended.code()
        }
    }
}
