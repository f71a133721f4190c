//! `backhaul policy diff`

use std::collections::BTreeMap;
use std::path::Path;

use canonical::{Currency, Money};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use store::Store;
use workflow::PolicySet;
use workflow::policy::Policy;

use super::explain::state_of;
use super::replayed::{Replayed, replay};
use super::{ConfigArg, Ended, of_file, output};
use crate::check;

/// Returns per page.
const AT_ONCE: usize = 500;

/// Arguments of `policy diff`.
#[derive(Debug, Args)]
#[command(after_help = "\
Every return of the policies' entity is put to both, as it stands: windows, credits, fees and approvals, and what the customer
gets for the goods as they were disposed. Nothing is written. What was posted stays posted: the money is what would have been
credited. Sums of a customer's credits over several returns, tolerances, credits without receipt and recoveries are not replayed.

Examples:
  backhaul policy diff us01-2026-01-01.r1 policy/us01-next.toml
  backhaul policy diff us01-2026-01-01.r1 us01-2026-07-01.r2 --since 2026-01-01 --json")]
pub struct DiffArgs {
    /// The policy to compare with: a version of the configuration, or a file
    a: String,
    /// The other one
    b: String,
    #[command(flatten)]
    config: ConfigArg,
    /// Only returns that were asked for at that time or later: a date in the entity's zone, or a timestamp
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Default)]
struct Found {
    looked_at: usize,
    others: usize,
    replayed: Vec<Replayed>,
    /// What all returns get under each policy, as far as both can be said.
    totals: BTreeMap<Currency, (usize, i128, i128)>,
    unsure: usize,
}

pub(super) async fn run(args: &DiffArgs) -> Result<(), Ended> {
    let (config, store) = args.config.open_store().await?;
    let outcome = async {
        let policies = check::policies(&config)?;
        let a = named(&args.a, &policies)?;
        let b = named(&args.b, &policies)?;
        if a.entity != b.entity {
            return Err(Ended::Wrong(format!(
                "{} is a policy of {}, {} of {}: compare two of one entity",
                a.version, a.entity, b.version, b.entity
            )));
        }
        let since = args
            .since
            .as_deref()
            .map(|text| instant(text, &a.tz))
            .transpose()?;
        Ok((read(store.as_ref(), &a, &b, since).await?, a, b))
    }
    .await;
    store.close().await;
    let (found, a, b) = outcome?;
    if args.json {
        return output::json(&value(&found, &a, &b));
    }
    print(&found, &a, heads(args, &a, &b))
}

/// A version of the configuration, or the policy of a file.
fn named(name: &str, policies: &PolicySet) -> Result<Policy, Ended> {
    if let Some(policy) = policies.version(name) {
        return Ok(policy.clone());
    }
    if Path::new(name).exists() {
        return of_file(Path::new(name));
    }
    let known: Vec<&str> = policies
        .all()
        .iter()
        .map(|policy| policy.version.as_str())
        .collect();
    Err(Ended::Refused(format!(
        "{name} is neither a version of a configured policy ({}) nor a file",
        known.join(", ")
    )))
}

fn instant(text: &str, tz: &str) -> Result<Timestamp, Ended> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Ok(instant);
    }
    let day = text.parse::<Date>().ok();
    let zoned = day.and_then(|day| day.to_zoned(TimeZone::get(tz).ok()?).ok());
    zoned.map(|zoned| zoned.timestamp()).ok_or_else(|| {
        Ended::Wrong(format!(
            "--since {text}: write 2026-01-01, or 2026-01-01T08:00:00Z"
        ))
    })
}

async fn read(
    store: &dyn Store,
    a: &Policy,
    b: &Policy,
    since: Option<Timestamp>,
) -> Result<Found, Ended> {
    let mut found = Found::default();
    let mut after = String::new();
    loop {
        let page = store.returns_after(&after, AT_ONCE).await?;
        for row in &page {
            let state = state_of(row)?;
            if row.entity != a.entity {
                found.others += 1;
            } else if since.is_none_or(|since| state.header().requested_at >= since) {
                found.take(replay(&state, a, b));
            }
        }
        match page.last() {
            Some(last) if page.len() == AT_ONCE => after.clone_from(&last.return_id),
            _ => return Ok(found),
        }
    }
}

impl Found {
    fn take(&mut self, replayed: Replayed) {
        self.looked_at += 1;
        match replayed.payable {
            (Some(before), Some(after)) => {
                let total = self.totals.entry(replayed.currency).or_default();
                total.0 += usize::from(before != after);
                total.1 += i128::from(before);
                total.2 += i128::from(after);
            }
            _ => self.unsure += 1,
        }
        if !replayed.is_same() {
            self.replayed.push(replayed);
        }
    }
}

/// What heads the columns: the versions, or what was asked for when both have the same.
fn heads<'a>(args: &'a DiffArgs, a: &'a Policy, b: &'a Policy) -> (&'a str, &'a str) {
    if a.version == b.version {
        (&args.a, &args.b)
    } else {
        (&a.version, &b.version)
    }
}

fn print(found: &Found, a: &Policy, (before, after): (&str, &str)) -> Result<(), Ended> {
    let changes = found.replayed.iter().flat_map(|replayed| {
        replayed.changes.iter().map(|change| {
            vec![
                replayed.rma.clone(),
                change.about.clone(),
                change.question.to_owned(),
                change.before.clone(),
                change.after.clone(),
                change.rule_ids.join(", "),
            ]
        })
    });
    let header = ["rma", "about", "question", before, after, "by"];
    output::table(&header, changes.collect(), "no decision changes")?;
    let moved = found
        .replayed
        .iter()
        .filter(|r| r.payable.0 != r.payable.1 || !r.unsure.is_empty());
    let money = moved.map(|replayed| {
        let money = |minor: Option<i64>| {
            minor.map_or_else(
                || "nobody can say".to_owned(),
                |minor| Money::new(minor, replayed.currency).to_string(),
            )
        };
        vec![
            replayed.rma.clone(),
            money(replayed.payable.0),
            money(replayed.payable.1),
            replayed
                .difference()
                .map_or_else(String::new, |minor| money(Some(minor))),
            replayed.unsure.join("; "),
        ]
    });
    let header = ["rma", before, after, "difference", "why"];
    output::table(&header, money.collect(), "no amount changes")?;
    let totals = found
        .totals
        .iter()
        .map(|(currency, (returns, before, after))| {
            vec![
                currency.to_string(),
                returns.to_string(),
                sum(*before, *currency),
                sum(*after, *currency),
                sum(after - before, *currency),
            ]
        });
    let header = [
        "currency",
        "returns that change",
        before,
        after,
        "difference",
    ];
    output::table(&header, totals.collect(), "nothing to add up")?;
    output::line(format!(
        "{} returns of {} looked at: {} are decided otherwise; of {} nobody can say the money; {} are of other entities",
        found.looked_at,
        a.entity,
        found.replayed.len(),
        found.unsure,
        found.others
    ))
}

/// A sum that may be larger than an amount.
fn sum(minor: i128, currency: Currency) -> String {
    i64::try_from(minor).map_or_else(
        |_| format!("{minor} minor units"),
        |minor| Money::new(minor, currency).to_string(),
    )
}

fn value(found: &Found, a: &Policy, b: &Policy) -> Value {
    let returns: Vec<Value> = found.replayed.iter().map(of_return).collect();
    let totals: Vec<Value> = (found.totals.iter())
        .map(|(currency, (returns, before, after))| {
            json!({
                "currency": currency, "returns_changed": returns,
                "before_minor": before, "after_minor": after, "difference_minor": after - before,
            })
        })
        .collect();
    json!({
        "before": a.version, "after": b.version, "entity": a.entity,
        "returns_looked_at": found.looked_at, "returns_of_other_entities": found.others,
        "returns_unsure": found.unsure, "totals": totals, "returns": returns,
    })
}

fn of_return(replayed: &Replayed) -> Value {
    let changes: Vec<Value> = (replayed.changes.iter())
        .map(|change| {
            json!({
                "about": change.about, "question": change.question,
                "before": change.before, "after": change.after, "rule_ids": change.rule_ids,
            })
        })
        .collect();
    json!({
        "return_id": replayed.return_id, "rma_number": replayed.rma, "currency": replayed.currency,
        "before_minor": replayed.payable.0, "after_minor": replayed.payable.1,
        "difference_minor": replayed.difference(), "unsure": replayed.unsure, "changes": changes,
    })
}
