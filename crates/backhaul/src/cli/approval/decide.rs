//! `backhaul approval approve` and `reject`

use std::time::Duration;

use canonical::DenialReason;
use canonical::approval::Verdict;
use clap::Args;
use jiff::Timestamp;
use router::approve::{self, Answer, Case, Given, Outcome};
use serde_json::json;
use store::Store;
use workflow::PolicySet;

use super::{Ended, Place, Sidecar, output, place, remote};
use crate::cli::code;

/// Which approval, who decides, and how long the outcome is waited for.
#[derive(Debug, Args)]
pub(super) struct DecideArgs {
    /// The approval
    id: String,
    #[command(flatten)]
    place: Place,
    /// Who decides. With --url the person of the token
    #[arg(long, value_name = "USER")]
    by: Option<String>,
    /// For whom, if they delegated to the one who decides
    #[arg(long, value_name = "USER")]
    on_behalf_of: Option<String>,
    /// In which role; left out: whichever of the missing roles the person holds
    #[arg(long)]
    role: Option<String>,
    /// In words; goes into the audit
    #[arg(long, default_value = "")]
    comment: String,
    /// Version of the approval that was looked at: refused if it has changed since
    #[arg(long, value_name = "N")]
    version: Option<u32>,
    /// How long a running sidecar's answer is waited for
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    wait: u64,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Arguments of `approval approve`.
#[derive(Debug, Args)]
#[command(after_help = "\
Who decides must hold a role that is missing, with a limit that covers the amount, and must not have asked for the return
nor inspected its goods, nor may whoever they decide for. Every attempt is in the audit, also a refused one.
A running sidecar takes the decision within seconds; without one it is taken at the next start.
Exit codes: 0 it counts (or is recorded), 3 it was refused

Examples:
  backhaul approval approve APR-k3v7q2m5x4c6z7aa --by ada --version 0
  backhaul approval approve APR-k3v7q2m5x4c6z7aa --by ada --on-behalf-of frank --comment \"seen the photos\"")]
pub struct ApproveArgs {
    #[command(flatten)]
    decide: DecideArgs,
}

/// Arguments of `approval reject`.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 it counts (or is recorded), 3 it was refused

Example:
  backhaul approval reject APR-k3v7q2m5x4c6z7aa --by ada --reason EXCESSIVE_WEAR --comment \"see photo 3\"")]
pub struct RejectArgs {
    #[command(flatten)]
    decide: DecideArgs,
    /// Reason code
    #[arg(long, value_name = "CODE", value_parser = code::one_of(DenialReason::ALL, DenialReason::word))]
    reason: DenialReason,
}

impl ApproveArgs {
    pub(super) fn place(&self) -> &Place {
        &self.decide.place
    }
}

impl RejectArgs {
    pub(super) fn place(&self) -> &Place {
        &self.decide.place
    }
}

/// The same on a running sidecar.
pub(super) async fn approve_of(sidecar: &Sidecar, args: &ApproveArgs) -> Result<(), Ended> {
    remote::decide(sidecar, &args.decide.elsewhere(None)?).await
}

/// The same on a running sidecar.
pub(super) async fn reject_of(sidecar: &Sidecar, args: &RejectArgs) -> Result<(), Ended> {
    remote::decide(sidecar, &args.decide.elsewhere(Some(args.reason))?).await
}

impl DecideArgs {
    fn elsewhere(&self, no: Option<DenialReason>) -> Result<remote::Decision<'_>, Ended> {
        place::unnamed(self.by.as_deref())?;
        Ok(remote::Decision {
            id: &self.id,
            on_behalf_of: self.on_behalf_of.as_deref(),
            role: self.role.as_deref(),
            comment: &self.comment,
            version: self.version,
            wait: self.wait,
            no,
            json: self.json,
        })
    }
}

pub(super) async fn approve(
    store: &dyn Store,
    policies: &PolicySet,
    args: &ApproveArgs,
) -> Result<(), Ended> {
    let reason = args.decide.comment.clone();
    decide(store, policies, &args.decide, Verdict::Approve, reason).await
}

pub(super) async fn reject(
    store: &dyn Store,
    policies: &PolicySet,
    args: &RejectArgs,
) -> Result<(), Ended> {
    let reason = workflow::approvals::rejection(args.reason, &args.decide.comment);
    decide(store, policies, &args.decide, Verdict::Reject, reason).await
}

async fn decide(
    store: &dyn Store,
    policies: &PolicySet,
    args: &DecideArgs,
    verdict: Verdict,
    reason: String,
) -> Result<(), Ended> {
    let by = place::named(args.by.as_deref())?;
    let approvers = super::needed(policies.approvers())?;
    let case = super::one(store, &args.id).await?;
    let answer = Answer {
        user: by.to_owned(),
        on_behalf_of: args.on_behalf_of.clone(),
        role: args.role.clone().unwrap_or_default(),
        verdict,
        reason,
        version: args.version,
        calc_hash: None,
        through: None,
    };
    let given = approve::give(store, &case, Some(approvers), &answer, Timestamp::now()).await?;
    let (event_id, after) = match given {
        Given::Refused(why) => return refused(args, &why.to_string()),
        Given::Taken {
            event_id, after, ..
        } => (event_id, after),
    };
    let longest = Duration::from_secs(args.wait);
    match approve::heard(store, &case, (&event_id, after), longest).await? {
        Some(Outcome::Refused(why)) => refused(args, &why),
        Some(Outcome::Counts(case)) => counts(args, &case),
        None => recorded(args),
    }
}

fn refused(args: &DecideArgs, why: &str) -> Result<(), Ended> {
    if args.json {
        output::json(&json!({ "approval_id": args.id, "counts": false, "says": why }))?;
    }
    Err(Ended::Refused(why.to_owned()))
}

fn recorded(args: &DecideArgs) -> Result<(), Ended> {
    let says =
        "the decision is recorded; no sidecar has taken it yet: it is taken at the next start";
    if args.json {
        return output::json(&json!({ "approval_id": args.id, "counts": null, "says": says }));
    }
    output::line(says)
}

fn counts(args: &DecideArgs, case: &Case) -> Result<(), Ended> {
    let approval = &case.approval;
    let missing = super::missing(approval);
    let code = case.state.business_code();
    let says = if missing.is_empty() || !workflow::approvals::is_open(approval) {
        format!(
            "it counts: the approval is {}; the return is at {code}",
            approval.state
        )
    } else {
        format!("it counts; still missing: {missing}")
    };
    if args.json {
        return output::json(&json!({
            "approval_id": args.id, "counts": true, "state": approval.state, "version": approval.version,
            "says": says,
        }));
    }
    output::line(says)
}
