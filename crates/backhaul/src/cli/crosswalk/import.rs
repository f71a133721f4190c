//! `backhaul crosswalk import`

use std::path::PathBuf;

use clap::Args;
use jiff::Timestamp;
use router::crosswalk::govern::{self, Configured, Drafting, Proposal, Wrong};
use serde_json::{Value, json};
use store::{CrosswalkBook, CrosswalkRow, Store};

use super::file::{self, Misread, Read};
use super::{ByArgs, ConfigArg, Ended, configured, output, systems, write};
use crate::config::Config;

/// Arguments of `crosswalk import`.
#[derive(Debug, Args)]
#[command(after_help = "\
The file is CSV with the columns list, system, direction, source_code, canonical_code, effective_from, effective_to and
owner; the last four and direction may be left out. Everything that is wrong is told by line and column, and then nothing is
drafted. What holds already is passed over; what holds with another meaning, published or by the configuration of the
connector, is replaced only with --replace.
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
    let (read, misread) = file::read(&bytes).map_err(|wrong| refused(args, &wrong))?;
    let configured = configured::all(config);
    let proposals: Vec<Proposal> = read.iter().map(|row| row.proposal.clone()).collect();
    let how = Drafting {
        by: &args.by.by,
        systems: &systems(config),
        configured: &configured,
        replace: args.replace,
        known_is_fine: true,
        now: Timestamp::now(),
    };
    let decide = |book: &CrosswalkBook| {
        let drafted = govern::draft(book, &proposals, how);
        let wrong = drafted.as_ref().err().map(|wrong| placed(&read, wrong));
        let mut wrong: Vec<&Misread> = misread.iter().chain(wrong.iter().flatten()).collect();
        wrong.sort_by_key(|wrong| wrong.line);
        match drafted {
            Ok(change) if wrong.is_empty() => Ok(change),
            Ok(_) | Err(_) => Err(refused(args, wrong)),
        }
    };
    let (book, change) = if args.dry_run {
        let book = store.crosswalk().await?;
        let change = decide(&book)?;
        (book, change)
    } else {
        write(store, decide).await?
    };
    let rows = change.map(|change| change.rows).unwrap_or_default();
    tell(args, (&book, &configured), &rows, proposals.len())
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
fn refused<'w>(args: &ImportArgs, wrong: impl IntoIterator<Item = &'w Misread>) -> Ended {
    let name = args.file.display();
    let told = wrong.into_iter().map(|wrong| {
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

/// What the code of that entry meant before it: by the entry that it replaces, else by the configuration.
fn before<'b>(
    book: &'b CrosswalkBook,
    configured: &'b [Configured],
    row: &CrosswalkRow,
) -> Option<&'b String> {
    let mut rows = book.rows.iter();
    let replaced = rows.find(|before| before.number == row.replaces);
    let configured = || govern::configured_for(configured, book, row);
    replaced
        .map(|row| &row.canonical_code)
        .or_else(|| configured().map(|one| &one.canonical_code))
}

fn tell(
    args: &ImportArgs,
    (book, configured): (&CrosswalkBook, &[Configured]),
    rows: &[CrosswalkRow],
    given: usize,
) -> Result<(), Ended> {
    if args.by.json {
        let changes: Vec<Value> = rows
            .iter()
            .map(|row| {
                let before = before(book, configured, row);
                json!({ "entry": row, "before": before, "after": row.canonical_code })
            })
            .collect();
        return output::json(&json!({
            "drafted": !args.dry_run, "unchanged": given - rows.len(), "changes": changes
        }));
    }
    let shown = rows.iter().map(|row| {
        let before = before(book, configured, row).cloned();
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
