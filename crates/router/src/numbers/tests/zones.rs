//! The same day begins and ends at another instant in the books of each entity.

use jiff::civil::date;

use super::*;

const BERLIN: &str = "Europe/Berlin";

fn of_two(to: Date, as_of: &str) -> Ask {
    let mut ask = ask(to, to, &[Dimension::Entity]);
    let berlin = TimeZone::get(BERLIN).unwrap();
    ask.zones.insert("DE01".to_owned(), berlin);
    ask.as_of = at(as_of);
    ask
}

#[test]
fn what_an_entity_did_in_its_evening_is_of_its_day() {
    let mut numbers = Numbers::new(of_two(DAY, "2026-05-06T05:00:00Z"));
    let east = told(&EAST);
    // Half past six in Chicago; in Berlin the next day has begun.
    let posted = memo(&east, EffectState::Confirmed, "OK", "2026-05-05T23:30:00Z");
    numbers.take_return(&east, &[posted]);
    let opened = "2026-05-05T23:00:00Z";
    let row = exception(ExceptionState::Open, opened, opened);
    let of = |entity: &str| Dims {
        entity: entity.to_owned(),
        ..Dims::default()
    };
    numbers.take_exception(&row, &of("US01"));
    numbers.take_exception(&row, &of("DE01"));
    let told = numbers.told();
    let us = &["US01"];
    assert_eq!(value(&told, "posting_eventual", "", us).unwrap(), "1");
    assert!(value(&told, "inspection_to_credit", "", us).is_some());
    assert_eq!(value(&told, "exception_backlog", "", us).unwrap(), "1");
    let german = find(&told, "exception_backlog", "", &["DE01"]);
    assert!(german.is_none(), "opened after midnight there: {german:?}");
}

#[test]
fn a_period_is_over_when_it_is_over_everywhere() {
    let ends = |as_of| of_two(DAY, as_of).ends();
    let over = ends("2026-05-09T00:00:00Z");
    assert_eq!(over["DE01"], at("2026-05-05T22:00:00Z"));
    assert_eq!(over["US01"], at("2026-05-06T05:00:00Z"));
    let begun = ends("2026-05-06T01:00:00Z");
    assert_eq!(begun["DE01"], at("2026-05-05T22:00:00Z"));
    assert_eq!(begun["US01"], at("2026-05-06T01:00:00Z"));

    let documents = [
        US01.to_owned(),
        US01.replace("US01", "DE01")
            .replace("us01", "de01")
            .replace("America/Chicago", BERLIN),
    ];
    let documents: Vec<_> = (1..)
        .zip(documents)
        .map(|(n, text)| (format!("{n}.toml"), text))
        .collect();
    let policies = PolicySet::load(&documents).unwrap();
    let entities = ["DE01".to_owned(), "US01".to_owned()];
    let day = super::super::Period {
        to: Some(date(2026, 5, 5)),
        ..Default::default()
    };
    let told = |now| {
        day.clone()
            .ask(&policies, &entities, at(now))
            .unwrap()
            .as_of
    };
    assert_eq!(told("2026-05-06T01:00:00Z"), at("2026-05-06T01:00:00Z"));
    assert_eq!(told("2026-05-07T01:00:00Z"), at("2026-05-06T05:00:00Z"));
}
