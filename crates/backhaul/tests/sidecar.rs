//! A whole sidecar on embedded broker and store: started, looked at, drained; in this process and as the binary.
//! In a program of its own: metrics are those of the process.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests"
)]

#[path = "program/support/mod.rs"]
#[allow(dead_code, reason = "shared with `program`, which uses the rest")]
mod support;

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use backhaul::config::Config;
use backhaul::{sidecar, telemetry};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use support::{EMBEDDED, POLICY, PORTAL};

fn blocks() -> String {
    format!("{EMBEDDED}{POLICY}{PORTAL}")
}

fn config(folder: &Path) -> Config {
    support::configured(folder, &blocks())
}

fn client() -> Client {
    Client::builder()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

async fn get(addr: SocketAddr, path: &str) -> (StatusCode, String) {
    let response = client()
        .get(format!("http://{addr}{path}"))
        .send()
        .await
        .unwrap();
    (response.status(), response.text().await.unwrap())
}

#[tokio::test]
async fn it_starts_tells_of_itself_takes_in_and_drains() {
    let folder = tempfile::tempdir().unwrap();
    telemetry::registry();
    let running = sidecar::start(&config(folder.path())).await.unwrap();
    let (ingress, admin) = (running.sidecar.ingress().unwrap(), running.sidecar.admin());

    assert_eq!(get(admin, "/healthz").await.0, StatusCode::OK);
    let (status, body) = get(admin, "/readyz").await;
    assert_eq!(status, StatusCode::OK, "{body}");

    // What cannot be read is refused with a problem, and kept.
    let url = format!("http://{ingress}/in/portal");
    let refused = client().post(&url).body("no JSON").send().await.unwrap();
    assert!(refused.status().is_client_error(), "{}", refused.status());
    let problem: Value = refused.json().await.unwrap();
    assert!(
        problem["code"].as_str().unwrap().starts_with("wms-json."),
        "{problem}"
    );
    let filter = store::ExceptionFilter::default();
    let kept = running.store.exceptions(&filter).await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0].connector, "portal");

    let (_, metrics) = get(admin, "/metrics").await;
    for line in [
        "backhaul_queue_messages{queue=\"returns.router\"} 0",
        "backhaul_intake_messages_total{connector=\"portal\"",
        "backhaul_exceptions_opened_total",
    ] {
        assert!(metrics.contains(line), "no {line} in\n{metrics}");
    }

    assert!(running.stop().await);
    assert!(client().post(&url).body("x").send().await.is_err());
}

#[tokio::test]
async fn only_the_parts_asked_for_run_here() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.only = vec!["router".to_owned()];
    let running = sidecar::start(&config).await.unwrap();
    assert_eq!(running.sidecar.ingress(), None);
    assert!(running.stop().await);

    config.only = vec!["rooter".to_owned()];
    let report = sidecar::start(&config).await.err().unwrap();
    assert!(report.to_string().contains("rooter"), "{report}");
}

#[tokio::test]
async fn a_wrong_policy_leaves_the_old_one_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path());
    let running = sidecar::start(&config).await.unwrap();
    assert!(running.sidecar.reload(&config).is_ok());
    std::fs::write(folder.path().join("us01.toml"), "version = 1").unwrap();
    assert!(running.sidecar.reload(&config).is_err());
    assert!(running.stop().await);
}

#[tokio::test]
async fn an_address_in_use_is_said_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = config(folder.path());
    config.http.listen = taken.local_addr().unwrap();
    let report = sidecar::start(&config).await.err().unwrap();
    assert_eq!(report.findings[0].place, "http.listen");
}

/// The binary, ended when the test does.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Process {
    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    fn ends(&mut self) -> i32 {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status.code().unwrap();
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Log lines (JSON) of a process until one has that message.
fn until(lines: &mut impl Iterator<Item = std::io::Result<String>>, message: &str) -> Value {
    for line in lines {
        let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
        if line["message"]
            .as_str()
            .is_some_and(|text| text.contains(message))
        {
            return line;
        }
    }
    panic!("the log ends without {message:?}");
}

#[test]
fn the_binary_reloads_on_sighup_and_drains_on_sigterm() {
    use std::io::BufRead as _;
    let folder = tempfile::tempdir().unwrap();
    config(folder.path());
    let child = Command::new(env!("CARGO_BIN_EXE_backhaul"))
        .args(["run", "--config", "backhaul.toml"])
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut process = Process(child);
    let mut log = std::io::BufReader::new(process.0.stderr.take().unwrap()).lines();
    let started = until(&mut log, "started");
    assert!(
        started["ingress"]
            .as_str()
            .unwrap()
            .starts_with("127.0.0.1:"),
        "{started}"
    );
    process.signal("HUP");
    until(&mut log, "in force");
    std::fs::write(folder.path().join("us01.toml"), "version = 1").unwrap();
    process.signal("HUP");
    until(&mut log, "the old policies stay in force");
    process.signal("TERM");
    until(&mut log, "draining");
    assert_eq!(process.ends(), 0);
}
