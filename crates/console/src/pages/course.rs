//! `/numbers/course`: one number over time, as a picture and as a table.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use router::numbers::{self, Course, Dimension, Line, Step};

use super::frame::{Frame, Part, written};
use super::numbers::counting;
use super::plot::{MOST_LINES, Plot, SIZE, Series};
use super::session::Session;
use super::{Console, address};
use crate::answers::Seen;
use crate::ask::Asked;
use crate::counted;
use crate::numbers::CourseQuery;
use crate::problem::Problem;

/// Lines of the table.
const MOST_ROWS: usize = 40;

/// A line of the picture: where the rule is and what it says.
struct Ruled {
    y: f64,
    text: String,
}

struct Row {
    name: String,
    values: Vec<String>,
}

#[derive(Template)]
#[template(path = "course.html")]
struct CoursePage {
    frame: Frame,
    /// As of when the last step is told.
    as_of: String,
    /// A newer one is being counted.
    is_old: bool,
    metric: String,
    metrics: Vec<(&'static str, bool)>,
    steps: Vec<(&'static str, bool)>,
    dimensions: Vec<(&'static str, bool)>,
    from: String,
    to: String,
    heads: Vec<String>,
    rows: Vec<Row>,
    left_out: usize,
    undrawn: usize,
    plot: Plot,
    ruled: Vec<Ruled>,
    size: (f64, f64),
    all: String,
}

/// Shows it.
pub(super) async fn show(
    State(console): State<Arc<Console>>,
    Extension(session): Extension<Session>,
    Asked(asked): Asked<CourseQuery>,
) -> Result<Response, Problem> {
    let (course, is_old) = match counted::course_soon(&console.app, &asked).await? {
        Seen::Told { answer, is_old } => (answer, is_old),
        Seen::Counting => return counting(&session, format!("{} over time", asked.metric)),
    };
    let heads: Vec<String> = course.steps.iter().map(|s| s.from.to_string()).collect();
    let from = heads.first().cloned().unwrap_or_default();
    let to = course
        .steps
        .last()
        .map(|step| step.to.to_string())
        .unwrap_or_default();
    let rows = course.lines.iter().take(MOST_ROWS).map(|line| Row {
        name: name(line),
        values: words(&course, line),
    });
    let drawn = drawn(&course);
    let undrawn = course.lines.len() - drawn.len();
    let series = drawn.iter().map(|line| series(&course, line, &heads));
    let days: Vec<String> = course
        .steps
        .iter()
        .map(|step| step.from.strftime("%m-%d").to_string())
        .collect();
    let plot = Plot::of(&days, series.collect());
    let currency = drawn.first().map_or("", |line| line.currency.as_str());
    let is_rate = drawn.iter().any(|line| is_rate(&course, line));
    let ruled = plot.rules.iter().map(|rule| Ruled {
        y: rule.y,
        text: value(course.unit, currency, is_rate, rule.value),
    });
    let page = CoursePage {
        frame: Frame::new(
            Some(&session),
            Part::Numbers,
            format!("{} over time", course.metric),
        ),
        as_of: course
            .steps
            .last()
            .map(|step| super::word::time(step.as_of))
            .unwrap_or_default(),
        is_old,
        metric: course.metric.to_owned(),
        metrics: picked(&numbers::metrics(), &[course.metric]),
        steps: picked(&Step::ALL.map(Step::word), &[course.step.word()]),
        dimensions: picked(
            &Dimension::ALL.map(Dimension::word),
            &asked.by.split(',').collect::<Vec<_>>(),
        ),
        all: address(
            "/numbers",
            &[("from", &from), ("to", &to), ("by", &asked.by)],
        ),
        ruled: ruled.collect(),
        rows: rows.collect(),
        left_out: course.lines.len().saturating_sub(MOST_ROWS),
        undrawn,
        size: SIZE,
        plot,
        heads,
        from,
        to,
    };
    written(StatusCode::OK, &page)
}

fn picked(all: &[&'static str], chosen: &[&str]) -> Vec<(&'static str, bool)> {
    all.iter().map(|one| (*one, chosen.contains(one))).collect()
}

/// The lines that are drawn: those over all if they are not parted, else the groups; of one currency.
fn drawn(course: &Course) -> Vec<&Line> {
    let Some(first) = course.lines.iter().find(|line| !is_empty(line)) else {
        return course.lines.first().into_iter().collect();
    };
    let groups = course.lines.iter().any(|line| !line.group.is_empty());
    let fits = |line: &&Line| {
        line.currency == first.currency && line.group.is_empty() != groups && !is_empty(line)
    };
    course.lines.iter().filter(fits).take(MOST_LINES).collect()
}

fn is_empty(line: &Line) -> bool {
    let nothing = |text: &str| text.parse::<f64>().is_ok_and(|value| value == 0.0);
    line.points
        .iter()
        .all(|point| point.value.as_deref().is_none_or(nothing))
}

fn is_rate(course: &Course, line: &Line) -> bool {
    course.unit != "seconds" && line.points.iter().any(|point| point.denominator.is_some())
}

fn name(line: &Line) -> String {
    let group = line.group.iter().map(|(by, what)| format!("{by}={what}"));
    let parts = [line.part.clone(), line.currency.clone()];
    let words: Vec<String> = parts
        .into_iter()
        .chain(group)
        .filter(|word| !word.is_empty())
        .collect();
    if words.is_empty() {
        return "all".to_owned();
    }
    words.join(" ")
}

fn words(course: &Course, line: &Line) -> Vec<String> {
    let read = |point: &numbers::Point| {
        super::numbers::read(
            course.unit,
            &line.currency,
            point.value.as_deref(),
            &point.numerator,
            point.denominator.as_deref(),
        )
    };
    line.points.iter().map(read).collect()
}

fn series(course: &Course, line: &Line, heads: &[String]) -> Series {
    let name = name(line);
    let words = words(course, line);
    let words = heads.iter().zip(words);
    Series {
        words: words
            .map(|(day, value)| format!("{name}, {day}: {value}"))
            .collect(),
        values: line
            .points
            .iter()
            .map(|point| point.value.as_ref().and_then(|value| value.parse().ok()))
            .collect(),
        name,
    }
}

/// A value at a rule. Rules are round, so that whole parts are enough.
fn value(unit: &str, currency: &str, is_rate: bool, value: f64) -> String {
    if is_rate {
        return format!("{} %", plain(hundredths(value)));
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a place at an axis, far below 2^53"
    )]
    let whole = value.round() as i64;
    match unit {
        "seconds" => super::numbers::span(whole),
        "minor" => super::word::money(whole, currency),
        _ => plain(value),
    }
}

#[allow(clippy::float_arithmetic, reason = "a place at an axis")]
fn hundredths(value: f64) -> f64 {
    value * 100.0
}

/// Without the noise of binary fractions.
#[allow(clippy::float_arithmetic, reason = "a place at an axis")]
fn plain(value: f64) -> String {
    let value = (value * 1000.0).round() / 1000.0;
    value.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_at_the_axis_is_read_by_people() {
        assert_eq!(value("effects", "", true, 0.2), "20 %");
        assert_eq!(value("seconds", "", false, 7_200.0), "2 h");
        assert_eq!(value("minor", "EUR", false, 150_000.0), "1500.00 EUR");
        assert_eq!(value("units", "", false, 0.1 + 0.2), "0.3");
    }
}
