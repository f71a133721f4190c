//! Credits and replacements before goods: exactly one recovery of what does not come back, reversed when it comes after all.

use crate::world;
use crate::world::World;
use crate::world::facts::{
    asked, at, cancelled, decided, disposed, fired, inspected, line, receipt, received, request,
    reversed,
};
use canonical::approval::Verdict as Say;
use canonical::event::TimerKind;
use canonical::{
    CommandData, Condition, CreditBasis, DispositionAction, EffectKind, EventData, ExceptionCode,
    Lifecycle, Reason, ReturnType,
};
use proptest::prelude::*;
use workflow::{Bucket, Verdict};

/// Ten pieces of a key account at 22.00 plus tax, 238.15 together.
fn asked_for(qty: i32, return_type: ReturnType) -> EventData {
    let mut asked_for = request(vec![line(1, qty)]);
    asked_for.customer_segment = Some("key_account".to_owned());
    asked_for.return_type = return_type;
    asked(asked_for)
}

fn advanced(qty: i32) -> World {
    World::after("per_receipt", asked_for(qty, ReturnType::AdvanceCredit))
}

/// The goods are due.
fn due(world: &mut World) -> Verdict {
    let due_at = world.state().exposure().unwrap().due_at.unwrap();
    world.now = world.now.max(due_at);
    world.tell(fired(TimerKind::AdvanceDue, "", due_at))
}

/// So many pieces come, pass or not, and are decided on.
fn come(world: &mut World, name: &str, qty: i32, action: DispositionAction) {
    let condition = if action == DispositionAction::Restock {
        Condition::ANewSealed
    } else {
        Condition::DDamaged
    };
    let mut receipt = receipt(name, &[("SKU-1", qty)]);
    receipt.received_at = receipt.received_at.max(at("2026-05-20T00:00:00Z"));
    world.tell(EventData::ReceiptRecorded(receipt));
    world.tell(inspected(name, &[("SKU-1", qty, condition)]));
    world.tell(disposed(name, &[("SKU-1", qty, action)]));
}

fn recoveries(world: &World) -> Vec<i64> {
    let mut found: Vec<i64> = world
        .effects
        .iter()
        .filter(|(key, _)| !world.cancelled.contains(*key))
        .filter_map(|(_, (command, _))| match &command.data {
            CommandData::InvoiceRecovery(invoice) => Some(invoice.amount().minor),
            _ => None,
        })
        .collect();
    found.sort_unstable();
    found
}

fn reversals(world: &World) -> usize {
    world.commands(EffectKind::ErpRecoveryReversal).len()
}

#[test]
fn scenario_28_goods_that_come_and_pass_net_the_advance() {
    let mut world = advanced(10);
    let memos = world.commands(EffectKind::ErpCreditMemo);
    let CommandData::PostCreditMemo(memo) = &memos[0].data else {
        panic!("a memo");
    };
    assert_eq!(memo.calculation.basis, CreditBasis::Advance);
    assert_eq!(memo.calculation.totals.gross_minor, 23_815);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    come(&mut world, "A", 4, DispositionAction::Restock);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    come(&mut world, "B", 6, DispositionAction::Restock);
    world.confirm_all();
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
    assert_eq!(recoveries(&world), [0_i64; 0]);
    assert!(!world.state().exposure().unwrap().open, "exposure closes");
    assert_eq!(world.pieces(Bucket::Credited), 10);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(due(&mut world), Verdict::Duplicate);
    assert_eq!(world.raised(ExceptionCode::AdvanceOverdue), 0);
}

/// What was advanced stays owed when the goods are taken back: the return neither expires nor may it be withdrawn.
#[test]
fn goods_taken_back_after_the_authorisation_ran_out_leave_the_advance_owed() {
    let mut world = advanced(10);
    world.confirm_all();
    let expires_at = world.state().header().expires_at.unwrap();
    world.now = expires_at;
    world.tell(fired(TimerKind::Expiry, "", expires_at));
    let mut late = receipt("LATE", &[("SKU-1", 10)]);
    late.received_at = at("2026-05-20T00:00:00Z");
    world.tell(EventData::ReceiptRecorded(late));
    let verdict = world.tell(reversed("LATE"));
    assert_eq!(verdict, Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    assert!(world.state().is_exposed());
    assert!(!matches!(world.tell(cancelled()), Verdict::Applied));
}

#[test]
fn scenario_29_no_goods_by_the_due_date_is_recovered_once_and_reversed_once() {
    let mut world = advanced(10);
    world.confirm_all();
    let early = world.state().exposure().unwrap().due_at.unwrap();
    let verdict = world.tell(fired(TimerKind::AdvanceDue, "", early));
    assert!(matches!(verdict, Verdict::Ignored(_)), "not due yet");
    assert_eq!(due(&mut world), Verdict::Applied);
    assert_eq!(world.raised(ExceptionCode::AdvanceOverdue), 1);
    assert_eq!(recoveries(&world), [23_815]);
    assert!(!matches!(due(&mut world), Verdict::Applied));
    world.confirm_all();
    assert_eq!(world.raised(ExceptionCode::AdvanceOverdue), 0);
    assert!(!matches!(due(&mut world), Verdict::Applied));
    assert_eq!(recoveries(&world), [23_815], "exactly one");
    come(&mut world, "LATE", 10, DispositionAction::Restock);
    world.confirm_all();
    assert_eq!(reversals(&world), 1);
    assert_eq!(recoveries(&world), [23_815]);
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
    assert!(world.state().exposure().unwrap().live_recovery().is_none());
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn scenario_29_a_part_that_came_is_not_recovered() {
    let mut world = advanced(10);
    world.confirm_all();
    come(&mut world, "A", 7, DispositionAction::Restock);
    assert_eq!(recoveries(&world), [0_i64; 0]);
    due(&mut world);
    // 10 pieces are 220.00 + 18.15, the first 7 are 154.00 + 12.71
    assert_eq!(recoveries(&world), [23_815 - 15_400 - 1271]);
    // two of the three missing ones come late: one is still owed
    world.confirm_all();
    come(&mut world, "B", 2, DispositionAction::Restock);
    world.confirm_all();
    assert_eq!(reversals(&world), 1);
    assert_eq!(recoveries(&world), [2200 + 181, 23_815 - 15_400 - 1271]);
}

#[test]
fn a_downgrade_is_recovered_when_everything_is_decided_on() {
    let mut world = World::after("per_receipt", {
        let mut line = line(1, 10);
        line.reason = Reason::NotAsDescribed;
        let mut asked_for = request(vec![line]);
        asked_for.customer_segment = Some("key_account".to_owned());
        asked_for.return_type = ReturnType::AdvanceCredit;
        asked(asked_for)
    });
    world.confirm_all();
    come(&mut world, "A", 8, DispositionAction::Restock);
    world.tell(received("B", &[("SKU-1", 2)]));
    world.tell(inspected("B", &[("SKU-1", 2, Condition::EDefective)]));
    assert_eq!(recoveries(&world), [0_i64; 0], "nobody has decided yet");
    world.tell(disposed("B", &[("SKU-1", 2, DispositionAction::Refurbish)]));
    // 80 % of 44.00 and its tax 3.63 are earned
    assert_eq!(recoveries(&world), [880 + 73]);
    assert_eq!(world.raised(ExceptionCode::AdvanceOverdue), 0);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn goods_that_are_looked_at_when_they_are_due_are_not_recovered() {
    let mut world = advanced(10);
    world.confirm_all();
    world.tell(received("A", &[("SKU-1", 10)]));
    assert_eq!(due(&mut world), Verdict::Duplicate);
    assert_eq!(recoveries(&world), [0_i64; 0]);
    world.tell(inspected("A", &[("SKU-1", 10, Condition::ANewSealed)]));
    world.tell(disposed("A", &[("SKU-1", 10, DispositionAction::Restock)]));
    world.confirm_all();
    assert_eq!(recoveries(&world), [0_i64; 0]);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn an_exposed_return_is_not_withdrawn_and_does_not_expire_before_its_goods_are_due() {
    let mut world = advanced(4);
    assert!(matches!(world.tell(cancelled()), Verdict::Ignored(_)));
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    let expires_at = world.state().header().expires_at.unwrap();
    let due_at = world.state().exposure().unwrap().due_at.unwrap();
    assert!(due_at <= expires_at);
    world.now = expires_at;
    world.tell(fired(TimerKind::Expiry, "", expires_at));
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    assert_eq!(world.pieces(Bucket::Expired), 4);
    assert_eq!(recoveries(&world).len(), 1, "it goes to recovery");
    assert_eq!(world.claims.len(), 1, "its units stay its own");
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn outside_of_the_terms_somebody_approves_or_the_goods_come_first() {
    let mut plain = request(vec![line(1, 4)]);
    plain.return_type = ReturnType::AdvanceCredit;
    let mut world = World::after("per_receipt", asked(plain.clone()));
    let approval = world.state().open_approvals().next().unwrap().clone();
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    world.tell(decided(name, "max", "returns_manager", Say::Reject));
    assert!(world.state().exposure().is_none());
    come(&mut world, "A", 4, DispositionAction::Restock);
    world.confirm_all();
    let memos = world.commands(EffectKind::ErpCreditMemo);
    let CommandData::PostCreditMemo(memo) = &memos[0].data else {
        panic!("a memo");
    };
    assert_eq!(memo.calculation.basis, CreditBasis::ReceivedInspected);
    // approved, it is an advance like any other
    let mut world = World::after("per_receipt", asked(plain));
    world.tell(decided(name, "max", "returns_manager", Say::Approve));
    assert!(world.state().is_exposed());
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
}

#[test]
fn a_replacement_up_front_that_is_not_returned_is_invoiced() {
    let asked = asked_for(10, ReturnType::AdvanceReplacement);
    let mut world = World::after("per_receipt", asked);
    assert_eq!(world.commands(EffectKind::ReplacementOrder).len(), 1);
    assert!(matches!(world.tell(cancelled()), Verdict::Ignored(_)));
    world.confirm_all();
    come(&mut world, "A", 4, DispositionAction::Restock);
    due(&mut world);
    // the first 4 of 220.00 + 18.15 are 88.00 + 7.26
    assert_eq!(recoveries(&world), [23_815 - 8800 - 726]);
    world.confirm_all();
    come(&mut world, "B", 6, DispositionAction::Restock);
    world.confirm_all();
    assert_eq!(reversals(&world), 1);
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    assert_eq!(world.commands(EffectKind::ReplacementOrder).len(), 1);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

/// Something that happens to an advance.
#[derive(Debug, Clone, Copy)]
enum Happening {
    Come(i32, usize),
    Due,
    Confirm,
    Expire,
}

const ACTIONS: [DispositionAction; 4] = [
    DispositionAction::Restock,
    DispositionAction::Scrap,
    DispositionAction::Refurbish,
    DispositionAction::ReturnToCustomer,
];

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (1..5_i32, 0..ACTIONS.len()).prop_map(|(qty, action)| Happening::Come(qty, action)),
        2 => Just(Happening::Due),
        2 => Just(Happening::Confirm),
        1 => Just(Happening::Expire),
    ]
}

proptest! {
    #![proptest_config(world::tried(64))]

    /// Whatever comes when: in the end what was advanced is earned or recovered, by one live invoice at most.
    #[test]
    fn an_advance_is_earned_or_recovered_exactly_once(
        happenings in prop::collection::vec(happening(), 0..10),
        replaced in any::<bool>(),
    ) {
        let return_type = if replaced {
            ReturnType::AdvanceReplacement
        } else {
            ReturnType::AdvanceCredit
        };
        let mut world = World::after("per_receipt", asked_for(10, return_type));
        let (mut came, mut earned) = (0, 0);
        for (index, happening) in happenings.into_iter().enumerate() {
            match happening {
                Happening::Come(qty, action) => {
                    let qty = qty.min(10 - came);
                    if qty == 0 {
                        continue;
                    }
                    come(&mut world, &format!("C{index}"), qty, ACTIONS[action]);
                    // 22.00 each: all of it, 80 %, or nothing
                    earned += i64::from(qty) * [2200, 2200, 1760, 0][action];
                    came += qty;
                }
                Happening::Due => {
                    due(&mut world);
                }
                Happening::Confirm => world.confirm_all(),
                Happening::Expire => {
                    let expires_at = world.state().header().expires_at.unwrap();
                    if expires_at <= world.now {
                        world.tell(fired(TimerKind::Expiry, "", expires_at));
                    }
                }
            }
        }
        due(&mut world);
        world.confirm_all();
        prop_assert_eq!(world.pieces(Bucket::Received), 0);
        let live = world.state().exposure().unwrap().live_recovery();
        let owed: i64 = live.map_or(0, |recovery| recovery.lines.iter().map(|l| l.net_minor).sum());
        prop_assert_eq!(owed, 22_000 - earned);
        prop_assert_eq!(world.raised(ExceptionCode::AdvanceOverdue), 0);
        let memos = world.commands(EffectKind::ErpCreditMemo).len();
        prop_assert_eq!(memos, usize::from(!replaced));
    }
}

/// Lines in two currencies make no credit; once the return has run out nobody has to mend that.
#[test]
fn what_could_not_be_calculated_ends_with_what_wanted_it() {
    let mut lines = vec![line(1, 2), line(2, 2)];
    lines[1].invoiced.as_mut().unwrap().ccy = canonical::Currency::EUR;
    let mut asked_for = request(lines);
    asked_for.customer_segment = Some("key_account".to_owned());
    asked_for.return_type = ReturnType::AdvanceCredit;
    let mut world = World::after("per_receipt", asked(asked_for));
    world.confirm_all();
    assert_eq!(world.raised(ExceptionCode::FxVariance), 1);
    let timers = world.timers.values().cloned();
    let expiry = timers
        .into_iter()
        .find(|timer| timer.kind == TimerKind::Expiry);
    let expiry = expiry.unwrap();
    world.now = world.now.max(expiry.due_at);
    assert_eq!(
        world.tell(fired(expiry.kind, &expiry.of, expiry.due_at)),
        Verdict::Applied
    );
    assert_eq!(world.state().lifecycle(), Lifecycle::Expired);
    assert_eq!(world.raised(ExceptionCode::FxVariance), 0);
}
