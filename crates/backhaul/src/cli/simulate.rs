//! `backhaul simulate`

use std::net::SocketAddr;

use clap::{Args, Subcommand};
use simulators::faults::{Preset, Rule};
use simulators::{erp, wms};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Ended, output};

/// A partner that misbehaves on demand.
#[derive(Debug, Subcommand)]
pub enum SimulateCommand {
    /// A warehouse: takes announcements, plays what happens to the goods, tells of it by webhook
    Wms(WmsArgs),
    /// A cloud ERP: takes return orders, stock movements and credit memos, and keeps books
    ErpRest(ErpArgs),
}

/// What every simulator takes.
#[derive(Debug, Args)]
pub(super) struct CommonArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8490", value_name = "ADDR:PORT")]
    listen: SocketAddr,
    /// How bad the day is: none, some or heavy
    #[arg(long, default_value = "none")]
    faults: Preset,
    /// Seed of everything that is drawn
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Arguments of `simulate wms`.
#[derive(Debug, Args)]
#[command(after_help = "\
Stays until Ctrl-C. Its ledger is at GET /ledger; faults are switched on and off at /__faults.

Example:
  backhaul simulate wms --listen 127.0.0.1:8490 --target http://127.0.0.1:8480/wms/east --faults some")]
pub struct WmsArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// How it tells of events: delta, snapshot or notify
    #[arg(long, default_value = "delta")]
    dialect: wms::Dialect,
    /// Where its webhooks go; without one, things happen but nobody is told
    #[arg(long, value_name = "URL")]
    target: Option<Url>,
    /// Secret with which it signs
    #[arg(
        long,
        env = "WMS_SECRET",
        hide_env_values = true,
        default_value = "wms-s3cret"
    )]
    secret: String,
    /// Key that it demands in x-api-key
    #[arg(long, env = "WMS_API_KEY", hide_env_values = true, value_name = "KEY")]
    api_key: Option<String>,
    /// The same story for all returns instead of a drawn one
    #[arg(long)]
    story: Option<wms::Story>,
}

/// Arguments of `simulate erp-rest`.
#[derive(Debug, Args)]
#[command(after_help = "\
Stays until Ctrl-C. Faults are switched on and off at /__faults.

Example:
  backhaul simulate erp-rest --listen 127.0.0.1:8491 --profile draft-and-post --faults heavy")]
pub struct ErpArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// What it is like: draft-and-post, gateway, record-service, numbered or bare
    #[arg(long, default_value = "draft-and-post")]
    profile: erp::Profile,
}

pub(super) async fn run(command: SimulateCommand) -> Result<(), Ended> {
    let common = match &command {
        SimulateCommand::Wms(args) => &args.common,
        SimulateCommand::ErpRest(args) => &args.common,
    };
    let listen = common.listen;
    let faults: Vec<Rule> = common.faults.rules(common.seed);
    let listener = TcpListener::bind(listen)
        .await
        .map_err(|error| Ended::Failed(format!("{listen} cannot be listened on: {error}")))?;
    output::line(format!(
        "listening at http://{} until Ctrl-C",
        listener.local_addr()?
    ))?;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let told = async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
    };
    let served = async {
        match command {
            SimulateCommand::Wms(args) => {
                let config = wms::Config {
                    api_key: args.api_key,
                    dialect: args.dialect,
                    target: args.target,
                    secret: args.secret,
                    story: args.story,
                    seed: args.common.seed,
                    faults,
                    ..wms::Config::default()
                };
                wms::serve(config, listener, cancel).await
            }
            SimulateCommand::ErpRest(args) => {
                let config = erp::Config {
                    faults,
                    ..args.profile.config()
                };
                erp::serve(config, listener, cancel).await
            }
        }
    };
    tokio::select! {
        served = served => Ok(served?),
        () = async { told.await; std::future::pending::<()>().await } => Ok(()),
    }
}
