//! Goods that came without a return: on hold at once, credited never before somebody said whose they are and somebody else
//! agreed, and lost to nobody.

use crate::world;
use crate::world::World;
use crate::world::facts::{
    asked, decided, disposed, fired, inspected, line, receipt, received, request, reversed,
    snapshot, taken_back,
};
use canonical::approval::Verdict as Say;
use canonical::event::TimerKind;
use canonical::identification::{Identification, Identified, Sale};
use canonical::line::ReturnLine;
use canonical::{
    BusinessCode, CommandData, Condition, DenialReason, DispositionAction, EffectKind, EventData,
    ExceptionCode, Lifecycle, Qty, Ratio, ReturnName, ReturnType,
};
use jiff::SignedDuration;
use proptest::prelude::*;
use workflow::{Bucket, Verdict};

const US01: &str = include_str!("../../../../deploy/policy/us01.toml");
const TAKES: &str = "\n[blind_return]\naccept = true\nidentify_sla_h = 24\n";
const RULE: &str =
    "\n[[approval]]\nid = \"blind\"\ntrigger = \"blind\"\nneed = [{ role = \"detective\" }]\n";
const A: Condition = Condition::ANewSealed;

pub(crate) fn taking() -> World {
    World::with_policy(&format!("{US01}{RULE}{TAKES}"))
}

/// Four pieces came, and nobody knows whose.
fn came() -> World {
    let mut world = taking();
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::Applied
    );
    world
}

pub(crate) fn identified(id: &str, found: Identified) -> EventData {
    EventData::GoodsIdentified(Box::new(Identification {
        request_id: id.to_owned(),
        requested_by: "ida".to_owned(),
        reason: "the packing slip was inside".to_owned(),
        found,
    }))
}

pub(crate) fn sold(id: &str, lines: Vec<ReturnLine>) -> EventData {
    let like = request(Vec::new());
    identified(
        id,
        Identified::Sale(Box::new(Sale {
            channel: like.channel,
            customer_segment: None,
            customer_account: like.customer_account,
            bill_to: None,
            ship_from: None,
            currency: like.currency,
            base_currency: None,
            fx_rate: Ratio::ONE,
            lines,
        })),
    )
}

pub(crate) fn is_open(world: &World, about: &str) -> bool {
    let code = ExceptionCode::UnmatchedReceipt;
    let name = format!("{}|{code}|{about}", world.state().return_id());
    world.exceptions.contains_key(&name)
}

pub(crate) fn say(world: &World, user: &str, verdict: Say) -> EventData {
    let approval = world.state().open_approvals().next().unwrap();
    let role = approval.required[0].role.clone();
    decided(
        (&approval.approval_id, &approval.calc_hash),
        user,
        &role,
        verdict,
    )
}

#[test]
fn goods_without_a_return_are_on_hold_at_once() {
    let mut world = came();
    let state = world.state();
    assert_eq!(state.header().return_type, ReturnType::Blind);
    assert_eq!(state.lifecycle(), Lifecycle::PendingAuthorization);
    assert_eq!(state.business_code(), BusinessCode::R320);
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 4);
    assert!(world.statuses[0].notes[0].contains("RETURNS_HOLD"));
    assert!(is_open(&world, "blind"));
    assert!(world.effects.is_empty(), "no partner is told");
    let learnt = ("goods/ext/portal".to_owned(), "P1".to_owned());
    assert!(
        world.references.contains(&learnt),
        "found by what it was told under"
    );
    assert!(
        world
            .references
            .iter()
            .all(|(space, _)| space != "ext/portal"),
        "and a return that has that name can still be opened"
    );
    // Told twice, and by another receipt of the same parcel.
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::Duplicate
    );
    assert_eq!(
        world.tell(received("R2", &[("SKU-1", 1), ("SKU-2", 2)])),
        Verdict::Parked
    );
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 7);
    assert_eq!(world.state().lines().len(), 2);
    // An inspection waits for the decision, and is not lost.
    assert_eq!(
        world.tell(inspected("I1", &[("SKU-1", 4, A)])),
        Verdict::Parked
    );
    assert!(world.state().waits_for_identification());
}

#[test]
fn a_policy_that_does_not_take_them_opens_nothing() {
    let mut world = World::new("per_receipt");
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::UnknownReturn
    );
    let off = US01.to_owned() + &TAKES.replace("true", "false");
    let mut world = World::with_policy(&off);
    assert_eq!(
        world.tell(received("R1", &[("SKU-1", 4)])),
        Verdict::UnknownReturn
    );
}

#[test]
fn the_sale_is_found_and_somebody_else_agrees() {
    let mut world = came();
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
    let told = sold("ID-1", vec![line(1, 4)]);
    assert_eq!(world.tell(told.clone()), Verdict::Applied);
    assert_eq!(world.tell(told), Verdict::Duplicate);
    assert!(!is_open(&world, "blind"));
    assert!(
        world
            .timers
            .values()
            .all(|t| t.kind != TimerKind::IdentifySla)
    );
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 4, "still on hold");
    assert_eq!(world.state().header().customer_account, "C-100");
    let approval = world.state().open_approvals().next().unwrap();
    assert_eq!(
        approval.required[0].role, "detective",
        "as the trigger blind says"
    );
    assert!(world.effects.is_empty() && world.state().credits().is_empty());
    // Whoever said whose they are does not decide on it.
    let own = say(&world, "ida", Say::Approve);
    assert!(matches!(world.tell(own), Verdict::Ignored(_)));
    let yes = say(&world, "max", Say::Approve);
    assert_eq!(world.tell(yes), Verdict::Applied);
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 0);
    assert_eq!(
        world.commands(EffectKind::ErpReceiptHold).len(),
        1,
        "and the ERP learns of them"
    );
    world.run_down();
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
    assert_eq!(world.pieces(Bucket::Credited), 4);
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
}

#[test]
fn what_the_sale_does_not_have_stays_apart() {
    let mut world = taking();
    world.tell(received("R1", &[("SKU-1", 4), ("SKU-9", 2)]));
    world.tell(sold("ID-1", vec![line(1, 3)]));
    assert_eq!(
        world.state().received(),
        Qty::whole(6),
        "all of it is shown"
    );
    let yes = say(&world, "max", Say::Approve);
    world.tell(yes);
    assert_eq!(world.pieces(Bucket::PendingInspection), 3);
    assert_eq!(world.pieces(Bucket::OverHold), 1);
    assert_eq!(world.state().received(), Qty::whole(6));
    assert_eq!(
        world.raised(ExceptionCode::UnmatchedReceipt),
        1,
        "of the other item"
    );
}

#[test]
fn a_sale_that_does_not_fit_changes_nothing() {
    let mut world = came();
    let before = world.state().clone();
    let too_many = world.tell(sold("ID-1", vec![line(1, 11)]));
    assert!(matches!(too_many, Verdict::Ignored(_)), "{too_many:?}");
    let none = world.tell(sold("ID-2", Vec::new()));
    assert!(matches!(none, Verdict::Ignored(_)), "{none:?}");
    assert_eq!(*world.state(), before);
    assert!(is_open(&world, "blind") && world.claims.is_empty());
    // It may be said anew: the units of the first sale are free again.
    world.tell(sold("ID-3", vec![line(1, 4)]));
    world.tell(sold("ID-4", vec![line(2, 4)]));
    let held: Vec<&str> = world
        .claims
        .iter()
        .map(|c| c.invoice_line.as_str())
        .collect();
    assert_eq!(held, ["US01|INV-1|2"]);
    assert_eq!(world.state().open_approvals().count(), 1);
}

#[test]
fn goods_of_another_return_are_handed_over_whole() {
    let mut world = came();
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    let theirs = Identified::Return {
        return_id: "RET-7".to_owned(),
    };
    assert_eq!(world.tell(identified("ID-1", theirs)), Verdict::Applied);
    assert_eq!(world.state().lifecycle(), Lifecycle::Cancelled);
    assert!(world.statuses.last().unwrap().notes[0].contains("RET-7"));
    assert!(world.exceptions.is_empty() && world.timers.is_empty());
    assert_eq!(world.state().received(), Qty::ZERO, "they are here no more");
    let kinds: Vec<&str> = world.passed_on.iter().map(|e| e.data.type_name()).collect();
    assert_eq!(
        kinds,
        [
            "backhaul.receipt.recorded.v1",
            "backhaul.inspection.finalized.v1"
        ]
    );
    let to = ReturnName::Id("RET-7".to_owned());
    assert!(world.passed_on.iter().all(|event| event.subject == to));
    // What comes of them later follows.
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
    assert_eq!(world.passed_on.len(), 3);
    // Told twice, whatever it is, it is passed on once.
    for (_, data, ..) in world.log.clone() {
        assert_eq!(world.tell(data), Verdict::Duplicate);
    }
    assert_eq!(world.passed_on.len(), 3);
    let mut keys: Vec<_> = world.passed_on.iter().map(|e| e.key.clone()).collect();
    keys.dedup();
    assert_eq!(keys.len(), 3, "each by a key of its own");
    let late = world.tell(sold("ID-2", vec![line(1, 4)]));
    assert!(matches!(late, Verdict::Ignored(_)), "{late:?}");
}

#[test]
fn nobody_can_tell_and_the_sender_is_told_so() {
    let mut world = came();
    let channel = Some("edi-retailer".to_owned());
    let unknown = Identified::Unidentifiable { channel };
    assert_eq!(world.tell(identified("ID-1", unknown)), Verdict::Applied);
    let state = world.state();
    assert_eq!(state.lifecycle(), Lifecycle::Declined);
    assert_eq!(state.denial(), Some(DenialReason::Unidentifiable));
    let told = world.commands(EffectKind::Edi180);
    let CommandData::AnswerRequest(answer) = &told[0].data else {
        unreachable!("{:?}", told[0].data)
    };
    assert_eq!(answer.denial, Some(DenialReason::Unidentifiable));
    assert_eq!(answer.request_id, "WH1/R1", "by what it was received as");
    assert_eq!(
        state.received(),
        Qty::whole(4),
        "the goods stay until they are sent away"
    );
    assert_eq!(world.raised(ExceptionCode::UnmatchedReceipt), 1);
    assert!(world.commands(EffectKind::ErpReceiptHold).is_empty());
}

#[test]
fn time_runs_for_those_who_are_to_find_out() {
    let mut world = came();
    let timer = world.timers.values().next().unwrap().clone();
    let ring = || fired(TimerKind::IdentifySla, "", timer.due_at);
    assert!(
        matches!(world.tell(ring()), Verdict::Ignored(_)),
        "too early"
    );
    world.now = timer.due_at;
    assert_eq!(world.tell(ring()), Verdict::Applied);
    assert!(is_open(&world, "blind/overdue"));
    assert_eq!(world.tell(ring()), Verdict::Duplicate);
    world.tell(sold("ID-1", vec![line(1, 4)]));
    assert!(world.exceptions.is_empty());
    let after = timer.due_at + SignedDuration::from_hours(9);
    assert_eq!(
        world.tell(fired(TimerKind::IdentifySla, "", after)),
        Verdict::Duplicate
    );
}

#[test]
fn goods_that_are_taken_back_are_nobodys_any_more() {
    let mut world = came();
    world.tell(taken_back("B1", "R1", &[("SKU-1", 1)]));
    assert_eq!(world.pieces(Bucket::UnmatchedHold), 3);
    world.tell(reversed("R1"));
    assert_eq!(world.state().lifecycle(), Lifecycle::Cancelled);
    assert!(world.exceptions.is_empty() && world.timers.is_empty());
    assert_eq!(world.state().received(), Qty::ZERO);
}

#[test]
fn the_same_receipt_opens_the_same_return() {
    let (one, other) = (came(), came());
    assert_eq!(one.state(), other.state());
    let mut elsewhere = taking();
    let mut there = receipt("R1", &[("SKU-1", 4)]);
    there.site = "WH2".to_owned();
    elsewhere.tell(EventData::ReceiptRecorded(there));
    assert_ne!(one.state().return_id(), elsewhere.state().return_id());
    // Whoever asks for the return as usual is not disturbed by the block.
    let mut usual = taking();
    usual.tell(asked(request(vec![line(1, 4)])));
    usual.tell(received("R1", &[("SKU-1", 4)]));
    assert_eq!(usual.pieces(Bucket::PendingInspection), 4);
}

/// Something that happens to a parcel nobody knows.
#[derive(Debug, Clone)]
enum Happens {
    Receipt(u8, u8, i32),
    Reversal(u8, i32),
    Whole(u8),
    Snapshot(u8, i32),
    Sale(i32),
    Yes,
    No,
}

fn happens() -> impl Strategy<Value = Happens> {
    prop_oneof![
        3 => (1..4_u8, 1..3_u8, 1..5_i32).prop_map(|(id, sku, qty)| Happens::Receipt(id, sku, qty)),
        1 => (1..4_u8, 1..3_i32).prop_map(|(id, qty)| Happens::Reversal(id, qty)),
        1 => (1..4_u8).prop_map(Happens::Whole),
        2 => (0..6_u8, 0..6_i32).prop_map(|(hour, qty)| Happens::Snapshot(hour, qty)),
        2 => (1..8_i32).prop_map(Happens::Sale),
        2 => Just(Happens::Yes),
        1 => Just(Happens::No),
    ]
}

fn tell(world: &mut World, n: usize, what: &Happens) {
    let data = match what {
        Happens::Receipt(id, sku, qty) => {
            received(&format!("R{id}"), &[(&format!("SKU-{sku}"), *qty)])
        }
        Happens::Reversal(id, qty) => {
            taken_back(&format!("B{n}"), &format!("R{id}"), &[("SKU-1", *qty)])
        }
        Happens::Whole(id) => reversed(&format!("R{id}")),
        Happens::Snapshot(hour, qty) => snapshot(
            &format!("2026-05-01T{:02}:00:00Z", hour + 3),
            &[("SKU-1", *qty, 0, 0)],
        ),
        Happens::Sale(qty) => sold(&format!("ID-{n}"), vec![line(1, *qty)]),
        Happens::Yes | Happens::No => {
            let Some(state) = &world.state else { return };
            if state.open_approvals().next().is_none() {
                return;
            }
            let verdict = match what {
                Happens::Yes => Say::Approve,
                _ => Say::Reject,
            };
            say(world, &format!("user-{n}"), verdict)
        }
    };
    world.tell(data);
}

proptest! {
    #![proptest_config(world::tried(200))]

    /// Quantities are conserved in every bucket (the world looks), nothing is credited or booked before the decision, and the
    /// same story told again from its log gives the same picture.
    #[test]
    fn whatever_happens_to_a_parcel_conserves_it(story in prop::collection::vec(happens(), 1..12)) {
        let mut world = taking();
        for (n, what) in story.iter().enumerate() {
            tell(&mut world, n, what);
            let Some(state) = &world.state else { continue };
            prop_assert!(state.lines().iter().all(|line| line.buckets.is_sound()));
            if state.header().authorized_at.is_none() {
                prop_assert!(state.credits().is_empty());
                let booked = world.commands(EffectKind::ErpReceiptHold).len()
                    + world.commands(EffectKind::ErpCreditMemo).len();
                prop_assert_eq!(booked, 0);
                if state.waits_for_identification() && world.told.is_exact() {
                    prop_assert_eq!(world.told.received("SKU-1").millionths()
                        + world.told.received("SKU-2").millionths(), state.received().millionths());
                }
            }
        }
        let mut again = taking();
        again.fold(&world.log.clone());
        prop_assert_eq!(again.picture(), world.picture());
    }
}
