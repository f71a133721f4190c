//! `backhaul reconcile`: the daily proof.

mod print;

use std::path::PathBuf;
use std::process::ExitCode;

pub(super) use print::matches;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use jiff::civil::Date;
use router::desk::Decided;
use router::reconcile::{Proof, Status, sign_off};
use store::ReconFilter;

use super::place::{self, Place};
use super::remote::{self, given};
use super::{ConfigArg, Ended, output};
use crate::check;
use crate::proof::{Asked, prove};

/// Arguments of `reconcile`.
#[derive(Debug, Args)]
#[command(after_help = "\
Compares what was done here with what the ERP holds, for one business day, and keeps the outcome. Nothing is corrected in
the ERP: each difference becomes one exception, which ends by itself when a later run finds it put right. A day is proven on the
store alone; runs are looked at and signed on a running sidecar as well.
Exit codes: 0 proven, 1 proven but for what is too young to be seen, 2 not proven or not possible; sign-off: 3 refused

Examples:
  backhaul reconcile --date 2026-03-02 --entity US01
  backhaul reconcile --date 2026-03-02 --out /var/lib/backhaul/proof
  backhaul reconcile list --entity US01
  backhaul reconcile sign-off 01JNB5T4ZC3F8Q0W7R2M6K1X9D --by grace")]
pub struct ReconcileArgs {
    #[command(subcommand)]
    command: Option<ReconcileCommand>,
    #[command(flatten)]
    config: ConfigArg,
    /// Business day (2026-03-02); the day before, where the entity keeps its books
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// Legal entity; every one that has a policy
    #[arg(long)]
    entity: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Write report (JSON) and items (CSV) of each entity into that folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Who runs it; somebody else has to sign
    #[arg(
        long = "as",
        env = "USER",
        hide_env_values = true,
        default_value = "operator",
        value_name = "NAME"
    )]
    who: String,
}

/// The daily proof.
#[derive(Debug, Subcommand)]
pub(crate) enum ReconcileCommand {
    /// List runs, latest first
    List(ListArgs),
    /// Show a run with everything that does not agree
    Show(ShowArgs),
    /// Sign a run: not by who ran it
    SignOff(SignOffArgs),
}

/// Arguments of `reconcile list`.
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Only of this legal entity
    #[arg(long)]
    entity: Option<String>,
    /// Only of this business day
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// At most so many; 0 for all
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `reconcile show`.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The run
    run: String,
    #[command(flatten)]
    place: Place,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `reconcile sign-off`.
#[derive(Debug, Args)]
pub(crate) struct SignOffArgs {
    /// The run
    run: String,
    #[command(flatten)]
    place: Place,
    /// Who signs. With --url the person of the token
    #[arg(long, value_name = "USER")]
    by: Option<String>,
    /// What they have to say
    #[arg(long, default_value = "", value_name = "TEXT")]
    note: String,
}

/// The exit code says whether the day is proven: whatever keeps it from being proven is no "proven with timing".
pub(super) async fn run(args: ReconcileArgs) -> ExitCode {
    let done = match &args.command {
        None if place::is_elsewhere() => Err(Ended::Wrong(
            "a day is proven on the store, by the partners of the configuration, and BACKHAUL_URL says a sidecar: run it where the sidecar runs, with BACKHAUL_URL empty (BACKHAUL_URL= backhaul reconcile …)"
                .to_owned(),
        )),
        None => prove_all(&args).await.map(Status::exit_code),
        Some(ReconcileCommand::List(args)) => list(args).await.map(|()| 0),
        Some(ReconcileCommand::Show(args)) => show(args).await.map(|()| 0),
        Some(ReconcileCommand::SignOff(args)) => sign(args).await.map(|()| 0),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(ended) => {
            output::complain(ended.text());
            ExitCode::from(if matches!(ended, Ended::Refused(_)) {
                3
            } else {
                2
            })
        }
    }
}

async fn prove_all(args: &ReconcileArgs) -> Result<Status, Ended> {
    let config = args.config.load()?;
    let policies = check::policies(&config)?;
    let entities = check::entities(&config);
    let wanted = match &args.entity {
        None => entities,
        Some(entity) if entities.contains(entity) => vec![entity.clone()],
        Some(entity) => {
            let known = entities.join(", ");
            return Err(Ended::Wrong(format!(
                "no policy speaks of {entity:?}: there are {known}"
            )));
        }
    };
    let store = crate::sidecar::open_store(&config).await?;
    let mut proofs = Vec::new();
    for entity in &wanted {
        let asked = Asked {
            entity,
            date: args.date,
            who: &args.who,
            now: Timestamp::now(),
        };
        match prove(&config, &policies, &store, asked).await {
            Ok(proof) => proofs.push(proof),
            Err(error) => {
                store.close().await;
                return Err(error.into());
            }
        }
    }
    store.close().await;
    if let Some(folder) = &args.out {
        for proof in &proofs {
            print::write(folder, proof)?;
        }
    }
    if args.json {
        output::json(&proofs.iter().map(print::as_json).collect::<Vec<_>>())?;
    } else {
        for proof in &proofs {
            print::people(proof)?;
        }
    }
    let worst = |proofs: &[Proof]| proofs.iter().map(|proof| proof.report.status).max();
    worst(&proofs).ok_or_else(|| Ended::Wrong("no policy speaks of any entity".to_owned()))
}

async fn list(args: &ListArgs) -> Result<(), Ended> {
    if let Some(sidecar) = args.place.sidecar()? {
        let day = args.date.map(|date| date.to_string());
        let query = given(&[("entity", &args.entity), ("from", &day), ("to", &day)]);
        return remote::proofs(&sidecar, &query, (args.limit, args.json)).await;
    }
    let (_, store) = args.place.config.open_store().await?;
    let runs = store
        .recon_runs(&ReconFilter {
            entity: args.entity.clone(),
            from: args.date,
            to: args.date,
            limit: args.limit,
            ..ReconFilter::default()
        })
        .await;
    store.close().await;
    print::runs(&runs?, args.json)
}

async fn show(args: &ShowArgs) -> Result<(), Ended> {
    if let Some(sidecar) = args.place.sidecar()? {
        return remote::proof(&sidecar, &args.run, args.json).await;
    }
    let (_, store) = args.place.config.open_store().await?;
    let filter = ReconFilter {
        run_id: Some(args.run.clone()),
        ..ReconFilter::default()
    };
    let runs = store.recon_runs(&filter).await;
    let items = store.recon_items(&args.run).await;
    store.close().await;
    let Some(run) = runs?.into_iter().next() else {
        return Err(Ended::Refused(format!("there is no run {}", args.run)));
    };
    let mut kept = Vec::new();
    for item in items? {
        kept.push(serde_json::from_str(&item.body)?);
    }
    let proof = Proof {
        run_id: run.run_id.clone(),
        report: serde_json::from_str(&run.report)?,
        items: kept,
    };
    if args.json {
        let mut value = print::as_json(&proof);
        value["ran_by"] = run.ran_by.into();
        value["sign_off"] = serde_json::to_value(&run.sign_off)?;
        return output::json(&value);
    }
    print::people(&proof)?;
    match run.sign_off {
        Some(sign) => output::line(format!(
            "signed by {} on {}",
            sign.signed_by, sign.signed_at
        )),
        None => output::line(format!("run by {}, not signed", run.ran_by)),
    }
}

async fn sign(args: &SignOffArgs) -> Result<(), Ended> {
    if let Some(sidecar) = args.place.sidecar()? {
        place::unnamed(args.by.as_deref())?;
        return remote::sign_off(&sidecar, &args.run, &args.note).await;
    }
    let by = place::named(args.by.as_deref())?;
    let (config, store) = args.place.config.open_store().await?;
    let decided = match check::approvers(&config) {
        Ok(approvers) => {
            let (by, now) = ((by, approvers.as_ref()), Timestamp::now());
            sign_off(store.as_ref(), &args.run, by, &args.note, now).await
        }
        Err(report) => {
            store.close().await;
            return Err(report.into());
        }
    };
    store.close().await;
    match decided? {
        Decided::Done(said) => output::line(said),
        Decided::Refused(why) => Err(Ended::Refused(why)),
    }
}
