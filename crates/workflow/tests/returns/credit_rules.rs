//! Credits beyond plain arithmetic: what is refused, what floors at zero, what an approval is bound to.

use crate::support::{US01, header, invoiced, line, now, policies, restock};
use canonical::calculation::Calculation;
use canonical::header::ReturnHeader;
use canonical::invoice::InvoicedSnapshot;
use canonical::{
    CreditBasis, Currency, DispositionAction, Liability, Qty, Ratio, Reason, ReturnType,
    SettlementMethod,
};
use workflow::credit::{CreditProblem, SliceInput, calculate, memo_lines};

fn with_policy(
    toml: &str,
    header: &ReturnHeader,
    slices: &[SliceInput<'_>],
) -> Result<Option<Calculation>, CreditProblem> {
    let policies = policies(toml);
    calculate(
        header,
        slices,
        policies.at("US01", now()).unwrap(),
        1,
        now(),
    )
}

fn usd() -> ReturnHeader {
    header(Currency::USD)
}

#[test]
fn fees_take_a_credit_down_to_zero_and_no_further() {
    for treatment in ["reduce_base", "separate_taxable", "separate_exempt"] {
        let toml = US01.replace("\"reduce_base\"", &format!("{treatment:?}"));
        let snapshot = invoiced(Currency::USD, Qty::whole(1), 300, &[("20", 60)]);
        let line = line(1, Reason::NoLongerNeeded, snapshot);
        let slice = restock(&line, Qty::ZERO, Qty::whole(1));
        let calculation = with_policy(&toml, &usd(), &[slice]).unwrap().unwrap();
        let totals = calculation.totals;
        assert_eq!(totals.net_minor, 0, "{treatment}");
        let tax = if treatment == "separate_exempt" {
            60
        } else {
            0
        };
        assert_eq!(totals.payable_minor, tax, "{treatment}");
        let settled = calculation.settlement_method == SettlementMethod::None;
        assert_eq!(settled, tax == 0, "{treatment}");
    }
}

#[test]
fn one_fee_with_its_bounds_covers_all_slices_of_a_calculation() {
    let snapshot = invoiced(Currency::USD, Qty::whole(4), 1000, &[]);
    let line = line(1, Reason::NoLongerNeeded, snapshot);
    let pieces: Vec<SliceInput<'_>> = (0..4)
        .map(|n| restock(&line, Qty::whole(n), Qty::whole(n + 1)))
        .collect();
    let calculation = with_policy(US01, &usd(), &pieces).unwrap().unwrap();
    // 15 % of 10.00 is less than the min of 5.00, which is taken once and not four times.
    assert_eq!(calculation.totals.fees_minor, 500);
    assert_eq!(calculation.totals.payable_minor, 500);
    let memo = memo_lines(&usd(), &calculation, std::slice::from_ref(&line));
    let shown: Vec<i64> = memo.iter().map(|line| line.net_minor).collect();
    assert_eq!(shown, [250, -125, 250, -125, 250, -125, 250, -125]);
    assert_eq!(memo[0].base_qty, Qty::whole(1));
    assert_eq!(memo[1].base_qty, Qty::ZERO);
    assert!(memo[1].text.contains("restocking fee"), "{}", memo[1].text);
}

#[test]
fn bounds_of_a_fee_are_converted_at_the_rate_of_the_invoice() {
    let mut header = header(Currency::EUR);
    header.base_currency = Currency::USD;
    header.fx_rate = Ratio { num: 11, den: 10 };
    let snapshot = invoiced(Currency::EUR, Qty::whole(1), 1000, &[]);
    let line = line(1, Reason::NoLongerNeeded, snapshot);
    let slice = || restock(&line, Qty::ZERO, Qty::whole(1));
    let calculation = with_policy(US01, &header, &[slice()]).unwrap().unwrap();
    // 5.00 USD at 1.10 USD per EUR.
    assert_eq!(calculation.totals.fees_minor, 455);

    header.base_currency = Currency::EUR;
    let refused = with_policy(US01, &header, &[slice()]);
    assert!(
        matches!(refused, Err(CreditProblem::NoRate { .. })),
        "{refused:?}"
    );
}

#[test]
fn nothing_to_credit_is_no_calculation() {
    let snapshot = invoiced(Currency::USD, Qty::whole(2), 1000, &[]);
    let line = line(1, Reason::NoLongerNeeded, snapshot);
    let back = |from, to| SliceInput {
        action: DispositionAction::ReturnToCustomer,
        ..restock(&line, Qty::whole(from), Qty::whole(to))
    };
    assert_eq!(with_policy(US01, &usd(), &[back(0, 2)]), Ok(None));
    let mixed = [back(0, 1), restock(&line, Qty::whole(1), Qty::whole(2))];
    let calculation = with_policy(US01, &usd(), &mixed).unwrap().unwrap();
    assert_eq!(calculation.slices.len(), 1);
    assert_eq!(calculation.slices[0].position_from, Qty::whole(1));
    assert_eq!(calculation.slices[0].invoice_line, "US01|INV-1|1");
}

#[test]
fn what_the_policy_does_not_say_is_a_gap_and_never_a_value() {
    let snapshot = invoiced(Currency::USD, Qty::whole(2), 1000, &[]);
    let line = line(1, Reason::NotAsDescribed, snapshot);
    let slice = SliceInput {
        action: DispositionAction::Scrap,
        liability: Liability::Undetermined,
        ..restock(&line, Qty::ZERO, Qty::whole(1))
    };
    let toml = US01.replace("[\"CUSTOMER\", \"UNDETERMINED\"]", "\"CUSTOMER\"");
    let problem = with_policy(&toml, &usd(), &[slice]).unwrap_err();
    assert_eq!(
        problem.to_string(),
        "policy us01-2026-01-01.r1 has no credit_percent rule for line 1 \
         (action SCRAP, liability UNDETERMINED, condition not known, reason NOT_AS_DESCRIBED)"
    );
}

#[test]
fn impossible_slices_and_invoices_are_refused() {
    let snapshot = invoiced(Currency::USD, Qty::whole(2), 1000, &[("20", 200)]);
    let good = line(1, Reason::NotAsDescribed, snapshot);
    let units = |from, to| restock(&good, Qty::whole(from), Qty::whole(to));
    let bad_slice = |slices: &[SliceInput<'_>]| {
        let refused = with_policy(US01, &usd(), slices);
        assert!(
            matches!(refused, Err(CreditProblem::BadSlice { .. })),
            "{refused:?}"
        );
    };
    bad_slice(&[units(0, 3)]);
    bad_slice(&[units(1, 1)]);
    bad_slice(&[units(-1, 1)]);
    bad_slice(&[units(0, 2), units(1, 2)]);

    let mut other = good.clone();
    other.invoiced = None;
    let slice = restock(&other, Qty::ZERO, Qty::whole(1));
    let refused = with_policy(US01, &usd(), &[slice]);
    assert_eq!(refused, Err(CreditProblem::NoInvoice { line_no: 1 }));

    let refused = with_policy(US01, &header(Currency::EUR), &[units(0, 1)]);
    assert!(
        matches!(refused, Err(CreditProblem::MixedCurrencies { .. })),
        "{refused:?}"
    );

    let bad_invoice = |change: &dyn Fn(&mut InvoicedSnapshot)| {
        let mut line = good.clone();
        change(line.invoiced.as_mut().unwrap());
        let slice = restock(&line, Qty::ZERO, Qty::whole(1));
        let refused = with_policy(US01, &usd(), &[slice]);
        assert!(
            matches!(refused, Err(CreditProblem::BadInvoice { .. })),
            "{refused:?}"
        );
    };
    bad_invoice(&|invoiced| invoiced.amount_minor = -1);
    bad_invoice(&|invoiced| {
        invoiced.price_includes_tax = true;
        invoiced.taxes[0].amount_minor = 1_001;
    });
}

#[test]
fn the_hash_is_of_the_figures_and_of_nothing_else() {
    let snapshot = invoiced(Currency::USD, Qty::whole(2), 1000, &[]);
    let line = line(1, Reason::NotAsDescribed, snapshot);
    let policies = policies(US01);
    let policy = policies.at("US01", now()).unwrap();
    let hash = |header: &ReturnHeader, slice: SliceInput<'_>, version, as_of| {
        let calculation = calculate(header, &[slice], policy, version, as_of)
            .unwrap()
            .unwrap();
        calculation.calc_hash
    };
    let whole = || restock(&line, Qty::ZERO, Qty::whole(2));
    let first = hash(&usd(), whole(), 1, now());
    assert_eq!(first.len(), 64);
    let later = now()
        .checked_add(jiff::SignedDuration::from_hours(1))
        .unwrap();
    assert_eq!(first, hash(&usd(), whole(), 1, later));
    assert_ne!(first, hash(&usd(), whole(), 2, now()));
    let damaged = SliceInput {
        liability: Liability::Carrier,
        ..whole()
    };
    assert_ne!(first, hash(&usd(), damaged, 1, now()));
    let part = restock(&line, Qty::ZERO, Qty::whole(1));
    assert_ne!(first, hash(&usd(), part, 1, now()));
    let mut other_payer = usd();
    other_payer.bill_to = "C-200".to_owned();
    assert_ne!(first, hash(&other_payer, whole(), 1, now()));
}

#[test]
fn the_ground_and_the_settlement_follow_the_return() {
    let snapshot = invoiced(Currency::USD, Qty::whole(1), 1000, &[]);
    let mut line = line(1, Reason::NotAsDescribed, snapshot);
    line.invoice_ref = None;
    let keep = SliceInput {
        disposition_id: String::new(),
        action: DispositionAction::Keep,
        ..restock(&line, Qty::ZERO, Qty::whole(1))
    };
    for (return_type, basis) in [
        (ReturnType::CreditOnly, CreditBasis::CreditOnly),
        (ReturnType::AdvanceCredit, CreditBasis::Advance),
        (ReturnType::Physical, CreditBasis::ReceivedInspected),
    ] {
        let mut header = usd();
        header.return_type = return_type;
        let calculation = with_policy(US01, &header, std::slice::from_ref(&keep))
            .unwrap()
            .unwrap();
        assert_eq!(calculation.basis, basis);
        assert_eq!(calculation.settlement_method, SettlementMethod::OnAccount);
    }
}
