//! An authorised return is changed: what has not come yet, with its reservations, and what partners were told.

use crate::world::World;
use crate::world::facts::{asked, cancelled, disposed, inspected, line, received, request};
use canonical::event::{AmendRequest, LineAmendment};
use canonical::line::ReturnLine;
use canonical::{
    CommandData, Condition, DispositionAction, EffectKind, EffectResult, EventData, ExceptionCode,
    Lifecycle, Qty, Reason, ReturnType,
};
use workflow::{Bucket, Claim, Verdict};

const A: Condition = Condition::ANewSealed;

/// Six of ten pieces are authorised.
fn authorized() -> World {
    let world = World::after("per_receipt", asked(request(vec![line(1, 6)])));
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    world
}

fn revised(id: &str, changes: &[(u32, i32)], added: Vec<ReturnLine>) -> EventData {
    let lines = changes.iter().map(|(line_no, qty)| LineAmendment {
        line_no: *line_no,
        qty_requested: Some(Qty::whole(*qty)),
        reason: None,
    });
    EventData::AmendRequested(AmendRequest {
        request_id: id.to_owned(),
        requested_by: "carol".to_owned(),
        reason: "miscounted".to_owned(),
        lines: lines.collect(),
        added,
    })
}

fn refused(world: &mut World, id: &str, changes: &[(u32, i32)], added: Vec<ReturnLine>) -> String {
    let before = (world.state().clone(), world.claims.clone());
    let effects = world.effects.len();
    let verdict = world.tell(revised(id, changes, added));
    let Verdict::Ignored(why) = verdict else {
        panic!("{verdict:?}")
    };
    assert_eq!(
        (world.state(), &world.claims),
        (&before.0, &before.1),
        "{why}"
    );
    assert_eq!(world.effects.len(), effects);
    assert!(world.raised(ExceptionCode::NotAllowedNow) > 0);
    why
}

/// What is reserved, in whole units, ascending.
fn held(world: &World) -> Vec<(i64, i64)> {
    let whole = |qty: Qty| qty.millionths() / Qty::UNIT;
    let own = world.claims.iter().filter(|c| c.return_id != "another");
    let mut held: Vec<_> = own.map(|c| (whole(c.from), whole(c.to))).collect();
    held.sort_unstable();
    held
}

/// The lines of announcements, in the order of their planning: line, quantity.
fn announced(world: &World) -> Vec<Vec<(u32, String)>> {
    let commands = world.commands(EffectKind::WmsRmaAsn);
    let mut all: Vec<_> = (commands.iter())
        .map(|command| match &command.data {
            CommandData::AnnounceReturn(told) => {
                let lines = told.lines.iter();
                let lines = lines.map(|line| (line.line_no, line.qty.to_string()));
                (command.key_text.clone(), lines.collect())
            }
            other => panic!("{other:?}"),
        })
        .collect();
    all.sort();
    all.into_iter().map(|(_, lines)| lines).collect()
}

#[test]
fn less_and_more_of_what_has_not_come() {
    let mut world = authorized();
    let less = revised("A1", &[(1, 4)], Vec::new());
    assert_eq!(world.tell(less.clone()), Verdict::Applied);
    assert_eq!(held(&world), [(0, 4)]);
    assert_eq!(world.pieces(Bucket::Authorized), 4);
    let now = &world.state().lines()[0];
    assert_eq!(
        (now.base, now.line.qty_authorized),
        (Qty::whole(4), Qty::whole(4))
    );
    let note = world.statuses.last().unwrap().notes.concat();
    assert!(
        note.contains("revision 1 by carol") && note.contains("6 became 4"),
        "{note}"
    );
    assert_eq!(world.tell(less), Verdict::Duplicate);

    // Another return takes units meanwhile: what is added later lies above them.
    let invoice_line = world.claims[0].invoice_line.clone();
    world.claims.push(Claim {
        invoice_line,
        from: Qty::whole(4),
        to: Qty::whole(7),
        return_id: "another".to_owned(),
        facts: String::new(),
    });
    assert_eq!(
        world.tell(revised("A2", &[(1, 6)], Vec::new())),
        Verdict::Applied
    );
    assert_eq!(held(&world), [(0, 4), (7, 9)]);
    let why = refused(&mut world, "A3", &[(1, 8)], Vec::new());
    assert!(why.contains("1 of its invoice line are left"), "{why}");
    world.tell(received("R1", &[("SKU-1", 6)]));
    world.tell(inspected("I1", &[("SKU-1", 6, A)]));
    world.tell(disposed("D1", &[("SKU-1", 6, DispositionAction::Restock)]));
    world.run_down();
    assert_eq!(world.pieces(Bucket::Credited), 6);
    assert_eq!(world.state().lifecycle(), Lifecycle::Settled);
}

#[test]
fn never_below_what_came() {
    let mut world = authorized();
    world.tell(received("R1", &[("SKU-1", 4)]));
    let why = refused(&mut world, "A1", &[(1, 3)], Vec::new());
    assert!(why.contains("4 base units of line 1"), "{why}");
    assert_eq!(
        world.tell(revised("A2", &[(1, 4)], Vec::new())),
        Verdict::Applied
    );
    assert_eq!(held(&world), [(0, 4)]);
    assert_eq!(world.pieces(Bucket::Authorized), 0);
    assert_eq!(
        world.pieces(Bucket::PendingInspection),
        4,
        "what came stays"
    );
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
    world.run_down();
    assert_eq!(
        world.state().lifecycle(),
        Lifecycle::Settled,
        "nothing is waited for"
    );
    let why = refused(&mut world, "A3", &[(1, 5)], Vec::new());
    assert!(why.contains("SETTLED"), "{why}");
}

#[test]
fn a_memo_that_waits_for_all_goods_is_due_when_no_more_are_to_come() {
    let mut world = World::after("per_return_complete", asked(request(vec![line(1, 6)])));
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
    assert!(world.commands(EffectKind::ErpCreditMemo).is_empty());
    world.tell(revised("A1", &[(1, 4)], Vec::new()));
    world.run_down();
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
    assert_eq!(world.pieces(Bucket::Credited), 4);
}

#[test]
fn lines_are_cancelled_and_added() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 6), line(2, 3)])));
    assert_eq!(
        world.tell(revised("A1", &[(2, 0)], vec![line(3, 2)])),
        Verdict::Applied
    );
    let lines = world.state().lines();
    let bases: Vec<Qty> = lines.iter().map(|line| line.base).collect();
    assert_eq!(bases, [Qty::whole(6), Qty::ZERO, Qty::whole(2)]);
    let of = |no: &str| {
        let claims = world.claims.iter();
        claims.filter(|c| c.invoice_line.ends_with(no)).count()
    };
    assert_eq!((of("|1"), of("|2"), of("|3")), (1, 0, 1));
    let again = revised("A2", &[], vec![line(3, 2)]);
    assert_eq!(world.tell(again), Verdict::Duplicate, "it has that line");
    let why = refused(&mut world, "A3", &[], vec![line(3, 1)]);
    assert!(why.contains("has a line 3"), "{why}");
    let why = refused(&mut world, "A4", &[(1, 0), (3, 0)], Vec::new());
    assert!(why.contains("withdraw it"), "{why}");
    let why = refused(&mut world, "A5", &[(1, -1)], Vec::new());
    assert!(why.contains("line 1"), "{why}");
    let mut unknown = line(4, 1);
    unknown.invoiced = None;
    let why = refused(&mut world, "A6", &[], vec![unknown]);
    assert!(why.contains("what was invoiced"), "{why}");
}

#[test]
fn what_is_added_must_be_allowed_by_itself() {
    let mut world = authorized();
    let mut old = line(2, 1);
    old.invoice_ref.as_mut().unwrap().date = jiff::civil::date(2025, 1, 2);
    let why = refused(&mut world, "A1", &[], vec![old]);
    assert!(why.contains("return window"), "{why}");
    // The window of the invoice ended since: less is possible, more is not.
    world.now = world.state().header().expires_at.unwrap() - jiff::SignedDuration::from_hours(72);
    let why = refused(&mut world, "A2", &[(1, 7)], Vec::new());
    assert!(why.contains("return window"), "{why}");
    assert_eq!(
        world.tell(revised("A3", &[(1, 5)], Vec::new())),
        Verdict::Applied
    );
}

#[test]
fn a_reason_changes_as_long_as_nothing_of_the_line_came() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 6), line(2, 3)])));
    world.tell(received("R1", &[("SKU-1", 1)]));
    let because = |id: &str, line_no: u32| {
        EventData::AmendRequested(AmendRequest {
            request_id: id.to_owned(),
            requested_by: "carol".to_owned(),
            reason: "misread".to_owned(),
            lines: vec![LineAmendment {
                line_no,
                qty_requested: None,
                reason: Some(Reason::DefectiveOnArrival),
            }],
            added: Vec::new(),
        })
    };
    let verdict = world.tell(because("A1", 1));
    assert!(matches!(verdict, Verdict::Ignored(_)), "{verdict:?}");
    assert_eq!(world.tell(because("A2", 2)), Verdict::Applied);
    let reason = world.state().lines()[1].line.reason;
    assert_eq!(reason, Reason::DefectiveOnArrival);
}

#[test]
fn the_erp_and_the_warehouse_are_told_anew_one_after_the_other() {
    let mut world = World::after("per_receipt", asked(request(vec![line(1, 6), line(2, 3)])));
    let confirm = |world: &mut World, kind: EffectKind| {
        let open: Vec<_> = (world.effects.iter())
            .filter(|(key, (command, ready))| {
                command.kind == kind && *ready && !world.confirmed.contains(*key)
            })
            .map(|(key, _)| key.clone())
            .collect();
        for key in &open {
            world.settle(key, EffectResult::Confirmed);
        }
        open.len()
    };
    assert_eq!(confirm(&mut world, EffectKind::WmsRmaAsn), 1);
    world.tell(received("R1", &[("SKU-1", 2)]));
    world.tell(revised("A1", &[(1, 5), (2, 0)], Vec::new()));
    world.tell(revised("A2", &[(1, 4)], Vec::new()));
    assert_eq!(
        announced(&world),
        [
            vec![(1, "6".to_owned()), (2, "3".to_owned())],
            vec![(1, "3".to_owned())],
            vec![(1, "2".to_owned())]
        ],
        "what is still to come"
    );
    // Withdrawn, announced anew, withdrawn, announced anew: none overtakes another.
    let ready = |world: &World, kind: EffectKind| {
        let effects = world.effects.values();
        effects
            .filter(|(command, ready)| command.kind == kind && *ready)
            .count()
    };
    assert_eq!(ready(&world, EffectKind::WmsRmaCancel), 1);
    assert_eq!(ready(&world, EffectKind::WmsRmaAsn), 1);
    assert_eq!(confirm(&mut world, EffectKind::WmsRmaCancel), 1);
    assert_eq!(confirm(&mut world, EffectKind::WmsRmaAsn), 1);
    assert_eq!(confirm(&mut world, EffectKind::WmsRmaCancel), 1);
    assert_eq!(confirm(&mut world, EffectKind::WmsRmaAsn), 1);
    let orders = world.commands(EffectKind::ErpReturnOrder);
    let changes: Vec<usize> = (orders.iter())
        .filter_map(|command| match &command.data {
            CommandData::ChangeReturnOrder(change) => Some(change.lines.len()),
            _ => None,
        })
        .collect();
    assert_eq!(
        changes,
        [1, 1],
        "a line of which nothing is authorised is none"
    );
    assert_eq!(
        ready(&world, EffectKind::ErpReturnOrder),
        1,
        "the order first"
    );
    for _ in 0..3 {
        assert_eq!(confirm(&mut world, EffectKind::ErpReturnOrder), 1);
    }
}

#[test]
fn a_withdrawal_waits_for_the_announcement_that_holds() {
    let mut world = authorized();
    world.run_down();
    world.tell(revised("A1", &[(1, 4)], Vec::new()));
    assert_eq!(world.tell(cancelled()), Verdict::Applied);
    assert_eq!(
        world.state().lifecycle(),
        Lifecycle::Authorized,
        "not confirmed"
    );
    let why = refused(&mut world, "A2", &[(1, 3)], Vec::new());
    assert!(why.contains("withdrawn"), "{why}");
    world.run_down();
    assert_eq!(world.state().lifecycle(), Lifecycle::Cancelled);
    assert_eq!(world.commands(EffectKind::WmsRmaCancel).len(), 2);
    assert!(held(&world).is_empty());
}

#[test]
fn what_was_promised_before_the_goods_come_stays() {
    let mut only_credit = request(vec![line(1, 2)]);
    only_credit.return_type = ReturnType::AdvanceCredit;
    let mut world = World::after("per_receipt", asked(only_credit));
    if world.state().lifecycle() == Lifecycle::Authorized {
        let why = refused(&mut world, "A1", &[(1, 1)], Vec::new());
        assert!(why.contains("before its goods"), "{why}");
    }
}

#[test]
fn goods_and_money_do_not_wait_for_an_order_that_nobody_can_change() {
    let mut world = authorized();
    world.run_down();
    world.tell(revised("A1", &[(1, 4)], Vec::new()));
    let change = (world.commands(EffectKind::ErpReturnOrder).into_iter())
        .find(|command| matches!(command.data, CommandData::ChangeReturnOrder(_)))
        .unwrap();
    let key = change.effect_key.clone();
    world.settle(&key, EffectResult::Rejected);
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
    assert_eq!(world.commands(EffectKind::ErpCreditMemo).len(), 1);
    world.run_down();
    assert_eq!(world.pieces(Bucket::Credited), 4);
}
