//! Credits: what a customer gets for the units that came back, exactly, from the frozen invoice and no other source.
//!
//! - Every slice is a half-open interval on its invoice line's unit axis; its share of the line is cumulative, so that
//!   any partition of the line, credited in any order, sums to the line to the minor unit ([`apportion`]).
//! - The policy says how many percent are credited and which fee is taken; a question without a rule is a problem, never
//!   an assumed value.
//! - Freight to the customer is credited once, as the policy says; the return label is charged once per return.
//! - A credit is never negative: fees take at most what is credited.

mod amounts;
mod apportion;
mod base;
mod beside;
mod component;
mod correction;
mod fee;
mod freight;
mod hash;
mod label;
mod memo;
mod price;
mod problem;
mod share;
mod slice;

use canonical::calculation::{Calculation, CreditSlice, CreditTotals};
use canonical::header::ReturnHeader;
use canonical::line::ReturnLine;
use canonical::{CreditBasis, Qty, ReturnType, SettlementMethod};
use jiff::Timestamp;

pub use amounts::Amounts;
pub use apportion::apportion;
pub use base::Unrated;
pub(crate) use base::{in_books, rate, tolerated};
pub use beside::{Beside, Carried, LineUnits};
pub(crate) use correction::{Ground, correction, lines as correction_lines};
pub use memo::{invoiced_lines, memo_lines};
pub(crate) use price::{PRICE, told};
pub use problem::CreditProblem;
pub use slice::SliceInput;

use crate::policy::Policy;
use component::{Extras, Figures};
use freight::Freight;
use label::Label;
use share::Share;
use slice::Credit;

/// Calculates the credit of some slices of one return. `None` when the policy credits nothing for any of them.
///
/// Slices that the policy credits with 0 percent are left out; the result covers the others, ordered by line and unit.
/// Fees apply per calculation (see [`crate::policy::Fee`]): bounds are converted at the invoice's rate, once, when the
/// credit is in another currency. A payable of zero with slices means that fees took everything: the units are settled
/// (settlement `NONE`), and there is no memo to post.
pub fn calculate(
    header: &ReturnHeader,
    slices: &[SliceInput<'_>],
    policy: &Policy,
    calc_version: u32,
    as_of: Timestamp,
) -> Result<Option<Calculation>, CreditProblem> {
    let alone = Beside::default();
    calculate_beside(header, slices, policy, (calc_version, as_of), &alone)
}

/// The same beside other credits of the return: what they credited and charged once is not credited and charged again.
pub fn calculate_beside(
    header: &ReturnHeader,
    slices: &[SliceInput<'_>],
    policy: &Policy,
    (calc_version, as_of): (u32, Timestamp),
    beside: &Beside,
) -> Result<Option<Calculation>, CreditProblem> {
    let slices = in_order(header, slices)?;
    let credits = credits(header, &slices, policy)?;
    if credits.is_empty() {
        return Ok(None);
    }
    let once = once(header, policy, &credits, beside)?;
    let mut figures = Figures::new(header.currency);
    let extras = once.fees.iter().zip(&once.labels).zip(&once.freights);
    for (credit, ((fee, label), freight)) in credits.iter().zip(extras) {
        let extras = Extras {
            fee: *fee,
            label,
            freight,
        };
        figures
            .add(credit, &extras)
            .ok_or_else(|| CreditProblem::OutOfRange {
                line_no: credit.line_no(),
            })?;
    }
    let totals = figures.totals().ok_or_else(|| CreditProblem::OutOfRange {
        line_no: credits.first().map_or(0, Credit::line_no),
    })?;
    let mut calculation = Calculation {
        calc_id: format!("{}/{calc_version}", header.return_id),
        calc_version,
        calc_hash: String::new(),
        policy_version: policy.version.clone(),
        as_of,
        basis: basis(header, &credits),
        ccy: header.currency,
        slices: covered(header, &credits),
        components: figures.components,
        tax_lines: figures.tax_lines,
        settlement_method: settlement(&credits, &totals),
        totals,
        variances: credits
            .iter()
            .filter_map(|credit| credit.variance.clone())
            .collect(),
    };
    calculation.calc_hash = hash::calc_hash(header, &slices, &calculation);
    Ok(Some(calculation))
}

/// What a calculation beside others must be known by to those that come after it.
pub(crate) fn carried(
    header: &ReturnHeader,
    slices: &[SliceInput<'_>],
    policy: &Policy,
    beside: &Beside,
) -> Result<Carried, CreditProblem> {
    let slices = in_order(header, slices)?;
    let credits = credits(header, &slices, policy)?;
    let once = once(header, policy, &credits, beside)?;
    let paid = once.freights.into_iter().flat_map(|freight| freight.units);
    Ok(Carried {
        beside: beside.clone(),
        label: once.labels.iter().any(|label| label.amount != 0),
        paid: paid.collect(),
    })
}

fn in_order<'a>(
    header: &ReturnHeader,
    slices: &'a [SliceInput<'a>],
) -> Result<Vec<&'a SliceInput<'a>>, CreditProblem> {
    let mut slices: Vec<&SliceInput<'_>> = slices.iter().collect();
    slices.sort_by_key(|slice| (slice.line.line_no, slice.position_from));
    slice::check_disjoint(header, &slices)?;
    Ok(slices)
}

fn credits<'a>(
    header: &ReturnHeader,
    slices: &[&'a SliceInput<'a>],
    policy: &Policy,
) -> Result<Vec<Credit<'a>>, CreditProblem> {
    let mut credits = Vec::new();
    for slice in slices {
        credits.extend(slice::credit(header, slice, policy)?);
    }
    Ok(credits)
}

/// What is taken and given beside the goods, for each slice.
struct Once {
    fees: Vec<i64>,
    labels: Vec<Label>,
    freights: Vec<Freight>,
}

fn once(
    header: &ReturnHeader,
    policy: &Policy,
    credits: &[Credit<'_>],
    beside: &Beside,
) -> Result<Once, CreditProblem> {
    let fees = fee::fees(header, policy, credits)?;
    Ok(Once {
        labels: label::labels(header, policy, credits, &fees, beside)?,
        freights: freight::freights(header, credits, beside)?,
        fees,
    })
}

/// Net and tax, minor units, of so many percent of what units of a line were invoiced at. `None` without invoice, or when
/// something is out of range.
pub fn worth(line: &ReturnLine, (from, to): (Qty, Qty), percent: Qty) -> Option<(i64, i64)> {
    let invoiced = Share::invoiced(line.invoiced.as_ref()?, from, to)?;
    let share = invoiced.percent(percent)?;
    let taxes = share.taxes.iter();
    let tax = taxes
        .map(|tax| tax.amount)
        .try_fold(0_i64, i64::checked_add)?;
    Some((share.net, tax))
}

fn covered(header: &ReturnHeader, credits: &[Credit<'_>]) -> Vec<CreditSlice> {
    credits
        .iter()
        .map(|credit| CreditSlice {
            line_id: credit.slice.line.line_id.clone(),
            line_no: credit.line_no(),
            disposition_id: credit.slice.disposition_id.clone(),
            invoice_line: credit.slice.invoice_line(header),
            position_from: credit.slice.position_from,
            position_to: credit.slice.position_to,
            base_qty: credit
                .slice
                .position_to
                .minus_floor(credit.slice.position_from),
        })
        .collect()
}

fn basis(header: &ReturnHeader, credits: &[Credit<'_>]) -> CreditBasis {
    let without_goods = credits
        .iter()
        .all(|credit| credit.slice.disposition_id.is_empty());
    match header.return_type {
        ReturnType::CreditOnly => CreditBasis::CreditOnly,
        ReturnType::AdvanceCredit if without_goods => CreditBasis::Advance,
        _ => CreditBasis::ReceivedInspected,
    }
}

fn settlement(credits: &[Credit<'_>], totals: &CreditTotals) -> SettlementMethod {
    if totals.payable_minor == 0 {
        SettlementMethod::None
    } else if credits
        .iter()
        .all(|credit| credit.slice.line.invoice_ref.is_some())
    {
        SettlementMethod::AppliedCreditMemo
    } else {
        SettlementMethod::OnAccount
    }
}
