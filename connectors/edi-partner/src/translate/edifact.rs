//! Segments of EDIFACT that say the same in each message: dates, references, numbers.

use connector::Failure;
use jiff::civil::Date;

use super::Told;
use super::values::{at, date_of, time_of};
use super::view::{Part, bad};
use crate::wire::model::Segment;

/// The first date with that qualifier: format 102, 203 or 204.
pub(super) fn dtm(
    told: &Told<'_>,
    part: &Part<'_>,
    qualifier: &str,
) -> Result<Option<(Date, jiff::Timestamp)>, Failure> {
    let found = part.all("DTM").find(|dtm| dtm.component(1, 1) == qualifier);
    let Some(dtm) = found else { return Ok(None) };
    let text = dtm.component(1, 2);
    let (day, time): (String, String) = match dtm.component(1, 3) {
        "203" | "204" => (
            text.chars().take(8).collect(),
            text.chars().skip(8).collect(),
        ),
        "101" => (text.chars().take(6).collect(), String::new()),
        "102" | "" => (text.to_owned(), String::new()),
        other => {
            let what = format!("format {other:?} of the date is not one of 101, 102, 203 and 204");
            return Err(bad(dtm, 1, what));
        }
    };
    let date = date_of(&day, told.partner.profile.years_from);
    let instant = date
        .zip(time_of(&time))
        .and_then(|(date, time)| at(date, time, &told.partner.zone));
    match date.zip(instant) {
        Some(found) => Ok(Some(found)),
        None => Err(bad(dtm, 1, format!("{text:?} is no date"))),
    }
}

/// The first reference with one of the qualifiers.
pub(super) fn reference<'a>(part: &Part<'a>, qualifiers: &[String]) -> Option<&'a Segment> {
    qualifiers
        .iter()
        .find_map(|wanted| part.all("RFF").find(|rff| rff.component(1, 1) == wanted))
}

/// Serial numbers and lots: RFF with the qualifier, or GIN with it.
pub(super) fn numbers(line: &Part<'_>, qualifiers: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for segment in &line.0 {
        match segment.id.as_str() {
            "RFF" if qualifiers.iter().any(|q| q == segment.component(1, 1)) => {
                found.push(segment.component(1, 2).to_owned());
            }
            "GIN" if qualifiers.iter().any(|q| q == segment.get(1)) => {
                for n in 2..=6 {
                    found.extend(
                        [segment.component(n, 1), segment.component(n, 2)].map(str::to_owned),
                    );
                }
            }
            _ => {}
        }
    }
    found.retain(|number| !number.is_empty());
    found
}
