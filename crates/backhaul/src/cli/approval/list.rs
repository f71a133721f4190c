//! `backhaul approval list`

use clap::Args;
use jiff::{Timestamp, Unit};
use router::approve::{self, Case};
use serde_json::{Value, json};
use store::Store;
use workflow::PolicySet;
use workflow::approvals;

use super::{Ended, Place, Sidecar, output, remote};

/// Arguments of `approval list`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  backhaul approval list
  backhaul approval list --role finance_manager --json
  backhaul approval list --mine ada")]
pub struct ListArgs {
    #[command(flatten)]
    place: Place,
    /// Only what waits for this role
    #[arg(long)]
    role: Option<String>,
    /// Only what this person may approve now: in their own roles, or for somebody who delegated to them. With --url the person
    /// of the token, whatever is said here
    #[arg(long, value_name = "USER")]
    mine: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl ListArgs {
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

/// The same on a running sidecar, where "mine" is whoever the token stands for.
pub(super) async fn run_of(sidecar: &Sidecar, args: &ListArgs) -> Result<(), Ended> {
    let mut query = remote::given(&[("role", &args.role)]);
    if args.mine.is_some() {
        query.push(("mine", "true".to_owned()));
    }
    remote::approvals(sidecar, &query, args.json).await
}

pub(super) async fn run(
    store: &dyn Store,
    policies: &PolicySet,
    args: &ListArgs,
) -> Result<(), Ended> {
    let now = Timestamp::now();
    let mut cases = approve::open(store).await?;
    cases.sort_by_key(Case::due);
    if let Some(role) = &args.role {
        cases.retain(|case| case.waits_for(role));
    }
    if let Some(user) = &args.mine {
        let approvers = super::needed(policies.approvers())?;
        cases.retain(|case| !approve::ways(case, approvers, user, now).is_empty());
    }
    if args.json {
        let list: Vec<Value> = cases.iter().map(|case| value(case, now)).collect();
        return output::json(&list);
    }
    let rows = cases
        .iter()
        .map(|case| {
            let header = case.state.header();
            let approval = &case.approval;
            let due = approval.expires_at;
            vec![
                approval.approval_id.clone(),
                case.what().to_owned(),
                format!("{}/{}", header.legal_entity, header.rma_number),
                header.customer_account.clone(),
                case.money()
                    .map_or_else(String::new, |money| money.to_string()),
                super::missing(approval),
                age(case, now),
                due.map_or_else(String::new, |due| seconds(due).to_string()),
                approval.rule_ids.join(", "),
            ]
        })
        .collect();
    let header = [
        "approval",
        "of a",
        "rma",
        "customer",
        "amount",
        "waits for",
        "age",
        "due",
        "rules",
    ];
    output::table(&header, rows, "nothing waits for anybody")
}

/// Without parts of seconds.
fn seconds(at: Timestamp) -> Timestamp {
    at.round(Unit::Second).unwrap_or(at)
}

/// Since when it waits: "3 h", "2 d".
fn age(case: &Case, now: Timestamp) -> String {
    let Some(asked_at) = case.approval.asked_at else {
        return String::new();
    };
    let minutes = now.duration_since(asked_at).as_mins();
    match minutes {
        ..60 => format!("{minutes} min"),
        60..2880 => format!("{} h", minutes / 60),
        _ => format!("{} d", minutes / 1440),
    }
}

/// An approval as programs read it.
pub(super) fn value(case: &Case, now: Timestamp) -> Value {
    let header = case.state.header();
    let approval = &case.approval;
    let money = case.money();
    let missing: Vec<Value> = approvals::missing(approval)
        .into_iter()
        .map(|(role, count)| json!({ "role": role, "count": count }))
        .collect();
    let asked_at = approval.asked_at;
    json!({
        "approval_id": approval.approval_id, "version": approval.version, "state": approval.state,
        "subject": case.what(), "return_id": header.return_id,
        "rma_number": header.rma_number, "legal_entity": header.legal_entity,
        "customer": header.customer_account,
        "amount_minor": money.map(|m| m.minor), "currency": money.map(|m| m.ccy),
        "base": approval.amount, "required": approval.required, "missing": missing,
        "stand_ins": approval.stand_ins, "decisions": approval.decisions,
        "requested_by": approval.requested_by, "asked_at": asked_at,
        "age_seconds": asked_at.map(|at| now.duration_since(at).as_secs()),
        "due_at": approval.expires_at, "escalation_level": approval.escalation_level,
        "rule_ids": approval.rule_ids, "calc_hash": approval.calc_hash,
    })
}
