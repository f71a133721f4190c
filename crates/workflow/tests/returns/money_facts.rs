//! Money against facts from outside: what the customer claims, what a fee takes, what a rate or a currency does to it.

use crate::support::{US01, header, invoiced, line, now, policies, restock};
use crate::world::{World, facts};
use canonical::approval::Verdict as Word;
use canonical::calculation::Calculation;
use canonical::event::TimerKind;
use canonical::header::ReturnRequest;
use canonical::line::ReturnLine;
use canonical::{
    Command, CommandData, Condition, Currency, DispositionAction, EffectKind, ExceptionCode, Money,
    Qty, Ratio, Reason, SettlementMethod,
};
use workflow::credit::calculate;

/// A return of 3 of 10 pieces at 22.00, claimed at that price, that came back as good as new.
fn came_back(world: &mut World, claimed_minor: i64) {
    let mut line = facts::line(1, 3);
    line.claimed_unit_price = Some(Money::new(claimed_minor, Currency::USD));
    came(world, facts::request(vec![line]));
}

fn came(world: &mut World, request: ReturnRequest) {
    world.tell(facts::asked(request));
    world.tell(facts::received("R1", &[("SKU-1", 3)]));
    world.tell(facts::inspected(
        "I1",
        &[("SKU-1", 3, Condition::ANewSealed)],
    ));
    world.tell(facts::disposed(
        "D1",
        &[("SKU-1", 3, DispositionAction::Restock)],
    ));
}

fn memo(world: &World) -> Option<Calculation> {
    let memos = world.commands(EffectKind::ErpCreditMemo);
    assert!(memos.len() < 2, "one memo");
    match &memos.first()?.data {
        CommandData::PostCreditMemo(memo) => Some(memo.calculation.clone()),
        other => panic!("no memo: {other:?}"),
    }
}

fn approve(world: &mut World) {
    let asked = world.state().approvals().last().unwrap().clone();
    let id = (&*asked.approval_id, &*asked.calc_hash);
    world.tell(facts::decided(
        id,
        "fiona",
        "finance_manager",
        Word::Approve,
    ));
}

#[test]
fn scenario_31_a_claim_above_the_invoice_is_credited_at_the_invoice_once_approved() {
    let mut world = World::new("per_receipt");
    came_back(&mut world, 2500);
    assert_eq!(memo(&world), None, "held");
    assert_eq!(world.raised(ExceptionCode::PriceVariance), 1);
    let raised = world.exceptions.values().next().unwrap();
    assert!(
        raised
            .reason
            .contains("66.00 USD expected, 75.00 USD found"),
        "{}",
        raised.reason
    );
    approve(&mut world);
    let calculation = memo(&world).unwrap();
    assert_eq!(
        calculation.totals.net_minor, 6600,
        "never above the invoice"
    );
    assert_eq!(calculation.totals.tax_minor, 545);
    assert_eq!(calculation.variances.len(), 1);
    assert_eq!(world.raised(ExceptionCode::PriceVariance), 0);
}

#[test]
fn scenario_31_the_lower_price_is_credited_within_the_tolerance() {
    for (claimed, net, variances) in [(2201, 6600, 1), (2200, 6600, 0), (2199, 6597, 1)] {
        let mut world = World::new("per_receipt");
        came_back(&mut world, claimed);
        let calculation = memo(&world).unwrap();
        assert_eq!(calculation.totals.net_minor, net, "claimed {claimed}");
        assert_eq!(calculation.variances.len(), variances, "claimed {claimed}");
        assert!(
            calculation
                .variances
                .iter()
                .all(|it| !it.decision.is_empty())
        );
        assert_eq!(world.raised(ExceptionCode::PriceVariance), 0);
    }
}

#[test]
fn scenario_31_a_claim_far_below_the_invoice_waits_too() {
    let mut world = World::new("per_receipt");
    came_back(&mut world, 1000);
    assert_eq!(memo(&world), None);
    assert_eq!(world.raised(ExceptionCode::PriceVariance), 1);
    approve(&mut world);
    let totals = memo(&world).unwrap().totals;
    assert_eq!((totals.net_minor, totals.tax_minor), (3000, 248));
}

#[test]
fn scenario_31_without_a_rule_a_variance_is_asked_like_an_exception() {
    let rule = "[[approval]]\nid = \"variance\"";
    let without = US01.split(rule).next().unwrap();
    let mut world = World::with_policy(without);
    came_back(&mut world, 2500);
    assert_eq!(memo(&world), None);
    let asked = world.state().open_approvals().next().unwrap();
    assert_eq!(asked.required[0].role, "returns_manager");
    assert_eq!(world.raised(ExceptionCode::PriceVariance), 1);
}

#[test]
fn scenario_31_the_refused_claim_is_credited_with_nothing() {
    let mut world = World::new("per_receipt");
    came_back(&mut world, 2500);
    let asked = world.state().approvals().last().unwrap().clone();
    let id = (&*asked.approval_id, &*asked.calc_hash);
    world.tell(facts::decided(id, "fiona", "finance_manager", Word::Reject));
    assert_eq!(memo(&world), None);
    assert_eq!(world.raised(ExceptionCode::PriceVariance), 0);
}

/// What so many units of a line are credited at.
fn credited(line: &ReturnLine, from: i32, to: i32) -> Calculation {
    let ccy = line.invoiced.as_ref().unwrap().ccy;
    let policies = policies(US01);
    let slice = restock(line, Qty::whole(from), Qty::whole(to));
    let policy = policies.at("US01", now()).unwrap();
    let header = canonical::header::ReturnHeader {
        base_currency: Currency::USD,
        ..header(ccy)
    };
    calculate(&header, &[slice], policy, 1, now())
        .unwrap()
        .unwrap()
}

#[test]
fn scenario_31_in_currencies_of_no_two_and_three_decimals_and_prices_with_tax() {
    for (ccy, amount, tax, claimed, net, credited_tax) in [
        (Currency::JPY, 3000, 300, 900, 900, 90),
        (Currency::USD, 3000, 300, 900, 900, 90),
        (Currency::KWD, 3000, 300, 900, 900, 90),
    ] {
        let snapshot = invoiced(ccy, Qty::whole(3), amount, &[("10", tax)]);
        let mut line = line(1, Reason::NotAsDescribed, snapshot);
        line.claimed_unit_price = Some(Money::new(claimed, ccy));
        let totals = credited(&line, 0, 1).totals;
        assert_eq!(
            (totals.net_minor, totals.tax_minor),
            (net, credited_tax),
            "{ccy}"
        );
    }
    // 120.00 with 20.00 tax for 3 pieces; claimed 30.00 for one: 5.00 of it is tax.
    let mut snapshot = invoiced(Currency::USD, Qty::whole(3), 12_000, &[("20", 2000)]);
    snapshot.price_includes_tax = true;
    let mut line = line(1, Reason::NotAsDescribed, snapshot);
    line.claimed_unit_price = Some(Money::new(3000, Currency::USD));
    let totals = credited(&line, 1, 2).totals;
    assert_eq!((totals.net_minor, totals.tax_minor), (2500, 500));
}

#[test]
fn scenario_31_the_invoiced_price_rounded_to_a_cent_is_the_invoiced_price() {
    // 2 cases of 72 at 100.00: a piece costs 0.69444…, a case 50.00.
    let snapshot = invoiced(Currency::USD, Qty::whole(144), 10_000, &[]);
    let mut by_piece = line(1, Reason::NotAsDescribed, snapshot);
    by_piece.claimed_unit_price = Some(Money::new(69, Currency::USD));
    let calculation = credited(&by_piece, 0, 5);
    assert_eq!(calculation.totals.net_minor, 347);
    assert!(calculation.variances.is_empty());
    let mut by_case = by_piece;
    by_case.base_per_uom = Ratio { num: 72, den: 1 };
    by_case.claimed_unit_price = Some(Money::new(4000, Currency::USD));
    assert_eq!(credited(&by_case, 0, 72).totals.net_minor, 4000);
    assert_eq!(credited(&by_case, 0, 36).totals.net_minor, 2000);
}

#[test]
fn scenario_32_fees_above_the_goods_pay_nothing_and_make_no_memo() {
    for treatment in ["reduce_base", "separate_taxable", "separate_exempt"] {
        let policy = US01.replace("\"reduce_base\"", &format!("{treatment:?}"));
        let mut world = World::with_policy(&policy);
        // Invoiced at 0.30 each without tax: the fee's minimum of 5.00 is above it.
        let mut line = facts::line(1, 3);
        line.reason = Reason::NoLongerNeeded;
        let snapshot = line.invoiced.as_mut().unwrap();
        snapshot.amount_minor = 300;
        snapshot.taxes.clear();
        came(&mut world, facts::request(vec![line]));
        assert_eq!(memo(&world), None, "{treatment}: no memo and no debit");
        let credits = world.state().credits();
        assert!(credits.iter().all(|credit| credit.payable_minor >= 0));
    }
    let snapshot = invoiced(Currency::JPY, Qty::whole(1), 3, &[]);
    let line = line(1, Reason::NoLongerNeeded, snapshot);
    let policy = US01
        .replace("min = \"5.00\"\n", "")
        .replace("max = \"500.00\"\n", "")
        .replace("percent = \"15\"", "percent = \"100\"");
    let policies = policies(&policy);
    let slice = restock(&line, Qty::ZERO, Qty::whole(1));
    let policy = policies.at("US01", now()).unwrap();
    let calculation = calculate(&header(Currency::JPY), &[slice], policy, 1, now());
    let calculation = calculation.unwrap().unwrap();
    assert_eq!(calculation.totals.payable_minor, 0);
    assert_eq!(calculation.settlement_method, SettlementMethod::None);
}

#[test]
fn scenario_33_parts_of_a_line_sum_to_the_line_in_every_currency() {
    for (ccy, amount, tax, shares, taxes) in [
        (Currency::JPY, 1000, 100, [333, 334, 333], [33, 34, 33]),
        (Currency::USD, 1000, 73, [333, 334, 333], [24, 25, 24]),
        (Currency::KWD, 1005, 73, [335, 335, 335], [24, 25, 24]),
    ] {
        let line = line(
            1,
            Reason::NotAsDescribed,
            invoiced(ccy, Qty::whole(3), amount, &[("10", tax)]),
        );
        for (n, (net, tax)) in (0..).zip(shares.into_iter().zip(taxes)) {
            let totals = credited(&line, n, n + 1).totals;
            assert_eq!(
                (totals.net_minor, totals.tax_minor),
                (net, tax),
                "{ccy} {n}"
            );
        }
        let totals = credited(&line, 0, 3).totals;
        assert_eq!((totals.net_minor, totals.tax_minor), (amount, tax), "{ccy}");
    }
}

/// A return in EUR, invoiced when a euro was 1.10 dollars.
fn in_euros() -> ReturnRequest {
    let mut line = facts::line(1, 3);
    let snapshot = line.invoiced.as_mut().unwrap();
    snapshot.ccy = Currency::EUR;
    snapshot.fx_rate = Ratio { num: 11, den: 10 };
    ReturnRequest {
        currency: Currency::EUR,
        base_currency: Some(Currency::USD),
        fx_rate: Ratio { num: 11, den: 10 },
        ..facts::request(vec![line])
    }
}

#[test]
fn scenario_34_the_memo_is_at_the_rate_of_the_invoice_whatever_the_rate_is_now() {
    let mut world = World::new("per_receipt");
    came(&mut world, in_euros());
    let calculation = memo(&world).unwrap();
    assert_eq!(calculation.ccy, Currency::EUR);
    assert_eq!(calculation.totals.net_minor, 6600);
    assert!(calculation.variances.is_empty(), "no FX variance");
    assert_eq!(world.raised(ExceptionCode::FxVariance), 0);
    assert_eq!(world.state().header().fx_rate, Ratio { num: 11, den: 10 });
    let command: &Command = world.commands(EffectKind::ErpCreditMemo)[0];
    assert_eq!(command.amount(), Some(Money::new(7145, Currency::EUR)));
}

#[test]
fn scenario_34_thresholds_compare_at_the_rate_of_the_invoice() {
    // 71.45 EUR are 78.60 USD at 1.10 and 85.74 at 1.20: a threshold of 80.00 USD tells them apart.
    let policy = US01.replace("gross_over = \"500.00\"", "gross_over = \"80.00\"");
    let mut world = World::with_policy(&policy);
    came(&mut world, in_euros());
    assert!(memo(&world).is_some(), "nobody need approve");
    let mut world = World::with_policy(&policy.replace("\"80.00\"", "\"78.00\""));
    came(&mut world, in_euros());
    assert!(memo(&world).is_none(), "78.60 is above 78.00");
    assert_eq!(world.state().approvals().len(), 1);
}

/// The example policy of an entity with a tax engine.
fn with_engine() -> World {
    World::with_policy(&format!("{US01}\n[tax_engine]\nwait_hours = 4\n"))
}

fn quote(world: &World) -> canonical::EffectKey {
    let quotes = world.commands(EffectKind::TaxRefundQuote);
    quotes.last().unwrap().effect_key.clone()
}

/// The engine answers with so much tax.
fn answer(world: &mut World, tax_minor: i64) {
    let key = quote(world);
    let amount = Money::new(tax_minor, Currency::USD);
    world.confirm_with(&key, Some(amount));
}

fn three_pieces(world: &mut World) {
    came(world, facts::request(vec![facts::line(1, 3)]));
}

#[test]
fn scenario_30_within_the_tolerance_the_tax_of_the_invoice_is_used() {
    for (quoted, variances) in [(545, 0), (547, 1)] {
        let mut world = with_engine();
        three_pieces(&mut world);
        assert_eq!(memo(&world), None, "it waits for the answer");
        let CommandData::QuoteTax(asked) = &world.commands(EffectKind::TaxRefundQuote)[0].data
        else {
            panic!("a question");
        };
        assert_eq!(asked.tax_minor, 545);
        assert_eq!(
            asked.lines[0].invoice_ref.date,
            jiff::civil::date(2026, 4, 20)
        );
        answer(&mut world, quoted);
        let calculation = memo(&world).unwrap();
        assert_eq!(calculation.totals.tax_minor, 545, "the invoice's");
        assert_eq!(calculation.variances.len(), variances, "quoted {quoted}");
        assert!(
            calculation
                .variances
                .iter()
                .all(|it| it.kind == "TAX" && !it.decision.is_empty())
        );
        assert_eq!(world.raised(ExceptionCode::TaxVariance), 0);
    }
}

#[test]
fn scenario_30_beyond_the_tolerance_it_is_held_until_approved() {
    // Within 0.05, but not within 0.5 % of 5.45.
    for quoted in [548, 600, 0] {
        let mut world = with_engine();
        three_pieces(&mut world);
        answer(&mut world, quoted);
        assert_eq!(memo(&world), None, "quoted {quoted}");
        assert_eq!(world.raised(ExceptionCode::TaxVariance), 1);
        approve(&mut world);
        assert_eq!(memo(&world).unwrap().totals.tax_minor, 545);
        assert_eq!(world.raised(ExceptionCode::TaxVariance), 0);
    }
}

#[test]
fn scenario_30_an_engine_that_is_down_makes_it_provisional_and_its_answer_trues_it_up() {
    for (late, exceptions) in [(545, 0), (700, 1)] {
        let mut world = with_engine();
        three_pieces(&mut world);
        let timer = world
            .timers
            .values()
            .find(|it| it.kind == TimerKind::TaxQuote)
            .unwrap();
        let (of, due_at) = (timer.of.clone(), timer.due_at);
        world.now = due_at;
        world.tell(facts::fired(TimerKind::TaxQuote, &of, due_at));
        let calculation = memo(&world).unwrap();
        assert!(calculation.variances[0].decision.starts_with("PROVISIONAL"));
        assert_eq!(calculation.totals.tax_minor, 545);
        answer(&mut world, late);
        assert_eq!(
            world.raised(ExceptionCode::TaxVariance),
            exceptions,
            "{late}"
        );
        assert_eq!(world.commands(EffectKind::TaxRefundQuote).len(), 1);
    }
}

#[test]
fn scenario_30_the_engine_is_told_after_the_memo_under_a_key_of_the_memo() {
    let mut world = with_engine();
    three_pieces(&mut world);
    answer(&mut world, 545);
    let memo = world.commands(EffectKind::ErpCreditMemo)[0]
        .effect_key
        .clone();
    let commit = world.commands(EffectKind::TaxRefundCommit)[0].clone();
    assert_eq!(commit.key_text, format!("{memo}|TX"));
    assert!(!world.effects[&commit.effect_key].1, "not before the memo");
    world.confirm_all();
    assert!(world.confirmed.contains(&commit.effect_key));
}

#[test]
fn scenario_30_without_an_engine_nobody_is_asked() {
    let mut world = World::new("per_receipt");
    three_pieces(&mut world);
    assert!(memo(&world).unwrap().variances.is_empty());
    assert!(world.commands(EffectKind::TaxRefundQuote).is_empty());
    assert!(world.commands(EffectKind::TaxRefundCommit).is_empty());
}
