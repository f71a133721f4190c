//! `backhaul exception replay` and `discard`

use clap::Args;
use jiff::Timestamp;
use router::Routes;
use router::desk::{self, Decided, Replay};
use router::impact::{self, Impact};
use router::replay::{Limits, oldest_first};
use serde_json::{Value, json};
use store::{ExceptionRow, ExceptionState, Store};

use super::{DeciderArgs, Ended, FilterArgs, Place, look, output, remote};
use crate::cli::remote::Sidecar;

/// Which exceptions, and who decides.
#[derive(Debug, Args)]
pub(super) struct ChosenArgs {
    /// The exceptions; or choose them by the filters
    ids: Vec<String>,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    filter: FilterArgs,
    /// At most so many, latest first; 0 for all
    #[arg(long, default_value_t = 0)]
    limit: usize,
    #[command(flatten)]
    decider: DeciderArgs,
    /// Do it for everything that the filters choose, without asking back
    #[arg(long)]
    yes: bool,
}

/// Arguments of `exception replay`.
#[derive(Debug, Args)]
#[command(after_help = "\
A message is decoded again from its raw bytes; an event goes to the router again; an effect is looked up in its
target before it is sent, unless it was surely never sent. What was applied already is never applied twice.
A running sidecar does the work; this records the decision.
Many: `backhaul replay start` gives a few back first, and the rest at a pace when those went well.
Exit codes: 0 all done, 3 some were refused (not open any more, nothing to replay), or it is so much that two persons decide

Examples:
  backhaul exception replay 01JD3Z7Q2M8K4N6P9R1T3V5X7Z
  backhaul exception replay --code PERIOD_CLOSED --connector erp-us --dry-run
  backhaul exception replay --code PERIOD_CLOSED --connector erp-us --yes")]
pub struct ReplayArgs {
    #[command(flatten)]
    chosen: ChosenArgs,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Also what nobody has signed (SIGNATURE_INVALID): you have looked at the bytes and vouch for them
    #[arg(long)]
    vouch: bool,
}

/// Arguments of `exception discard`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 all done, 3 some were refused (not open any more)

Example:
  backhaul exception discard 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --reason \"test message of the 3PL\"")]
pub struct DiscardArgs {
    #[command(flatten)]
    chosen: ChosenArgs,
    /// Why; goes into the audit
    #[arg(long)]
    reason: String,
}

impl ReplayArgs {
    pub(super) fn place(&self) -> &Place {
        &self.chosen.place
    }
}

impl DiscardArgs {
    pub(super) fn place(&self) -> &Place {
        &self.chosen.place
    }
}

impl ChosenArgs {
    fn elsewhere(&self) -> remote::Chosen<'_> {
        remote::Chosen {
            ids: &self.ids,
            query: self.filter.query(None),
            limit: self.limit,
            yes: self.yes,
            json: self.decider.json,
        }
    }

    async fn rows(&self, store: &dyn Store) -> Result<Vec<ExceptionRow>, Ended> {
        if self.ids.is_empty() {
            if self.filter.is_empty() {
                return Err(Ended::Wrong(
                    "nothing is chosen: give ids, or --code, --connector, --site or --return"
                        .to_owned(),
                ));
            }
            let filter = self.filter.filter(Some(ExceptionState::Open), self.limit);
            let ids = store
                .exceptions(&filter)
                .await?
                .into_iter()
                .map(|row| row.exception_id);
            return rows(store, ids.collect()).await;
        }
        if !self.filter.is_empty() {
            return Err(Ended::Wrong(
                "give either ids or filters, not both".to_owned(),
            ));
        }
        rows(store, self.ids.clone()).await
    }

    fn confirmed(&self, what: &str, count: usize) -> Result<(), Ended> {
        if self.yes || !self.ids.is_empty() || count == 0 {
            return Ok(());
        }
        Err(Ended::Wrong(format!(
            "the filters choose {count} exceptions: add --yes to {what} them, or look at them first with --dry-run or `exception list`"
        )))
    }
}

/// The same on a running sidecar.
pub(super) async fn replay_of(sidecar: &Sidecar, args: &ReplayArgs) -> Result<(), Ended> {
    let how = (args.dry_run, args.vouch);
    remote::replay(sidecar, &args.chosen.elsewhere(), how).await
}

/// The same on a running sidecar.
pub(super) async fn discard_of(sidecar: &Sidecar, args: &DiscardArgs) -> Result<(), Ended> {
    remote::discard(sidecar, &args.chosen.elsewhere(), &args.reason).await
}

/// Lists leave the raw bytes out: each is loaded whole.
pub(super) async fn rows(store: &dyn Store, ids: Vec<String>) -> Result<Vec<ExceptionRow>, Ended> {
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        rows.push(look::one(store, &id).await?);
    }
    Ok(rows)
}

pub(super) async fn replay(
    store: &dyn Store,
    args: &ReplayArgs,
    routes: &Routes,
    limits: &Limits,
) -> Result<(), Ended> {
    let mut rows = args.chosen.rows(store).await?;
    if args.dry_run {
        return preview(store, &rows, routes, args.chosen.decider.json).await;
    }
    args.chosen.confirmed("replay", rows.len())?;
    if let Some(why) = limits.exceeded(&rows) {
        return Err(Ended::Refused(format!(
            "{why}: ask for a run with `backhaul replay start`, which another person agrees to"
        )));
    }
    oldest_first(&mut rows);
    let how = Replay {
        who: &args.chosen.decider.who,
        vouched: args.vouch,
        routes,
    };
    let mut decisions = Vec::with_capacity(rows.len());
    for row in &rows {
        let decided = desk::replay(store, row, how, Timestamp::now()).await?;
        decisions.push((row.exception_id.clone(), decided));
        if decisions.len().is_multiple_of(500) {
            output::complain(&format!("{} of {}", decisions.len(), rows.len()));
        }
    }
    tell(&decisions, args.chosen.decider.json)
}

pub(super) async fn discard(store: &dyn Store, args: &DiscardArgs) -> Result<(), Ended> {
    let rows = args.chosen.rows(store).await?;
    args.chosen.confirmed("discard", rows.len())?;
    let mut decisions = Vec::with_capacity(rows.len());
    for row in &rows {
        let now = Timestamp::now();
        let decided =
            desk::discard(store, row, &args.chosen.decider.who, &args.reason, now).await?;
        decisions.push((row.exception_id.clone(), decided));
    }
    tell(&decisions, args.chosen.decider.json)
}

async fn preview(
    store: &dyn Store,
    rows: &[ExceptionRow],
    routes: &Routes,
    json: bool,
) -> Result<(), Ended> {
    let mut previews = Vec::with_capacity(rows.len());
    for row in rows {
        previews.push(desk::preview(store, row, routes).await?);
    }
    let sum = impact::impact(&previews);
    if json {
        return output::json(&json!({ "exceptions": previews, "impact": sum }));
    }
    let rows = previews
        .into_iter()
        .map(|p| {
            vec![
                p.exception_id,
                p.action,
                p.moves.join("\n"),
                p.applied.join("\n"),
            ]
        })
        .collect();
    let header = ["exception", "would", "moves", "stays as it is"];
    output::table(&header, rows, "no such exceptions")?;
    told(&sum)
}

/// What all of them come to, one line each.
fn told(sum: &Impact) -> Result<(), Ended> {
    for (action, count) in &sum.actions {
        output::line(format!(
            "{count:>7} of {} {}",
            sum.exceptions,
            action.done()
        ))?;
    }
    for (currency, minor) in &sum.at_risk {
        let money = output::money(Some(*minor), Some(currency));
        output::line(format!("at risk {money}"))?;
    }
    if sum.needs_vouching > 0 {
        output::line(format!(
            "{:>7} were signed by nobody: refused without --vouch",
            sum.needs_vouching
        ))?;
    }
    Ok(())
}

pub(super) fn tell(decisions: &[(String, Decided)], json: bool) -> Result<(), Ended> {
    let refused = decisions
        .iter()
        .filter(|(_, d)| matches!(d, Decided::Refused(_)))
        .count();
    let said = |decided: &Decided| match decided {
        Decided::Done(text) => (true, text.clone()),
        Decided::Refused(text) => (false, text.clone()),
    };
    if json {
        let list: Vec<Value> = decisions
            .iter()
            .map(|(id, decided)| {
                let (done, says) = said(decided);
                json!({ "exception_id": id, "done": done, "says": says })
            })
            .collect();
        output::json(&list)?;
    } else {
        let rows = decisions
            .iter()
            .map(|(id, decided)| {
                let (done, says) = said(decided);
                vec![
                    id.clone(),
                    if done { "done" } else { "refused" }.to_owned(),
                    says,
                ]
            })
            .collect();
        output::table(
            &["exception", "decision", "what follows"],
            rows,
            "no such exceptions",
        )?;
    }
    if refused == 0 {
        Ok(())
    } else {
        Err(Ended::Refused(format!(
            "{refused} of {} were refused",
            decisions.len()
        )))
    }
}
