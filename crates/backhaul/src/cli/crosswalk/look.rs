//! `backhaul crosswalk list`, `show` and `export`

use clap::Args;
use router::crosswalk::govern;
use serde_json::json;
use store::{CrosswalkRow, Store};

use super::{ConfigArg, Ended, file, output};

/// Arguments of `crosswalk list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  backhaul crosswalk list
  backhaul crosswalk list --list uom --system wms-east
  backhaul crosswalk list --status draft --json")]
pub struct ListArgs {
    /// Only of this code list
    #[arg(long)]
    list: Option<String>,
    /// Only of this connector instance, or '*'
    #[arg(long)]
    system: Option<String>,
    /// Only in this state: draft, approved or retired
    #[arg(long, value_parser = ["draft", "approved", "retired"])]
    status: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArg,
}

/// Arguments of `crosswalk show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done, 3 there is no such entry

Examples:
  backhaul crosswalk show 12
  backhaul crosswalk show 12 --json")]
pub struct ShowArgs {
    /// The entry, by number
    number: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArg,
}

/// Arguments of `crosswalk export`.
#[derive(Debug, Args)]
#[command(after_help = "\
Writes what is published to standard output, always in the same order. Imported into an empty store, approved there and
exported again, it is the same byte for byte.

Examples:
  backhaul crosswalk export > crosswalk.csv
  backhaul crosswalk export --list uom --system wms-east > uom-east.csv")]
pub struct ExportArgs {
    /// Only of this code list
    #[arg(long)]
    list: Option<String>,
    /// Only of this connector instance, or '*'
    #[arg(long)]
    system: Option<String>,
    #[command(flatten)]
    config: ConfigArg,
}

impl ListArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }
}

impl ShowArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }
}

impl ExportArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }
}

fn chosen(row: &CrosswalkRow, list: Option<&String>, system: Option<&String>) -> bool {
    list.is_none_or(|list| *list == row.list) && system.is_none_or(|system| *system == row.system)
}

pub(super) async fn list(store: &dyn Store, args: &ListArgs) -> Result<(), Ended> {
    let book = store.crosswalk().await?;
    let status = args.status.as_ref().map(|status| status.to_uppercase());
    let mut rows = book.rows;
    rows.retain(|row| {
        chosen(row, args.list.as_ref(), args.system.as_ref())
            && status.as_ref().is_none_or(|status| *status == row.status)
    });
    if args.json {
        return output::json(&json!({ "publication": book.publication, "entries": rows }));
    }
    table(&rows, "no such entries")?;
    output::line(format!("publication {}", book.publication))
}

/// Entries as a table.
pub(super) fn table(rows: &[CrosswalkRow], when_empty: &str) -> Result<(), Ended> {
    let header = [
        "entry", "list", "system", "way", "code", "becomes", "from", "until", "status", "version",
        "by",
    ];
    let rows = rows.iter().map(|row| {
        let status = match row.retire_at {
            Some(at) if row.status == "APPROVED" => format!("APPROVED, end asked for {at}"),
            _ => row.status.clone(),
        };
        let by = if row.approved_by.is_empty() {
            row.drafted_by.clone()
        } else {
            format!("{}, {}", row.drafted_by, row.approved_by)
        };
        let until = row.effective_to.map(|to| to.to_string());
        vec![
            row.number.to_string(),
            row.list.clone(),
            row.system.clone(),
            row.direction.clone(),
            row.source_code.clone(),
            row.canonical_code.clone(),
            row.effective_from.to_string(),
            until.unwrap_or_default(),
            status,
            row.version.to_string(),
            by,
        ]
    });
    output::table(&header, rows.collect(), when_empty)
}

pub(super) async fn show(store: &dyn Store, args: &ShowArgs) -> Result<(), Ended> {
    let book = store.crosswalk().await?;
    let Some(row) = book.rows.iter().find(|row| row.number == args.number) else {
        return Err(Ended::Refused(format!("there is no entry {}", args.number)));
    };
    let history = store.audit(&govern::subject(args.number), 0, 1000).await?;
    if args.json {
        let history = history
            .iter()
            .map(|at| json!({ "at": at.entry.at, "by": at.entry.actor, "what": at.entry.action }));
        return output::json(&json!({ "entry": row, "history": history.collect::<Vec<_>>() }));
    }
    table(std::slice::from_ref(row), "")?;
    let history = history.iter().map(|at| {
        vec![
            at.entry.at.to_string(),
            at.entry.actor.clone(),
            at.entry.action.clone(),
        ]
    });
    output::table(&["at", "by", "what"], history.collect(), "no history")
}

pub(super) async fn export(store: &dyn Store, args: &ExportArgs) -> Result<(), Ended> {
    let book = store.crosswalk().await?;
    let rows = book.rows.iter().filter(|row| {
        row.status == "APPROVED" && chosen(row, args.list.as_ref(), args.system.as_ref())
    });
    output::bytes(&file::write(&rows.collect::<Vec<_>>())?)
}
