//! `backhaul crosswalk draft` and `retire`

use canonical::crosswalk::Direction;
use clap::Args;
use jiff::Timestamp;
use router::crosswalk::govern::{self, Drafting, Proposal};
use serde_json::json;
use store::Store;

use super::{ByArgs, ConfigArg, Ended, configured, look, output, systems, write};
use crate::config::Config;

/// Arguments of `crosswalk draft`.
#[derive(Debug, Args)]
#[command(after_help = "\
A draft changes nothing until somebody else approves it. A code that is new means it since ever, so that messages that wait
for it go on; one that has a meaning already, published or by the configuration of the connector, is replaced (--replace)
from now on, or from --from on.
Exit codes: 0 drafted, 2 the entry is wrong, or holds at the same time as another

Examples:
  backhaul crosswalk draft uom wms-east CS XCS --by ada
  backhaul crosswalk draft reason '*' KAPUTT DEFECTIVE_ON_ARRIVAL --by ada --owner returns-desk
  backhaul crosswalk draft site wms-east 0100 DC-EAST --replace --from 2026-07-01T00:00:00Z --by ada
  backhaul crosswalk draft uom wms-east XCS CS --direction out --by ada")]
pub struct DraftArgs {
    /// Code list: uom, reason, condition, disposition, sku, site, …
    list: String,
    /// Connector instance, or '*' for all
    system: String,
    /// The code to translate
    source_code: String,
    /// What it becomes
    canonical_code: String,
    /// in: the partner's code becomes ours; out: ours becomes the partner's
    #[arg(long, default_value = "in", value_parser = direction)]
    direction: Direction,
    /// In force from that instant on (RFC 3339)
    #[arg(long, value_name = "INSTANT")]
    from: Option<Timestamp>,
    /// Until that instant
    #[arg(long, value_name = "INSTANT")]
    to: Option<Timestamp>,
    /// Who looks after it; whoever drafts it if left out
    #[arg(long, default_value = "")]
    owner: String,
    /// Take the place of the entry that holds then
    #[arg(long)]
    replace: bool,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    config: ConfigArg,
}

/// Arguments of `crosswalk retire`.
#[derive(Debug, Args)]
#[command(after_help = "\
The end of a published entry is asked for here, and approved by somebody else (crosswalk approve). Messages of before keep
its meaning. A draft is withdrawn at once.
Exit codes: 0 done, 3 there is no such entry, or it has ended already

Examples:
  backhaul crosswalk retire 12 --by ada
  backhaul crosswalk retire 12 13 --at 2026-12-31T23:00:00Z --by ada")]
pub struct RetireArgs {
    /// The entries, by number
    #[arg(required = true)]
    numbers: Vec<u64>,
    /// From that instant on; from now on if left out
    #[arg(long, value_name = "INSTANT")]
    at: Option<Timestamp>,
    #[command(flatten)]
    by: ByArgs,
    #[command(flatten)]
    config: ConfigArg,
}

impl DraftArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }
}

impl RetireArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }
}

fn direction(word: &str) -> Result<Direction, String> {
    Direction::from_word(&word.to_uppercase())
        .ok_or_else(|| format!("{word:?} is neither in nor out"))
}

pub(super) async fn draft(
    store: &dyn Store,
    args: &DraftArgs,
    config: &Config,
) -> Result<(), Ended> {
    let proposal = Proposal {
        list: args.list.clone(),
        system: args.system.clone(),
        direction: args.direction,
        source_code: args.source_code.clone(),
        canonical_code: args.canonical_code.clone(),
        from: args.from,
        to: args.to,
        owner: args.owner.clone(),
    };
    let configured = configured::all(config);
    let how = Drafting {
        by: &args.by.by,
        systems: &systems(config),
        configured: &configured,
        replace: args.replace,
        known_is_fine: false,
        now: Timestamp::now(),
    };
    let (book, change) = write(store, |book| {
        govern::draft(book, std::slice::from_ref(&proposal), how).map_err(|wrong| {
            let wrong = wrong.iter().map(|w| format!("{}: {}", w.column, w.what));
            Ended::Wrong(wrong.collect::<Vec<_>>().join("\n"))
        })
    })
    .await?;
    let rows = change.map(|change| change.rows).unwrap_or_default();
    if args.by.json {
        return output::json(&rows);
    }
    look::table(&rows, "nothing was drafted")?;
    let before = rows
        .iter()
        .find_map(|row| govern::configured_for(&configured, &book, row));
    if let Some(before) = before {
        output::line(format!(
            "until then {:?} by the configuration of {}",
            before.canonical_code, before.system
        ))?;
    }
    output::line("it holds when somebody else has approved it: backhaul crosswalk approve")
}

pub(super) async fn retire(store: &dyn Store, args: &RetireArgs) -> Result<(), Ended> {
    let (_, change) = write(store, |book| {
        govern::retire(book, &args.numbers, args.at, &args.by.by, Timestamp::now())
            .map(Some)
            .map_err(|wrong| Ended::Refused(wrong.join("\n")))
    })
    .await?;
    let Some(change) = change else {
        return Ok(());
    };
    if args.by.json {
        return output::json(&json!({ "asked": change.rows, "withdrawn": change.withdrawn }));
    }
    if !change.withdrawn.is_empty() {
        let withdrawn: Vec<String> = change.withdrawn.iter().map(u64::to_string).collect();
        output::line(format!("withdrawn: {}", withdrawn.join(", ")))?;
    }
    if change.rows.is_empty() {
        return Ok(());
    }
    look::table(&change.rows, "")?;
    output::line("they end when somebody else has approved it: backhaul crosswalk approve")
}
