//! `backhaul approval`: the approval desk.

mod decide;
mod list;
mod show;

use clap::Subcommand;
use router::approve::{self, Case};
use router::stake::{missing, roles};
use store::Store;
use workflow::Approvers;

use super::place::{self, Place};
use super::remote::{self, Sidecar};
use super::{Ended, output};
use crate::check;

use decide::{ApproveArgs, RejectArgs};
use list::ListArgs;
use show::ShowArgs;

/// The approval desk.
#[derive(Debug, Subcommand)]
pub enum ApprovalCommand {
    /// List what waits for somebody, the one that is due first at the top
    List(ListArgs),
    /// Show an approval: the calculation with the rule behind each amount, and what follows from a yes
    Show(ShowArgs),
    /// Say yes
    Approve(ApproveArgs),
    /// Say no, with a reason code
    Reject(RejectArgs),
}

pub(super) async fn run(command: ApprovalCommand) -> Result<(), Ended> {
    let place = match &command {
        ApprovalCommand::List(args) => args.place(),
        ApprovalCommand::Show(args) => args.place(),
        ApprovalCommand::Approve(args) => args.place(),
        ApprovalCommand::Reject(args) => args.place(),
    };
    if let Some(sidecar) = place.sidecar()? {
        return match &command {
            ApprovalCommand::List(args) => list::run_of(&sidecar, args).await,
            ApprovalCommand::Show(args) => show::run_of(&sidecar, args).await,
            ApprovalCommand::Approve(args) => decide::approve_of(&sidecar, args).await,
            ApprovalCommand::Reject(args) => decide::reject_of(&sidecar, args).await,
        };
    }
    let (config, store) = place.config.open_store().await?;
    let policies = match check::policies(&config) {
        Ok(policies) => policies,
        Err(report) => {
            store.close().await;
            return Err(report.into());
        }
    };
    let outcome = match &command {
        ApprovalCommand::List(args) => list::run(store.as_ref(), &policies, args).await,
        ApprovalCommand::Show(args) => show::run(store.as_ref(), &policies, args).await,
        ApprovalCommand::Approve(args) => decide::approve(store.as_ref(), &policies, args).await,
        ApprovalCommand::Reject(args) => decide::reject(store.as_ref(), &policies, args).await,
    };
    store.close().await;
    outcome
}

async fn one(store: &dyn Store, id: &str) -> Result<Case, Ended> {
    approve::find(store, id).await?.ok_or_else(|| {
        Ended::Refused(format!(
            "no approval is known as {id:?}: backhaul approval list shows what is open"
        ))
    })
}

/// Approvers of the configuration, without whom nobody decides here.
fn needed(approvers: Option<&Approvers>) -> Result<&Approvers, Ended> {
    approvers.ok_or_else(|| {
        Ended::Wrong(
            "nobody is configured who may approve: name a file under [approvers]; deploy/approvers.toml is an example"
                .to_owned(),
        )
    })
}
