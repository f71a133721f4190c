//! `backhaul approval … --url`

use canonical::DenialReason;
use serde_json::{Value, json};

use super::client::{Query, no_answer};
use super::table::Column::{Is, Money};
use super::table::{facts, table, text};
use super::{Ended, Sidecar, output};

/// Lists what waits for somebody.
pub(in crate::cli) async fn approvals(
    sidecar: &Sidecar,
    query: &Query<'_>,
    json: bool,
) -> Result<(), Ended> {
    let mut items = sidecar.list(&["approvals"], query, 0).await?;
    if json {
        return output::json(&items);
    }
    for item in &mut items {
        let missing = item["missing"].as_array().into_iter().flatten();
        let missing: Vec<String> = missing
            .map(|need| format!("{} × {}", text(need, "count"), text(need, "role")))
            .collect();
        item["missing"] = missing.join(", ").into();
    }
    let columns = [
        Is("approval", "approval_id"),
        Is("of a", "subject"),
        Is("entity", "legal_entity"),
        Is("rma", "rma_number"),
        Is("customer", "customer"),
        Money("amount"),
        Is("waits for", "missing"),
        Is("since", "asked_at"),
        Is("due", "due_at"),
        Is("rules", "rule_ids"),
    ];
    table(&items, &columns, "nothing waits for anybody")
}

/// Shows one: the figures with their rules, and what follows from a yes.
pub(in crate::cli) async fn approval(sidecar: &Sidecar, id: &str, json: bool) -> Result<(), Ended> {
    let found = sidecar.one(&["approvals", id], "approval_id").await?;
    if json {
        return output::json(&found);
    }
    facts(
        &found,
        &[
            ("approval", "approval_id"),
            ("version", "version"),
            ("of a", "subject"),
            ("state", "state"),
            ("return", "return_id"),
            ("entity", "legal_entity"),
            ("rma", "rma_number"),
            ("customer", "customer"),
            ("asked by", "requested_by"),
            ("due", "due_at"),
            ("rules", "rule_ids"),
        ],
    )?;
    let money = output::money(found["amount_minor"].as_i64(), found["currency"].as_str());
    if !money.is_empty() {
        output::line(format!("{:<13} {money}", "amount"))?;
    }
    for need in found["missing"].as_array().into_iter().flatten() {
        let (count, role) = (text(need, "count"), text(need, "role"));
        output::line(format!("{:<13} {count} × {role}", "missing"))?;
    }
    if let Some(correction) = found.get("correction") {
        output::line(format!(
            "a correction of credit memo {} (credit {})",
            text(correction, "document_no"),
            text(correction, "corrects")
        ))?;
        output::line("new, by what is known of the goods now:")?;
        components(
            correction.pointer("/new/components"),
            &found,
            "nothing is credited for the goods any more",
        )?;
        let posted = correction.pointer("/posted/gross_minor");
        let posted = posted.and_then(Value::as_i64);
        let posted = output::money(posted, found["currency"].as_str());
        output::line(format!(
            "posted so far: gross {posted}\ndifference, new less posted:"
        ))?;
    }
    if let Some(calculation) = found.get("calculation") {
        components(calculation.get("components"), &found, "no components")?;
    }
    for line in found["follows"].as_array().into_iter().flatten() {
        output::line(line.as_str().unwrap_or_default())?;
    }
    Ok(())
}

/// Prints the components of a calculation, each in the currency of the whole.
fn components(of: Option<&Value>, found: &Value, when_empty: &str) -> Result<(), Ended> {
    let of = of.and_then(Value::as_array);
    let components: Vec<Value> = of
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .map(|component| {
            let mut component = component.clone();
            component.insert("currency".to_owned(), found["currency"].clone());
            Value::Object(component)
        })
        .collect();
    let columns = [
        Is("line", "line_no"),
        Is("component", "type"),
        Is("sign", "sign"),
        Money("amount"),
        Is("how", "formula"),
        Is("rule", "policy_rule_id"),
    ];
    table(&components, &columns, when_empty)
}

/// Yes or no, as the person of the token.
pub(in crate::cli) struct Decision<'a> {
    /// The approval.
    pub(in crate::cli) id: &'a str,
    /// For whom, if they delegated.
    pub(in crate::cli) on_behalf_of: Option<&'a str>,
    /// In which role; whichever fits, if nothing is said.
    pub(in crate::cli) role: Option<&'a str>,
    /// In words.
    pub(in crate::cli) comment: &'a str,
    /// Version that was looked at; as it is now, if nothing is said.
    pub(in crate::cli) version: Option<u32>,
    /// How long its outcome is waited for, in seconds.
    pub(in crate::cli) wait: u64,
    /// Why not; none for a yes.
    pub(in crate::cli) no: Option<DenialReason>,
    /// Print JSON.
    pub(in crate::cli) json: bool,
}

/// Decides, on what is there now unless a version was looked at.
pub(in crate::cli) async fn decide(
    sidecar: &Sidecar,
    decision: &Decision<'_>,
) -> Result<(), Ended> {
    let id = decision.id;
    let seen = sidecar.one(&["approvals", id], "approval_id").await?;
    let mut asked = json!({
        "calc_hash": seen["calc_hash"],
        "version": decision.version.map_or_else(|| seen["version"].clone(), Value::from),
        "on_behalf_of": decision.on_behalf_of, "role": decision.role, "reason": decision.comment,
    });
    let what = match decision.no {
        Some(code) => {
            asked["code"] = json!(code);
            "reject"
        }
        None => "approve",
    };
    let path = ["approvals", id, what];
    let answer = sidecar.post_and_wait(&path, &asked, decision.wait).await?;
    if !answer["counts"].is_boolean() {
        return Err(no_answer());
    }
    if decision.json {
        return output::json(&answer);
    }
    output::line(if answer["counts"] == true {
        let (state, code) = (
            text(&answer, "/approval/state"),
            text(&answer, "/approval/business_code"),
        );
        format!("it counts: the approval is {state}; the return is at {code}")
    } else {
        "it is taken; whether it counts is said soon: look at it again".to_owned()
    })
}
