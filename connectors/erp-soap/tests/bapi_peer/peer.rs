//! The mock: installed on the first run, started on a free port.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use canonical::{Command, CommandData, EffectKey};
use connector::{Built, Confirmation, Failure, Found, Outbound, Settings};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::conformance::SilentPorts;

use crate::tether::{Tethered, free_port};

/// A running mock.
pub(crate) struct Peer {
    port: u16,
    http: reqwest::Client,
    _process: Tethered,
    _folder: TempDir,
}

/// A connector for it.
pub(crate) struct Clerk(Built);

/// How this mock takes sales documents, laid over the profile `sap-bapi`.
const ADJUST: &str = r#"
[adjust.answers.codes]
"F2/003" = "unknown-reference"

[adjust.operations.credit-memo.create]
element = "BAPI_SALESORDER_CREATEFROMDAT2"
shape = '''
.currency as $currency
| {
  ORDER_HEADER_IN: {
    DOC_TYPE: .vars.credit_memo_request_type, SALES_ORG: .vars.sales_organization, DISTR_CHAN: .vars.distribution_channel,
    DIVISION: .vars.division, PURCH_NO_C: .key, CURRENCY: .currency
  },
  RETURN: {},
  ORDER_ITEMS_IN: {item: [.lines[] | {
    ITM_NUMBER: .number, MATERIAL: "TG11", REQ_QTY: .quantity, COND_VALUE: .net, CURRENCY: $currency
  }]},
  ORDER_PARTNERS: {item: {PARTN_ROLE: "AG", PARTN_NUMB: .bill_to}}
}
'''
shows = { at = "SalesOrderCreateFromDat2Response", number = "SALESDOCUMENT" }

[[adjust.operations.credit-memo.places]]
element = "BAPI_SALESORDER_GETLIST"
shape = "{CUSTOMER_NUMBER: .bill_to, PURCHASE_ORDER_NUMBER: .key}"

[adjust.operations.credit-memo.places.shows]
at = "SalesOrderGetListResponse/SALES_ORDERS/item"
key = "PURCH_NO_C"
number = "SD_DOC"
compare = { customer = "SOLD_TO", currency = "CURRENCY", net = "NET_VALUE" }
"#;

impl Peer {
    /// Started. `None` where it cannot be installed.
    pub(crate) async fn start() -> Option<Self> {
        let Some(python) = installed() else {
            eprintln!("skipped: mock-sap cannot be installed");
            return None;
        };
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut words: Vec<OsString> = vec![python.into()];
        let rest = [
            "-m",
            "mocksap",
            "--no-csrf",
            "--auth",
            "backhaul:s3cret",
            "--port",
        ];
        words.extend(rest.map(OsString::from));
        words.push(port.to_string().into());
        let words: Vec<&OsStr> = words.iter().map(OsString::as_os_str).collect();
        let process = Tethered::start(&words, &folder.path().join("sap.log"), "").await;
        let peer = Self {
            port,
            http: reqwest::Client::builder().build().unwrap(),
            _process: process,
            _folder: folder,
        };
        for _ in 0..600 {
            if peer.get("/_mock/health").await.is_some() {
                return Some(peer);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("mock-sap does not answer");
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    async fn get(&self, path: &str) -> Option<Value> {
        let request = self.http.get(self.url(path));
        let request = request.basic_auth("backhaul", Some("s3cret"));
        serde_json::from_str(&request.send().await.ok()?.text().await.ok()?).ok()
    }

    async fn post(&self, path: &str, body: &Value) {
        let request = self.http.post(self.url(path)).body(body.to_string());
        let request = request
            .basic_auth("backhaul", Some("s3cret"))
            .header("content-type", "application/json");
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
    }

    /// The next call of that function carries such a line.
    pub(crate) async fn behave(&self, function: &str, kind: &str, id: &str, number: &str) {
        let rule = json!({"function": function, "type": kind, "id": id, "number": number,
                          "message": "on demand", "count": 1});
        self.post("/_mock/bapi-behaviour", &rule).await;
    }

    /// The next call is answered by what stands in front.
    pub(crate) async fn fail(&self, status: u16) {
        let rule = json!({"match": "/srt/", "method": "POST", "status": status, "message": "on demand", "count": 1});
        self.post("/_mock/faults", &rule).await;
    }

    /// Documents with the command's key, as another interface of the same system shows them.
    pub(crate) async fn documents(&self, command: &Command) -> usize {
        let path = format!(
            "/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder?$format=json&$filter=PurchaseOrderByCustomer%20eq%20'{}'",
            command.effect_key.as_str()
        );
        let found = self.get(&path).await.unwrap();
        found["d"]["results"].as_array().unwrap().len()
    }

    /// A connector with that password.
    pub(crate) fn clerk(&self, password: &str) -> Clerk {
        let text = format!(
            "url = \"{}\"\nprofile = \"sap-bapi\"\ntimeout = \"5s\"\n\
             auth = {{ kind = \"basic\", user = \"backhaul\", password = \"{password}\" }}\n[vars]\n\
             sales_organization = \"1710\"\ndistribution_channel = \"10\"\ndivision = \"00\"\n\
             credit_memo_request_type = \"CR\"\nprice_condition = \"PR00\"\n{ADJUST}",
            self.url("/sap/bc/srt/rfc/sap/orders")
        );
        let settings = Settings {
            instance: "sap".to_owned(),
            table: toml::from_str(&text).unwrap(),
            base_dir: PathBuf::from("."),
            published: connector::Published::default(),
        };
        assert_eq!((erp_soap::CONNECTOR.check)(&settings), []);
        Clerk((erp_soap::CONNECTOR.build)(&settings, &SilentPorts).unwrap())
    }
}

impl Clerk {
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

/// The golden credit memo, for a customer that the mock knows, under another key.
pub(crate) fn command(key: &str) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/basic.command.json");
    let mut command: Command =
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    command.effect_key = EffectKey::derive(&[key]);
    if let CommandData::PostCreditMemo(memo) = &mut command.data {
        "1000001".clone_into(&mut memo.bill_to);
    }
    command
}

/// Python with the mock, in the user's cache.
fn installed() -> Option<PathBuf> {
    let home = std::env::var_os("HOME")?;
    let cache = Path::new(&home).join(".cache/backhaul-peers");
    std::fs::create_dir_all(&cache).ok()?;
    let python = cache.join("mock-sap/bin/python");
    // Several tests may come upon an empty cache: one installs, the others wait.
    let script = "\"$1/mock-sap/bin/python\" -c 'import mocksap' 2>/dev/null || \
                  { python3 -m venv \"$1/mock-sap\" && \"$1/mock-sap/bin/pip\" install -q mock-sap==0.22.0; }";
    let mut install = Process::new("flock");
    install
        .arg(cache.join("mock-sap-setup.lock"))
        .args(["timeout", "300", "bash", "-c", script, "bash"])
        .arg(&cache)
        .stdin(Stdio::null());
    let is_done = install.status().is_ok_and(|status| status.success());
    (is_done && python.exists()).then_some(python)
}
