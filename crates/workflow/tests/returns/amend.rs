//! A return that is not authorised yet is changed: its reservations and its approvals follow. Afterwards: `revise.rs`.

use crate::world::World;
use crate::world::facts::{asked, decided, line, received, request};
use canonical::approval::Verdict as Say;
use canonical::event::{AmendRequest, LineAmendment};
use canonical::line::ReturnLine;
use canonical::{
    ApprovalState, EffectKind, EventData, ExceptionCode, Lifecycle, Qty, Reason, ReturnType,
};
use workflow::{Claim, Verdict};

/// A line whose return window is over: a person decides.
fn late(qty: i32) -> ReturnLine {
    let mut line = line(1, qty);
    line.invoice_ref.as_mut().unwrap().date = jiff::civil::date(2026, 1, 2);
    line
}

fn pending(qty: i32) -> World {
    let world = World::after("per_receipt", asked(request(vec![late(qty)])));
    assert_eq!(world.state().lifecycle(), Lifecycle::PendingAuthorization);
    world
}

fn amended(line_no: u32, qty: Option<i32>, reason: Option<Reason>) -> EventData {
    EventData::AmendRequested(AmendRequest {
        request_id: "A1".to_owned(),
        requested_by: "carol".to_owned(),
        reason: "miscounted".to_owned(),
        lines: vec![LineAmendment {
            line_no,
            qty_requested: qty.map(Qty::whole),
            reason,
        }],
        added: Vec::new(),
    })
}

/// What is reserved, in whole units: from, to.
fn held(world: &World) -> Vec<(Qty, Qty)> {
    world.claims.iter().map(|c| (c.from, c.to)).collect()
}

#[test]
fn reservations_and_approvals_follow_the_lines() {
    let mut world = pending(4);
    let first = world.state().open_approvals().next().unwrap().clone();
    let change = amended(1, Some(7), Some(Reason::NotAsDescribed));
    assert_eq!(world.tell(change.clone()), Verdict::Applied);
    assert_eq!(world.tell(change), Verdict::Duplicate, "it is so already");
    assert_eq!(held(&world), [(Qty::ZERO, Qty::whole(7))]);
    assert_eq!(world.tell(amended(1, Some(3), None)), Verdict::Applied);
    assert_eq!(held(&world), [(Qty::ZERO, Qty::whole(3))]);
    let now = &world.state().lines()[0];
    assert_eq!(
        (now.line.qty_requested, now.base, now.line.reason),
        (Qty::whole(3), Qty::whole(3), Reason::NotAsDescribed)
    );

    // Who said yes to four pieces did not say yes to three.
    let withdrawn = &world.state().approvals()[0];
    assert_eq!(withdrawn.state, ApprovalState::Withdrawn);
    let say = |id: &str| decided((id, ""), "max", "returns_manager", Say::Approve);
    world.tell(say(&first.approval_id));
    assert_eq!(world.state().lifecycle(), Lifecycle::PendingAuthorization);
    let open: Vec<_> = world.state().open_approvals().cloned().collect();
    assert_eq!(open.len(), 1);
    assert_ne!(open[0].approval_id, first.approval_id);
    assert_eq!(world.tell(say(&open[0].approval_id)), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(
        world.state().lines()[0].line.qty_authorized,
        Qty::whole(3),
        "the warehouse is told of three"
    );
    assert_eq!(world.commands(EffectKind::WmsRmaAsn).len(), 1);
}

#[test]
fn whoever_amended_it_does_not_approve_it() {
    let mut world = pending(4);
    world.tell(amended(1, Some(6), None));
    let open = world.state().open_approvals().next().unwrap().clone();
    let say = |user: &str| {
        decided(
            (&open.approval_id, ""),
            user,
            "returns_manager",
            Say::Approve,
        )
    };
    assert!(matches!(world.tell(say(" Carol")), Verdict::Ignored(_)));
    assert_eq!(
        world.state().lifecycle(),
        Lifecycle::PendingAuthorization,
        "carol asked for those six"
    );
    assert_eq!(world.tell(say("max")), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
}

#[test]
fn what_cannot_be_is_refused_and_the_return_stays_as_it_was() {
    let mut world = pending(4);
    let invoice_line = world.claims[0].invoice_line.clone();
    world.claims.push(Claim {
        invoice_line,
        from: Qty::whole(6),
        to: Qty::whole(9),
        return_id: "another".to_owned(),
        facts: String::new(),
    });
    let before = (world.state().clone(), world.claims.clone());
    for (line_no, qty) in [(1, 8), (1, 0), (1, -1), (2, 1)] {
        let verdict = world.tell(amended(line_no, Some(qty), None));
        assert!(matches!(verdict, Verdict::Ignored(_)), "{verdict:?}");
        assert_eq!((world.state(), &world.claims), (&before.0, &before.1));
    }
    assert_eq!(world.raised(ExceptionCode::NotAllowedNow), 1);
    // Seven are free: on both sides of the other return's.
    assert_eq!(world.tell(amended(1, Some(7), None)), Verdict::Applied);
    let own = |c: &&Claim| c.return_id != "another";
    let own: i64 = world
        .claims
        .iter()
        .filter(own)
        .map(|c| c.to.millionths() - c.from.millionths())
        .sum();
    assert_eq!(own, Qty::whole(7).millionths());
}

#[test]
fn a_return_with_goods_that_is_not_decided_on_stays_as_it_is() {
    let mut world = pending(4);
    assert_eq!(world.tell(received("R1", &[("SKU-1", 4)])), Verdict::Parked);
    let verdict = world.tell(amended(1, Some(3), None));
    assert!(matches!(verdict, Verdict::Ignored(_)), "{verdict:?}");
}

#[test]
fn a_return_that_is_stuck_can_be_put_right() {
    let mut asked_for = request(vec![line(1, 4)]);
    asked_for.lines[0].base_per_uom.den = 3;
    asked_for.return_type = ReturnType::Physical;
    let mut world = World::after("per_receipt", asked(asked_for));
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    assert_eq!(world.raised(ExceptionCode::UomInexact), 1);
    assert_eq!(world.tell(amended(1, Some(6), None)), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(held(&world), [(Qty::ZERO, Qty::whole(2))]);
    assert_eq!(world.exceptions.len(), 0, "its exception has ended");
}

#[test]
fn a_change_that_the_policy_allows_needs_nobody_any_more() {
    let mut world = pending(4);
    let reason = Some(Reason::DefectiveOnArrival);
    assert_eq!(world.tell(amended(1, None, reason)), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(world.state().open_approvals().count(), 0);
    assert_eq!(held(&world), [(Qty::ZERO, Qty::whole(4))]);
}
