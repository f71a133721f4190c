//! `backhaul run`

use std::time::Duration;

use clap::Args;
use router::left::Drained;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{ConfigArg, Ended, output};
use crate::config::{self, Environment, Secrets};
use crate::sidecar::{self, Assembled, Running};
use crate::{telemetry, watchdog};

/// How long closing broker and store may take after the drain.
const CLOSING: Duration = Duration::from_secs(5);

/// Arguments of `run`.
#[derive(Debug, Args)]
#[command(after_help = "\
Signals:
  SIGTERM, SIGINT  drain: new requests are told to try later, what is under way is finished ([router] drain),
                   and what was finished and what was left is said, line by line
  SIGHUP           read the policies and the approvers again; wrong ones are reported and the old ones stay.
                   Everything else (connectors, mappings, routes, addresses) needs a restart.

Several processes may run the same configuration on one RabbitMQ and one PostgreSQL.
Exit codes: 0 drained, 1 a part broke or the drain was cut off, 2 the configuration is wrong

Examples:
  backhaul run --config /etc/backhaul/backhaul.toml
  backhaul run --only router
  backhaul run --only wms-east,portal")]
pub struct RunArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Parts to run: names of connectors, and "router" for the engine; everything if left out
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
}

pub(super) async fn run(args: RunArgs) -> Result<(), Ended> {
    let mut config = args.config.load()?;
    config.only.clone_from(&args.only);
    let telemetry = telemetry::start(&config.telemetry)
        .map_err(|p| Ended::Wrong(format!("{}: {}; {}", p.place, p.what, p.fix)))?;
    let outcome = until_told(&args, &config).await;
    telemetry.flush();
    outcome
}

async fn until_told(args: &RunArgs, config: &config::Config) -> Result<(), Ended> {
    let mut signals = Signals::new()?;
    let mut running = sidecar::start(config).await?;
    let hang_after = Duration::try_from(config.router.hang_after).unwrap_or(Duration::MAX);
    watchdog::start(running.sidecar.watch(), hang_after)?;
    let ingress = running
        .sidecar
        .ingress()
        .map(|addr| addr.to_string())
        .unwrap_or_default();
    let api = running.sidecar.api().map(|addr| addr.to_string());
    let api = api.unwrap_or_default();
    tracing::info!(ingress, api, admin = %running.sidecar.admin(), "started");
    let broken = loop {
        tokio::select! {
            reason = running.sidecar.failed() => break Some(reason),
            _ = signals.terminate.recv() => break None,
            _ = signals.interrupt.recv() => break None,
            _ = signals.hangup.recv() => reload(args, &running.sidecar),
        }
    };
    tracing::info!("draining");
    let limit = Duration::try_from(config.router.drain).unwrap_or_default() + CLOSING;
    let whole = stop(running, limit).await;
    match broken {
        Some(reason) => Err(Ended::Failed(reason)),
        None if whole => Ok(()),
        None => Err(Ended::Failed(
            "the drain's time was over; what was cut off is taken up at the next start".to_owned(),
        )),
    }
}

/// Drains, says what was finished and left, and closes. `false`: something was cut off.
async fn stop(running: Running, limit: Duration) -> bool {
    let deadline = tokio::time::Instant::now() + limit;
    let Running {
        sidecar,
        broker,
        store,
    } = running;
    let Ok(drained) = tokio::time::timeout_at(deadline, sidecar.drain()).await else {
        tracing::warn!("the drain does not end: what was left could not be counted");
        return false;
    };
    tell(&drained);
    // What the store still writes after that is left to the next start: a supervisor would kill us anyway.
    let closing = async {
        broker.close().await;
        store.close().await;
    };
    let closed = tokio::time::timeout_at(deadline, closing).await.is_ok();
    drained.whole && closed
}

/// To the log, and to whoever looks at the terminal.
fn tell(drained: &Drained) {
    for line in drained.lines() {
        if drained.left.is_nothing() {
            tracing::info!("{line}");
        } else {
            tracing::warn!("{line}");
        }
        if output::line(&line).is_err() {
            tracing::debug!("nobody reads the standard output");
        }
    }
}

fn reload(args: &RunArgs, sidecar: &Assembled) {
    let reading = config::load(
        &args.config.config,
        &Environment::of_process(),
        Secrets::Needed,
    );
    match reading
        .report
        .or(reading.config)
        .and_then(|config| sidecar.reload(&config))
    {
        Ok(()) => tracing::info!("the policies and the approvers were read again and are in force"),
        Err(report) => {
            tracing::error!("the old policies stay in force, and the old approvers: {report}");
        }
    }
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }
}
