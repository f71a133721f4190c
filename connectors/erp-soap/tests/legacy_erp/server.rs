//! The legacy ERP: installed on the first run, started on a free port.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use canonical::{Command, CommandData, EffectKey};
use connector::{Built, Confirmation, Failure, Found, Outbound, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::conformance::SilentPorts;

use crate::tether::{Tethered, free_port};

/// A running ERP.
pub(crate) struct Erp {
    port: u16,
    http: reqwest::Client,
    _process: Tethered,
    _folder: TempDir,
}

/// A way to talk to it.
pub(crate) struct Clerk(Built);

const ACCOUNT: &str = "erp:s3cret";

impl Erp {
    /// Started with this rule for keys that come again. `None` where there is no peer.
    pub(crate) async fn start(duplicates: &str) -> Option<Self> {
        let peer =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/peers/soap/legacy_erp.py");
        if !peer.exists() {
            eprintln!("skipped: the peer {} is not there", peer.display());
            return None;
        }
        let Some(python) = installed() else {
            eprintln!("skipped: spyne, lxml and werkzeug cannot be installed");
            return None;
        };
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut words: Vec<OsString> = vec![python.into(), peer.into(), port.to_string().into()];
        words.extend(["--auth", ACCOUNT, "--dup", duplicates].map(OsString::from));
        let words: Vec<_> = words.iter().map(OsString::as_os_str).collect();
        let process = Tethered::start(&words, &folder.path().join("erp.log"), "").await;
        let erp = Self {
            port,
            http: reqwest::Client::builder().build().unwrap(),
            _process: process,
            _folder: folder,
        };
        for _ in 0..600 {
            if erp.get("state").await.is_some() {
                return Some(erp);
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("the legacy ERP does not answer");
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let answer = self.http.get(self.url(path)).send().await.ok()?;
        serde_json::from_str(&answer.text().await.ok()?).ok()
    }

    /// What goes wrong with the next request of that operation.
    pub(crate) async fn trouble(&self, mode: &str, delay: f32) {
        let body = json!({"op": "PostCreditMemo", "mode": mode, "count": 1, "delay": delay});
        let request = self.http.post(self.url("control"));
        let answer = request.body(body.to_string()).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    /// Documents with that key, and the balance of the customer.
    pub(crate) async fn books(&self, command: &Command) -> (usize, String) {
        let state = self.get("state").await.unwrap();
        let key = command.effect_key.as_str();
        let documents = state["docs"].as_array().unwrap().iter();
        let of_key = documents.filter(|document| document[2] == key).count();
        let customers = state["customers"].as_array().unwrap();
        let customer = customers.iter().find(|row| row[0] == "C100").unwrap();
        (of_key, customer[3].as_str().unwrap().to_owned())
    }

    /// A connector for it: version of SOAP, kind of password, and more lines.
    pub(crate) fn clerk(&self, soap: &str, password: &str, more: &str) -> Clerk {
        let (_, secret) = ACCOUNT.split_once(':').unwrap();
        self.with(soap, password, secret, more)
    }

    /// One that has the wrong password.
    pub(crate) fn stranger(&self, soap: &str, password: &str) -> Clerk {
        self.with(soap, password, "other", "")
    }

    fn with(&self, soap: &str, password: &str, secret: &str, more: &str) -> Clerk {
        let address = format!("soap{}", soap.replace('.', ""));
        let (user, _) = ACCOUNT.split_once(':').unwrap();
        let text = format!(
            "url = \"{}\"\nprofile = \"legacy-erp\"\nsoap = \"{soap}\"\ntimeout = \"1s\"\nconnect_timeout = \"1s\"\n\
             ws_security = {{ user = \"{user}\", password = \"{secret}\", password_type = \"{password}\", timestamp = true }}\n{more}",
            self.url(&address)
        );
        Clerk::new(&text)
    }
}

impl Clerk {
    pub(crate) fn new(block: &str) -> Self {
        let settings = Settings {
            instance: "legacy".to_owned(),
            table: toml::from_str(block).unwrap(),
            base_dir: PathBuf::from("."),
            published: connector::Published::default(),
        };
        assert_eq!((erp_soap::CONNECTOR.check)(&settings), []);
        Self((erp_soap::CONNECTOR.build)(&settings, &SilentPorts).unwrap())
    }

    pub(crate) async fn send(&self, command: &Command) -> Result<Confirmation, Failure> {
        let body = self.0.codec.encode(command)?;
        let sink = self.0.sink.as_ref().unwrap();
        sink.send(outbound(command, &body)).await
    }

    pub(crate) async fn find(&self, command: &Command) -> Result<Found, Failure> {
        let body = self.0.codec.encode(command)?;
        let sink = self.0.sink.as_ref().unwrap();
        sink.find(outbound(command, &body)).await
    }

    pub(crate) async fn probe(&self) -> Result<String, Failure> {
        self.0.sink.as_ref().unwrap().probe().await
    }
}

fn outbound<'a>(command: &'a Command, body: &'a [u8]) -> Outbound<'a> {
    Outbound {
        key: &command.effect_key,
        command,
        body,
    }
}

/// The golden command, for a customer that this ERP knows, under another key.
pub(crate) fn command(name: &str, key: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("testdata/{name}.command.json"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut command: Command = serde_json::from_str(&text).unwrap();
    command.effect_key = EffectKey::derive(&[key]);
    if let CommandData::PostCreditMemo(memo) = &mut command.data {
        "C100".clone_into(&mut memo.bill_to);
    }
    command
}

/// Python with what the peer needs, in the user's cache.
fn installed() -> Option<PathBuf> {
    let home = std::env::var_os("HOME")?;
    let cache = Path::new(&home).join(".cache/backhaul-peers");
    std::fs::create_dir_all(&cache).ok()?;
    let python = cache.join("soap/bin/python");
    // Several tests may come upon an empty cache: one installs, the others wait.
    let script = "\"$1/soap/bin/python\" -c 'import spyne, lxml, werkzeug' 2>/dev/null || \
                  { python3 -m venv \"$1/soap\" && \"$1/soap/bin/pip\" install -q spyne==2.14.0 lxml werkzeug; }";
    let mut install = Process::new("flock");
    install
        .arg(cache.join("soap-setup.lock"))
        .args(["timeout", "300", "bash", "-c", script, "bash"])
        .arg(&cache)
        .stdin(Stdio::null());
    let is_done = install.status().is_ok_and(|status| status.success());
    (is_done && python.exists()).then_some(python)
}
