//! What stops or shifts money: merged and closed accounts, closed periods, recalls, holds.

use crate::world::World;
use crate::world::facts::{
    asked, disposed, disposition, held, inspected, line, receipt, received, request,
};
use canonical::command::CreditMemo;
use canonical::{
    CommandData, Condition, DispositionAction, EffectKind, EventData, ExceptionCode, HoldFlag,
    Lifecycle, ReturnType,
};
use jiff::civil::date;
use workflow::{Bucket, PolicySet, Verdict};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const SCRAP: DispositionAction = DispositionAction::Scrap;
const A: Condition = Condition::ANewSealed;
const US01: &str = include_str!("../../../../deploy/policy/us01.toml");

/// A return of four pieces under the example policy and some lines on top.
fn run(more: &str) -> World {
    let mut world = World::with_policy(&format!("{US01}{more}"));
    world.tell(asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    world
}

fn memo(world: &World) -> (String, CreditMemo) {
    let commands = world.commands(EffectKind::ErpCreditMemo);
    assert_eq!(commands.len(), 1, "once");
    let CommandData::PostCreditMemo(memo) = &commands[0].data else {
        panic!("a memo")
    };
    (commands[0].customer_account.clone(), (**memo).clone())
}

#[test]
fn scenario_35_every_hold_stops_the_money_until_the_last_is_lifted() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 4)])));
    let flags = [HoldFlag::Fraud, HoldFlag::Legal, HoldFlag::Manual];
    for flag in flags {
        world.tell(held(flag, true, "2026-05-02T10:00:00Z"));
    }
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    for flag in flags {
        assert_eq!(world.raised(ExceptionCode::CustomerHold), 1);
        assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
        world.tell(held(flag, false, "2026-05-08T10:00:00Z"));
    }
    assert_eq!(world.raised(ExceptionCode::CustomerHold), 0);
    world.confirm_all();
    memo(&world);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_hold_stops_nothing_any_more_once_the_goods_are_not_credited() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 4)])));
    world.tell(held(HoldFlag::CustomerHold, true, "2026-05-02T10:00:00Z"));
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    assert_eq!(world.raised(ExceptionCode::CustomerHold), 1);
    let mut back = disposition("D2", &[]);
    back.reverses_disposition_id = Some("D1".to_owned());
    world.tell(EventData::DispositionDecided(back));
    assert_eq!(
        world.raised(ExceptionCode::CustomerHold),
        0,
        "over by itself"
    );
    world.tell(disposed("D3", &[("SKU-1", 4, RESTOCK)]));
    assert_eq!(
        world.raised(ExceptionCode::CustomerHold),
        1,
        "and there again"
    );
}

#[test]
fn scenario_35_a_merged_account_is_credited_under_its_new_number() {
    let merged = "[[account]]\naccount = \"C-100\"\nfrom = 2026-04-01\nmerged_into = \"C-150\"\n\
        [[account]]\naccount = \"C-150\"\nfrom = 2026-05-01\nmerged_into = \"C-200\"\n";
    let world = run(merged);
    let (customer, posted) = memo(&world);
    assert_eq!(
        (customer.as_str(), posted.bill_to.as_str()),
        ("C-200", "C-200")
    );
    assert_eq!(
        world.state().header().customer_account,
        "C-100",
        "as at the invoice"
    );
    let later = merged.replace("2026-05-01", "2027-01-01");
    assert_eq!(memo(&run(&later)).1.bill_to, "C-150", "not before its day");
}

#[test]
fn scenario_35_a_closed_account_is_settled_by_hand() {
    let closed = "[[account]]\naccount = \"C-100\"\nfrom = 2026-05-01\nclosed = true\n";
    let mut world = run(closed);
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    let raised = world.exceptions.values().next().unwrap();
    assert_eq!(raised.code, ExceptionCode::CustomerHold);
    assert!(
        raised.reason.contains("settle it by hand"),
        "{}",
        raised.reason
    );
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    // somebody names the account that takes its place
    let merged = closed.replace("closed = true", "merged_into = \"C-200\"");
    let text = format!("{US01}{merged}");
    world.policies = PolicySet::load(&[("us01.toml".to_owned(), text)]).unwrap();
    let last = disposed("D1", &[("SKU-1", 4, RESTOCK)]);
    world.replay(last, Some(ExceptionCode::CustomerHold));
    world.confirm_all();
    assert_eq!(memo(&world).1.bill_to, "C-200");
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
}

#[test]
fn scenario_36_a_closed_period_moves_the_posting_and_not_the_date() {
    let world = run("[posting]\nclosed_until = 2026-05-31\n");
    let (_, posted) = memo(&world);
    assert_eq!(posted.document_date, date(2026, 5, 1));
    assert_eq!(posted.posting_date, Some(date(2026, 6, 1)));
    let notes: Vec<&String> = world.statuses.iter().flat_map(|s| &s.notes).collect();
    assert_eq!(notes.len(), 1);
    assert!(notes[0].starts_with("PERIOD_SHIFT") && notes[0].contains("2026-06-01"));
    let open = run("[posting]\nclosed_until = 2026-04-30\n");
    assert_eq!(
        memo(&open).1.posting_date,
        None,
        "never backdated, never shifted without need"
    );
    assert!(open.statuses.iter().all(|status| status.notes.is_empty()));
}

#[test]
fn recalled_goods_are_not_put_back_into_stock() {
    let with_lot = |more: &str, asks: ReturnType| {
        let mut world = World::with_policy(&format!("{US01}{more}"));
        let mut request = request(vec![line(1, 4)]);
        request.return_type = asks;
        world.tell(asked(request));
        let mut receipt = receipt("R1", &[("SKU-1", 4)]);
        receipt.lines[0].lots = vec!["L-77".to_owned()];
        world.tell(EventData::ReceiptRecorded(receipt));
        world.tell(inspected("I1", &[("SKU-1", 4, A)]));
        world
    };
    let lots = "[recall]\nlots = [\"L-77\"]\n";
    for (mut world, is_recalled) in [
        (with_lot(lots, ReturnType::Physical), true),
        (with_lot("", ReturnType::Recall), true),
        (with_lot("", ReturnType::Physical), false),
    ] {
        world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
        assert_eq!(
            world.raised(ExceptionCode::LotRecalled),
            usize::from(is_recalled)
        );
        let inspected = if is_recalled { 4 } else { 0 };
        assert_eq!(world.pieces(Bucket::Inspected), inspected);
        let mut second = disposition("D2", &[("SKU-1", 4, SCRAP)]);
        second.reverses_disposition_id = Some("D1".to_owned());
        assert_eq!(
            world.tell(EventData::DispositionDecided(second)),
            Verdict::Applied
        );
        assert_eq!(world.raised(ExceptionCode::LotRecalled), 0);
        world.confirm_all();
        assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
        assert_eq!(world.commands(EffectKind::ErpScrap).len(), 1);
    }
}

#[test]
fn a_policy_that_merges_in_circles_or_says_both_is_refused() {
    let account = |name: &str, rest: &str| {
        format!("[[account]]\naccount = \"{name}\"\nfrom = 2026-05-01\n{rest}\n")
    };
    for (more, says) in [
        (
            account("A", "merged_into = \"B\"") + &account("B", "merged_into = \"A\""),
            "merged into itself",
        ),
        (account("A", ""), "neither merged nor closed"),
        (
            account("A", "closed = true") + &account("A", "closed = true"),
            "changes twice",
        ),
        (
            "[posting]\nclosed_until = 2026-05-01T10:00:00\n".to_owned(),
            "is not a day",
        ),
    ] {
        let text = format!("{US01}{more}");
        let problems = PolicySet::load(&[("us01.toml".to_owned(), text)]).unwrap_err();
        assert!(
            problems.iter().any(|p| p.what.contains(says)),
            "{problems:?}"
        );
    }
}
