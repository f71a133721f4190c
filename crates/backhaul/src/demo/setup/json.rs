//! Blocks of the partners that speak JSON: the portal, and warehouses in three dialects.

use std::fmt::Write as _;

use anyhow::Result;
use simulators::wms::Dialect;

use super::RETRY;
use crate::demo::partners::{API_KEY, Partners, SECRET, WAREHOUSES};

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

/// Where customers ask.
pub(super) fn portal(out: &mut String) -> Result<()> {
    write!(
        out,
        r#"
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
    Ok(())
}

/// The warehouses.
pub(super) fn warehouses(out: &mut String, partners: &Partners) -> Result<()> {
    for (name, site, dialect) in WAREHOUSES {
        warehouse(out, name, site, dialect, &partners.wms.url(name))?;
    }
    Ok(())
}

fn warehouse(out: &mut String, name: &str, site: &str, dialect: Dialect, url: &str) -> Result<()> {
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
