//! `backhaul exception … --url`

use std::path::Path;

use data_encoding::BASE64;
use router::impact::Action;
use serde_json::{Map, Value, json};

use super::client::{Query, items_of, no_answer};
use super::table::Column::{Is, Money, Or, Sums};
use super::table::{facts, sums, table, text};
use super::{Ended, Sidecar, output};

/// Lists exceptions.
pub(in crate::cli) async fn exceptions(
    sidecar: &Sidecar,
    query: &Query<'_>,
    (limit, json): (usize, bool),
) -> Result<(), Ended> {
    let items = sidecar.list(&["exceptions"], query, limit).await?;
    if json {
        return output::json(&items);
    }
    let columns = [
        Is("id", "exception_id"),
        Or("cause", "failure_code", "code"),
        Is("connector", "connector"),
        Is("site", "site"),
        Is("return", "return_id"),
        Money("at risk"),
        Is("times", "occurrences"),
        Is("reason", "reason"),
    ];
    table(&items, &columns, "no such exceptions")
}

/// Counts them by what they have in common.
pub(in crate::cli) async fn groups(
    sidecar: &Sidecar,
    query: &Query<'_>,
    json: bool,
) -> Result<(), Ended> {
    let mut answer = sidecar.get(&["exceptions", "groups"], query).await?;
    let items = items_of(&mut answer)?;
    if json {
        return output::json(&items);
    }
    let columns = [
        Is("code", "code"),
        Is("failure", "failure_code"),
        Is("connector", "connector"),
        Is("site", "site"),
        Is("customer", "customer"),
        Is("return", "return_id"),
        Is("exceptions", "exceptions"),
        Is("returns", "returns"),
        Sums("at risk", "at_risk"),
        Is("oldest", "oldest_at"),
    ];
    // Sides by which they are not grouped say nothing.
    let columns: Vec<_> = columns
        .into_iter()
        .filter(|column| column.is_told_in(&items))
        .collect();
    table(&items, &columns, "no such exceptions")
}

/// Shows one with its bytes.
pub(in crate::cli) async fn exception(
    sidecar: &Sidecar,
    id: &str,
    (json, raw): (bool, bool),
) -> Result<(), Ended> {
    let found = sidecar.one(&["exceptions", id], "exception_id").await?;
    if raw {
        let bytes = found["raw_base64"].as_str().map(str::as_bytes);
        let Some(bytes) = bytes.and_then(|text| BASE64.decode(text).ok()) else {
            return Err(Ended::Refused(
                "bytes are for those with bodies:read and personal:read".to_owned(),
            ));
        };
        return output::bytes(&bytes);
    }
    if json {
        return output::json(&found);
    }
    facts(
        &found,
        &[
            ("exception", "exception_id"),
            ("state", "state"),
            ("code", "code"),
            ("failure", "failure_code"),
            ("reason", "reason"),
            ("place", "place"),
            ("stage", "stage"),
            ("connector", "connector"),
            ("site", "site"),
            ("customer", "customer"),
            ("return", "return_id"),
            ("effect", "effect_key"),
            ("seen", "occurrences"),
            ("first", "opened_at"),
            ("last", "updated_at"),
            ("resolution", "resolution"),
            ("text", "raw_text"),
        ],
    )
}

/// Which exceptions are decided on.
pub(in crate::cli) struct Chosen<'a> {
    /// Their ids; or
    pub(in crate::cli) ids: &'a [String],
    /// what they have in common.
    pub(in crate::cli) query: Query<'a>,
    /// At most so many; 0 for all.
    pub(in crate::cli) limit: usize,
    /// Do it for all that are found, without asking back.
    pub(in crate::cli) yes: bool,
    /// Print JSON.
    pub(in crate::cli) json: bool,
}

impl Chosen<'_> {
    /// Those that are meant, without asking back: for what does nothing.
    async fn listed(&self, sidecar: &Sidecar) -> Result<Vec<String>, Ended> {
        let all = Self {
            ids: self.ids,
            query: self.query.clone(),
            yes: true,
            ..*self
        };
        all.found(sidecar, "look at").await
    }

    async fn found(&self, sidecar: &Sidecar, what: &str) -> Result<Vec<String>, Ended> {
        match (self.ids.is_empty(), self.query.is_empty()) {
            (false, false) => Err(Ended::Wrong(
                "give either ids or filters, not both".to_owned(),
            )),
            (true, true) => Err(Ended::Wrong(
                "nothing is chosen: give ids, or --code, --connector, --site or --return"
                    .to_owned(),
            )),
            (false, true) => Ok(self.ids.to_vec()),
            (true, false) => {
                let items = sidecar
                    .list(&["exceptions"], &self.query, self.limit)
                    .await?;
                if !self.yes && !items.is_empty() {
                    return Err(Ended::Wrong(format!(
                        "the filters choose {} exceptions: add --yes to {what} them, or look at them first with --dry-run or `exception list`",
                        items.len()
                    )));
                }
                Ok(items
                    .iter()
                    .map(|item| text(item, "exception_id"))
                    .collect())
            }
        }
    }
}

/// Gives exceptions back to the flow, or says what that would do.
pub(in crate::cli) async fn replay(
    sidecar: &Sidecar,
    chosen: &Chosen<'_>,
    (dry_run, vouched): (bool, bool),
) -> Result<(), Ended> {
    if dry_run && chosen.ids.is_empty() && !chosen.query.is_empty() && chosen.limit == 0 {
        return would(sidecar, chosen, vouched).await;
    }
    if dry_run {
        let ids = chosen.listed(sidecar).await?;
        let asked = json!({ "dry_run": true, "vouched": vouched });
        return each(sidecar, &ids, ("replay", &asked), chosen.json).await;
    }
    let ids = chosen.found(sidecar, "replay").await?;
    if ids.is_empty() {
        return decided(&[], chosen.json);
    }
    // In one request, so that what two persons have to decide is seen.
    let asked = json!({ "exception_ids": ids, "vouched": vouched });
    let answer = sidecar.post(&["exceptions", "replay"], &asked).await?;
    let decisions = answer["decisions"].as_array().ok_or_else(no_answer)?;
    decided(decisions, chosen.json)
}

/// What a replay of all that the filters choose would do.
async fn would(sidecar: &Sidecar, chosen: &Chosen<'_>, vouched: bool) -> Result<(), Ended> {
    let mut asked: Map<String, Value> = chosen
        .query
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect();
    asked.insert("dry_run".to_owned(), json!(true));
    asked.insert("vouched".to_owned(), json!(vouched));
    let answer = sidecar
        .post(&["exceptions", "replay"], &Value::Object(asked))
        .await?;
    if chosen.json {
        return output::json(&answer);
    }
    let impact = &answer["impact"];
    for (action, count) in impact["actions"].as_object().into_iter().flatten() {
        let of = text(impact, "exceptions");
        output::line(format!("{count:>7} of {of} {}", done(action)))?;
    }
    for money in sums(impact, "at_risk").lines() {
        output::line(format!("at risk {money}"))?;
    }
    let unsigned = text(impact, "needs_vouching");
    if !matches!(unsigned.as_str(), "" | "0") {
        output::line(format!(
            "{unsigned:>7} were signed by nobody: refused without --vouch"
        ))?;
    }
    Ok(())
}

/// What becomes of them, by the word of the API. One that a newer sidecar knows is said as it is.
fn done(action: &str) -> String {
    match serde_json::from_value::<Action>(action.into()) {
        Ok(action) => action.done().to_owned(),
        Err(_) => action.to_owned(),
    }
}

const PREVIEW: [super::table::Column; 4] = [
    Is("exception", "exception_id"),
    Or("would", "/preview/action", "text"),
    Is("moves", "/preview/moves"),
    Is("stays as it is", "/preview/applied"),
];

/// Decides that exceptions will not be processed.
pub(in crate::cli) async fn discard(
    sidecar: &Sidecar,
    chosen: &Chosen<'_>,
    reason: &str,
) -> Result<(), Ended> {
    let ids = chosen.found(sidecar, "discard").await?;
    let asked = json!({ "reason": reason });
    each(sidecar, &ids, ("discard", &asked), chosen.json).await
}

/// Asks the same of each: one that is refused keeps none of the others back.
async fn each(
    sidecar: &Sidecar,
    ids: &[String],
    (what, asked): (&str, &Value),
    json: bool,
) -> Result<(), Ended> {
    let mut decisions = Vec::with_capacity(ids.len());
    for id in ids {
        let decided = match sidecar.post(&["exceptions", id, what], asked).await {
            Ok(decision) if decision["exception_id"].is_string() => decision,
            Ok(_) => return Err(no_answer()),
            Err(Ended::Refused(why)) => json!({ "exception_id": id, "done": false, "text": why }),
            Err(ended) => {
                output::complain(&format!(
                    "{} of {} were decided on",
                    decisions.len(),
                    ids.len()
                ));
                return Err(ended);
            }
        };
        decisions.push(decided);
    }
    if asked["dry_run"] != true {
        return decided(&decisions, json);
    }
    if json {
        output::json(&decisions)?;
    } else {
        table(&decisions, &PREVIEW, "no such exceptions")?;
    }
    let unseen = decisions.iter().filter(|one| one["preview"].is_null());
    refused(unseen.count(), decisions.len())
}

/// What became of each.
fn decided(decisions: &[Value], json: bool) -> Result<(), Ended> {
    if json {
        output::json(&decisions)?;
    } else {
        let columns = [
            Is("exception", "exception_id"),
            Is("done", "done"),
            Is("what follows", "text"),
        ];
        table(decisions, &columns, "no such exceptions")?;
    }
    let undone = decisions.iter().filter(|one| one["done"] != true);
    refused(undone.count(), decisions.len())
}

fn refused(some: usize, of: usize) -> Result<(), Ended> {
    if some == 0 {
        return Ok(());
    }
    Err(Ended::Refused(format!("{some} of {of} were refused")))
}

/// Says that the document of an exception's effect is there in its target.
pub(in crate::cli) async fn confirm(
    sidecar: &Sidecar,
    id: &str,
    asked: &Value,
    json: bool,
) -> Result<(), Ended> {
    each(sidecar, &[id.to_owned()], ("confirm", asked), json).await
}

/// Reads what was refused at the intake again. How many can be read now, and of how many.
pub(in crate::cli) async fn rerun(
    sidecar: &Sidecar,
    asked: &Value,
    json: bool,
) -> Result<(usize, usize), Ended> {
    let mut answer = sidecar.post(&["exceptions", "rerun"], asked).await?;
    let left = answer["left"].as_u64().unwrap_or(0);
    let mut items = items_of(&mut answer)?;
    let readable = items.iter().filter(|item| item["readable"] == true).count();
    if json {
        output::json(&items)?;
    } else {
        for item in &mut items {
            let now = if item["readable"] == true {
                "readable"
            } else {
                "still wrong"
            };
            item["now"] = now.into();
        }
        let columns = [
            Is("exception", "exception_id"),
            Is("now", "now"),
            Is("before", "before"),
            Is("after", "after"),
        ];
        table(&items, &columns, "no such exceptions")?;
    }
    if left > 0 {
        output::complain(&format!(
            "{left} more were not looked at: ask again for them"
        ));
    }
    Ok((readable, items.len()))
}

/// Lets a copy take the place of a message that was refused.
pub(in crate::cli) async fn edit(
    sidecar: &Sidecar,
    id: &str,
    (file, reason, check): (&Path, &str, bool),
    json: bool,
) -> Result<(), Ended> {
    let bytes = std::fs::read(file)
        .map_err(|error| Ended::Failed(format!("{} cannot be read: {error}", file.display())))?;
    // The API wants a reason whether it is done or not.
    let reason = if check && reason.trim().is_empty() {
        "looked at"
    } else {
        reason
    };
    let asked = json!({ "base64": BASE64.encode(&bytes), "reason": reason, "check": check });
    let answer = sidecar.post(&["exceptions", id, "edit"], &asked).await?;
    if json {
        return output::json(&answer);
    }
    for event in answer["events"].as_array().into_iter().flatten() {
        output::line(format!("{} {}", text(event, "type"), text(event, "key")))?;
    }
    output::line(if answer["done"] == true {
        "the original is closed; the copy goes its way"
    } else {
        "it can be read; nothing was done"
    })
}
