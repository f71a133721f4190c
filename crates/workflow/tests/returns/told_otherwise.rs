//! INV-5 and INV-6 beyond one return: what an invoice line is cannot be told in two ways.

use crate::world::World;
use crate::world::facts::{asked, line, request};
use canonical::event::AmendRequest;
use canonical::line::ReturnLine;
use canonical::{EventData, ExceptionCode, Lifecycle, Qty};
use workflow::{Verdict, claims};

/// The same invoice line as [`line`] names it, of which twice as much was invoiced for twice as much.
fn doubled(line_no: u32, qty: i32) -> ReturnLine {
    let mut line = line(line_no, qty);
    let invoiced = line.invoiced.as_mut().unwrap();
    invoiced.base_qty = invoiced.base_qty.checked_add(invoiced.base_qty).unwrap();
    invoiced.amount_minor *= 2;
    line
}

/// A world in which another return holds units of the line, as that return tells it.
fn beside(other: &ReturnLine) -> World {
    let mut first = World::after("per_receipt", asked(request(vec![other.clone()])));
    let mut world = World::new("per_receipt");
    for claim in &mut first.claims {
        "another".clone_into(&mut claim.return_id);
        assert_eq!(claim.facts, claims::told(other));
    }
    world.claims.append(&mut first.claims);
    world
}

#[test]
fn what_two_returns_tell_differently_waits() {
    let mut world = beside(&line(1, 2));
    let wrong = asked(request(vec![doubled(1, 3)]));
    world.tell(wrong.clone());
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    assert_eq!(world.raised(ExceptionCode::PriceVariance), 1);
    let raised = world.exceptions.values().next().unwrap();
    assert!(raised.reason.contains("return another says"), "{raised:?}");
    assert_eq!(world.claims.len(), 1, "nothing is reserved for it");

    // The other one was wrong, and is withdrawn.
    world.claims.clear();
    let given_back = Some(ExceptionCode::PriceVariance);
    assert_eq!(world.replay(wrong, given_back), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(world.claims[0].facts, claims::told(&doubled(1, 3)));
}

#[test]
fn another_item_is_another_line() {
    let mut other = line(1, 1);
    "SKU-9".clone_into(&mut other.sku);
    let mut world = beside(&other);
    world.tell(asked(request(vec![line(1, 1)])));
    assert_eq!(world.raised(ExceptionCode::PriceVariance), 1);
}

#[test]
fn what_says_the_same_or_nothing_is_no_contradiction() {
    let mut world = beside(&line(1, 2));
    world.tell(asked(request(vec![line(1, 3)])));
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    let mut world = beside(&line(1, 2));
    world.claims[0].facts.clear();
    world.tell(asked(request(vec![doubled(1, 3)])));
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
}

#[test]
fn lines_of_one_return_do_not_contradict_each_other() {
    let mut world = World::new("per_receipt");
    world.tell(asked(request(vec![line(1, 1), again(doubled(1, 1))])));
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    assert_eq!(world.raised(ExceptionCode::PriceVariance), 1);

    let mut world = World::after("per_receipt", asked(request(vec![line(1, 1)])));
    let more = EventData::AmendRequested(AmendRequest {
        request_id: "A1".to_owned(),
        requested_by: "carol".to_owned(),
        reason: "one more".to_owned(),
        lines: Vec::new(),
        added: vec![again(doubled(1, 1))],
    });
    let verdict = world.tell(more);
    assert!(
        matches!(&verdict, Verdict::Ignored(why) if why.contains("another line of this return")),
        "{verdict:?}"
    );
    assert_eq!(world.state().lines().len(), 1);
    assert_eq!(world.state().lines()[0].base, Qty::whole(1));
}

/// The same as a second line.
fn again(mut line: ReturnLine) -> ReturnLine {
    line.line_no = 2;
    line
}
