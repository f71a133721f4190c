//! `backhaul demo`: partners that misbehave, the whole sidecar, hundreds of returns, and a proof at the end.

mod partners;
mod proof;
mod setup;
mod table;
mod watch;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::Parser;
use serde::Serialize;
use simulators::erp::Collection;
use simulators::faults::Preset;

use crate::sidecar::{self, Running};
use partners::Partners;
use proof::{Believed, Check};
use watch::Outlook;

/// Runs simulated warehouses, a portal and two ERPs against the whole sidecar, and proves that every ledger agrees.
#[derive(Debug, Clone, Parser)]
#[command(after_help = "\
Examples:
  backhaul demo --once                                        embedded broker, SQLite: nothing to install
  backhaul demo --once --faults heavy --returns 500           partners that fail at every second request
  backhaul demo --once --broker amqp://guest:guest@localhost/ --store postgres://me@localhost/backhaul

Exit codes: 0 all ledgers agree and every return is settled or waits for somebody by name; 1 they do not; 2 wrong usage.")]
pub struct Args {
    /// Broker: an AMQP address; left out, the embedded one.
    #[arg(long)]
    broker: Option<String>,
    /// Store: a PostgreSQL or sqlite: address; left out, SQLite in a temporary folder. Must be empty.
    #[arg(long)]
    store: Option<String>,
    /// Returns to play.
    #[arg(long, default_value_t = 240, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    returns: u32,
    /// How badly the partners behave: none, some or heavy.
    #[arg(long, default_value = "some")]
    faults: Preset,
    /// Seed of everything that is drawn.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// End when everything is settled, instead of staying up to be looked at.
    #[arg(long)]
    once: bool,
    /// Give up after so many seconds without an end.
    #[arg(long, default_value_t = 900)]
    timeout: u64,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// The result of a demo.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    returns: usize,
    states: BTreeMap<String, u64>,
    sites: BTreeMap<String, BTreeMap<String, u64>>,
    effects: BTreeMap<String, u64>,
    faults: BTreeMap<String, usize>,
    exceptions: BTreeMap<String, u64>,
    checks: Vec<Check>,
    unfinished: Vec<String>,
    audit_entries: u64,
    seconds: u64,
}

impl Outcome {
    /// True if nothing is lost, doubled or different, and nothing hangs without a name.
    fn holds(&self) -> bool {
        self.unfinished.is_empty() && self.checks.iter().all(Check::agrees)
    }
}

/// Runs the demo; `true` when the proof holds.
pub async fn run(args: Args) -> Result<bool> {
    let folder = tempfile::tempdir().context("temporary folder")?;
    let begun = std::time::Instant::now();
    let returns = usize::try_from(args.returns)?;
    let partners = Partners::start(returns, args.faults, args.seed).await?;
    let config = setup::config(
        folder.path(),
        &partners,
        args.broker.as_deref(),
        args.store.as_deref(),
    )?;
    let running = sidecar::start(&config)
        .await
        .map_err(|report| anyhow::anyhow!("{report}"))?;
    let bar = watch::bar(args.returns, args.json);
    let watching = watch::until_quiet(
        &running,
        &partners,
        returns,
        Duration::from_secs(args.timeout),
        &bar,
    );
    let ingress = running.sidecar.ingress().context("no listener")?;
    let target = url::Url::parse(&format!("http://{ingress}/"))?;
    let (sent, outlook) = tokio::join!(partners.open_business(&target), watching);
    let (sent, outlook) = (sent?, outlook?);
    bar.finish_and_clear();
    let outcome = conclude(
        &running,
        &partners,
        &outlook,
        &sent,
        begun.elapsed().as_secs(),
    )
    .await?;
    if args.json {
        table::json(&outcome)?;
    } else {
        table::print(&outcome);
    }
    let holds = outcome.holds();
    if !args.once && holds {
        table::stay(&running);
        tokio::signal::ctrl_c().await?;
    }
    running.stop().await;
    Ok(holds)
}

/// Compares everything with everything.
async fn conclude(
    running: &Running,
    partners: &Partners,
    outlook: &Outlook,
    sent: &simulators::portal::Report,
    seconds: u64,
) -> Result<Outcome> {
    let store = running.store.as_ref();
    let effects = watch::all_effects(store).await?;
    let of = |kinds: &[&str]| -> Vec<Believed> {
        effects
            .iter()
            .filter(|e| kinds.contains(&e.kind.as_str()))
            .map(|e| Believed {
                key: e.effect_key.clone(),
                confirmed: e.state == store::EffectState::Confirmed,
                amount: watch::amount(e),
            })
            .collect()
    };
    let mut unfinished = outlook.unfinished.clone();
    unfinished.extend(
        sent.refused
            .iter()
            .map(|id| format!("request {id} was refused")),
    );
    unfinished.extend(
        sent.abandoned
            .iter()
            .map(|id| format!("request {id} was never taken")),
    );
    let verified = store::audit_verify(store).await;
    let audit_entries = match verified {
        Ok(verified) => verified.entries,
        Err(broken) => {
            unfinished.push(format!("the audit chain is broken: {broken}"));
            0
        }
    };
    let checks = vec![
        proof::requests(&partners.asked(), &outlook.known()),
        proof::quantities(
            "goods received, warehouses ↔ returns",
            &outlook.received(),
            &partners.received(),
            &watch::contradictions(store, outlook).await?,
        ),
        proof::effects(
            "announcements ↔ warehouses",
            &of(&["WMS_RMA_ASN"]),
            &partners.announcements(),
        ),
        proof::effects(
            "return orders ↔ ERP",
            &of(&["ERP_RETURN_ORDER"]),
            &partners.documents(Collection::ReturnOrders),
        ),
        proof::effects(
            "stock movements ↔ ERP",
            &of(&["ERP_RECEIPT_HOLD", "ERP_STOCK_TRANSFER", "ERP_SCRAP"]),
            &partners.documents(Collection::StockMovements),
        ),
        proof::effects(
            "credit memos ↔ ERP",
            &of(&["ERP_CREDIT_MEMO"]),
            &partners.documents(Collection::CreditMemos),
        ),
        proof::effects(
            "notifications ↔ customers",
            &of(&["NOTIFY"]),
            &partners.notifications(),
        ),
    ];
    Ok(Outcome {
        returns: outlook.returns.len(),
        states: outlook.states(),
        sites: outlook.sites(),
        effects: watch::count_effects(&effects),
        faults: partners.injected(),
        exceptions: watch::count_exceptions(store).await?,
        checks,
        unfinished,
        audit_entries,
        seconds,
    })
}
