//! The configuration of a demo: the same text that an integration team would write, with the simulators' addresses.

mod edi;
mod erps;
mod files;
mod json;
mod routes;

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::partners::Partners;
use crate::config::{self, Config, Environment, Secrets};

/// Files that the configuration names, beside it in the demo's folder.
const FILES: &[(&str, &str)] = &[
    (
        "portal.jq",
        include_str!("../../../../../deploy/mappings/portal.jq"),
    ),
    (
        "3pl-snapshot.jq",
        include_str!("../../../../../deploy/mappings/3pl-snapshot.jq"),
    ),
    (
        "dc-north.toml",
        include_str!("../../../../../deploy/layouts/dc-north.toml"),
    ),
    (
        "lager-sued.toml",
        include_str!("../../../../../deploy/layouts/lager-sued.toml"),
    ),
    (
        "dc-host.toml",
        include_str!("../../../../../deploy/layouts/dc-host.toml"),
    ),
    (
        "us01.toml",
        include_str!("../../../../../deploy/policy/us01.toml"),
    ),
    (
        "de01.toml",
        include_str!("../../../../../deploy/policy/de01.toml"),
    ),
    (
        "jp01.toml",
        include_str!("../../../../../deploy/policy/jp01.toml"),
    ),
    (
        "kw01.toml",
        include_str!("../../../../../deploy/policy/kw01.toml"),
    ),
];

/// A simulated target settles within seconds; a real one is given its real time.
const RETRY: &str = r#"settle_window = "6s"
max_reposts = 6
max_tries = 20
pause = "2s"
longest_wait = "5s"
"#;

/// Writes the demo's files and reads its configuration.
pub(super) fn config(
    folder: &Path,
    partners: &Partners,
    broker: Option<&str>,
    store: Option<&str>,
) -> Result<Config> {
    for (name, text) in FILES {
        // Customers of the demo ask late: with the usual window most returns would wait for a person.
        let text = text.replace("days = 30", "days = 55");
        std::fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    let text = text(partners, broker, store)?;
    let reading = config::parse(
        &text,
        "the demo's configuration",
        folder,
        &Environment::default(),
        Secrets::Needed,
    );
    if reading.report.is_ok() {
        Ok(reading.config)
    } else {
        bail!("{}", reading.report)
    }
}

fn text(partners: &Partners, broker: Option<&str>, store: Option<&str>) -> Result<String> {
    let mut out = String::new();
    let broker = broker.unwrap_or("embedded:queue.db");
    let store = store.unwrap_or("sqlite:backhaul.db");
    write!(
        out,
        r#"[broker]
url = "{broker}"

[store]
url = "{store}"

[http]
listen = "127.0.0.1:0"

[admin]
listen = "127.0.0.1:0"

[policy]
files = ["us01.toml", "de01.toml", "jp01.toml", "kw01.toml"]

[telemetry]
log = "text"
level = "error"

[router]
park_for = "2m"
"#
    )?;
    json::portal(&mut out)?;
    json::warehouses(&mut out, partners)?;
    files::warehouses(&mut out)?;
    edi::traders(&mut out)?;
    erps::blocks(&mut out, partners)?;
    routes::routes(&mut out)?;
    Ok(out)
}
