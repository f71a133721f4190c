//! What holds for every invoice line, every partition of it and every order of crediting.

use crate::support::{US01, header, invoiced, line, now, policies, restock};
use canonical::calculation::{Calculation, Sign};
use canonical::invoice::{DocumentTaxAxis, InvoicedSnapshot, InvoicedTax};
use canonical::{Currency, DispositionAction, Liability, Qty, Ratio, Reason};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use workflow::claims::lowest_free;
use workflow::credit::{SliceInput, apportion, calculate, memo_lines};
use workflow::policy::PolicySet;

/// Largest amount of a line that is tried, minor units.
const MOST: i64 = 1_000_000_000_000;

/// Of no, two and three decimals.
const CURRENCIES: [Currency; 3] = [Currency::JPY, Currency::USD, Currency::KWD];

/// Invoice lines: prices with and without tax, no, one or two taxes per line, or one per document.
fn snapshots() -> impl Strategy<Value = InvoicedSnapshot> {
    let taxes = vec((0..400_000_i64, 0..30_u8), 0..3);
    let axis = prop::option::of((0..MOST, 0..MOST, 0..MOST));
    (1..500_000_000_i64, 0..MOST, taxes, any::<bool>(), axis).prop_map(
        |(millionths, amount, taxes, inclusive, axis)| {
            let base_qty = Qty::from_millionths(millionths);
            let mut snapshot = invoiced(Currency::USD, base_qty, amount, &[]);
            snapshot.price_includes_tax = inclusive;
            snapshot.taxes = taxes
                .iter()
                .map(|&(millionth, rate)| InvoicedTax {
                    jurisdiction: format!("J{rate}"),
                    tax_type: "SALES".to_owned(),
                    category: None,
                    rate: Qty::whole(i32::from(rate)),
                    amount_minor: i64::try_from(
                        i128::from(amount) * i128::from(millionth) / 1_000_000,
                    )
                    .unwrap(),
                })
                .collect();
            if let (Some((before, after, tax)), [_]) = (axis, snapshot.taxes.as_slice())
                && !inclusive
                && amount > 0
            {
                snapshot.document_axis = Some(DocumentTaxAxis {
                    net_before_minor: before,
                    net_total_minor: before + amount + after,
                    tax_total_minor: tax,
                });
            }
            snapshot
        },
    )
}

/// Cuts `[0, whole)` at the given places (in 65536ths) into slices that leave nothing out.
fn partition(whole: Qty, cuts: &[u16]) -> Vec<(Qty, Qty)> {
    let mut ends: Vec<Qty> = cuts
        .iter()
        .map(|&cut| i128::from(whole.millionths()) * i128::from(cut) / 65536)
        .map(|millionths| Qty::from_millionths(i64::try_from(millionths).unwrap()))
        .filter(|end| end.is_positive())
        .collect();
    ends.push(whole);
    ends.sort_unstable();
    ends.dedup();
    let starts = std::iter::once(Qty::ZERO).chain(ends.iter().copied());
    starts.zip(ends.iter().copied()).collect()
}

fn totals(calculation: Option<Calculation>) -> [i64; 3] {
    calculation.map_or([0; 3], |calculation| {
        let totals = calculation.totals;
        [totals.net_minor, totals.tax_minor, totals.gross_minor]
    })
}

fn us01() -> PolicySet {
    policies(US01)
}

fn without_fees(slices: &[SliceInput<'_>], policies: &PolicySet) -> [i64; 3] {
    let policy = policies.at("US01", now()).unwrap();
    let ccy = slices[0].line.invoiced.as_ref().unwrap().ccy;
    totals(calculate(&header(ccy), slices, policy, 1, now()).unwrap())
}

proptest! {
    #[test]
    fn any_partition_in_any_order_sums_to_the_line(
        snapshot in snapshots(),
        cuts in vec(any::<u16>(), 0..12),
        order in vec(any::<u16>(), 13),
        taken in vec(any::<bool>(), 13),
        ccy in select(CURRENCIES.to_vec()),
    ) {
        let snapshot = InvoicedSnapshot { ccy, ..snapshot };
        let line = line(1, Reason::NotAsDescribed, snapshot);
        let snapshot = line.invoiced.as_ref().unwrap();
        let policies = us01();
        let mut slices = partition(snapshot.base_qty, &cuts);
        let whole = without_fees(&[restock(&line, Qty::ZERO, snapshot.base_qty)], &policies);

        // One memo each, in whatever order.
        let mut keys = order.iter().copied().cycle();
        slices.sort_by_cached_key(|_| keys.next());
        let mut sum = [0; 3];
        let mut part = [0; 3];
        for (n, &(from, to)) in slices.iter().enumerate() {
            let one = without_fees(&[restock(&line, from, to)], &policies);
            for (axis, amount) in one.iter().enumerate() {
                sum[axis] += amount;
                part[axis] += if taken[n % taken.len()] { *amount } else { 0 };
            }
        }
        prop_assert_eq!(sum, whole);
        // Tax and gross of any subset stay within the line.
        prop_assert!(part[1] <= whole[1] && part[2] <= whole[2], "{:?} of {:?}", part, whole);
        if !snapshot.price_includes_tax {
            prop_assert!(part[0] <= whole[0]);
        }

        // The whole is what was invoiced.
        if snapshot.document_axis.is_none() {
            let tax: i64 = snapshot.taxes.iter().map(|tax| tax.amount_minor).sum();
            let gross = snapshot.amount_minor + if snapshot.price_includes_tax { 0 } else { tax };
            prop_assert_eq!(whole, [gross - tax, tax, gross]);
        }

        // All in one memo is the same.
        let all: Vec<SliceInput<'_>> = slices.iter().map(|&(a, b)| restock(&line, a, b)).collect();
        prop_assert_eq!(without_fees(&all, &policies), whole);
    }

    #[test]
    fn a_share_lies_between_nothing_and_the_total(
        total in 0..i64::MAX,
        whole in 1..i64::MAX,
        a in 0..i64::MAX,
        b in 0..i64::MAX,
    ) {
        let (from, to) = (a.min(b) % whole, a.max(b) % whole);
        let (from, to) = (from.min(to), from.max(to));
        let qty = Qty::from_millionths;
        let share = apportion(total, qty(whole), qty(from), qty(to)).unwrap();
        prop_assert!((0..=total).contains(&share));
        let rest = apportion(total, qty(whole), qty(to), qty(whole)).unwrap();
        let before = apportion(total, qty(whole), Qty::ZERO, qty(from)).unwrap();
        prop_assert_eq!(i128::from(before) + i128::from(share) + i128::from(rest), i128::from(total));
        let negative = apportion(-total, qty(whole), qty(from), qty(to)).unwrap();
        prop_assert_eq!(negative, -share);
    }

    #[test]
    fn a_calculation_with_percentages_and_fees_sums_exactly_and_is_never_negative(
        snapshots in vec(snapshots(), 1..4),
        cuts in vec(any::<u16>(), 0..6),
        actions in vec((select(DispositionAction::ALL), select(Liability::ALL)), 7),
        treatment in select(vec!["reduce_base", "separate_taxable", "separate_exempt"]),
        fee in 1..=100_u8,
        min in 0..2_000_i64,
        ccy in select(CURRENCIES.to_vec()),
    ) {
        let policies = policies(
            &US01
                .replace("\"reduce_base\"", &format!("{treatment:?}"))
                .replace("percent = \"15\"", &format!("percent = \"{fee}\""))
                .replace("min = \"5.00\"", &format!("min = \"{min}\""))
                .replace("max = \"500.00\"", "max = \"100000000000.00\""),
        );
        let policy = policies.at("US01", now()).unwrap();
        let lines: Vec<_> = (1..)
            .zip(snapshots)
            .map(|(line_no, snapshot)| {
                let snapshot = InvoicedSnapshot { ccy, ..snapshot };
                line(line_no, Reason::NoLongerNeeded, snapshot)
            })
            .collect();
        let mut slices = Vec::new();
        for line in &lines {
            let whole = line.invoiced.as_ref().unwrap().base_qty;
            for ((from, to), (action, liability)) in partition(whole, &cuts).into_iter().zip(&actions) {
                slices.push(SliceInput {
                    action: *action,
                    liability: *liability,
                    ..restock(line, from, to)
                });
            }
        }
        let mut header = header(ccy);
        // the bounds of the fee are dollars: the rate of the invoice says what they are
        header.base_currency = Currency::USD;
        if ccy != Currency::USD {
            header.fx_rate = Ratio { num: 13, den: 4 };
        }
        let Some(calculation) = calculate(&header, &slices, policy, 1, now()).unwrap() else {
            return Ok(());
        };
        let totals = &calculation.totals;
        prop_assert_eq!(totals.gross_minor, totals.net_minor + totals.tax_minor);
        prop_assert_eq!(totals.payable_minor, totals.gross_minor);
        prop_assert!(totals.payable_minor >= 0);

        let memo = memo_lines(&header, &calculation, &lines);
        prop_assert_eq!(memo.iter().map(|line| line.net_minor).sum::<i64>(), totals.net_minor);
        prop_assert_eq!(memo.iter().map(|line| line.tax_minor).sum::<i64>(), totals.tax_minor);
        for line in &memo {
            let parts: i64 = line.taxes.iter().map(|tax| tax.tax_minor).sum();
            prop_assert_eq!(parts, line.tax_minor, "{:?}", line);
        }
        let taxes: i64 = calculation.tax_lines.iter().map(|tax| tax.tax_minor).sum();
        prop_assert_eq!(taxes, totals.tax_minor);
        let components: i64 = calculation
            .components
            .iter()
            .map(|component| match component.sign {
                Sign::Credit => component.amount_minor,
                Sign::Charge => -component.amount_minor,
            })
            .sum();
        prop_assert_eq!(components, totals.gross_minor);

        // With prices that contain tax, a unit of less than a cent may have its tax before its price.
        if lines.iter().all(|line| !line.invoiced.as_ref().unwrap().price_includes_tax) {
            prop_assert!(totals.net_minor >= 0 && totals.tax_minor >= 0);
            prop_assert!(calculation.tax_lines.iter().all(|tax| tax.tax_minor >= 0));
        }

        // The order in which slices are handed over changes nothing.
        slices.reverse();
        let again = calculate(&header, &slices, policy, 1, now()).unwrap();
        prop_assert_eq!(again, Some(calculation));
    }

    #[test]
    fn claims_never_overlap_and_never_exceed(
        invoiced in 0..60_i32,
        taken in vec((0..70_i32, 0..20_i32), 0..8),
        wanted in 0..70_i32,
    ) {
        let taken: Vec<(Qty, Qty)> = taken
            .iter()
            .map(|&(from, length)| (Qty::whole(from), Qty::whole(from + length)))
            .collect();
        let is_in = |intervals: &[(Qty, Qty)], unit: Qty| {
            intervals.iter().filter(|(a, b)| *a <= unit && unit < *b).count()
        };
        let free: Vec<Qty> = (0..invoiced)
            .map(Qty::whole)
            .filter(|unit| is_in(&taken, *unit) == 0)
            .collect();
        let wanted_units = usize::try_from(wanted).unwrap();
        match lowest_free(Qty::whole(invoiced), &taken, Qty::whole(wanted)) {
            None => prop_assert!(free.len() < wanted_units),
            Some(found) => {
                // Exactly the lowest free units, each once, in order.
                let units: Vec<Qty> = (0..70)
                    .map(Qty::whole)
                    .filter(|unit| is_in(&found, *unit) > 0)
                    .collect();
                prop_assert_eq!(&units[..], &free[..wanted_units]);
                prop_assert!(units.iter().all(|unit| is_in(&found, *unit) == 1));
                prop_assert!(found.iter().all(|(a, b)| a < b));
                prop_assert!(found.is_sorted());
            }
        }
    }
}
