//! What is published holds at its time, for its connector, over what the configuration says.

#![allow(clippy::unwrap_used, reason = "tests")]

use canonical::crosswalk::{CrosswalkEntry, CrosswalkStatus, Direction};
use connector::published::EVERY_SYSTEM;
use connector::{Governed, Problem, Publication, Published, Settings};
use jiff::Timestamp;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn entry(system: &str, ours: &str, from: i64, to: Option<i64>) -> CrosswalkEntry {
    CrosswalkEntry {
        list: "uom".to_owned(),
        system: system.to_owned(),
        direction: Direction::In,
        source_code: "CS".to_owned(),
        canonical_code: ours.to_owned(),
        effective_from: at(from),
        effective_to: to.map(at),
        status: CrosswalkStatus::Approved,
        owner: "desk".to_owned(),
        approved_by: Some("grace".to_owned()),
        version: 1,
    }
}

/// Instead of a codec: what CS means.
fn governed(published: &Published) -> Governed<String> {
    let settings = Settings {
        instance: "east".to_owned(),
        table: toml::Table::new(),
        base_dir: std::path::PathBuf::from("."),
        published: published.clone(),
    };
    let made = Governed::new(&settings, |_, published| {
        let found = published.inward("uom").find(|(code, _)| *code == "CS");
        match found.map(|(_, ours)| ours.as_str()) {
            Some("unfit") => Err(Problem::new("codes.uom.CS", "unfit", "write another")),
            found => Ok(found.unwrap_or("nothing").to_owned()),
        }
    });
    made.map_err(|problem| problem.what).unwrap()
}

fn says(codec: &Governed<String>, second: i64) -> (String, u64) {
    let (says, publication) = codec.at(at(second));
    (says.as_str().to_owned(), publication)
}

#[test]
fn a_message_is_read_by_what_held_when_it_came() {
    let published = Published::default();
    let codec = governed(&published);
    assert_eq!(says(&codec, 5), ("nothing".to_owned(), 0));
    published.take_up(Publication {
        number: 3,
        entries: vec![
            entry("east", "XCS", 10, Some(20)),
            entry("east", "XBX", 20, None),
            entry("west", "XPX", 0, None),
        ],
    });
    for (second, means) in [
        (9, "nothing"),
        (10, "XCS"),
        (19, "XCS"),
        (20, "XBX"),
        (99, "XBX"),
    ] {
        assert_eq!(says(&codec, second), (means.to_owned(), 3), "at {second}");
    }
    published.take_up(Publication {
        number: 4,
        entries: vec![entry(EVERY_SYSTEM, "XCT", 0, None)],
    });
    assert_eq!(says(&codec, 15), ("XCT".to_owned(), 4));
}

#[test]
fn what_does_not_fit_is_told_to_whoever_asks_beforehand() {
    let published = Published::new(Publication {
        number: 1,
        entries: vec![
            entry("east", "XCS", 0, Some(10)),
            entry("east", "unfit", 10, None),
        ],
    });
    let settings = Settings {
        instance: "east".to_owned(),
        table: toml::Table::new(),
        base_dir: std::path::PathBuf::from("."),
        published,
    };
    let made = Governed::new(&settings, |_, published| {
        let unfit = published.inward("uom").any(|(_, ours)| ours == "unfit");
        if unfit {
            Err(Problem::new("codes.uom.CS", "unfit", "write another"))
        } else {
            Ok(())
        }
    });
    assert_eq!(made.err().map(|p| p.place).as_deref(), Some("codes.uom.CS"));
}

#[test]
fn what_does_not_fit_leaves_the_tables_of_the_configuration() {
    let published = Published::default();
    let codec = governed(&published);
    published.take_up(Publication {
        number: 1,
        entries: vec![
            entry("east", "unfit", 0, Some(10)),
            entry("east", "XCS", 10, None),
        ],
    });
    assert_eq!(says(&codec, 5).0, "nothing");
    assert_eq!(says(&codec, 15).0, "XCS");
}
