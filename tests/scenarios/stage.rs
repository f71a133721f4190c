//! Where a scenario plays: a sidecar in this process, a warehouse, an ERP, and a clock.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use backhaul::check;
use backhaul::config::{self, Config, Environment, Secrets};
use backhaul::proof::{self, Asked};
use backhaul::sidecar::{self, Assembled};
use broker::Broker;
use canonical::ExceptionCode;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use router::reconcile::Proof;
use serde_json::Value;
use simulators::erp::{self, Collection, ErpSim};
use simulators::wms::{self, WmsSim};
use store::{Clock, EffectRow, ExceptionFilter, ExceptionRow, ExceptionState, ReturnFilter, Store};
use tempfile::TempDir;
use tests::blocks::{json_in, rest_erp};
use tests::{post, root, until};
use workflow::ReturnState;

use crate::ground::Ground;

const SECRET: &str = "scenario-secret";

/// No scenario waits longer for a thing to happen.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a stage is set up.
#[derive(Clone)]
pub(crate) struct Setting {
    /// The policy, as `deploy/policy/us01.toml` unless a scenario changes it.
    pub(crate) policy: String,
    /// Nature of the ERP.
    pub(crate) erp: erp::Config,
    /// More blocks of configuration.
    pub(crate) more: String,
    /// More files beside the configuration, by name.
    pub(crate) files: Vec<(&'static str, String)>,
    /// Files of policies.
    pub(crate) policies: Vec<&'static str>,
}

impl Default for Setting {
    fn default() -> Self {
        let policy = std::fs::read_to_string(root().join("deploy/policy/us01.toml"));
        Self {
            policy: policy.unwrap_or_default(),
            erp: erp::Profile::DraftAndPost.config(),
            more: String::new(),
            files: Vec::new(),
            policies: vec!["us01.toml"],
        }
    }
}

impl Setting {
    /// With other words in the policy.
    pub(crate) fn policy(mut self, from: &str, to: &str) -> Self {
        assert!(self.policy.contains(from), "the policy has no {from:?}");
        self.policy = self.policy.replacen(from, to, 1);
        self
    }

    /// With more lines at the end of the policy.
    pub(crate) fn rules(mut self, more: &str) -> Self {
        self.policy.push_str(more);
        self
    }

    /// With the policy of another legal entity.
    pub(crate) fn entity(mut self, file: &'static str, policy: String) -> Self {
        self.policies.push(file);
        self.files.push((file, policy));
        self
    }

    /// With more blocks of configuration.
    pub(crate) fn blocks(mut self, more: &str) -> Self {
        self.more.push_str(more);
        self
    }
}

/// See the module.
pub(crate) struct Stage {
    folder: TempDir,
    ground: Ground,
    pub(crate) erp: ErpSim,
    pub(crate) warehouse: WmsSim,
    pub(crate) broker: Arc<dyn Broker>,
    pub(crate) store: Arc<dyn Store>,
    sidecar: Option<Assembled>,
    ingress: SocketAddr,
    begun: (Timestamp, Instant),
    /// Microseconds that were passed over.
    passed: Arc<AtomicI64>,
}

impl Stage {
    /// With the example policy.
    pub(crate) async fn new() -> Result<Self> {
        Self::set(Setting::default()).await
    }

    /// Now; what is told comes in at the time of the system, deadlines pass by the stage's.
    pub(crate) async fn set(setting: Setting) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let warehouse = WmsSim::start(wms::Config {
            secret: SECRET.to_owned(),
            autoplay: false,
            ..wms::Config::default()
        })
        .await?;
        let erp = ErpSim::start(setting.erp.clone()).await?;
        std::fs::write(folder.path().join("us01.toml"), &setting.policy)?;
        for (name, text) in &setting.files {
            std::fs::write(folder.path().join(name), text)?;
        }
        let text = blocks(&warehouse.url(), &erp.url(), &setting.policies) + &setting.more;
        std::fs::write(folder.path().join("backhaul.toml"), text)?;
        let ground = Ground::new(&folder).await?;
        let (broker, store) = (ground.broker().await?, ground.store().await?);
        let mut stage = Self {
            folder,
            ground,
            erp,
            warehouse,
            broker,
            store,
            sidecar: None,
            ingress: ([127, 0, 0, 1], 0).into(),
            begun: (Timestamp::now(), Instant::now()),
            passed: Arc::default(),
        };
        stage.start().await?;
        Ok(stage)
    }

    fn clock(&self) -> Clock {
        let ((begin, begun), passed) = (self.begun, Arc::clone(&self.passed));
        Clock::simulated(move || {
            let real = i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX);
            begin + SignedDuration::from_micros(real + passed.load(Ordering::Relaxed))
        })
    }

    fn config(&self) -> Result<Config> {
        let file = self.folder.path().join("backhaul.toml");
        let reading = config::parse(
            &std::fs::read_to_string(&file)?,
            "backhaul.toml",
            self.folder.path(),
            &Environment::default(),
            Secrets::Needed,
        );
        ensure!(reading.report.is_ok(), "{}", reading.report);
        Ok(reading.config)
    }

    /// Starts a sidecar on broker and store as they are.
    pub(crate) async fn start(&mut self) -> Result<()> {
        let config = self.config()?;
        let (broker, store) = (Arc::clone(&self.broker), Arc::clone(&self.store));
        let assembled = sidecar::assemble_at(&config, broker, store, self.clock()).await;
        let assembled = assembled.map_err(|report| anyhow::anyhow!("{report}"))?;
        self.ingress = assembled.ingress().context("no ingress")?;
        self.sidecar = Some(assembled);
        Ok(())
    }

    /// Where the API listens.
    pub(crate) fn api(&self) -> Result<SocketAddr> {
        let sidecar = self.sidecar.as_ref();
        sidecar.and_then(Assembled::api).context("no API")
    }

    /// Cuts the sidecar off, as a killed process is, and starts another.
    pub(crate) async fn kill_and_start(&mut self) -> Result<()> {
        drop(self.sidecar.take());
        self.start().await
    }

    /// Lets hours pass.
    pub(crate) fn pass_hours(&self, hours: i64) {
        self.passed
            .fetch_add(hours * 3_600_000_000, Ordering::Relaxed);
    }

    /// Lets the time pass until then.
    pub(crate) fn pass_until(&self, then: Timestamp) -> Result<()> {
        let micros = i64::try_from(self.clock().now().duration_until(then).as_micros())?;
        ensure!(micros >= 0, "{then} is over");
        self.passed.fetch_add(micros, Ordering::Relaxed);
        Ok(())
    }

    /// The day, where US01 keeps its books.
    pub(crate) fn today(&self) -> Result<Date> {
        Ok(self.clock().now().in_tz("America/Chicago")?.date())
    }

    /// Proves a day of US01.
    pub(crate) async fn prove(&self, date: Date) -> Result<Proof> {
        let config = self.config()?;
        let policies = check::policies(&config).map_err(|report| anyhow::anyhow!("{report}"))?;
        let asked = Asked {
            entity: "US01",
            date: Some(date),
            who: "ada",
            now: self.clock().now(),
        };
        Ok(proof::prove(&config, &policies, &self.store, asked).await?)
    }

    /// Changes one row of the store behind its back.
    pub(crate) async fn alter(&self, sql: &str) -> Result<()> {
        self.ground.alter(sql).await
    }

    /// Posts a document to a connector; it must be taken.
    pub(crate) async fn tell(&self, connector: &str, document: &Value) -> Result<()> {
        let (status, answer) = self.told(connector, document).await?;
        ensure!(status == 202, "{connector} answers {status}: {answer}");
        Ok(())
    }

    /// Posts a document to a connector.
    pub(crate) async fn told(&self, connector: &str, document: &Value) -> Result<(u16, String)> {
        let url = format!("http://{}/in/{connector}", self.ingress);
        post(&url, SECRET, serde_json::to_vec(document)?).await
    }

    /// The warehouse tells facts, in this order.
    pub(crate) async fn facts(&self, facts: impl IntoIterator<Item = Value>) -> Result<()> {
        for fact in facts {
            self.tell("wms-east", &fact).await?;
        }
        Ok(())
    }

    /// The portal asks, and the return is authorised.
    pub(crate) async fn authorized(&self, request: &Value) -> Result<ReturnState> {
        self.tell("portal", request).await?;
        let rma = request["rma"].as_str().unwrap_or_default();
        self.until_return(rma, "AUTHORIZED", |state| {
            state.lifecycle() == canonical::Lifecycle::Authorized
        })
        .await
    }

    /// Every return.
    pub(crate) async fn returns(&self) -> Result<Vec<ReturnState>> {
        let rows = self.store.returns(&ReturnFilter::default()).await?;
        let states = rows.iter().map(|row| serde_json::from_str(&row.state));
        Ok(states.collect::<Result<_, _>>()?)
    }

    /// The return of that RMA number, if it is known.
    pub(crate) async fn find(&self, rma: &str) -> Result<Option<ReturnState>> {
        let all = self.returns().await?;
        Ok(all.into_iter().find(|s| s.header().rma_number == rma))
    }

    /// The return of that RMA number.
    pub(crate) async fn the(&self, rma: &str) -> Result<ReturnState> {
        self.find(rma).await?.with_context(|| format!("no {rma}"))
    }

    /// Waits until that return is so.
    pub(crate) async fn until_return(
        &self,
        rma: &str,
        what: &str,
        is: impl Fn(&ReturnState) -> bool,
    ) -> Result<ReturnState> {
        let found = until(what, PATIENCE, || async {
            self.find(rma).await.ok().flatten().filter(|s| is(s))
        })
        .await;
        match found {
            Ok(state) => Ok(state),
            Err(error) => Err(error.context(self.picture(rma).await)),
        }
    }

    /// Waits until something holds.
    pub(crate) async fn until<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        holds: impl FnMut() -> F,
    ) -> Result<T> {
        match until(what, PATIENCE, holds).await {
            Ok(value) => Ok(value),
            Err(error) => Err(error.context(self.picture("").await)),
        }
    }

    /// Open exceptions of that code.
    pub(crate) async fn exceptions(&self, code: ExceptionCode) -> Result<Vec<ExceptionRow>> {
        let filter = ExceptionFilter {
            state: Some(ExceptionState::Open),
            code: Some(code.to_string()),
            ..ExceptionFilter::default()
        };
        Ok(self.store.exceptions(&filter).await?)
    }

    /// Waits for an exception of that code.
    pub(crate) async fn until_exception(&self, code: ExceptionCode) -> Result<ExceptionRow> {
        let what = format!("an exception {code}");
        self.until(&what, || async {
            self.exceptions(code).await.ok()?.into_iter().next()
        })
        .await
    }

    /// What the audit says of a return, as one text.
    pub(crate) async fn trail(&self, return_id: &str) -> Result<String> {
        let entries = self.store.audit(return_id, 0, 1000).await?;
        let bodies: Vec<String> = entries.into_iter().map(|row| row.entry.body).collect();
        Ok(bodies.join("\n"))
    }

    /// Waits until a timer of that kind is set.
    pub(crate) async fn until_timer(&self, kind: &str) -> Result<()> {
        let end = Timestamp::now() + SignedDuration::from_hours(24 * 3000);
        let is_set = || async {
            let due = self.store.due(end, 1000).await.ok()?;
            due.iter()
                .any(|timer| timer.kind.starts_with(kind))
                .then_some(())
        };
        self.until(&format!("a timer {kind}"), is_set).await
    }

    /// Waits until so many events wait for a return.
    pub(crate) async fn until_parked(&self, wanted: usize) -> Result<()> {
        let end = Timestamp::now() + SignedDuration::from_hours(24 * 3000);
        let are_parked = || async {
            let parked = self.store.overdue(end, 1000).await.ok()?;
            (parked.len() == wanted).then_some(())
        };
        self.until(&format!("{wanted} parked events"), are_parked)
            .await
    }

    /// Effects of a return of that kind.
    pub(crate) async fn effects(&self, rma: &str, kind: &str) -> Result<Vec<EffectRow>> {
        let state = self.the(rma).await?;
        let all = self.store.effects_of(state.return_id()).await?;
        Ok(all.into_iter().filter(|row| row.kind == kind).collect())
    }

    /// Waits until no effect is under way.
    pub(crate) async fn until_quiet(&self) -> Result<()> {
        let mut quiet = 0;
        let begin = Instant::now();
        while quiet < 3 {
            let counts = self.store.effect_counts().await?;
            let busy = counts
                .iter()
                .any(|(_, state, n)| *n > 0 && is_under_way(*state));
            quiet = if busy { 0 } else { quiet + 1 };
            ensure!(
                begin.elapsed() < PATIENCE,
                "not quiet\n{}",
                self.picture("").await
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok(())
    }

    /// Posted credit memos of the ERP's ledger.
    pub(crate) fn memos(&self) -> Vec<Value> {
        let ledger = self.erp.ledger();
        let memos = ledger.documents.get(&Collection::CreditMemos);
        let posted = memos.into_iter().flatten();
        posted
            .filter(|memo| memo["status"] == "Posted")
            .cloned()
            .collect()
    }

    /// Net, tax and gross of a return's posted credit memos, as the ERP's ledger has them, in the order of posting.
    pub(crate) fn totals(&self, rma: &str) -> Vec<[String; 3]> {
        let amount = |memo: &Value, name: &str| memo[name].as_str().unwrap_or_default().to_owned();
        let memos = self.memos().into_iter();
        memos
            .filter(|memo| memo["rmaNumber"] == rma)
            .map(|memo| ["netAmount", "taxAmount", "grossAmount"].map(|name| amount(&memo, name)))
            .collect()
    }

    /// Waits until a return has so many memos, which then must be those.
    pub(crate) async fn until_memos(&self, rma: &str, expected: &[[String; 3]]) -> Result<()> {
        let what = format!("{} memos of {rma}", expected.len());
        let there = || async { (self.totals(rma).len() >= expected.len()).then_some(()) };
        self.until(&what, there).await?;
        self.until_quiet().await?;
        let found = self.totals(rma);
        ensure!(found == expected, "{found:?}, not {expected:?}");
        Ok(())
    }

    /// What there is, for a failure's message.
    async fn picture(&self, rma: &str) -> String {
        let mut lines = Vec::new();
        for state in self.returns().await.unwrap_or_default() {
            let header = state.header();
            if rma.is_empty() || header.rma_number == rma {
                lines.push(format!(
                    "{} {:?} {:?}",
                    header.rma_number,
                    state.lifecycle(),
                    header.expires_at
                ));
                let effects = self.store.effects_of(state.return_id()).await;
                for row in effects.unwrap_or_default() {
                    lines.push(format!(
                        "  {} {:?} {} {}",
                        row.kind, row.state, row.failure_code, row.failure_text
                    ));
                }
            }
        }
        let all = self.store.exceptions(&ExceptionFilter::default()).await;
        for row in all.unwrap_or_default() {
            lines.push(format!("  {} {:?} {}", row.code, row.state, row.reason));
        }
        lines.join("\n")
    }
}

fn is_under_way(state: store::EffectState) -> bool {
    use store::EffectState::{InFlight, Ready, Unknown};
    matches!(state, Ready | InFlight | Unknown)
}

fn blocks(wms: &str, erp: &str, policies: &[&str]) -> String {
    let portal = json_in("portal", SECRET);
    let marketplace = json_in("marketplace", SECRET);
    let erp = rest_erp(erp, "3s", "4s");
    format!(
        r#"
[http]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
[policy]
files = {policies:?}
{portal}{marketplace}
[connectors.wms-east]
type = "wms-json"
system = "wms-east"
entity = "US01"
site = "DC-EAST"
deadline = "3s"
[connectors.wms-east.codes.uom]
EA = "EA"
CS = "XCS"
[connectors.wms-east.http]
path = "/in/wms-east"
secret = "{SECRET}"
[connectors.wms-east.out]
base_url = "{wms}/"
guard = "native-key"
timeout = "2s"
connect_timeout = "1s"
[connectors.wms-east.retry]
settle_window = "4s"
{erp}
[[routes]]
kinds = ["WMS_RMA_ASN", "WMS_RMA_CANCEL", "NOTIFY"]
connector = "wms-east"

[[routes]]
kinds = ["ERP_RETURN_ORDER", "ERP_RECEIPT_HOLD", "ERP_STOCK_TRANSFER", "ERP_SCRAP", "ERP_CREDIT_MEMO", "ERP_CREDIT_REVERSAL"]
connector = "erp"
"#
    )
}
