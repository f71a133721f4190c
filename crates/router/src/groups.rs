//! Groups exceptions: by which of their sides, what each group holds, which comes first.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use store::ExceptionRow;

/// A side by which exceptions are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Business code and failure code.
    Cause,
    /// Connector instance.
    Connector,
    /// Warehouse or site.
    Site,
    /// Customer account.
    Customer,
    /// Return.
    Return,
}

/// What comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Most exceptions.
    Count,
    /// Most money in one currency, in whole units; currencies are not converted.
    Money,
    /// Oldest exception.
    Age,
}

/// Exceptions that are alike. A side by which they are not grouped is left out.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Business code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Failure code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_code: Option<String>,
    /// Connector instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connector: Option<String>,
    /// Site.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Customer account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer: Option<String>,
    /// Return.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_id: Option<String>,
    /// How many exceptions.
    pub exceptions: u64,
    /// How often they were seen.
    pub occurrences: u64,
    /// How many returns they are about.
    pub returns: u64,
    /// Money at risk by currency, in minor units.
    pub at_risk: BTreeMap<String, i64>,
    /// When the oldest was first seen.
    pub oldest_at: Timestamp,
    /// How long ago that is.
    pub oldest_age_seconds: i64,
}

/// Groups the exceptions by these sides.
pub fn group(rows: Vec<ExceptionRow>, by: &[By], order: Order, now: Timestamp) -> Vec<Group> {
    let mut groups = BTreeMap::<Vec<String>, (Group, BTreeSet<String>)>::new();
    for row in rows {
        let (group, returns) = groups
            .entry(key(&row, by))
            .or_insert_with(|| (named(&row, by), BTreeSet::new()));
        group.exceptions += 1;
        group.occurrences += u64::from(row.occurrences);
        group.oldest_at = group.oldest_at.min(row.opened_at);
        if let (Some(minor), Some(currency)) = (row.amount_minor, row.currency) {
            let sum = group.at_risk.entry(currency).or_default();
            *sum = sum.saturating_add(minor);
        }
        if !row.return_id.is_empty() && returns.insert(row.return_id) {
            group.returns += 1;
        }
    }
    let mut groups: Vec<Group> = groups.into_values().map(|(group, _)| group).collect();
    for group in &mut groups {
        let age = now.duration_since(group.oldest_at).as_secs();
        group.oldest_age_seconds = age.max(0);
    }
    match order {
        Order::Count => groups.sort_by_key(|group| std::cmp::Reverse(group.exceptions)),
        Order::Money => groups.sort_by_key(|group| std::cmp::Reverse(weight(group))),
        Order::Age => groups.sort_by_key(|group| group.oldest_at),
    }
    groups
}

fn key(row: &ExceptionRow, by: &[By]) -> Vec<String> {
    by.iter()
        .flat_map(|side| match side {
            By::Cause => vec![row.code.clone(), row.failure_code.clone()],
            By::Connector => vec![row.connector.clone()],
            By::Site => vec![row.site.clone()],
            By::Customer => vec![row.customer.clone()],
            By::Return => vec![row.return_id.clone()],
        })
        .collect()
}

/// An empty group with the sides that its exceptions have in common.
fn named(row: &ExceptionRow, by: &[By]) -> Group {
    let side = |wanted: By, value: &String| by.contains(&wanted).then(|| value.clone());
    Group {
        code: side(By::Cause, &row.code),
        failure_code: side(By::Cause, &row.failure_code),
        connector: side(By::Connector, &row.connector),
        site: side(By::Site, &row.site),
        customer: side(By::Customer, &row.customer),
        return_id: side(By::Return, &row.return_id),
        oldest_at: row.opened_at,
        ..Group::default()
    }
}

/// The largest sum of one currency in ten-thousandths of its whole unit: JPY 500 is less than USD 600.00.
fn weight(group: &Group) -> i128 {
    let sums = group.at_risk.iter().map(|(currency, minor)| {
        let exponent = currency
            .parse::<canonical::Currency>()
            .map_or(2, canonical::Currency::exponent);
        i128::from(*minor) * 10_i128.pow(4_u32.saturating_sub(exponent))
    });
    sums.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use store::ExceptionState;

    use super::*;

    fn row(id: &str, site: &str, return_id: &str, money: (i64, &str), opened: i64) -> ExceptionRow {
        let at = Timestamp::from_second(opened).unwrap();
        ExceptionRow {
            exception_id: id.to_owned(),
            fingerprint: id.to_owned(),
            code: "ERP_REJECTED".to_owned(),
            failure_code: "erp-rest.bad-shape".to_owned(),
            stage: "deliver".to_owned(),
            connector: "erp-us".to_owned(),
            site: site.to_owned(),
            customer: format!("customer of {site}"),
            return_id: return_id.to_owned(),
            effect_key: String::new(),
            reason: String::new(),
            place: String::new(),
            amount_minor: Some(money.0),
            currency: Some(money.1.to_owned()),
            state: ExceptionState::Open,
            occurrences: 2,
            opened_at: at,
            updated_at: at,
            resolution: String::new(),
            origin: String::new(),
            missing: Vec::new(),
            raw: Bytes::new(),
        }
    }

    fn rows() -> Vec<ExceptionRow> {
        vec![
            row("1", "east", "r1", (100, "USD"), 300),
            row("2", "east", "r1", (200, "USD"), 100),
            row("3", "west", "r2", (90_000, "USD"), 200),
            row("4", "east", "r3", (500, "JPY"), 400),
        ]
    }

    fn grouped(by: &[By], order: Order) -> Vec<Group> {
        group(rows(), by, order, Timestamp::from_second(1_000).unwrap())
    }

    #[test]
    fn a_group_adds_up_and_tells_its_oldest() {
        let groups = grouped(&[By::Cause], Order::Count);
        let [all] = groups.as_slice() else {
            unreachable!("{groups:?}")
        };
        assert_eq!((all.exceptions, all.occurrences, all.returns), (4, 8, 3));
        assert_eq!(all.at_risk.get("USD"), Some(&90_300));
        assert_eq!(all.at_risk.get("JPY"), Some(&500), "never added to dollars");
        assert_eq!(all.oldest_age_seconds, 900);
        assert_eq!(all.failure_code.as_deref(), Some("erp-rest.bad-shape"));
        assert_eq!(all.site, None, "not grouped by it");
    }

    #[test]
    fn the_order_is_that_asked_for() {
        let sites = |order| -> Vec<Option<String>> {
            let groups = grouped(&[By::Site], order);
            groups.into_iter().map(|group| group.site).collect()
        };
        let east = Some("east".to_owned());
        let west = Some("west".to_owned());
        assert_eq!(sites(Order::Count), [east.clone(), west.clone()]);
        assert_eq!(sites(Order::Money), [west.clone(), east.clone()]);
        assert_eq!(sites(Order::Age), [east, west]);
    }

    #[test]
    fn two_sides_make_finer_groups() {
        assert_eq!(grouped(&[By::Return], Order::Count).len(), 3);
        assert_eq!(grouped(&[By::Customer], Order::Count).len(), 2);
        assert_eq!(grouped(&[By::Connector], Order::Count).len(), 1);
        assert_eq!(grouped(&[By::Return, By::Site], Order::Count).len(), 3);
    }
}
