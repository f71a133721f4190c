//! What the breakers decide.

use super::*;

const MEMO: &str = "ERP_CREDIT_MEMO";
const MOVE: &str = "ERP_STOCK_MOVE";

fn broken(now: Instant) -> Breakers {
    let mut breakers = Breakers::new(4);
    for n in 0..OPEN_AFTER.0 {
        assert!(breakers.quiet(), "after {n}");
        breakers.learn(MEMO, &format!("e{n}"), Sign::Ill, now);
    }
    breakers
}

#[test]
fn one_kind_that_fails_does_not_keep_back_another() {
    let now = Instant::now();
    let mut breakers = broken(now);
    assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: true });
    assert!(matches!(breakers.ask(MEMO, now), Gate::Later(_)));
    assert_eq!(breakers.ask(MOVE, now), Gate::Free);
}

#[test]
fn one_effect_that_fails_alone_is_not_an_outage() {
    let now = Instant::now();
    let mut breakers = Breakers::new(4);
    for _ in 0..20 {
        assert_eq!(breakers.learn(MEMO, "e", Sign::Ill, now), Change::None);
    }
    assert_eq!(breakers.ask(MEMO, now), Gate::Free);
    assert_eq!(
        breakers.learn(MEMO, "other", Sign::Ill, now),
        Change::Opened
    );
}

#[test]
fn an_answer_between_failures_starts_the_count_anew() {
    let now = Instant::now();
    let mut breakers = Breakers::new(4);
    for n in 0..20 {
        let sign = if n % 4 == 3 { Sign::Well } else { Sign::Ill };
        breakers.learn(MEMO, &format!("e{n}"), sign, now);
    }
    assert!(breakers.quiet());
}

#[test]
fn trials_are_single_and_spaced_and_never_end() {
    let mut now = Instant::now();
    let end = now + Duration::from_hours(2);
    let mut breakers = broken(now);
    let mut trials = 0;
    let mut waited = Vec::new();
    while now < end {
        match breakers.ask(MEMO, now) {
            Gate::Counted { trial } => {
                assert!(trial);
                assert!(matches!(breakers.ask(MEMO, now), Gate::Later(_)), "one");
                breakers.learn(MEMO, "e0", Sign::Ill, now);
                breakers.left(MEMO);
                trials += 1;
            }
            Gate::Later(wait) => {
                waited.push(wait);
                now += BRIEFLY;
            }
            Gate::Free | Gate::Soon => unreachable!("it is down"),
        }
    }
    assert!((700..=730).contains(&trials), "{trials}");
    assert_eq!(waited.first(), Some(&BRIEFLY));
    assert_eq!(
        waited.last(),
        Some(&LONG),
        "all of them ask seldom in the end"
    );
}

#[test]
fn the_first_answer_ends_it_and_each_doubles_what_is_let_in() {
    let now = Instant::now();
    let mut breakers = broken(now);
    assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: true });
    breakers.learn(MEMO, "e0", Sign::Well, now);
    breakers.left(MEMO);
    for _ in 0..2 {
        assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: false });
    }
    assert_eq!(breakers.ask(MEMO, now), Gate::Soon);
    assert_eq!(breakers.learn(MEMO, "e1", Sign::Well, now), Change::None);
    assert_eq!(breakers.learn(MEMO, "e2", Sign::Well, now), Change::Closed);
    assert!(breakers.quiet());
}

#[test]
fn scattered_failures_slow_nothing_down() {
    let now = Instant::now();
    let mut breakers = broken(now);
    breakers.ask(MEMO, now);
    breakers.learn(MEMO, "e0", Sign::Well, now);
    breakers.left(MEMO);
    for n in 1..OPEN_AFTER.0 {
        breakers.learn(MEMO, &format!("e{n}"), Sign::Ill, now);
    }
    assert_eq!(
        breakers.ask(MEMO, now),
        Gate::Counted { trial: false },
        "fewer failures in a row than an outage needs"
    );
    breakers.learn(MEMO, "e9", Sign::Ill, now);
    breakers.left(MEMO);
    assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: true });
}

#[test]
fn what_was_given_up_leaves_room_for_the_next_trial() {
    let now = Instant::now();
    let mut breakers = broken(now);
    assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: true });
    breakers.left(MEMO);
    assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: true });
}

#[test]
fn a_target_with_much_room_is_down_after_more_failures() {
    let now = Instant::now();
    let mut breakers = Breakers::new(64);
    for n in 0..OPEN_AFTER.1 {
        assert!(breakers.quiet(), "after {n}");
        breakers.learn(MEMO, &format!("e{n}"), Sign::Ill, now);
    }
    assert!(!breakers.quiet());
}

#[test]
fn an_answer_in_between_makes_the_next_outage_a_short_one() {
    let now = Instant::now();
    let mut breakers = broken(now);
    let later = now + Duration::from_hours(1);
    breakers.ask(MEMO, later);
    breakers.learn(MEMO, "e0", Sign::Well, later);
    breakers.left(MEMO);
    for n in 0..OPEN_AFTER.0 {
        breakers.learn(MEMO, &format!("e{n}"), Sign::Ill, later);
    }
    assert_eq!(breakers.ask(MEMO, later), Gate::Counted { trial: true });
    assert_eq!(breakers.ask(MEMO, later), Gate::Later(BRIEFLY));
}
