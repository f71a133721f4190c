//! The conformance suite, before the simulated ERP.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use canonical::{Command, EffectKey};
use connector::{Inbound, Settings};
use simulators::erp_soap::{Account, Config, Kind, Security, SoapSim};
use simulators::faults::{Fault, Rule};
use testkit::conformance::{self, Behaviour, Harness, Neighbours, Partner, Waiver, Weather};

struct ErpHarness;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn block(url: &str, password: &str) -> Settings {
    let text = format!(
        "url = \"{url}\"\nprofile = \"sim\"\ntimeout = \"2s\"\nconnect_timeout = \"1s\"\n\
         ws_security = {{ user = \"backhaul\", password = \"{password}\", timestamp = true }}"
    );
    Settings {
        instance: "erp-legacy".to_owned(),
        table: toml::from_str(&text).unwrap(),
        base_dir: here(),
        published: connector::Published::default(),
    }
}

#[async_trait]
impl Harness for ErpHarness {
    fn settings(&self) -> Settings {
        block("https://erp.example/soap", "s3cret")
    }

    fn readme(&self) -> String {
        std::fs::read_to_string(here().join("README.md")).unwrap()
    }

    fn testdata(&self) -> PathBuf {
        here().join("testdata")
    }

    fn inbound(&self) -> Vec<Inbound> {
        Vec::new()
    }

    fn neighbours(&self) -> Option<Neighbours> {
        None
    }

    fn commands(&self) -> Vec<Command> {
        let read = |name: &str| {
            let path = Path::new("testdata").join(format!("{name}.command.json"));
            serde_json::from_str(&std::fs::read_to_string(here().join(path)).unwrap()).unwrap()
        };
        ["basic", "return-order", "receipt-hold", "scrap", "reversal"]
            .map(read)
            .to_vec()
    }

    async fn partner(&self, weather: Weather) -> Option<Box<dyn Partner>> {
        let config = Config {
            security: Security::UsernameDigest(Account::default()),
            ..Config::default()
        };
        let erp = SoapSim::start(config).await.unwrap();
        let fault = match weather {
            Weather::Fair | Weather::IsAway | Weather::RefusesLogin => None,
            Weather::Throttles => Some(Fault::Throttle),
            Weather::Fails => Some(Fault::FaultAfterCommit),
            Weather::LosesAnswer => Some(Fault::CommitThenDrop),
            // One request makes and posts: this ERP has no drafts.
            Weather::StopsHalfway => return None,
            Weather::AnswersGarbage => Some(Fault::Garbage),
        };
        if let Some(fault) = fault {
            erp.faults()
                .add(Rule::once(fault).on("SOAP PostCreditMemo"));
        }
        let settings = match weather {
            // Port 9 (discard) of this machine: nobody listens.
            Weather::IsAway => block("http://127.0.0.1:9", "s3cret"),
            Weather::RefusesLogin => block(&erp.endpoint(), "other"),
            _ => block(&erp.endpoint(), "s3cret"),
        };
        Some(Box::new(Erp { erp, settings }))
    }

    fn waivers(&self) -> Vec<Waiver> {
        let mut waivers = Waiver::all(
            Behaviour::INBOUND,
            "nothing comes in by this connector: it posts and looks up",
        );
        waivers.push(Waiver {
            behaviour: Behaviour::HalfFinishedIsResumed,
            reason: "the simulated ERP has no drafts; tests/posting/two_steps.rs has a partner with them",
        });
        waivers
    }
}

struct Erp {
    erp: SoapSim,
    settings: Settings,
}

impl Partner for Erp {
    fn settings(&self) -> Settings {
        self.settings.clone()
    }

    fn applied(&self, key: &EffectKey) -> usize {
        let ledger = self.erp.ledger();
        let kinds = [
            Kind::ReturnOrder,
            Kind::StockMovement,
            Kind::CreditMemo,
            Kind::Reversal,
        ];
        kinds
            .map(|kind| ledger.live(kind, key.as_str()))
            .iter()
            .sum()
    }
}

#[tokio::test]
async fn conforms() {
    conformance::run(&erp_soap::CONNECTOR, &ErpHarness)
        .await
        .assert_held();
}
