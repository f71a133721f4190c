//! Goods that come otherwise than expected.

use crate::world::World;
use crate::world::facts::{
    asked, at, disposed, disposition, fired, inspected, inspection, line, receipt, received,
    request, reversed, snapshot,
};
use canonical::event::TimerKind;
use canonical::{
    BusinessCode, CommandData, Condition, DispositionAction, EffectKind, EventData, ExceptionCode,
    Lifecycle, LogisticsStatus, Qty, Ratio, TrackingMode,
};
use workflow::{Bucket, Verdict};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const A: Condition = Condition::ANewSealed;
const D: Condition = Condition::DDamaged;

fn opened(qty: i32) -> World {
    World::after("per_receipt", asked(request(vec![line(1, qty)])))
}

#[test]
fn a_receipt_counts_once_whoever_tells_it() {
    let mut world = opened(10);
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::Applied
    );
    let mut other_way = receipt("R1", &[("SKU-1", 4)]);
    other_way.source.adapter = "flat-file".to_owned();
    assert_eq!(
        world.tell(EventData::ReceiptRecorded(other_way)),
        Verdict::Duplicate
    );
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::Duplicate
    );
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
    assert!(world.exceptions.is_empty());
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 5)])),
        Verdict::Duplicate
    );
    assert_eq!(
        world.pieces(Bucket::PendingInspection),
        4,
        "the first one stands"
    );
    assert_eq!(world.raised(ExceptionCode::ReceiptConflict), 1);
}

#[test]
fn too_much_goes_on_hold_and_the_rest_goes_on() {
    let mut world = opened(8);
    world.tell(received("R1", &[("SKU-1", 10)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 8);
    assert_eq!(world.pieces(Bucket::OverHold), 2);
    assert_eq!(world.raised(ExceptionCode::OverReceipt), 1);
    assert_eq!(world.state().business_code(), BusinessCode::R320);
    assert_eq!(
        world.statuses.last().unwrap().logistics_status,
        LogisticsStatus::Over
    );
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.pieces(Bucket::Credited), 8);
    assert_eq!(
        world.state().lifecycle(),
        Lifecycle::InProgress,
        "two pieces wait for a person"
    );
}

#[test]
fn a_receipt_taken_back_ends_its_exceptions() {
    let mut world = opened(8);
    world.tell(received("R1", &[("SKU-1", 10), ("SKU-9", 1)]));
    assert_eq!(world.exceptions.len(), 2);
    world.tell(reversed("R1"));
    assert!(world.exceptions.is_empty(), "{:?}", world.exceptions);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(world.pieces(Bucket::OverHold), 0);
}

#[test]
fn what_is_tolerated_on_top_goes_into_stock_without_credit() {
    let text = include_str!("../../../../deploy/policy/us01.toml").replace(
        "percent = \"0\"\nbase_qty = \"0\"",
        "percent = \"20\"\nbase_qty = \"5\"",
    );
    let mut world = World::with_policy(&text);
    world.tolerance = Qty::whole(1);
    world.tell(asked(request(vec![line(1, 5)])));
    world.tell(received("R1", &[("SKU-1", 7)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 6);
    assert_eq!(world.pieces(Bucket::OverHold), 1);
    world.tell(inspected("I1", &[("SKU-1", 6, A)]));
    world.tell(disposed("D1", &[("SKU-1", 6, RESTOCK)]));
    world.confirm_all();
    assert_eq!(world.pieces(Bucket::Credited), 5);
    assert_eq!(world.pieces(Bucket::NoCredit), 1);
}

#[test]
fn a_wrong_item_is_held_apart_and_the_expected_line_stays_open() {
    let mut world = opened(2);
    world.tell(received("R1", &[("SKU-9", 2)]));
    assert_eq!(world.pieces(Bucket::Authorized), 2);
    assert_eq!(world.raised(ExceptionCode::UnmatchedReceipt), 1);
    let status = world.statuses.last().unwrap();
    assert_eq!(status.quantities["unmatched_hold"], Qty::whole(2));
    let mut named = receipt("R2", &[("SKU-9", 1)]);
    named.lines[0].line_no = Some(1);
    world.tell(EventData::ReceiptRecorded(named));
    assert_eq!(
        world.pieces(Bucket::Authorized),
        2,
        "the number of a line does not make it its item"
    );
    assert!(world.commands(EffectKind::ErpStockTransfer).is_empty());
}

#[test]
fn two_lines_of_one_item_are_filled_in_turn() {
    let mut second = line(2, 3);
    second.sku = "SKU-1".to_owned();
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 4), second])));
    world.tell(received("R1", &[("SKU-1", 6)]));
    let pending: Vec<Qty> = world
        .state()
        .lines()
        .iter()
        .map(|line| line.buckets.get(Bucket::PendingInspection))
        .collect();
    assert_eq!(pending, [Qty::whole(4), Qty::whole(2)]);
    world.tell(received("R2", &[("SKU-1", 1)]));
    world.tell(inspected("I1", &[("SKU-1", 7, A)]));
    world.tell(disposed("D1", &[("SKU-1", 7, RESTOCK)]));
    assert_eq!(
        world.commands(EffectKind::ErpStockTransfer).len(),
        1,
        "one movement an allocation"
    );
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn scenarios_17_and_18_serial_numbers_are_counted_and_known() {
    let mut serial = line(1, 3);
    serial.tracking_mode = TrackingMode::Serial;
    serial.expected_serials = ["S1", "S2", "S3"].map(str::to_owned).to_vec();
    let mut world = World::after("per_receipt", asked(request(vec![serial])));
    let with = |id: &str, qty, serials: &[&str]| {
        let mut receipt = receipt(id, &[("SKU-1", qty)]);
        receipt.lines[0].serials = serials.iter().map(|s| (*s).to_owned()).collect();
        EventData::ReceiptRecorded(receipt)
    };
    world.tell(with("R1", 2, &["S1", "X9"]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 1);
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 1);
    assert_eq!(world.raised(ExceptionCode::SerialMismatch), 1);
    world.tell(with("R2", 1, &["S1"]));
    assert_eq!(world.raised(ExceptionCode::SerialDuplicate), 1);
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 2);
    world.tell(with("R3", 1, &[]));
    assert_eq!(
        world.pieces(Bucket::PendingInspection),
        1,
        "no number, no piece"
    );
    world.tell(reversed("R1"));
    world.tell(with("R4", 1, &["S1"]));
    assert_eq!(
        world.pieces(Bucket::PendingInspection),
        1,
        "free again after the reversal"
    );
}

#[test]
fn scenario_19_units_convert_exactly_or_not_at_all() {
    let mut cases = line(1, 1);
    cases.uom = "XCS".to_owned();
    cases.base_per_uom = Ratio { num: 72, den: 1 };
    let invoiced = cases.invoiced.as_mut().unwrap();
    invoiced.base_qty = Qty::whole(144);
    invoiced.amount_minor = 10_000;
    invoiced.taxes.clear();
    let mut world = World::new("per_receipt");
    world.axis = Qty::whole(144);
    world.tell(asked(request(vec![cases])));
    world.tell(received("R1", &[("SKU-1", 5)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 5, "told in pieces");
    assert_eq!(world.pieces(Bucket::Authorized), 67);
    world.tell(inspected("I1", &[("SKU-1", 5, A)]));
    world.tell(disposed("D1", &[("SKU-1", 5, RESTOCK)]));
    world.confirm_all();
    let memos = world.commands(EffectKind::ErpCreditMemo);
    let CommandData::PostCreditMemo(memo) = &memos[0].data else {
        panic!("a memo")
    };
    assert_eq!(
        memo.calculation.totals.net_minor, 347,
        "5 of 144, of 100.00"
    );
    let mut pallets = receipt("R2", &[("SKU-1", 1)]);
    pallets.lines[0].uom = "XPX".to_owned();
    world.tell(EventData::ReceiptRecorded(pallets));
    assert_eq!(world.raised(ExceptionCode::UomInexact), 1);
    assert_eq!(world.pieces(Bucket::PendingInspection), 0);
    let mut third = line(1, 1);
    third.base_per_uom = Ratio { num: 1, den: 3 };
    let mut world = World::new("per_receipt");
    world.tell(asked(request(vec![third])));
    assert_eq!(world.raised(ExceptionCode::UomInexact), 1);
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
}

#[test]
fn scenario_13_an_inspection_without_its_receipt_waits_and_is_reported() {
    let mut world = opened(4);
    assert_eq!(
        world.tell(inspected("I1", &[("SKU-1", 4, A)])),
        Verdict::Parked
    );
    assert_eq!(
        world.tell(inspected("I1", &[("SKU-1", 4, A)])),
        Verdict::Duplicate
    );
    let timer = world
        .timers
        .values()
        .find(|t| t.kind == TimerKind::OrphanWait)
        .unwrap()
        .clone();
    assert_eq!(timer.of, "I1");
    let ring = fired(timer.kind, &timer.of, timer.due_at);
    assert_eq!(world.tell(ring.clone()), Verdict::Applied);
    assert_eq!(world.raised(ExceptionCode::OrphanInspection), 1);
    assert_eq!(world.tell(ring), Verdict::Duplicate);
    world.tell(received("R1", &[("SKU-1", 3)]));
    assert_eq!(world.pieces(Bucket::Inspected), 3, "what came is inspected");
    assert_eq!(world.raised(ExceptionCode::OrphanInspection), 1);
    world.tell(received("R2", &[("SKU-1", 1)]));
    assert_eq!(world.pieces(Bucket::Inspected), 4);
    assert_eq!(
        world.raised(ExceptionCode::OrphanInspection),
        0,
        "over by itself"
    );
    assert!(
        !world
            .timers
            .values()
            .any(|t| t.kind == TimerKind::OrphanWait)
    );
}

#[test]
fn an_inspection_waits_for_the_receipt_it_names() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 2)]));
    let mut named = inspection("I1", &[("SKU-1", 2, A)]);
    named.findings[0].receipt_id = Some("R2".to_owned());
    assert_eq!(
        world.tell(EventData::InspectionFinalized(named)),
        Verdict::Parked
    );
    world.tell(received("R2", &[("SKU-1", 2)]));
    assert_eq!(world.pieces(Bucket::Inspected), 2);
}

#[test]
fn a_receipt_can_be_taken_back_until_it_is_inspected() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    assert_eq!(world.tell(reversed("R1")), Verdict::Applied);
    assert_eq!(world.pieces(Bucket::Authorized), 4);
    assert_eq!(world.tell(reversed("R1")), Verdict::Duplicate);
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::Duplicate
    );
    assert_eq!(
        world.pieces(Bucket::Authorized),
        4,
        "a receipt taken back stays taken back"
    );

    world.tell(received("R2", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    assert!(matches!(world.tell(reversed("R2")), Verdict::Ignored(_)));
    assert_eq!(world.raised(ExceptionCode::NotAllowedNow), 1);
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    assert!(
        matches!(world.tell(reversed("R2")), Verdict::Ignored(_)),
        "not after credit"
    );
    assert_eq!(world.pieces(Bucket::Credited), 4);
}

#[test]
fn a_reversal_may_overtake_its_receipt() {
    let mut world = opened(4);
    assert_eq!(world.tell(reversed("R1")), Verdict::Parked);
    assert_eq!(world.tell(reversed("R1")), Verdict::Duplicate);
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::Applied
    );
    assert_eq!(world.pieces(Bucket::Authorized), 4);
}

#[test]
fn a_higher_version_of_an_inspection_replaces_it_before_credit() {
    let mut world = World::after("per_return_complete", asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 3)]));
    world.tell(inspected("I1", &[("SKU-1", 3, A)]));
    world.tell(disposed("D1", &[("SKU-1", 2, RESTOCK)]));
    let mut second = inspection("I1", &[("SKU-1", 3, D)]);
    second.version = 2;
    assert_eq!(
        world.tell(EventData::InspectionFinalized(second.clone())),
        Verdict::Applied
    );
    assert_eq!(
        world.tell(EventData::InspectionFinalized(second)),
        Verdict::Duplicate
    );
    assert_eq!(world.state().slices()[0].condition(), Some(D));
    assert_eq!(world.pieces(Bucket::Inspected), 1);
    assert!(matches!(
        world.tell(inspected("I1", &[("SKU-1", 3, A)])),
        Verdict::Ignored(_)
    ));
    let mut third = inspection("I1", &[("SKU-1", 1, A)]);
    third.version = 3;
    let verdict = world.tell(EventData::InspectionFinalized(third));
    assert!(
        matches!(verdict, Verdict::Ignored(_)),
        "fewer than are disposed"
    );
}

#[test]
fn a_credited_inspection_that_changes_nothing_is_not_corrected() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    world.confirm_all();
    let mut second = inspection("I1", &[("SKU-1", 4, D)]);
    second.version = 2;
    assert_eq!(
        world.tell(EventData::InspectionFinalized(second)),
        Verdict::Applied
    );
    assert_eq!(world.state().slices()[0].condition(), Some(D));
    world.confirm_all();
    assert_eq!(
        world.state().credited().minor,
        9526,
        "restocked goods are credited in full whatever their condition"
    );
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
    assert!(world.commands(EffectKind::ErpCreditReversal).is_empty());
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn scenario_21_a_disposition_is_replaced_before_credit_and_stock_moves_net() {
    for moved in [false, true] {
        let mut world = World::after("per_return_complete", asked(request(vec![line(1, 4)])));
        world.tell(received("R1", &[("SKU-1", 3)]));
        if moved {
            world.confirm_all();
        }
        world.tell(inspected("I1", &[("SKU-1", 3, A)]));
        world.tell(disposed("D1", &[("SKU-1", 3, RESTOCK)]));
        let mut second = disposition("D2", &[("SKU-1", 3, DispositionAction::Scrap)]);
        second.reverses_disposition_id = Some("D1".to_owned());
        assert_eq!(
            world.tell(EventData::DispositionDecided(second)),
            Verdict::Applied
        );
        assert_eq!(
            world.cancelled.len(),
            usize::from(!moved),
            "what was not sent is withdrawn"
        );
        world.tell(received("R2", &[("SKU-1", 1)]));
        world.tell(inspected("I2", &[("SKU-1", 1, A)]));
        world.tell(disposed("D3", &[("SKU-1", 1, RESTOCK)]));
        world.confirm_all();
        assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
        assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    }
}

#[test]
fn a_disposition_may_be_taken_back_before_it_comes() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    let mut second = disposition("D2", &[("SKU-1", 4, RESTOCK)]);
    second.reverses_disposition_id = Some("D1".to_owned());
    assert_eq!(
        world.tell(EventData::DispositionDecided(second)),
        Verdict::Parked
    );
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Scrap)]));
    assert!(world.commands(EffectKind::ErpScrap).is_empty());
    assert_eq!(world.commands(EffectKind::ErpStockTransfer).len(), 1);
}

#[test]
fn quarantined_goods_wait_for_a_final_disposition() {
    let mut world = opened(4);
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed(
        "D1",
        &[("SKU-1", 4, DispositionAction::Quarantine)],
    ));
    world.confirm_all();
    assert_eq!(world.pieces(Bucket::Disposed), 4);
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    let mut last = disposition("D2", &[("SKU-1", 4, RESTOCK)]);
    last.reverses_disposition_id = Some("D1".to_owned());
    world.tell(EventData::DispositionDecided(last));
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(world.pieces(Bucket::Credited), 4);
}

#[test]
fn a_snapshot_feed_counts_what_is_new() {
    let mut world = opened(10);
    world.tell(snapshot("2026-05-05T10:00:00Z", &[("SKU-1", 4, 0, 0)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
    let again = snapshot("2026-05-05T10:00:00Z", &[("SKU-1", 4, 0, 0)]);
    assert_eq!(world.tell(again), Verdict::Duplicate);
    world.tell(snapshot("2026-05-05T12:00:00Z", &[("SKU-1", 9, 3, 1)]));
    assert_eq!(world.pieces(Bucket::PendingInspection), 5);
    assert_eq!(world.state().in_buckets(Bucket::DISPOSED), Qty::whole(4));
    let old = snapshot("2026-05-05T11:00:00Z", &[("SKU-1", 10, 10, 0)]);
    assert_eq!(world.tell(old), Verdict::Duplicate, "older news");
    world.tell(snapshot("2026-05-05T13:00:00Z", &[("SKU-1", 8, 3, 1)]));
    assert_eq!(world.raised(ExceptionCode::ReceiptConflict), 1);
    assert_eq!(
        world.state().in_buckets(Bucket::ACCEPTED),
        Qty::whole(9),
        "the higher number stands"
    );
    world.tell(snapshot("2026-05-05T14:00:00Z", &[("SKU-1", 10, 9, 1)]));
    world.confirm_all();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(world.pieces(Bucket::Credited), 10);
}

#[test]
fn late_is_when_the_goods_came_not_when_it_was_told() {
    let mut world = opened(4);
    let expires_at = world.state().header().expires_at.unwrap();
    world.now = at("2026-06-03T00:00:00Z");
    assert_eq!(
        world.tell(fired(TimerKind::Expiry, "", expires_at)),
        Verdict::Applied
    );
    assert_eq!(world.state().lifecycle(), Lifecycle::Expired);
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::Applied
    );
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    assert_eq!(world.pieces(Bucket::PendingInspection), 4);
}
