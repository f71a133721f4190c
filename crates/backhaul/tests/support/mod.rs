//! A sidecar with an embedded broker and a store of its own, and returns that it works through.

#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "tests; not every one needs all of it"
)]

use std::path::Path;

use backhaul::config::{self, Environment, Secrets};
use backhaul::sidecar::{self, Running};
use canonical::envelope::{Context, Envelope};
use canonical::header::ReturnRequest;
use canonical::{Condition, DispositionAction, Event, EventData, MessageKey, ReturnName};
use jiff::Timestamp;
use store::Unit;
use testkit::facts;

/// The configuration: no partners.
pub(crate) const BLOCKS: &str = r#"
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
"#;

/// Writes it into a folder, with the policy and the approvers that are shipped.
pub(crate) fn write(folder: &Path) {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    std::fs::write(folder.join("backhaul.toml"), BLOCKS).unwrap();
    std::fs::copy(deploy.join("policy/us01.toml"), folder.join("us01.toml")).unwrap();
    let people = std::fs::read_to_string(deploy.join("approvers.toml")).unwrap();
    // The inspector of these goods is one of them.
    let people = people.replace("\"INSP-0017\"", "\"INSP-0017\", \"ivan\"");
    let people = format!(
        "{people}\n[[person]]\nuser = \"sue\"\nroles = [\"returns_supervisor\"]\n\
         [[delegation]]\nfrom = \"sue\"\nto = \"eroth\"\nvalid_from = 2020-01-01\nvalid_until = 2100-01-01\n"
    );
    std::fs::write(folder.join("approvers.toml"), people).unwrap();
}

/// Starts the sidecar on it.
pub(crate) async fn start(folder: &Path) -> Running {
    let environment = Environment::default();
    let reading = config::parse(BLOCKS, "test", folder, &environment, Secrets::Needed);
    assert!(reading.report.is_ok(), "{}", reading.report);
    sidecar::start(&reading.config).await.unwrap()
}

/// Goods of that gross came back, and were inspected and restocked.
pub(crate) async fn credited(running: &Running, name: &str, gross_minor: i64) {
    let mut line = facts::line(1, 10);
    line.invoice_ref.as_mut().unwrap().document = format!("INV-{name}");
    let invoiced = line.invoiced.as_mut().unwrap();
    invoiced.amount_minor = gross_minor;
    invoiced.taxes.clear();
    let mut request = facts::request(vec![line]);
    request.request_id = name.to_owned();
    returned(running, request).await;
}

/// What was asked for came back, and was inspected and restocked: ten pieces of the first item.
pub(crate) async fn returned(running: &Running, request: ReturnRequest) {
    let name = request.request_id.clone();
    let name = name.as_str();
    let told = [
        facts::asked(request),
        facts::received(&format!("R-{name}"), &[("SKU-1", 10)]),
        facts::inspected(
            &format!("I-{name}"),
            &[("SKU-1", 10, Condition::ANewSealed)],
        ),
        facts::disposed(
            &format!("D-{name}"),
            &[("SKU-1", 10, DispositionAction::Restock)],
        ),
    ];
    let messages = told
        .into_iter()
        .enumerate()
        .map(|(n, data)| message(name, n, data));
    let unit = Unit {
        outbox: messages.collect(),
        ..Unit::default()
    };
    running.store.commit(vec![unit], Vec::new()).await.unwrap();
}

fn message(name: &str, n: usize, data: EventData) -> store::OutboxMessage {
    let now = Timestamp::now();
    let event = Event {
        key: MessageKey(format!("{name}-{n}")),
        subject: ReturnName::External {
            system: "portal".to_owned(),
            value: name.to_owned(),
        },
        occurred_at: now,
        data,
    };
    let context = Context {
        connector: "test".to_owned(),
        correlation_id: String::new(),
        causation_id: String::new(),
        traceparent: String::new(),
        ingested_at: now,
    };
    router::wire::event(&Envelope::seal(&event, &context).unwrap()).unwrap()
}
