//! `backhaul replay`: runs that give many exceptions back to the flow.

use std::time::Duration;

use canonical::MessageKey;
use clap::{Args, Subcommand};
use jiff::Timestamp;
use router::replay::{self, Answer, Asker, Chosen, Decision, Limits, Phase, ReplayRun, Wish};
use serde_json::{Value, json};
use store::{ReplayRunFilter, Store};

use super::exception::{DeciderArgs, FilterArgs};
use super::place::Place;
use super::remote::{self, Sidecar};
use super::{Ended, output};
use crate::check;
use crate::config::Config;

/// Runs that give many exceptions back to the flow.
#[derive(Debug, Subcommand)]
pub enum ReplayCommand {
    /// Ask for a run: a few first, the rest at a pace when those went well
    Start(StartArgs),
    /// List runs, latest first
    List(ListArgs),
    /// Show how far a run is
    Show(ShowArgs),
    /// Agree to a run that is so large that two persons decide
    Agree(OneArgs),
    /// End a run: what was given back stays given back
    Cancel(OneArgs),
    /// Let a run that was stopped or cancelled go on with what is still open
    Resume(OneArgs),
}

/// Arguments of `replay start`.
#[derive(Debug, Args)]
#[command(after_help = "\
A running sidecar does the work and keeps the count in the store: killed, it goes on where it stood. Oldest first. If one of
the first ones fails again, or it is not known what became of them, the run stops and the rest is untouched.
The same asked again while it goes on is the same run. `backhaul exception replay … --dry-run` says before what it would do.
Exit codes: 0 asked for (with --follow: done), 1 the store cannot be reached, 2 what was given is wrong, 3 refused: no open
exception fits, or another run gives the same back (with --follow: stopped, cancelled, or waits for a second person)

Examples:
  backhaul replay start --code MASTER_DATA_MISSING --connector wms-east
  backhaul replay start --code ERP_REJECTED --canary 5 --canary-seconds 120 --rate 50 --follow
  backhaul replay start --failure-code erp-rest.bad-shape --canary 0 --rate 0")]
pub struct StartArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// Only of this failure code
    #[arg(long)]
    failure_code: Option<String>,
    /// So many first, the oldest; 0 for none
    #[arg(long, value_name = "N", default_value_t = 3)]
    canary: u32,
    /// How long those are watched
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    canary_seconds: u32,
    /// At most so many a second after that; 0 for no bound
    #[arg(long, value_name = "N", default_value_t = 20)]
    rate: u32,
    /// Also what nobody has signed (SIGNATURE_INVALID): you have looked at the bytes and vouch for them
    #[arg(long)]
    vouch: bool,
    /// Wait for its end and show how far it is; stopping to wait does not stop the run
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    decider: DeciderArgs,
    #[command(flatten)]
    place: Place,
}

/// Arguments of `replay list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  backhaul replay list --limit 5")]
pub struct ListArgs {
    /// At most so many; 0 for all
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Arguments of `replay show`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 shown (with --follow: done), 3 there is no such run (with --follow: stopped, cancelled, or waits for a second person)

Examples:
  backhaul replay show 01JD3Z7Q2M8K4N6P9R1T3V5X7Z
  backhaul replay show 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --follow")]
pub struct ShowArgs {
    /// The run
    id: String,
    /// Wait for its end and show how far it is
    #[arg(long)]
    follow: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

/// Arguments of the others.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 done, 3 refused: there is no such run, or it is not in a state for that

Example:
  backhaul replay cancel 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --as ada")]
pub struct OneArgs {
    /// The run
    id: String,
    #[command(flatten)]
    decider: DeciderArgs,
    #[command(flatten)]
    place: Place,
}

pub(super) async fn run(command: ReplayCommand) -> Result<(), Ended> {
    let place = match &command {
        ReplayCommand::Start(args) => &args.place,
        ReplayCommand::List(args) => &args.place,
        ReplayCommand::Show(args) => &args.place,
        ReplayCommand::Agree(args) | ReplayCommand::Cancel(args) | ReplayCommand::Resume(args) => {
            &args.place
        }
    };
    if let Some(sidecar) = place.sidecar()? {
        return elsewhere(&sidecar, &command).await;
    }
    let (config, store) = place.config.open_store().await?;
    let limits = config.replays.limits();
    let store = store.as_ref();
    let outcome = match &command {
        ReplayCommand::Start(args) => start(store, args, &limits).await,
        ReplayCommand::List(args) => list(store, args).await,
        ReplayCommand::Show(args) => show(store, args).await,
        ReplayCommand::Agree(args) => decide(store, args, Decision::Agree, &config).await,
        ReplayCommand::Cancel(args) => decide(store, args, Decision::Cancel, &config).await,
        ReplayCommand::Resume(args) => decide(store, args, Decision::Resume, &config).await,
    };
    store.close().await;
    outcome
}

/// The same on a running sidecar.
async fn elsewhere(sidecar: &Sidecar, command: &ReplayCommand) -> Result<(), Ended> {
    let act = async |args: &OneArgs, what: &str| {
        remote::act(sidecar, &args.id, what, args.decider.json).await
    };
    match command {
        ReplayCommand::Start(args) => {
            let asked = args.asked();
            remote::start(sidecar, &asked, (args.follow, args.decider.json)).await
        }
        ReplayCommand::List(args) => remote::runs(sidecar, args.limit, args.json).await,
        ReplayCommand::Show(args) if args.follow => {
            remote::follow(sidecar, &args.id, args.json).await
        }
        ReplayCommand::Show(args) => remote::run(sidecar, &args.id, args.json).await,
        ReplayCommand::Agree(args) => act(args, "agree").await,
        ReplayCommand::Cancel(args) => act(args, "cancel").await,
        ReplayCommand::Resume(args) => act(args, "resume").await,
    }
}

impl StartArgs {
    /// As the API is asked.
    fn asked(&self) -> Value {
        let chosen = self.filter.filter(None, 0);
        json!({
            "code": chosen.code, "failure_code": self.failure_code, "connector": chosen.connector,
            "site": chosen.site, "return_id": chosen.return_id, "canary": self.canary,
            "canary_seconds": self.canary_seconds, "rate": self.rate, "vouched": self.vouch,
        })
    }
}

async fn start(store: &dyn Store, args: &StartArgs, limits: &Limits) -> Result<(), Ended> {
    let now = Timestamp::now();
    let chosen = args.filter.filter(None, 0);
    let who = args.decider.who.as_str();
    let wish = Wish {
        name: MessageKey::derive(&["cli", "replay", who, &now.to_string()]),
        chosen: Chosen {
            code: chosen.code,
            failure_code: args.failure_code.clone(),
            connector: chosen.connector,
            site: chosen.site,
            return_id: chosen.return_id,
        },
        canary: args.canary,
        canary_seconds: args.canary_seconds,
        rate: args.rate,
        vouched: args.vouch,
        who: Asker::named(who),
        now,
    };
    let run = done(replay::ask::start(store, wish, limits).await?)?;
    if !args.follow {
        return tell(&run, args.decider.json);
    }
    follow(store, &run.run_id, args.decider.json).await
}

async fn list(store: &dyn Store, args: &ListArgs) -> Result<(), Ended> {
    let filter = ReplayRunFilter {
        limit: args.limit,
        ..ReplayRunFilter::default()
    };
    let runs = replay::runs(store, filter).await?;
    if args.json {
        let all: Vec<Value> = runs.iter().map(as_json).collect();
        return output::json(&all);
    }
    let rows = runs
        .iter()
        .map(|run| {
            vec![
                run.run_id.clone(),
                run.chosen.words(),
                run.phase.word().to_owned(),
                format!("{} of {}", run.done, run.meant),
                run.who.clone(),
                run.started_at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
            ]
        })
        .collect();
    let header = ["run", "which", "stands", "given back", "who", "asked for"];
    output::table(&header, rows, "no run of replays yet")
}

async fn show(store: &dyn Store, args: &ShowArgs) -> Result<(), Ended> {
    if args.follow {
        return follow(store, &args.id, args.json).await;
    }
    match replay::run_of(store, &args.id).await? {
        Some(run) => tell(&run, args.json),
        None => Err(missing()),
    }
}

/// Shows how far it is until it is over.
async fn follow(store: &dyn Store, id: &str, json: bool) -> Result<(), Ended> {
    let mut said = String::new();
    loop {
        let Some(run) = replay::run_of(store, id).await? else {
            return Err(missing());
        };
        let line = format!(
            "{} of {} given back; {}",
            run.done,
            run.meant,
            run.phase.words()
        );
        if line != said {
            output::complain(&line);
            said = line;
        }
        match &run.phase {
            Phase::Done if !run.is_active() => return tell(&run, json),
            Phase::Asking { .. } | Phase::Stopped { .. } | Phase::Cancelled { .. }
                if !run.is_active() =>
            {
                tell(&run, json)?;
                return Err(Ended::Refused(run.phase.words()));
            }
            _ => tokio::time::sleep(Duration::from_secs(1)).await,
        }
    }
}

async fn decide(
    store: &dyn Store,
    args: &OneArgs,
    decision: Decision,
    config: &Config,
) -> Result<(), Ended> {
    let who = Asker::named(&args.decider.who);
    let approvers = check::approvers(config)?;
    let by = (&who, approvers.as_ref());
    let answer = replay::ask::decide(store, &args.id, decision, by, Timestamp::now()).await?;
    tell(&done(answer)?, args.decider.json)
}

fn done(answer: Answer) -> Result<ReplayRun, Ended> {
    match answer {
        Answer::Done(run) => Ok(*run),
        Answer::Refused(why) => Err(Ended::Refused(why)),
        Answer::Wrong("", what) => Err(Ended::Wrong(format!(
            "nothing is chosen: give --code, --failure-code, --connector, --site or --return ({what})"
        ))),
        Answer::Wrong(field, what) => Err(Ended::Wrong(format!(
            "--{}: {what}",
            field.replace('_', "-")
        ))),
        Answer::Missing => Err(missing()),
    }
}

fn missing() -> Ended {
    Ended::Refused("there is no such run: `backhaul replay list` shows them".to_owned())
}

fn tell(run: &ReplayRun, json: bool) -> Result<(), Ended> {
    if json {
        return output::json(&as_json(run));
    }
    output::line(format!("run         {}", run.run_id))?;
    output::line(format!("which       {}", run.chosen.words()))?;
    output::line(format!("stands      {}", run.phase.words()))?;
    output::line(format!(
        "given back  {} of {}; {} refused{}",
        run.done,
        run.meant,
        run.refused,
        if run.refused > 0 {
            format!(" ({})", run.refusal)
        } else {
            String::new()
        }
    ))?;
    for (currency, minor) in &run.at_risk {
        let money = output::money(Some(*minor), Some(currency));
        output::line(format!("at risk     {money}"))?;
    }
    if !run.agreed_by.is_empty() {
        output::line(format!("agreed by   {}", run.agreed_by))?;
    }
    output::line(format!("asked for   {} by {}", run.started_at, run.who))
}

fn as_json(run: &ReplayRun) -> Value {
    json!({
        "run_id": run.run_id, "chosen": run.chosen, "phase": run.phase.word(), "says": run.phase.words(),
        "is_open": run.is_open(), "meant": run.meant, "done": run.done, "under_way": run.under_way().len(), "refused": run.refused, "refusal": run.refusal,
        "at_risk": run.at_risk, "canary": run.canary, "canary_seconds": run.canary_seconds, "rate": run.rate,
        "vouched": run.vouched, "who": run.who, "agreed_by": run.agreed_by, "resumed": run.resumed,
        "started_at": run.started_at,
    })
}
