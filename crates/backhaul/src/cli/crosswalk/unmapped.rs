//! `backhaul crosswalk unmapped`

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;
use router::crosswalk::{publication, rerun};
use serde_json::json;
use store::{CrosswalkBook, ExceptionRow, MissingCode, Store};

use super::{ConfigArg, Ended, output};

/// Arguments of `crosswalk unmapped`.
#[derive(Debug, Args)]
#[command(after_help = "\
Counted from the open exceptions. Money at risk is what they know of it: a message that could not be read tells no amount.

Examples:
  backhaul crosswalk unmapped
  backhaul crosswalk unmapped --list uom --json")]
pub struct UnmappedArgs {
    /// Only of this code list
    #[arg(long)]
    list: Option<String>,
    /// Only of this connector instance
    #[arg(long)]
    system: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    config: ConfigArg,
}

impl UnmappedArgs {
    pub(super) fn config(&self) -> &ConfigArg {
        &self.config
    }
}

/// What waits for one code.
struct Waiting {
    messages: usize,
    oldest: Timestamp,
    /// Minor units by currency.
    money: BTreeMap<String, i64>,
}

/// Gathers what waits, by code.
fn gather(rows: &[ExceptionRow]) -> BTreeMap<MissingCode, Waiting> {
    let mut codes: BTreeMap<MissingCode, Waiting> = BTreeMap::new();
    for row in rows {
        for code in &row.missing {
            let waiting = codes.entry(code.clone()).or_insert_with(|| Waiting {
                messages: 0,
                oldest: row.opened_at,
                money: BTreeMap::new(),
            });
            waiting.messages += 1;
            waiting.oldest = waiting.oldest.min(row.opened_at);
            if let (Some(minor), Some(currency)) = (row.amount_minor, &row.currency) {
                let sum = waiting.money.entry(currency.clone()).or_default();
                *sum = sum.saturating_add(minor);
            }
        }
    }
    codes
}

/// What is known of a code by now.
fn stands(book: &CrosswalkBook, code: &MissingCode) -> String {
    if rerun::has_meaning(&publication(book), code) {
        return "published; it did not hold then, or something else is wrong".to_owned();
    }
    let draft = book.rows.iter().find(|row| {
        row.status == "DRAFT"
            && (&row.list, &row.direction, &row.source_code)
                == (&code.list, &code.direction, &code.code)
            && (row.system == code.system || row.system == "*")
    });
    draft.map_or_else(
        || "no entry".to_owned(),
        |row| format!("drafted as entry {} by {}", row.number, row.drafted_by),
    )
}

pub(super) async fn run(store: &dyn Store, args: &UnmappedArgs) -> Result<(), Ended> {
    let book = store.crosswalk().await?;
    let mut codes = gather(&store.lacking().await?);
    codes.retain(|code, _| {
        args.list.as_ref().is_none_or(|list| *list == code.list)
            && args
                .system
                .as_ref()
                .is_none_or(|system| *system == code.system)
    });
    if args.json {
        let list = codes.iter().map(|(code, waiting)| {
            json!({
                "list": code.list, "system": code.system, "direction": code.direction, "code": code.code,
                "messages": waiting.messages, "oldest": waiting.oldest, "money_at_risk_minor": waiting.money,
                "stands": stands(&book, code)
            })
        });
        return output::json(&list.collect::<Vec<_>>());
    }
    let rows = codes.iter().map(|(code, waiting)| {
        let money = waiting
            .money
            .iter()
            .map(|(currency, minor)| output::money(Some(*minor), Some(currency)));
        vec![
            code.list.clone(),
            code.system.clone(),
            code.direction.clone(),
            code.code.clone(),
            waiting.messages.to_string(),
            waiting.oldest.to_string(),
            money.collect::<Vec<_>>().join(", "),
            stands(&book, code),
        ]
    });
    let header = [
        "list",
        "system",
        "way",
        "code",
        "messages",
        "oldest",
        "money at risk",
        "stands",
    ];
    output::table(&header, rows.collect(), "every code has a meaning")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use bytes::Bytes;
    use store::ExceptionState;

    use super::*;

    fn row(id: &str, codes: &[&str], opened: i64, money: Option<(i64, &str)>) -> ExceptionRow {
        let at = Timestamp::from_second(opened).unwrap();
        let missing = codes.iter().map(|code| MissingCode {
            list: "uom".to_owned(),
            system: "east".to_owned(),
            direction: "OUT".to_owned(),
            code: (*code).to_owned(),
        });
        ExceptionRow {
            exception_id: id.to_owned(),
            fingerprint: id.to_owned(),
            code: "MASTER_DATA_MISSING".to_owned(),
            failure_code: String::new(),
            stage: "deliver".to_owned(),
            connector: "east".to_owned(),
            site: String::new(),
            customer: String::new(),
            return_id: String::new(),
            effect_key: String::new(),
            reason: String::new(),
            place: String::new(),
            amount_minor: money.map(|(minor, _)| minor),
            currency: money.map(|(_, currency)| currency.to_owned()),
            state: ExceptionState::Open,
            occurrences: 1,
            opened_at: at,
            updated_at: at,
            resolution: String::new(),
            origin: String::new(),
            missing: missing.collect(),
            raw: Bytes::new(),
        }
    }

    #[test]
    fn messages_are_counted_by_code_with_the_oldest_and_the_money() {
        let rows = [
            row("1", &["XCS", "XBX"], 300, Some((100, "USD"))),
            row("2", &["XCS"], 100, Some((250, "USD"))),
            row("3", &["XCS"], 200, Some((7, "EUR"))),
        ];
        let codes = gather(&rows);
        let of = |code: &str| {
            let found = codes.iter().find(|(key, _)| key.code == code);
            let waiting = found.unwrap().1;
            (
                waiting.messages,
                waiting.oldest.as_second(),
                waiting.money.clone(),
            )
        };
        let money = |of: &[(&str, i64)]| {
            of.iter()
                .map(|(currency, minor)| ((*currency).to_owned(), *minor))
                .collect::<BTreeMap<_, _>>()
        };
        assert_eq!(of("XCS"), (3, 100, money(&[("USD", 350), ("EUR", 7)])));
        assert_eq!(of("XBX"), (1, 300, money(&[("USD", 100)])));
        assert!(
            stands(&CrosswalkBook::default(), codes.keys().next().unwrap()).contains("no entry")
        );
    }
}
