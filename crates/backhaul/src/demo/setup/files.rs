//! Blocks of the warehouses that exchange files: each has a layout of its own.

use std::fmt::Write as _;

use anyhow::Result;

use super::RETRY;
use crate::demo::partners::FILE_WAREHOUSES;

/// The warehouses. Their folders lie beside the configuration.
pub(super) fn warehouses(out: &mut String) -> Result<()> {
    for (name, site, _) in FILE_WAREHOUSES {
        write!(
            out,
            r#"
[connectors.{name}]
type = "warehouse-file"
system = "{name}"
site = "{site}"
layout = "{name}.toml"
rma_namespace = "rma"
poll = "200ms"
acknowledge = true
asn_acknowledged = {{ pattern = "*.ack", within = "8s" }}
sequence = {{ on_gap = "alarm" }}
max_in_flight = 16
deadline = "5s"
[connectors.{name}.mailbox]
kind = "folder"
path = "{name}"
stable_for = "500ms"
[connectors.{name}.retry]
{RETRY}"#
        )?;
    }
    Ok(())
}
