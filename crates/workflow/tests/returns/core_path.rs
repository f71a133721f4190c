//! A return from request to settlement, and the ways in which it must not go.

use crate::world::World;
use crate::world::facts::{asked, decided, disposed, inspected, line, received, request};
use canonical::approval::Verdict as Say;
use canonical::{
    BusinessCode, CommandData, Condition, DispositionAction, EffectKind, EffectResult,
    ExceptionCode, Lifecycle, StockStatus,
};
use workflow::{Bucket, CreditState, Verdict};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const SCRAP: DispositionAction = DispositionAction::Scrap;
const A: Condition = Condition::ANewSealed;
const D: Condition = Condition::DDamaged;

#[test]
fn a_return_goes_from_request_to_settled() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 4)])));
    assert_eq!(
        world.codes(),
        [BusinessCode::R100, BusinessCode::R110, BusinessCode::R200]
    );
    assert_eq!(
        world.keys().len(),
        3,
        "return order, announcement, message: {:?}",
        world.keys()
    );
    let state = world.state();
    assert_eq!(state.lifecycle(), Lifecycle::Authorized);
    assert!(state.header().rma_number.starts_with("RMA-"));
    assert_eq!(
        state.header().expires_at.unwrap().to_string(),
        "2026-06-01T05:00:00Z"
    );
    assert_eq!(world.claims.len(), 1);

    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::Applied
    );
    assert_eq!(
        world.tell(inspected("I1", &[("SKU-1", 4, A)])),
        Verdict::Applied
    );
    assert_eq!(
        world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)])),
        Verdict::Applied
    );
    let memos = world.commands(EffectKind::ErpCreditMemo);
    assert_eq!(memos.len(), 1);
    let CommandData::PostCreditMemo(memo) = &memos[0].data else {
        panic!("a memo")
    };
    assert_eq!(memo.calculation.totals.net_minor, 8800);
    assert_eq!(memo.calculation.totals.tax_minor, 726);
    assert_eq!(memo.bill_to, "C-100");
    assert!(
        memos[0]
            .key_text
            .contains("|CM|US01|INV-1|1:0-4|RECEIVED_INSPECTED|0")
    );
    assert!(
        !world.effects[&memos[0].effect_key].1,
        "money waits for the return order to be confirmed"
    );

    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(world.state().credited().minor, 9526);
    assert_eq!(world.pieces(Bucket::Credited), 4);
    assert_eq!(world.commands(EffectKind::Notify).len(), 2);
    let codes = world.codes();
    for code in [
        BusinessCode::R310,
        BusinessCode::R410,
        BusinessCode::R420,
        BusinessCode::R500,
        BusinessCode::R530,
        BusinessCode::R540,
        BusinessCode::R600,
        BusinessCode::R800,
    ] {
        assert!(codes.contains(&code), "{code} in {codes:?}");
    }
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
}

#[test]
fn nothing_is_credited_before_goods_came_and_were_inspected() {
    let mut world = World::after("per_slice", asked(request(vec![line(1, 4)])));
    world.confirm_all();
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.confirm_all();
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.confirm_all();
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
}

#[test]
fn scenario_20_a_split_disposition_moves_each_part_and_credits_by_policy() {
    let mut world = World::after("per_return_complete", asked(request(vec![line(1, 10)])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 7, A), ("SKU-1", 3, D)]));
    world.tell(disposed(
        "D1",
        &[
            ("SKU-1", 6, RESTOCK),
            ("SKU-1", 3, SCRAP),
            ("SKU-1", 1, DispositionAction::ReturnToCustomer),
        ],
    ));
    let targets: Vec<StockStatus> = world
        .commands(EffectKind::ErpStockTransfer)
        .iter()
        .filter_map(|command| match &command.data {
            CommandData::MoveStock(movement) => Some(movement.to_status),
            _ => None,
        })
        .collect();
    assert_eq!(targets.len(), 2);
    assert!(targets.contains(&StockStatus::Available));
    assert!(
        targets.contains(&StockStatus::None),
        "what goes back to the customer leaves the stock"
    );
    assert_eq!(world.commands(EffectKind::ErpScrap).len(), 1);
    let scrap = world.commands(EffectKind::ErpScrap)[0];
    let CommandData::MoveStock(movement) = &scrap.data else {
        panic!("stock")
    };
    assert_eq!(movement.from_status, StockStatus::ReturnsHold);
    assert_eq!(movement.to_status, StockStatus::Scrapped);
    assert_eq!(world.pieces(Bucket::NoCredit), 1);
    assert_eq!(world.pieces(Bucket::CreditReserved), 9);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn partial_receipts_credit_in_parts_that_sum_to_the_line() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 10)])));
    world.tell(received("R1", &[("SKU-1", 3)]));
    assert_eq!(world.state().business_code(), BusinessCode::R300);
    world.tell(inspected("I1", &[("SKU-1", 3, A)]));
    world.tell(disposed("D1", &[("SKU-1", 3, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    world.tell(received("R2", &[("SKU-1", 7)]));
    world.tell(inspected("I2", &[("SKU-1", 7, A)]));
    world.tell(disposed("D2", &[("SKU-1", 7, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 2);
    assert_eq!(world.state().credited().minor, 22_000 + 1815);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_large_credit_waits_for_other_eyes() {
    let mut big = line(1, 10);
    big.invoiced.as_mut().unwrap().amount_minor = 100_000;
    let mut world = World::after("per_receipt", asked(request(vec![big])));
    world.confirm_all();
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    assert_eq!(world.state().business_code(), BusinessCode::R510);
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    let approval = world.state().open_approvals().next().unwrap().clone();
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    let role = approval.required[0].role.as_str();
    for person in ["carol", "ivan"] {
        let verdict = world.tell(decided(name, person, role, Say::Approve));
        assert!(matches!(verdict, Verdict::Ignored(_)), "{person} took part");
    }
    let other = (name.0, "another calculation");
    assert!(matches!(
        world.tell(decided(other, "sue", role, Say::Approve)),
        Verdict::Ignored(_)
    ));
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    assert_eq!(
        world.tell(decided(name, "sue", role, Say::Approve)),
        Verdict::Applied
    );
    assert_eq!(
        world.tell(decided(name, "sue", role, Say::Approve)),
        Verdict::Duplicate
    );
    assert!(world.codes().contains(&BusinessCode::R520));
    let memos = world.commands(EffectKind::ErpCreditMemo);
    let CommandData::PostCreditMemo(memo) = &memos[0].data else {
        panic!("a memo")
    };
    assert_eq!(memo.approved_by, ["sue"]);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_refused_credit_is_none() {
    let mut big = line(1, 10);
    big.invoiced.as_mut().unwrap().amount_minor = 100_000;
    let mut world = World::after("per_receipt", asked(request(vec![big])));
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    let approval = world.state().open_approvals().next().unwrap().clone();
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    let role = approval.required[0].role.clone();
    assert_eq!(
        world.tell(decided(name, "sue", &role, Say::Reject)),
        Verdict::Applied
    );
    world.confirm_all();
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    assert_eq!(world.state().credits()[0].state, CreditState::Refused);
    assert_eq!(world.pieces(Bucket::NoCredit), 10);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_refused_posting_blocks_until_it_is_confirmed_after_all() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 2)])));
    world.tell(received("R1", &[("SKU-1", 2)]));
    world.tell(inspected("I1", &[("SKU-1", 2, A)]));
    world.tell(disposed("D1", &[("SKU-1", 2, RESTOCK)]));
    let order = world.commands(EffectKind::ErpReturnOrder)[0]
        .effect_key
        .clone();
    world.settle(&order, EffectResult::Confirmed);
    let memo = world.commands(EffectKind::ErpCreditMemo)[0]
        .effect_key
        .clone();
    assert_eq!(
        world.settle(&memo, EffectResult::Rejected),
        Verdict::Applied
    );
    assert!(world.state().is_blocked());
    assert_eq!(world.state().business_code(), BusinessCode::R700);
    assert_eq!(
        world.settle(&memo, EffectResult::Rejected),
        Verdict::Duplicate
    );
    let booked = world.commands(EffectKind::ErpReceiptHold)[0]
        .effect_key
        .clone();
    world.settle(&booked, EffectResult::Confirmed);
    let stock = world.commands(EffectKind::ErpStockTransfer)[0]
        .effect_key
        .clone();
    assert_eq!(world.settle(&stock, EffectResult::Parked), Verdict::Applied);
    assert_eq!(world.state().business_code(), BusinessCode::R610);
    assert!(world.exceptions.is_empty(), "the router opens these");
    world.confirm_all();
    assert!(!world.state().is_blocked());
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert!(matches!(
        world.settle(&memo, EffectResult::Rejected),
        Verdict::Ignored(_)
    ));
}

#[test]
fn more_than_the_invoice_has_left_is_declined() {
    let mut world = World::new("per_receipt");
    world.claims.push(workflow::Claim {
        invoice_line: "US01|INV-1|1".to_owned(),
        from: canonical::Qty::ZERO,
        to: canonical::Qty::whole(6),
        return_id: "another".to_owned(),
        facts: String::new(),
    });
    world.tell(asked(request(vec![line(2, 1), line(1, 6)])));
    assert_eq!(world.state().lifecycle(), Lifecycle::Declined);
    assert_eq!(world.state().business_code(), BusinessCode::R130);
    assert_eq!(
        world.state().denial().unwrap().word(),
        "QUANTITY_DIFFERENCE"
    );
    assert_eq!(world.claims.len(), 1, "nothing is reserved for it");
    assert!(world.effects.is_empty());
    world.tell(received("R1", &[("SKU-1", 6)]));
    assert_eq!(world.raised(ExceptionCode::UnmatchedReceipt), 1);
}
