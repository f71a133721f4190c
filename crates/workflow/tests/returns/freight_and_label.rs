//! Freight to the customer, credited once, and the return label, charged once: by hand-computed figures.

use crate::support::{US01, header, invoiced, line, now, policies, restock};
use crate::world::World;
use crate::world::facts::{self, asked, disposition, inspected, received, request, uncredit};
use canonical::calculation::{Calculation, Sign};
use canonical::line::ReturnLine;
use canonical::{
    CommandData, ComponentType, Condition, Currency, DispositionAction, EffectKey, EffectKind,
    EventData, Liability, Qty, Reason,
};
use workflow::credit::{
    Beside, CreditProblem, LineUnits, SliceInput, calculate, calculate_beside, memo_lines,
};
use workflow::policy::{Policy, Question};

/// The example with rules on freight and labels.
pub(crate) fn with_rules(credit: &str, treatment: &str) -> String {
    format!("{US01}{}", rules(credit, treatment))
}

/// Rules on freight of what we did wrong, and on labels of what the customer bears.
pub(crate) fn rules(credit: &str, treatment: &str) -> String {
    format!(
        r#"
[[outbound_freight]]
id = "freight-theirs"
credit = "none"

[[outbound_freight]]
id = "freight-ours"
when = {{ reason = ["WRONG_ITEM_SHIPPED", "DEFECTIVE_ON_ARRIVAL"] }}
credit = "{credit}"

[[return_label]]
id = "label-ours"
amount = "0"

[[return_label]]
id = "label-theirs"
when = {{ liability = "CUSTOMER" }}
amount = "12.00"
tax_treatment = "{treatment}"
"#
    )
}

fn under<T>(text: &str, ask: impl FnOnce(&Policy) -> T) -> T {
    let set = policies(text);
    ask(set.at("US01", now()).unwrap())
}

/// A line of that many pieces, with its freight, whose amounts come back because we shipped wrongly.
fn freighted(
    ccy: Currency,
    units: i32,
    amount: i64,
    taxes: &[(&str, i64)],
    freight: i64,
) -> ReturnLine {
    let mut snapshot = invoiced(ccy, Qty::whole(units), amount, taxes);
    snapshot.freight_minor = freight;
    line(1, Reason::WrongItemShipped, snapshot)
}

fn one(policy: &Policy, slice: SliceInput<'_>, beside: &Beside) -> Calculation {
    let header = header(slice.line.invoiced.as_ref().unwrap().ccy);
    let lines = [slice.line.clone()];
    let found = calculate_beside(&header, &[slice], policy, (1, now()), beside);
    let found = found.unwrap().unwrap();
    // What is printed is what was calculated, whatever is in it.
    let memo = memo_lines(&header, &found, &lines);
    let net: i64 = memo.iter().map(|line| line.net_minor).sum();
    let tax: i64 = memo.iter().map(|line| line.tax_minor).sum();
    assert_eq!(
        (net, tax),
        (found.totals.net_minor, found.totals.tax_minor),
        "{memo:?}"
    );
    found
}

fn amount(calculation: &Calculation, kind: ComponentType) -> i64 {
    let components = calculation.components.iter();
    components
        .filter(|component| component.kind == kind)
        .map(|component| match component.sign {
            Sign::Credit => component.amount_minor,
            Sign::Charge => -component.amount_minor,
        })
        .sum()
}

const FREIGHT: ComponentType = ComponentType::OutboundFreight;
const LABEL: ComponentType = ComponentType::ReturnLabelFee;

/// (freight, net, tax, gross) of units of a line, alone.
fn credited(line: &ReturnLine, from: i32, to: i32) -> (i64, i64, i64, i64) {
    under(&with_rules("with_units", "reduce_base"), |policy| {
        let slice = restock(line, Qty::whole(from), Qty::whole(to));
        let found = one(policy, slice, &Beside::default());
        let totals = &found.totals;
        (
            amount(&found, FREIGHT),
            totals.net_minor,
            totals.tax_minor,
            totals.gross_minor,
        )
    })
}

#[test]
fn dollars_in_three_returns() {
    // 9.99 over seven: 2.85, 7.14 and 9.99 up to the second, fifth and last piece.
    let line = freighted(Currency::USD, 7, 7000, &[("8.25", 578)], 999);
    assert_eq!(credited(&line, 2, 5), (429, 3429, 248, 3677));
    assert_eq!(credited(&line, 0, 2), (285, 2285, 165, 2450));
    assert_eq!(credited(&line, 5, 7), (285, 2285, 165, 2450));
}

#[test]
fn yen_in_three_returns() {
    let line = freighted(Currency::JPY, 3, 3000, &[], 1000);
    assert_eq!(credited(&line, 0, 1), (333, 1333, 0, 1333));
    assert_eq!(credited(&line, 1, 2), (334, 1334, 0, 1334));
    assert_eq!(credited(&line, 2, 3), (333, 1333, 0, 1333));
}

#[test]
fn dinars_in_three_returns() {
    // 2.345 over four: 0.586, 1.173 (1.1725) and 2.345.
    let line = freighted(Currency::KWD, 4, 4000, &[], 2345);
    assert_eq!(credited(&line, 0, 1), (586, 1586, 0, 1586));
    assert_eq!(credited(&line, 1, 2), (587, 1587, 0, 1587));
    assert_eq!(credited(&line, 2, 4), (1172, 3172, 0, 3172));
}

#[test]
fn prices_with_tax_keep_their_tax_and_freight_adds_none() {
    let mut line = freighted(Currency::EUR, 7, 10_000, &[("20", 1667)], 700);
    line.invoiced.as_mut().unwrap().price_includes_tax = true;
    assert_eq!(credited(&line, 0, 2), (200, 2581, 476, 3057));
    assert_eq!(credited(&line, 2, 7), (500, 6452, 1191, 7643));
}

#[test]
fn freight_is_whole_whatever_is_credited_of_the_goods() {
    let line = freighted(Currency::USD, 4, 10_000, &[], 1000);
    under(&with_rules("with_units", "reduce_base"), |policy| {
        let slice = SliceInput {
            action: DispositionAction::Scrap,
            liability: Liability::Undetermined,
            ..restock(&line, Qty::ZERO, Qty::whole(2))
        };
        let found = one(policy, slice, &Beside::default());
        assert_eq!(amount(&found, ComponentType::Goods), 2500, "half of them");
        assert_eq!(amount(&found, FREIGHT), 500);
        let freight = found.components.iter().find(|it| it.kind == FREIGHT);
        let freight = freight.unwrap();
        assert_eq!(freight.policy_rule_id, "freight-ours");
        assert_eq!(freight.formula, "10.00 × 2 / 4");
    });
}

#[test]
fn nothing_changes_without_the_tables() {
    let line = freighted(Currency::USD, 7, 7000, &[("8.25", 578)], 999);
    let slice = |liability| SliceInput {
        liability,
        ..restock(&line, Qty::ZERO, Qty::whole(2))
    };
    under(US01, |policy| {
        for liability in [Liability::Seller, Liability::Customer] {
            let found = one(policy, slice(liability), &Beside::default());
            assert_eq!((amount(&found, FREIGHT), amount(&found, LABEL)), (0, 0));
            assert_eq!(found.totals.gross_minor, 2165);
        }
    });
}

fn units(from: i32, to: i32) -> LineUnits {
    LineUnits {
        invoice_line: "US01|INV-1|1".to_owned(),
        from: Qty::whole(from),
        to: Qty::whole(to),
    }
}

#[test]
fn all_of_it_comes_with_the_credit_that_completes_the_line() {
    let line = freighted(Currency::USD, 7, 7000, &[], 999);
    under(&with_rules("when_all_came_back", "reduce_base"), |policy| {
        let freight = |from, to, beside: &Beside| {
            let slice = restock(&line, Qty::whole(from), Qty::whole(to));
            amount(&one(policy, slice, beside), FREIGHT)
        };
        let alone = Beside::default();
        assert_eq!(freight(0, 7, &alone), 999);
        assert_eq!(freight(0, 6, &alone), 0);
        let beside = |units: &[LineUnits]| Beside {
            credited: units.to_vec(),
            waiting: units.to_vec(),
            ..Beside::default()
        };
        assert_eq!(freight(5, 7, &beside(&[units(0, 2)])), 0, "two to five");
        let all = beside(&[units(0, 2), units(2, 5)]);
        assert_eq!(freight(5, 7, &all), 999);
        // Those whose freight went with them, or whose rule gives none, are not paid again.
        let some = Beside {
            waiting: vec![units(0, 2)],
            ..all.clone()
        };
        assert_eq!(freight(5, 7, &some), 285 + 285);
        let paid = Beside {
            paid: vec![units(0, 7)],
            ..all
        };
        assert_eq!(freight(5, 7, &paid), 0, "once");
    });
}

#[test]
fn nobody_could_say_that_it_is_once_without_an_invoice() {
    let mut line = freighted(Currency::USD, 7, 7000, &[], 999);
    line.invoice_ref = None;
    for credit in ["with_units", "when_all_came_back"] {
        under(&with_rules(credit, "reduce_base"), |policy| {
            let slice = restock(&line, Qty::ZERO, Qty::whole(7));
            assert_eq!(amount(&one(policy, slice, &Beside::default()), FREIGHT), 0);
        });
    }
}

/// Label, tax and gross of two pieces of 10.00 that the customer pays a fee and the label for: a fee of 5.00.
fn labelled(treatment: &str, pieces: i32) -> Calculation {
    let mut line = freighted(Currency::USD, 7, 7000, &[("8.25", 578)], 999);
    line.reason = Reason::NoLongerNeeded;
    let slice = SliceInput {
        liability: Liability::Customer,
        ..restock(&line, Qty::ZERO, Qty::whole(pieces))
    };
    under(&with_rules("with_units", treatment), |policy| {
        one(policy, slice, &Beside::default())
    })
}

#[test]
fn the_label_under_each_treatment_of_its_tax() {
    // 20.00 and 1.65 of tax; after the fee 15.00 and 1.24; after the label 3.00.
    for (treatment, tax, fees) in [
        ("reduce_base", 25, 1700),
        ("separate_taxable", 25, 1799),
        ("separate_exempt", 124, 1700),
    ] {
        let found = labelled(treatment, 2);
        assert_eq!(amount(&found, LABEL), -1200, "{treatment}");
        assert_eq!(amount(&found, FREIGHT), 0, "theirs");
        let totals = &found.totals;
        assert_eq!(
            (totals.net_minor, totals.tax_minor),
            (300, tax),
            "{treatment}"
        );
        assert_eq!(totals.payable_minor, 300 + tax);
        assert_eq!(totals.fees_minor, fees, "{treatment}");
        let taxable = if treatment == "separate_exempt" {
            1500
        } else {
            300
        };
        assert_eq!(found.tax_lines[0].taxable_minor, taxable, "{treatment}");
    }
}

#[test]
fn the_label_takes_no_more_than_there_is() {
    // 10.00, a fee of 5.00: 5.00 can be taken.
    let found = labelled("reduce_base", 1);
    let label = found.components.iter().find(|it| it.kind == LABEL).unwrap();
    assert_eq!(label.amount_minor, 500);
    assert_eq!(
        label.formula,
        "5.00 of 12.00; 7.00 is not taken: there is nothing left to take it from"
    );
    assert_eq!(label.policy_rule_id, "label-theirs");
    let totals = &found.totals;
    assert_eq!(
        (totals.net_minor, totals.tax_minor, totals.payable_minor),
        (0, 0, 0)
    );
}

#[test]
fn what_the_first_slice_cannot_bear_is_taken_from_the_next() {
    let mut line = freighted(Currency::USD, 7, 7000, &[], 0);
    line.reason = Reason::NoLongerNeeded;
    let slice = |from, to| SliceInput {
        action: DispositionAction::ReturnToVendor,
        liability: Liability::Customer,
        ..restock(&line, Qty::whole(from), Qty::whole(to))
    };
    let slices = [slice(0, 1), slice(1, 3)];
    under(&with_rules("with_units", "reduce_base"), |policy| {
        let header = header(Currency::USD);
        let found = calculate(&header, &slices, policy, 1, now());
        let found = found.unwrap().unwrap();
        let labels = found.components.iter().filter(|it| it.kind == LABEL);
        let labels: Vec<_> = labels
            .map(|it| (it.amount_minor, it.formula.as_str()))
            .collect();
        assert_eq!(labels, [(1000, "10.00 of 12.00"), (200, "2.00 of 12.00")]);
        assert_eq!(found.totals.payable_minor, 1800);
    });
}

#[test]
fn a_table_that_does_not_answer_is_a_gap() {
    let line = freighted(Currency::USD, 7, 7000, &[], 999);
    let slice = restock(&line, Qty::ZERO, Qty::whole(2));
    for (table, question) in [
        (
            "[[outbound_freight]]\nid = \"f\"\nwhen = { liability = \"CARRIER\" }\ncredit = \"with_units\"\n",
            Question::OutboundFreight,
        ),
        (
            "[[return_label]]\nid = \"l\"\nwhen = { liability = \"CARRIER\" }\namount = \"1\"\ntax_treatment = \"reduce_base\"\n",
            Question::ReturnLabel,
        ),
    ] {
        under(&format!("{US01}\n{table}"), |policy| {
            let header = header(Currency::USD);
            let found = calculate(&header, std::slice::from_ref(&slice), policy, 1, now());
            let Err(CreditProblem::PolicyGap { question: of, .. }) = &found else {
                panic!("{found:?}")
            };
            assert_eq!(*of, question);
        });
    }
}

/// A return of all ten pieces of 22.00 with 10.01 of freight, credited piece by piece of what comes.
fn world(credit: &str, reason: Reason) -> World {
    let text = with_rules(credit, "reduce_base").replace("\"per_receipt\"", "\"per_slice\"");
    let mut world = World::with_policy(&text);
    let mut line = facts::line(1, 10);
    line.reason = reason;
    line.invoiced.as_mut().unwrap().freight_minor = 1001;
    world.tell(asked(request(vec![line])));
    world
}

/// So many pieces come in the receipt of that number, and are restocked and credited.
fn comes(world: &mut World, n: u32, pieces: i32, liability: Liability) {
    world.tell(received(&format!("R{n}"), &[("SKU-1", pieces)]));
    world.tell(inspected(
        &format!("I{n}"),
        &[("SKU-1", pieces, Condition::ANewSealed)],
    ));
    let goods = [("SKU-1", pieces, DispositionAction::Restock)];
    let mut decided = disposition(&format!("D{n}"), &goods);
    decided.allocations[0].liability = Some(liability);
    world.tell(EventData::DispositionDecided(decided));
    world.run_down();
}

/// Freight and label of each memo, in the order of their calculations.
fn memos(world: &World) -> Vec<(i64, i64)> {
    let commands = world.commands(EffectKind::ErpCreditMemo);
    let memos = commands.iter().filter_map(|command| match &command.data {
        CommandData::PostCreditMemo(memo) => Some(&memo.calculation),
        _ => None,
    });
    let mut memos: Vec<_> = memos.collect();
    memos.sort_by_key(|calculation| calculation.calc_version);
    let both = |it: &&Calculation| (amount(it, FREIGHT), amount(it, LABEL));
    memos.iter().map(both).collect()
}

fn key(world: &World, version: u32) -> EffectKey {
    let mut credits = world.state().credits().iter();
    let credit = credits.find(|credit| credit.version == version).unwrap();
    credit.effect_key.clone().unwrap()
}

#[test]
fn a_memo_that_is_taken_back_takes_its_own_freight_and_no_other() {
    let mut world = world("when_all_came_back", Reason::WrongItemShipped);
    for (n, pieces) in [(1, 3), (2, 4), (3, 3)] {
        comes(&mut world, n, pieces, Liability::Seller);
    }
    assert_eq!(memos(&world), [(0, 0), (0, 0), (1001, 0)]);
    assert_eq!(world.state().credited().minor, 23_815 + 1001);
    // The first is credited again: the freight was, with the third.
    let first = key(&world, 1);
    world.tell(uncredit("U1", first.as_str(), true));
    world.run_down();
    assert_eq!(memos(&world), [(0, 0), (0, 0), (1001, 0), (0, 0)]);
    assert_eq!(world.state().credited().minor, 23_815 + 1001);
    // The third is taken back with the freight, and credited again with it.
    let third = key(&world, 3);
    world.tell(uncredit("U3", third.as_str(), false));
    world.run_down();
    assert_eq!(world.state().credited().minor, 23_815 - 7144);
    let mut again = facts::inspection("I3", &[("SKU-1", 3, Condition::ANewSealed)]);
    again.version = 2;
    world.tell(EventData::InspectionFinalized(again));
    world.run_down();
    assert_eq!(
        memos(&world).last(),
        Some(&(1001, 0)),
        "{:?}",
        memos(&world)
    );
    assert_eq!(world.state().credited().minor, 23_815 + 1001);
}

#[test]
fn freight_with_the_units_in_three_credits() {
    let mut world = world("with_units", Reason::WrongItemShipped);
    for (n, pieces) in [(1, 3), (2, 4), (3, 3)] {
        comes(&mut world, n, pieces, Liability::Seller);
    }
    // 3.00 (3.003), 7.01 (7.007) and 10.01 in all.
    assert_eq!(memos(&world), [(300, 0), (401, 0), (300, 0)]);
    assert_eq!(world.state().credited().minor, 23_815 + 1001);
}

#[test]
fn the_label_is_charged_with_the_first_credit_that_it_is_for() {
    let mut world = world("none", Reason::NotAsDescribed);
    comes(&mut world, 1, 3, Liability::Seller);
    comes(&mut world, 2, 4, Liability::Customer);
    comes(&mut world, 3, 3, Liability::Customer);
    assert_eq!(memos(&world), [(0, 0), (0, -1200), (0, 0)]);
    // The tax of 12.00 falls away with it.
    assert_eq!(world.state().credited().minor, 23_815 - 1200 - 99);
}

#[test]
fn other_findings_after_the_credit_neither_double_nor_lose_the_label() {
    let mut world = world("none", Reason::NotAsDescribed);
    comes(&mut world, 1, 5, Liability::Customer);
    comes(&mut world, 2, 5, Liability::Customer);
    let whole = world.state().credited().minor;
    assert_eq!(memos(&world), [(0, -1200), (0, 0)]);
    for (inspection, version) in [("I1", 2), ("I2", 2), ("I1", 3)] {
        let goods = [("SKU-1", 5, Condition::ANewSealed)];
        let mut again = facts::inspection(inspection, &goods);
        again.version = version;
        world.tell(EventData::InspectionFinalized(again));
        world.run_down();
        assert_eq!(world.state().credited().minor, whole, "{inspection}");
    }
    // Taken back with it, and charged again when it is credited again.
    let first = key(&world, 1);
    world.tell(uncredit("U1", first.as_str(), true));
    world.run_down();
    assert_eq!(world.state().credited().minor, whole);
    assert_eq!(memos(&world), [(0, -1200), (0, 0), (0, -1200)]);
}

#[test]
fn a_label_that_took_a_whole_credit_is_not_charged_again() {
    let mut world = world("none", Reason::NotAsDescribed);
    let text = with_rules("none", "reduce_base").replace("\"12.00\"", "\"30.00\"");
    let text = text.replace("\"per_receipt\"", "\"per_slice\"");
    world.policies = policies(&text);
    comes(&mut world, 1, 1, Liability::Customer);
    assert_eq!(memos(&world), [], "22.00 of 30.00: nothing is left to pay");
    comes(&mut world, 2, 2, Liability::Customer);
    assert_eq!(memos(&world), [(0, 0)]);
}
