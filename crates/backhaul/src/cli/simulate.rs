//! `backhaul simulate`

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use simulators::faults::{Preset, Rule};
use simulators::{edi_partner, erp, erp_soap, warehouse_file, wms};
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
    /// A legacy ERP: takes the same over SOAP 1.1 and 1.2, posts at once, and keeps books
    ErpSoap(SoapArgs),
    /// A warehouse of files: reads announcements in a folder, plays what happens, writes receipt files
    WarehouseFile(FilesArgs),
    /// A partner that speaks EDI: a customer that asks for returns, or a warehouse that receives them
    EdiPartner(EdiArgs),
}

/// What every simulator that listens takes.
#[derive(Debug, Args)]
pub(super) struct CommonArgs {
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:8490", value_name = "ADDR:PORT")]
    listen: SocketAddr,
    #[command(flatten)]
    day: DayArgs,
}

/// What every simulator takes.
#[derive(Debug, Args)]
pub(super) struct DayArgs {
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

/// Arguments of `simulate erp-soap`.
#[derive(Debug, Args)]
#[command(after_help = "\
Stays until Ctrl-C. Its WSDL is at /soap?wsdl, its books are at /__ledger; faults are switched on and off at /__faults.

Example:
  backhaul simulate erp-soap --listen 127.0.0.1:8492 --faults some")]
pub struct SoapArgs {
    #[command(flatten)]
    common: CommonArgs,
    /// User that it demands in a UsernameToken with a digested password; nobody is asked without it
    #[arg(long, value_name = "USER", requires = "password")]
    user: Option<String>,
    /// Password of that user
    #[arg(
        long,
        env = "SOAP_PASSWORD",
        hide_env_values = true,
        value_name = "PASSWORD"
    )]
    password: Option<String>,
}

/// Arguments of `simulate warehouse-file`.
#[derive(Debug, Args)]
#[command(after_help = "\
Stays until Ctrl-C. It writes into DIR/in and reads DIR/out: a mailbox of kind \"folder\" with path DIR is its other end.

Example:
  backhaul simulate warehouse-file --folder /tmp/dc-north --dialect caret --faults some")]
pub struct FilesArgs {
    /// Folder that holds the others; made when it is missing
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// How its files look: caret, csv or fixed
    #[arg(long, default_value = "caret")]
    dialect: warehouse_file::Dialect,
    /// The same story for all returns instead of a drawn one
    #[arg(long)]
    story: Option<wms::Story>,
    #[command(flatten)]
    day: DayArgs,
}

/// Arguments of `simulate edi-partner`.
#[derive(Debug, Args)]
#[command(after_help = "\
Stays until Ctrl-C. It drops files into DIR/in and takes them from DIR/out: a mailbox of kind \"folder\" with path DIR is
its other end.

Examples:
  backhaul simulate edi-partner --folder /tmp/retailer --nature customer --returns 20
  backhaul simulate edi-partner --folder /tmp/handel --syntax edifact --returns 5
  backhaul simulate edi-partner --folder /tmp/3pl --nature warehouse --faults heavy")]
pub struct EdiArgs {
    /// Folder that holds the others; made when it is missing
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Which side it is on: customer or warehouse
    #[arg(long, default_value = "customer")]
    nature: edi_partner::Nature,
    /// What it speaks: x12 or edifact
    #[arg(long, default_value = "x12")]
    syntax: edi_partner::Syntax,
    /// Returns that a customer asks for
    #[arg(long, default_value_t = 10, value_name = "N")]
    returns: usize,
    /// Its own id in interchanges
    #[arg(long, default_value = "PARTNER", value_name = "ID")]
    id: String,
    #[command(flatten)]
    day: DayArgs,
}

pub(super) async fn run(command: SimulateCommand) -> Result<(), Ended> {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let told = async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            stop.cancel();
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        served = serve(command, cancel) => served,
        () = told => Ok(()),
    }
}

async fn serve(command: SimulateCommand, cancel: CancellationToken) -> Result<(), Ended> {
    match command {
        SimulateCommand::Wms(args) => {
            let listener = listen(args.common.listen).await?;
            let config = wms::Config {
                api_key: args.api_key,
                dialect: args.dialect,
                target: args.target,
                secret: args.secret,
                story: args.story,
                seed: args.common.day.seed,
                faults: args.common.day.rules(),
                ..wms::Config::default()
            };
            wms::serve(config, listener, cancel).await?;
        }
        SimulateCommand::ErpRest(args) => {
            let listener = listen(args.common.listen).await?;
            let config = erp::Config {
                faults: args.common.day.rules(),
                ..args.profile.config()
            };
            erp::serve(config, listener, cancel).await?;
        }
        SimulateCommand::ErpSoap(args) => {
            let listener = listen(args.common.listen).await?;
            let security = match (args.user, args.password) {
                (Some(user), Some(password)) => {
                    erp_soap::Security::UsernameDigest(erp_soap::Account { user, password })
                }
                _ => erp_soap::Security::None,
            };
            let config = erp_soap::Config {
                security,
                faults: args.common.day.rules(),
                ..erp_soap::Config::default()
            };
            erp_soap::serve(config, listener, cancel).await?;
        }
        SimulateCommand::WarehouseFile(args) => {
            exchanging(&args.folder)?;
            let config = warehouse_file::Config {
                dialect: args.dialect,
                story: args.story,
                seed: args.day.seed,
                faults: args.day.rules(),
                root: args.folder,
                ..warehouse_file::Config::default()
            };
            warehouse_file::run(config, cancel).await?;
        }
        SimulateCommand::EdiPartner(args) => {
            exchanging(&args.folder)?;
            let config = edi_partner::Config {
                nature: args.nature,
                syntax: args.syntax,
                returns: args.returns,
                us: edi_partner::Party::agreed(&args.id),
                seed: args.day.seed,
                faults: args.day.rules(),
                ..edi_partner::Config::customer(&args.folder)
            };
            edi_partner::run(config, cancel).await?;
        }
    }
    Ok(())
}

impl DayArgs {
    fn rules(&self) -> Vec<Rule> {
        self.faults.rules(self.seed)
    }
}

async fn listen(addr: SocketAddr) -> Result<TcpListener, Ended> {
    let listener = TcpListener::bind(addr)
        .await
        .map_err(|error| Ended::Failed(format!("{addr} cannot be listened on: {error}")))?;
    output::line(format!(
        "listening at http://{} until Ctrl-C",
        listener.local_addr()?
    ))?;
    Ok(listener)
}

fn exchanging(folder: &std::path::Path) -> Result<(), Ended> {
    output::line(format!(
        "exchanging files below {} until Ctrl-C",
        folder.display()
    ))
}
