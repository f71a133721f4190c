//! `backhaul exception confirm`

use canonical::effect::ErpRef;
use clap::Args;
use jiff::Timestamp;
use router::confirm::{self, ByHand};
use serde_json::json;
use store::Store;

use super::{DeciderArgs, Ended, Place, decide, remote};
use crate::cli::remote::Sidecar;

/// Arguments of `exception confirm`.
#[derive(Debug, Args)]
#[command(after_help = "\
For effects that were sent and whose outcome no look-up can tell: look into the target first. Nothing is sent. The effect takes
that document, the exception is closed, and the return goes on. If the document is not there, replay instead.
Exit codes: 0 done, 3 refused (not open any more, never sent, moves by itself)

Example:
  backhaul exception confirm 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --document CM-4711 --reason \"seen in the ERP, posted 12 March\"")]
pub struct ConfirmArgs {
    /// The exception
    id: String,
    #[command(flatten)]
    place: Place,
    /// The document's number in the target
    #[arg(long, value_name = "NUMBER")]
    document: String,
    /// Kind of document, in the target's words
    #[arg(long = "type", value_name = "TYPE", default_value = "")]
    doc_type: String,
    /// Where it was seen; goes into the audit
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    decider: DeciderArgs,
}

impl ConfirmArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// The same on a running sidecar.
pub(super) async fn run_of(sidecar: &Sidecar, args: &ConfirmArgs) -> Result<(), Ended> {
    let asked = json!({ "document": args.document, "type": args.doc_type, "reason": args.reason });
    remote::confirm(sidecar, &args.id, &asked, args.decider.json).await
}

pub(super) async fn run(store: &dyn Store, args: &ConfirmArgs) -> Result<(), Ended> {
    let rows = decide::rows(store, vec![args.id.clone()]).await?;
    let mut decisions = Vec::with_capacity(rows.len());
    for row in &rows {
        let by = ByHand {
            who: &args.decider.who,
            document: ErpRef::new(args.doc_type.clone(), args.document.clone()),
            reason: &args.reason,
        };
        let decided = confirm::confirm(store, row, &by, Timestamp::now()).await?;
        decisions.push((row.exception_id.clone(), decided));
    }
    decide::tell(&decisions, args.decider.json)
}
