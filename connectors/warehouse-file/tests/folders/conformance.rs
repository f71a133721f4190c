//! The suite that every connector passes, in real folders.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use canonical::{Command, EffectKey};
use connector::{Inbound, Settings};
use testkit::conformance::{self, Behaviour, Harness, Neighbours, Partner, Waiver, Weather};
use testkit::golden::inbound;
use warehouse_file::CONNECTOR;

use crate::support::settings;

fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn command(name: &str) -> Command {
    let path = home().join(format!("testdata/out/{name}.command.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub(crate) fn announcement() -> Command {
    command("announce")
}

pub(crate) fn cancellation() -> Command {
    command("cancel")
}

struct FolderHarness;

struct Warehouse {
    folder: tempfile::TempDir,
    settings: Settings,
}

impl Partner for Warehouse {
    fn settings(&self) -> Settings {
        self.settings.clone()
    }

    fn applied(&self, key: &EffectKey) -> usize {
        let Ok(entries) = std::fs::read_dir(self.folder.path().join("out")) else {
            return 0;
        };
        let names = entries.map(|e| e.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name.contains(key.as_str())).count()
    }
}

fn message(name: &str) -> Inbound {
    inbound(std::fs::read(home().join("testdata/caret").join(name)).unwrap())
}

#[async_trait]
impl Harness for FolderHarness {
    fn settings(&self) -> Settings {
        settings(Path::new("files"), "")
    }

    fn readme(&self) -> String {
        std::fs::read_to_string(home().join("README.md")).unwrap()
    }

    fn testdata(&self) -> PathBuf {
        home().join("testdata")
    }

    fn inbound(&self) -> Vec<Inbound> {
        [
            "basic",
            "default-disposition",
            "partly-confirmed",
            "blind",
            "several-returns",
            "reversal",
            "with-end",
        ]
        .iter()
        .map(|condition| message(&format!("{condition}.rtn")))
        .collect()
    }

    fn neighbours(&self) -> Option<Neighbours> {
        Some(Neighbours {
            message: message("unknown-disposition.rtn"),
            good: 2,
            bad: 1,
        })
    }

    fn commands(&self) -> Vec<Command> {
        vec![announcement(), cancellation()]
    }

    async fn partner(&self, weather: Weather) -> Option<Box<dyn Partner>> {
        let folder = tempfile::tempdir().unwrap();
        match weather {
            Weather::Fair => {}
            Weather::IsAway => {
                let mailbox = concat!(
                    "kind = \"sftp\"\nhost = \"127.0.0.1\"\nport = 1\nuser = \"us\"\npassword = \"secret\"\n",
                    "host_key = \"SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\""
                );
                let mut settings = settings(folder.path(), "");
                let mailbox: toml::Table = mailbox.parse().unwrap();
                settings
                    .table
                    .insert("mailbox".to_owned(), toml::Value::Table(mailbox));
                return Some(Box::new(Warehouse { folder, settings }));
            }
            Weather::Throttles
            | Weather::Fails
            | Weather::RefusesLogin
            | Weather::LosesAnswer
            | Weather::StopsHalfway
            | Weather::AnswersGarbage => return None,
        }
        let settings = settings(folder.path(), "");
        Some(Box::new(Warehouse { folder, settings }))
    }

    fn waivers(&self) -> Vec<Waiver> {
        let mut waivers = Waiver::all(
            &[
                Behaviour::ThrottledSaysHowLong,
                Behaviour::ServerErrorIsInDoubt,
                Behaviour::GarbageAnswerIsInDoubt,
            ],
            "a folder gives no answers that could say so",
        );
        waivers.extend(Waiver::all(
            &[
                Behaviour::WrongLoginIsMisconfigured,
                Behaviour::LostAnswerIsInDoubt,
            ],
            "a folder has no login and no connection; over SFTP the mailbox's own suite tries it",
        ));
        waivers.push(Waiver {
            behaviour: Behaviour::HalfFinishedIsResumed,
            reason: "a file is renamed into the outbox whole: nobody ever sees half of one",
        });
        waivers
    }
}

#[tokio::test]
async fn conforms() {
    conformance::run(&CONNECTOR, &FolderHarness)
        .await
        .assert_held();
}
