//! INV-5, INV-6 and INV-7 in full: several returns go back to one invoice line, and to the same pieces.
//!
//! Here the reservations of all are handed to each step, one step at a time; that two at once do not get the same units is
//! the store's matter (`crates/store/tests/suite/claims.rs`, `races.rs`).

use std::collections::BTreeSet;

use crate::world;
use crate::world::World;
use crate::world::facts::{
    asked, cancelled, disposed, disposition, fired, inspected, line, receipt, request, reversed,
    uncredit,
};
use canonical::event::{AmendRequest, LineAmendment, TimerKind};
use canonical::{
    CommandData, Condition, DispositionAction, EffectKey, EventData, ExceptionCode, Qty,
    TrackingMode,
};
use proptest::prelude::*;
use workflow::{Bucket, Claim, CreditState};

/// Returns of one invoice line.
const RETURNS: usize = 4;
/// Units of that line.
const INVOICED: i32 = 10;
/// Pieces that were shipped.
const SERIALS: [&str; 6] = ["S1", "S2", "S3", "S4", "S5", "S6"];

/// Something that is done to one of the returns.
#[derive(Debug, Clone)]
enum Doing {
    Ask(i32),
    Amend(i32),
    Cancel,
    Expire,
    Receive { id: u8, from: usize, pieces: usize },
    TakeBack(u8),
    Inspect(u8),
    Dispose(u8, bool),
    Undispose(u8),
    Decide,
    Settle,
    Uncredit(bool),
}

fn doing() -> impl Strategy<Value = (usize, Doing)> {
    let what = prop_oneof![
        4 => (1..8_i32).prop_map(Doing::Ask),
        1 => (1..8_i32).prop_map(Doing::Amend),
        1 => Just(Doing::Cancel),
        1 => Just(Doing::Expire),
        6 => (0..3_u8, 0..SERIALS.len(), 1..4_usize)
            .prop_map(|(id, from, pieces)| Doing::Receive { id, from, pieces }),
        1 => (0..3_u8).prop_map(Doing::TakeBack),
        4 => (0..3_u8).prop_map(Doing::Inspect),
        4 => (0..3_u8, prop::bool::weighted(0.8)).prop_map(|(id, credit)| Doing::Dispose(id, credit)),
        1 => (0..3_u8).prop_map(Doing::Undispose),
        2 => Just(Doing::Decide),
        5 => Just(Doing::Settle),
        2 => any::<bool>().prop_map(Doing::Uncredit),
    ];
    (0..RETURNS, what)
}

fn by_the_example() -> World {
    let mut world = World::new("per_slice");
    world.by_the_example = true;
    world
}

/// The returns, and the reservations of all of them.
struct House {
    returns: Vec<World>,
    claims: Vec<Claim>,
    serial: bool,
}

impl House {
    fn new(serial: bool) -> Self {
        Self {
            returns: (0..RETURNS).map(|_| by_the_example()).collect(),
            claims: Vec::new(),
            serial,
        }
    }

    /// Does something to a return, which is handed what all hold; then looks at all of them.
    fn at(&mut self, which: usize, act: impl FnOnce(&mut World)) {
        let world = &mut self.returns[which];
        std::mem::swap(&mut world.claims, &mut self.claims);
        act(world);
        std::mem::swap(&mut world.claims, &mut self.claims);
        self.check_reservations();
        self.check_credits();
        if self.serial {
            self.check_serials();
        }
    }

    fn act(&mut self, which: usize, doing: &Doing) {
        let serial = self.serial;
        let is_there = self.returns[which].state.is_some();
        if let Doing::Ask(qty) = doing {
            let mut asked_for = request(vec![line(1, *qty)]);
            asked_for.request_id = format!("P{which}");
            if serial {
                asked_for.lines[0].tracking_mode = TrackingMode::Serial;
            }
            // one of them after its window: its units are held while somebody decides
            if which == 0 && !serial {
                let invoice = asked_for.lines[0].invoice_ref.as_mut().unwrap();
                invoice.date = jiff::civil::date(2026, 1, 2);
            }
            return self.at(which, |world| drop(world.tell(asked(asked_for))));
        }
        if !is_there {
            return;
        }
        let data = match doing {
            Doing::Ask(_) => return,
            Doing::Amend(qty) => EventData::AmendRequested(AmendRequest {
                request_id: format!("A{qty}"),
                requested_by: "carol".to_owned(),
                reason: "miscounted".to_owned(),
                lines: vec![LineAmendment {
                    line_no: 1,
                    qty_requested: Some(Qty::whole(*qty)),
                    reason: None,
                }],
                added: Vec::new(),
            }),
            Doing::Cancel => cancelled(),
            Doing::Expire => return self.at(which, expire),
            Doing::Receive { id, from, pieces } => came(serial, *id, *from, *pieces),
            Doing::TakeBack(id) => reversed(&format!("R{id}")),
            Doing::Inspect(id) => {
                inspected(&format!("I{id}"), &[("SKU-1", 3, Condition::ANewSealed)])
            }
            Doing::Dispose(id, credit) => {
                let action = if *credit {
                    DispositionAction::Restock
                } else {
                    DispositionAction::ReturnToCustomer
                };
                disposed(&format!("D{id}"), &[("SKU-1", 2, action)])
            }
            Doing::Undispose(id) => {
                let mut back = disposition(&format!("U{id}"), &[]);
                back.reverses_disposition_id = Some(format!("D{id}"));
                EventData::DispositionDecided(back)
            }
            Doing::Decide => return self.at(which, World::approve_all),
            Doing::Settle => return self.at(which, World::confirm_all),
            Doing::Uncredit(again) => {
                let credits = self.returns[which].state().credits();
                let key = credits.iter().find_map(|credit| credit.effect_key.clone());
                let Some(key) = key else { return };
                uncredit(&format!("U-{key}"), key.as_str(), *again)
            }
        };
        self.at(which, |world| drop(world.tell(data)));
    }

    /// INV-5: over all returns no unit is reserved twice, and none that was not invoiced.
    fn check_reservations(&self) {
        let mut held: Vec<(&str, Qty, Qty)> = self
            .claims
            .iter()
            .map(|claim| (claim.invoice_line.as_str(), claim.from, claim.to))
            .collect();
        held.sort_unstable();
        for pair in held.windows(2) {
            let is_apart = pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1;
            assert!(is_apart, "reserved twice: {:?}", self.claims);
        }
        let units = held.iter().filter(|(name, _, _)| *name == "US01|INV-1|1");
        for (_, from, to) in units {
            assert!(Qty::ZERO <= *from && from < to && *to <= Qty::whole(INVOICED));
        }
    }

    /// INV-5: no unit is credited by two returns. INV-6: of no component more is posted than was invoiced, and all of it
    /// when all units are credited.
    fn check_credits(&self) {
        let mut units: Vec<(Qty, Qty)> = Vec::new();
        let (mut net, mut tax) = (0, 0);
        for world in self.returns.iter().filter(|world| world.state.is_some()) {
            for credit in world.state().credits() {
                let is_standing =
                    matches!(credit.state, CreditState::Posting | CreditState::Credited);
                let Some(key) = credit.effect_key.as_ref().filter(|_| is_standing) else {
                    continue;
                };
                if let CommandData::PostCreditMemo(memo) = &world.effects[key].0.data
                    && memo.corrects.is_none()
                {
                    let slices = memo.calculation.slices.iter();
                    units.extend(slices.map(|unit| (unit.position_from, unit.position_to)));
                }
            }
            for (of_net, of_tax) in world::posted(world).values() {
                net += of_net;
                tax += of_tax;
            }
        }
        units.sort_unstable();
        for pair in units.windows(2) {
            assert!(pair[0].1 <= pair[1].0, "credited twice: {units:?}");
        }
        let invoiced = line(1, 1).invoiced.unwrap();
        assert!((0..=invoiced.amount_minor).contains(&net), "{net}");
        assert!((0..=invoiced.taxes[0].amount_minor).contains(&tax), "{tax}");
    }

    /// INV-7: a piece is in one live receipt at most, over all returns, and no more pieces are credited than there are.
    fn check_serials(&self) {
        let seen: BTreeSet<&String> = self.returns.iter().flat_map(serials_told).collect();
        let there = Qty::whole(i32::try_from(seen.len()).unwrap());
        let sum = |buckets: &[Bucket]| -> Qty {
            let states = self.returns.iter().filter_map(|world| world.state.as_ref());
            let all = states.map(|state| state.in_buckets(buckets).millionths());
            Qty::from_millionths(all.sum())
        };
        // what came beyond the authorised quantity is known by its number as well
        let mut known = Bucket::ACCEPTED.to_vec();
        known.push(Bucket::OverHold);
        let accepted = sum(&known);
        assert!(accepted <= there, "{accepted} accepted of {seen:?}");
        let pieces = self
            .claims
            .iter()
            .filter(|claim| claim.invoice_line.contains("|S"));
        let held: i64 = pieces
            .map(|claim| claim.to.millionths() - claim.from.millionths())
            .sum();
        assert_eq!(
            accepted.millionths(),
            held,
            "each piece is held by who took it in"
        );
    }
}

fn serials_told(world: &World) -> Vec<&String> {
    let receipts = world.log.iter().filter_map(|(_, data, _, _)| match data {
        EventData::ReceiptRecorded(receipt) => Some(receipt),
        _ => None,
    });
    let lines = receipts.flat_map(|receipt| &receipt.lines);
    lines.flat_map(|line| &line.serials).collect()
}

fn came(serial: bool, id: u8, from: usize, pieces: usize) -> EventData {
    let count = i32::try_from(pieces).unwrap();
    let mut receipt = receipt(&format!("R{id}"), &[("SKU-1", count)]);
    if serial {
        let numbers = SERIALS.iter().cycle().skip(from).take(pieces);
        receipt.lines[0].serials = numbers.map(|serial| (*serial).to_owned()).collect();
    }
    EventData::ReceiptRecorded(receipt)
}

/// The return runs out, and then its grace; the clock of the others stays where it is.
fn expire(world: &mut World) {
    let now = world.now;
    let expiries: Vec<_> = world
        .timers
        .values()
        .filter(|timer| timer.kind == TimerKind::Expiry)
        .cloned()
        .collect();
    for timer in expiries {
        world.now = timer.due_at.max(world.now);
        world.tell(fired(timer.kind, &timer.of, timer.due_at));
    }
    world.now = now;
}

proptest! {
    #![proptest_config(world::tried(32))]

    #[test]
    fn inv_05_no_unit_of_an_invoice_line_is_reserved_or_credited_twice_over_all_returns(
        doings in prop::collection::vec(doing(), 0..60),
    ) {
        let mut house = House::new(false);
        for (which, doing) in &doings {
            house.act(*which, doing);
        }
    }

    #[test]
    fn inv_06_an_invoice_line_credited_by_several_returns_sums_up_to_it(
        parts in prop::collection::vec(1..5_i32, RETURNS),
        order in Just((0..RETURNS).collect::<Vec<_>>()).prop_shuffle(),
        taken_back in prop::option::of(0..RETURNS),
    ) {
        let mut house = House::new(false);
        let mut left = INVOICED;
        let mut wanted: Vec<i32> = Vec::new();
        for (n, part) in parts.iter().enumerate() {
            let is_last = n + 1 == parts.len();
            let qty = if is_last { left } else { (*part).min(left - 1).max(0) };
            left -= qty;
            wanted.push(qty);
        }
        for which in &order {
            if wanted[*which] > 0 {
                house.act(*which, &Doing::Ask(wanted[*which]));
                house.act(*which, &Doing::Decide);
            }
        }
        let back = |house: &mut House, which: usize, name: &str| {
            let qty = wanted[which];
            if qty == 0 {
                return;
            }
            for fact in [
                EventData::ReceiptRecorded(receipt(&format!("R{name}"), &[("SKU-1", qty)])),
                inspected(&format!("I{name}"), &[("SKU-1", qty, Condition::ANewSealed)]),
                disposed(&format!("D{name}"), &[("SKU-1", qty, DispositionAction::Restock)]),
            ] {
                house.at(which, |world| drop(world.tell(fact)));
            }
            house.at(which, World::run_down);
        };
        for which in order.iter().rev() {
            back(&mut house, *which, "1");
        }
        // one memo is taken back and its units credited anew: the sum is the same
        if let Some(which) = taken_back.filter(|which| wanted[*which] > 0) {
            let before = posted_in_all(&house);
            house.act(which, &Doing::Uncredit(true));
            house.at(which, World::run_down);
            prop_assert_eq!(before, posted_in_all(&house));
        }
        prop_assert_eq!(posted_in_all(&house), (22_000, 1815));
    }

    #[test]
    fn inv_07_a_piece_is_in_one_live_receipt_and_credited_once_over_all_returns(
        doings in prop::collection::vec(doing(), 0..60),
    ) {
        let mut house = House::new(true);
        for (which, doing) in &doings {
            house.act(*which, doing);
        }
    }
}

/// Net and tax in the books, over all returns.
fn posted_in_all(house: &House) -> (i64, i64) {
    let mut all = (0, 0);
    for world in house.returns.iter().filter(|world| world.state.is_some()) {
        for (net, tax) in world::posted(world).values() {
            all = (all.0 + net, all.1 + tax);
        }
    }
    all
}

/// The units of a return that ran out went to another one; then its goods are told of, which had come in time.
fn told_too_late(left_to_it: i32) -> House {
    let mut house = House::new(false);
    house.act(1, &Doing::Ask(4));
    house.act(1, &Doing::Expire);
    house.act(1, &Doing::Expire);
    assert_eq!(house.claims, [], "given back");
    house.at(2, |world| {
        let mut other = request(vec![line(1, INVOICED - left_to_it)]);
        "P2".clone_into(&mut other.request_id);
        world.tell(asked(other));
    });
    for fact in [
        EventData::ReceiptRecorded(receipt("R", &[("SKU-1", 4)])),
        inspected("I", &[("SKU-1", 4, Condition::ANewSealed)]),
        disposed("D", &[("SKU-1", 4, DispositionAction::Restock)]),
    ] {
        house.at(1, |world| drop(world.tell(fact)));
    }
    house.at(1, World::run_down);
    house
}

#[test]
fn inv_05_goods_told_too_late_get_units_that_are_free() {
    let house = told_too_late(5);
    let world = &house.returns[1];
    assert_eq!(world.pieces(Bucket::Credited), 4);
    assert_eq!(world.raised(ExceptionCode::CreditCapExceeded), 0);
    let mine = house
        .claims
        .iter()
        .filter(|c| c.return_id == world.state().return_id());
    assert_eq!(
        mine.map(|c| (c.from, c.to)).collect::<Vec<_>>(),
        [(Qty::whole(5), Qty::whole(9))]
    );
}

#[test]
fn inv_05_goods_told_too_late_without_a_unit_are_taken_in_and_shown_to_a_person() {
    let house = told_too_late(3);
    let world = &house.returns[1];
    assert_eq!(world.pieces(Bucket::Credited), 3);
    assert_eq!(world.pieces(Bucket::NoCredit), 1);
    assert_eq!(world.raised(ExceptionCode::CreditCapExceeded), 1);
    assert_eq!(
        posted_in_all(&house),
        (3 * 2_200, 544),
        "units 7 to 10 of the line"
    );
}

/// Keys of different returns are never the same, however alike they are.
#[test]
fn inv_09_two_returns_that_are_alike_share_no_key() {
    let mut house = House::new(false);
    for which in 1..3 {
        house.act(which, &Doing::Ask(2));
        house.act(
            which,
            &Doing::Receive {
                id: 1,
                from: 0,
                pieces: 2,
            },
        );
        house.act(which, &Doing::Inspect(1));
        house.act(which, &Doing::Dispose(1, true));
    }
    let keys =
        |which: usize| -> BTreeSet<&EffectKey> { house.returns[which].effects.keys().collect() };
    assert!(keys(1).len() > 3, "there are some");
    assert!(keys(1).is_disjoint(&keys(2)));
}
