//! The eight vectors that fix how money is calculated: any other rounding or order fails at least one of them.

use crate::support::{US01, header, invoiced, line, now, policies, restock};
use canonical::calculation::Calculation;
use canonical::invoice::DocumentTaxAxis;
use canonical::line::ReturnLine;
use canonical::money::round_ratio;
use canonical::{ComponentType, Currency, DispositionAction, Liability, Qty, Ratio, Reason};
use workflow::credit::{SliceInput, calculate, memo_lines};

/// Credits some units of one line in full and gives (net, tax, gross).
fn credited(line: &ReturnLine, from: i32, to: i32) -> (i64, i64, i64) {
    let ccy = line.invoiced.as_ref().unwrap().ccy;
    let policies = policies(US01);
    let policy = policies.at("US01", now()).unwrap();
    let slice = restock(line, Qty::whole(from), Qty::whole(to));
    let calculation = calculate(&header(ccy), &[slice], policy, 1, now())
        .unwrap()
        .unwrap();
    let totals = calculation.totals;
    assert_eq!(totals.payable_minor, totals.gross_minor);
    (totals.net_minor, totals.tax_minor, totals.gross_minor)
}

#[test]
fn v1_document_tax_is_apportioned_in_invoice_order_whatever_the_crediting_order() {
    let nets = [6833, 6833, 5750, 8500];
    let mut before = 0;
    let lines: Vec<ReturnLine> = (1..)
        .zip(nets)
        .map(|(line_no, net)| {
            let mut snapshot = invoiced(Currency::USD, Qty::whole(1), net, &[("20", 0)]);
            snapshot.document_axis = Some(DocumentTaxAxis {
                net_before_minor: before,
                net_total_minor: nets.iter().sum(),
                tax_total_minor: 5583,
            });
            before += net;
            line(line_no, Reason::NotAsDescribed, snapshot)
        })
        .collect();
    let mut gross = 0;
    for (n, tax) in [(0, 1367), (2, 1150), (3, 1700), (1, 1366)] {
        let line = &lines[n];
        let found = credited(line, 0, 1);
        assert_eq!(found.1, tax, "line {}", line.line_no);
        gross += found.2;
    }
    assert_eq!(gross, 33499);
}

#[test]
fn v2_three_pieces_one_at_a_time() {
    let snapshot = invoiced(Currency::USD, Qty::whole(3), 1000, &[("7.3", 73)]);
    let line = line(1, Reason::NotAsDescribed, snapshot);
    assert_eq!(credited(&line, 0, 1), (333, 24, 357));
    assert_eq!(credited(&line, 1, 2), (334, 25, 359));
    assert_eq!(credited(&line, 2, 3), (333, 24, 357));
}

/// Three pieces restocked with a fee, one scrapped that the customer damaged.
fn v3(treatment: &str) -> Calculation {
    let snapshot = invoiced(Currency::USD, Qty::whole(10), 22000, &[("8.25", 1815)]);
    let line = line(1, Reason::NoLongerNeeded, snapshot);
    let policies = policies(&US01.replace("\"reduce_base\"", &format!("{treatment:?}")));
    let policy = policies.at("US01", now()).unwrap();
    let slices = [
        restock(&line, Qty::ZERO, Qty::whole(3)),
        SliceInput {
            disposition_id: "D1/2".to_owned(),
            action: DispositionAction::Scrap,
            liability: Liability::Customer,
            ..restock(&line, Qty::whole(3), Qty::whole(4))
        },
    ];
    let header = header(Currency::USD);
    let calculation = calculate(&header, &slices, policy, 1, now())
        .unwrap()
        .unwrap();
    let memo = memo_lines(&header, &calculation, std::slice::from_ref(&line));
    let totals = &calculation.totals;
    assert_eq!(
        memo.iter().map(|l| l.net_minor).sum::<i64>(),
        totals.net_minor
    );
    assert_eq!(
        memo.iter().map(|l| l.tax_minor).sum::<i64>(),
        totals.tax_minor
    );
    calculation
}

fn amounts(calculation: &Calculation, kind: ComponentType) -> Vec<i64> {
    calculation
        .components
        .iter()
        .filter(|component| component.kind == kind)
        .map(|component| component.amount_minor)
        .collect()
}

#[test]
fn v3_fee_that_reduces_the_base() {
    let calculation = v3("reduce_base");
    assert_eq!(amounts(&calculation, ComponentType::Goods), [6600, 1100]);
    assert_eq!(amounts(&calculation, ComponentType::RestockingFee), [990]);
    let taxes: Vec<i64> = calculation.tax_lines.iter().map(|t| t.tax_minor).collect();
    assert_eq!(taxes, [463, 91]);
    assert_eq!(calculation.totals.payable_minor, 7264);
    assert_eq!(calculation.totals.fees_minor, 990);
}

#[test]
fn v3_fee_without_tax() {
    let calculation = v3("separate_exempt");
    let taxes: Vec<i64> = calculation.tax_lines.iter().map(|t| t.tax_minor).collect();
    assert_eq!(taxes, [545, 91]);
    assert_eq!(amounts(&calculation, ComponentType::Tax), [545, 91]);
    assert_eq!(calculation.totals.payable_minor, 7346);
    assert_eq!(calculation.totals.fees_minor, 990);
}

#[test]
fn v3_fee_with_its_own_tax() {
    let calculation = v3("separate_taxable");
    assert_eq!(amounts(&calculation, ComponentType::Tax), [545, 82, 91]);
    assert_eq!(calculation.totals.payable_minor, 7264);
    assert_eq!(calculation.totals.fees_minor, 990 + 82);
}

#[test]
fn v4_prices_with_tax_apportion_gross_and_tax() {
    let mut snapshot = invoiced(Currency::EUR, Qty::whole(7), 10000, &[("20", 1667)]);
    snapshot.price_includes_tax = true;
    let line = line(1, Reason::NotAsDescribed, snapshot);
    assert_eq!(credited(&line, 0, 2), (2381, 476, 2857));
    assert_eq!(credited(&line, 2, 7), (5952, 1191, 7143));
}

#[test]
fn v5_yen_have_no_decimals() {
    let snapshot = invoiced(Currency::JPY, Qty::whole(3), 1000, &[("10", 100)]);
    let line = line(1, Reason::NotAsDescribed, snapshot);
    assert_eq!(credited(&line, 0, 1), (333, 33, 366));
    assert_eq!(credited(&line, 1, 2), (334, 34, 368));
    assert_eq!(credited(&line, 2, 3), (333, 33, 366));
}

#[test]
fn v6_dinars_have_three_decimals() {
    let snapshot = invoiced(Currency::KWD, Qty::whole(2), 1005, &[]);
    let line = line(1, Reason::NotAsDescribed, snapshot);
    assert_eq!(credited(&line, 0, 1).0, 503);
    assert_eq!(credited(&line, 1, 2).0, 502);
}

#[test]
fn v7_cases_are_credited_by_the_piece() {
    let case = Ratio { num: 72, den: 1 };
    let pieces = Qty::whole(2).times(case).unwrap();
    let snapshot = invoiced(Currency::USD, pieces, 10000, &[]);
    let line = line(1, Reason::NotAsDescribed, snapshot);
    assert_eq!(credited(&line, 0, 5).0, 347);
    assert_eq!(credited(&line, 5, 144).0, 9653);
}

#[test]
fn v8_halves_round_away_from_zero() {
    assert_eq!(round_ratio(70_125, 10), Some(7013));
    assert_eq!(round_ratio(-70_125, 10), Some(-7013));
}
