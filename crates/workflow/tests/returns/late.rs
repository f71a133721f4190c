//! Goods that come after the return was withdrawn or had expired, and just before.

use crate::world::World;
use crate::world::facts::{
    asked, at, cancelled, decided, disposed, fired, inspected, line, receipt, received, request,
};
use canonical::approval::Verdict as Say;
use canonical::event::TimerKind;
use canonical::{Condition, DispositionAction, EffectKind, EventData, ExceptionCode, Lifecycle};
use workflow::Bucket;

const RESTOCK: DispositionAction = DispositionAction::Restock;
const A: Condition = Condition::ANewSealed;

fn opened(qty: i32) -> World {
    World::after("per_receipt", asked(request(vec![line(1, qty)])))
}

fn late_receipt(id: &str, qty: i32, at_text: &str) -> EventData {
    let mut receipt = receipt(id, &[("SKU-1", qty)]);
    receipt.received_at = at(at_text);
    EventData::ReceiptRecorded(receipt)
}

#[test]
fn goods_that_come_before_a_withdrawal_is_confirmed_go_on() {
    let mut world = opened(4);
    world.confirm_all();
    world.tell(cancelled());
    world.tell(received("R1", &[("SKU-1", 4)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
    assert_eq!(world.raised(ExceptionCode::NotAllowedNow), 1);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    assert_eq!(world.claims.len(), 1);
}

#[test]
fn scenario_14_goods_of_a_withdrawn_return_wait_for_a_person() {
    let mut world = opened(4);
    world.confirm_all();
    world.tell(cancelled());
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Cancelled);
    world.tell(received("R1", &[("SKU-1", 3)]));
    assert_eq!(world.pieces(Bucket::Received), 3);
    assert_eq!(world.raised(ExceptionCode::LateReturn), 1);
    world.tell(inspected("I1", &[("SKU-1", 3, A)]));
    assert_eq!(
        world.pieces(Bucket::Received),
        3,
        "nothing goes on before the decision"
    );
    let approval = world.state().open_approvals().next().unwrap().clone();
    world.tell(decided(
        (&approval.approval_id, ""),
        "max",
        "returns_manager",
        Say::Approve,
    ));
    assert_eq!(world.claims.len(), 1, "the units are taken again");
    assert_eq!(world.raised(ExceptionCode::LateReturn), 0);
    assert_eq!(world.pieces(Bucket::Inspected), 3);
    world.tell(disposed("D1", &[("SKU-1", 3, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.pieces(Bucket::Credited), 3);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn scenario_15_goods_come_within_grace_or_after_it() {
    for (at_text, is_late) in [
        ("2026-06-03T10:00:00Z", false),
        ("2026-09-01T10:00:00Z", true),
    ] {
        let mut world = opened(4);
        world.confirm_all();
        let expires_at = world.state().header().expires_at.unwrap();
        world.now = expires_at;
        world.tell(fired(TimerKind::Expiry, "", expires_at));
        assert_eq!(world.state().lifecycle(), Lifecycle::Expired);
        world.tell(late_receipt("R1", 4, at_text));
        assert_eq!(world.state().lifecycle(), Lifecycle::InProgress, "reopened");
        assert_eq!(
            world.raised(ExceptionCode::LateReturn),
            usize::from(is_late)
        );
        let bucket = if is_late {
            Bucket::Received
        } else {
            Bucket::PendingInspection
        };
        assert_eq!(world.pieces(bucket), 4);
        world.approve_all();
        assert_eq!(world.pieces(Bucket::PendingInspection), 4);
        world.tell(inspected("I1", &[("SKU-1", 4, A)]));
        world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
        world.confirm_all();
        assert_eq!(world.state().credited().minor, 9526);
    }
}

#[test]
fn goods_that_are_too_late_may_be_refused() {
    let mut world = opened(4);
    world.confirm_all();
    world.tell(late_receipt("R1", 4, "2026-09-01T10:00:00Z"));
    assert_eq!(world.pieces(Bucket::Received), 4);
    let approval = world.state().open_approvals().next().unwrap().clone();
    world.tell(decided(
        (&approval.approval_id, ""),
        "max",
        "returns_manager",
        Say::Reject,
    ));
    assert_eq!(world.pieces(Bucket::OverHold), 4);
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
}
