//! `backhaul return … --url`

use serde_json::{Value, json};

use super::client::{Query, items_of, no_answer};
use super::table::Column::{Is, Money, Or};
use super::table::{table, text};
use super::{Ended, Sidecar, output};

/// What is told of a return is waited for that long, in seconds.
const PATIENCE: u64 = 10;

/// Lists returns.
pub(in crate::cli) async fn returns(
    sidecar: &Sidecar,
    query: &Query<'_>,
    (limit, json): (usize, bool),
) -> Result<(), Ended> {
    let items = sidecar.list(&["returns"], query, limit).await?;
    if json {
        return output::json(&items);
    }
    let columns = [
        Is("id", "return_id"),
        Is("rma", "rma_number"),
        Is("entity", "legal_entity"),
        Is("site", "site"),
        Is("customer", "customer"),
        Is("lifecycle", "status"),
        Is("code", "business_code"),
        Is("changed", "updated_at"),
    ];
    table(&items, &columns, "no such returns")
}

/// Shows one with its effects, and with its exceptions for those who may see them.
pub(in crate::cli) async fn show(sidecar: &Sidecar, name: &str, json: bool) -> Result<(), Ended> {
    let found = sidecar.one(&["returns", name], "return_id").await?;
    let id = text(&found, "return_id");
    let mut effects = sidecar.get(&["returns", &id, "effects"], &[]).await?;
    let effects = items_of(&mut effects)?;
    let of = [("return_id", id), ("state", "any".to_owned())];
    let exceptions = match sidecar.list(&["exceptions"], &of, 0).await {
        Ok(items) => Some(items),
        Err(Ended::Refused(_)) => None,
        Err(ended) => return Err(ended),
    };
    if json {
        let all = json!({ "return": found, "effects": effects, "exceptions": exceptions });
        return output::json(&all);
    }
    output::line(format!(
        "return {}  rma {}/{}\n{} {} ({})  site {}  customer {}  changed {} (version {})",
        text(&found, "return_id"),
        text(&found, "legal_entity"),
        text(&found, "rma_number"),
        text(&found, "status"),
        text(&found, "business_code"),
        text(&found, "meaning"),
        text(&found, "site"),
        text(&found, "customer"),
        text(&found, "updated_at"),
        text(&found, "version"),
    ))?;
    for approval in found["open_approvals"].as_array().into_iter().flatten() {
        let id = text(approval, "approval_id");
        output::line(format!(
            "waits for approval {id}: backhaul approval show {id}"
        ))?;
    }
    let columns = [
        Is("effect", "kind"),
        Is("connector", "connector"),
        Is("state", "state"),
        Is("sends", "sends"),
        Money("amount"),
        Or("document or failure", "/document/doc_no", "failure_code"),
        Is("key", "effect_key"),
    ];
    table(&effects, &columns, "no effects")?;
    let Some(exceptions) = exceptions else {
        return output::line("exceptions are for those with exceptions:read");
    };
    let columns = [
        Is("exception", "exception_id"),
        Is("state", "state"),
        Is("code", "code"),
        Is("reason", "reason"),
    ];
    table(&exceptions, &columns, "no exceptions")
}

/// Shows what happened to one.
pub(in crate::cli) async fn timeline(
    sidecar: &Sidecar,
    name: &str,
    json: bool,
) -> Result<(), Ended> {
    let items = sidecar.list(&["returns", name, "timeline"], &[], 0).await?;
    if json {
        return output::json(&items);
    }
    let columns = [
        Is("entry", "seq"),
        Is("at", "at"),
        Is("who", "actor"),
        Is("what", "action"),
    ];
    table(&items, &columns, "nothing was recorded")
}

/// Says whose goods are that came without a return.
pub(in crate::cli) async fn identify(
    sidecar: &Sidecar,
    name: &str,
    (found, reason): (Value, &str),
    json: bool,
) -> Result<(), Ended> {
    let asked = json!({ "found": found, "reason": reason });
    let path = ["returns", name, "identification"];
    let answer = sidecar.post(&path, &asked).await?;
    is_return(&answer)?;
    if json {
        return output::json(&answer);
    }
    output::line(format!(
        "it is said whose the goods of return {} are",
        text(&answer, "rma_number")
    ))
}

/// Somebody else answers if it is none.
fn is_return(answer: &Value) -> Result<(), Ended> {
    if answer.get("return_id").is_some_and(Value::is_string) {
        return Ok(());
    }
    Err(no_answer())
}

/// Stops a return's money, or lifts what stops it.
pub(in crate::cli) async fn hold(
    sidecar: &Sidecar,
    name: &str,
    (what, asked): (&str, &Value),
    json: bool,
) -> Result<(), Ended> {
    let path = ["returns", name, what];
    let answer = sidecar.post_and_wait(&path, asked, PATIENCE).await?;
    is_return(&answer)?;
    if json {
        return output::json(&answer);
    }
    let holds = text(&answer, "/header/hold_flags");
    let holds = if holds.is_empty() {
        "nothing".to_owned()
    } else {
        holds
    };
    output::line(format!(
        "the money of return {} is stopped by {holds}",
        text(&answer, "rma_number")
    ))
}

/// Has a credit memo taken back.
pub(in crate::cli) async fn reverse_credit(
    sidecar: &Sidecar,
    name: &str,
    asked: &Value,
    json: bool,
) -> Result<(), Ended> {
    let path = ["returns", name, "credit-reversals"];
    let answer = sidecar.post_and_wait(&path, asked, PATIENCE).await?;
    is_return(&answer)?;
    if json {
        return output::json(&answer);
    }
    output::line(format!(
        "memo {} of return {} is to be taken back; the return is at {}",
        text(asked, "memo"),
        text(&answer, "rma_number"),
        text(&answer, "business_code")
    ))
}
