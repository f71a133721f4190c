//! Blocks of the partners that speak EDI.

use std::fmt::Write as _;

use anyhow::Result;
use simulators::edi_partner::{Nature, Syntax};

use super::RETRY;
use crate::demo::partners::{OURS, TRADERS, Trader};

/// The partners. Their folders lie beside the configuration.
pub(super) fn traders(out: &mut String) -> Result<()> {
    for trader in TRADERS {
        block(out, &trader)?;
    }
    Ok(())
}

fn block(out: &mut String, trader: &Trader) -> Result<()> {
    let Trader {
        name,
        id,
        entity,
        currency,
        ..
    } = trader;
    let profile = match trader.syntax {
        Syntax::X12 => "x12-4010",
        Syntax::Edifact => "edifact-d01b",
    };
    write!(
        out,
        r#"
[connectors.{name}]
type = "edi-partner"
profile = "{profile}"
ours = {{ qualifier = "ZZ", id = "{OURS}" }}
theirs = {{ qualifier = "ZZ", id = "{id}" }}
system = "{name}"
channel = "{name}"
legal_entity = "{entity}"
currency = "{currency}"
rma_namespace = "rma"
poll = "200ms"
max_in_flight = 16
deadline = "5s"
[connectors.{name}.mailbox]
kind = "folder"
path = "{name}"
stable_for = "500ms"
[connectors.{name}.adjust]
ack_expected = {{ within = "8s" }}
{}
[connectors.{name}.retry]
{RETRY}"#,
        adjusted(trader)
    )?;
    Ok(())
}

/// What the partner and we agreed on beyond the profile.
fn adjusted(trader: &Trader) -> &'static str {
    match (trader.nature, trader.syntax) {
        (Nature::Customer, Syntax::X12) => r#"request = { prices = "as-invoiced" }"#,
        // A RETANN has no place for an RMA number: the number of the request is it.
        (Nature::Customer, Syntax::Edifact) => {
            r#"request = { prices = "as-invoiced", rma_from = ["number"] }"#
        }
        (Nature::Warehouse, _) => "receipt = { inspects = true }",
    }
}
