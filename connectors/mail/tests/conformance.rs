//! The suite that every connector passes, against the simulated mail server.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use std::path::PathBuf;

use async_trait::async_trait;
use canonical::{Command, EffectKey};
use connector::{Inbound, Settings};
use mail::CONNECTOR;
use simulators::faults::{Fault, Rule};
use simulators::mail::{Config, MailSim};
use testkit::conformance::{self, Behaviour, Harness, Neighbours, Partner, Waiver, Weather};

struct MailHarness;

struct Server {
    sim: MailSim,
    settings: Settings,
}

impl Partner for Server {
    fn settings(&self) -> Settings {
        self.settings.clone()
    }

    fn applied(&self, key: &EffectKey) -> usize {
        let ledger = self.sim.ledger();
        let ours = format!("{key}@example.com");
        ledger.iter().filter(|mail| mail.message_id == ours).count()
    }
}

#[async_trait]
impl Harness for MailHarness {
    fn settings(&self) -> Settings {
        common::block()
    }

    fn readme(&self) -> String {
        std::fs::read_to_string(common::home().join("README.md")).unwrap()
    }

    fn testdata(&self) -> PathBuf {
        common::home().join("testdata")
    }

    fn inbound(&self) -> Vec<Inbound> {
        Vec::new()
    }

    fn neighbours(&self) -> Option<Neighbours> {
        None
    }

    fn commands(&self) -> Vec<Command> {
        vec![common::authorised("C10010"), common::credited("C20020")]
    }

    async fn partner(&self, weather: Weather) -> Option<Box<dyn Partner>> {
        let rule = match weather {
            Weather::Fair | Weather::IsAway | Weather::RefusesLogin => None,
            Weather::Fails => Some(Rule::once(Fault::Unavailable).on("DATA")),
            Weather::Throttles
            | Weather::LosesAnswer
            | Weather::AnswersGarbage
            | Weather::StopsHalfway => return None,
        };
        // The login needs no TLS here: the server is on this host, and `check` is not asked.
        let login =
            (weather == Weather::RefusesLogin).then(|| ("returns".to_owned(), "right".to_owned()));
        let config = Config {
            login,
            faults: rule.into_iter().collect(),
        };
        let sim = MailSim::start(config).await.unwrap();
        let port = match weather {
            Weather::IsAway => 1,
            _ => sim.addr().port(),
        };
        let settings = common::leading_to(port, None);
        Some(Box::new(Server { sim, settings }))
    }

    fn waivers(&self) -> Vec<Waiver> {
        let mut waivers = Waiver::all(Behaviour::INBOUND, "mail is only sent");
        waivers.extend(Waiver::all(
            &[
                Behaviour::SendIsIdempotent,
                Behaviour::LostAnswerIsInDoubt,
                Behaviour::GarbageAnswerIsInDoubt,
            ],
            "a mail server cannot be asked what it has taken; tests/sending.rs shows what is in doubt",
        ));
        waivers.push(Waiver {
            behaviour: Behaviour::HalfFinishedIsResumed,
            reason: "a message is taken whole or not: there are no drafts",
        });
        waivers.push(Waiver {
            behaviour: Behaviour::ThrottledSaysHowLong,
            reason: "SMTP has no word for how long: 421 and 45x are tried again as the block's retry says",
        });
        waivers
    }
}

#[tokio::test]
async fn conforms() {
    conformance::run(&CONNECTOR, &MailHarness)
        .await
        .assert_held();
}
