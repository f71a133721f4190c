//! Partners that are silent where they ought to speak: what the configuration says of it, and what becomes of it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;

use backhaul::check;
use backhaul::config::{self, Environment, Secrets};

/// A warehouse's folder, with more keys of the block.
fn warehouse(keys: &str) -> String {
    format!(
        r#"
[broker]
url = "embedded:data/queue.db"
[store]
url = "sqlite:data/backhaul.db"
[http]
listen = "127.0.0.1:0"
[admin]
listen = "127.0.0.1:0"
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
