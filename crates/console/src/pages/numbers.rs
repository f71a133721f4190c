//! `/numbers`: the numbers of a period with what each is, and as a file.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use http::header::CONTENT_DISPOSITION;
use router::numbers::{Dimension, Number, Told};

use super::frame::{Frame, Part, written};
use super::session::Session;
use super::{Console, address};
use crate::answers::Seen;
use crate::ask::Asked;
use crate::counted;
use crate::numbers::{self, Format, NumbersQuery};
use crate::problem::Problem;

/// Rows of a page; a page stays below 100 kB, the file has all.
const MOST: usize = 220;

/// Groups of metrics: their head, what they are, and how their names begin.
const GROUPS: &[(&str, &str, &[&str])] = &[
    (
        "Open returns",
        "Returns open at the end of the period since their authorisation, those not decided yet, and those authorised of which nothing came.",
        &["rma_", "requested_", "awaiting_"],
    ),
    (
        "Receipt to inspection",
        "Goods whose first inspection ended in the period, and goods that still wait for it.",
        &["receipt_to_inspection", "inspection_backlog"],
    ),
    (
        "Inspection to credit",
        "Goods whose credit was confirmed in the period, with the parts of the way; and what is inspected and not credited, by what it waits for.",
        &["inspection_to_credit", "inspected_pending"],
    ),
    (
        "Postings",
        "Effects confirmed by their first send, of those first sent in the period; confirmed at all, of those planned in it; and those that failed or are unknown now.",
        &["posting"],
    ),
    (
        "Exceptions",
        "How many are open and how old, the money at risk, how many came and went, and how long they took.",
        &["exception_"],
    ),
    (
        "Doubles",
        "Messages that said what was known; sends and look-ups that found the document there; and documents beyond the first of their key in the ERP, by the daily proof.",
        &["duplicate_"],
    ),
    (
        "Reconciliation",
        "Differences of the last daily proof of each day, by currency.",
        &["recon_", "inventory_"],
    ),
    (
        "Stages and approvals",
        "Time in a milestone, of those left in the period; from the calculation or the request to the last decision; durations below zero.",
        &["stage_", "approval_", "clock_"],
    ),
];

struct Row {
    metric: &'static str,
    course: String,
    part: String,
    group: String,
    value: String,
    of: String,
    spread: String,
}

struct Table {
    head: &'static str,
    about: &'static str,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "numbers.html")]
struct NumbersPage {
    frame: Frame,
    from: String,
    to: String,
    as_of: String,
    /// Newer ones are being counted.
    is_old: bool,
    dimensions: Vec<(&'static str, bool)>,
    tables: Vec<Table>,
    failing: Vec<String>,
    left_out: usize,
    file: String,
}

#[derive(Template)]
#[template(path = "counting.html")]
struct CountingPage {
    frame: Frame,
}

/// Says that the figures are being counted; the page looks again by itself.
pub(super) fn counting(session: &Session, title: impl Into<String>) -> Result<Response, Problem> {
    let frame = Frame::new(Some(session), Part::Numbers, title);
    written(StatusCode::OK, &CountingPage { frame })
}

/// Shows them, or gives them as a file.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Asked(asked): Asked<NumbersQuery>,
) -> Result<Response, Problem> {
    let by = asked.by.clone();
    if asked.format == Format::Csv {
        let told = counted::told(&console.app, &asked).await?;
        let mut response = numbers::csv(&told)?;
        let name = format!(
            "attachment; filename=\"numbers-{}-{}.csv\"",
            told.from, told.to
        );
        if let Ok(name) = name.parse() {
            response.headers_mut().insert(CONTENT_DISPOSITION, name);
        }
        return Ok(response);
    }
    let (told, is_old) = match counted::told_soon(&console.app, &asked).await? {
        Seen::Told { answer, is_old } => (answer, is_old),
        Seen::Counting => return counting(&session, "Numbers"),
    };
    let (from, to) = (told.from.to_string(), told.to.to_string());
    let query = [
        ("from", &*from),
        ("to", &*to),
        ("by", &*by),
        ("format", "csv"),
    ];
    let file = address("/numbers", &query);
    // A course of one day would be a point.
    let period = if from == to {
        vec![("to", &*to), ("by", &*by)]
    } else {
        vec![("from", &*from), ("to", &*to), ("by", &*by)]
    };
    let mut left_out = told.numbers.len();
    let mut room = MOST;
    let tables = GROUPS.iter().map(|(head, about, names)| {
        let fits = |number: &&Number| names.iter().any(|name| number.metric.starts_with(name));
        let rows: Vec<Row> = told
            .numbers
            .iter()
            .filter(fits)
            .take(room)
            .map(|number| row(number, &period))
            .collect();
        room -= rows.len();
        left_out -= rows.len();
        Table { head, about, rows }
    });
    let tables = tables.collect();
    let page = NumbersPage {
        frame: Frame::new(Some(&session), Part::Numbers, "Numbers"),
        as_of: super::word::time(told.as_of),
        is_old,
        dimensions: Dimension::ALL
            .map(|one| (one.word(), by.split(',').any(|by| by == one.word())))
            .to_vec(),
        tables,
        failing: failing(&told),
        left_out,
        file,
        from,
        to,
    };
    written(StatusCode::OK, &page)
}

/// Cells in which more fails than elsewhere.
fn failing(told: &Told) -> Vec<String> {
    let flagged = told.patterns.iter().filter(|pattern| pattern.flagged);
    flagged
        .map(|p| {
            format!(
                "{} fails more than elsewhere: {} {} {}: {} of {}",
                p.code, p.warehouse, p.channel, p.adapter, p.failures, p.volume
            )
        })
        .collect()
}

fn row(number: &Number, period: &[(&str, &str)]) -> Row {
    let spread = number.spread.as_ref().filter(|spread| spread.n > 0);
    let spread = spread.map(|spread| {
        let text = |seconds: Option<i64>| seconds.map_or_else(|| "–".to_owned(), span);
        format!(
            "{} values; half within {}, nine tenths within {}, the longest {}",
            spread.n,
            text(spread.p50),
            text(spread.p90),
            text(spread.longest)
        )
    });
    // Of a mean it would say how many seconds were divided by what.
    let of = number.denominator.as_ref();
    let of = of.filter(|_| number.unit != "seconds");
    let mut query = period.to_vec();
    query.insert(0, ("metric", number.metric));
    Row {
        metric: number.metric,
        course: address("/numbers/course", &query),
        part: number.part.clone(),
        group: number.group_text(),
        value: measured(number),
        of: of.map_or_else(String::new, |of| format!("{} of {of}", number.numerator)),
        spread: spread.unwrap_or_default(),
    }
}

/// A value as people read it: rates in hundredths.
fn measured(number: &Number) -> String {
    let of = number.denominator.as_deref();
    read(
        number.unit,
        &number.currency,
        number.value.as_deref(),
        &number.numerator,
        of,
    )
}

/// The same, of its parts.
pub(super) fn read(
    unit: &str,
    currency: &str,
    value: Option<&str>,
    numerator: &str,
    denominator: Option<&str>,
) -> String {
    let Some(value) = value else {
        return "–".to_owned();
    };
    let read = match (unit, denominator) {
        ("seconds", _) => value.parse().ok().map(span),
        (_, Some(of)) => share(numerator, of),
        ("minor", None) => {
            let minor = value.parse().ok();
            minor.map(|minor| super::word::money(minor, currency))
        }
        (unit, None) => Some(format!("{value} {unit}")),
    };
    read.unwrap_or_else(|| value.to_owned())
}

/// In hundredths, to a tenth of one, rounded down.
fn share(part: &str, of: &str) -> Option<String> {
    let (part, of): (i128, i128) = (part.parse().ok()?, of.parse().ok()?);
    let tenths = part.checked_mul(1000)?.checked_div(of)?;
    Some(format!("{}.{} %", tenths / 10, (tenths % 10).abs()))
}

pub(super) fn span(seconds: i64) -> String {
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(unit: &'static str, numerator: &str, of: Option<&str>, value: &str) -> Number {
        Number {
            metric: "x",
            part: String::new(),
            currency: "USD".to_owned(),
            group: std::collections::BTreeMap::new(),
            unit,
            numerator: numerator.to_owned(),
            denominator: of.map(str::to_owned),
            value: Some(value.to_owned()),
            spread: None,
        }
    }

    #[test]
    fn values_are_read_by_people() {
        for (number, text) in [
            (number("effects", "1", Some("16"), "0.0625"), "6.2 %"),
            (number("minor", "5", Some("10"), "0.5"), "50.0 %"),
            (number("minor", "7264", None, "7264"), "72.64 USD"),
            (number("seconds", "9", Some("3"), "3"), "3 s"),
            (number("seconds", "518400", Some("2"), "259200"), "3 days"),
            (number("units", "12", None, "12.5"), "12.5 units"),
            (number("keys", "0.5", Some("2"), "0.25"), "0.25"),
        ] {
            assert_eq!(measured(&number), text);
        }
    }
}
