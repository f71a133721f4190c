//! `backhaul demo`: partners of every kind that misbehave, the whole sidecar, hundreds of returns, and a proof at the end.

mod desk;
mod partners;
mod processes;
mod proof;
mod setup;
mod stage;
mod table;
mod watch;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context as _, Result};
use canonical::{Command, CommandData};
use clap::Parser;
use serde::Serialize;
use simulators::faults::Preset;
use store::EffectRow;

use desk::Desk;
use partners::Partners;
use proof::{Believed, Check};
use stage::Stage;
use watch::Outlook;

/// Runs simulated warehouses, customers and ERPs (JSON, files, EDI, SOAP, REST) against the whole sidecar, and proves that
/// every ledger agrees.
#[derive(Debug, Clone, Parser)]
#[command(after_help = "\
Examples:
  backhaul demo --once                                        embedded broker, SQLite: nothing to install
  backhaul demo --once --faults heavy --returns 500           partners that fail at every second request
  backhaul demo --once --sidecars 4 --broker amqp://guest:guest@localhost/ --store postgres://me@localhost/backhaul
                                                              kill any of them while it runs
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
    #[arg(long, default_value_t = 320, value_parser = clap::value_parser!(u32).range(1..=100_000))]
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
    /// Run so many sidecars as processes of their own, behind one address, and start them again when they end; 0: the
    /// sidecar runs in this process. Several share a --broker and a --store.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=16))]
    sidecars: u16,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

/// The warehouse that speaks EDI.
const EDI_WAREHOUSE: &str = "edi-3pl";

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
    /// Sidecars that ended and were started again.
    restarts: u64,
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
    let partners = Partners::start(returns, args.faults, args.seed, folder.path()).await?;
    let stage = Stage::start(&args, &partners, folder.path()).await?;
    let bar = watch::bar(args.returns, args.json);
    let mut desk = Desk::new(&stage.routes);
    let watching = watch::until_quiet(
        stage.store.as_ref(),
        &partners,
        returns,
        Duration::from_secs(args.timeout),
        (&mut desk, &bar),
    );
    let (sent, outlook) = tokio::join!(partners.open_business(&stage.ingress), watching);
    let (sent, outlook) = (sent?, outlook?);
    bar.finish_and_clear();
    let outcome = conclude(
        &stage,
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
        table::stay(&stage);
        tokio::signal::ctrl_c().await?;
    }
    stage.stop().await;
    Ok(holds)
}

/// Compares everything with everything.
async fn conclude(
    stage: &Stage,
    partners: &Partners,
    outlook: &Outlook,
    sent: &simulators::portal::Report,
    seconds: u64,
) -> Result<Outcome> {
    let store = stage.store.as_ref();
    let effects = watch::all_effects(store).await?;
    let ours = |kinds: &[&str], by: fn(&EffectRow, &Command) -> Option<String>| {
        believed(&effects, kinds, by)
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
    unfinished.extend(partners.complaints());
    unfinished.extend(uncompared(&effects));
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
            &ours(&["WMS_RMA_ASN"], announced),
            &partners.announcements(),
        ),
        proof::effects(
            "notices ↔ EDI warehouse",
            &ours(&["WMS_RMA_ASN"], noticed),
            &partners.edi.notices(),
        ),
        proof::effects(
            "return orders ↔ ERPs",
            &ours(&["ERP_RETURN_ORDER"], posted),
            &partners.erps.return_orders(),
        ),
        proof::effects(
            "stock movements ↔ ERPs",
            &ours(
                &["ERP_RECEIPT_HOLD", "ERP_STOCK_TRANSFER", "ERP_SCRAP"],
                posted,
            ),
            &partners.erps.stock_movements(),
        ),
        proof::effects(
            "credit memos ↔ ERPs",
            &ours(&["ERP_CREDIT_MEMO"], posted),
            &partners.erps.credit_memos(),
        ),
        proof::effects(
            "answers ↔ EDI customers",
            &ours(&["EDI_180"], by_request),
            &partners.edi.answers(),
        ),
        proof::effects(
            "credit advices ↔ EDI customers",
            &ours(&["EDI_812"], by_memo),
            &partners.edi.advices(),
        ),
        proof::due(
            "answers due to EDI customers",
            &outlook.decided_by_edi(),
            &told(&effects, |effect, data| {
                matches!(data, CommandData::AnswerRequest(_)).then(|| effect.return_id.clone())
            }),
        ),
        proof::due(
            "credit advices due to EDI customers",
            &outlook.credited_by_edi(&effects),
            &told(&effects, |_, data| match data {
                CommandData::AdviseCredit(advice) => Some(advice.advises.to_string()),
                _ => None,
            }),
        ),
        proof::effects(
            "notifications ↔ customers",
            &ours(&["NOTIFY"], notified),
            &partners.wms.notifications(),
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
        restarts: stage.restarts(),
        seconds,
    })
}

/// Kinds of effects that some check compares with a partner.
const COMPARED: [&str; 9] = [
    "WMS_RMA_ASN",
    "ERP_RETURN_ORDER",
    "ERP_RECEIPT_HOLD",
    "ERP_STOCK_TRANSFER",
    "ERP_SCRAP",
    "ERP_CREDIT_MEMO",
    "EDI_180",
    "EDI_812",
    "NOTIFY",
];

/// Confirmed effects that no check compares with anything: nothing is proven of them.
fn uncompared(effects: &[EffectRow]) -> Vec<String> {
    let confirmed = effects
        .iter()
        .filter(|effect| effect.state == store::EffectState::Confirmed);
    confirmed
        .filter(|effect| !COMPARED.contains(&effect.kind.as_str()))
        .map(|effect| {
            format!(
                "{} {} is compared with nothing",
                effect.kind, effect.effect_key
            )
        })
        .collect()
}

/// What partners are told, or will be, by the name that the function gives it.
fn told(
    effects: &[EffectRow],
    name: fn(&EffectRow, &CommandData) -> Option<String>,
) -> BTreeSet<String> {
    effects
        .iter()
        .filter_map(|effect| {
            let command: Command = serde_json::from_str(&effect.command).ok()?;
            name(effect, &command.data)
        })
        .collect()
}

/// What we believe of effects of those kinds, under the names by which their partners keep them.
fn believed(
    effects: &[EffectRow],
    kinds: &[&str],
    by: fn(&EffectRow, &Command) -> Option<String>,
) -> Vec<Believed> {
    let of_kind = effects
        .iter()
        .filter(|effect| kinds.contains(&effect.kind.as_str()));
    of_kind
        .filter_map(|effect| {
            let command: Command = serde_json::from_str(&effect.command).ok()?;
            Some(Believed {
                key: by(effect, &command)?,
                confirmed: effect.state == store::EffectState::Confirmed,
                amount: watch::amount(effect),
            })
        })
        .collect()
}

/// Who is to have a document is said by what the document is about, not by where it was sent.
#[expect(
    clippy::unnecessary_wraps,
    reason = "one of several ways to name an effect"
)]
fn posted(effect: &EffectRow, command: &Command) -> Option<String> {
    let erp = partners::erp_of(&command.legal_entity);
    Some(proof::at(erp, &effect.effect_key))
}

/// Announcements to warehouses that keep our key.
fn announced(effect: &EffectRow, command: &Command) -> Option<String> {
    let warehouse = partners::warehouse_of(&command.site);
    (warehouse != EDI_WAREHOUSE).then(|| proof::at(warehouse, &effect.effect_key))
}

/// Announcements to the warehouse that knows the RMA number only.
fn noticed(_: &EffectRow, command: &Command) -> Option<String> {
    let warehouse = partners::warehouse_of(&command.site);
    (warehouse == EDI_WAREHOUSE).then(|| proof::at(warehouse, &command.rma_number))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "one of several ways to name an effect"
)]
fn notified(effect: &EffectRow, _: &Command) -> Option<String> {
    Some(proof::at(&effect.connector, &effect.effect_key))
}

fn by_request(effect: &EffectRow, command: &Command) -> Option<String> {
    match &command.data {
        CommandData::AnswerRequest(answer) => {
            Some(proof::at(&effect.connector, &answer.request_id))
        }
        _ => None,
    }
}

fn by_memo(effect: &EffectRow, command: &Command) -> Option<String> {
    match &command.data {
        CommandData::AdviseCredit(advice) => {
            Some(proof::at(&effect.connector, &advice.document_no))
        }
        _ => None,
    }
}
