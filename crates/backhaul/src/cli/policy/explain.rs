//! `backhaul policy explain`

use clap::Args;
use serde_json::{Value, json};
use store::ReturnRow;
use workflow::policy::{Finding, Policy};
use workflow::{Decision, PolicySet, ReturnState, decisions};

use super::{ConfigArg, Ended, output, returns};
use crate::check;

/// Arguments of `policy explain`.
#[derive(Debug, Args)]
#[command(after_help = "\
The policy is asked again what it was asked about the return, as it stands now: the same version, the same facts, so the same
answers. Approvals are listed with the rules that demanded them when they were asked for.
Exit codes: 3 if there is no such return, or its version of the policy is not configured

Examples:
  backhaul policy explain rma:US01/RMA-000042
  backhaul policy explain 01JD3Z7Q2M8K4N6P9R1T3V5X7Z --json")]
pub struct ExplainArgs {
    /// The return: its id, its RMA number, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE
    name: String,
    #[command(flatten)]
    config: ConfigArg,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &ExplainArgs) -> Result<(), Ended> {
    let (config, store) = args.config.open_store().await?;
    let entities = check::entities(&config);
    let found = returns::find(store.as_ref(), &args.name, &entities).await;
    store.close().await;
    let state = state_of(&found?)?;
    let policies = check::policies(&config)?;
    let policy = policy_of(&state, &policies)?;
    let decisions = decisions(&state, policy);
    if args.json {
        return output::json(&value(&state, policy, &decisions));
    }
    print(&state, policy, &decisions)
}

/// What the store keeps of a return.
pub(super) fn state_of(row: &ReturnRow) -> Result<ReturnState, Ended> {
    serde_json::from_str(&row.state).map_err(|error| {
        Ended::Failed(format!(
            "the stored state of return {} cannot be read: {error}",
            row.return_id
        ))
    })
}

/// The version it was authorised under, or the one that held when the customer asked.
fn policy_of<'a>(state: &ReturnState, policies: &'a PolicySet) -> Result<&'a Policy, Ended> {
    let header = state.header();
    let version = &header.policy_version;
    let policy = if version.is_empty() {
        policies.at(&header.legal_entity, header.requested_at)
    } else {
        policies.version(version)
    };
    policy.ok_or_else(|| {
        let entity = &header.legal_entity;
        Ended::Refused(if version.is_empty() {
            format!("no policy of {entity} held when it was asked for: name one under policy.files")
        } else {
            format!("its policy, version {version:?} of {entity}, is not configured: name its file under policy.files")
        })
    })
}

fn print(state: &ReturnState, policy: &Policy, decisions: &[Decision<'_>]) -> Result<(), Ended> {
    let header = state.header();
    let (id, entity, rma) = (&header.return_id, &header.legal_entity, &header.rma_number);
    output::line(format!(
        "return {id}  rma {entity}/{rma}  {}  policy {}",
        state.lifecycle(),
        policy.version
    ))?;
    for decision in decisions {
        let answer = match &decision.answer {
            Ok(answer) => answer.clone(),
            Err(unanswered) => format!(
                "no answer: the policy {}",
                unanswered.told(decision.question)
            ),
        };
        let question = decision.question.word();
        output::line(format!("\n{}: {question}: {answer}", decision.about))?;
        let trace = decision.trace(policy);
        let facts: Vec<String> = (trace.facts.iter())
            .map(|(fact, value)| format!("{} = {value}", fact.name()))
            .collect();
        if !facts.is_empty() {
            output::line(format!("  looked at {}", facts.join(", ")))?;
        }
        let counts = |finding: &Finding| *finding == Finding::Counts;
        let rules = trace.rules.iter();
        let (fired, others): (Vec<_>, Vec<_>) = rules.partition(|rule| counts(&rule.finding));
        for rule in fired.into_iter().chain(others) {
            let mark = if counts(&rule.finding) { "*" } else { " " };
            output::line(format!("  {mark} {}: {}", rule.rule_id, rule.finding))?;
        }
    }
    let rows = state.approvals().iter().map(|approval| {
        let roles: Vec<&str> = approval
            .required
            .iter()
            .map(|need| need.role.as_str())
            .collect();
        vec![
            approval.approval_id.clone(),
            approval.state.to_string(),
            roles.join(", "),
            approval.rule_ids.join(", "),
        ]
    });
    output::line("")?;
    let header = ["approval asked for", "state", "roles", "rules"];
    output::table(
        &header,
        rows.collect(),
        "nobody was asked to approve anything",
    )
}

fn value(state: &ReturnState, policy: &Policy, decisions: &[Decision<'_>]) -> Value {
    let decisions: Vec<Value> = decisions
        .iter()
        .map(|decision| {
            let trace = decision.trace(policy);
            let facts: serde_json::Map<String, Value> = (trace.facts.iter())
                .map(|(fact, value)| (fact.name().to_owned(), json!(value)))
                .collect();
            let rules: Vec<Value> = (trace.rules.iter())
                .map(|rule| {
                    let counts = rule.finding == Finding::Counts;
                    json!({ "rule_id": rule.rule_id, "counts": counts, "why": rule.finding.to_string() })
                })
                .collect();
            let unanswered = decision.answer.as_ref().err();
            json!({
                "about": decision.about, "question": decision.question.word(),
                "answer": decision.answer.as_ref().ok(),
                "unanswered": unanswered.map(|why| why.told(decision.question)),
                "rule_ids": decision.rule_ids, "facts": facts, "rules": rules,
            })
        })
        .collect();
    let header = state.header();
    json!({
        "return_id": header.return_id, "rma_number": header.rma_number, "entity": header.legal_entity,
        "policy_version": policy.version, "decisions": decisions, "approvals": state.approvals(),
    })
}
