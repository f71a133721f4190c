//! `backhaul exception edit`

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use clap::Args;
use connector::{Codec, Failure, Published};
use jiff::Timestamp;
use router::crosswalk::publication;
use router::edit::{self, Edit, Edited, EditedCopy, NoCopy};
use serde_json::{Value, json};
use store::Store;

use super::{DeciderArgs, Ended, Place, look, output, remote};
use crate::check;
use crate::cli::remote::Sidecar;
use crate::config::Config;

/// Arguments of `exception edit`.
#[derive(Debug, Args)]
#[command(after_help = "\
The copy is read first: if anything in it cannot be read, that is said with its place and nothing is done. Otherwise the
original is closed and the copy goes its way, in one transaction. A copy keeps what the original is recognised by: an
event keeps its id, its return and its type. What was applied already is not applied again.
Exit codes: 0 done, 2 the copy cannot be read, 3 refused (not open any more, another key, nothing to edit)

Examples:
  backhaul exception show 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --raw > receipt.json
  backhaul exception edit 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --file receipt.json --check
  backhaul exception edit 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --file receipt.json --reason \"3PL wrote EA as PCE\"")]
pub struct EditArgs {
    /// The exception
    id: String,
    /// The bytes that take the place of the original
    #[arg(long, value_name = "FILE")]
    file: PathBuf,
    /// Why; goes into the audit
    #[arg(long, required_unless_present = "check", default_value = "")]
    reason: String,
    /// Read the copy and say what it says; do nothing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    decider: DeciderArgs,
}

impl EditArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// The same on a running sidecar.
pub(super) async fn edit_of(sidecar: &Sidecar, args: &EditArgs) -> Result<(), Ended> {
    let copy = (args.file.as_path(), args.reason.as_str(), args.check);
    remote::edit(sidecar, &args.id, copy, args.decider.json).await
}

/// Codec of a connector instance, as configured now, with the crosswalks that are published.
pub(super) async fn codec(
    store: &dyn Store,
    config: &Config,
    instance: &str,
) -> Result<Option<Arc<dyn Codec>>, Ended> {
    let published = Published::new(publication(&store.crosswalk().await?));
    check::codec_of(config, instance, published)
        .map_err(|p| Ended::Wrong(format!("{}: {}; {}", p.place, p.what, p.fix)))
}

pub(super) async fn edit(store: &dyn Store, args: &EditArgs, config: &Config) -> Result<(), Ended> {
    let bytes = std::fs::read(&args.file)
        .map_err(|e| Ended::Failed(format!("{} cannot be read: {e}", args.file.display())))?;
    let bytes = Bytes::from(bytes);
    let row = look::one(store, &args.id).await?;
    let codec = codec(store, config, &row.connector).await?;
    let how = Edit {
        who: &args.decider.who,
        reason: &args.reason,
        codec: codec.as_deref(),
    };
    let edited = if args.check {
        match edit::read(&row, &bytes, how) {
            Ok(copy) => Edited::Done(copy),
            Err(none) => Edited::Not(none),
        }
    } else {
        if args.reason.trim().is_empty() {
            return Err(Ended::Wrong(
                "say why: --reason goes into the audit".to_owned(),
            ));
        }
        edit::edit(store, &row, &bytes, how, Timestamp::now()).await?
    };
    match edited {
        Edited::Done(copy) => said(&copy, args),
        Edited::Not(NoCopy::Refused(why)) => Err(Ended::Refused(why)),
        Edited::Not(NoCopy::Unreadable(failures)) => {
            if args.decider.json {
                output::json(&failures.iter().map(shown).collect::<Vec<_>>())?;
            }
            for failure in &failures {
                output::complain(&format!("{}: {failure}", args.file.display()));
            }
            Err(Ended::Wrong(format!(
                "{} parts of the copy cannot be read; nothing was done",
                failures.len()
            )))
        }
    }
}

fn said(copy: &EditedCopy, args: &EditArgs) -> Result<(), Ended> {
    let done = !args.check;
    if args.decider.json {
        return output::json(&json!({ "done": done, "events": copy.events }));
    }
    for (key, kind) in &copy.events {
        output::line(format!("{kind} {key}"))?;
    }
    output::line(if done {
        "the original is closed; the copy goes its way"
    } else {
        "it can be read; nothing was done"
    })
}

fn shown(failure: &Failure) -> Value {
    json!({ "failure": failure.code, "message": failure.message, "place": failure.place })
}
