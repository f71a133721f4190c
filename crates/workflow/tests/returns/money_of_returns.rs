//! Money over whole returns: parts credited one by one come to the whole, and what is taken back to nothing, to the minor
//! unit; in currencies of 0, 2 and 3 decimals, with prices that contain tax or not, with one or two taxes, in units of measure
//! that do not divide, and with fees under each treatment of their tax. The calculation alone: `credit_properties.rs`.

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

const US01: &str = include_str!("../../../../deploy/policy/us01.toml");

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
        treatment,
        prop::collection::vec(1..9_i32, 0..5),
    )
        .prop_map(
            |(
                (ccy, amount_minor, includes_tax, rates, freight_minor),
                times,
                (num, den),
                treatment,
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

    fn opened(&self, reason: Reason) -> World {
        let text = US01
            .replace("\"per_receipt\"", "\"per_slice\"")
            .replace("\"reduce_base\"", &format!("{:?}", self.treatment));
        let mut world = World::with_policy(&text);
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

/// Freight to the customer that was credited, over all memos.
fn freight(world: &World) -> i64 {
    let memos = world
        .effects
        .values()
        .filter_map(|(command, _)| match &command.data {
            CommandData::PostCreditMemo(memo) => Some(memo),
            _ => None,
        });
    let components = memos.flat_map(|memo| &memo.calculation.components);
    components
        .filter(|component| component.kind == ComponentType::OutboundFreight)
        .map(|component| component.amount_minor)
        .sum()
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
        let mut world = case.opened(Reason::WrongItemShipped);
        case.credited(&mut world, DispositionAction::Restock);
        prop_assert_eq!(books(&world), (net, taxed));
        let mut whole: Vec<_> = invoiced
            .taxes
            .iter()
            .map(|tax| (tax.jurisdiction.clone(), tax.amount_minor))
            .collect();
        whole.sort();
        prop_assert_eq!(taxes(&world), whole, "each tax by itself");
        prop_assert!(freight(&world) <= case.freight_minor, "freight once at most");
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
        let mut world = case.opened(Reason::NoLongerNeeded);
        case.credited(&mut world, action);
        let (net, tax) = books(&world);
        prop_assert!(0 < net + tax && tax <= taxed, "{} {}", net, tax);
        let whole = invoiced.amount_minor + if case.includes_tax { 0 } else { taxed };
        // a fee of 15 %, or half of the price: less than all of it, whatever the treatment
        prop_assert!(net + tax < whole);
        let fees: i64 = world
            .effects
            .values()
            .filter_map(|(command, _)| match &command.data {
                CommandData::PostCreditMemo(memo) => Some(memo.calculation.totals.fees_minor),
                _ => None,
            })
            .sum();
        prop_assert_eq!(fees > 0, action == DispositionAction::Restock, "{}", fees);
        take_all_back(&mut world);
        prop_assert_eq!(books(&world), (0, 0));
    }

    #[test]
    fn a_quantity_that_does_not_divide_is_held_and_never_credited(case in case(), told in 1..40_i32) {
        let mut world = case.opened(Reason::WrongItemShipped);
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
