//! Partners that are silent where they ought to speak: what the configuration says of it, and what becomes of it.

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use backhaul::config::{self, Config, Environment, Secrets};
use backhaul::sidecar::Running;
use backhaul::{check, sidecar};
use store::{ExceptionFilter, ExceptionRow, ExceptionState};

use crate::support::EMBEDDED;

/// A warehouse's folder, with more keys of the block.
fn warehouse(keys: &str) -> String {
    format!(
        r#"{EMBEDDED}
[connectors.wms]
type = "warehouse-file"
site = "DC1"
layout = "caret-rtn"
{keys}
[connectors.wms.mailbox]
kind = "folder"
path = "box"
"#
    )
}

/// Places of all problems and warnings.
fn places(text: &str, folder: &Path) -> Vec<String> {
    let environment = Environment::default();
    let reading = config::parse(text, "test", folder, &environment, Secrets::Needed);
    let mut report = reading.report;
    report.extend(check::check(&reading.config));
    report.findings.into_iter().map(|f| f.place).collect()
}

#[test]
fn silence_is_expected_only_where_something_can_come_in_and_in_minutes() {
    let folder = tempfile::tempdir().unwrap();
    let place = "connectors.wms.expect_every".to_owned();
    let of = |keys: &str| places(&warehouse(keys), folder.path());
    assert!(!of("expect_every = \"26h\"").contains(&place));
    assert!(!of("").contains(&place));
    assert!(of("expect_every = \"10s\"").contains(&place));
    // An ERP tells nothing by itself.
    let erp = r#"expect_every = "26h"
type = "erp-rest"
base_url = "https://erp.example.com"
profile = "sim"
auth = { kind = "basic", user = "u", password = "p" }
"#;
    let head = warehouse("");
    let head = head.split("[connectors.wms]").next().unwrap();
    let found = places(&format!("{head}[connectors.wms]\n{erp}"), folder.path());
    assert!(found.contains(&place), "{found:?}");
}

fn config(text: &str, folder: &Path) -> Config {
    let environment = Environment::default();
    let reading = config::parse(text, "test", folder, &environment, Secrets::Needed);
    assert!(reading.report.is_ok(), "{}", reading.report);
    reading.config
}

async fn start(text: &str, folder: &Path) -> Running {
    let started = sidecar::start(&config(text, folder)).await;
    started.unwrap_or_else(|report| panic!("{report}"))
}

async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), waiting)
        .await
        .expect(what);
}

async fn exceptions(running: &Running) -> Vec<ExceptionRow> {
    let all = ExceptionFilter::default();
    running.store.exceptions(&all).await.unwrap()
}

/// The warehouse writes the file of that number, and it is taken.
async fn taken(folder: &Path, number: u64) {
    let name = format!("RTN{number:04}.rtn");
    let content =
        format!("RTNHDR^DC1^RMA-1001^^^^^^^03/02/2026^14:05:00^K{number}\nRTNTRL^1^SKU-1^^3\n");
    let place = |place: &str| folder.join("box").join(place).join(&name);
    until("its place is there", || async {
        folder.join("box/in").exists()
    })
    .await;
    std::fs::write(folder.join(&name), content).unwrap();
    std::fs::rename(folder.join(&name), place("in")).unwrap();
    until("the file is taken", || async { place("done").exists() }).await;
}

#[tokio::test]
async fn a_gap_in_the_numbers_of_files_is_told_once_and_no_restart_tells_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let keys = "sequence = { from = \"name\" }\npoll = \"20ms\"";
    let text = format!("{}stable_for = \"0s\"\n", warehouse(keys));
    let running = start(&text, folder).await;
    taken(folder, 7).await;
    taken(folder, 10).await;
    until("the gap is told", || async {
        !exceptions(&running).await.is_empty()
    })
    .await;
    let told = exceptions(&running).await;
    assert_eq!((told.len(), told[0].occurrences), (1, 1), "{told:?}");
    assert_eq!(
        (told[0].code.as_str(), told[0].connector.as_str()),
        ("SEQUENCE_GAP", "wms")
    );
    assert!(
        told[0].reason.contains("numbers 8 to 9 are missing"),
        "{told:?}"
    );

    assert!(running.stop().await);
    let running = start(&text, folder).await;
    // What was jumped over comes later, and the numbers go on: nothing more is told. A person closes it.
    for number in [11, 9, 8, 12] {
        taken(folder, number).await;
    }
    assert_eq!(exceptions(&running).await, told);
    assert!(running.stop().await);
}

/// A warehouse that is told by X12 180 of what comes to it, and acknowledges by 997, with more keys of the block.
fn edi(keys: &str) -> String {
    let policy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/policy/us01.toml");
    let blocks = warehouse("");
    let blocks = blocks.split("[connectors.wms]").next().unwrap();
    format!(
        r#"{blocks}
[policy]
files = ["{}"]
[router]
effect_sla = "3s"
[connectors.portal]
type = "wms-json"
system = "portal"
[connectors.portal.http]
path = "/in/portal"
unsigned = true
[connectors.edi]
type = "edi-partner"
profile = "x12-4010"
ours = {{ qualifier = "ZZ", id = "BACKHAUL" }}
theirs = {{ qualifier = "ZZ", id = "WAREHOUSE" }}
legal_entity = "US01"
currency = "USD"
time_zone = "America/New_York"
deadline = "1s"
adjust = {{ ack_expected = {{ within = "2s" }} }}
mailbox = {{ kind = "folder", path = "box" }}
[connectors.edi.retry]
settle_window = "1s"
max_reposts = 1000
{keys}
[[routes]]
kinds = ["WMS_RMA_ASN", "WMS_RMA_CANCEL"]
connector = "edi"
"#,
        policy.display()
    )
}

/// Exceptions of the document that is not acknowledged.
async fn unacknowledged(running: &Running) -> Vec<ExceptionRow> {
    let mut all = exceptions(running).await;
    all.retain(|row| row.connector == "edi");
    all
}

#[tokio::test]
async fn a_document_that_is_never_acknowledged_is_told_once_by_its_deadline() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let running = start(&edi(""), folder).await;
    let request = serde_json::json!({
        "type": "return.requested", "requestId": "P-1", "rma": "RMA-1", "requestedAt": "2026-03-02T10:00:00Z",
        "legalEntity": "US01", "returnType": "PHYSICAL", "channel": "b2b", "customer": "C10010", "currency": "USD",
        "timeZone": "America/Chicago", "returnTo": "DC-EAST",
        "lines": [{
            "line": 1, "sku": "SKU-100", "qty": "3", "uom": "EA", "reason": "DEFECTIVE_ON_ARRIVAL",
            "order": { "number": "SO-1", "line": "1" },
            "invoice": { "number": "INV-1", "line": "1", "date": "2026-02-20", "qty": "10", "amount": "220.00" }
        }]
    });
    let url = format!("http://{}/in/portal", running.sidecar.ingress().unwrap());
    let client = reqwest::Client::builder()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let answer = client.post(&url).body(request.to_string()).send().await;
    assert_eq!(answer.unwrap().status(), 202);
    until("it is told", || async {
        !unacknowledged(&running).await.is_empty()
    })
    .await;
    let told = unacknowledged(&running).await;
    assert_eq!((told.len(), told[0].occurrences), (1, 1), "{told:?}");
    assert_eq!(told[0].code, "ERP_UNKNOWN_SLA", "{told:?}");
    assert_eq!(
        (told[0].stage.as_str(), told[0].state),
        ("watch", ExceptionState::Open)
    );
    let tries = async |running: &Running| {
        let history = running.store.attempts(&told[0].effect_key).await;
        history.unwrap().len()
    };
    let before = tries(&running).await;

    // It goes on, and neither that nor a restart tells it a second time.
    assert!(running.stop().await);
    let running = start(&edi(""), folder).await;
    until("it is tried again", || async {
        tries(&running).await > before
    })
    .await;
    assert_eq!(unacknowledged(&running).await, told);
    let documents = std::fs::read_dir(folder.join("box/out")).unwrap().count();
    assert_eq!(documents, 1, "whatever is sent again is the same document");
    assert!(running.stop().await);
}

#[test]
fn a_partner_may_not_take_longer_to_acknowledge_than_an_unknown_outcome_lasts() {
    let folder = tempfile::tempdir().unwrap();
    let place = "connectors.edi.retry.unknown_sla".to_owned();
    let of = |keys: &str| places(&edi(keys), folder.path());
    assert!(of("unknown_sla = \"1500ms\"").contains(&place));
    assert!(!of("unknown_sla = \"2s\"").contains(&place));
    let keys = "asn_acknowledged = { pattern = \"*.ack\", within = \"5h\" }";
    let found = places(&warehouse(keys), folder.path());
    let place = "connectors.wms.retry.unknown_sla".to_owned();
    assert!(found.contains(&place), "{found:?}");
}
