//! `backhaul exception groups`: causes, and what they cost.

use std::collections::BTreeMap;

use serde::Serialize;
use store::{ExceptionRow, Store};

use super::look::ListArgs;
use super::{Ended, output};

/// Exceptions of one cause, connector and site.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Group {
    code: String,
    failure_code: String,
    connector: String,
    site: String,
    exceptions: u64,
    occurrences: u64,
    returns: u64,
    /// Money at risk by currency, in minor units.
    at_risk: BTreeMap<String, i64>,
}

pub(super) async fn run(store: &dyn Store, args: &ListArgs) -> Result<(), Ended> {
    let groups = group(args.rows(store, 0).await?);
    if args.json {
        return output::json(&groups);
    }
    let rows = groups
        .into_iter()
        .map(|g| {
            let money: Vec<String> = g
                .at_risk
                .iter()
                .map(|(currency, minor)| output::money(Some(*minor), Some(currency)))
                .collect();
            let (exceptions, returns) = (g.exceptions.to_string(), g.returns.to_string());
            vec![
                g.code,
                g.failure_code,
                g.connector,
                g.site,
                exceptions,
                returns,
                money.join("\n"),
            ]
        })
        .collect();
    let header = [
        "code",
        "failure",
        "connector",
        "site",
        "exceptions",
        "returns",
        "at risk",
    ];
    output::table(&header, rows, "no such exceptions")
}

/// Most exceptions first.
fn group(rows: Vec<ExceptionRow>) -> Vec<Group> {
    let mut groups = BTreeMap::<[String; 4], (Group, Vec<String>)>::new();
    for row in rows {
        let key = [
            row.code.clone(),
            row.failure_code.clone(),
            row.connector.clone(),
            row.site.clone(),
        ];
        let (group, returns) = groups.entry(key).or_insert_with(|| {
            let group = Group {
                code: row.code.clone(),
                failure_code: row.failure_code.clone(),
                connector: row.connector.clone(),
                site: row.site.clone(),
                exceptions: 0,
                occurrences: 0,
                returns: 0,
                at_risk: BTreeMap::new(),
            };
            (group, Vec::new())
        });
        group.exceptions += 1;
        group.occurrences += u64::from(row.occurrences);
        if let (Some(minor), Some(currency)) = (row.amount_minor, row.currency) {
            let sum = group.at_risk.entry(currency).or_default();
            *sum = sum.saturating_add(minor);
        }
        if !row.return_id.is_empty() && !returns.contains(&row.return_id) {
            returns.push(row.return_id);
            group.returns += 1;
        }
    }
    let mut groups: Vec<Group> = groups.into_values().map(|(group, _)| group).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.exceptions));
    groups
}
