//! `backhaul exception groups`: causes, what they cost, and since when.

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use router::groups::{Group, group};
use store::Store;

use super::grouping::{By, Order};
use super::look::StateArg;
use super::{Ended, FilterArgs, Place, output, remote};
use crate::cli::remote::Sidecar;

/// Arguments of `exception groups`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  backhaul exception groups
  backhaul exception groups --by cause --sort money
  backhaul exception groups --by customer,site --code ERP_REJECTED --json")]
pub struct GroupsArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    filter: FilterArgs,
    /// Only in this state
    #[arg(long, value_enum, default_value_t = StateArg::Open)]
    state: StateArg,
    /// What the exceptions of a group have in common
    #[arg(long, value_enum, value_delimiter = ',', default_values = ["cause", "connector", "site"])]
    by: Vec<By>,
    /// What comes first
    #[arg(long, value_enum, default_value_t = Order::Count)]
    sort: Order,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl GroupsArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// The same on a running sidecar.
pub(super) async fn run_of(sidecar: &Sidecar, args: &GroupsArgs) -> Result<(), Ended> {
    let mut query = args.filter.query(Some(args.state));
    let by: Vec<String> = args.by.iter().map(word).collect();
    query.push(("by", by.join(",")));
    query.push(("sort", word(&args.sort)));
    remote::groups(sidecar, &query, args.json).await
}

/// As the command line and the API say it.
fn word(value: &impl ValueEnum) -> String {
    let said = value.to_possible_value();
    said.map_or_else(String::new, |said| said.get_name().to_owned())
}

pub(super) async fn run(store: &dyn Store, args: &GroupsArgs) -> Result<(), Ended> {
    let filter = args.filter.filter(args.state.state(), 0);
    let rows = store.exceptions(&filter).await?;
    let by: Vec<_> = args.by.iter().copied().map(Into::into).collect();
    let groups = group(rows, &by, args.sort.into(), Timestamp::now());
    if args.json {
        return output::json(&groups);
    }
    let mut header: Vec<&str> = args.by.iter().flat_map(|by| titles(*by)).copied().collect();
    header.extend(["exceptions", "returns", "at risk", "oldest"]);
    let rows = groups.iter().map(|group| cells(group, &args.by)).collect();
    output::table(&header, rows, "no such exceptions")
}

fn titles(by: By) -> &'static [&'static str] {
    match by {
        By::Cause => &["code", "failure"],
        By::Connector => &["connector"],
        By::Site => &["site"],
        By::Customer => &["customer"],
        By::Return => &["return"],
    }
}

fn cells(group: &Group, by: &[By]) -> Vec<String> {
    let mut cells: Vec<String> = by
        .iter()
        .flat_map(|by| match by {
            By::Cause => vec![&group.code, &group.failure_code],
            By::Connector => vec![&group.connector],
            By::Site => vec![&group.site],
            By::Customer => vec![&group.customer],
            By::Return => vec![&group.return_id],
        })
        .map(|side| side.clone().unwrap_or_default())
        .collect();
    let money: Vec<String> = group
        .at_risk
        .iter()
        .map(|(currency, minor)| output::money(Some(*minor), Some(currency)))
        .collect();
    cells.extend([
        group.exceptions.to_string(),
        group.returns.to_string(),
        money.join("\n"),
        age(group.oldest_age_seconds),
    ]);
    cells
}

/// An age for people, in its largest unit.
fn age(seconds: i64) -> String {
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}
