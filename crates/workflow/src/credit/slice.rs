//! A slice of an invoice line: whether it can be credited, and what the policy says of it.

use canonical::calculation::Variance;
use canonical::header::ReturnHeader;
use canonical::invoice::InvoicedSnapshot;
use canonical::line::ReturnLine;
use canonical::{Condition, DispositionAction, Liability, Qty};

use super::price::{self, Priced};
use super::problem::CreditProblem;
use super::share::Share;
use crate::claims;
use crate::policy::{Facts, Fee, FreightCredit, LabelFee, Policy, Question, Ruled, Unanswered};

/// Units to be credited, and what was decided about them.
#[derive(Debug, Clone)]
pub struct SliceInput<'a> {
    /// Line of the return.
    pub line: &'a ReturnLine,
    /// Disposition and allocation ("D1/1"); empty for credits without goods.
    pub disposition_id: String,
    /// First unit on the invoice line's axis, base units.
    pub position_from: Qty,
    /// One past the last unit.
    pub position_to: Qty,
    /// What is done with the goods.
    pub action: DispositionAction,
    /// Their condition.
    pub condition: Option<Condition>,
    /// Who bears it.
    pub liability: Liability,
}

impl SliceInput<'_> {
    /// What the policy is asked with.
    pub fn facts<'s>(&'s self, header: &'s ReturnHeader) -> Facts<'s> {
        Facts {
            action: Some(self.action),
            liability: Some(self.liability),
            condition: self.condition,
            ..Facts::of(header, self.line)
        }
    }

    /// Percent of the net that the policy credits for it.
    pub(crate) fn percent(
        &self,
        header: &ReturnHeader,
        policy: &Policy,
    ) -> Result<Ruled<Qty>, CreditProblem> {
        let percent = policy.credit_percent(&self.facts(header));
        percent.map_err(|why| self.unanswered(policy, Question::CreditPercent, why))
    }

    fn unanswered(&self, policy: &Policy, question: Question, why: Unanswered) -> CreditProblem {
        CreditProblem::PolicyGap {
            line_no: self.line.line_no,
            policy_version: policy.version.clone(),
            question,
            why,
            facts: describe(self),
        }
    }

    /// Name of the invoice line; empty without invoice.
    pub(crate) fn invoice_line(&self, header: &ReturnHeader) -> String {
        self.line
            .invoice_ref
            .as_ref()
            .map_or_else(String::new, |invoice| {
                claims::invoice_line(&header.legal_entity, invoice)
            })
    }

    /// Whose units the positions count: the invoice line's, or the return line's own when there is none.
    fn axis(&self, header: &ReturnHeader) -> String {
        match &self.line.invoice_ref {
            Some(_) => self.invoice_line(header),
            None => format!("line {}", self.line.line_id),
        }
    }

    fn bad(&self, what: &'static str) -> CreditProblem {
        CreditProblem::BadSlice {
            line_no: self.line.line_no,
            from: self.position_from,
            to: self.position_to,
            what,
        }
    }
}

/// A slice that is credited.
pub(super) struct Credit<'a> {
    pub(super) slice: &'a SliceInput<'a>,
    pub(super) snapshot: &'a InvoicedSnapshot,
    pub(super) percent: Ruled<Qty>,
    pub(super) fee: Ruled<Fee>,
    /// When its freight is credited; none if the policy does not speak of freight.
    pub(super) freight: Option<Ruled<FreightCredit>>,
    /// What the return label costs; none if the policy does not speak of labels.
    pub(super) label: Option<Ruled<LabelFee>>,
    /// What it was invoiced at, or claimed at if that is less.
    pub(super) invoiced: Share<'a>,
    /// How the claimed price differs, if it does.
    pub(super) variance: Option<Variance>,
    /// What of it is credited, before fees.
    pub(super) credited: Share<'a>,
}

impl Credit<'_> {
    pub(super) fn line_no(&self) -> u32 {
        self.slice.line.line_no
    }
}

/// No unit of an invoice line is credited twice in one calculation.
pub(super) fn check_disjoint(
    header: &ReturnHeader,
    slices: &[&SliceInput<'_>],
) -> Result<(), CreditProblem> {
    let mut placed: Vec<(String, &SliceInput<'_>)> = slices
        .iter()
        .map(|slice| (slice.axis(header), *slice))
        .collect();
    placed.sort_by(|(a, x), (b, y)| (a, x.position_from).cmp(&(b, y.position_from)));
    for pair in placed.windows(2) {
        if let [(a, lower), (b, upper)] = pair
            && a == b
            && upper.position_from < lower.position_to
        {
            return Err(upper.bad("are credited twice in one calculation"));
        }
    }
    Ok(())
}

/// What is credited for a slice; `None` when the policy says 0 percent.
pub(super) fn credit<'a>(
    header: &ReturnHeader,
    slice: &'a SliceInput<'a>,
    policy: &Policy,
) -> Result<Option<Credit<'a>>, CreditProblem> {
    let line_no = slice.line.line_no;
    let percent = slice.percent(header, policy)?;
    if percent.value.is_zero() {
        return Ok(None);
    }
    let fee = policy
        .restocking_fee(&slice.facts(header))
        .map_err(|why| slice.unanswered(policy, Question::RestockingFee, why))?;
    let freight = policy
        .outbound_freight(&slice.facts(header))
        .map_err(|why| slice.unanswered(policy, Question::OutboundFreight, why))?;
    let label = policy
        .return_label(&slice.facts(header))
        .map_err(|why| slice.unanswered(policy, Question::ReturnLabel, why))?;
    let snapshot = (slice.line.invoiced.as_ref()).ok_or(CreditProblem::NoInvoice { line_no })?;
    check_invoice(header, line_no, snapshot)?;
    if slice.position_from < Qty::ZERO
        || slice.position_to <= slice.position_from
        || snapshot.base_qty < slice.position_to
    {
        return Err(slice.bad("are not units of the invoice line"));
    }
    let out_of_range = CreditProblem::OutOfRange { line_no };
    let invoiced = Share::invoiced(snapshot, slice.position_from, slice.position_to)
        .ok_or_else(|| out_of_range.clone())?;
    let whole = (snapshot.amount_minor, snapshot.base_qty);
    let Priced { share, variance } = price::lower(header, policy, slice, whole, invoiced)?;
    let invoiced = share;
    let credited = invoiced.percent(percent.value).ok_or(out_of_range)?;
    Ok(Some(Credit {
        slice,
        snapshot,
        percent,
        fee,
        freight,
        label,
        invoiced,
        variance,
        credited,
    }))
}

fn check_invoice(
    header: &ReturnHeader,
    line_no: u32,
    snapshot: &InvoicedSnapshot,
) -> Result<(), CreditProblem> {
    if snapshot.ccy != header.currency {
        return Err(CreditProblem::MixedCurrencies {
            line_no,
            line: snapshot.ccy,
            header: header.currency,
        });
    }
    let bad = |what| Err(CreditProblem::BadInvoice { line_no, what });
    if !snapshot.base_qty.is_positive() {
        return bad("it has no quantity");
    }
    if snapshot.amount_minor < 0
        || snapshot.freight_minor < 0
        || snapshot.taxes.iter().any(|tax| tax.amount_minor < 0)
    {
        return bad("an amount is negative");
    }
    let taxes = snapshot.taxes.iter();
    let contained: i128 = taxes.map(|tax| i128::from(tax.amount_minor)).sum();
    if snapshot.price_includes_tax && contained > i128::from(snapshot.amount_minor) {
        return bad("its amount is less than the taxes that it contains");
    }
    let Some(axis) = &snapshot.document_axis else {
        return Ok(());
    };
    let end = axis.net_before_minor.checked_add(snapshot.amount_minor);
    if snapshot.taxes.len() != 1 {
        return bad("a tax of the whole document needs exactly one tax on the line, to name it");
    }
    if axis.net_before_minor < 0 || axis.tax_total_minor < 0 || axis.net_total_minor <= 0 {
        return bad("its place on the document's tax axis is not possible");
    }
    if end.is_none_or(|end| axis.net_total_minor < end) {
        return bad("the line reaches beyond the document's tax axis");
    }
    Ok(())
}

fn describe(slice: &SliceInput<'_>) -> String {
    format!(
        "action {}, liability {}, condition {}, reason {}",
        slice.action,
        slice.liability,
        slice.condition.map_or("not known", Condition::word),
        slice.line.reason
    )
}
