//! The configuration of a demo: the same text that an integration team would write, with the simulators' addresses.

mod edi;
mod erps;
mod files;
mod json;
mod routes;

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::path::Path;

use anyhow::{Context as _, Error, Result, bail};

use super::partners::Partners;
use super::processes::Written;
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

/// Any free port of this machine.
const ANY: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0));

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
    files_beside(folder)?;
    let text = text(partners, broker, store, ANY, ANY)?;
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

/// Writes the demo's files, and the configuration once for each of so many processes.
pub(super) fn write(
    folder: &Path,
    partners: &Partners,
    broker: Option<&str>,
    store: Option<&str>,
    processes: u16,
) -> Result<Vec<Written>> {
    files_beside(folder)?;
    // Held until all are known, so that none is given twice.
    let listeners: Vec<TcpListener> = (0..processes.saturating_mul(2))
        .map(|_| TcpListener::bind(ANY))
        .collect::<Result<_, _>>()?;
    let mut ports = listeners.iter().map(TcpListener::local_addr);
    let mut port = || {
        ports
            .next()
            .context("no port is left")?
            .map_err(Error::from)
    };
    (1..=processes)
        .map(|number| {
            let (ingress, admin) = (port()?, port()?);
            let config = folder.join(format!("sidecar-{number}.toml"));
            std::fs::write(&config, text(partners, broker, store, ingress, admin)?)
                .with_context(|| format!("cannot write {}", config.display()))?;
            Ok(Written { config, ingress })
        })
        .collect()
}

fn files_beside(folder: &Path) -> Result<()> {
    for (name, text) in FILES {
        // Customers of the demo ask late: with the usual window most returns would wait for a person.
        let text = text.replace("days = 30", "days = 55");
        std::fs::write(folder.join(name), text).with_context(|| format!("cannot write {name}"))?;
    }
    Ok(())
}

fn text(
    partners: &Partners,
    broker: Option<&str>,
    store: Option<&str>,
    ingress: SocketAddr,
    admin: SocketAddr,
) -> Result<String> {
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
listen = "{ingress}"

[admin]
listen = "{admin}"

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
