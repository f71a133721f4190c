//! Several taxes on a line: each stands by itself on a memo, whatever is taken from the credit, to the minor unit.

use std::collections::BTreeMap;

use crate::freight_and_label::rules;
use crate::support::{US01, header, invoiced, line, now, policies, restock};
use canonical::command::CreditMemoLine;
use canonical::line::ReturnLine;
use canonical::{Currency, DispositionAction, Liability, Qty, Reason};
use workflow::credit::{SliceInput, calculate, memo_lines};

/// Three pieces of 300.00, taxed by the state, the city, and at zero by a district.
fn texan(reason: Reason) -> ReturnLine {
    let taxes = [("6.25", 1875), ("2", 600), ("0", 0)];
    let mut snapshot = invoiced(Currency::USD, Qty::whole(3), 30_000, &taxes);
    for (tax, name) in (snapshot.taxes.iter_mut()).zip(["US-TX", "US-TX-AUSTIN", "US-TX-MTA"]) {
        name.clone_into(&mut tax.jurisdiction);
    }
    line(1, reason, snapshot)
}

/// The memo of what the customer bears; what its parts come to is what was calculated.
fn memo(line: &ReturnLine, treatment: &str, units: &[(i32, i32)]) -> Vec<CreditMemoLine> {
    let set = policies(&format!("{US01}{}", rules("none", treatment)));
    let policy = set.at("US01", now()).unwrap();
    let slices = units.iter().map(|(from, to)| SliceInput {
        liability: Liability::Customer,
        ..restock(line, Qty::whole(*from), Qty::whole(*to))
    });
    let slices: Vec<SliceInput<'_>> = slices.collect();
    let header = header(Currency::USD);
    let found = calculate(&header, &slices, policy, 1, now());
    let found = found.unwrap().unwrap();
    let memo = memo_lines(&header, &found, std::slice::from_ref(line));
    let mut left = BTreeMap::new();
    for tax in &found.tax_lines {
        *left.entry(tax.jurisdiction.clone()).or_insert(0) += tax.tax_minor;
    }
    for line in &memo {
        let parts: i64 = line.taxes.iter().map(|tax| tax.tax_minor).sum();
        assert_eq!(parts, line.tax_minor, "{line:?}");
        for tax in &line.taxes {
            assert_eq!(tax.taxable_minor, line.net_minor);
            *left.get_mut(&tax.jurisdiction).unwrap() -= tax.tax_minor;
        }
    }
    assert!(left.values().all(|left| *left == 0), "{left:?}");
    memo
}

fn parts(line: &CreditMemoLine) -> Vec<(&str, i64)> {
    let taxes = line.taxes.iter();
    taxes
        .map(|tax| (tax.jurisdiction.as_str(), tax.tax_minor))
        .collect()
}

#[test]
fn each_tax_is_told_by_itself_beside_a_label() {
    let line = texan(Reason::WrongItemShipped);
    for (treatment, of_label) in [
        ("reduce_base", vec![("US-TX", -75), ("US-TX-AUSTIN", -24)]),
        (
            "separate_taxable",
            vec![("US-TX", -75), ("US-TX-AUSTIN", -24)],
        ),
        ("separate_exempt", Vec::new()),
    ] {
        let memo = memo(&line, treatment, &[(0, 3)]);
        let all = [("US-TX", 1875), ("US-TX-AUSTIN", 600), ("US-TX-MTA", 0)];
        assert_eq!(parts(&memo[0]), all, "{treatment}");
        assert_eq!(parts(&memo[1]), of_label, "{treatment}");
    }
}

#[test]
fn each_tax_is_told_by_itself_beside_a_fee_and_in_parts_of_a_line() {
    let line = texan(Reason::NoLongerNeeded);
    let memo = memo(&line, "reduce_base", &[(0, 1), (1, 3)]);
    assert!(memo.iter().any(|line| line.text.contains("restocking fee")));
    let goods: Vec<_> = memo
        .iter()
        .filter(|line| !line.base_qty.is_zero())
        .collect();
    let one = [("US-TX", 625), ("US-TX-AUSTIN", 200), ("US-TX-MTA", 0)];
    let two = [("US-TX", 1250), ("US-TX-AUSTIN", 400), ("US-TX-MTA", 0)];
    assert_eq!(
        (parts(goods[0]), parts(goods[1])),
        (one.to_vec(), two.to_vec())
    );
}

#[test]
fn units_that_are_not_credited_shift_no_tax() {
    let line = texan(Reason::WrongItemShipped);
    let set = policies(US01);
    let policy = set.at("US01", now()).unwrap();
    let back = SliceInput {
        action: DispositionAction::ReturnToCustomer,
        ..restock(&line, Qty::ZERO, Qty::whole(1))
    };
    let slices = [back, restock(&line, Qty::whole(1), Qty::whole(3))];
    let header = header(Currency::USD);
    let found = calculate(&header, &slices, policy, 1, now());
    let memo = memo_lines(
        &header,
        &found.unwrap().unwrap(),
        std::slice::from_ref(&line),
    );
    let two = [("US-TX", 1250), ("US-TX-AUSTIN", 400), ("US-TX-MTA", 0)];
    assert_eq!(parts(&memo[0]), two);
}
