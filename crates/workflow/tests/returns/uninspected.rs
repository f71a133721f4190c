//! Goods that nobody inspects: one exception when the time is over, none when the inspection came, whatever the order.

use crate::world::World;
use crate::world::facts::{asked, disposed, fired, inspected, line, received, request, taken_back};
use canonical::event::TimerKind;
use canonical::{Condition, DispositionAction, EventData, ExceptionCode};
use jiff::SignedDuration;
use workflow::{TimerSet, Verdict};

const A: Condition = Condition::ANewSealed;
const CODE: ExceptionCode = ExceptionCode::InspectionOverdue;

fn opened(qty: i32) -> World {
    World::after("per_receipt", asked(request(vec![line(1, qty)])))
}

fn timer(world: &World) -> Option<TimerSet> {
    let mut timers = world.timers.values();
    timers
        .find(|t| t.kind == TimerKind::InspectionWait)
        .cloned()
}

/// The ring of a timer, as the router gives it.
fn ring(timer: &TimerSet) -> EventData {
    fired(timer.kind, &timer.of, timer.due_at)
}

#[test]
fn goods_that_nobody_inspects_are_reported_once_until_they_are() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    let set = timer(&world).unwrap();
    assert_eq!(set.due_at, world.now + SignedDuration::from_hours(48));
    assert!(matches!(world.tell(ring(&set)), Verdict::Ignored(_)));
    assert_eq!(world.raised(CODE), 0, "too early");
    world.now = set.due_at;
    assert_eq!(world.tell(ring(&set)), Verdict::Applied);
    assert_eq!(world.raised(CODE), 1);
    assert_eq!(world.tell(ring(&set)), Verdict::Duplicate);
    assert_eq!(world.raised(CODE), 1);
    world.tell(inspected("I1", &[("SKU-1", 3, A)]));
    assert_eq!(world.raised(CODE), 1, "one piece still waits");
    world.tell(inspected("I2", &[("SKU-1", 1, A)]));
    assert_eq!(world.raised(CODE), 0, "over by itself");
    assert_eq!(timer(&world), None);
}

#[test]
fn an_inspection_takes_the_timer_off_and_a_late_ring_finds_nothing() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    let set = timer(&world).unwrap();
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    assert_eq!(timer(&world), None);
    world.now = set.due_at;
    assert_eq!(world.tell(ring(&set)), Verdict::Duplicate);
    assert_eq!(world.raised(CODE), 0);
}

#[test]
fn an_inspection_that_came_first_leaves_nothing_to_wait_for() {
    let mut world = opened(4);
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(received("R1", &[("SKU-1", 4)]));
    assert_eq!(timer(&world), None);
}

#[test]
fn a_warehouse_that_works_on_is_not_silent() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 2)]));
    let first = timer(&world).unwrap();
    world.now += SignedDuration::from_hours(30);
    world.tell(received("R2", &[("SKU-1", 2)]));
    assert_eq!(
        timer(&world).unwrap(),
        first,
        "more goods do not put it off"
    );
    world.tell(inspected("I1", &[("SKU-1", 2, A)]));
    let moved = timer(&world).unwrap();
    assert_eq!(moved.due_at, world.now + SignedDuration::from_hours(48));
    world.now = first.due_at;
    world.tell(ring(&first));
    assert_eq!(world.raised(CODE), 0, "a ring of the time before");
    world.now = moved.due_at;
    world.tell(ring(&moved));
    assert_eq!(world.raised(CODE), 1);
}

#[test]
fn goods_that_were_taken_back_are_not_waited_for() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    let set = timer(&world).unwrap();
    world.now = set.due_at;
    world.tell(ring(&set));
    assert_eq!(world.raised(CODE), 1);
    world.tell(taken_back("REV1", "R1", &[("SKU-1", 4)]));
    assert_eq!(world.raised(CODE), 0);
    assert_eq!(timer(&world), None);
}

#[test]
fn a_disposition_without_its_inspection_does_not_hide_the_silence() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
    let set = timer(&world).unwrap();
    world.now = set.due_at;
    world.tell(ring(&set));
    assert_eq!(world.raised(CODE), 1);
}

#[test]
fn a_policy_that_says_zero_watches_nothing() {
    let policy = include_str!("../../../../deploy/policy/us01.toml")
        .replace("inspection_wait_hours = 48", "inspection_wait_hours = 0");
    let mut world = World::with_policy(&policy);
    world.tell(asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 4)]));
    assert_eq!(timer(&world), None);
}
