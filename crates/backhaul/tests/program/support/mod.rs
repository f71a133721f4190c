//! A sidecar in this process on embedded broker and store, and the program beside it in the same folder.

pub(crate) mod finance;

use std::path::Path;
use std::process::{Command, Output};

use backhaul::config::{self, Config, Environment, Secrets};
use backhaul::sidecar::{self, Running};
use canonical::envelope::Envelope;
use serde_json::Value;
use store::Unit;

/// Broker, store and listeners.
pub(crate) const EMBEDDED: &str = r#"
[broker]
url = "embedded:data/queue.db"
[store]
url = "sqlite:data/backhaul.db"
[http]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
"#;

/// The house's policy.
pub(crate) const POLICY: &str = r#"
[policy]
files = ["us01.toml"]
"#;

/// A portal that may say anything.
pub(crate) const PORTAL: &str = r#"
[connectors.portal]
type = "wms-json"
system = "portal"
rma_namespace = "rma"
[connectors.portal.http]
path = "/in/portal"
unsigned = true
"#;

/// Reads the configuration, written into the folder beside the house's policy.
pub(crate) fn configured(folder: &Path, text: &str) -> Config {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policy/us01.toml");
    std::fs::copy(example, folder.join("us01.toml")).unwrap();
    std::fs::write(folder.join("backhaul.toml"), text).unwrap();
    let environment = Environment::default();
    let reading = config::parse(text, "test", folder, &environment, Secrets::Needed);
    assert!(reading.report.is_ok(), "{}", reading.report);
    reading.config
}

/// Starts a sidecar.
pub(crate) async fn started(folder: &Path, text: &str) -> Running {
    sidecar::start(&configured(folder, text)).await.unwrap()
}

/// Runs the program in the folder.
pub(crate) async fn program(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backhaul"));
    command
        .args(arguments)
        .current_dir(folder)
        .env_remove("BACKHAUL_CONFIG");
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

/// What the program says with `--json`, which must succeed.
pub(crate) async fn json_of(folder: &Path, arguments: &[&str]) -> Value {
    let output = program(folder, &[arguments, &["--json"]].concat()).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Tells facts, in that order.
pub(crate) async fn tell(running: &Running, facts: Vec<Envelope>) {
    let messages = facts.iter().map(|fact| router::wire::event(fact).unwrap());
    let unit = Unit {
        outbox: messages.collect(),
        is_left: true,
        ..Unit::default()
    };
    running.store.commit(vec![unit], Vec::new()).await.unwrap();
}
