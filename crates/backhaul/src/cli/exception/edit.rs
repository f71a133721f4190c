//! `backhaul exception edit` and `rerun`

use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use canonical::ExceptionCode;
use clap::Args;
use connector::{Codec, Failure, Published};
use jiff::Timestamp;
use router::crosswalk::publication;
use router::edit::{self, Edit, Edited, EditedCopy, NoCopy};
use serde_json::{Value, json};
use store::{ExceptionFilter, ExceptionRow, ExceptionState, Store};

use super::{ConfigArg, DeciderArgs, Ended, Place, look, output, remote};
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

/// Arguments of `exception rerun`.
#[derive(Debug, Args)]
#[command(after_help = "\
Reads every open exception of the intake again with the configuration as it is now: after a code was added to a table, or a
mapping was mended. Those that can be read go their way; the others stay as they are, with what is still wrong.
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
    config: ConfigArg,
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

impl RerunArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }
}

/// Codec of a connector instance, as configured now, with the crosswalks that are published.
async fn codec(
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

/// What one exception of a rerun comes to.
struct Again {
    id: String,
    before: String,
    after: String,
    clean: bool,
}

pub(super) async fn rerun(
    store: &dyn Store,
    args: &RerunArgs,
    config: &Config,
) -> Result<(), Ended> {
    let mut told = Vec::new();
    for code in &args.code {
        let filter = ExceptionFilter {
            state: Some(ExceptionState::Open),
            code: Some(code.word().to_owned()),
            connector: args.connector.clone(),
            ..ExceptionFilter::default()
        };
        for row in store.exceptions(&filter).await? {
            if row.stage == "intake" {
                let whole = look::one(store, &row.exception_id).await?;
                told.push(one(store, &whole, args, config).await?);
            }
        }
    }
    let clean = told.iter().filter(|again| again.clean).count();
    if args.decider.json {
        let list = told.iter().map(|again| {
            json!({
                "exception_id": again.id, "before": again.before, "after": again.after, "readable": again.clean,
                "done": again.clean && args.yes && !args.dry_run
            })
        });
        output::json(&list.collect::<Vec<_>>())?;
    } else {
        let rows = told.iter().map(|again| {
            let verdict = if again.clean {
                "readable"
            } else {
                "still wrong"
            };
            let cells = [&again.id, verdict, &again.before, &again.after];
            cells.map(str::to_owned).to_vec()
        });
        let header = ["exception", "now", "before", "after"];
        output::table(&header, rows.collect(), "no such exceptions")?;
    }
    if clean > 0 && !args.dry_run && !args.yes {
        return Err(Ended::Wrong(format!(
            "{clean} of {} can be read now: add --yes to let them go",
            told.len()
        )));
    }
    Ok(())
}

/// Reads one again, and lets it go if that is asked for.
async fn one(
    store: &dyn Store,
    row: &ExceptionRow,
    args: &RerunArgs,
    config: &Config,
) -> Result<Again, Ended> {
    let codec = codec(store, config, &row.connector).await?;
    let how = Edit {
        who: &args.decider.who,
        reason: "read again with the configuration as it is now",
        codec: codec.as_deref(),
    };
    let edited = if args.yes && !args.dry_run {
        edit::edit(store, row, &row.raw, how, Timestamp::now()).await?
    } else {
        match edit::read(row, &row.raw, how) {
            Ok(copy) => Edited::Done(copy),
            Err(none) => Edited::Not(none),
        }
    };
    let (clean, after) = match edited {
        Edited::Done(copy) => {
            let events = copy
                .events
                .iter()
                .map(|(key, kind)| format!("{kind} {key}"));
            (true, events.collect::<Vec<_>>().join("\n"))
        }
        Edited::Not(NoCopy::Refused(why)) => (false, why),
        Edited::Not(NoCopy::Unreadable(failures)) => {
            let failures = failures.iter().map(ToString::to_string);
            (false, failures.collect::<Vec<_>>().join("\n"))
        }
    };
    Ok(Again {
        id: row.exception_id.clone(),
        before: row.reason.clone(),
        after,
        clean,
    })
}
