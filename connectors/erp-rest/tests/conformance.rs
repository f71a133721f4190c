//! The conformance suite, before the simulated ERP.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use canonical::{Command, EffectKey};
use connector::{Inbound, Settings};
use simulators::erp::{Auth, Config, ErpSim};
use simulators::faults::{Fault, Rule};
use testkit::conformance::{self, Behaviour, Harness, Neighbours, Partner, Waiver, Weather};

struct ErpHarness;

fn here() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn block(url: &str, secret: &str) -> Settings {
    let text = format!(
        "base_url = \"{url}\"\nprofile = \"sim\"\ntimeout = \"2s\"\nconnect_timeout = \"1s\"\n\
         auth = {{ kind = \"client-credentials\", token_url = \"/oauth/token\", client_id = \"backhaul\", \
         client_secret = \"{secret}\" }}"
    );
    Settings {
        instance: "erp-cloud".to_owned(),
        table: toml::from_str(&text).unwrap(),
        base_dir: here(),
        published: connector::Published::default(),
    }
}

#[async_trait]
impl Harness for ErpHarness {
    fn settings(&self) -> Settings {
        block("https://erp.example/api", "s3cret")
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
        let erp = ErpSim::start(Config::default()).await.unwrap();
        let (create, post) = ("POST /api/creditMemos", "POST /api/creditMemos/{id}/post");
        let rule = match weather {
            Weather::Fair | Weather::IsAway | Weather::RefusesLogin => None,
            Weather::Throttles => Some(Rule::once(Fault::Throttle).on(create)),
            Weather::Fails => Some(Rule::once(Fault::CommitThen503).on(create)),
            Weather::LosesAnswer => Some(Rule::once(Fault::CommitThenDrop).on(post)),
            Weather::StopsHalfway => Some(Rule::once(Fault::CommitThenDrop).on(create)),
            Weather::AnswersGarbage => Some(Rule::once(Fault::Garbage).on(post)),
        };
        if let Some(rule) = rule {
            erp.faults().add(rule);
        }
        let settings = match weather {
            // Port 9 (discard) of this machine: nobody listens.
            Weather::IsAway => block("http://127.0.0.1:9", "s3cret"),
            Weather::RefusesLogin => block(&erp.url(), "other"),
            _ => block(&erp.url(), "s3cret"),
        };
        Some(Box::new(Erp { erp, settings }))
    }

    fn waivers(&self) -> Vec<Waiver> {
        Waiver::all(
            Behaviour::INBOUND,
            "nothing comes in by this connector: it posts and looks up",
        )
    }
}

struct Erp {
    erp: ErpSim,
    settings: Settings,
}

impl Partner for Erp {
    fn settings(&self) -> Settings {
        self.settings.clone()
    }

    fn applied(&self, key: &EffectKey) -> usize {
        let ledger = self.erp.ledger();
        let of_key = ledger
            .keys
            .iter()
            .filter(|count| count.external_document_number == key.as_str());
        of_key.map(|count| count.live).sum()
    }
}

#[tokio::test]
async fn conforms() {
    assert!(matches!(
        Config::default().auth,
        Auth::ClientCredentials { .. }
    ));
    conformance::run(&erp_rest::CONNECTOR, &ErpHarness)
        .await
        .assert_held();
}
