//! `backhaul exception list` and `show`

use clap::{Args, ValueEnum};
use store::{ExceptionRow, ExceptionState, Store};

use super::{Ended, FilterArgs, Place, output, remote};
use crate::cli::remote::Sidecar;

/// State of exceptions to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum StateArg {
    /// Waiting for somebody
    Open,
    /// Put right by other means
    Resolved,
    /// Given back to the flow
    Replayed,
    /// Decided not to be processed
    Discarded,
    /// All of them
    All,
}

impl StateArg {
    pub(super) fn state(self) -> Option<ExceptionState> {
        match self {
            Self::Open => Some(ExceptionState::Open),
            Self::Resolved => Some(ExceptionState::Resolved),
            Self::Replayed => Some(ExceptionState::Replayed),
            Self::Discarded => Some(ExceptionState::Discarded),
            Self::All => None,
        }
    }

    /// As the API says it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Resolved => "resolved",
            Self::Replayed => "replayed",
            Self::Discarded => "discarded",
            Self::All => "any",
        }
    }
}

/// Arguments of `exception list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  backhaul exception list --connector erp-us --code ERP_REJECTED
  backhaul exception list --state all --limit 0 --json")]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    filter: FilterArgs,
    /// Only in this state
    #[arg(long, value_enum, default_value_t = StateArg::Open)]
    state: StateArg,
    /// At most so many; 0 for all
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ListArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// Arguments of `exception show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 3 if there is no such exception

Example:
  backhaul exception show 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --raw > message.json")]
pub struct ShowArgs {
    /// The exception
    id: String,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print the raw bytes alone, as they came
    #[arg(long, conflicts_with = "json")]
    raw: bool,
}

impl ShowArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// The same on a running sidecar.
pub(super) async fn list_of(sidecar: &Sidecar, args: &ListArgs) -> Result<(), Ended> {
    let query = args.filter.query(Some(args.state));
    remote::exceptions(sidecar, &query, (args.limit, args.json)).await
}

/// The same on a running sidecar.
pub(super) async fn show_of(sidecar: &Sidecar, args: &ShowArgs) -> Result<(), Ended> {
    remote::exception(sidecar, &args.id, (args.json, args.raw)).await
}

pub(super) async fn list(store: &dyn Store, args: &ListArgs) -> Result<(), Ended> {
    let filter = args.filter.filter(args.state.state(), args.limit);
    let rows = store.exceptions(&filter).await?;
    if args.json {
        return output::json(&rows);
    }
    let rows = rows
        .into_iter()
        .map(|e| {
            let cause = if e.failure_code.is_empty() {
                e.code
            } else {
                e.failure_code
            };
            let money = output::money(e.amount_minor, e.currency.as_deref());
            let times = e.occurrences.to_string();
            vec![
                e.exception_id,
                cause,
                e.connector,
                e.site,
                e.return_id,
                money,
                times,
                e.reason,
            ]
        })
        .collect();
    let header = [
        "id",
        "cause",
        "connector",
        "site",
        "return",
        "at risk",
        "times",
        "reason",
    ];
    output::table(&header, rows, "no such exceptions")
}

pub(super) async fn show(store: &dyn Store, args: &ShowArgs) -> Result<(), Ended> {
    let row = one(store, &args.id).await?;
    if args.raw {
        return output::bytes(&row.raw);
    }
    let raw = String::from_utf8_lossy(&row.raw).into_owned();
    if args.json {
        let mut value = serde_json::to_value(&row)?;
        if let Some(object) = value.as_object_mut() {
            object.insert("raw".to_owned(), raw.into());
        }
        return output::json(&value);
    }
    let pairs = [
        ("exception", row.exception_id),
        ("state", format!("{:?}", row.state)),
        ("cause", format!("{} {}", row.code, row.failure_code)),
        ("reason", row.reason),
        ("place", row.place),
        ("stage", row.stage),
        ("connector", row.connector),
        ("site", row.site),
        ("customer", row.customer),
        ("return", row.return_id),
        ("effect", row.effect_key),
        (
            "at risk",
            output::money(row.amount_minor, row.currency.as_deref()),
        ),
        (
            "seen",
            format!(
                "{} times, first {}, last {}",
                row.occurrences, row.opened_at, row.updated_at
            ),
        ),
        ("resolution", row.resolution),
        ("origin", row.origin),
        ("raw bytes", raw),
    ];
    for (name, value) in pairs {
        if !value.trim().is_empty() {
            output::line(format!("{name:<11} {value}"))?;
        }
    }
    Ok(())
}

/// One exception with its raw bytes.
pub(super) async fn one(store: &dyn Store, id: &str) -> Result<ExceptionRow, Ended> {
    let found = store.exception(id).await?;
    found.ok_or_else(|| {
        Ended::Refused(format!(
            "there is no exception {id:?}: see backhaul exception list"
        ))
    })
}
