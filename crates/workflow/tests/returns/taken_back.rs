//! A part of a receipt is taken back by the warehouse.

use crate::world::World;
use crate::world::facts::{
    asked, disposed, inspected, line, receipt, received, request, taken_back,
};
use canonical::{
    BusinessCode, Condition, DispositionAction, EffectKind, EventData, ExceptionCode, Lifecycle,
    Qty, TrackingMode,
};
use workflow::{Bucket, Verdict};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const A: Condition = Condition::ANewSealed;

fn opened(qty: i32) -> World {
    World::after("per_receipt", asked(request(vec![line(1, qty)])))
}

#[test]
fn one_counted_too_many_is_taken_back_and_the_return_settles() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 5)]));
    assert_eq!(world.pieces(Bucket::OverHold), 1);
    assert_eq!(world.raised(ExceptionCode::OverReceipt), 1);
    let one = || taken_back("REV1", "R1", &[("SKU-1", 1)]);
    assert_eq!(world.tell(one()), Verdict::Applied);
    assert_eq!(world.tell(one()), Verdict::Duplicate);
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
    assert_eq!(world.pieces(Bucket::OverHold), 0);
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
    assert_eq!(world.state().business_code(), BusinessCode::R310);
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(world.pieces(Bucket::Credited), 4);
    let booked = world.commands(EffectKind::ErpReceiptHold);
    assert_eq!(booked.len(), 2, "five in, one out");
}

#[test]
fn a_part_may_be_taken_back_before_the_receipt_is_told() {
    let mut world = opened(4);
    assert_eq!(
        world.tell(taken_back("REV1", "R1", &[("SKU-1", 1)])),
        Verdict::Parked
    );
    assert_eq!(
        world.tell(taken_back("REV1", "R1", &[("SKU-1", 1)])),
        Verdict::Duplicate
    );
    world.tell(received("R1", &[("SKU-1", 5)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
    assert_eq!(world.pieces(Bucket::OverHold), 0);
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
}

#[test]
fn no_more_is_taken_back_than_came_and_waits_for_inspection() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    let verdict = world.tell(taken_back("REV1", "R1", &[("SKU-1", 5)]));
    assert!(matches!(verdict, Verdict::Ignored(_)), "{verdict:?}");
    assert_eq!(world.raised(ExceptionCode::ReceiptConflict), 1);
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
    world.tell(inspected("I1", &[("SKU-1", 3, A)]));
    let verdict = world.tell(taken_back("REV2", "R1", &[("SKU-1", 2)]));
    assert!(matches!(verdict, Verdict::Ignored(_)), "{verdict:?}");
    assert_eq!(world.raised(ExceptionCode::NotAllowedNow), 1);
    assert_eq!(
        world.tell(taken_back("REV3", "R1", &[("SKU-1", 1)])),
        Verdict::Applied
    );
    assert_eq!(world.pieces(Bucket::Authorized), 1);
    assert_eq!(world.pieces(Bucket::Inspected), 3);
}

#[test]
fn goods_of_another_item_are_taken_back_in_part_too() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-9", 3)]));
    world.tell(taken_back("REV1", "R1", &[("SKU-9", 1)]));
    assert_eq!(world.state().received(), Qty::whole(2));
    assert_eq!(world.raised(ExceptionCode::UnmatchedReceipt), 1);
    world.tell(taken_back("REV2", "R1", &[("SKU-9", 2)]));
    assert_eq!(world.raised(ExceptionCode::UnmatchedReceipt), 0);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
}

#[test]
fn goods_that_were_too_many_take_the_place_of_those_taken_back() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(received("R2", &[("SKU-1", 3)]));
    assert_eq!(world.pieces(Bucket::OverHold), 3);
    world.tell(taken_back("REV1", "R1", &[("SKU-1", 3)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
    assert_eq!(world.pieces(Bucket::OverHold), 0);
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
}

#[test]
fn a_serial_number_that_is_named_goes_and_may_come_again() {
    let mut serial = line(1, 3);
    serial.tracking_mode = TrackingMode::Serial;
    let mut world = World::after("per_receipt", asked(request(vec![serial])));
    let came = |id: &str, numbers: &[&str]| {
        let count = i32::try_from(numbers.len()).unwrap();
        let mut receipt = receipt(id, &[("SKU-1", count)]);
        receipt.lines[0].serials = numbers.iter().map(|s| (*s).to_owned()).collect();
        EventData::ReceiptRecorded(receipt)
    };
    world.tell(came("R1", &["S1", "S2", "S2"]));
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 1);
    let mut named = taken_back("REV1", "R1", &[("SKU-1", 1)]);
    if let EventData::ReceiptReversed(reversal) = &mut named {
        reversal.lines[0].serials = vec!["S1".to_owned()];
    }
    world.tell(named);
    assert_eq!(world.pieces(Bucket::PendingInspection), 1);
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 1);
    world.tell(came("R2", &["S1"]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 2);
    world.tell(taken_back("REV2", "R1", &[("SKU-1", 1)]));
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 0, "the odd one first");
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
}
