//! An operator gives events back to the flow: what waits goes on once, or is told once more to be stuck.

use crate::world::World;
use crate::world::facts::{
    asked, at, decided, disposed, inspected, line, receipt, received, request,
};
use canonical::approval::Verdict as Say;
use canonical::{
    ApprovalState, BusinessCode, Condition, DispositionAction, EffectKind, EffectResult, EventData,
    ExceptionCode, Lifecycle,
};
use workflow::{Bucket, PolicySet, Verdict};

const A: Condition = Condition::ANewSealed;
const RESTOCK: DispositionAction = DispositionAction::Restock;
const US01: &str = include_str!("../../../../deploy/policy/us01.toml");
const GAP: Option<ExceptionCode> = Some(ExceptionCode::PolicyGap);

/// The example policy without a rule for goods that are restocked.
fn with_gap() -> String {
    let text = US01.replace("\"RESTOCK\", \"RETURN_TO_VENDOR\"", "\"RETURN_TO_VENDOR\"");
    assert_ne!(text, US01);
    text
}

/// Until that day one policy, from then on another under version "mended".
fn followed(first: &str, day: &str, second: &str) -> PolicySet {
    let from = "effective_from = 2026-01-01";
    let first = first.replace(from, &format!("{from}\neffective_to = {day}"));
    let version = second.lines().find(|l| l.starts_with("version")).unwrap();
    let second = second
        .replace(from, &format!("effective_from = {day}"))
        .replace(version, "version = \"mended\"");
    let documents = [("1.toml".to_owned(), first), ("2.toml".to_owned(), second)];
    PolicySet::load(&documents).unwrap()
}

fn last() -> EventData {
    disposed("D1", &[("SKU-1", 4, RESTOCK)])
}

/// A return whose goods are disposed, under that policy.
fn disposed_under(text: &str) -> World {
    let mut world = World::with_policy(text);
    world.tell(asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(last());
    world.confirm_all();
    world
}

fn memos(world: &World) -> usize {
    world.commands(EffectKind::ErpCreditMemo).len()
}

#[test]
fn a_credit_goes_on_once_when_the_policy_was_mended() {
    let mut world = disposed_under(&with_gap());
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    world.policies = World::with_policy(US01).policies;
    assert_eq!(
        world.tell(last()),
        Verdict::Duplicate,
        "told by the warehouse"
    );
    assert_eq!(memos(&world), 0);
    assert_eq!(world.replay(last(), GAP), Verdict::Applied);
    assert_eq!(
        (memos(&world), world.raised(ExceptionCode::PolicyGap)),
        (1, 0)
    );
    assert_eq!(world.replay(last(), GAP), Verdict::Duplicate);
    assert_eq!(memos(&world), 1);
    world.confirm_all();
    assert_eq!(world.replay(last(), GAP), Verdict::Duplicate);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_gap_that_is_still_there_is_raised_again() {
    let mut world = disposed_under(&with_gap());
    let before = world.state().clone();
    for _ in 0..2 {
        assert_eq!(world.replay(last(), GAP), Verdict::Duplicate);
        assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
        assert_eq!(world.state(), &before);
    }
    assert_eq!(memos(&world), 0);
}

#[test]
fn any_event_of_the_return_may_be_given_back() {
    let mut world = disposed_under(&with_gap());
    world.policies = World::with_policy(US01).policies;
    let again = received("R1", &[("SKU-1", 4)]);
    assert_eq!(world.replay(again, None), Verdict::Applied);
    assert_eq!(memos(&world), 1);
    assert_eq!(
        world.raised(ExceptionCode::PolicyGap),
        0,
        "over without being closed by hand"
    );
}

#[test]
fn a_gap_of_the_calculation_is_mended_too() {
    let fees = US01.find("[[restocking_fee]]").unwrap();
    let (before, after) = US01.split_at(fees);
    let rest = after.find("[[approval]]").unwrap();
    let without = format!("{before}{}", after.split_at(rest).1);
    let mut world = disposed_under(&without);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    assert_eq!(world.replay(last(), GAP), Verdict::Duplicate);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    world.policies = World::with_policy(US01).policies;
    assert_eq!(world.replay(last(), GAP), Verdict::Applied);
    assert_eq!(
        (memos(&world), world.raised(ExceptionCode::PolicyGap)),
        (1, 0)
    );
}

#[test]
fn a_newer_version_mends_a_gap_of_the_pinned_one() {
    let mut world = disposed_under(&with_gap());
    let pinned = world.state().header().policy_version.clone();
    world.policies = followed(&with_gap(), "2026-06-01", US01);
    assert_eq!(
        world.replay(last(), GAP),
        Verdict::Duplicate,
        "not in force"
    );
    assert_eq!(world.state().header().policy_version, pinned);
    world.now = at("2026-06-02T10:00:00Z");
    assert_eq!(world.tell(last()), Verdict::Duplicate, "only an operator");
    assert_eq!(world.replay(last(), GAP), Verdict::Applied);
    assert_eq!(world.state().header().policy_version, "mended");
    assert_eq!(memos(&world), 1);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn without_a_gap_the_pinned_version_stays() {
    let mut world = World::with_policy(US01);
    world.tell(asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 4)]));
    let pinned = world.state().header().policy_version.clone();
    world.policies = followed(US01, "2026-05-02", US01);
    world.now = at("2026-06-02T10:00:00Z");
    let again = received("R1", &[("SKU-1", 4)]);
    assert_eq!(world.replay(again, None), Verdict::Duplicate);
    assert_eq!(world.state().header().policy_version, pinned);
}

#[test]
fn after_a_credit_the_pinned_version_stays() {
    let text = with_gap().replace("\"per_receipt\"", "\"per_slice\"");
    let mut world = World::with_policy(&text);
    world.tell(asked(request(vec![line(1, 4), line(2, 2)])));
    world.tell(received("R1", &[("SKU-1", 4), ("SKU-2", 2)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A), ("SKU-2", 2, A)]));
    let vendor = DispositionAction::ReturnToVendor;
    world.tell(disposed("D2", &[("SKU-2", 2, vendor)]));
    assert_eq!(memos(&world), 1);
    world.tell(last());
    let pinned = world.state().header().policy_version.clone();
    world.policies = followed(&text, "2026-06-01", US01);
    world.now = at("2026-06-02T10:00:00Z");
    assert_eq!(world.replay(last(), GAP), Verdict::Duplicate);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    assert_eq!(world.state().header().policy_version, pinned);
    assert_eq!(memos(&world), 1);
}

#[test]
fn a_credit_that_waits_for_approval_is_asked_for_anew_under_the_newer_version() {
    // Each credit for itself: no sum over the invoice.
    let alone = |text: &str| {
        let text = text.replace("\"per_receipt\"", "\"per_slice\"");
        text.replace("\n[aggregate_window] ", "\n# ")
            .replace("\ndays = 7\n", "\n")
    };
    let text = alone(&with_gap());
    let mut world = World::with_policy(&text);
    let mut dear = line(2, 10);
    dear.invoiced.as_mut().unwrap().amount_minor = 100_000;
    world.tell(asked(request(vec![line(1, 4), dear])));
    world.tell(received("R1", &[("SKU-1", 4), ("SKU-2", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A), ("SKU-2", 10, A)]));
    let vendor = DispositionAction::ReturnToVendor;
    world.tell(disposed("D2", &[("SKU-2", 10, vendor)]));
    world.tell(last());
    let first = world.state().open_approvals().next().unwrap().clone();
    let newer = alone(US01);
    world.policies = followed(&text, "2026-06-01", &newer);
    world.now = at("2026-06-02T10:00:00Z");
    assert_eq!(world.replay(last(), GAP), Verdict::Applied);
    let old = world.state().approvals().iter();
    let old = old.clone().find(|a| a.approval_id == first.approval_id);
    assert_eq!(old.unwrap().state, ApprovalState::Superseded);
    let second = world.state().open_approvals().next().unwrap().clone();
    assert_ne!(first.calc_hash, second.calc_hash);
    assert_eq!(memos(&world), 1, "of the goods that had no rule");
    let name = (second.approval_id.as_str(), second.calc_hash.as_str());
    world.tell(decided(name, "sue", &second.required[0].role, Say::Approve));
    assert_eq!(memos(&world), 2);
}

#[test]
fn a_request_without_a_policy_says_so_at_every_replay() {
    let mut world = World::with_policy(&US01.replace("entity = \"US01\"", "entity = \"DE01\""));
    let request = request(vec![line(1, 4)]);
    world.tell(asked(request.clone()));
    let verdict = world.replay(asked(request.clone()), GAP);
    assert_eq!(verdict, Verdict::Duplicate);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    world.policies = World::with_policy(US01).policies;
    let verdict = world.replay(asked(request.clone()), GAP);
    assert_eq!(verdict, Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(world.replay(asked(request), GAP), Verdict::Duplicate);
}

#[test]
fn late_goods_are_asked_for_when_somebody_may_be_asked() {
    let rule = "trigger = \"late_return\"\nneed = ";
    let without = US01.replace(&format!("{rule}[{{"), &format!("{rule}[] # [{{"));
    assert_ne!(without, US01);
    let mut world = World::with_policy(&without);
    world.tell(asked(request(vec![line(1, 4)])));
    let mut late = receipt("R1", &[("SKU-1", 4)]);
    late.received_at = at("2026-09-01T10:00:00Z");
    let late = EventData::ReceiptRecorded(late);
    world.tell(late.clone());
    assert_eq!(world.replay(late.clone(), GAP), Verdict::Duplicate);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    world.policies = World::with_policy(US01).policies;
    assert_eq!(world.replay(late.clone(), GAP), Verdict::Applied);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 0);
    assert_eq!(world.state().open_approvals().count(), 1);
    assert_eq!(world.replay(late, GAP), Verdict::Duplicate);
}

/// The first effect of a kind.
fn key(world: &World, kind: EffectKind) -> canonical::EffectKey {
    world.commands(kind)[0].effect_key.clone()
}

#[test]
fn a_failure_is_not_shown_once_it_is_over() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 4)])));
    let order = key(&world, EffectKind::ErpReturnOrder);
    world.settle(&order, EffectResult::Rejected);
    assert_eq!(world.state().business_code(), BusinessCode::R700);
    world.settle(&order, EffectResult::Confirmed);
    assert_eq!(world.state().business_code(), BusinessCode::R200);

    world.tell(received("R1", &[("SKU-1", 4)]));
    let hold = key(&world, EffectKind::ErpReceiptHold);
    let announced = key(&world, EffectKind::WmsRmaAsn);
    world.settle(&announced, EffectResult::Ambiguous);
    world.settle(&hold, EffectResult::Parked);
    assert_eq!(world.state().business_code(), BusinessCode::R610);
    world.settle(&hold, EffectResult::Confirmed);
    assert_eq!(
        world.state().business_code(),
        BusinessCode::R700,
        "the announcement is still ambiguous"
    );
    world.settle(&announced, EffectResult::Confirmed);
    assert_eq!(world.state().business_code(), BusinessCode::R310);

    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(last());
    let stock = key(&world, EffectKind::ErpStockTransfer);
    world.settle(&stock, EffectResult::Rejected);
    world.settle(&stock, EffectResult::Confirmed);
    assert_eq!(world.state().business_code(), BusinessCode::R600);
    let memo = key(&world, EffectKind::ErpCreditMemo);
    world.settle(&memo, EffectResult::Rejected);
    world.settle(&memo, EffectResult::Confirmed);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(world.pieces(Bucket::Credited), 4);
    let codes = world.codes();
    assert_eq!(
        codes[codes.len() - 3..],
        [BusinessCode::R700, BusinessCode::R540, BusinessCode::R800]
    );
}
