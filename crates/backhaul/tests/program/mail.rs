//! Customers are told by e-mail: once, and also when their address is published only later.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::support;
use crate::support::{EMBEDDED, POLICY};
use backhaul::sidecar::Running;
use serde_json::Value;
use simulators::faults::{Fault, Rule};
use simulators::mail::{Config, Mail, MailSim};
use testkit::{facts, told};

fn blocks(server: &MailSim) -> String {
    format!(
        r#"{EMBEDDED}{POLICY}
[connectors.mail]
type = "mail"
host = "127.0.0.1"
port = {}
security = "none"
from = "Returns <returns@example.com>"
timeout = "1s"
deadline = "4s"
[connectors.mail.retry]
settle_window = "5s"
[connectors.mail.customers.C1]
to = ["goods-in@customer.example"]
[[routes]]
kinds = ["NOTIFY"]
connector = "mail"
"#,
        server.addr().port()
    )
}

/// A return is asked for by that customer; it is authorised at once, and the customer is told.
async fn ask(running: &Running, name: &str, customer: &str) {
    let mut line = facts::line(1, 10);
    line.invoice_ref.as_mut().unwrap().document = format!("INV-{name}");
    let mut request = facts::request(vec![line]);
    request.request_id = name.to_owned();
    request.customer_account = customer.to_owned();
    request.bill_to = None;
    support::tell(running, told::of_return(name, vec![facts::asked(request)])).await;
}

async fn taken(server: &MailSim, many: usize) -> Vec<Mail> {
    let deadline = Instant::now() + Duration::from_mins(1);
    while server.ledger().len() < many {
        assert!(Instant::now() < deadline, "{:?}", server.ledger());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.ledger()
}

/// What waits for somebody because of the mails.
async fn open(folder: &Path) -> Value {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let rows = support::json_of(folder, &["exception", "list", "--connector", "mail"]).await;
        if rows.as_array().is_some_and(|rows| !rows.is_empty()) {
            return rows;
        }
        assert!(Instant::now() < deadline, "nothing waits");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_customer_is_told_once_and_a_missing_address_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let config = Config {
        faults: vec![Rule::once(Fault::Throttle).on("RCPT")],
        ..Config::default()
    };
    let server = MailSim::start(config).await.unwrap();
    let running = support::started(folder, &blocks(&server)).await;

    // The server wants to be asked again at first.
    ask(&running, "P1", "C1").await;
    let mails = taken(&server, 1).await;
    assert_eq!(mails[0].to, ["goods-in@customer.example"]);
    assert!(mails[0].text.contains("is authorised"), "{}", mails[0].text);

    ask(&running, "P2", "C2").await;
    let rows = open(folder).await;
    let reason = rows[0]["reason"].as_str().unwrap();
    assert!(reason.contains("\"C2\""), "{reason}");

    let draft = [
        "crosswalk",
        "draft",
        "address",
        "mail",
        "C2",
        "office@other.example",
        "--direction",
        "out",
        "--by",
        "ada",
    ];
    support::json_of(folder, &draft).await;
    let approve = ["crosswalk", "approve", "--all", "--by", "grace"];
    support::json_of(folder, &approve).await;
    let mails = taken(&server, 2).await;
    assert_eq!(mails[1].to, ["office@other.example"]);
    assert_eq!(mails.len(), 2);
    assert!(running.stop().await);
}
