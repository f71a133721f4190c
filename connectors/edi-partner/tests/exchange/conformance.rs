//! The suite that every connector passes, against a mailbox in a folder, and an SFTP server that is not there.

use std::path::PathBuf;

use async_trait::async_trait;
use canonical::{Command, EffectKey};
use connector::{Inbound, Settings};
use edi_partner::CONNECTOR;
use testkit::conformance::{self, Behaviour, Harness, Neighbours, Partner, Waiver, Weather};
use testkit::golden::inbound;

use crate::common::{Site, block, command, home, message};

struct EdiHarness;

struct Mailbox {
    site: Site,
}

impl Partner for Mailbox {
    fn settings(&self) -> Settings {
        self.site.settings.clone()
    }

    fn applied(&self, key: &EffectKey) -> usize {
        if !self.site.path("out").exists() {
            return 0;
        }
        let names = self.site.names("out");
        names
            .iter()
            .filter(|name| self.site.out(name).contains(key.as_str()))
            .count()
    }
}

#[async_trait]
impl Harness for EdiHarness {
    fn settings(&self) -> Settings {
        block("acme")
    }

    fn readme(&self) -> String {
        std::fs::read_to_string(home().join("README.md")).unwrap()
    }

    fn testdata(&self) -> PathBuf {
        home().join("testdata")
    }

    fn inbound(&self) -> Vec<Inbound> {
        [
            "customer/basic",
            "customer/several-lines-and-defaults-of-the-head",
            "customer/two-groups",
            "customer/cancel",
        ]
        .iter()
        .map(|name| inbound(message(&format!("{name}.edi"))))
        .collect()
    }

    fn neighbours(&self) -> Option<Neighbours> {
        Some(Neighbours {
            message: inbound(message("customer/one-bad-set-among-good.edi")),
            good: 2,
            bad: 1,
        })
    }

    fn commands(&self) -> Vec<Command> {
        [
            "credit",
            "authorized",
            "denied",
            "announcement",
            "announcement-withdrawn",
        ]
        .iter()
        .map(|condition| command(condition))
        .collect()
    }

    async fn partner(&self, weather: Weather) -> Option<Box<dyn Partner>> {
        let mut site = Site::new("acme", "ack_expected = \"none\"");
        match weather {
            Weather::Fair => {}
            Weather::IsAway => {
                let mailbox = toml::toml! {
                    kind = "sftp"
                    host = "127.0.0.1"
                    port = 1
                    user = "nobody"
                    password = "secret"
                    host_key = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"
                };
                site.settings
                    .table
                    .insert("mailbox".into(), toml::Value::Table(mailbox));
            }
            Weather::Throttles
            | Weather::Fails
            | Weather::RefusesLogin
            | Weather::LosesAnswer
            | Weather::StopsHalfway
            | Weather::AnswersGarbage => return None,
        }
        Some(Box::new(Mailbox { site }))
    }

    fn waivers(&self) -> Vec<Waiver> {
        let mut waivers = Waiver::all(
            &[
                Behaviour::ThrottledSaysHowLong,
                Behaviour::ServerErrorIsInDoubt,
            ],
            "a mailbox takes a file or does not; it has no words of its own",
        );
        waivers.extend(Waiver::all(
            &[Behaviour::LostAnswerIsInDoubt, Behaviour::GarbageAnswerIsInDoubt],
            "a file is put without an answer; a connection that breaks while it is put is tried by the mailbox's own suite",
        ));
        waivers.extend(Waiver::all(
            &[Behaviour::HalfFinishedIsResumed],
            "a document is put whole or not at all: there are no drafts",
        ));
        waivers.extend(Waiver::all(
            &[Behaviour::WrongLoginIsMisconfigured],
            "a folder has no login; that of SFTP is tried by the mailbox's own suite",
        ));
        waivers
    }
}

#[tokio::test]
async fn conforms() {
    conformance::run(&CONNECTOR, &EdiHarness)
        .await
        .assert_held();
}
