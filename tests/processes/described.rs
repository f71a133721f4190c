//! The API against its own description, by schemathesis, which draws thousands of requests from it: no answer may be an
//! error of the server, nor differ from what is described. Asked for by `BACKHAUL_SCHEMATHESIS`: the program, or 1 for the one
//! on the path (docs/api.md says how it is installed).

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use backhaul::config::{self, Environment, Secrets};
use backhaul::sidecar::{self, Running};
use data_encoding::HEXLOWER;
use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use testkit::facts;

const TOKEN: &str = "drawn";

/// The only way in which an answer may differ from what is described: what is drawn is refused for a reason that a schema cannot
/// say, as a currency that there is not.
const MAY: &str = "positive_data_acceptance";

async fn start(folder: &Path) -> Running {
    let hash = HEXLOWER.encode(&Sha256::digest(TOKEN.as_bytes()));
    let text = format!(
        r#"
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
[approvers]
file = "approvers.toml"
[api]
listen = "127.0.0.1:0"
[[api.token]]
name = "drawn"
sha256 = "{hash}"
scopes = ["admin"]
person = "sue"
[connectors.portal]
type = "wms-json"
system = "portal"
rma_namespace = "rma"
[connectors.portal.sites]
DC-EAST = "DC-EAST"
[connectors.portal.http]
path = "/in/portal"
unsigned = true
"#
    );
    let approvers = "tz = \"UTC\"\n[[person]]\nuser = \"sue\"\nroles = [\"returns_supervisor\"]\n\
                     [[limit]]\nrole = \"returns_supervisor\"\ncurrency = \"USD\"\nactivity = \"credit\"\nto = \"unlimited\"\n";
    std::fs::write(folder.join("approvers.toml"), approvers).unwrap();
    let policy = tests::root().join("deploy/policy/us01.toml");
    std::fs::copy(policy, folder.join("us01.toml")).unwrap();
    let environment = Environment::default();
    let reading = config::parse(&text, "test", folder, &environment, Secrets::Needed);
    assert!(reading.report.is_ok(), "{}", reading.report);
    sidecar::start(&reading.config).await.unwrap()
}

/// Returns, exceptions, effects, an approval, a proof and a user, so that there is something to be found.
async fn fill(running: &Running) {
    let base = format!("http://{}", running.sidecar.api().unwrap());
    let client = reqwest::Client::builder()
        .timeout(Duration::from_mins(1))
        .build()
        .unwrap();
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    for n in 0..6 {
        let mut request = facts::request(vec![facts::line(1, 1 + n % 3)]);
        "shop".clone_into(&mut request.system);
        request.request_id = format!("S{n}");
        request.requested_at = now;
        "UTC".clone_into(&mut request.tz);
        request.requested_by = Some("sue".to_owned());
        request.lines[0].line_id = format!("shop/S{n}/1");
        let invoice_ref = request.lines[0].invoice_ref.as_mut().unwrap();
        invoice_ref.document = format!("INV-S{n}");
        invoice_ref.date = now.to_zoned(TimeZone::UTC).date() - 7.days();
        let sent = client
            .post(format!("{base}/v1/returns"))
            .bearer_auth(TOKEN)
            .header("Idempotency-Key", format!("S{n}"))
            .header("Prefer", "wait=30")
            .json(&request);
        let answer = sent.send().await.unwrap();
        assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    }
    // Goods of that worth came back and passed: their credit is for a person to approve.
    for name in ["G1", "G2"] {
        let facts = testkit::told::restocked(name, 900_000);
        let outbox = facts.iter().map(|fact| router::wire::event(fact).unwrap());
        let unit = store::Unit {
            outbox: outbox.collect(),
            is_left: true,
            ..store::Unit::default()
        };
        running.store.commit(vec![unit], Vec::new()).await.unwrap();
    }
    proven(running).await;
    let row = store::UserRow {
        name: "max".to_owned(),
        password: String::new(),
        scopes: vec!["returns:read".to_owned()],
        roles: Vec::new(),
        person: String::new(),
        is_enabled: true,
        revision: 1,
        changed_at: now,
    };
    let audit = store::AuditEntry {
        at: now,
        actor: "root".to_owned(),
        action: "user.added".to_owned(),
        subject: "user/max".to_owned(),
        correlation_id: String::new(),
        after_hash: String::new(),
        body: "{}".to_owned(),
    };
    let change = store::UserChange { row, audit };
    assert!(running.store.change_user(change).await.unwrap());
    let ingress = running.sidecar.ingress().unwrap();
    for n in 0..6 {
        let sent = client.post(format!("http://{ingress}/in/portal"));
        sent.body(format!("no JSON {n}")).send().await.unwrap();
    }
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let found = client
            .get(format!("{base}/v1/approvals"))
            .bearer_auth(TOKEN);
        let page: Value = found.send().await.unwrap().json().await.unwrap();
        if page["items"]
            .as_array()
            .is_some_and(|items| !items.is_empty())
        {
            return;
        }
        assert!(Instant::now() < deadline, "no approval: {page}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A day that was proven.
async fn proven(running: &Running) {
    let report = router::reconcile::Report {
        entity: "US01".to_owned(),
        business_date: jiff::civil::date(2026, 3, 2),
        zone: "UTC".to_owned(),
        lag_seconds: 0,
        status: router::reconcile::Status::Proven,
        inputs: Vec::new(),
        matches: Vec::new(),
        ageing: std::collections::BTreeMap::new(),
        cleared: Vec::new(),
    };
    let run = store::ReconRunRow {
        run_id: "R1".to_owned(),
        entity: report.entity.clone(),
        business_date: report.business_date,
        started_at: Timestamp::now(),
        ran_by: "ada".to_owned(),
        status: report.status.word().to_owned(),
        report: serde_json::to_string(&report).unwrap(),
        sign_off: None,
    };
    let unit = store::Unit {
        recon: Some(Box::new(store::ReconWrite {
            run,
            items: Vec::new(),
        })),
        ..store::Unit::default()
    };
    running.store.commit(vec![unit], Vec::new()).await.unwrap();
}

/// The configuration of schemathesis: names of what there is, so that it asks for more than what there is not.
async fn known(running: &Running) -> String {
    let base = format!("http://{}", running.sidecar.api().unwrap());
    let names = async |path: &str, member: &str| {
        let client = reqwest::Client::builder().build().unwrap();
        let asked = client.get(format!("{base}{path}")).bearer_auth(TOKEN);
        let page: Value = asked.send().await.unwrap().json().await.unwrap();
        let items = page["items"].as_array().unwrap().iter();
        let names: Vec<String> = items
            .map(|item| item[member].as_str().unwrap().to_owned())
            .collect();
        assert!(!names.is_empty(), "{path}: {page}");
        names
    };
    let returns = names("/v1/returns", "return_id").await;
    let effects = names(&format!("/v1/returns/{}/effects", returns[0]), "effect_key").await;
    let exceptions = names("/v1/exceptions", "exception_id").await;
    let approvals = names("/v1/approvals", "approval_id").await;
    let proofs = names("/v1/proofs", "run_id").await;
    let users = names("/v1/users", "name").await;
    let mut text = String::new();
    for (part, parameter, names) in [
        ("returns", "id", returns),
        ("effects", "key", effects),
        ("exceptions", "id", exceptions),
        ("approvals", "id", approvals),
        ("proofs", "id", proofs),
        ("users", "name", users),
    ] {
        writeln!(
            text,
            "[[operations]]\ninclude-path-regex = \"^/v1/{part}/.{parameter}\"\nparameters = {{ \"path.{parameter}\" = {:?} }}",
            names[0]
        )
        .unwrap();
    }
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_is_as_it_is_described() {
    let Ok(program) = std::env::var("BACKHAUL_SCHEMATHESIS") else {
        return;
    };
    let program = match program.as_str() {
        "1" => "schemathesis".to_owned(),
        path => path.to_owned(),
    };
    let examples = std::env::var("BACKHAUL_SCHEMATHESIS_EXAMPLES");
    let examples = examples.unwrap_or_else(|_| "25".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let running = start(folder.path()).await;
    fill(&running).await;
    let address = running.sidecar.api().unwrap();
    std::fs::write(
        folder.path().join("schemathesis.toml"),
        known(&running).await,
    )
    .unwrap();
    let ended = Command::new(program)
        .current_dir(folder.path())
        .arg("run")
        .arg(format!("http://{address}/v1/openapi.json"))
        .args(["-H", &format!("Authorization: Bearer {TOKEN}")])
        // The answer to this one never ends.
        .args(["--exclude-path", "/v1/events"])
        .args(["--max-examples", &examples])
        .args(["--checks", "all", "--exclude-checks", MAY, "--continue-on-failure", "--seed", "1"])
        .status()
        .expect("schemathesis is installed as docs/api.md says");
    let known = running.store.returns(&store::ReturnFilter::default()).await;
    println!("{}", json!({ "returns": known.unwrap().len() }));
    assert!(ended.success(), "what is wrong is told above");
    running.stop().await;
}
