//! Secrets are nowhere in what the product says: marked ones are given to it wherever it takes any, it is made to fail with
//! them, and everything that it emits is looked through.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use console::access;
use data_encoding::{BASE64, HEXLOWER};
use reqwest::{Client, Method};
use serde_json::Value;

use crate::support::asked;

/// In every secret, in the form in which it is configured.
const MARK: &str = "MARKED-7Qz";

/// Ports of the three listeners, held until the sidecar takes them.
fn ports() -> [u16; 3] {
    let listeners = [(); 3].map(|()| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn secret(name: &str) -> String {
    format!("{MARK}-{name}-0123456789abcdef")
}

/// A configuration with secrets in every place that takes one; the targets are down, or refuse.
fn configuration(folder: &Path, [http, admin, api]: [u16; 3]) {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    std::fs::copy(deploy.join("policy/us01.toml"), folder.join("us01.toml")).unwrap();
    let hash = HEXLOWER.encode(&access::hash(&secret("token")));
    std::fs::write(folder.join("password"), secret("file")).unwrap();
    let text = format!(
        r#"
[broker]
url = "embedded:queue.db"
[store]
url = "sqlite:backhaul.db"
[http]
listen = "127.0.0.1:{http}"
[admin]
listen = "127.0.0.1:{admin}"
[telemetry]
level = "debug"
[policy]
files = ["us01.toml"]
[api]
listen = "127.0.0.1:{api}"
[[api.token]]
name = "boss"
sha256 = "{hash}"
scopes = ["admin"]
[[api.webhook]]
name = "shop"
url = "http://shop:{url}@127.0.0.1:9/hook?key={query}"
secret = {{ env = "HOOK_SECRET" }}
max_tries = 1
[connectors.portal]
type = "wms-json"
system = "portal"
rma_namespace = "rma"
out = {{ base_url = "http://wms:{base}@127.0.0.1:9/", guard = "native-key", auth = {{ kind = "bearer", token = {{ env = "WMS_TOKEN" }} }} }}
[connectors.portal.sites]
DC-EAST = "DC-EAST"
[connectors.portal.http]
path = "/in/portal"
secret = {{ env = "PORTAL_SECRET" }}
[connectors.basic]
type = "wms-json"
system = "basic"
rma_namespace = "rma"
out = {{ base_url = "http://127.0.0.1:9/", guard = "native-key", auth = {{ kind = "basic", user = "us", password = {{ file = "password" }} }} }}
[[routes]]
kinds = ["WMS_RMA_ASN"]
connector = "portal"
[[routes]]
kinds = ["WMS_RMA_CANCEL"]
connector = "basic"
"#,
        url = secret("hook-url"),
        query = secret("hook-query"),
        base = secret("base-url"),
    );
    std::fs::write(folder.join("backhaul.toml"), text).unwrap();
}

fn backhaul(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_backhaul"));
    command
        .current_dir(folder)
        .env_remove("BACKHAUL_CONFIG")
        .env("HOOK_SECRET", secret("hook"))
        .env("WMS_TOKEN", secret("bearer"))
        .env("PORTAL_SECRET", secret("portal"));
    command
}

/// Killed when the test ends, however it ends.
struct Sidecar(std::process::Child);

impl Drop for Sidecar {
    fn drop(&mut self) {
        // It has ended already, if all went well.
        drop(self.0.kill().and_then(|()| self.0.wait()));
    }
}

/// What was said, by whom.
#[derive(Default)]
struct Said(BTreeMap<String, String>);

impl Said {
    fn note(&mut self, by: &str, text: &str) {
        self.0.entry(by.to_owned()).or_default().push_str(text);
    }

    fn output(&mut self, by: &str, output: &Output) {
        self.note(by, &String::from_utf8_lossy(&output.stdout));
        self.note(by, &String::from_utf8_lossy(&output.stderr));
    }

    /// Lines with a secret in them, plain, encoded as in a header, or by its hash.
    fn leaks(&self) -> Vec<String> {
        let names = [
            "token",
            "hook-url",
            "hook-query",
            "hook",
            "base-url",
            "bearer",
            "portal",
            "file",
        ];
        let mut forms = vec![
            MARK.to_owned(),
            HEXLOWER.encode(&access::hash(&secret("token"))),
        ];
        for name in names {
            forms.push(BASE64.encode(secret(name).as_bytes()));
            for user in ["us", "wms", "shop"] {
                forms.push(BASE64.encode(format!("{user}:{}", secret(name)).as_bytes()));
            }
        }
        let lines = self
            .0
            .iter()
            .flat_map(|(by, text)| text.lines().map(move |line| (by, line)));
        let leaks = lines.filter(|(_, line)| forms.iter().any(|form| line.contains(form)));
        leaks.map(|(by, line)| format!("{by}: {line}")).collect()
    }
}

async fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = backhaul(folder);
    command.args(arguments);
    tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_is_emitted_holds_a_secret() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let [http, admin, api] = ports();
    configuration(folder, [http, admin, api]);
    let mut said = Said::default();
    let log = folder.join("log");
    let out = std::fs::File::create(&log).unwrap();
    let child = backhaul(folder)
        .arg("run")
        .stdout(Stdio::from(out.try_clone().unwrap()))
        .stderr(Stdio::from(out))
        .spawn()
        .unwrap();
    let mut sidecar = Sidecar(child);
    let client = Client::builder();
    let client = client.timeout(Duration::from_mins(1)).build().unwrap();
    let get = async |port: u16, path: &str, token: &str| {
        let request = client.get(format!("http://127.0.0.1:{port}{path}"));
        let answer = request.bearer_auth(token).send().await.ok()?;
        let headers = format!("{:?}\n", answer.headers());
        let status = answer.status();
        Some((status, headers + &answer.text().await.unwrap() + "\n"))
    };
    let deadline = Instant::now() + Duration::from_mins(1);
    while get(admin, "/readyz", "")
        .await
        .is_none_or(|(status, _)| status != 200)
    {
        let text = std::fs::read_to_string(&log).unwrap();
        assert!(Instant::now() < deadline, "it does not start:\n{text}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    // Messages with a wrong signature, with tokens in headers and query; a return whose target and webhook are down.
    let token = secret("token");
    let refused = client
        .post(format!(
            "http://127.0.0.1:{http}/in/portal?key={}",
            secret("query")
        ))
        .header("authorization", format!("Bearer {}", secret("stray")))
        .header("x-signature", secret("signature"))
        .header("cookie", format!("session={}", secret("cookie")))
        .body("no JSON");
    said.note(
        "ingress",
        &refused.send().await.unwrap().text().await.unwrap(),
    );
    let almost = format!("{token}-and-more");
    for stray in [almost.as_str(), "Basic"] {
        let (status, text) = get(api, "/v1/returns", stray).await.unwrap();
        assert_eq!(status, 401);
        said.note("unknown token", &text);
    }
    let path = format!("/v1/returns?token={token}");
    said.note("query", &get(api, &path, "").await.unwrap().1);
    let request = asked("S1", "INV-S1", 1);
    let asking = client
        .request(Method::POST, format!("http://127.0.0.1:{api}/v1/returns"))
        .bearer_auth(&token)
        .header("idempotency-key", "s1")
        .header("prefer", "wait=30")
        .json(&request);
    let answer = asking.send().await.unwrap();
    let text = answer.text().await.unwrap();
    said.note("asking", &text);
    let made: Value = serde_json::from_str(&text).unwrap();
    let id = made["return_id"].as_str().unwrap().to_owned();

    // Until both the target and the webhook were tried in vain.
    loop {
        let (_, metrics) = get(admin, "/metrics", "").await.unwrap();
        let path = "/v1/exceptions?code=DELIVERY_EXHAUSTED";
        let (_, told) = get(api, path, &token).await.unwrap();
        let attempts = metrics.contains("backhaul_effect_attempts_total");
        if attempts && told.contains("DELIVERY_EXHAUSTED") {
            said.note("metrics", &metrics);
            break;
        }
        assert!(
            Instant::now() < deadline,
            "nothing was tried:\n{metrics}{told}"
        );
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    for path in [
        "/v1/openapi.json".to_owned(),
        "/v1/returns".to_owned(),
        format!("/v1/returns/{id}"),
        format!("/v1/returns/{id}/timeline"),
        format!("/v1/returns/{id}/effects"),
        "/v1/exceptions?state=any".to_owned(),
        "/v1/exceptions/groups".to_owned(),
        "/v1/approvals".to_owned(),
        "/v1/audit?limit=200".to_owned(),
        "/v1/exceptions/none".to_owned(),
    ] {
        let (_, text) = get(api, &path, &token).await.unwrap();
        said.note(&path, &text);
    }
    let (_, exceptions) = get(api, "/v1/exceptions?state=any", &token).await.unwrap();
    let (_, body) = exceptions.split_once('\n').unwrap();
    let page: Value = serde_json::from_str(body).unwrap();
    let kept = page["items"].as_array().unwrap();
    assert!(!kept.is_empty(), "the message without a signature is kept");
    for exception in kept {
        let id = exception["exception_id"].as_str().unwrap();
        let path = format!("/v1/exceptions/{id}");
        said.note(&path, &get(api, &path, &token).await.unwrap().1);
        let shown = run(folder, &["exception", "show", id, "--raw"]).await;
        said.output("exception show --raw", &shown);
    }
    for arguments in [
        &["check"] as &[&str],
        &["doctor"],
        &["doctor", "--json"],
        &["topology"],
        &["return", "list", "--json"],
        &["return", "show", &id],
        &["return", "timeline", &id],
        &["exception", "list", "--json"],
        &["exception", "groups"],
        &["approval", "list"],
        &["audit", "verify"],
        &["metrics"],
    ] {
        said.output(&arguments.join(" "), &run(folder, arguments).await);
    }
    // A configuration that is wrong is told without the value that is wrong.
    let text = std::fs::read_to_string(folder.join("backhaul.toml")).unwrap();
    let hash = HEXLOWER.encode(&access::hash(&token));
    let wrong = text
        .replace(&hash, &token)
        .replace("http://shop:", "shop:")
        .replace(
            "\"embedded:queue.db\"",
            &format!("\"amqp://us:{}@:x/\"", secret("broker")),
        )
        .replace(
            "\"sqlite:backhaul.db\"",
            &format!("\"postgres://us:{}@:x/\"", secret("store")),
        );
    std::fs::write(folder.join("wrong.toml"), wrong).unwrap();
    for command in ["check", "doctor", "run"] {
        let told = run(folder, &[command, "--config", "wrong.toml"]).await;
        assert!(!told.status.success(), "{command}");
        said.output(&format!("{command}, wrong"), &told);
    }
    let drained = Command::new("kill")
        .arg(sidecar.0.id().to_string())
        .status();
    assert!(drained.unwrap().success());
    let ended = tokio::task::spawn_blocking(move || sidecar.0.wait().unwrap());
    ended.await.unwrap();
    said.note("log", &std::fs::read_to_string(&log).unwrap());
    assert!(said.0["log"].lines().count() > 10, "{}", said.0["log"]);
    assert!(said.0.len() > 25, "{:?}", said.0.keys());
    let leaks = said.leaks();
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
}

/// The search finds what it is to find: plain, as Basic shows it, and the hash of a token.
#[test]
fn leaks_are_found() {
    let basic = BASE64.encode(format!("us:{}", secret("file")).as_bytes());
    let hash = HEXLOWER.encode(&access::hash(&secret("token")));
    let mut said = Said::default();
    said.note("log", "all is well\n");
    assert!(said.leaks().is_empty());
    for text in [secret("bearer"), format!("Basic {basic}"), hash] {
        said.note("log", &format!("error: {text}\n"));
    }
    assert_eq!(said.leaks().len(), 3);
}
