//! Conditions in CEL: what they may say, what is refused when a policy is loaded, and what happens when one fails.

use crate::support::{US01, now, policies};
use crate::world::World;
use crate::world::facts::{asked, at, disposed, inspected, line, received, request};
use canonical::{Condition, DispositionAction, ExceptionCode, Liability, Lifecycle, Reason};
use workflow::policy::{Facts, Further, PolicySet, Question, Requested, Unanswered};

const GAP: Option<ExceptionCode> = Some(ExceptionCode::PolicyGap);

fn facts() -> Facts<'static> {
    Facts {
        customer: "C-100",
        segment: None,
        channel: "portal",
        sku: "SKU-1",
        reason: Reason::NoLongerNeeded,
        action: Some(DispositionAction::Restock),
        liability: Some(Liability::Customer),
        condition: None,
        further: Further {
            requested: Some(Requested::On("2026-05-01".parse().unwrap())),
            invoice_date: Some("2026-04-11".parse().unwrap()),
            has_invoice: Some(true),
            invoiced_minor: Some(12_500),
            quantity: Some(40),
            has_evidence: Some(false),
            ..Further::default()
        },
    }
}

/// The example with further rules.
fn with(rules: &str) -> String {
    format!("{US01}\n{rules}")
}

fn window(id: &str, when: &str, days: u32) -> String {
    format!("[[window]]\nid = {id:?}\nwhen = {when}\ndays = {days}\n")
}

fn days(text: &str, facts: &Facts<'_>) -> Result<u32, Unanswered> {
    let set = policies(text);
    let ruled = set.at("US01", now()).unwrap().window_days(facts);
    ruled.map(|ruled| ruled.value)
}

/// What is wrong with a window rule of that condition: (place, what).
fn refused(condition: &str) -> (String, String) {
    let text = with(&window("w", &format!("{condition:?}"), 1));
    let documents = [("us01.toml".to_owned(), text)];
    let found = PolicySet::load(&documents).unwrap_err();
    assert_eq!(found.len(), 1, "{condition}: {found:?}");
    (found[0].place.clone(), found[0].what.clone())
}

#[test]
fn a_condition_decides_over_facts_of_every_kind() {
    for (condition, holds) in [
        ("days_since_invoice == 20", true),
        ("days_since_invoice > 30 || quantity >= 40", true),
        (
            "invoice_date < '2026-05-01' && requested_on >= '2026-05-01'",
            true,
        ),
        ("reason in ['RECALL', 'NO_LONGER_NEEDED']", true),
        (
            "!(reason == 'RECALL') && has_invoice && !has_evidence",
            true,
        ),
        (
            "invoiced_minor * 2 - 1 > 24998 && invoiced_minor % 100 == 0",
            true,
        ),
        ("segment == null && segment != 'web'", true),
        ("segment == 'key_account'", false),
        ("item.startsWith('SKU-') && customer.endsWith('9')", false),
        (
            "(channel == 'portal' ? quantity : invoiced_minor) > 1000",
            false,
        ),
        ("claimed_minor != null && claimed_minor > 5", false),
        ("claimed_minor > 5 && quantity > 100", false),
    ] {
        let text = with(&window("w", &format!("{condition:?}"), 1));
        let expected = if holds { 1 } else { 30 };
        assert_eq!(days(&text, &facts()), Ok(expected), "{condition}");
    }
}

#[test]
fn a_condition_is_more_specific_than_none_and_less_than_any_selector() {
    let text = with(
        &[
            window("long", "'quantity > 10'", 60),
            window("portal", "{ channel = 'portal' }", 61),
            window("both", "{ channel = 'portal', cel = 'quantity > 50' }", 62),
        ]
        .concat(),
    );
    let more = |quantity| Facts {
        further: Further {
            quantity: Some(quantity),
            ..facts().further
        },
        ..facts()
    };
    assert_eq!(days(&text, &more(5)), Ok(61));
    assert_eq!(days(&text, &more(51)), Ok(62));
    let desk = |quantity| Facts {
        channel: "desk",
        ..more(quantity)
    };
    assert_eq!(days(&text, &desk(5)), Ok(30));
    assert_eq!(days(&text, &desk(51)), Ok(60));
}

#[test]
fn two_conditions_that_hold_at_once_are_no_answer() {
    let text = with(
        &[
            window("many", "'quantity > 10'", 60),
            window("dear", "'invoiced_minor > 50000'", 61),
        ]
        .concat(),
    );
    assert_eq!(days(&text, &facts()), Ok(60));
    let both = Facts {
        further: Further {
            invoiced_minor: Some(50_001),
            ..facts().further
        },
        ..facts()
    };
    let unanswered = days(&text, &both).unwrap_err();
    assert_eq!(
        unanswered,
        Unanswered::Ambiguous {
            first: "many".to_owned(),
            second: "dear".to_owned()
        }
    );
    assert_eq!(
        unanswered.told(Question::Window),
        "has two window rules, many and dear, neither more specific,"
    );
    // The same condition twice is a tie that can be seen.
    let twice = with(
        &[
            window("a", "'quantity > 10'", 1),
            window("b", "'quantity > 10'", 2),
        ]
        .concat(),
    );
    let problems = PolicySet::load(&[("us01.toml".to_owned(), twice)]).unwrap_err();
    assert!(
        problems[0].what.contains("neither is more specific"),
        "{problems:?}"
    );
}

#[test]
fn what_is_wrong_with_a_condition_is_said_when_it_is_loaded() {
    let line = with("").matches('\n').count() + 1;
    for (condition, at, says) in [
        ("quantty > 3", 1, "quantty is not a fact"),
        ("quantity > 3 && segmnt == 'x'", 17, "segmnt is not a fact"),
        ("quantity", 1, "a whole number, not true or false"),
        (
            "quantity == 'many'",
            13,
            "\"many\" is a text, not a whole number",
        ),
        ("reason == 'DEFECTIV'", 11, "\"DEFECTIV\" is not one of"),
        (
            "reason in ['RECALL', 'DEFECTIV']",
            22,
            "\"DEFECTIV\" is not one of",
        ),
        ("invoice_date > '1.5.2026'", 16, "not a day such as"),
        ("invoice_date > '2026-5-1'", 16, "not a day such as"),
        ("quantity > 3.5", 12, "12.50 is 1250"),
        ("quantity == null", 13, "always known, never null"),
        ("segment > null", 11, "null has no order"),
        ("quantity && has_invoice", 1, "not true or false"),
        ("customer + 1 > 2", 1, "not a whole number"),
        ("customer.matches('C')", 17, "matches is not known here"),
        ("size(customer) > 3", 5, "size is not known here"),
        ("[1].exists(x, x > 0)", 11, "exists is not known here"),
        ("customer.name == 'C'", 9, ".name is not known"),
        ("customer in 'C-1'", 13, "in needs a list"),
        ("item in []", 9, "the list is empty"),
        (
            "action == 'SCRAP'",
            1,
            "not known yet when window is asked for",
        ),
        (
            "gross_minor > 5",
            1,
            "not known yet when window is asked for",
        ),
        ("quantity > 10 && quantity <= 10", 1, "it never holds"),
        ("1 / 0 == 1", 1, "it fails whatever the facts are"),
        ("quantity >", 11, "it cannot be read"),
        ("(quantity > 3", 14, "it cannot be read"),
        ("\u{fc} > 3", 1, "it cannot be read"),
    ] {
        let (place, what) = refused(condition);
        assert!(what.contains(says), "{condition}: {what}");
        let expected = format!("us01.toml:{line} rule \"w\", character {at} of its condition");
        assert_eq!(place, expected, "{condition}: {what}");
    }
}

#[test]
fn a_condition_at_every_limit_fits_a_small_stack() {
    let deep = format!("{}quantity > 0{}", "(".repeat(16), ")".repeat(16));
    let chain = format!("{}1 > 0", "1+".repeat(98));
    let ands = vec!["quantity > 1"; 50].join("&&");
    let nots = format!("{}has_invoice", "!".repeat(100));
    let choice = format!("{}true", "has_invoice ? true : ".repeat(45));
    let inside = "quantity in [".repeat(16);
    let small = std::thread::Builder::new().stack_size(512 * 1024);
    let done = small.spawn(move || {
        for condition in [&deep, &chain, &ands, &nots, &choice] {
            let text = with(&window("w", &format!("{condition:?}"), 1));
            assert_eq!(days(&text, &facts()), Ok(1), "{condition}");
        }
        refused(&inside);
    });
    done.unwrap().join().unwrap();
}

#[test]
fn a_condition_that_fails_is_named_with_what_was_not_known() {
    let text = with(&window("w", "'claimed_minor > 5'", 1));
    let Unanswered::Failed { rule_id, why } = days(&text, &facts()).unwrap_err() else {
        panic!("it was answered");
    };
    assert_eq!(rule_id, "w");
    assert!(why.contains("not known here: claimed_minor"), "{why}");
    // A rule that is more specific answers before it is asked.
    let text = with(
        &[
            window("w", "'claimed_minor > 5'", 1),
            window("portal", "{ channel = 'portal' }", 61),
        ]
        .concat(),
    );
    assert_eq!(days(&text, &facts()), Ok(61));
}

#[test]
fn approvals_are_asked_by_the_amount_and_fail_as_a_whole() {
    let rule = |condition: &str| {
        let need = "need = [{ role = \"auditor\" }]";
        with(&format!(
            "[[approval]]\nid = \"audit\"\nwhen = {condition:?}\n{need}\n"
        ))
    };
    let roles = |text: &str, gross| {
        let set = policies(text);
        let policy = set.at("US01", now()).unwrap();
        let asked = policy.approvals(gross, &[facts()], &[]);
        asked.map(|demands| {
            demands
                .into_iter()
                .map(|(_, need)| need.role)
                .collect::<Vec<_>>()
        })
    };
    let text = rule("gross_minor > 10000 && quantity > 10");
    assert_eq!(roles(&text, 10_000), Ok(vec![]));
    assert_eq!(roles(&text, 10_001), Ok(vec!["auditor".to_owned()]));
    let failing = roles(&rule("gross_minor / (quantity - 40) > 1"), 100);
    let Err(Unanswered::Failed { why, .. }) = failing else {
        panic!("{failing:?}");
    };
    assert!(why.to_lowercase().contains("division by zero"), "{why}");
}

#[test]
fn a_request_whose_window_fails_waits_until_the_policy_is_mended() {
    let mut world = World::with_policy(&with(&window("w", "'claimed_minor > 5'", 1)));
    let request = request(vec![line(1, 4)]);
    world.tell(asked(request.clone()));
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    assert_eq!(world.state().lifecycle(), Lifecycle::Requested);
    world.policies = World::with_policy(US01).policies;
    world.replay(asked(request), GAP);
    assert_eq!(world.state().lifecycle(), Lifecycle::Authorized);
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 0);
}

#[test]
fn a_credit_whose_rule_fails_is_not_made() {
    let rules = "[[credit_percent]]\nid = \"c\"\npercent = \"10\"\n\
                 when = { action = \"RESTOCK\", cel = \"claimed_minor > 5\" }\n";
    let mut world = World::with_policy(&with(rules));
    world.tell(asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, Condition::ANewSealed)]));
    world.tell(disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]));
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    assert!(world.state().credits().is_empty());
}

#[test]
fn a_credit_that_nobody_can_say_who_approves_is_held_and_leaves_when_it_can_be_said() {
    let rule = "[[approval]]\nid = \"audit\"\nwhen = \"claimed_minor > 5\"\nneed = [{ role = \"auditor\" }]\n";
    let mut world = World::with_policy(&with(rule));
    world.tell(asked(request(vec![line(1, 4)])));
    world.tell(received("R1", &[("SKU-1", 4)]));
    world.tell(inspected("I1", &[("SKU-1", 4, Condition::ANewSealed)]));
    let disposition = disposed("D1", &[("SKU-1", 4, DispositionAction::Restock)]);
    world.tell(disposition.clone());
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 1);
    let memos = |world: &World| world.commands(canonical::EffectKind::ErpCreditMemo).len();
    assert_eq!(memos(&world), 0);
    let from = "effective_from = 2026-01-01";
    let old = with(rule).replace(from, &format!("{from}\neffective_to = 2026-06-01"));
    let new = US01
        .replace(from, "effective_from = 2026-06-01")
        .replace(".r1\"", ".r2\"");
    let documents = [("old".to_owned(), old), ("new".to_owned(), new)];
    world.policies = PolicySet::load(&documents).unwrap();
    world.now = at("2026-06-02T10:00:00Z");
    world.replay(disposition, GAP);
    assert_eq!(memos(&world), 1);
    assert_eq!(world.state().header().policy_version, "us01-2026-01-01.r2");
    assert_eq!(world.raised(ExceptionCode::PolicyGap), 0);
}
