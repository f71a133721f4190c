//! After the credit: goods are looked at again, memos are corrected and taken back.

use crate::world::World;
use crate::world::facts::{
    asked, decided, disposed, disposition, inspected, inspection, line, received, request,
    reversed, taken_back, uncredit,
};
use canonical::approval::Verdict as Say;
use canonical::command::CreditReversal;
use canonical::{
    ApprovalState, BusinessCode, CommandData, CompensationStatus, Condition, DispositionAction,
    EffectKey, EffectKind, EffectResult, EventData, ExceptionCode, Liability, Lifecycle,
    StockStatus,
};
use workflow::policy::Question;
use workflow::{Bucket, CreditState, Verdict, calculation_of, correction_of, decisions};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const SCRAP: DispositionAction = DispositionAction::Scrap;
const A: Condition = Condition::ANewSealed;
const D: Condition = Condition::DDamaged;
const US01: &str = include_str!("../../../../deploy/policy/us01.toml");

/// Findings in a version; damaged goods are the customer's, the others ours.
fn found(version: u32, goods: &[(&str, i32, Condition)]) -> EventData {
    let mut inspection = inspection("I1", goods);
    inspection.version = version;
    for finding in &mut inspection.findings {
        finding.liability = Some(if finding.condition == A {
            Liability::Seller
        } else {
            Liability::Customer
        });
    }
    EventData::InspectionFinalized(inspection)
}

fn replaced(id: &str, earlier: &str, goods: &[(&str, i32, DispositionAction)]) -> EventData {
    let mut disposition = disposition(id, goods);
    disposition.reverses_disposition_id = Some(earlier.to_owned());
    EventData::DispositionDecided(disposition)
}

/// Ten pieces, restocked and credited with 238.15.
fn credited() -> World {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 10)])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(found(1, &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.state().credited().minor, 23_815);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    world
}

fn memo(world: &World) -> EffectKey {
    world.state().credits()[0].effect_key.clone().unwrap()
}

fn reversals(world: &World) -> Vec<(String, CreditReversal)> {
    let commands = world.commands(EffectKind::ErpCreditReversal);
    commands
        .iter()
        .map(|command| match &command.data {
            CommandData::ReverseCreditMemo(data) => (command.key_text.clone(), data.clone()),
            other => panic!("a reversal: {other:?}"),
        })
        .collect()
}

fn on_stock(world: &World, status: StockStatus) -> i64 {
    let moved = world
        .confirmed
        .iter()
        .map(|key| match &world.effects[key].0.data {
            CommandData::MoveStock(moved) => {
                let qty = moved.base_qty.millionths() / 1_000_000;
                qty * (i64::from(moved.to_status == status)
                    - i64::from(moved.from_status == status))
            }
            _ => 0,
        });
    moved.sum()
}

#[test]
fn scenario_22_a_lower_grade_after_the_credit_takes_the_difference_back() {
    let mut world = credited();
    let original = memo(&world);
    let before = world.effects[&original].clone();
    assert_eq!(world.tell(found(2, &[("SKU-1", 10, D)])), Verdict::Applied);
    world.confirm_all();
    assert_eq!(
        world.state().credited().minor,
        23_815,
        "restocked all the same"
    );
    let second = replaced("D2", "D1", &[("SKU-1", 10, SCRAP)]);
    assert_eq!(world.tell(second), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress, "reopened");
    assert!(reversals(&world).is_empty(), "approved first");
    let status = world.statuses.last().unwrap();
    assert_eq!(
        status.compensation_status,
        CompensationStatus::PendingApproval
    );
    let approval = world.state().open_approvals().next().unwrap().clone();
    assert_eq!(approval.required[0].role, "finance_manager");
    let waiting = world.state().clone();
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    let inspector = world.tell(decided(name, "ivan", "finance_manager", Say::Approve));
    assert!(matches!(inspector, Verdict::Ignored(_)), "four eyes");
    world.tell(decided(name, "max", "finance_manager", Say::Approve));
    let taken = reversals(&world);
    let (key, reversal) = taken.first().unwrap();
    assert_eq!(*key, format!("{original}|COR|2"));
    assert_eq!(reversal.reverses, original);
    assert_eq!(reversal.document_no, "4711");
    let part = reversal.part.as_ref().unwrap();
    assert_eq!(
        (part.net_minor, part.tax_minor, reversal.amount.minor),
        (11_000, 907, 11_907)
    );
    assert_eq!(part.approved_by, ["max"]);
    world.confirm_all();
    assert_eq!(world.state().credited().minor, 11_000 + 908);
    assert_eq!(world.effects[&original], before, "the memo is untouched");
    assert_eq!(world.state().credits()[0].state, CreditState::Credited);
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
    assert!(world.codes().contains(&BusinessCode::R560));
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(on_stock(&world, StockStatus::Available), 0);
    assert_eq!(on_stock(&world, StockStatus::Scrapped), 10);

    // It is shown while it waits, and afterwards as it was.
    let policies = &world.policies;
    for state in [&waiting, world.state()] {
        let shown = calculation_of(state, policies, 2).unwrap();
        assert_eq!(shown.calc_hash, approval.calc_hash);
        assert_eq!(shown.totals.gross_minor, -11_907);
        let found = correction_of(state, policies, 2).unwrap();
        assert_eq!((found.corrects, found.document_no.as_str()), (1, "4711"));
        assert_eq!(found.posted.gross_minor, 23_815);
        let new = found.new.unwrap();
        assert_eq!(new.totals.gross_minor, 11_908);
        assert_eq!(new.components[0].policy_rule_id, "credit-lost-theirs");
        assert_eq!(found.difference, shown);
        assert_eq!(correction_of(state, policies, 1), None);
    }
}

#[test]
fn a_better_grade_after_the_credit_is_an_extra_memo() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 10)])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(found(1, &[("SKU-1", 10, D)]));
    world.tell(disposed("D1", &[("SKU-1", 10, SCRAP)]));
    world.confirm_all();
    assert_eq!(world.state().credited().minor, 11_908);
    let original = memo(&world);
    world.tell(found(2, &[("SKU-1", 10, A)]));
    world.run_down();
    assert_eq!(world.state().credited().minor, 23_815);
    let commands = world.commands(EffectKind::ErpCreditMemo);
    let extra = commands
        .iter()
        .find(|command| command.effect_key != original)
        .unwrap();
    let CommandData::PostCreditMemo(extra) = &extra.data else {
        panic!("a memo")
    };
    assert_eq!(extra.calculation.totals.net_minor, 11_000);
    assert_eq!(extra.calculation.totals.tax_minor, 907);
    assert_eq!(extra.corrects.as_ref().unwrap().effect_key, original);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

/// What the policy answers when it is asked anew who must approve a credit.
fn asked_again(world: &World, about: &str) -> (String, Vec<String>) {
    let state = world.state();
    let policies = &world.policies;
    let policy = policies.version(&state.header().policy_version).unwrap();
    let found = decisions(state, policy).into_iter();
    let mut found = found.filter(|d| d.about == about && d.question == Question::Approval);
    let found = found.next().unwrap();
    (found.answer.unwrap(), found.rule_ids)
}

#[test]
fn who_must_approve_a_correction_is_explained_as_it_was_asked() {
    // 238.15 are posted, 476.30 are right. With the memo counted twice it would be above 500.00.
    let mut dear = line(1, 10);
    let invoiced = dear.invoiced.as_mut().unwrap();
    invoiced.amount_minor = 44_000;
    invoiced.taxes[0].amount_minor = 3_630;
    let mut world = World::after("per_receipt", asked(request(vec![dear])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(found(1, &[("SKU-1", 10, D)]));
    world.tell(disposed("D1", &[("SKU-1", 10, SCRAP)]));
    world.confirm_all();
    world.tell(found(2, &[("SKU-1", 10, A)]));
    let approval = world.state().open_approvals().next().unwrap().clone();
    let amount = approval.amount.unwrap();
    assert!(amount.gross_minor < 30_000 && amount.compared_minor < 50_000);
    let roles: Vec<&str> = approval.required.iter().map(|r| r.role.as_str()).collect();
    assert_eq!(roles, ["finance_manager"]);
    let again = asked_again(&world, "credit 2");
    assert_eq!(again, ("finance_manager".to_owned(), approval.rule_ids));

    // Taken back in part: what is taken back is compared, not what is left.
    world.run_down();
    let second = replaced("D2", "D1", &[("SKU-1", 10, SCRAP)]);
    world.tell(found(3, &[("SKU-1", 10, D)]));
    world.tell(second);
    let approval = world.state().open_approvals().next().unwrap().clone();
    assert!(approval.amount.unwrap().gross_minor < 0);
    let last = world.state().credits().last().unwrap();
    assert_eq!(last.state, CreditState::PendingApproval);
    let again = asked_again(&world, &format!("credit {}", last.version));
    assert_eq!(again, ("finance_manager".to_owned(), approval.rule_ids));
}

#[test]
fn a_correction_waits_for_the_outcome_of_the_memo() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 10)])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(found(1, &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    while world.commands(EffectKind::ErpCreditMemo).is_empty() || !world.effects[&memo(&world)].1 {
        let key = world.next_ready().unwrap();
        world.settle(&key, EffectResult::Confirmed);
    }
    let original = memo(&world);
    assert_eq!(
        world.tell(replaced(
            "D2",
            "D1",
            &[("SKU-1", 10, DispositionAction::ReturnToCustomer)]
        )),
        Verdict::Applied
    );
    world.settle(&original, EffectResult::Ambiguous);
    assert_eq!(world.state().open_approvals().count(), 0, "not known yet");
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
    world.settle(&original, EffectResult::Confirmed);
    assert_eq!(world.state().open_approvals().count(), 1);
    world.run_down();
    assert_eq!(world.state().credited().minor, 0);
    assert_eq!(world.pieces(Bucket::NoCredit), 10);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_correction_that_is_refused_leaves_the_credit_as_it_is() {
    let mut world = credited();
    world.tell(replaced(
        "D2",
        "D1",
        &[("SKU-1", 10, DispositionAction::ReturnToCustomer)],
    ));
    let approval = world.state().open_approvals().next().unwrap().clone();
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    world.tell(decided(name, "max", "finance_manager", Say::Reject));
    world.confirm_all();
    assert_eq!(world.state().credited().minor, 23_815);
    assert_eq!(world.pieces(Bucket::Credited), 10);
    assert!(reversals(&world).is_empty());
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn another_finding_replaces_a_correction_that_waits() {
    let mut world = credited();
    world.tell(replaced(
        "D2",
        "D1",
        &[("SKU-1", 10, DispositionAction::ReturnToCustomer)],
    ));
    assert_eq!(world.state().open_approvals().count(), 1);
    world.tell(replaced("D3", "D2", &[("SKU-1", 10, RESTOCK)]));
    assert_eq!(world.state().open_approvals().count(), 0);
    assert_eq!(
        world.state().approvals()[0].state,
        ApprovalState::Superseded
    );
    world.confirm_all();
    assert!(reversals(&world).is_empty(), "it is right as it is");
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn taking_back_without_a_rule_is_never_done_unapproved() {
    let (before, _) = US01
        .split_once("[[approval]]\nid = \"correction\"")
        .unwrap();
    let nobody = before.replace("need = [{ role = \"returns_manager\" }]", "need = []");
    // Somebody must answer for credits without receipt.
    let nobody = nobody.replace(
        "trigger = \"no_receipt\"\nneed = []",
        "trigger = \"no_receipt\"\nneed = [{ role = \"quality\" }]",
    );
    for (text, gaps) in [(before.to_owned(), 0), (nobody, 1)] {
        let mut world = World::with_policy(&text);
        world.tell(asked(request(vec![line(1, 10)])));
        world.tell(received("R1", &[("SKU-1", 10)]));
        world.tell(inspected("I1", &[("SKU-1", 10, A)]));
        world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
        world.confirm_all();
        world.tell(replaced(
            "D2",
            "D1",
            &[("SKU-1", 10, DispositionAction::ReturnToCustomer)],
        ));
        assert!(reversals(&world).is_empty());
        assert_eq!(world.raised(ExceptionCode::PolicyGap), gaps);
        assert_eq!(world.state().open_approvals().count(), 1 - gaps);
    }
}

#[test]
fn a_memo_is_taken_back_whole_and_credited_again_once() {
    for again in [false, true] {
        let mut world = credited();
        let original = memo(&world);
        let ask = |id: &str| uncredit(id, "4711", again);
        assert_eq!(world.tell(ask("U1")), Verdict::Applied);
        assert_eq!(world.tell(ask("U1")), Verdict::Duplicate);
        assert_eq!(world.tell(ask("U2")), Verdict::Duplicate);
        let taken = reversals(&world);
        let (key, reversal) = taken.first().unwrap();
        assert_eq!(*key, format!("{original}|REV|1"));
        assert_eq!((reversal.amount.minor, &reversal.part), (23_815, &None));
        assert_eq!(reversal.reason, "wrong (fiona)");
        world.confirm_all();
        assert!(world.codes().contains(&BusinessCode::R560));
        let memos = world.commands(EffectKind::ErpCreditMemo);
        if again {
            assert_eq!(memos.len(), 2);
            let second = memos.iter().find(|memo| memo.effect_key != original);
            assert!(second.unwrap().key_text.ends_with("|RECEIVED_INSPECTED|1"));
            assert_eq!(world.state().credited().minor, 23_815);
        } else {
            assert_eq!(memos.len(), 1);
            assert_eq!(world.state().credited().minor, 0);
            assert_eq!(world.pieces(Bucket::CreditReversed), 10);
            let status = world.statuses.last().unwrap();
            assert_eq!(status.compensation_status, CompensationStatus::Reversed);
            world.tell(found(2, &[("SKU-1", 10, A)]));
            world.confirm_all();
            assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 2);
            assert_eq!(world.state().credited().minor, 23_815);
        }
        assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    }
}

#[test]
fn a_corrected_memo_is_taken_back_with_its_corrections() {
    let mut world = credited();
    world.tell(found(2, &[("SKU-1", 10, D)]));
    world.tell(replaced("D2", "D1", &[("SKU-1", 10, SCRAP)]));
    world.run_down();
    world.tell(found(3, &[("SKU-1", 10, A)]));
    world.run_down();
    assert_eq!(world.state().credited().minor, 23_815, "down and up again");
    let correction = world.state().credits()[2].effect_key.clone().unwrap();
    let verdict = world.tell(uncredit("U1", correction.as_str(), false));
    assert!(
        matches!(verdict, Verdict::Ignored(_)),
        "name the memo itself"
    );
    let original = memo(&world);
    world.tell(uncredit("U2", original.as_str(), false));
    world.confirm_all();
    let amounts: i64 = reversals(&world).iter().map(|(_, r)| r.amount.minor).sum();
    assert_eq!(
        amounts,
        23_815 + 11_907,
        "everything that was ever credited"
    );
    assert_eq!(world.state().credited().minor, 0);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn only_a_posted_memo_is_taken_back() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 10)])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    let original = memo(&world);
    for (id, name) in [("U1", original.as_str()), ("U2", "4712")] {
        let verdict = world.tell(uncredit(id, name, false));
        assert!(matches!(verdict, Verdict::Ignored(_)), "{verdict:?}");
    }
    assert_eq!(world.raised(ExceptionCode::NotAllowedNow), 2);
    assert!(reversals(&world).is_empty());
}

#[test]
fn scenario_23_a_receipt_is_not_taken_back_before_its_credit_is() {
    let mut world = credited();
    let refused = |world: &mut World, reversal| {
        let verdict = world.tell(reversal);
        let Verdict::Ignored(why) = verdict else {
            panic!("blocked: {verdict:?}")
        };
        assert!(why.contains("the credit must be reversed first"), "{why}");
    };
    refused(&mut world, reversed("R1"));
    // also by the back door: what was decided is taken back, and the goods wait for inspection again
    world.tell(replaced("D2", "D1", &[]));
    world.tell(found(2, &[]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 10);
    refused(&mut world, reversed("R1"));
    refused(&mut world, taken_back("P1", "R1", &[("SKU-1", 1)]));
    assert_eq!(world.state().credited().minor, 23_815);
    world.tell(uncredit("U1", "4711", false));
    refused(&mut world, reversed("R1"));
    world.confirm_all();
    assert_eq!(world.state().credited().minor, 0);
    assert_eq!(world.tell(reversed("R1")), Verdict::Applied);
    assert_eq!(world.pieces(Bucket::Authorized), 10);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    world.confirm_all();
    assert_eq!(on_stock(&world, StockStatus::Available), 0);
    assert_eq!(on_stock(&world, StockStatus::ReturnsHold), 0);
}
