//! `backhaul exception rerun`

use canonical::ExceptionCode;
use clap::Args;
use jiff::Timestamp;
use router::edit::{Again, again, refused_at_intake};
use serde_json::json;
use store::Store;

use super::edit::codec;
use super::{DeciderArgs, Ended, Place, look, output, remote};
use crate::cli::remote::Sidecar;
use crate::config::Config;

/// Arguments of `exception rerun`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads every open exception of the intake again with the configuration as it is now: after a code was added to a table, or a
mapping was mended. Those that can be read go their way; the others stay as they are, with what is still wrong. A sidecar reads with its own
configuration, tables that were published since its start included.
Exit codes: 0 done, 2 filters choose exceptions and --yes is missing

Examples:
  backhaul exception rerun --dry-run
  backhaul exception rerun --connector wms-east --yes")]
pub struct RerunArgs {
    /// Only of this connector
    #[arg(long)]
    connector: Option<String>,
    /// Only of these business codes
    #[arg(long, value_delimiter = ',', default_values_t = [ExceptionCode::MasterDataMissing, ExceptionCode::SchemaInvalid])]
    code: Vec<ExceptionCode>,
    /// Say what would be read now, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Do it
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    decider: DeciderArgs,
}

impl RerunArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Nothing is to be done but to say what would be.
    fn is_dry(&self) -> bool {
        self.dry_run || !self.yes
    }
}

/// The same on a running sidecar.
pub(super) async fn rerun_of(sidecar: &Sidecar, args: &RerunArgs) -> Result<(), Ended> {
    let codes: Vec<&str> = args.code.iter().map(|code| code.word()).collect();
    let connector = args.connector.as_deref();
    let asked = json!({ "codes": codes, "connector": connector, "dry_run": args.is_dry() });
    let (readable, all) = remote::rerun(sidecar, &asked, args.decider.json).await?;
    unasked(args, readable, all)
}

pub(super) async fn rerun(
    store: &dyn Store,
    args: &RerunArgs,
    config: &Config,
) -> Result<(), Ended> {
    let mut told = Vec::new();
    let found = refused_at_intake(store, &args.code, args.connector.as_deref()).await?;
    for row in found {
        let whole = look::one(store, &row.exception_id).await?;
        let codec = codec(store, config, &whole.connector).await?;
        let how = (args.decider.who.as_str(), codec.as_deref(), args.is_dry());
        told.push(again(store, &whole, how, Timestamp::now()).await?);
    }
    if args.decider.json {
        let list = told.iter().map(|again| {
            json!({
                "exception_id": again.exception_id, "before": again.before, "after": again.after.join("\n"),
                "readable": again.is_readable, "done": again.done
            })
        });
        output::json(&list.collect::<Vec<_>>())?;
    } else {
        let rows = told.iter().map(row).collect();
        let header = ["exception", "now", "before", "after"];
        output::table(&header, rows, "no such exceptions")?;
    }
    let readable = told.iter().filter(|again| again.is_readable).count();
    unasked(args, readable, told.len())
}

fn row(again: &Again) -> Vec<String> {
    let verdict = if again.is_readable {
        "readable"
    } else {
        "still wrong"
    };
    vec![
        again.exception_id.clone(),
        verdict.to_owned(),
        again.before.clone(),
        again.after.join("\n"),
    ]
}

/// They could be read and nobody said that they are to go.
fn unasked(args: &RerunArgs, readable: usize, all: usize) -> Result<(), Ended> {
    if readable > 0 && !args.dry_run && !args.yes {
        return Err(Ended::Wrong(format!(
            "{readable} of {all} can be read now: add --yes to let them go"
        )));
    }
    Ok(())
}
