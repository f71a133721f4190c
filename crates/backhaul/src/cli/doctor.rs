//! `backhaul doctor`

use std::sync::Arc;
use std::time::Duration;

use broker::Broker;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::Store;

use super::{ConfigArg, Ended, output};
use crate::check;
use crate::config::{self, Config, Environment, Secrets};
use crate::ingress::Desk;
use crate::picture::{self, Change};
use crate::report::{Report, Severity};
use crate::{registry, sidecar};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(15);
/// Clocks may differ by so much.
const SKEW: SignedDuration = SignedDuration::from_secs(5);

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
Does what `check` does, then connects: broker (version, queues and their arguments), store (version, schema), and
the target of every connector that delivers (address, credentials), without changing anything there. Missing queues
are declared, and the store's schema is brought to this version. What differs from the last start on this store is
told (\"changes\" in JSON), and not recorded.
Exit codes: 0 everything well, 2 something is not

Examples:
  backhaul doctor --config /etc/backhaul/backhaul.toml
  backhaul doctor --json")]
pub struct DoctorArgs {
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// One question and its answer.
#[derive(Debug, Serialize)]
struct Finding {
    subject: String,
    well: bool,
    says: String,
}

impl Finding {
    fn new(subject: impl Into<String>, outcome: Result<String, String>) -> Self {
        let well = outcome.is_ok();
        let (Ok(says) | Err(says)) = outcome;
        Self {
            subject: subject.into(),
            well,
            says,
        }
    }
}

pub(super) async fn run(args: &DoctorArgs) -> Result<(), Ended> {
    let reading = config::load(
        &args.config.config,
        &Environment::of_process(),
        Secrets::Needed,
    );
    let (config, mut report) = (reading.config, reading.report);
    report.extend(check::check(&config));
    let mut findings = vec![Finding::new("configuration", configuration(&report))];
    let mut changes = Vec::new();
    match sidecar::open_store(&config).await {
        Ok(store) => {
            let describe = async { store.describe().await.map_err(|error| error.to_string()) };
            findings.push(Finding::new("store", patiently(describe).await));
            let since = patiently(since_the_last_start(&config, &store, &mut changes)).await;
            findings.push(Finding::new("since the last start", since));
            findings.extend(broker_and_partners(&config, &store).await);
            store.close().await;
        }
        Err(report) => {
            findings.push(Finding::new("store", Err(report.to_string())));
            findings.extend(broker_alone(&config).await);
        }
    }
    let well = findings.iter().all(|finding| finding.well);
    if args.json {
        output::json(&serde_json::json!({
            "ok": well, "checks": findings, "findings": report.findings, "changes": changes
        }))?;
    } else {
        let rows = findings
            .iter()
            .map(|f| {
                let mark = if f.well { "well" } else { "NOT WELL" };
                vec![f.subject.clone(), mark.to_owned(), f.says.clone()]
            })
            .collect();
        output::table(&["what", "how", "says"], rows, "nothing to look at")?;
    }
    if well {
        Ok(())
    } else {
        Err(Ended::Wrong("not everything is well".to_owned()))
    }
}

fn configuration(report: &Report) -> Result<String, String> {
    let warnings = report.count(Severity::Warning);
    match (report.is_ok(), report.findings.is_empty()) {
        (true, true) => Ok("nothing wrong".to_owned()),
        (true, false) => Ok(format!("{warnings} warnings\n{report}")),
        (false, _) => Err(report.to_string()),
    }
}

/// What a start would say, without recording anything.
async fn since_the_last_start(
    config: &Config,
    store: &Arc<dyn Store>,
    found: &mut Vec<Change>,
) -> Result<String, String> {
    let picture = picture::take(config, store.as_ref()).await;
    let since = picture::since(store.as_ref(), &picture).await;
    let Some((at, changes)) = since.map_err(|error| error.to_string())? else {
        return Ok("no start is recorded on this store".to_owned());
    };
    if changes.is_empty() {
        return Ok(format!("nothing changed (recorded {at})"));
    }
    let lines: Vec<String> = changes.iter().map(Change::to_string).collect();
    *found = changes;
    Ok(lines.join("\n"))
}

/// Without a store no connector can be built: their partners are looked at when it is mended.
async fn broker_alone(config: &Config) -> Vec<Finding> {
    match sidecar::open_broker(config).await {
        Ok(broker) => {
            let finding = broker_itself(broker.as_ref()).await;
            broker.close().await;
            vec![finding]
        }
        Err(report) => vec![Finding::new("broker", Err(report.to_string()))],
    }
}

async fn broker_itself(broker: &dyn Broker) -> Finding {
    let describe = async { broker.describe().await.map_err(|error| error.to_string()) };
    Finding::new("broker", patiently(describe).await)
}

async fn broker_and_partners(config: &Config, store: &Arc<dyn Store>) -> Vec<Finding> {
    let broker = match sidecar::open_broker(config).await {
        Ok(broker) => broker,
        Err(report) => return vec![Finding::new("broker", Err(report.to_string()))],
    };
    let mut findings = vec![broker_itself(broker.as_ref()).await];
    let topology = sidecar::topology(config);
    let declared = patiently(async {
        broker
            .declare(&topology)
            .await
            .map_err(|error| error.to_string())?;
        Ok(format!(
            "{} queues, with the arguments that they must have",
            topology.queues.len()
        ))
    })
    .await;
    findings.push(Finding::new("queues", declared));
    let desk = Desk::new(
        Arc::clone(&broker),
        Arc::clone(store),
        config.router.delivery_limit,
        1,
        Duration::from_secs(1),
    );
    for name in config.connectors.keys() {
        findings.extend(partner(config, name, &desk).await);
    }
    findings.push(Finding::new("clock", patiently(clock(config)).await));
    broker.close().await;
    findings
}

/// Reaches the target of a connector. None if it only takes in.
async fn partner(config: &Config, name: &str, desk: &Desk) -> Option<Finding> {
    let block = config.connectors.get(name)?;
    let connector = registry::find(&block.kind)?;
    let subject = format!("connector {name}");
    let built = match (connector.build)(&block.settings(name, &config.base_dir), desk) {
        Ok(built) => built,
        Err(failure) => return Some(Finding::new(subject, Err(failure.to_string()))),
    };
    let sink = built.sink?;
    let guard = sink.guard().name();
    let probe = async {
        let says = sink.probe().await.map_err(|failure| failure.to_string())?;
        Ok(format!("{says} (guard against doubles: {guard})"))
    };
    Some(Finding::new(subject, patiently(probe).await))
}

/// Compares our clock with the `Date` of the partners that speak HTTP. Times of documents and leases rest on it.
async fn clock(config: &Config) -> Result<String, String> {
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(5))
        .build()
        .map_err(|error| error.to_string())?;
    let mut compared = 0_u32;
    let mut wrong = Vec::new();
    for (name, block) in &config.connectors {
        let out = block.table.get("out").and_then(toml::Value::as_table);
        let url = block.table.get("base_url").or_else(|| out?.get("base_url"));
        let Some(url) = url.and_then(toml::Value::as_str) else {
            continue;
        };
        let Some(theirs) = date_of(&client, url).await else {
            continue;
        };
        compared += 1;
        let skew = Timestamp::now().duration_since(theirs);
        if skew.abs() > SKEW {
            wrong.push(format!("ours and that of {name} differ by {skew:#}"));
        }
    }
    match (compared, wrong.is_empty()) {
        (0, _) => Ok("no partner told its time".to_owned()),
        (_, true) => Ok(format!("agrees with {compared} partners, to {SKEW:#}")),
        (_, false) => Err(format!(
            "{}: synchronise this host's clock",
            wrong.join("; ")
        )),
    }
}

async fn date_of(client: &reqwest::Client, url: &str) -> Option<Timestamp> {
    let response = client.head(url).send().await.ok()?;
    let date = response
        .headers()
        .get(reqwest::header::DATE)?
        .to_str()
        .ok()?;
    let time = jiff::fmt::rfc2822::parse(date).ok()?;
    Some(time.timestamp())
}

async fn patiently<T>(question: impl Future<Output = Result<T, String>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(answer) => answer,
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
    }
}
