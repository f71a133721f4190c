//! Freight to the customer: each unit's share of what was invoiced for the line, once.
//!
//! The share of a unit is cumulative along the invoice line, as that of its price is, so that the shares of any partition
//! sum to the line's freight whatever the order and however many returns bring the units. Freight is credited in full,
//! whatever percentage of the goods is, and without a tax of its own: what tax was invoiced stands in the line's taxes and is
//! apportioned with them.

use canonical::header::ReturnHeader;
use canonical::{Currency, Money, Qty};

use super::apportion::apportion;
use super::beside::{Beside, LineUnits, of_line};
use super::problem::CreditProblem;
use super::slice::Credit;
use crate::policy::FreightCredit;
use crate::reservation::{lowest_unused, measure};

/// The freight of one slice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Freight {
    /// Minor units.
    pub(super) amount: i64,
    /// How it came about, for people.
    pub(super) formula: String,
    /// Units whose freight it is because everything came back; also of earlier credits.
    pub(super) units: Vec<LineUnits>,
}

/// The freight of each slice, in the order of the slices.
///
/// Everything of an invoice line came back when this calculation and the other credits of the return credit every unit of
/// it. Units of other returns do not count: the units of an invoice line are claimed, so at most one return can hold all of
/// them, and nobody has to be asked. A line that no invoice names has no freight, since nobody could say that it is credited once.
pub(super) fn freights(
    header: &ReturnHeader,
    credits: &[Credit<'_>],
    beside: &Beside,
) -> Result<Vec<Freight>, CreditProblem> {
    let lines: Vec<String> = credits
        .iter()
        .map(|credit| credit.slice.invoice_line(header))
        .collect();
    let mut found = Vec::with_capacity(credits.len());
    for (index, credit) in credits.iter().enumerate() {
        let (Some(rule), Some(line)) = (&credit.freight, lines.get(index)) else {
            found.push(Freight::default());
            continue;
        };
        if line.is_empty() || credit.snapshot.freight_minor == 0 {
            found.push(Freight::default());
            continue;
        }
        let own = (credit.slice.position_from, credit.slice.position_to);
        let waits = |n: usize, other: &Credit<'_>| {
            lines.get(n) == Some(line)
                && (other.freight.as_ref())
                    .is_some_and(|rule| rule.value == FreightCredit::WhenAllCameBack)
        };
        let units = match rule.value {
            FreightCredit::None => Vec::new(),
            FreightCredit::WithUnits => vec![own],
            FreightCredit::WhenAllCameBack => {
                let here = credits.iter().zip(&lines).filter(|(_, of)| *of == line);
                let here = here.map(|(it, _)| (it.slice.position_from, it.slice.position_to));
                let mut all = of_line(&beside.credited, line);
                all.extend(here);
                let mut later = credits.iter().enumerate().skip(index + 1);
                let is_last = !later.any(|(n, other)| waits(n, other));
                let mut units = Vec::new();
                if covers(&all, credit.snapshot.base_qty) {
                    units.push(own);
                    if is_last {
                        units.extend(of_line(&beside.waiting, line));
                    }
                }
                units
            }
        };
        let units = lowest_unused(&units, &of_line(&beside.paid, line), MOST);
        let freight = of_units(header.currency, credit, line, &units);
        let line_no = credit.line_no();
        found.push(freight.ok_or(CreditProblem::OutOfRange { line_no })?);
    }
    Ok(found)
}

/// More units than there are.
const MOST: Qty = Qty::from_millionths(i64::MAX);

/// True if the intervals leave nothing of the line out.
fn covers(units: &[(Qty, Qty)], whole: Qty) -> bool {
    lowest_unused(&[(Qty::ZERO, whole)], units, MOST).is_empty()
}

fn of_units(
    ccy: Currency,
    credit: &Credit<'_>,
    line: &str,
    units: &[(Qty, Qty)],
) -> Option<Freight> {
    let (whole, base_qty) = (credit.snapshot.freight_minor, credit.snapshot.base_qty);
    let mut amount = 0_i64;
    for (from, to) in units {
        amount = amount.checked_add(apportion(whole, base_qty, *from, *to)?)?;
    }
    let is_all =
        (credit.freight.as_ref()).is_some_and(|rule| rule.value == FreightCredit::WhenAllCameBack);
    let shown = Money::new(whole, ccy).decimal();
    let formula = format!(
        "{shown} × {} / {base_qty}{}",
        measure(units),
        if is_all { ", everything came back" } else { "" }
    );
    let named = |(from, to): &(Qty, Qty)| LineUnits {
        invoice_line: line.to_owned(),
        from: *from,
        to: *to,
    };
    Some(Freight {
        amount,
        formula,
        units: if is_all {
            units.iter().map(named).collect()
        } else {
            Vec::new()
        },
    })
}
