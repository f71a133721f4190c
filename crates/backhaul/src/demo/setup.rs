//! The configuration of a demo: the same text that an integration team would write, with the simulators' addresses.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use simulators::wms::Dialect;

use super::partners::{API_KEY, Partners, SECRET, WAREHOUSES};
use crate::config::{self, Config, Environment, Secrets};

/// Files that the configuration names, beside it in the demo's folder.
const FILES: &[(&str, &str)] = &[
    (
        "portal.jq",
        include_str!("../../../../deploy/mappings/portal.jq"),
    ),
    (
        "3pl-snapshot.jq",
        include_str!("../../../../deploy/mappings/3pl-snapshot.jq"),
    ),
    (
        "us01.toml",
        include_str!("../../../../deploy/policy/us01.toml"),
    ),
    (
        "de01.toml",
        include_str!("../../../../deploy/policy/de01.toml"),
    ),
    (
        "jp01.toml",
        include_str!("../../../../deploy/policy/jp01.toml"),
    ),
    (
        "kw01.toml",
        include_str!("../../../../deploy/policy/kw01.toml"),
    ),
];

/// What all partners' codes mean.
const CODES: &str = r#"
[connectors.NAME.codes.uom]
EA = "EA"
CS = "XCS"

[connectors.NAME.codes.condition]
sealed = "A_NEW_SEALED"
opened = "B_OPENED"
used = "C_USED"
damaged = "D_DAMAGED"
defective = "E_DEFECTIVE"
wrong-item = "W_WRONG_ITEM"

[connectors.NAME.codes.result]
pass = "PASS"
fail = "FAIL"
conditional = "CONDITIONAL"

[connectors.NAME.codes.disposition]
restock = "RESTOCK"
scrap = "SCRAP"
quarantine = "QUARANTINE"
refurbish = "REFURBISH"
return-to-vendor = "RETURN_TO_VENDOR"
return-to-customer = "RETURN_TO_CUSTOMER"

[connectors.NAME.codes.liability]
seller = "SELLER"
customer = "CUSTOMER"
carrier = "CARRIER"
supplier = "SUPPLIER"
undetermined = "UNDETERMINED"

[connectors.NAME.codes.return_type]
physical = "PHYSICAL"

[connectors.NAME.codes.reason]
ordered-by-mistake = "CUSTOMER_ORDER_ERROR"
dead-on-arrival = "DEFECTIVE_ON_ARRIVAL"
stopped-working = "DEFECTIVE_IN_USE"
damaged-in-transit = "DAMAGED_IN_TRANSIT"
packaging-broken = "PACKAGING_DEFECT"
wrong-item-sent = "WRONG_ITEM_SHIPPED"
not-as-described = "NOT_AS_DESCRIBED"
short-dated = "SHORT_DATED"
overstock = "EXCESS_STOCK"
no-longer-needed = "NO_LONGER_NEEDED"
"#;

/// What the ERPs take.
const ERP: &str = r#"["ERP_RETURN_ORDER", "ERP_RECEIPT_HOLD", "ERP_STOCK_TRANSFER", "ERP_SCRAP", "ERP_CREDIT_MEMO", "ERP_CREDIT_REVERSAL"]"#;

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

[connectors.portal]
type = "wms-json"
system = "portal"
rma_namespace = "rma"
mapping = "portal.jq"
[connectors.portal.http]
path = "/in/portal"
secret = "{SECRET}"
{}
"#,
        CODES.replace("NAME", "portal")
    )?;
    for (name, site, dialect) in WAREHOUSES {
        let Some(warehouse) = partners.warehouses.get(name) else {
            continue;
        };
        warehouse_block(&mut out, name, site, dialect, &warehouse.url())?;
    }
    erp_blocks(&mut out, partners)?;
    routes(&mut out)?;
    Ok(out)
}

fn warehouse_block(
    out: &mut String,
    name: &str,
    site: &str,
    dialect: Dialect,
    url: &str,
) -> Result<()> {
    let (semantics, mapping) = match dialect {
        Dialect::Delta => ("delta", ""),
        Dialect::Notify => ("notify", ""),
        Dialect::Snapshot => ("snapshot", "mapping = \"3pl-snapshot.jq\"\n"),
    };
    let auth = format!(r#"{{ kind = "header", name = "x-api-key", value = "{API_KEY}" }}"#);
    write!(
        out,
        r#"
[connectors.{name}]
type = "wms-json"
system = "{name}"
rma_namespace = "rma"
site = "{site}"
semantics = "{semantics}"
{mapping}max_in_flight = 16
deadline = "5s"
[connectors.{name}.http]
path = "/in/{name}"
secret = "{SECRET}"
[connectors.{name}.out]
base_url = "{url}/"
auth = {auth}
timeout = "2s"
connect_timeout = "1s"
guard = "native-key"
[connectors.{name}.retry]
{RETRY}{}"#,
        CODES.replace("NAME", name)
    )?;
    if dialect == Dialect::Notify {
        write!(
            out,
            "\n[connectors.{name}.fetch]\nurl = \"{url}/returns/{{rma}}\"\nauth = {auth}\ntimeout = \"2s\"\n"
        )?;
    }
    Ok(())
}

fn erp_blocks(out: &mut String, partners: &Partners) -> Result<()> {
    let (us, world) = (partners.erp_us.url(), partners.erp_world.url());
    for (name, url, adjust) in [
        ("erp-us", us, ""),
        (
            "erp-world",
            world,
            r#"
[connectors.erp-world.adjust]
guard = { kind = "external-id" }
"#,
        ),
    ] {
        write!(
            out,
            r#"
[connectors.{name}]
type = "erp-rest"
base_url = "{url}"
profile = "sim"
timeout = "2s"
connect_timeout = "1s"
max_in_flight = 16
deadline = "5s"
auth = {{ kind = "client-credentials", token_url = "/oauth/token", client_id = "backhaul", client_secret = "s3cret" }}
[connectors.{name}.retry]
{RETRY}{adjust}"#
        )?;
    }
    Ok(())
}

fn routes(out: &mut String) -> Result<()> {
    for (name, site, _) in WAREHOUSES {
        write!(
            out,
            r#"
[[routes]]
kinds = ["WMS_RMA_ASN", "WMS_RMA_CANCEL", "NOTIFY"]
site = "{site}"
connector = "{name}"
"#
        )?;
    }
    write!(
        out,
        r#"
[[routes]]
kinds = {ERP}
connector = "erp-world"

[[routes]]
kinds = {ERP}
entity = "US01"
connector = "erp-us"
"#
    )?;
    Ok(())
}
