//! Two people for a publication; one meaning of a code at an instant.

#![allow(clippy::unwrap_used, reason = "tests")]

use canonical::crosswalk::Direction;
use connector::InForce;
use jiff::Timestamp;
use router::crosswalk::govern::{Drafting, Proposal, Wrong, approve, changed, draft, retire};
use router::crosswalk::publication;
use store::{CrosswalkBook, CrosswalkChange};
use workflow::Approvers;

const SYSTEMS: &[&str] = &["wms-east", "portal"];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn proposal(system: &str, theirs: &str, ours: &str) -> Proposal {
    Proposal {
        list: "uom".to_owned(),
        system: system.to_owned(),
        direction: Direction::In,
        source_code: theirs.to_owned(),
        canonical_code: ours.to_owned(),
        from: None,
        to: None,
        owner: String::new(),
    }
}

/// Drafts, as ada, at that second.
fn try_draft(
    book: &CrosswalkBook,
    proposals: &[Proposal],
    replace: bool,
    second: i64,
) -> Result<Option<CrosswalkChange>, Vec<Wrong>> {
    let systems: Vec<String> = SYSTEMS.iter().map(|&system| system.to_owned()).collect();
    let how = Drafting {
        by: "ada",
        systems: &systems,
        configured: &[],
        replace,
        known_is_fine: false,
        now: at(second),
    };
    draft(book, proposals, how)
}

fn with(book: &CrosswalkBook, proposal: Proposal, replace: bool, second: i64) -> CrosswalkBook {
    let change = try_draft(book, &[proposal], replace, second)
        .unwrap()
        .unwrap();
    changed(book, &change)
}

fn approved(book: &CrosswalkBook, number: u64, second: i64) -> CrosswalkBook {
    changed(
        book,
        &approve(book, &[number], ("grace", None), at(second)).unwrap(),
    )
}

fn in_force(book: &CrosswalkBook, second: i64) -> InForce {
    publication(book).in_force("wms-east", at(second))
}

fn meaning(book: &CrosswalkBook, code: &str, second: i64) -> Option<String> {
    let in_force = in_force(book, second);
    let found = in_force.inward("uom").find(|(theirs, _)| *theirs == code);
    found.map(|(_, ours)| ours.clone())
}

#[test]
fn who_drafts_may_not_approve() {
    let book = with(
        &CrosswalkBook::default(),
        proposal("wms-east", "CS", "XCS"),
        false,
        10,
    );
    assert_eq!(meaning(&book, "CS", 99), None, "a draft says nothing");
    let known = include_str!("../../../deploy/approvers.toml").replace("INSP-0017", "ada");
    let known = Approvers::load("approvers.toml", &known).unwrap();
    let person = known.people().iter().find(|one| !one.also.is_empty());
    let person = (person.unwrap().user.as_str(), Some(&known));
    for by in [("ada", None), (" Ada", None), person] {
        let refused = approve(&book, &[1], by, at(20)).unwrap_err();
        assert!(refused[0].contains("somebody else"), "{refused:?}");
    }
    let book = approved(&book, 1, 20);
    assert_eq!(
        meaning(&book, "CS", 0).as_deref(),
        Some("XCS"),
        "since ever"
    );
    let row = &book.rows[0];
    assert_eq!(
        (row.status.as_str(), row.approved_by.as_str()),
        ("APPROVED", "grace")
    );
    assert_eq!((row.version, row.publication, book.publication), (1, 1, 1));
    let again = approve(&book, &[1], ("grace", None), at(30)).unwrap_err();
    assert!(again[0].contains("nothing to approve"), "{again:?}");
}

#[test]
fn a_publication_counts_the_version_of_its_list_alone() {
    let mut book = with(
        &CrosswalkBook::default(),
        proposal("wms-east", "CS", "XCS"),
        false,
        1,
    );
    book = approved(&book, 1, 2);
    let reason = Proposal {
        list: "reason".to_owned(),
        ..proposal("*", "KAPUTT", "DEFECTIVE_ON_ARRIVAL")
    };
    book = approved(&with(&book, reason, false, 3), 2, 4);
    book = approved(
        &with(&book, proposal("portal", "KT", "XCT"), false, 5),
        3,
        6,
    );
    let told: Vec<(u64, u64)> = book
        .rows
        .iter()
        .map(|r| (r.version, r.publication))
        .collect();
    assert_eq!(told, [(1, 1), (1, 2), (2, 3)]);
}

#[test]
fn a_code_has_one_meaning_at_an_instant() {
    let book = approved(
        &with(
            &CrosswalkBook::default(),
            proposal("wms-east", "CS", "XCS"),
            false,
            10,
        ),
        1,
        20,
    );
    let other = proposal("wms-east", "CS", "XBX");
    let refused = try_draft(&book, std::slice::from_ref(&other), false, 30).unwrap_err();
    assert_eq!(refused[0].column, "effective_from");
    let same = try_draft(&book, &[proposal("wms-east", "CS", "XCS")], false, 30).unwrap_err();
    assert!(same[0].what.contains("says that already"), "{same:?}");
    // Replaced, the old meaning holds until the new one begins.
    let book = approved(&with(&book, other, true, 30), 2, 40);
    assert_eq!(meaning(&book, "CS", 29).as_deref(), Some("XCS"));
    assert_eq!(meaning(&book, "CS", 30).as_deref(), Some("XBX"));
    // Another system, or the other way, is another code.
    with(&book, proposal("portal", "CS", "XCS"), false, 50);
}

#[test]
fn two_drafts_of_one_code_are_refused_and_two_replacements_cannot_both_be_approved() {
    let twice = [
        proposal("wms-east", "CS", "XCS"),
        proposal("wms-east", "CS", "XBX"),
    ];
    let refused = try_draft(&CrosswalkBook::default(), &twice, false, 1).unwrap_err();
    assert_eq!(refused[0].n, 1);
    let mut book = with(
        &CrosswalkBook::default(),
        proposal("wms-east", "CS", "XCS"),
        false,
        1,
    );
    book = approved(&book, 1, 2);
    let refused = try_draft(
        &with(&book, proposal("wms-east", "CS", "XBX"), true, 3),
        &[proposal("wms-east", "CS", "XCT")],
        true,
        4,
    );
    assert!(refused.is_err());
}

#[test]
fn an_entry_of_the_instance_goes_before_one_for_all() {
    let mut book = with(
        &CrosswalkBook::default(),
        proposal("wms-east", "CS", "XCS"),
        false,
        1,
    );
    book = with(&book, proposal("*", "CS", "XBX"), false, 1);
    book = with(&book, proposal("*", "PAL", "XPX"), false, 1);
    let all = approve(&book, &[1, 2, 3], ("grace", None), at(2)).unwrap();
    book = changed(&book, &all);
    assert_eq!(meaning(&book, "CS", 5).as_deref(), Some("XCS"));
    assert_eq!(meaning(&book, "PAL", 5).as_deref(), Some("XPX"));
}

#[test]
fn an_end_needs_two_people_and_the_past_keeps_its_meaning() {
    let book = approved(
        &with(
            &CrosswalkBook::default(),
            proposal("wms-east", "CS", "XCS"),
            false,
            10,
        ),
        1,
        20,
    );
    let asked = retire(&book, &[1], None, "ada", at(50)).unwrap();
    assert_eq!(asked.publication, 1, "nothing is published by asking");
    let book = changed(&book, &asked);
    assert!(approve(&book, &[1], ("ada", None), at(60)).is_err());
    let book = approved(&book, 1, 60);
    assert_eq!(book.rows[0].status, "RETIRED");
    assert_eq!(meaning(&book, "CS", 49).as_deref(), Some("XCS"));
    assert_eq!(meaning(&book, "CS", 50), None);
    // Its code is free again from then on, and not before.
    let again = proposal("wms-east", "CS", "XBX");
    let back = Proposal {
        from: Some(at(40)),
        ..again.clone()
    };
    assert!(try_draft(&book, &[back], false, 70).is_err());
    with(&book, again, false, 70);
}

#[test]
fn a_draft_is_withdrawn() {
    let book = with(
        &CrosswalkBook::default(),
        proposal("wms-east", "CS", "XCS"),
        false,
        10,
    );
    let book = changed(&book, &retire(&book, &[1], None, "ada", at(11)).unwrap());
    assert!(book.rows.is_empty());
}

#[test]
fn everything_wrong_is_told_by_row_and_column() {
    let rows = [
        proposal("wms-east", "CS", "XCS"),
        proposal("nobody", "CS", "XCS"),
        Proposal {
            list: "colour".to_owned(),
            ..proposal("*", "RED", "RED")
        },
        Proposal {
            list: "reason".to_owned(),
            ..proposal("*", "BAD", "BROKEN")
        },
        Proposal {
            list: "reason".to_owned(),
            direction: Direction::Out,
            ..proposal("*", "BROKEN", "X")
        },
        proposal("*", "", "EA"),
        Proposal {
            from: Some(at(5)),
            to: Some(at(5)),
            ..proposal("*", "PCS", "EA")
        },
    ];
    let wrong = try_draft(&CrosswalkBook::default(), &rows, false, 1).unwrap_err();
    let places: Vec<(usize, &str)> = wrong.iter().map(|w| (w.n, w.column)).collect();
    let expected = [
        (1, "system"),
        (2, "list"),
        (3, "canonical_code"),
        (4, "source_code"),
        (5, "source_code"),
        (6, "effective_to"),
    ];
    assert_eq!(places, expected);
}
