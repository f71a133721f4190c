//! A world whose warehouse exchanges files over SFTP: OpenSSH serves the folder in which the warehouse lives.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde_json::{Value, json};
use simulators::erp::{self, ErpSim};
use simulators::warehouse_file::{self, Dialect, FileSim};
use simulators::wms::{self, Story, WmsSim};
use tempfile::TempDir;
use testkit::sshd::Sshd;

use crate::blocks::{json_in, rest_erp};
use crate::sidecar::{Sidecar, ports};
use crate::world::{SECRET, request};
use crate::{post, root};

/// Site of the warehouse.
pub const SITE: &str = "DC-NORTH";

/// The partners, and the folder with the sidecar's configuration and data.
pub struct SftpWorld {
    /// The server that the sidecar logs in to.
    pub server: Sshd,
    /// The warehouse, which looks into the server's folder as into a folder of its own.
    pub warehouse: FileSim,
    /// Takes the notifications.
    pub portal: WmsSim,
    /// The ERP.
    pub erp: ErpSim,
    folder: TempDir,
    ingress: u16,
    admin: u16,
}

impl SftpWorld {
    /// Starts the partners and writes the configuration. Every return is played by that story.
    pub async fn start(story: Story) -> Result<Self> {
        let server = Sshd::start().await?;
        let warehouse = FileSim::start(warehouse_file::Config {
            root: server.folder(),
            dialect: Dialect::Caret,
            story: Some(story),
            pace_ms: 400,
            ..warehouse_file::Config::default()
        })
        .await?;
        let portal = WmsSim::start(wms::Config::default()).await?;
        let erp = ErpSim::start(erp::Profile::DraftAndPost.config()).await?;
        let folder = tempfile::tempdir()?;
        let (ingress, admin) = ports()?;
        let world = Self {
            server,
            warehouse,
            portal,
            erp,
            folder,
            ingress,
            admin,
        };
        std::fs::write(world.config(), world.configuration()?)?;
        Ok(world)
    }

    /// The configuration file.
    pub fn config(&self) -> PathBuf {
        self.folder.path().join("backhaul.toml")
    }

    /// Starts a sidecar.
    pub async fn sidecar(&self, program: &str) -> Result<Sidecar> {
        Sidecar::start(Path::new(program), &self.config(), self.ingress, self.admin).await
    }

    /// Names of the files in a folder of the mailbox; empty when there is no such folder.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.server.folder().join(folder));
        let mut names: Vec<String> = entries
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !name.starts_with('.'))
            .collect();
        names.sort();
        names
    }

    fn configuration(&self) -> Result<String> {
        let policy = root().join("deploy/policy/us01.toml");
        let layout = root().join("deploy/layouts/dc-north.toml");
        let mut mailbox = self.server.options()?;
        // The warehouse writes in place: a file that still changes is not taken.
        for (option, value) in [
            ("stable_for", "500ms"),
            ("connect_timeout", "2s"),
            ("timeout", "3s"),
        ] {
            mailbox.insert(option.to_owned(), value.into());
        }
        let mailbox = toml::to_string(&mailbox)?;
        let (ingress, admin) = (self.ingress, self.admin);
        let out = self.portal.url();
        let portal = json_in("portal", SECRET);
        let erp = rest_erp(&self.erp.url(), "5s", "6s");
        Ok(format!(
            r#"
[http]
listen = "127.0.0.1:{ingress}"

[admin]
listen = "127.0.0.1:{admin}"

[policy]
files = ["{policy}"]
{portal}[connectors.portal.out]
base_url = "{out}/"
guard = "native-key"

[connectors.dc-north]
type = "warehouse-file"
system = "dc-north"
entity = "US01"
site = "{SITE}"
layout = "{layout}"
poll = "200ms"
acknowledge = true
asn_acknowledged = {{ pattern = "*.ack", within = "8s" }}
sequence = {{ on_gap = "alarm" }}
deadline = "5s"
[connectors.dc-north.retry]
settle_window = "6s"
[connectors.dc-north.mailbox]
{mailbox}
{erp}
[[routes]]
kinds = ["WMS_RMA_ASN", "WMS_RMA_CANCEL"]
connector = "dc-north"

[[routes]]
kinds = ["NOTIFY"]
connector = "portal"

[[routes]]
kinds = ["ERP_RETURN_ORDER", "ERP_RECEIPT_HOLD", "ERP_STOCK_TRANSFER", "ERP_SCRAP", "ERP_CREDIT_MEMO", "ERP_CREDIT_REVERSAL"]
connector = "erp"
"#,
            policy = policy.display(),
            layout = layout.display(),
        ))
    }
}

/// Opens returns to the warehouse at a running sidecar.
pub async fn ask(sidecar: &Sidecar, numbers: impl IntoIterator<Item = u32>) -> Result<()> {
    let url = format!("{}/in/portal", sidecar.ingress);
    for n in numbers {
        let mut request: Value = request(n);
        if let Some(site) = request.get_mut("returnTo") {
            *site = json!(SITE);
        }
        let (status, answer) = post(&url, SECRET, serde_json::to_vec(&request)?).await?;
        anyhow::ensure!(status == 202, "request {n}: {status} {answer}");
    }
    Ok(())
}
