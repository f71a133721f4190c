//! Blocks of the ERPs.

use std::fmt::Write as _;

use anyhow::Result;

use super::RETRY;
use crate::demo::partners::{Partners, SOAP_LOGIN};

/// The three ERPs.
pub(super) fn blocks(out: &mut String, partners: &Partners) -> Result<()> {
    rest(out, "erp-us", &partners.erps.us(), "")?;
    let guard = "\n[connectors.erp-world.adjust]\nguard = { kind = \"external-id\" }\n";
    rest(out, "erp-world", &partners.erps.world(), guard)?;
    soap(out, &partners.erps.de())
}

fn rest(out: &mut String, name: &str, url: &str, adjust: &str) -> Result<()> {
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
    Ok(())
}

fn soap(out: &mut String, url: &str) -> Result<()> {
    let (user, password) = SOAP_LOGIN;
    write!(
        out,
        r#"
[connectors.erp-de]
type = "erp-soap"
url = "{url}"
profile = "sim"
timeout = "2s"
connect_timeout = "1s"
max_in_flight = 16
deadline = "5s"
ws_security = {{ user = "{user}", password = "{password}", password_type = "digest", timestamp = true }}
[connectors.erp-de.retry]
{RETRY}"#
    )?;
    Ok(())
}
