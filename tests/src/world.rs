//! A small world for scenarios: one warehouse, one ERP, and the configuration that a team would write for them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use simulators::erp::{self, ErpSim};
use simulators::wms::{self, Story, WmsSim};
use tempfile::TempDir;

use crate::blocks::{json_in, rest_erp};
use crate::sidecar::{Sidecar, ports};
use crate::{post, root, until};

/// Secret of every sender.
pub const SECRET: &str = "scenario-secret";

/// The partners, and the folder with the sidecar's configuration and data.
pub struct World {
    /// The warehouse DC-EAST, which plays every announced return.
    pub warehouse: WmsSim,
    /// The ERP.
    pub erp: ErpSim,
    folder: TempDir,
    ingress: u16,
    admin: u16,
}

impl World {
    /// Starts the partners and writes the configuration. `more` is added to it; `before` comes first.
    pub async fn start(story: Option<Story>, before: &str, more: &str) -> Result<Self> {
        Self::with_erp(erp::Profile::DraftAndPost.config(), story, before, more).await
    }

    /// The same with another ERP.
    pub async fn with_erp(
        erp: erp::Config,
        story: Option<Story>,
        before: &str,
        more: &str,
    ) -> Result<Self> {
        let warehouse = WmsSim::start(wms::Config {
            secret: SECRET.to_owned(),
            story,
            autoplay: story.is_some(),
            ..wms::Config::default()
        })
        .await?;
        let erp = ErpSim::start(erp).await?;
        let folder = tempfile::tempdir()?;
        let (ingress, admin) = ports()?;
        warehouse.aim(format!("http://127.0.0.1:{ingress}/in/wms-east").parse()?);
        let world = Self {
            warehouse,
            erp,
            folder,
            ingress,
            admin,
        };
        let text = world.configuration(before, more);
        std::fs::write(world.config(), text)?;
        Ok(world)
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("backhaul.toml")
    }

    /// The folder of the configuration.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts a sidecar.
    pub async fn sidecar(&self, program: &str) -> Result<Sidecar> {
        Sidecar::start(Path::new(program), &self.config(), self.ingress, self.admin).await
    }

    fn configuration(&self, before: &str, more: &str) -> String {
        let policy = root().join("deploy/policy/us01.toml");
        let (ingress, admin) = (self.ingress, self.admin);
        let wms = self.warehouse.url();
        let portal = json_in("portal", SECRET);
        let erp = rest_erp(&self.erp.url(), "5s", "6s");
        format!(
            r#"{before}
[http]
listen = "127.0.0.1:{ingress}"

[admin]
listen = "127.0.0.1:{admin}"

[policy]
files = ["{policy}"]
{portal}
[connectors.wms-east]
type = "wms-json"
system = "wms-east"
entity = "US01"
site = "DC-EAST"
deadline = "5s"
[connectors.wms-east.http]
path = "/in/wms-east"
secret = "{SECRET}"
[connectors.wms-east.out]
base_url = "{wms}/"
guard = "native-key"
timeout = "2s"
connect_timeout = "1s"
[connectors.wms-east.codes]
condition = {{ sealed = "A_NEW_SEALED", opened = "B_OPENED", damaged = "D_DAMAGED", defective = "E_DEFECTIVE", wrong-item = "W_WRONG_ITEM" }}
result = {{ pass = "PASS", fail = "FAIL", conditional = "CONDITIONAL" }}
disposition = {{ restock = "RESTOCK", scrap = "SCRAP", quarantine = "QUARANTINE", return-to-vendor = "RETURN_TO_VENDOR" }}
liability = {{ seller = "SELLER", customer = "CUSTOMER", carrier = "CARRIER", supplier = "SUPPLIER", undetermined = "UNDETERMINED" }}
[connectors.wms-east.retry]
settle_window = "6s"
{erp}
[[routes]]
kinds = ["WMS_RMA_ASN", "WMS_RMA_CANCEL", "NOTIFY"]
connector = "wms-east"

[[routes]]
kinds = ["ERP_RETURN_ORDER", "ERP_RECEIPT_HOLD", "ERP_STOCK_TRANSFER", "ERP_SCRAP", "ERP_CREDIT_MEMO", "ERP_CREDIT_REVERSAL",
    "ERP_RECOVERY_INVOICE", "ERP_RECOVERY_REVERSAL", "REPLACEMENT_ORDER", "SUPPLIER_RETURN", "SUPPLIER_CLAIM"]
connector = "erp"
{more}"#,
            policy = policy.display()
        )
    }
}

/// A request for a return, in the shape that `wms-json` documents: 3 of 10 pieces, net 22.00 each.
pub fn request(n: u32) -> Value {
    json!({
        "type": "return.requested", "requestId": format!("P-{n}"), "rma": format!("RMA-{n}"),
        "requestedAt": "2026-03-02T10:00:00Z", "legalEntity": "US01", "returnType": "PHYSICAL", "channel": "b2b",
        "customer": "C10010", "currency": "USD", "timeZone": "America/Chicago", "returnTo": "DC-EAST",
        "lines": [{
            "line": 1, "sku": "SKU-100", "qty": "3", "uom": "EA", "reason": "DEFECTIVE_ON_ARRIVAL",
            "order": { "number": format!("SO-{n}"), "line": "1" },
            "invoice": {
                "number": format!("INV-{n}"), "line": "1", "date": "2026-02-20", "qty": "10", "amount": "220.00",
                "taxes": [{ "jurisdiction": "US-TX", "type": "SALES", "rate": "8.25", "amount": "18.15" }]
            }
        }]
    })
}

/// Opens returns at a running sidecar.
pub async fn ask(sidecar: &Sidecar, numbers: impl IntoIterator<Item = u32>) -> Result<()> {
    let url = format!("{}/in/portal", sidecar.ingress);
    for n in numbers {
        let (status, answer) = post(&url, SECRET, serde_json::to_vec(&request(n))?).await?;
        anyhow::ensure!(status == 202, "request {n}: {status} {answer}");
    }
    Ok(())
}

/// Waits until so many returns are in that lifecycle.
pub async fn until_returns(sidecar: &Sidecar, lifecycle: &str, count: usize) -> Result<Vec<Value>> {
    let what = format!("{count} returns {lifecycle}");
    let listed = until(&what, Duration::from_mins(2), || async {
        let listed = sidecar.ask(&["return", "list", "--json"]).ok()?;
        let there: Vec<Value> = listed
            .as_array()?
            .iter()
            .filter(|r| r["lifecycle"] == lifecycle)
            .cloned()
            .collect();
        (there.len() >= count).then_some(there)
    })
    .await;
    listed.map_err(|error| {
        let listed = sidecar.ask(&["return", "list", "--json"]);
        let exceptions = sidecar.ask(&["exception", "list", "--json"]);
        anyhow::anyhow!("{error}\n{listed:?}\n{exceptions:?}\n{}", sidecar.log())
    })
}
