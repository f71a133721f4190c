//! Beginnings and ends: eligibility, withdrawal, expiry, late goods, gaps in the policy.

use crate::world;
use crate::world::World;
use crate::world::facts::{
    asked, at, cancelled, decided, disposed, fired, held, inspected, line, receipt, received,
    request,
};
use canonical::approval::Verdict as Say;
use canonical::event::TimerKind;
use canonical::{
    ApprovalState, BusinessCode, Condition, DispositionAction, EffectKind, EventData,
    ExceptionCode, HoldFlag, Lifecycle, Reason, ReturnType,
};
use jiff::SignedDuration;
use workflow::{Bucket, Verdict, return_id_of};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const A: Condition = Condition::ANewSealed;
const US01: &str = include_str!("../../../../deploy/policy/us01.toml");

fn opened(qty: i32) -> World {
    World::after("per_receipt", asked(request(vec![line(1, qty)])))
}

fn late_receipt(id: &str, qty: i32, at_text: &str) -> EventData {
    let mut receipt = receipt(id, &[("SKU-1", qty)]);
    receipt.received_at = at(at_text);
    EventData::ReceiptRecorded(receipt)
}

#[test]
fn the_same_request_is_the_same_return() {
    let mut world = opened(4);
    let first = request(vec![line(1, 4)]);
    assert_eq!(world.state().return_id(), return_id_of(&first));
    assert_eq!(world.tell(asked(first)), Verdict::Duplicate);
    assert!(world.exceptions.is_empty());
    assert_eq!(
        world.tell(asked(request(vec![line(1, 5)]))),
        Verdict::Duplicate
    );
    assert_eq!(world.raised(ExceptionCode::IdempotencyConflict), 1);
    let rma = world.state().header().rma_number.clone();
    assert!(world.references.contains(&("rma/US01".to_owned(), rma)));
    assert!(
        world
            .references
            .contains(&("ext/portal".to_owned(), "P1".to_owned()))
    );
}

#[test]
fn facts_of_an_unknown_return_are_handed_back() {
    let mut world = World::new("per_receipt");
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 1)])),
        Verdict::UnknownReturn
    );
    assert!(world.state.is_none());
}

#[test]
fn after_the_window_a_person_decides_and_early_goods_wait() {
    let mut old = line(1, 4);
    old.invoice_ref.as_mut().unwrap().date = jiff::civil::date(2026, 1, 2);
    for (say, lifecycle) in [
        (Say::Approve, Lifecycle::InProgress),
        (Say::Reject, Lifecycle::Declined),
    ] {
        let mut world = World::after("per_receipt", asked(request(vec![old.clone()])));
        assert_eq!(world.state().lifecycle(), Lifecycle::PendingAuthorization);
        assert_eq!(world.state().business_code(), BusinessCode::R120);
        assert!(world.effects.is_empty(), "no RMA before the decision");
        assert_eq!(world.claims.len(), 1, "but the units are held");
        assert_eq!(world.tell(received("R1", &[("SKU-1", 4)])), Verdict::Parked);
        assert_eq!(
            world.tell(received("R1", &[("SKU-1", 4)])),
            Verdict::Duplicate
        );
        let approval = world.state().open_approvals().next().unwrap().clone();
        let verdict = world.tell(decided(
            (&approval.approval_id, ""),
            "max",
            "returns_manager",
            say,
        ));
        assert_eq!(verdict, Verdict::Applied);
        assert_eq!(world.state().lifecycle(), lifecycle);
        if say == Say::Approve {
            assert_eq!(world.pieces(Bucket::PendingInspection), 4);
            assert_eq!(world.commands(EffectKind::WmsRmaAsn).len(), 1);
        } else {
            assert!(world.claims.is_empty());
            assert_eq!(
                world.raised(ExceptionCode::UnmatchedReceipt),
                1,
                "goods are never dropped"
            );
        }
    }
}

#[test]
fn a_return_is_withdrawn_only_before_goods_come() {
    let mut world = opened(4);
    world.confirm_all();
    assert_eq!(world.tell(cancelled()), Verdict::Applied);
    assert_eq!(world.tell(cancelled()), Verdict::Duplicate);
    assert_eq!(
        world.state().lifecycle(),
        Lifecycle::Authorized,
        "until the warehouse has confirmed it"
    );
    assert_eq!(world.claims.len(), 1);
    world.confirm_all();
    assert_eq!(world.tell(cancelled()), Verdict::Duplicate);
    assert_eq!(world.state().lifecycle(), Lifecycle::Cancelled);
    assert!(world.claims.is_empty(), "the units are free again");
    assert_eq!(world.commands(EffectKind::WmsRmaCancel).len(), 1);

    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 1)]));
    assert!(matches!(world.tell(cancelled()), Verdict::Ignored(_)));
    assert_eq!(world.raised(ExceptionCode::NotAllowedNow), 1);
}

#[test]
fn scenario_16_only_the_remainder_expires() {
    let mut world = opened(10);
    world.confirm_all();
    world.tell(received("R1", &[("SKU-1", 4)]));
    let expires_at = world.state().header().expires_at.unwrap();
    world.now = expires_at;
    let ring = fired(TimerKind::Expiry, "", expires_at);
    assert_eq!(world.tell(ring.clone()), Verdict::Applied);
    assert_eq!(world.tell(ring), Verdict::Duplicate);
    assert_eq!(world.pieces(Bucket::Expired), 6);
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    let grace = world
        .timers
        .values()
        .find(|t| t.of == "grace")
        .unwrap()
        .clone();
    assert_eq!(
        grace.due_at,
        expires_at + SignedDuration::from_hours(7 * 24)
    );
    world.now = grace.due_at;
    let ring = fired(TimerKind::Expiry, "grace", grace.due_at);
    assert_eq!(world.tell(ring.clone()), Verdict::Applied);
    assert_eq!(world.tell(ring), Verdict::Duplicate);
    let held: Vec<(String, String)> = world
        .claims
        .iter()
        .map(|c| (c.from.to_string(), c.to.to_string()))
        .collect();
    assert_eq!(held, [("0".to_owned(), "4".to_owned())]);
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    // and the rest comes after all, much too late
    world.tell(late_receipt("R2", 6, "2026-09-01T10:00:00Z"));
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    let approval = world.state().open_approvals().next().unwrap().clone();
    world.tell(decided(
        (&approval.approval_id, ""),
        "max",
        "returns_manager",
        Say::Approve,
    ));
    world.tell(inspected("I2", &[("SKU-1", 6, A)]));
    world.tell(disposed("D2", &[("SKU-1", 6, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.state().credited().minor, 23_815);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn an_approval_that_nobody_decides_is_escalated() {
    let mut big = line(1, 10);
    big.invoiced.as_mut().unwrap().amount_minor = 100_000;
    let mut world = World::after("per_receipt", asked(request(vec![big])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    let timer = world
        .timers
        .values()
        .find(|t| t.kind == TimerKind::ApprovalSla)
        .unwrap()
        .clone();
    let ring = fired(timer.kind, &timer.of, timer.due_at);
    assert_eq!(world.tell(ring.clone()), Verdict::Duplicate, "too early");
    world.now = timer.due_at;
    assert_eq!(world.tell(ring.clone()), Verdict::Applied);
    assert_eq!(world.tell(ring), Verdict::Duplicate);
    assert_eq!(world.raised(ExceptionCode::ApprovalExpired), 1);
    let approval = world.state().open_approvals().next().unwrap().clone();
    assert_eq!(approval.state, ApprovalState::Escalated);
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    world.tell(decided(
        name,
        "sue",
        &approval.required[0].role,
        Say::Approve,
    ));
    assert_eq!(world.raised(ExceptionCode::ApprovalExpired), 0);
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
}

#[test]
fn a_changed_finding_supersedes_the_approval() {
    let mut big = line(1, 10);
    big.invoiced.as_mut().unwrap().amount_minor = 100_000;
    let mut world = World::after("per_receipt", asked(request(vec![big])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    let first = world.state().open_approvals().next().unwrap().clone();
    let mut again = world::facts::inspection("I1", &[("SKU-1", 10, Condition::CUsed)]);
    again.version = 2;
    world.tell(EventData::InspectionFinalized(again));
    let old = (first.approval_id.as_str(), first.calc_hash.as_str());
    let role = first.required[0].role.as_str();
    assert!(matches!(
        world.tell(decided(old, "sue", role, Say::Approve)),
        Verdict::Ignored(_)
    ));
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    let second = world.state().open_approvals().next().unwrap().clone();
    assert_ne!(first.calc_hash, second.calc_hash);
    let name = (second.approval_id.as_str(), second.calc_hash.as_str());
    world.tell(decided(name, "sue", role, Say::Approve));
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
}

#[test]
fn a_gap_in_the_policy_is_never_filled_by_guessing() {
    let without = US01.replace("\"RESTOCK\", \"RETURN_TO_VENDOR\"", "\"RETURN_TO_VENDOR\"");
    let mut world = World::with_policy(&without);
    world.tell(asked(request(vec![line(1, 4)])));
    world.confirm_all();
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    assert_eq!(world.pieces(Bucket::Disposed), 4);
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    // the rule is added, and the next event that says anything new lets the credit go
    world.policies = World::with_policy(US01).policies;
    world.tell(EventData::GoodsInTransit(
        canonical::event::GoodsInTransit {
            carrier: None,
            tracking_no: "1Z".to_owned(),
            shipped_at: world.now,
        },
    ));
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 0);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn without_a_policy_the_request_waits_and_can_be_replayed() {
    let mut world = World::with_policy(&US01.replace("entity = \"US01\"", "entity = \"DE01\""));
    let request = request(vec![line(1, 4)]);
    assert_eq!(world.tell(asked(request.clone())), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    assert_eq!(world.tell(asked(request.clone())), Verdict::Duplicate);
    world.policies = World::with_policy(US01).policies;
    assert_eq!(world.tell(asked(request)), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 0);
}

#[test]
fn credit_without_goods_is_not_done_by_accident() {
    // a policy without a word about them
    let (before, rest) = US01.split_once("[no_receipt_credit]").unwrap();
    let (_, after) = rest.split_once("[vendor_return]").unwrap();
    let silent = format!("{before}[vendor_return]{after}");
    for return_type in [
        ReturnType::CreditOnly,
        ReturnType::AdvanceCredit,
        ReturnType::AdvanceReplacement,
    ] {
        let mut asked_for = request(vec![line(1, 4)]);
        asked_for.return_type = return_type;
        let mut world = World::with_policy(&silent);
        assert_eq!(world.tell(asked(asked_for)), Verdict::Applied);
        assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
        assert!(world.effects.is_empty());
    }
}

#[test]
fn transport_is_shown_and_changes_nothing_else() {
    let mut world = opened(4);
    let moving = EventData::GoodsInTransit(canonical::event::GoodsInTransit {
        carrier: Some("UPS".to_owned()),
        tracking_no: "1Z999".to_owned(),
        shipped_at: at("2026-05-02T10:00:00Z"),
    });
    assert_eq!(world.tell(moving.clone()), Verdict::Applied);
    assert_eq!(world.tell(moving), Verdict::Duplicate);
    assert_eq!(world.state().business_code(), BusinessCode::R210);
    assert_eq!(world.pieces(Bucket::InTransit), 4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
}

#[test]
fn the_state_of_a_normal_return_stays_small() {
    let mut lines = vec![line(1, 4), line(2, 6), line(3, 2)];
    lines[0].reason = Reason::DefectiveOnArrival;
    let mut world = World::after("per_receipt", asked(request(lines)));
    world.tell(received("R1", &[("SKU-1", 4), ("SKU-2", 6), ("SKU-3", 2)]));
    world.tell(inspected(
        "I1",
        &[("SKU-1", 4, A), ("SKU-2", 6, A), ("SKU-3", 2, A)],
    ));
    world.tell(disposed(
        "D1",
        &[
            ("SKU-1", 4, RESTOCK),
            ("SKU-2", 6, RESTOCK),
            ("SKU-3", 2, RESTOCK),
        ],
    ));
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    let size = serde_json::to_string(world.state()).unwrap().len();
    assert!(size < 6_400, "{size} bytes");
}

#[test]
fn scenario_35_a_hold_stops_the_money_and_nothing_else() {
    let mut world = opened(4);
    hold(&mut world, true);
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.raised(ExceptionCode::CustomerHold), 1);
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    assert_eq!(world.commands(EffectKind::ErpStockTransfer).len(), 1);
    hold(&mut world, false);
    assert_eq!(world.raised(ExceptionCode::CustomerHold), 0);
    world.confirm_all();
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1, "once");
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

/// Puts the return on hold, or takes the hold off; a word that is older than the last one changes nothing.
fn hold(world: &mut World, on: bool) {
    let at_text = if on {
        "2026-05-02T10:00:00Z"
    } else {
        "2026-05-09T10:00:00Z"
    };
    let change = || held(HoldFlag::CustomerHold, on, at_text);
    assert_eq!(world.tell(change()), Verdict::Applied);
    assert_eq!(world.tell(change()), Verdict::Duplicate);
    let old = held(HoldFlag::CustomerHold, !on, "2026-05-01T10:00:00Z");
    assert!(matches!(world.tell(old), Verdict::Ignored(_)));
}

#[test]
fn returns_of_one_invoice_line_share_its_units() {
    let ask = |id: &str, qty| {
        let mut request = request(vec![line(1, qty)]);
        request.request_id = id.to_owned();
        asked(request)
    };
    let mut world = World::new("per_receipt");
    let mut ends = Vec::new();
    for (id, qty) in [("P1", 6), ("P2", 6), ("P3", 3), ("P4", 2), ("P5", 1)] {
        world.state = None;
        world.effects.clear();
        world.tell(ask(id, qty));
        ends.push(world.state().lifecycle());
    }
    let (yes, no) = (Lifecycle::Authorized, Lifecycle::Declined);
    assert_eq!(ends, [yes, no, yes, no, yes]);
    let mut units: Vec<_> = world.claims.iter().map(|c| (c.from, c.to)).collect();
    units.sort_unstable();
    assert_eq!(units.first().unwrap().0, canonical::Qty::ZERO);
    assert_eq!(units.last().unwrap().1, canonical::Qty::whole(10));
    assert!(
        units.windows(2).all(|pair| pair[0].1 == pair[1].0),
        "{units:?}"
    );
}

#[test]
fn goods_that_came_in_time_are_credited_even_if_told_after_grace() {
    let mut world = opened(4);
    world.confirm_all();
    let expires_at = world.state().header().expires_at.unwrap();
    world.now = expires_at;
    world.tell(fired(TimerKind::Expiry, "", expires_at));
    let grace = world
        .timers
        .values()
        .find(|t| t.of == "grace")
        .unwrap()
        .clone();
    world.now = grace.due_at;
    world.tell(fired(TimerKind::Expiry, "grace", grace.due_at));
    assert!(world.claims.is_empty());
    world.tell(received("R1", &[("SKU-1", 4)]));
    assert_eq!(world.claims.len(), 1, "taken again");
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.pieces(Bucket::Credited), 4);
}
