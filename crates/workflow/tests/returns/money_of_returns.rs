//! Money over whole returns: parts credited one by one come to the whole, and what is taken back to nothing, to the minor
//! unit; in currencies of 0, 2 and 3 decimals, with prices that contain tax or not, with one or two taxes, in units of measure
//! that do not divide, with fees under each treatment of their tax, freight by each rule and a return label. The calculation
//! alone: `credit_properties.rs`.

use crate::freight_and_label::with_rules;
use crate::support::{header, now, policies, restock};
use crate::world;
use crate::world::facts::{asked, disposition, inspected, line, receipt, request, uncredit};
use crate::world::{Invariant, World};
use canonical::invoice::InvoicedTax;
use canonical::line::ReturnLine;
use canonical::{
    CommandData, ComponentType, Condition, Currency, DispositionAction, EffectKey, EventData,
    ExceptionCode, Liability, Qty, Ratio, Reason,
};
use proptest::prelude::*;
use proptest::sample::select;
use workflow::CreditState;
use workflow::credit::calculate;

/// An invoice line, and how it comes back.
#[derive(Debug, Clone)]
struct Case {
    ccy: Currency,
    amount_minor: i64,
    includes_tax: bool,
    /// Percent of each tax.
    rates: Vec<i32>,
    freight_minor: i64,
    /// Whole base units of the line.
    units: i32,
    /// Base units in one of the unit that the request counts in.
    ratio: Ratio,
    /// Base units of each receipt.
    parts: Vec<i32>,
    treatment: &'static str,
    /// When freight is credited.
    freight: &'static str,
}

fn case() -> impl Strategy<Value = Case> {
    let ccy = select(vec![
        Currency::USD,
        Currency::EUR,
        Currency::JPY,
        Currency::KWD,
    ]);
    let ratio = select(vec![(1, 1), (6, 1), (7, 2), (1, 3)]);
    let treatment = select(vec!["reduce_base", "separate_taxable", "separate_exempt"]);
    let freight = select(vec!["with_units", "when_all_came_back", "none"]);
    let rates = prop::collection::vec(1..30_i32, 0..3);
    let money = (
        ccy,
        20_000..9_000_000_i64,
        any::<bool>(),
        rates,
        0..5_000_i64,
    );
    (
        money,
        1..5_i32,
        ratio,
        (treatment, freight),
        prop::collection::vec(1..9_i32, 0..5),
    )
        .prop_map(
            |(
                (ccy, amount_minor, includes_tax, rates, freight_minor),
                times,
                (num, den),
                (treatment, freight),
                cuts,
            )| {
                let units = times * num;
                let mut left = units;
                let mut parts = Vec::new();
                for cut in cuts {
                    if cut < left {
                        parts.push(cut);
                        left -= cut;
                    }
                }
                parts.push(left);
                let ratio = Ratio {
                    num: i64::from(num),
                    den: i64::from(den),
                };
                Case {
                    ccy,
                    amount_minor,
                    includes_tax,
                    rates,
                    freight_minor,
                    units,
                    ratio,
                    parts,
                    treatment,
                    freight,
                }
            },
        )
}

impl Case {
    fn line(&self, reason: Reason) -> ReturnLine {
        let mut line = line(1, 1);
        line.reason = reason;
        if self.ratio != Ratio::ONE {
            "XCS".clone_into(&mut line.uom);
        }
        line.base_per_uom = self.ratio;
        line.qty_requested = Qty::whole(self.units).times(self.ratio.inverse()).unwrap();
        let invoiced = line.invoiced.as_mut().unwrap();
        invoiced.base_qty = Qty::whole(self.units);
        invoiced.ccy = self.ccy;
        invoiced.amount_minor = self.amount_minor;
        invoiced.price_includes_tax = self.includes_tax;
        invoiced.freight_minor = self.freight_minor;
        invoiced.fx_rate = self.rate();
        let all = 100 + i64::from(self.rates.iter().sum::<i32>());
        let of = if self.includes_tax { all } else { 100 };
        invoiced.taxes = self
            .rates
            .iter()
            .enumerate()
            .map(|(n, rate)| InvoicedTax {
                jurisdiction: format!("J{n}"),
                tax_type: "SALES".to_owned(),
                category: None,
                rate: Qty::whole(*rate),
                amount_minor: self.amount_minor * i64::from(*rate) / of,
            })
            .collect();
        line
    }

    /// Dollars for one of the currency.
    fn rate(&self) -> Ratio {
        match self.ccy {
            Currency::JPY => Ratio { num: 1, den: 150 },
            Currency::KWD => Ratio { num: 13, den: 4 },
            Currency::EUR => Ratio { num: 11, den: 10 },
            _ => Ratio::ONE,
        }
    }

    /// The example with freight by the case's rule, whatever the reason, and a label at whoever's cost `label` says.
    fn policy(&self, label: Liability) -> String {
        with_rules(self.freight, self.treatment)
            .replace("credit = \"none\"", &format!("credit = {:?}", self.freight))
            .replace("\"per_receipt\"", "\"per_slice\"")
            .replace("\"reduce_base\"", &format!("{:?}", self.treatment))
            .replace(
                "when = { liability = \"CUSTOMER\" }",
                &format!("when = {{ liability = {:?} }}", label.word()),
            )
    }

    /// What of the freight is credited once everything came back.
    fn freight_in_all(&self) -> i64 {
        if self.freight == "none" {
            0
        } else {
            self.freight_minor
        }
    }

    fn opened(&self, reason: Reason, label: Liability) -> World {
        let mut world = World::with_policy(&self.policy(label));
        world.axis = Qty::whole(self.units);
        let mut asked_for = request(vec![self.line(reason)]);
        asked_for.currency = self.ccy;
        asked_for.base_currency = Some(Currency::USD);
        asked_for.fx_rate = self.rate();
        world.tell(asked(asked_for));
        world
    }

    /// Every part comes, is inspected, and is credited by a memo of its own.
    fn credited(&self, world: &mut World, action: DispositionAction) {
        for (n, units) in self.parts.iter().enumerate() {
            let goods = [("SKU-1", *units)];
            world.tell(EventData::ReceiptRecorded(receipt(
                &format!("R{n}"),
                &goods,
            )));
            let found = [("SKU-1", *units, Condition::ANewSealed)];
            world.tell(inspected(&format!("I{n}"), &found));
            let mut decided = disposition(&format!("D{n}"), &[("SKU-1", *units, action)]);
            decided.allocations[0].liability = Some(Liability::Customer);
            world.tell(EventData::DispositionDecided(decided));
            world.run_down();
        }
    }
}

/// Net and tax in the books.
fn books(world: &World) -> (i64, i64) {
    world::posted(world).get(&1).copied().unwrap_or_default()
}

/// What was credited of each tax, by jurisdiction.
fn taxes(world: &World) -> Vec<(String, i64)> {
    let mut taxes: Vec<(String, i64)> = Vec::new();
    for key in &world.confirmed {
        let CommandData::PostCreditMemo(memo) = &world.effects[key].0.data else {
            continue;
        };
        for tax in &memo.calculation.tax_lines {
            match taxes.iter_mut().find(|(name, _)| *name == tax.jurisdiction) {
                Some((_, sum)) => *sum += tax.tax_minor,
                None => taxes.push((tax.jurisdiction.clone(), tax.tax_minor)),
            }
        }
    }
    taxes.sort();
    taxes
}

/// What every memo has of a component, where it has any.
fn of_kind(world: &World, kind: ComponentType) -> Vec<i64> {
    let memos = world
        .effects
        .values()
        .filter_map(|(command, _)| match &command.data {
            CommandData::PostCreditMemo(memo) => Some(memo),
            _ => None,
        });
    let sums = memos.map(|memo| {
        let components = memo.calculation.components.iter();
        let own = components.filter(|component| component.kind == kind);
        own.map(|component| component.amount_minor).sum::<i64>()
    });
    sums.filter(|sum| *sum != 0).collect()
}

fn take_all_back(world: &mut World) {
    let standing = world
        .state()
        .credits()
        .iter()
        .filter(|credit| credit.corrects.is_none() && credit.state == CreditState::Credited);
    let keys: Vec<EffectKey> = standing.filter_map(|c| c.effect_key.clone()).collect();
    for key in keys {
        world.tell(uncredit(&format!("U-{key}"), key.as_str(), false));
        world.run_down();
    }
}

proptest! {
    #![proptest_config(world::tried(32))]

    #[test]
    fn inv_06_parts_come_to_the_invoice_line_and_back_to_nothing(case in case()) {
        let line = case.line(Reason::WrongItemShipped);
        let invoiced = line.invoiced.unwrap();
        let taxed: i64 = invoiced.taxes.iter().map(|tax| tax.amount_minor).sum();
        let net = invoiced.amount_minor - if case.includes_tax { taxed } else { 0 };
        let mut world = case.opened(Reason::WrongItemShipped, Liability::Seller);
        case.credited(&mut world, DispositionAction::Restock);
        let freight = case.freight_in_all();
        prop_assert_eq!(books(&world), (net + freight, taxed));
        let mut whole: Vec<_> = invoiced
            .taxes
            .iter()
            .map(|tax| (tax.jurisdiction.clone(), tax.amount_minor))
            .collect();
        whole.sort();
        prop_assert_eq!(taxes(&world), whole, "each tax by itself");
        let freights = of_kind(&world, ComponentType::OutboundFreight);
        prop_assert_eq!(freights.iter().sum::<i64>(), freight, "once: {:?}", freights);
        if case.freight == "when_all_came_back" {
            prop_assert_eq!(freights.len(), usize::from(freight != 0));
        }
        take_all_back(&mut world);
        prop_assert_eq!(books(&world), (0, 0));
        prop_assert_eq!(world.state().credited().minor, 0);
    }

    #[test]
    fn inv_06_with_fees_no_more_than_the_invoice_line_and_back_to_nothing(
        case in case(),
        action in select(vec![DispositionAction::Restock, DispositionAction::Scrap]),
    ) {
        let line = case.line(Reason::NoLongerNeeded);
        let invoiced = line.invoiced.unwrap();
        let taxed: i64 = invoiced.taxes.iter().map(|tax| tax.amount_minor).sum();
        let mut world = case.opened(Reason::NoLongerNeeded, Liability::Customer);
        case.credited(&mut world, action);
        let (net, tax) = books(&world);
        prop_assert!(0 < net + tax && tax <= taxed, "{} {}", net, tax);
        let freight: i64 = of_kind(&world, ComponentType::OutboundFreight).iter().sum();
        prop_assert!(freight <= case.freight_in_all(), "{}", freight);
        let whole = invoiced.amount_minor + if case.includes_tax { 0 } else { taxed } + freight;
        // a fee of 15 %, or half of the price: less than all of it, whatever the treatment
        prop_assert!(net + tax < whole);
        let fees = of_kind(&world, ComponentType::RestockingFee);
        prop_assert_eq!(!fees.is_empty(), action == DispositionAction::Restock, "{:?}", fees);
        let labels = of_kind(&world, ComponentType::ReturnLabelFee);
        prop_assert!(labels.len() <= 1, "once per return: {:?}", labels);
        let dollars = case.rate();
        let most = labels.iter().all(|label| {
            let decimals = 10_i64.pow(case.ccy.exponent());
            label * dollars.num * 100 <= (1200 + 1) * dollars.den * decimals
        });
        prop_assert!(most, "{:?}", labels);
        take_all_back(&mut world);
        prop_assert_eq!(books(&world), (0, 0));
    }

    #[test]
    fn inv_06_freight_over_several_returns_is_the_lines_freight(case in case(), order in any::<u64>()) {
        let case = Case { freight: "with_units", ..case };
        let line = case.line(Reason::WrongItemShipped);
        let set = policies(&case.policy(Liability::Seller));
        let policy = set.at("US01", now()).unwrap();
        let mut from = 0;
        let mut units: Vec<(i32, i32)> = Vec::new();
        for part in &case.parts {
            units.push((from, from + part));
            from += part;
        }
        let by = usize::try_from(order % 7).unwrap() % units.len();
        units.rotate_left(by);
        let mut sum = 0;
        for (n, (from, to)) in units.iter().enumerate() {
            // Each part in a return of its own, which knows of no other.
            let mut header = header(case.ccy);
            header.return_id = format!("RETURN-{n}");
            header.base_currency = Currency::USD;
            header.fx_rate = case.rate();
            let slice = restock(&line, Qty::whole(*from), Qty::whole(*to));
            let found = calculate(&header, &[slice], policy, 1, now()).unwrap().unwrap();
            let components = found.components.iter();
            let freight = components.filter(|it| it.kind == ComponentType::OutboundFreight);
            sum += freight.map(|it| it.amount_minor).sum::<i64>();
        }
        prop_assert_eq!(sum, case.freight_minor);
    }

    #[test]
    fn a_quantity_that_does_not_divide_is_held_and_never_credited(case in case(), told in 1..40_i32) {
        let mut world = case.opened(Reason::WrongItemShipped, Liability::Seller);
        let mut odd = receipt("R-odd", &[("SKU-1", told)]);
        "XCS".clone_into(&mut odd.lines[0].uom);
        world.watched = Some(Invariant::Accepted);
        world.tell(EventData::ReceiptRecorded(odd));
        world.tell(inspected("I-odd", &[("SKU-1", case.units, Condition::ANewSealed)]));
        let exact = Qty::whole(told).times(case.ratio);
        let is_known = case.ratio != Ratio::ONE;
        match exact.filter(|_| is_known) {
            None => {
                prop_assert_eq!(world.raised(ExceptionCode::UomInexact), 1);
                prop_assert_eq!(world.pieces(workflow::Bucket::Inspected), 0);
            }
            Some(base) => {
                let came = world.state().in_buckets(workflow::Bucket::ACCEPTED);
                prop_assert_eq!(came, base.min(Qty::whole(case.units)));
            }
        }
    }
}
