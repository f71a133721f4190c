//! Goods that go on: back to the customer, replaced, or to their supplier.

use crate::world::World;
use crate::world::facts::{
    asked, at, disposed, disposition, inspected, line, received, request, supplier_rma,
};
use canonical::event::SupplierAnswer;
use canonical::line::{ReplacementMode, SupplierReturn};
use canonical::{
    CommandData, Condition, DispositionAction, EffectKind, EventData, ExceptionCode, Lifecycle,
    ReturnType, StockStatus,
};
use workflow::{Bucket, Verdict};

const US01: &str = include_str!("../../../../deploy/policy/us01.toml");

/// Four pieces came and are inspected.
fn arrived(mut world: World) -> World {
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, Condition::EDefective)]));
    world.confirm_all();
    world
}

fn plain() -> World {
    arrived(World::after(
        "per_receipt",
        asked(request(vec![line(1, 4)])),
    ))
}

fn undo(id: &str, of: &str) -> EventData {
    let mut undone = disposition(id, &[]);
    undone.reverses_disposition_id = Some(of.to_owned());
    EventData::DispositionDecided(undone)
}

#[test]
fn scenario_24_return_to_customer_is_sent_out_and_not_credited() {
    let mut world = plain();
    let back = DispositionAction::ReturnToCustomer;
    assert_eq!(
        world.tell(disposed("D1", &[("SKU-1", 4, back)])),
        Verdict::Applied
    );
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    let moved = world.commands(EffectKind::ErpStockTransfer);
    let CommandData::MoveStock(issue) = &moved[0].data else {
        panic!("a movement");
    };
    // out of hold, to nowhere of ours: the shipment to the customer
    assert_eq!(
        (issue.from_status, issue.to_status),
        (StockStatus::ReturnsHold, StockStatus::None)
    );
    assert_eq!(issue.base_qty, canonical::Qty::whole(4));
    world.confirm_all();
    assert_eq!(world.pieces(Bucket::NoCredit), 4);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn scenario_25_a_second_replacement_is_refused() {
    for action in [
        DispositionAction::ReplaceRestock,
        DispositionAction::ReplaceScrap,
    ] {
        let mut asked_for = request(vec![line(1, 4)]);
        asked_for.customer_segment = Some("key_account".to_owned());
        asked_for.return_type = ReturnType::AdvanceReplacement;
        let mut world = arrived(World::after("per_receipt", asked(asked_for)));
        let orders = world.commands(EffectKind::ReplacementOrder);
        let CommandData::OrderReplacement(order) = &orders[0].data else {
            panic!("an order");
        };
        assert_eq!(order.mode, ReplacementMode::UpFront);
        let verdict = world.tell(disposed("D1", &[("SKU-1", 4, action)]));
        assert!(matches!(verdict, Verdict::Ignored(_)), "{verdict:?}");
        assert_eq!(world.raised(ExceptionCode::NotAllowedNow), 1);
        assert_eq!(world.pieces(Bucket::Inspected), 4);
        assert_eq!(world.commands(EffectKind::ReplacementOrder).len(), 1);
        // decided anew without a replacement, it goes on
        world.tell(disposed("D2", &[("SKU-1", 4, DispositionAction::Restock)]));
        world.confirm_all();
        assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    }
}

#[test]
fn scenario_25_a_disposition_orders_a_replacement_for_each_part_once() {
    let mut world = plain();
    world.tell(disposed(
        "D1",
        &[("SKU-1", 3, DispositionAction::ReplaceRestock)],
    ));
    world.tell(disposed(
        "D2",
        &[("SKU-1", 1, DispositionAction::ReplaceScrap)],
    ));
    let mut sent: Vec<String> = world
        .commands(EffectKind::ReplacementOrder)
        .into_iter()
        .map(|command| match &command.data {
            CommandData::OrderReplacement(order) => format!("{} {}", order.qty, order.sku),
            other => panic!("{other:?}"),
        })
        .collect();
    sent.sort();
    assert_eq!(sent, ["1 SKU-1", "3 SKU-1"]);
    let verdict = world.tell(undo("U1", "D1"));
    assert!(
        matches!(verdict, Verdict::Ignored(_)),
        "it may be on its way"
    );
    world.confirm_all();
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_replacement_that_waits_is_withdrawn_with_its_disposition() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, Condition::EDefective)]));
    // the return order is not confirmed, so that nothing has left
    world.tell(disposed(
        "D1",
        &[("SKU-1", 4, DispositionAction::ReplaceScrap)],
    ));
    assert_eq!(world.tell(undo("U1", "D1")), Verdict::Applied);
    let key = &world.commands(EffectKind::ReplacementOrder)[0].effect_key;
    assert!(world.cancelled.contains(key));
}

fn supplied(rma: Option<&str>, required: bool, policy: &str) -> World {
    let mut line = line(1, 4);
    line.invoiced.as_mut().unwrap().cost_minor = Some(15_000);
    line.supplier_return = Some(SupplierReturn {
        supplier: "V-77".to_owned(),
        supplier_rma: rma.map(str::to_owned),
        rma_required: required,
    });
    let mut world = World::with_policy(policy);
    world.tell(asked(request(vec![line])));
    let mut world = arrived(world);
    let to_vendor = DispositionAction::ReturnToVendor;
    world.tell(disposed("D1", &[("SKU-1", 4, to_vendor)]));
    world
}

#[test]
fn scenario_26_without_the_suppliers_rma_only_the_supplier_waits() {
    let mut world = supplied(None, true, US01);
    world.confirm_all();
    assert!(world.commands(EffectKind::SupplierReturn).is_empty());
    assert_eq!(world.raised(ExceptionCode::SupplierRmaMissing), 1);
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
    assert_eq!(world.pieces(Bucket::Credited), 4);
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    let told = supplier_rma("V-77", "VRMA-12");
    assert_eq!(world.tell(told.clone()), Verdict::Applied);
    assert_eq!(world.tell(told), Verdict::Duplicate);
    assert_eq!(world.raised(ExceptionCode::SupplierRmaMissing), 0);
    let other = world.tell(supplier_rma("V-77", "VRMA-13"));
    assert!(matches!(other, Verdict::Ignored(_)), "the first one stands");
    let sent = world.commands(EffectKind::SupplierReturn);
    let CommandData::ReturnToSupplier(goods) = &sent[0].data else {
        panic!("a supplier return");
    };
    assert_eq!(goods.supplier_rma, "VRMA-12");
    let claims = world.commands(EffectKind::SupplierClaim);
    let CommandData::ClaimFromSupplier(claim) = &claims[0].data else {
        panic!("a claim");
    };
    // 4 of 10 pieces that cost 150.00
    assert_eq!(claim.amount.unwrap().minor, 6000);
    world.confirm_all();
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_supplier_that_wants_no_rma_gets_its_goods_at_once() {
    let mut world = supplied(None, false, US01);
    assert_eq!(world.commands(EffectKind::SupplierReturn).len(), 1);
    assert_eq!(world.commands(EffectKind::SupplierClaim).len(), 1);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn after_supplier_credit_the_customer_waits_for_it() {
    let policy = US01.replace("\"independent\"", "\"after_supplier_credit\"");
    let mut world = supplied(Some("VRMA-1"), true, &policy);
    world.confirm_all();
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    assert_eq!(world.pieces(Bucket::Disposed), 4);
    let answer = SupplierAnswer {
        line_no: Some(1),
        supplier: "V-77".to_owned(),
        supplier_rma: None,
        credit: Some("VC-1".to_owned()),
        amount: None,
        qty: None,
        answered_at: at("2026-05-09T10:00:00Z"),
    };
    let answer = EventData::SupplierAnswered(answer);
    assert_eq!(world.tell(answer), Verdict::Applied);
    world.confirm_all();
    assert_eq!(world.pieces(Bucket::Credited), 4);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}
