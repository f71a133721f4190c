//! Runs, step by step, without a store.

use bytes::Bytes;

use super::super::{Asker, Limits, Wish};
use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn row(id: &str, opened: i64, money: Option<(i64, &str)>) -> ExceptionRow {
    ExceptionRow {
        exception_id: id.to_owned(),
        fingerprint: id.to_owned(),
        code: "ERP_REJECTED".to_owned(),
        failure_code: "erp-rest.bad-shape".to_owned(),
        stage: "deliver".to_owned(),
        connector: "erp-us".to_owned(),
        site: String::new(),
        customer: String::new(),
        return_id: String::new(),
        effect_key: String::new(),
        reason: String::new(),
        place: String::new(),
        amount_minor: money.map(|m| m.0),
        currency: money.map(|m| m.1.to_owned()),
        state: ExceptionState::Open,
        occurrences: 1,
        opened_at: at(opened),
        updated_at: at(opened),
        resolution: String::new(),
        origin: String::new(),
        missing: Vec::new(),
        raw: Bytes::new(),
    }
}

fn rows() -> Vec<ExceptionRow> {
    vec![
        row("a", 10, Some((100, "USD"))),
        row("b", 20, Some((250, "USD"))),
        row("c", 20, Some((9, "JPY"))),
        row("d", 30, None),
    ]
}

fn wish(canary: u32, rate: u32) -> Wish {
    Wish {
        name: MessageKey::derive(&["a", "wish"]),
        chosen: Chosen {
            code: Some("ERP_REJECTED".to_owned()),
            ..Chosen::default()
        },
        canary,
        canary_seconds: 60,
        rate,
        vouched: false,
        who: Asker::named("ada"),
        now: at(100),
    }
}

fn run(canary: u32, rate: u32) -> ReplayRun {
    ReplayRun::new(wish(canary, rate), &rows(), None)
}

/// Gives back what the next step takes; says which.
fn stepped(run: &mut ReplayRun) -> Vec<String> {
    let rows = rows();
    let rest = rows.iter().filter(|row| !run.passed(row));
    let next: Vec<_> = rest
        .take(run.step())
        .map(|row| (Position::of(row), row.exception_id.clone()))
        .collect();
    run.begin(&next);
    let ids = run.under_way().to_vec();
    run.count(&vec![Fate::Done; ids.len()]);
    ids
}

#[test]
fn a_few_first_then_the_rest_at_its_pace() {
    let mut run = run(1, 2);
    assert_eq!((run.meant, run.at_risk.get("USD")), (4, Some(&350)));
    assert_eq!(stepped(&mut run), ["a"]);
    assert_eq!(run.step(), 0, "no more of the first ones");
    run.next_phase(false, at(100));
    assert_eq!(run.phase, Phase::Watching { until: at(160) });
    run.next_phase(false, at(110));
    assert_eq!(stepped(&mut run), ["b", "c"], "two a second");
    assert_eq!(stepped(&mut run), ["d"]);
    assert!(run.is_active());
    run.next_phase(true, at(120));
    assert_eq!((run.phase.clone(), run.done), (Phase::Done, 4));
    assert!(!run.is_active() && !run.is_open());
}

#[test]
fn without_first_ones_nothing_is_watched() {
    let mut run = run(0, 0);
    assert_eq!(run.step(), 0);
    run.next_phase(false, at(100));
    assert_eq!(run.phase, Phase::Rest);
    assert_eq!(stepped(&mut run), ["a", "b", "c", "d"]);
}

#[test]
fn cut_off_it_goes_on_with_the_right_count() {
    let mut run = run(0, 0);
    run.next_phase(false, at(100));
    run.begin(&[(Position::of(&row("a", 10, None)), "a".to_owned())]);
    let text = serde_json::to_string(&run).unwrap();
    let mut run: ReplayRun = serde_json::from_str(&text).unwrap();
    assert_eq!(run.under_way(), ["a"], "whoever comes next looks at it");
    run.count(&[Fate::Done]);
    run.count(&[Fate::Refused("no route".to_owned()), Fate::Gone]);
    assert_eq!((run.done, run.refused), (1, 1));
    assert_eq!(run.refusal, "no route");
    assert_eq!(stepped(&mut run), ["b", "c", "d"]);
}

#[test]
fn cancelled_it_is_counted_to_the_end_and_goes_on_when_resumed() {
    let mut run = run(1, 0);
    run.begin(&[(Position::of(&row("a", 10, None)), "a".to_owned())]);
    run.cancel("bob").unwrap();
    assert!(run.is_active(), "what was under way is still to be counted");
    run.count(&[Fate::Done]);
    assert!(!run.is_active());
    assert!(run.cancel("bob").is_err(), "it is over");
    run.resume().unwrap();
    assert_eq!(run.phase, Phase::First);
    assert!(run.resume().is_err(), "it goes on already");
    assert_eq!(stepped(&mut run), ["a"], "from the oldest that is open");
}

#[test]
fn one_holds_it_until_they_are_gone() {
    let mut run = run(0, 0);
    assert!(run.hold("one", at(100)));
    assert!(!run.hold("two", at(129)));
    assert!(run.is_held_long_by("one", at(114)), "for 16 s more");
    assert!(!run.is_held_long_by("one", at(115)));
    assert!(!run.is_held_long_by("two", at(101)));
    assert!(run.hold("one", at(129)), "and for longer");
    assert!(!run.hold("two", at(131)));
    run.let_go("two");
    assert!(!run.hold("two", at(131)), "only the holder lets go");
    run.let_go("one");
    assert!(run.hold("two", at(131)));
    assert!(run.hold("one", at(200)), "two is gone");
}

#[test]
fn a_large_one_waits_for_another_person() {
    let limits = Limits {
        exceptions: Some(4),
        at_risk: BTreeMap::from([("USD".to_owned(), 350), ("JPY".to_owned(), 8)]),
    };
    let why = limits.exceeded(&rows()).unwrap();
    assert!(why.contains("JPY"), "{why}");
    assert_eq!(Limits::default().exceeded(&rows()), None);
    let mut wish = wish(0, 0);
    wish.who.person = Some("ada.l".to_owned());
    let mut run = ReplayRun::new(wish, &rows(), Some(why));
    assert!(!run.is_active() && run.is_open());
    assert!(
        run.agree(&Asker::named("ada"), None).is_err(),
        "who asked cannot agree"
    );
    let by_token = Asker {
        name: "api/ci".to_owned(),
        person: Some("ada.l".to_owned()),
    };
    assert!(run.agree(&by_token, None).is_err(), "the same person");
    run.cancel("ada").unwrap();
    run.resume().unwrap();
    assert!(
        matches!(run.phase, Phase::Asking { .. }),
        "going on is no way around"
    );
    run.agree(&Asker::named("bob"), None).unwrap();
    assert_eq!(
        (run.phase.clone(), run.agreed_by.as_str()),
        (Phase::First, "bob")
    );
    assert!(run.agree(&Asker::named("eve"), None).is_err());
}

#[test]
fn the_failure_code_counts_too() {
    let mut chosen = wish(0, 0).chosen;
    assert!(chosen.fits(&row("a", 1, None)) && !chosen.is_all());
    chosen.failure_code = Some("other".to_owned());
    assert!(!chosen.fits(&row("a", 1, None)));
    assert_eq!(chosen.words(), "code ERP_REJECTED, failure code other");
    assert!(Chosen::default().is_all());
}
