//! `backhaul crosswalk approve`

use clap::Args;
use jiff::Timestamp;
use router::Routes;
use router::crosswalk::rerun::{self, Becomes, Rerun};
use router::crosswalk::{govern, publication};
use serde_json::json;
use store::{CrosswalkBook, CrosswalkChange, Store};

use super::{ByArgs, ConfigArg, Ended, codecs, look, output, write};
use crate::check;
use crate::config::Config;

/// Arguments of `crosswalk approve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Whoever proposed an entry, or its end, may not approve it. All are approved together, or none. Approved, they are published
as a new version of their list: every running process takes it up within seconds, and what waited for exactly these codes
goes on, once, with its own ids. --dry-run says what each of them becomes.
Pressed again, it lets go what an earlier approval could not let go any more.
Exit codes: 0 published, 2 an entry does not fit a connector, 3 it may not be approved (proposed by the same person, nothing
to approve, overlaps)

Examples:
  backhaul crosswalk approve 12 13 --by grace --dry-run
  backhaul crosswalk approve 12 13 --by grace
  backhaul crosswalk approve --list uom --by grace
  backhaul crosswalk approve --all --by grace --json")]
pub struct ApproveArgs {
    /// The entries, by number
    numbers: Vec<u64>,
    /// Everything that waits for approval in this list
    #[arg(long, conflicts_with = "numbers")]
    list: Option<String>,
    /// Everything that waits for approval
    #[arg(long, conflicts_with_all = ["numbers", "list"])]
    all: bool,
    /// Say what would be published, and what waits for it becomes; do nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    config: ConfigArg,
}

impl ApproveArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }

    /// The entries that are meant.
    fn chosen(&self, book: &CrosswalkBook) -> Result<Vec<u64>, Ended> {
        if !self.numbers.is_empty() {
            return Ok(self.numbers.clone());
        }
        if !self.all && self.list.is_none() {
            return Err(Ended::Wrong(
                "say what: numbers of entries, --list LIST or --all".to_owned(),
            ));
        }
        let waiting = book.rows.iter().filter(|row| {
            let waits =
                row.status == "DRAFT" || (row.status == "APPROVED" && row.retire_at.is_some());
            waits && self.list.as_ref().is_none_or(|list| *list == row.list)
        });
        Ok(waiting.map(|row| row.number).collect())
    }
}

pub(super) async fn run(
    store: &dyn Store,
    args: &ApproveArgs,
    config: &Config,
) -> Result<(), Ended> {
    let approvers = check::approvers(config)?;
    let by = (args.by.by.as_str(), approvers.as_ref());
    let decide = |book: &CrosswalkBook| -> Result<Option<CrosswalkChange>, Ended> {
        let numbers = args.chosen(book)?;
        // What is approved already by somebody is no reason to stop: it may be pressed again.
        let published = |number: &u64| {
            let row = book.rows.iter().find(|row| row.number == *number);
            row.is_some_and(|row| row.approved_by == args.by.by && row.retire_at.is_none())
        };
        if numbers.iter().all(published) {
            return Ok(None);
        }
        let change = govern::approve(book, &numbers, by, Timestamp::now())
            .map_err(|wrong| Ended::Refused(wrong.join("\n")))?;
        codecs(config, &publication(&govern::changed(book, &change)))?;
        Ok(Some(change))
    };
    let (before, change) = if args.dry_run {
        let book = store.crosswalk().await?;
        let change = decide(&book)?;
        (book, change)
    } else {
        write(store, decide).await?
    };
    let after = match &change {
        Some(change) => govern::changed(&before, change),
        None => before,
    };
    let became = let_go(store, args, config, &after).await?;
    tell(args, &after, change.as_ref(), &became)
}

/// Lets go, or says what would go, now that these entries hold.
async fn let_go(
    store: &dyn Store,
    args: &ApproveArgs,
    config: &Config,
    book: &CrosswalkBook,
) -> Result<Vec<Becomes>, Ended> {
    let publication = publication(book);
    let (codecs, routes) = (
        codecs(config, &publication)?,
        Routes::new(config.routes.clone()),
    );
    let how = Rerun {
        who: &args.by.by,
        publication: publication.number,
        codecs: &codecs,
        routes: &routes,
        dry_run: args.dry_run,
    };
    let mut became = Vec::new();
    for row in rerun::unblocked(store, &publication).await? {
        became.extend(rerun::one(store, &row, how, Timestamp::now()).await?);
    }
    Ok(became)
}

fn tell(
    args: &ApproveArgs,
    book: &CrosswalkBook,
    change: Option<&CrosswalkChange>,
    became: &[Becomes],
) -> Result<(), Ended> {
    let rows = change
        .map(|change| change.rows.as_slice())
        .unwrap_or_default();
    if args.by.json {
        return output::json(&json!({
            "published": !args.dry_run && change.is_some(), "publication": book.publication,
            "entries": rows, "unblocked": became
        }));
    }
    look::table(rows, "nothing waits for approval")?;
    let shown = became.iter().map(|became| {
        let verdict = match (became.done, became.goes_on) {
            (true, _) => "goes on",
            (false, true) => "would go on",
            (false, false) => "stays",
        };
        vec![
            became.exception_id.clone(),
            became.connector.clone(),
            verdict.to_owned(),
            became.before.clone(),
            became.after.join("\n"),
        ]
    });
    let header = ["exception", "connector", "now", "before", "after"];
    output::table(&header, shown.collect(), "nothing waits for these codes")?;
    output::line(match change {
        Some(_) if args.dry_run => format!(
            "it would be publication {}; nothing was done",
            book.publication
        ),
        Some(_) => format!("published as publication {}", book.publication),
        None => format!("publication {} stands", book.publication),
    })
}
