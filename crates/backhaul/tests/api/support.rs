//! A sidecar with an API, and tokens for it.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use backhaul::config::{self, Environment, Secrets};
use backhaul::sidecar::{self, Running};
use canonical::header::ReturnRequest;
use console::access;
use data_encoding::HEXLOWER;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use store::{ReturnFilter, ReturnRow};
use tempfile::TempDir;
use testkit::facts;

const BLOCKS: &str = r#"
[broker]
url = "embedded:queue.db"
[store]
url = "sqlite:backhaul.db"
[http]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
[policy]
files = ["us01.toml"]
[connectors.portal]
type = "wms-json"
system = "portal"
rma_namespace = "rma"
[connectors.portal.sites]
DC-EAST = "DC-EAST"
[connectors.portal.http]
path = "/in/portal"
unsigned = true
"#;

/// One site takes goods without a return.
const UNANNOUNCED: &str = "\n[blind_return]\naccept = true\nsites = [\"WH-9\"]\n";

/// People who may approve, for benches that name the file.
const APPROVERS: &str = r#"
tz = "UTC"
[[person]]
user = "ada"
name = "Ada Smith"
also = ["ivan"]                             # by which the goods of `testkit::told` were inspected
roles = ["returns_supervisor"]
[[person]]
user = "sue"
name = "Sue Park"
roles = ["returns_supervisor"]
[[person]]
user = "sam"
roles = ["returns_supervisor"]
[[person]]
user = "fay"
roles = ["finance_manager"]
[[person]]
user = "eve"
roles = ["controller"]
[[person]]
user = "max"
also = ["oidc/m.mustermann@corp.example"]
roles = ["returns_manager"]
[[limit]]
role = "returns_supervisor"
currency = "USD"
activity = "credit"
to = "5000.00"
[[limit]]
role = "finance_manager"
currency = "USD"
activity = "credit"
to = "6000.00"
[[limit]]
role = "controller"
currency = "USD"
activity = "credit"
to = "unlimited"
[[delegation]]
from = "sue"
to = "eve"
valid_from = 2020-01-01
valid_until = 2100-01-01
"#;

/// Tokens of people who decide, and of one who stands for nobody, with the file of approvers.
pub fn people() -> String {
    let mut text = String::new();
    for person in ["ada", "sue", "fay", "eve", "max"] {
        let name = format!("{person}-desk");
        write!(
            text,
            "{}person = {person:?}\ntenant = \"desk\"\n",
            token(
                &name,
                &[
                    "approvals:read",
                    "approvals:decide",
                    "returns:write",
                    "proofs:read",
                    "proofs:sign"
                ]
            )
        )
        .unwrap();
    }
    text + "[approvers]\nfile = \"approvers.toml\"\n"
}

fn token(name: &str, scopes: &[&str]) -> String {
    let hash = HEXLOWER.encode(&access::hash(name));
    format!("[[api.token]]\nname = {name:?}\nsha256 = {hash:?}\nscopes = {scopes:?}\n")
}

/// The block of the API that a bench has if nothing else is said.
const API: &str = "[api]\nlisten = \"127.0.0.1:0\"\nmax_body_bytes = 100000\n";

/// A running sidecar. Each token's text is its name.
pub struct Bench {
    pub running: Running,
    pub folder: TempDir,
    client: Client,
}

/// Name and scopes of the tokens that every bench has.
pub const TOKENS: &[(&str, &[&str])] = &[
    ("boss", &["admin"]),
    ("shop", &["returns:read", "returns:write"]),
    ("viewer", &["returns:read"]),
    ("writer", &["returns:write"]),
    ("clerk", &["exceptions:read"]),
    (
        "reader",
        &[
            "exceptions:read",
            "returns:read",
            "audit:read",
            "bodies:read",
            "personal:read",
        ],
    ),
    ("bodies", &["bodies:read"]),
    ("replayer", &["exceptions:replay"]),
    ("editor", &["exceptions:edit"]),
    ("discarder", &["exceptions:discard"]),
    ("approver", &["approvals:decide"]),
    ("inbox", &["approvals:read"]),
    ("trier", &["messages:try"]),
    ("teller", &["metrics:read"]),
    ("auditor", &["audit:read"]),
];

fn configuration(api: &str) -> String {
    let mut text = format!("{BLOCKS}{api}");
    for (name, scopes) in TOKENS {
        text += &token(name, scopes);
    }
    text
}

/// Blocks of a warehouse that takes announcements and their withdrawal.
pub fn warehouse(url: &str) -> String {
    format!(
        r#"
[connectors.wms]
type = "wms-json"
system = "wms"
rma_namespace = "rma"
out = {{ base_url = "{url}/", guard = "native-key" }}
[[routes]]
kinds = ["WMS_RMA_ASN", "WMS_RMA_CANCEL"]
connector = "wms"
"#
    )
}

impl Bench {
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// With more blocks in its configuration.
    pub async fn with(more: &str) -> Self {
        Self::made(API, more).await
    }

    /// With that block of the API.
    pub async fn with_api(api: &str) -> Self {
        Self::made(api, "").await
    }

    async fn made(api: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let running = start(folder.path(), api, more).await;
        let client = client();
        Self {
            running,
            folder,
            client,
        }
    }

    /// One without any token: started, changed by that, and started again.
    pub async fn without_tokens(change: impl AsyncFnOnce(&Self)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("{BLOCKS}{API}");
        let running = started(folder.path(), &text).await;
        let client = client();
        let bench = Self {
            running,
            folder,
            client,
        };
        change(&bench).await;
        let Self {
            running,
            folder,
            client,
        } = bench;
        assert!(running.stop().await);
        let running = started(folder.path(), &text).await;
        Self {
            running,
            folder,
            client,
        }
    }

    /// Stops it, and starts it again on the same files.
    pub async fn again(self) -> Self {
        let Self {
            running,
            folder,
            client,
        } = self;
        assert!(running.stop().await);
        let running = start(folder.path(), API, "").await;
        Self {
            running,
            folder,
            client,
        }
    }

    pub fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.running.sidecar.api().unwrap());
        let request = self.client.request(method, url);
        if token.is_empty() {
            request
        } else {
            request.bearer_auth(token)
        }
    }

    pub async fn get(&self, path: &str, token: &str) -> Response {
        self.request(Method::GET, path, token).send().await.unwrap()
    }

    pub async fn see(&self, path: &str, token: &str) -> Value {
        let response = self.get(path, token).await;
        let status = response.status();
        let text = response.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// A POST with a key.
    pub async fn post(&self, path: &str, token: &str, key: &str, body: &Value) -> Response {
        let request = self.request(Method::POST, path, token);
        request
            .header("Idempotency-Key", key)
            .json(body)
            .send()
            .await
            .unwrap()
    }

    /// A request for a return, whose decision is waited for.
    pub async fn decided(&self, key: &str, asked: &ReturnRequest) -> Response {
        let request = self.request(Method::POST, "/v1/returns", "shop");
        let request = request
            .header("Idempotency-Key", key)
            .header("Prefer", "wait=30");
        request.json(asked).send().await.unwrap()
    }

    /// Goods of that gross came back, and were inspected and restocked.
    pub async fn restocked(&self, name: &str, gross_minor: i64) {
        let facts = testkit::told::restocked(name, gross_minor);
        let unit = store::Unit {
            outbox: facts
                .iter()
                .map(|fact| router::wire::event(fact).unwrap())
                .collect(),
            is_left: true,
            ..store::Unit::default()
        };
        let store = &self.running.store;
        store.commit(vec![unit], Vec::new()).await.unwrap();
    }

    /// A parcel came to WH-9 that nobody announced: the return that holds it.
    pub async fn unannounced(&self, tracking_no: &str, goods: &[(&str, i32)]) -> ReturnRow {
        let envelope = testkit::told::unannounced("WH-9", tracking_no, goods);
        let unit = store::Unit {
            outbox: vec![router::wire::event(&envelope).unwrap()],
            is_left: true,
            ..store::Unit::default()
        };
        let store = &self.running.store;
        store.commit(vec![unit], Vec::new()).await.unwrap();
        let filter = ReturnFilter {
            site: Some("WH-9".to_owned()),
            ..ReturnFilter::default()
        };
        for _ in 0..600 {
            if let Some(row) = store.returns(&filter).await.unwrap().pop() {
                return row;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("no return holds the parcel");
    }

    /// What is scraped.
    pub async fn metrics(&self) -> String {
        let url = format!("http://{}/metrics", self.running.sidecar.admin());
        let answer = self.client.get(url).send().await.unwrap();
        answer.text().await.unwrap()
    }

    /// Sends the portal's path something that cannot be read; gives the exception.
    pub async fn garbage(&self, body: &str) -> String {
        let url = format!(
            "http://{}/in/portal",
            self.running.sidecar.ingress().unwrap()
        );
        let response = self
            .client
            .post(url)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        assert!(response.status().is_client_error());
        let page = self.see("/v1/exceptions?connector=portal", "clerk").await;
        page["items"][0]["exception_id"]
            .as_str()
            .unwrap()
            .to_owned()
    }
}

fn client() -> Client {
    Client::builder()
        .timeout(Duration::from_mins(1))
        .build()
        .unwrap()
}

async fn start(folder: &Path, api: &str, more: &str) -> Running {
    started(folder, &(configuration(api) + more)).await
}

async fn started(folder: &Path, text: &str) -> Running {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policy/us01.toml");
    let policy = std::fs::read_to_string(example).unwrap() + UNANNOUNCED;
    std::fs::write(folder.join("us01.toml"), policy).unwrap();
    std::fs::write(folder.join("approvers.toml"), APPROVERS).unwrap();
    // Before anything counts: what is counted earlier is counted nowhere.
    backhaul::telemetry::registry();
    let environment = Environment::default();
    let reading = config::parse(text, "test", folder, &environment, Secrets::Needed);
    assert!(reading.report.is_ok(), "{}", reading.report);
    sidecar::start(&reading.config).await.unwrap()
}

/// A request for so many of the ten pieces of an invoice line, made today on an invoice of last week.
pub fn asked(request_id: &str, invoice: &str, qty: i32) -> ReturnRequest {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    let mut request = facts::request(vec![facts::line(1, qty)]);
    "shop".clone_into(&mut request.system);
    request_id.clone_into(&mut request.request_id);
    request.requested_at = now;
    "UTC".clone_into(&mut request.tz);
    request.lines[0].line_id = format!("shop/{request_id}/1");
    let invoice_ref = request.lines[0].invoice_ref.as_mut().unwrap();
    invoice.clone_into(&mut invoice_ref.document);
    invoice_ref.date = now.to_zoned(TimeZone::UTC).date() - 7.days();
    request
}

/// The code of a problem, which it must be.
pub async fn problem(response: Response, status: u16) -> Value {
    let found = response.status();
    let media = response.headers()["content-type"].clone();
    let text = response.text().await.unwrap();
    assert_eq!(found, status, "{text}");
    assert_eq!(media, "application/problem+json", "{text}");
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(problem["status"], json!(status));
    problem
}
