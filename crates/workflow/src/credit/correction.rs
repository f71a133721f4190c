//! A correction: the difference between what is posted and what the goods are worth by what is known of them now.

use canonical::calculation::{Calculation, CreditTax};
use canonical::command::CreditMemoLine;
use canonical::header::ReturnHeader;
use canonical::line::ReturnLine;
use canonical::{CreditBasis, EffectKey, Qty, SettlementMethod};
use jiff::Timestamp;
use serde_json::json;

use super::amounts::{Amounts, LineAmounts};
use super::{CreditProblem, hash, memo};

/// What a correction starts from.
pub(crate) struct Ground<'a> {
    /// Key of the memo that is corrected.
    pub(crate) memo: &'a EffectKey,
    /// What is posted of it in all.
    pub(crate) posted: &'a Amounts,
    /// Number of the calculation within the return.
    pub(crate) calc_version: u32,
    /// Policy that it was calculated under.
    pub(crate) policy_version: &'a str,
    /// When it is calculated.
    pub(crate) as_of: Timestamp,
}

/// The difference between a calculation of the same units and what is posted. `fresh` is none when nothing is credited
/// for them any more. Totals have the sign of the difference: below zero the customer gives back.
pub(crate) fn correction(
    header: &ReturnHeader,
    fresh: Option<Calculation>,
    ground: &Ground<'_>,
) -> Result<(Calculation, Amounts), CreditProblem> {
    let out_of_range = || CreditProblem::OutOfRange { line_no: 0 };
    let target = match &fresh {
        Some(fresh) => Amounts::of(fresh).ok_or_else(out_of_range)?,
        None => Amounts::default(),
    };
    let difference = target.minus(ground.posted).ok_or_else(out_of_range)?;
    let totals = difference.totals().ok_or_else(out_of_range)?;
    let material = json!({
        "return_id": header.return_id,
        "bill_to": header.bill_to,
        "corrects": ground.memo,
        "calc_version": ground.calc_version,
        "fresh": fresh.as_ref().map(|fresh| &fresh.calc_hash),
        "posted": ground.posted,
        "totals": totals,
    });
    let calculation = Calculation {
        calc_id: format!("{}/{}", header.return_id, ground.calc_version),
        calc_version: ground.calc_version,
        calc_hash: hash::of(&material),
        policy_version: ground.policy_version.to_owned(),
        as_of: ground.as_of,
        basis: CreditBasis::Correction,
        ccy: header.currency,
        slices: fresh.as_ref().map_or_else(Vec::new, |f| f.slices.clone()),
        components: difference.components(header.currency, ground.posted),
        tax_lines: difference.tax_lines(),
        settlement_method: fresh.map_or(SettlementMethod::AppliedCreditMemo, |fresh| {
            fresh.settlement_method
        }),
        totals,
        variances: Vec::new(),
    };
    Ok((calculation, target))
}

/// The lines of a document over some figures: one per return line, or two where net and tax go different ways. `sign` is
/// 1 for what is credited and -1 for what is taken back, so that either document has positive lines.
pub(crate) fn lines(
    header: &ReturnHeader,
    figures: &Amounts,
    lines: &[ReturnLine],
    units: &[(u32, Qty, Qty)],
    sign: i64,
) -> Vec<CreditMemoLine> {
    let mut written = Vec::new();
    for line in &figures.lines {
        let net = line.net_minor.saturating_mul(sign);
        let tax = line.tax_minor().unwrap_or_default().saturating_mul(sign);
        if net.signum() * tax.signum() < 0 {
            written.push(one(header, line, lines, units, (net, 0)));
            written.push(taxed(one(header, line, lines, units, (0, tax)), line, sign));
        } else if (net, tax) != (0, 0) {
            let both = one(header, line, lines, units, (net, tax));
            written.push(taxed(both, line, sign));
        }
    }
    written
}

/// The line with its taxes, each by itself.
fn taxed(line: CreditMemoLine, figures: &LineAmounts, sign: i64) -> CreditMemoLine {
    let taxes = figures.taxes.iter().map(|tax| CreditTax {
        taxable_minor: tax.taxable_minor.saturating_mul(sign),
        tax_minor: tax.tax_minor.saturating_mul(sign),
        ..tax.clone()
    });
    CreditMemoLine {
        taxes: taxes.collect(),
        ..line
    }
}

fn one(
    header: &ReturnHeader,
    figures: &LineAmounts,
    lines: &[ReturnLine],
    units: &[(u32, Qty, Qty)],
    (net_minor, tax_minor): (i64, i64),
) -> CreditMemoLine {
    let line = lines.iter().find(|line| line.line_no == figures.line_no);
    let qty: i64 = units
        .iter()
        .filter(|(line_no, _, _)| *line_no == figures.line_no)
        .map(|(_, from, to)| to.minus_floor(*from).millionths())
        .sum();
    CreditMemoLine {
        line_no: figures.line_no,
        sku: line.map_or_else(String::new, |line| line.sku.clone()),
        base_qty: Qty::from_millionths(qty),
        uom: line.map_or_else(|| memo::EACH.to_owned(), memo::base_unit),
        net_minor,
        tax_minor,
        taxes: Vec::new(),
        text: format!(
            "Return {}: correction after another inspection or disposition",
            header.rma_number
        ),
        invoice_ref: line.and_then(|line| line.invoice_ref.clone()),
        component: None,
    }
}
