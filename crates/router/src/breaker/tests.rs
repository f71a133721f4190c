//! What the breakers decide.

use super::*;

const MEMO: &str = "ERP_CREDIT_MEMO";
const MOVE: &str = "ERP_STOCK_MOVE";

fn broken(now: Instant) -> Breakers {
    let mut breakers = Breakers::new(4);
    for n in 0..OPEN_AFTER {
        assert!(breakers.quiet(), "after {n}");
        breakers.learn(MEMO, &format!("e{n}"), Sign::Ill, now);
    }
    breakers
}

#[test]
fn one_kind_that_fails_does_not_keep_back_another() {
    let now = Instant::now();
    let mut breakers = broken(now);
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
    let mut last = now;
    while now < end {
        match breakers.ask(MEMO, now) {
            Gate::Counted { trial } => {
                assert!(trial);
                assert!(matches!(breakers.ask(MEMO, now), Gate::Later(_)), "one");
                breakers.learn(MEMO, "e0", Sign::Ill, now);
                breakers.left(MEMO);
                assert!(now.duration_since(last) <= LONGEST_SPACE + BRIEFLY);
                last = now;
                trials += 1;
            }
            Gate::Later(wait) => now += wait,
            Gate::Free => unreachable!("it is down"),
        }
    }
    assert!((240..=250).contains(&trials), "{trials}");
}

#[test]
fn after_the_first_answer_it_ramps_up() {
    let now = Instant::now();
    let mut breakers = broken(now);
    let now = now + FIRST_SPACE;
    assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: true });
    breakers.learn(MEMO, "e0", Sign::Well, now);
    breakers.left(MEMO);
    for limit in [2, 4] {
        for _ in 0..limit {
            assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: false });
        }
        assert_eq!(breakers.ask(MEMO, now), Gate::Later(BRIEFLY));
        for n in 1..=limit {
            let change = breakers.learn(MEMO, "e", Sign::Well, now);
            let closed = limit == 4 && n == limit;
            assert_eq!(change == Change::Closed, closed);
            breakers.left(MEMO);
        }
    }
    assert!(breakers.quiet());
}

#[test]
fn a_failure_in_the_ramp_ends_it() {
    let now = Instant::now();
    let mut breakers = broken(now);
    let now = now + FIRST_SPACE;
    breakers.ask(MEMO, now);
    breakers.learn(MEMO, "e0", Sign::Well, now);
    breakers.left(MEMO);
    breakers.learn(MEMO, "e1", Sign::Ill, now);
    assert_eq!(breakers.ask(MEMO, now), Gate::Later(FIRST_SPACE));
}

#[test]
fn what_was_given_up_leaves_room_for_the_next_trial() {
    let now = Instant::now();
    let mut breakers = broken(now);
    let now = now + FIRST_SPACE;
    assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: true });
    breakers.left(MEMO);
    assert_eq!(breakers.ask(MEMO, now), Gate::Counted { trial: true });
}
