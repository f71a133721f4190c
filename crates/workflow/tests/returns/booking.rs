//! Stock on hold in the ERP: when it is booked, what waits for it, and how it is taken back.

use crate::world::World;
use crate::world::facts::{
    asked, disposed, inspected, line, receipt, received, request, reversed, taken_back,
};
use canonical::{
    Command, CommandData, Condition, DispositionAction, EffectKind, EffectResult, Lifecycle,
    StockStatus, TrackingMode,
};
use workflow::{Bucket, Verdict};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const A: Condition = Condition::ANewSealed;

fn opened(qty: i32) -> World {
    World::after("per_receipt", asked(request(vec![line(1, qty)])))
}

fn statuses(command: &Command) -> Option<(StockStatus, StockStatus)> {
    match &command.data {
        CommandData::MoveStock(movement) => Some((movement.from_status, movement.to_status)),
        _ => None,
    }
}

#[test]
fn arrivals_are_booked_by_receipt_line_and_dispositions_wait_for_them() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    let booked = world.commands(EffectKind::ErpReceiptHold)[0].clone();
    assert!(
        booked.key_text.ends_with("|GR|WH1|R1|1"),
        "{}",
        booked.key_text
    );
    assert_eq!(
        statuses(&booked),
        Some((StockStatus::None, StockStatus::ReturnsHold))
    );
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    let order = world.commands(EffectKind::ErpReturnOrder)[0]
        .effect_key
        .clone();
    world.settle(&order, EffectResult::Confirmed);
    let moved = world.commands(EffectKind::ErpStockTransfer)[0]
        .effect_key
        .clone();
    assert!(!world.effects[&moved].1, "the goods are not booked in yet");
    world.settle(&booked.effect_key, EffectResult::Rejected);
    assert!(world.state().is_blocked());
    world.confirm_all();
    assert!(world.effects[&moved].1);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn a_return_is_not_settled_before_its_arrivals_are_booked() {
    let mut world = opened(1);
    world.tell(received("R1", &[("SKU-1", 1)]));
    world.tell(inspected("I1", &[("SKU-1", 1, A)]));
    world.tell(disposed("D1", &[("SKU-1", 1, RESTOCK)]));
    let booked = world.commands(EffectKind::ErpReceiptHold)[0]
        .effect_key
        .clone();
    while let Some(key) = world.next_ready().filter(|key| *key != booked) {
        world.settle(&key, EffectResult::Confirmed);
    }
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn goods_on_hold_stand_in_the_warehouse_all_the_same() {
    let mut serial = line(1, 2);
    serial.tracking_mode = TrackingMode::Serial;
    serial.expected_serials = vec!["S1".to_owned(), "S2".to_owned()];
    let mut world = World::after("per_receipt", asked(request(vec![serial, line(2, 1)])));
    let mut goods = receipt("R1", &[("SKU-1", 2), ("SKU-2", 3), ("SKU-9", 1)]);
    goods.lines[0].serials = vec!["S1".to_owned(), "S7".to_owned()];
    world.tell(canonical::EventData::ReceiptRecorded(goods));
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 1);
    assert_eq!(world.pieces(Bucket::OverHold), 2);
    let booked = world.commands(EffectKind::ErpReceiptHold);
    let quantities: Vec<String> = booked
        .iter()
        .filter_map(|command| match &command.data {
            CommandData::MoveStock(movement) => {
                Some(format!("{} {}", movement.base_qty, movement.sku))
            }
            _ => None,
        })
        .collect();
    assert_eq!(quantities.len(), 2, "not the item that the return has not");
    assert!(quantities.contains(&"2 SKU-1".to_owned()), "{quantities:?}");
    assert!(quantities.contains(&"3 SKU-2".to_owned()), "{quantities:?}");
}

#[test]
fn a_receipt_taken_back_is_cancelled_before_it_is_booked_and_reversed_after() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(reversed("R1"));
    assert_eq!(world.cancelled.len(), 1);
    world.confirm_all();
    world.tell(received("R2", &[("SKU-1", 4)]));
    world.confirm_all();
    world.tell(reversed("R2"));
    let out: Vec<_> = world
        .commands(EffectKind::ErpReceiptHold)
        .into_iter()
        .filter(|command| command.key_text.contains("|GRREV|"))
        .cloned()
        .collect();
    assert_eq!(out.len(), 1);
    assert!(out[0].key_text.ends_with("|GRREV|WH1|R2|1|REV-R2"));
    assert_eq!(
        statuses(&out[0]),
        Some((StockStatus::ReturnsHold, StockStatus::None))
    );
}

#[test]
fn a_booking_on_which_something_rests_is_reversed_not_cancelled() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 2)]));
    world.tell(received("R2", &[("SKU-1", 2)]));
    world.tell(inspected("I1", &[("SKU-1", 2, A)]));
    world.tell(disposed("D1", &[("SKU-1", 2, RESTOCK)]));
    assert_eq!(world.tell(reversed("R2")), Verdict::Applied);
    assert!(world.cancelled.is_empty());
    world.tell(taken_back("none", "R1", &[("SKU-1", 1)]));
    world.confirm_all();
    assert_eq!(world.pieces(Bucket::Credited), 2);
    assert!(world.next_ready().is_none());
    assert_eq!(
        world.confirmed.len(),
        world.effects.len(),
        "nothing waits for ever"
    );
}

#[test]
fn where_the_erp_wants_it_stock_enters_at_the_disposition() {
    let mut world = World::booking("per_receipt", "at_disposition");
    world.tell(asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 5)]));
    world.tell(taken_back("REV1", "R1", &[("SKU-1", 1)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed(
        "D1",
        &[
            ("SKU-1", 3, RESTOCK),
            ("SKU-1", 1, DispositionAction::ReturnToCustomer),
        ],
    ));
    assert!(world.commands(EffectKind::ErpReceiptHold).is_empty());
    let moved = world.commands(EffectKind::ErpStockTransfer);
    assert_eq!(moved.len(), 1, "what goes back was never in stock");
    assert_eq!(
        statuses(moved[0]),
        Some((StockStatus::None, StockStatus::Available))
    );
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}
