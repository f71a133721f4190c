//! Policy files: which rule answers, and what is refused with which words.

use crate::support::{US01, now, policies};
use canonical::{Condition, DispositionAction, Liability, Qty, Reason, TaxTreatment};
use workflow::policy::{
    ApprovalTrigger, Facts, Further, Granularity, Policy, PolicySet, Unanswered,
};

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
        further: Further::default(),
    }
}

fn with_us01<T>(ask: impl FnOnce(&Policy) -> T) -> T {
    let set = policies(US01);
    ask(set.at("US01", now()).unwrap())
}

/// What is wrong with the example after a change to it: "place: what".
fn problems(from: &str, to: &str) -> Vec<String> {
    assert!(US01.contains(from), "{from}");
    let documents = [("us01.toml".to_owned(), US01.replacen(from, to, 1))];
    let found = PolicySet::load(&documents).unwrap_err();
    assert!(found.iter().all(|problem| !problem.fix.is_empty()));
    found
        .iter()
        .map(|problem| format!("{}: {}", problem.place, problem.what))
        .collect()
}

fn line_of(text: &str) -> usize {
    let before = US01.split(text).next().unwrap();
    before.matches('\n').count() + 1
}

#[test]
fn the_example_leaves_no_gap() {
    with_us01(|policy| {
        for &reason in Reason::ALL {
            assert!(policy.window_days(&Facts { reason, ..facts() }).is_ok());
            for &action in DispositionAction::ALL {
                for &liability in Liability::ALL {
                    let facts = Facts {
                        reason,
                        action: Some(action),
                        liability: Some(liability),
                        ..facts()
                    };
                    assert!(policy.credit_percent(&facts).is_ok(), "{facts:?}");
                    assert!(policy.restocking_fee(&facts).is_ok(), "{facts:?}");
                }
            }
        }
        assert_eq!(policy.granularity(), Granularity::PerReceipt);
        assert_eq!(policy.grace_days(), 7);
        assert_eq!(policy.orphan_wait_hours(), 48);
        assert_eq!(policy.inspection_wait_hours(), Some(48));
        assert_eq!(policy.approval_sla_hours(), 24);
        assert_eq!(
            policy.effective_from,
            "2026-01-01T06:00:00Z".parse().unwrap()
        );
    });
}

#[test]
fn the_most_specific_rule_answers() {
    with_us01(|policy| {
        let window = |segment, reason| {
            let found = policy
                .window_days(&Facts {
                    segment,
                    reason,
                    ..facts()
                })
                .unwrap();
            (found.value, found.rule_id)
        };
        let defect = Reason::DefectiveInUse;
        assert_eq!(
            window(None, Reason::Unknown),
            (30, "window-default".to_owned())
        );
        assert_eq!(
            window(Some("retail"), defect),
            (365, "window-defective".to_owned())
        );
        let key = Some("key_account");
        assert_eq!(
            window(key, Reason::Unknown),
            (90, "window-key-account".to_owned())
        );
        assert_eq!(
            window(key, defect),
            (365, "window-key-account-defective".to_owned())
        );

        let scrap = |liability| {
            let action = Some(DispositionAction::Scrap);
            policy
                .credit_percent(&Facts {
                    action,
                    liability,
                    ..facts()
                })
                .map(|found| found.value)
        };
        assert_eq!(scrap(Some(Liability::Customer)), Ok(Qty::whole(50)));
        assert_eq!(scrap(Some(Liability::Carrier)), Ok(Qty::whole(100)));
        assert_eq!(
            scrap(None),
            Err(Unanswered::Gap),
            "a rule that asks for liability does not guess it"
        );

        let fee = policy.restocking_fee(&facts()).unwrap();
        assert_eq!(fee.rule_id, "fee-second-thoughts");
        assert_eq!(fee.value.percent, Qty::whole(15));
        assert_eq!(
            (fee.value.min_minor, fee.value.max_minor),
            (Some(500), Some(50_000))
        );
        assert_eq!(fee.value.tax_treatment, TaxTreatment::ReduceBase);
        let recall = Facts {
            reason: Reason::Recall,
            ..facts()
        };
        assert!(
            policy
                .restocking_fee(&recall)
                .unwrap()
                .value
                .percent
                .is_zero()
        );
    });
}

#[test]
fn a_customer_weighs_more_than_everything_below_it_together() {
    let rules = [
        ("a", "customer = \"C-100\"", 1),
        ("b", "segment = \"s\"", 2),
        (
            "c",
            "channel = \"portal\", item = \"SKU-1\", reason = \"RECALL\"",
            3,
        ),
        ("d", "channel = \"portal\"", 4),
        ("e", "item = \"SKU-1\", reason = \"RECALL\"", 5),
        ("f", "reason = \"RECALL\"", 6),
    ];
    let mut toml = US01.replace("\"RECALL\"", "\"SHORT_DATED\"");
    for (id, when, days) in rules {
        let rule = format!("[[window]]\nid = {id:?}\nwhen = {{ {when} }}\ndays = {days}\n");
        toml.push_str(&rule);
    }
    let set = policies(&toml);
    let policy = set.at("US01", now()).unwrap();
    let all = Facts {
        segment: Some("s"),
        reason: Reason::Recall,
        ..facts()
    };
    for (facts, days) in [
        (all, 1),
        (
            Facts {
                customer: "C-1",
                ..all
            },
            2,
        ),
        (
            Facts {
                customer: "C-1",
                segment: None,
                ..all
            },
            3,
        ),
        (
            Facts {
                customer: "C-1",
                segment: None,
                sku: "SKU-2",
                ..all
            },
            4,
        ),
        (
            Facts {
                customer: "C-1",
                segment: None,
                channel: "edi",
                ..all
            },
            5,
        ),
        (
            Facts {
                customer: "C-1",
                segment: None,
                channel: "edi",
                sku: "SKU-2",
                ..all
            },
            6,
        ),
    ] {
        assert_eq!(policy.window_days(&facts).unwrap().value, days, "{facts:?}");
    }
}

#[test]
fn the_highest_rung_counts_and_other_demands_come_on_top() {
    with_us01(|policy| {
        let roles = |gross, facts: &[Facts<'_>], flags: &[ApprovalTrigger]| -> Vec<String> {
            let demands = policy.approvals(gross, facts, flags).unwrap();
            demands.into_iter().map(|(_, need)| need.role).collect()
        };
        for (gross, expected) in [
            (49_900, vec![]),
            (50_000, vec![]),
            (50_100, vec!["returns_supervisor"]),
            (500_100, vec!["finance_manager"]),
            (2_500_100, vec!["finance_manager", "controller"]),
        ] {
            assert_eq!(roles(gross, &[facts()], &[]), expected, "{gross}");
        }
        let damaged = Facts {
            condition: Some(Condition::DDamaged),
            ..facts()
        };
        assert_eq!(roles(30_000, &[facts(), damaged], &[]), ["quality"]);
        assert_eq!(
            roles(25_000, &[facts(), damaged], &[]),
            Vec::<String>::new()
        );
        let late = [ApprovalTrigger::LateReturn, ApprovalTrigger::NoInvoice];
        assert_eq!(
            roles(60_000, &[damaged], &late),
            [
                "returns_supervisor",
                "quality",
                "finance_manager",
                "returns_manager"
            ]
        );
        assert_eq!(roles(0, &[], &late), ["finance_manager", "returns_manager"]);
    });
}

#[test]
fn over_receipt_takes_the_smaller_of_both() {
    let toml = US01
        .replacen("percent = \"0\"", "percent = \"2\"", 1)
        .replacen("base_qty = \"0\"", "base_qty = 5", 1);
    let set = policies(&toml);
    let policy = set.at("US01", now()).unwrap();
    assert_eq!(
        policy.over_receipt_tolerance(Qty::whole(100)),
        Qty::whole(2)
    );
    assert_eq!(
        policy.over_receipt_tolerance(Qty::whole(1000)),
        Qty::whole(5)
    );
    with_us01(|strict| {
        assert_eq!(strict.over_receipt_tolerance(Qty::whole(1000)), Qty::ZERO);
    });
}

#[test]
fn a_version_holds_from_its_first_day_to_its_last() {
    let old = US01.replacen(
        "effective_from = 2026-01-01",
        "effective_from = 2025-01-01T00:00:00Z\neffective_to = 2026-01-01",
        1,
    );
    let old = old.replacen("us01-2026-01-01.r1", "us01-2025.r1", 1);
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let set = PolicySet::load(&[file("old.toml", &old), file("new.toml", US01)]).unwrap();
    let at = |instant: &str| {
        let policy = set.at("US01", instant.parse().unwrap());
        policy.map(|policy| policy.version.clone())
    };
    assert_eq!(at("2024-12-31T23:59:59Z"), None);
    assert_eq!(at("2025-01-01T00:00:00Z").as_deref(), Some("us01-2025.r1"));
    assert_eq!(at("2026-01-01T05:59:59Z").as_deref(), Some("us01-2025.r1"));
    assert_eq!(
        at("2026-01-01T06:00:00Z").as_deref(),
        Some("us01-2026-01-01.r1")
    );
    assert!(set.version("us01-2025.r1").is_some());
    assert!(set.at("DE01", now()).is_none());

    let open = old.replace("effective_to = 2026-01-01", "");
    let refused = PolicySet::load(&[file("old.toml", &open), file("new.toml", US01)]).unwrap_err();
    assert_eq!(refused.len(), 1);
    assert!(
        refused[0].what.contains("at the same time as"),
        "{}",
        refused[0]
    );
    let refused = PolicySet::load(&[file("a.toml", US01), file("b.toml", US01)]).unwrap_err();
    assert!(
        refused[0].what.contains("is also that of a.toml"),
        "{}",
        refused[0]
    );
}

/// Calendars end: a time that leads beyond them is refused where it is written, not when a return meets it.
#[test]
fn times_beyond_a_century_are_refused() {
    let found = problems("grace_days = 7 ", "grace_days = 4294967295 ");
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("more than a century"), "{found:?}");
    let line = line_of("grace_days = 7 ");
    assert!(found[0].contains(&format!("us01.toml:{line}")), "{found:?}");
}

#[test]
fn ties_name_both_rules() {
    let found = problems(
        "when = { segment = \"key_account\" }",
        "when = { segment = [\"key_account\", \"retail\"] }\ndays = 60\n\n[[window]]\nid = \"window-retail\"\nwhen = { segment = \"retail\" }",
    );
    assert_eq!(
        found,
        [format!(
            "us01.toml:{} rule \"window-retail\": rules \"window-key-account\" and \"window-retail\" \
             can answer the same facts, and neither is more specific",
            line_of("id = \"window-key-account\"") + 4
        )]
    );
    let found = problems("gross_over = \"5000.00\"", "gross_over = \"500\"");
    assert!(
        found[0].contains("\"amount-500\" and \"amount-5000\" are the same rung"),
        "{found:?}"
    );
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (from, to, place, what) in [
        (
            "days = 30",
            "days = 30\ndayz = 3",
            "days = 30",
            "unknown field `dayz`",
        ),
        (
            "percent = \"80\"",
            "percent = 80.0",
            "percent = \"80\"",
            "a decimal in quotes",
        ),
        (
            "percent = \"80\"",
            "percent = \"180\"",
            "id = \"credit-refurbish\"",
            "percent is 180",
        ),
        (
            "\"REFURBISH\"",
            "\"REPAINT\"",
            "id = \"credit-refurbish\"",
            "\"REPAINT\" is not a code",
        ),
        (
            "min = \"5.00\"",
            "min = \"5.001\"",
            "id = \"fee-second-thoughts\"",
            "more decimals than USD",
        ),
        (
            "min = \"5.00\"",
            "min = \"501\"",
            "id = \"fee-second-thoughts\"",
            "max is less than its min",
        ),
        (
            "tax_treatment = \"reduce_base\"",
            "",
            "id = \"fee-second-thoughts\"",
            "how it meets the tax",
        ),
        ("\"USD\"", "\"USX\"", "base_currency =", "not an ISO 4217"),
        (
            "America/Chicago",
            "America/Gotham",
            "tz =",
            "America/Gotham",
        ),
        (
            "id = \"credit-refurbish\"",
            "id = \"credit-full\"",
            "id = \"credit-refurbish\"",
            "used twice",
        ),
        (
            "effective_from = 2026-01-01",
            "effective_from = 10:00:00",
            "effective_from =",
            "",
        ),
    ] {
        let found = problems(from, to);
        assert!(found[0].contains(what), "{found:?}");
        // The place is the line of the value, or that of the rule's heading just above its id.
        let line = line_of(place);
        let near = [line - 1, line, line + 1].map(|line| format!("us01.toml:{line}"));
        assert!(
            near.iter().any(|near| found[0].starts_with(near)),
            "{found:?} not near {line}"
        );
    }
}

#[test]
fn an_approval_never_follows_from_silence() {
    let found = problems("trigger = \"no_invoice\"", "gross_over = \"7000\"");
    assert_eq!(
        found,
        ["us01.toml:1: no rule of approval answers trigger no_invoice"]
    );
    let found = problems("gross_over = \"0\"", "gross_over = \"1\"");
    assert_eq!(
        found,
        ["us01.toml:1: no rule of approval speaks of small amounts"]
    );
    let found = problems("trigger = \"late_return\"", "");
    assert!(
        found[0].ends_with("does not say when it counts"),
        "{found:?}"
    );
}

#[test]
fn several_mistakes_are_found_at_once() {
    let toml = US01
        .replace("percent = \"80\"", "percent = \"-1\"")
        .replace("\"RECALL\"", "\"RECALLED\"")
        .replace("\"USD\"", "\"dollars\"");
    let found = PolicySet::load(&[("us01.toml".to_owned(), toml)]).unwrap_err();
    assert_eq!(found.len(), 4, "{found:#?}");
}

#[test]
fn rules_on_freight_and_labels_are_checked() {
    let at = "[[approval]]\nid = \"amount-small\"";
    let label = "[[return_label]]\nid = \"l\"\n";
    for (rule, says) in [
        (
            format!("{label}amount = \"12.00\"\n"),
            "the charge does not say how it meets the tax",
        ),
        (
            format!("{label}amount = \"12.001\"\ntax_treatment = \"reduce_base\"\n"),
            "amount: ",
        ),
        (
            format!("{label}amount = \"-1\"\ntax_treatment = \"reduce_base\"\n"),
            "amount is -1.00 USD",
        ),
        (
            format!(
                "{label}amount = \"0\"\n{label}amount = \"0\"\nwhen = {{ liability = \"CUSTOMER\" }}\n"
            ),
            "rule id \"l\" is used twice",
        ),
        (
            "[[outbound_freight]]\nid = \"f\"\ncredit = \"always\"\n".to_owned(),
            "unknown variant `always`",
        ),
        (
            "[[outbound_freight]]\nid = \"f\"\ncredit = \"none\"\n\
             [[outbound_freight]]\nid = \"g\"\ncredit = \"with_units\"\n"
                .to_owned(),
            "rules \"f\" and \"g\" can answer the same facts",
        ),
    ] {
        let found = problems(at, &format!("{rule}\n{at}"));
        let said = found.iter().any(|problem| problem.contains(says));
        assert!(said, "{says}: {found:#?}");
    }
}
