//! `backhaul crosswalk import`

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use router::crosswalk::govern::{self, Drafting, Proposal, Wrong};
use serde_json::{Value, json};
use store::{CrosswalkBook, CrosswalkRow, Store};

use super::file::{self, Misread, Read};
use super::{ByArgs, ConfigArg, Ended, output, systems, write};
use crate::config::Config;

/// Arguments of `crosswalk import`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file is CSV with the columns list, system, direction, source_code, canonical_code, effective_from, effective_to and
owner; the last four and direction may be left out. Everything that is wrong is told by line and column, and then nothing is
drafted. What holds already is passed over; what holds with another meaning is replaced only with --replace.
Exit codes: 0 drafted, 2 something in the file is wrong

Examples:
  backhaul crosswalk import uom-east.csv --by ada --dry-run
  backhaul crosswalk import uom-east.csv --by ada
  backhaul crosswalk import sites.csv --by ada --replace")]
pub struct ImportArgs {
    /// The file
    file: PathBuf,
    /// Take the place of entries that hold with another meaning, from now on or from effective_from on
    #[arg(long)]
    replace: bool,
    /// Say what would be drafted, before and after, and do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    config: ConfigArg,
}

impl ImportArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }
}

pub(super) async fn run(
    store: &dyn Store,
    args: &ImportArgs,
    config: &Config,
) -> Result<(), Ended> {
    let bytes = std::fs::read(&args.file)
        .map_err(|e| Ended::Failed(format!("{} cannot be read: {e}", args.file.display())))?;
    let read = file::read(&bytes).map_err(|wrong| refused(args, &wrong))?;
    let proposals: Vec<Proposal> = read.iter().map(|row| row.proposal.clone()).collect();
    let how = Drafting {
        by: &args.by.by,
        systems: &systems(config),
        replace: args.replace,
        known_is_fine: true,
        now: Timestamp::now(),
    };
    let decide = |book: &CrosswalkBook| {
        govern::draft(book, &proposals, how).map_err(|wrong| refused(args, &placed(&read, &wrong)))
    };
    let (book, change) = if args.dry_run {
        let book = store.crosswalk().await?;
        let change = decide(&book)?;
        (book, change)
    } else {
        write(store, decide).await?
    };
    let rows = change.map(|change| change.rows).unwrap_or_default();
    tell(args, &book, &rows, proposals.len())
}

fn placed(read: &[Read], wrong: &[Wrong]) -> Vec<Misread> {
    let placed = wrong.iter().map(|wrong| Misread {
        line: read.get(wrong.n).map_or(0, |row| row.line),
        column: wrong.column.to_owned(),
        what: wrong.what.clone(),
    });
    placed.collect()
}

/// Tells everything that is wrong, line by line.
fn refused(args: &ImportArgs, wrong: &[Misread]) -> Ended {
    let name = args.file.display();
    let told = wrong.iter().map(|wrong| {
        if wrong.column.is_empty() {
            format!("{name}: line {}: {}", wrong.line, wrong.what)
        } else {
            format!(
                "{name}: line {}, column {}: {}",
                wrong.line, wrong.column, wrong.what
            )
        }
    });
    let told: Vec<String> = told.collect();
    Ended::Wrong(format!(
        "{}\nnothing was drafted: {} parts of the file are wrong",
        told.join("\n"),
        told.len()
    ))
}

/// What the code of that entry meant before it.
fn before<'b>(book: &'b CrosswalkBook, row: &CrosswalkRow) -> Option<&'b CrosswalkRow> {
    book.rows
        .iter()
        .find(|before| before.number == row.replaces)
}

fn tell(
    args: &ImportArgs,
    book: &CrosswalkBook,
    rows: &[CrosswalkRow],
    given: usize,
) -> Result<(), Ended> {
    if args.by.json {
        let changes: Vec<Value> = rows
            .iter()
            .map(|row| {
                let before = before(book, row).map(|before| &before.canonical_code);
                json!({ "entry": row, "before": before, "after": row.canonical_code })
            })
            .collect();
        return output::json(&json!({
            "drafted": !args.dry_run, "unchanged": given - rows.len(), "changes": changes
        }));
    }
    let shown = rows.iter().map(|row| {
        let before = before(book, row).map(|before| before.canonical_code.clone());
        vec![
            row.list.clone(),
            row.system.clone(),
            row.direction.clone(),
            row.source_code.clone(),
            before.unwrap_or_else(|| "-".to_owned()),
            row.canonical_code.clone(),
            row.effective_from.to_string(),
        ]
    });
    let header = ["list", "system", "way", "code", "before", "after", "from"];
    output::table(&header, shown.collect(), "the file says nothing new")?;
    let (new, known) = (rows.len(), given - rows.len());
    output::line(if args.dry_run {
        format!(
            "{new} entries would be drafted, {known} hold or are drafted already; nothing was done"
        )
    } else {
        format!(
            "{new} entries drafted, {known} hold or are drafted already; somebody else approves them"
        )
    })
}
