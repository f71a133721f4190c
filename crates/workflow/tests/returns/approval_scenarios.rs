//! Approvals through the life of a return: who is asked at which amount, whose word counts, and for how long.

use crate::world;
use crate::world::World;
use crate::world::facts::{
    asked, decided, disposed, fired, inspected, inspection, line, received, request,
};
use canonical::approval::{Approval, ApprovalDecided, Decision, Verdict as Say};
use canonical::event::TimerKind;
use canonical::{
    ApprovalState, Condition, DispositionAction, EffectKind, EventData, ExceptionCode, Lifecycle,
};
use workflow::{Approvers, CreditFactState, CreditState, Verdict};

const RESTOCK: DispositionAction = DispositionAction::Restock;
const A: Condition = Condition::ANewSealed;
const US01: &str = include_str!("../../../../deploy/policy/us01.toml");

const PEOPLE: &str = r#"
tz = "UTC"
[[person]]
user = "sue"
roles = ["returns_supervisor"]
[[person]]
user = "fred"
roles = ["finance_manager"]
[[person]]
user = "gina"
roles = ["finance_manager"]
[[person]]
user = "cora"
roles = ["controller", "finance_manager"]
[[person]]
user = "ivan-login"
also = ["ivan"]
roles = ["returns_supervisor", "finance_manager", "controller"]
[[limit]]
role = "returns_supervisor"
currency = "USD"
activity = "credit"
to = "5000.00"
[[limit]]
role = "finance_manager"
currency = "USD"
activity = "credit"
from = "500.00"
to = "100000.00"
[[limit]]
role = "controller"
currency = "USD"
activity = "credit"
to = "unlimited"
[[delegation]]
from = "fred"
to = "sue"
valid_from = 2026-05-01
valid_until = 2026-05-31
cap = "6000.00"
currency = "USD"
[[delegation]]
from = "ivan-login"
to = "sue"
valid_from = 2026-05-01
valid_until = 2026-05-31
"#;

fn people() -> Approvers {
    Approvers::load("approvers.toml", PEOPLE).unwrap_or_else(|p| panic!("{p:#?}"))
}

/// A return of that gross (cents, no tax) whose goods came, were inspected and restocked.
fn credit_of(world: &mut World, gross_minor: i64) {
    let mut one = line(1, 10);
    let invoiced = one.invoiced.as_mut().unwrap();
    invoiced.amount_minor = gross_minor;
    invoiced.taxes.clear();
    world.tell(asked(request(vec![one])));
    world.confirm_all();
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
}

fn open(world: &World) -> Approval {
    world.state().open_approvals().next().unwrap().clone()
}

fn roles(world: &World) -> Vec<String> {
    let open = world.state().open_approvals().next();
    open.map_or_else(Vec::new, |approval| {
        approval
            .required
            .iter()
            .map(|need| need.role.clone())
            .collect()
    })
}

fn memos(world: &World) -> usize {
    world.commands(EffectKind::ErpCreditMemo).len()
}

/// Somebody decides, in whichever role they hold, on what they saw.
fn says(approval: &Approval, user: &str, on_behalf_of: Option<&str>, say: Say) -> EventData {
    EventData::ApprovalDecided(ApprovalDecided {
        approval_id: approval.approval_id.clone(),
        calc_hash: approval.calc_hash.clone(),
        version: Some(approval.version),
        decision: Decision {
            user: user.to_owned(),
            role: String::new(),
            on_behalf_of: on_behalf_of.map(str::to_owned),
            decision: say,
            reason: String::new(),
            ts: world::facts::at("2026-05-07T10:00:00Z"),
        },
    })
}

fn refusal(verdict: Verdict) -> String {
    match verdict {
        Verdict::Ignored(why) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn scenario_37_the_ladder_at_499_501_5001_25001() {
    for (gross, wanted) in [
        (49_900, &[][..]),
        (50_000, &[]),
        (50_100, &["returns_supervisor"]),
        (500_100, &["finance_manager"]),
        (2_500_100, &["finance_manager", "controller"]),
    ] {
        let mut world = World::new("per_receipt");
        credit_of(&mut world, gross);
        assert_eq!(roles(&world), wanted, "{gross}");
        assert_eq!(memos(&world), usize::from(wanted.is_empty()), "{gross}");
    }
}

#[test]
fn scenario_37_dual_approval_takes_two_people_whose_limits_cover_it() {
    let mut world = World::new("per_receipt");
    world.policies = world.policies.clone().with_approvers(people());
    credit_of(&mut world, 2_500_100);
    let why = refusal(world.tell(says(&open(&world), "sue", None, Say::Approve)));
    assert!(why.contains("sue does not hold role"), "{why}");
    assert_eq!(
        world.tell(says(&open(&world), "cora", None, Say::Approve)),
        Verdict::Applied
    );
    assert_eq!(open(&world).decisions[0].role, "finance_manager");
    let why = refusal(world.tell(says(&open(&world), "Cora", None, Say::Approve)));
    assert!(why.contains("has decided already"), "{why}");
    let why = refusal(world.tell(says(&open(&world), "fred", None, Say::Approve)));
    assert!(why.contains("does not hold role \"controller\""), "{why}");
    assert_eq!(memos(&world), 0);
    let boss = PEOPLE.replace(
        "user = \"gina\"\nroles = [\"finance_manager\"]",
        "user = \"gina\"\nroles = [\"controller\"]",
    );
    world.policies = world
        .policies
        .clone()
        .with_approvers(Approvers::load("a", &boss).unwrap());
    assert_eq!(
        world.tell(says(&open(&world), "gina", None, Say::Approve)),
        Verdict::Applied
    );
    assert_eq!(memos(&world), 1);
}

#[test]
fn scenario_38_four_eyes_also_through_a_delegate() {
    let mut world = World::new("per_receipt");
    world.policies = world.policies.clone().with_approvers(people());
    credit_of(&mut world, 50_100);
    for (user, for_whom) in [
        ("carol", None),
        ("ivan", None),
        ("ivan-login", None),
        ("sue", Some("ivan-login")),
        ("sue", Some("carol")),
    ] {
        let why = refusal(world.tell(says(&open(&world), user, for_whom, Say::Approve)));
        assert!(why.contains("took part in this return"), "{user}: {why}");
    }
    assert_eq!(memos(&world), 0);
    assert!(open(&world).decisions.is_empty());
    assert_eq!(
        world.tell(says(&open(&world), "sue", None, Say::Approve)),
        Verdict::Applied
    );
    assert_eq!(memos(&world), 1);
}

#[test]
fn a_delegate_may_as_much_as_the_smaller_of_both() {
    for (gross, is_allowed) in [(500_100, true), (600_000, true), (600_100, false)] {
        let mut world = World::new("per_receipt");
        world.policies = world.policies.clone().with_approvers(people());
        credit_of(&mut world, gross);
        let verdict = world.tell(says(&open(&world), "sue", Some("fred"), Say::Approve));
        if is_allowed {
            assert_eq!(verdict, Verdict::Applied, "{gross}");
            let approval = &world.state().approvals()[0];
            assert_eq!(approval.decisions[0].on_behalf_of.as_deref(), Some("fred"));
            assert_eq!(approval.decisions[0].user, "sue");
        } else {
            let why = refusal(verdict);
            assert!(why.contains("the delegation is capped at"), "{why}");
        }
    }
    // Nobody delegated to gina, and what sue was given she cannot give on.
    let mut world = World::new("per_receipt");
    world.policies = world.policies.clone().with_approvers(people());
    credit_of(&mut world, 500_100);
    let why = refusal(world.tell(says(&open(&world), "gina", Some("sue"), Say::Approve)));
    assert!(why.contains("has not delegated"), "{why}");
}

#[test]
fn scenario_39_an_approval_that_is_not_decided_is_escalated_and_never_approved() {
    let mut world = World::new("per_receipt");
    world.policies = world.policies.clone().with_approvers(people());
    credit_of(&mut world, 50_100);
    let mut levels = Vec::new();
    for _ in 0..9 {
        let timer = world
            .timers
            .values()
            .find(|t| t.kind == TimerKind::ApprovalSla);
        let Some(timer) = timer.cloned() else { break };
        world.now = timer.due_at;
        assert_eq!(
            world.tell(fired(timer.kind, &timer.of, timer.due_at)),
            Verdict::Applied
        );
        let approval = open(&world);
        assert_eq!(approval.state, ApprovalState::Escalated);
        assert_eq!(
            world.raised(ExceptionCode::ApprovalExpired),
            1,
            "the last level's"
        );
        levels.push(approval.stand_ins.join("+"));
    }
    assert_eq!(
        levels,
        [
            "finance_manager",
            "finance_manager+controller",
            "finance_manager+controller",
            "finance_manager+controller",
            "finance_manager+controller",
        ],
        "bounded"
    );
    assert_eq!(memos(&world), 0);
    assert_eq!(world.state().lifecycle(), Lifecycle::InProgress);
    // Who was asked first may still decide; who stands in, too.
    assert_eq!(
        world.tell(says(&open(&world), "gina", None, Say::Approve)),
        Verdict::Applied
    );
    assert_eq!(
        world.state().approvals()[0].decisions[0].role,
        "finance_manager"
    );
    assert_eq!(world.raised(ExceptionCode::ApprovalExpired), 0);
    assert_eq!(memos(&world), 1);
}

/// Puts the customer on hold, or takes the hold off.
fn hold(world: &mut World, flags: &[&str]) {
    let mut state = serde_json::to_value(world.state()).unwrap();
    state["header"]["hold_flags"] = serde_json::json!(flags);
    world.state = Some(serde_json::from_value(state).unwrap());
}

/// Approved, and kept back by a hold: then the goods are found in another condition.
fn approved_then_changed(policy: &str) -> World {
    let mut world = World::with_policy(policy);
    let mut one = line(1, 10);
    let invoiced = one.invoiced.as_mut().unwrap();
    invoiced.amount_minor = 100_000;
    invoiced.taxes.clear();
    world.tell(asked(request(vec![one])));
    world.confirm_all();
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    let approval = open(&world);
    hold(&mut world, &["CUSTOMER_HOLD"]);
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    world.tell(decided(name, "sue", "returns_supervisor", Say::Approve));
    assert_eq!(world.state().approvals()[0].state, ApprovalState::Approved);
    assert_eq!(memos(&world), 0, "on hold");
    hold(&mut world, &[]);
    let mut again = inspection("I1", &[("SKU-1", 10, Condition::CUsed)]);
    again.version = 2;
    world.tell(EventData::InspectionFinalized(again));
    world
}

#[test]
fn scenario_40_a_changed_line_supersedes_the_approval() {
    let mut world = approved_then_changed(US01);
    let approvals = world.state().approvals();
    assert_eq!(approvals[0].state, ApprovalState::Superseded);
    assert_eq!(approvals[1].state, ApprovalState::Requested, "asked again");
    assert_ne!(approvals[0].calc_hash, approvals[1].calc_hash);
    assert_eq!(memos(&world), 0, "posting is blocked");
    let old = approvals[0].clone();
    let why = refusal(world.tell(says(&old, "gus", None, Say::Approve)));
    assert!(
        why.contains("is SUPERSEDED and takes no decisions"),
        "{why}"
    );
    let approval = open(&world);
    let name = (approval.approval_id.as_str(), approval.calc_hash.as_str());
    world.tell(decided(name, "sue", "returns_supervisor", Say::Approve));
    assert_eq!(memos(&world), 1);
}

#[test]
fn scenario_40_unless_it_only_became_smaller_within_the_tolerance() {
    let a_little_less = |tolerance: &str| {
        let rule = "[[credit_percent]]\nid = \"credit-used\"\npercent = \"99.9\"\n\
                    when = { action = \"RESTOCK\", condition = \"C_USED\" }\n\n[[credit_percent]]\nid = \"credit-full\"";
        US01.replacen("[[credit_percent]]\nid = \"credit-full\"", rule, 1)
            .replacen(
                "[aggregate_window]",
                &format!("approval_decrease_tolerance = \"{tolerance}\"\n[aggregate_window]"),
                1,
            )
    };
    let world = approved_then_changed(&a_little_less("1.00"));
    let approvals = world.state().approvals();
    assert_eq!(approvals[0].state, ApprovalState::Superseded);
    assert_eq!(approvals[1].state, ApprovalState::Approved);
    assert_eq!(
        approvals[1].carried_from.as_ref(),
        Some(&approvals[0].approval_id)
    );
    assert_eq!(approvals[1].decisions, approvals[0].decisions);
    assert_eq!(approvals[1].amount.unwrap().gross_minor, 99_900);
    assert_eq!(memos(&world), 1);

    let world = approved_then_changed(&a_little_less("0.99"));
    assert_eq!(world.state().approvals()[1].state, ApprovalState::Requested);
    assert_eq!(memos(&world), 0);
}

fn with_window() -> String {
    assert!(US01.contains("[aggregate_window]"));
    US01.to_owned()
}

#[test]
fn small_credits_of_one_invoice_are_added_up() {
    for (others, wanted) in [
        (0, &[][..]),
        (10_000, &[]),
        (10_001, &["returns_supervisor"]),
        (460_001, &["finance_manager"]),
    ] {
        let mut world = World::with_policy(&with_window());
        world.rolling = Some(vec![
            ("US01|INV-1".to_owned(), others),
            ("US01|OTHER".to_owned(), 9_000_000),
        ]);
        credit_of(&mut world, 40_000);
        assert_eq!(roles(&world), wanted, "{others}");
        if let Some(approval) = world.state().open_approvals().next() {
            let amount = approval.amount.unwrap();
            assert_eq!(
                (amount.gross_minor, amount.compared_minor),
                (40_000, 40_000 + others)
            );
        }
    }
}

#[test]
fn parts_of_one_return_are_added_up() {
    let mut world = World::with_policy(&with_window().replace("\"per_receipt\"", "\"per_slice\""));
    let mut one = line(1, 10);
    let invoiced = one.invoiced.as_mut().unwrap();
    invoiced.amount_minor = 80_000;
    invoiced.taxes.clear();
    world.tell(asked(request(vec![one])));
    world.confirm_all();
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    world.tell(disposed("D1", &[("SKU-1", 5, RESTOCK)]));
    assert_eq!(roles(&world), [""; 0]);
    world.tell(disposed("D2", &[("SKU-1", 5, RESTOCK)]));
    assert_eq!(roles(&world), ["returns_supervisor"], "400 and 400 are 800");
}

#[test]
fn what_depends_on_other_returns_is_asked_for_when_money_is_at_stake() {
    let mut world = World::with_policy(&with_window());
    let mut one = line(1, 10);
    one.invoiced.as_mut().unwrap().taxes.clear();
    world.tell(asked(request(vec![one])));
    assert_eq!(world.asks, None);
    world.tell(received("R1", &[("SKU-1", 10)]));
    world.tell(inspected("I1", &[("SKU-1", 10, A)]));
    assert_eq!(world.asks, None, "no credit can follow yet");
    let before = world.state.clone();
    world.tell(disposed("D1", &[("SKU-1", 10, RESTOCK)]));
    let asks = world.asks.clone().unwrap();
    assert_eq!(asks.invoices, ["US01|INV-1"]);
    assert_eq!(world.now.duration_since(asks.since).as_hours(), 7 * 24);
    let facts = workflow::credit_facts(before.as_ref(), world.state());
    assert_eq!(facts.len(), 1);
    assert_eq!(facts[0].gross_base_minor, 22_000);
    assert_eq!(facts[0].state, CreditFactState::Open);
    let before = world.state.clone();
    world.confirm_all();
    assert_eq!(world.asks, None, "nothing is compared any more");
    let facts = workflow::credit_facts(before.as_ref(), world.state());
    assert_eq!(facts[0].state, CreditFactState::Credited);
    assert_eq!(world.state().credits()[0].state, CreditState::Credited);
}

#[test]
fn a_return_that_nobody_announced_needs_permission_to_be_credited() {
    let mut world = World::new("per_receipt");
    let mut one = request(vec![line(1, 4)]);
    one.return_type = canonical::ReturnType::Blind;
    world.tell(asked(one));
    world.confirm_all();
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, A)]));
    world.tell(disposed("D1", &[("SKU-1", 4, RESTOCK)]));
    assert_eq!(roles(&world), ["returns_manager"], "as a policy exception");
    assert_eq!(memos(&world), 0);
}

#[test]
fn a_rejection_names_its_code_and_ends_a_return_with_it() {
    let mut world = World::new("per_receipt");
    let mut old = line(1, 4);
    old.invoice_ref.as_mut().unwrap().date = jiff::civil::date(2025, 1, 1);
    world.tell(asked(request(vec![old])));
    let approval = open(&world);
    let mut no = ApprovalDecided {
        approval_id: approval.approval_id.clone(),
        calc_hash: String::new(),
        version: Some(approval.version),
        decision: Decision {
            user: "max".to_owned(),
            role: "returns_manager".to_owned(),
            on_behalf_of: None,
            decision: Say::Reject,
            reason: "we do not like it".to_owned(),
            ts: world.now,
        },
    };
    let why = refusal(world.tell(EventData::ApprovalDecided(no.clone())));
    assert!(why.contains("a rejection needs a reason code"), "{why}");
    no.decision.reason = "NO_RECORD_OF_SALE: never sold".to_owned();
    world.tell(EventData::ApprovalDecided(no));
    assert_eq!(world.state().lifecycle(), Lifecycle::Declined);
    assert_eq!(
        world.state().denial(),
        Some(canonical::DenialReason::NoRecordOfSale)
    );
}
