//! Credits without goods: within the policy's rules nobody is asked, outside of one of them somebody is.

use crate::world::World;
use crate::world::facts::{asked, cancelled, decided, line, received, request};
use canonical::approval::Verdict as Say;
use canonical::line::Evidence;
use canonical::{
    CommandData, CreditBasis, EffectKind, ExceptionCode, Lifecycle, LogisticsStatus, Reason,
    ReturnType,
};
use workflow::{Bucket, CreditState, Verdict};

/// One piece at 22.00 plus 1.82, damaged on its way, with a photo.
fn photographed(qty: i32, reason: Reason, photo: bool) -> canonical::EventData {
    let mut line = line(1, qty);
    line.reason = reason;
    if photo {
        line.evidence.push(Evidence {
            kind: "photo".to_owned(),
            reference: "img-1".to_owned(),
        });
    }
    let mut asked_for = request(vec![line]);
    asked_for.return_type = ReturnType::CreditOnly;
    asked(asked_for)
}

fn within() -> canonical::EventData {
    photographed(1, Reason::DamagedInTransit, true)
}

fn told(fact: canonical::EventData, had: Option<u32>) -> World {
    let mut world = World::new("per_receipt");
    world.no_receipt_credits = had;
    assert_eq!(world.tell(fact), Verdict::Applied);
    world
}

fn memos(world: &World) -> usize {
    world.commands(EffectKind::ErpCreditMemo).len()
}

#[test]
fn scenario_27_credit_only_within_the_limit() {
    let mut world = told(within(), Some(2));
    let memo = world.commands(EffectKind::ErpCreditMemo);
    let CommandData::PostCreditMemo(memo) = &memo[0].data else {
        panic!("a memo");
    };
    assert_eq!(memo.calculation.basis, CreditBasis::CreditOnly);
    assert_eq!(memo.calculation.totals.gross_minor, 2200 + 182);
    let status = world.statuses.last().unwrap();
    assert_eq!(status.logistics_status, LogisticsStatus::NotRequired);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(world.pieces(Bucket::Credited), 1);
    assert_eq!(world.state().credited().minor, 2382);
    let is_stock = |kind| {
        matches!(
            kind,
            EffectKind::ErpReceiptHold
                | EffectKind::ErpStockTransfer
                | EffectKind::ErpScrap
                | EffectKind::WmsRmaAsn
        )
    };
    let mut effects = world.effects.values();
    assert!(!effects.any(|(command, _)| is_stock(command.kind)));
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
}

#[test]
fn scenario_27_the_fourth_in_90_days_needs_approval() {
    let world = told(within(), Some(3));
    assert_eq!(memos(&world), 0);
    assert_eq!(world.state().open_approvals().count(), 1);
    // a cap that nobody can check does not hold either
    let world = told(within(), None);
    assert_eq!(memos(&world), 0);
    assert_eq!(world.state().open_approvals().count(), 1);
}

#[test]
fn scenario_27_beyond_the_limit_or_the_reasons_or_without_a_photo_somebody_is_asked() {
    for fact in [
        photographed(2, Reason::DamagedInTransit, true),
        photographed(1, Reason::NoLongerNeeded, true),
        photographed(1, Reason::DamagedInTransit, false),
    ] {
        let mut world = told(fact, Some(0));
        assert_eq!(memos(&world), 0);
        let approval = world.state().open_approvals().next().unwrap().clone();
        assert_eq!(approval.required[0].role, "returns_manager");
        let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
        let own = decided(name, "carol", "returns_manager", Say::Approve);
        assert!(matches!(world.tell(own), Verdict::Ignored(_)), "four eyes");
        let yes = decided(name, "max", "returns_manager", Say::Approve);
        assert_eq!(world.tell(yes), Verdict::Applied);
        assert_eq!(memos(&world), 1);
        world.confirm_all();
        assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    }
}

#[test]
fn a_refused_credit_only_settles_without_credit() {
    let mut world = told(photographed(1, Reason::NoLongerNeeded, true), Some(0));
    let approval = world.state().open_approvals().next().unwrap().clone();
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    world.tell(decided(name, "max", "returns_manager", Say::Reject));
    world.confirm_all();
    assert_eq!(memos(&world), 0);
    assert_eq!(world.pieces(Bucket::NoCredit), 1);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn credits_of_one_return_count_together_against_the_limit() {
    // the fee of one line is a gap, so that its credit comes later than the other's: together they are too much
    let mut two = vec![line(1, 1), line(2, 1)];
    for line in &mut two {
        line.reason = Reason::DamagedInTransit;
        line.evidence.push(Evidence {
            kind: "photo".to_owned(),
            reference: "img-1".to_owned(),
        });
    }
    let mut asked_for = request(two);
    asked_for.return_type = ReturnType::CreditOnly;
    let world = told(asked(asked_for), Some(0));
    assert_eq!(memos(&world), 0, "47.64 is more than 40.00");
    let credit = &world.state().credits()[0];
    assert_eq!(credit.state, CreditState::PendingApproval);
}

#[test]
fn goods_of_a_credit_only_return_are_held_apart_and_it_is_not_withdrawn() {
    let mut world = told(within(), Some(0));
    assert!(matches!(world.tell(cancelled()), Verdict::Ignored(_)));
    world.tell(received("R1", &[("SKU-1", 1)]));
    assert_eq!(world.pieces(Bucket::OverHold), 1);
    assert_eq!(world.raised(ExceptionCode::OverReceipt), 1);
    assert_eq!(memos(&world), 1);
}
