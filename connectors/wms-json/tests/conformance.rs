//! The suite that every connector passes, against the WMS simulator.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

mod common;

use std::path::PathBuf;

use async_trait::async_trait;
use canonical::{Command, EffectKey};
use connector::{Inbound, Settings};
use simulators::faults::{Fault, Rule};
use simulators::wms::{Config, WmsSim};
use testkit::conformance::{self, Behaviour, Harness, Neighbours, Partner, Waiver, Weather};
use testkit::golden::inbound;
use wms_json::CONNECTOR;

struct WmsHarness;

struct Warehouse {
    sim: WmsSim,
    base_url: String,
    key: &'static str,
}

impl Partner for Warehouse {
    fn settings(&self) -> Settings {
        common::leading_to(&self.base_url, self.key, "1s")
    }

    fn applied(&self, key: &EffectKey) -> usize {
        let ledger = self.sim.ledger();
        let asns = ledger
            .asns
            .iter()
            .filter(|asn| asn.external_reference == key.as_str())
            .count();
        let notifications = ledger
            .notifications
            .iter()
            .filter(|n| n["key"] == key.as_str());
        asns + notifications.count()
    }
}

fn message(name: &str) -> Inbound {
    inbound(std::fs::read(common::home().join("testdata").join(name)).unwrap())
}

#[async_trait]
impl Harness for WmsHarness {
    fn settings(&self) -> Settings {
        common::block("wms-east")
    }

    fn readme(&self) -> String {
        std::fs::read_to_string(common::home().join("README.md")).unwrap()
    }

    fn testdata(&self) -> PathBuf {
        common::home().join("testdata")
    }

    fn inbound(&self) -> Vec<Inbound> {
        [
            "basic-receipt",
            "partial",
            "inspection",
            "split-disposition",
            "reversal",
            "blind",
        ]
        .iter()
        .map(|condition| message(&format!("{condition}.in.json")))
        .collect()
    }

    fn neighbours(&self) -> Option<Neighbours> {
        Some(Neighbours {
            message: message("batch-with-one-bad.in.json"),
            good: 2,
            bad: 1,
        })
    }

    fn commands(&self) -> Vec<Command> {
        vec![
            common::announcement(),
            common::cancellation(),
            common::notification(),
        ]
    }

    async fn partner(&self, weather: Weather) -> Option<Box<dyn Partner>> {
        let fault = match weather {
            Weather::Fair | Weather::IsAway | Weather::RefusesLogin => None,
            Weather::Throttles => Some(Fault::Throttle),
            Weather::Fails => Some(Fault::CommitThen503),
            Weather::LosesAnswer => Some(Fault::CommitThenDrop),
            Weather::AnswersGarbage => Some(Fault::Garbage),
            Weather::StopsHalfway => return None,
        };
        let config = Config {
            api_key: Some("right-key".to_owned()),
            autoplay: false,
            faults: fault
                .map(|fault| Rule::once(fault).on("POST"))
                .into_iter()
                .collect(),
            ..Config::default()
        };
        let sim = WmsSim::start(config).await.unwrap();
        let base_url = match weather {
            Weather::IsAway => "http://127.0.0.1:1/".to_owned(),
            _ => sim.url(),
        };
        let key = if weather == Weather::RefusesLogin {
            "wrong-key"
        } else {
            "right-key"
        };
        Some(Box::new(Warehouse { sim, base_url, key }))
    }

    fn waivers(&self) -> Vec<Waiver> {
        vec![Waiver {
            behaviour: Behaviour::HalfFinishedIsResumed,
            reason: "an announcement is taken in one request: there are no drafts",
        }]
    }
}

#[tokio::test]
async fn conforms() {
    conformance::run(&CONNECTOR, &WmsHarness)
        .await
        .assert_held();
}
