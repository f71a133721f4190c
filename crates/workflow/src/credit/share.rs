//! What a slice of an invoice line is worth, and what of it is credited.

use canonical::Qty;
use canonical::invoice::{DocumentTaxAxis, InvoicedSnapshot, InvoicedTax};
use canonical::money::round_ratio;

use super::apportion::{apportion, percent_of};

/// Net and taxes of some units, minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share<'a> {
    pub(super) net: i64,
    pub(super) taxes: Vec<TaxShare<'a>>,
}

/// One tax of some units, minor units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TaxShare<'a> {
    pub(super) tax: &'a InvoicedTax,
    pub(super) amount: i64,
}

impl<'a> Share<'a> {
    /// What the units `[from, to)` were invoiced at. Prices without tax: net and taxes are apportioned. Prices with tax:
    /// gross and taxes are, and net is what remains. `None` when something is out of range.
    pub(super) fn invoiced(snapshot: &'a InvoicedSnapshot, from: Qty, to: Qty) -> Option<Self> {
        let amount = apportion(snapshot.amount_minor, snapshot.base_qty, from, to)?;
        let taxes = snapshot
            .taxes
            .iter()
            .map(|tax| {
                let amount = match &snapshot.document_axis {
                    Some(axis) => {
                        on_axis(snapshot, axis, to)?.checked_sub(on_axis(snapshot, axis, from)?)?
                    }
                    None => apportion(tax.amount_minor, snapshot.base_qty, from, to)?,
                };
                Some(TaxShare { tax, amount })
            })
            .collect::<Option<Vec<_>>>()?;
        let net = if snapshot.price_includes_tax {
            taxes
                .iter()
                .try_fold(amount, |net, tax| net.checked_sub(tax.amount))?
        } else {
            amount
        };
        Some(Self { net, taxes })
    }

    /// Net, or gross if the prices include tax.
    pub(super) fn measure(&self, with_tax: bool) -> Option<i64> {
        if !with_tax {
            return Some(self.net);
        }
        let taxes = self.taxes.iter();
        taxes
            .map(|tax| tax.amount)
            .try_fold(self.net, i64::checked_add)
    }

    /// The same units at a lower measure, `lower` of `whole`; each tax follows it.
    pub(super) fn reduced(&self, lower: i64, whole: i64, with_tax: bool) -> Option<Self> {
        if !with_tax {
            return self.follow(lower, None);
        }
        let mut taxes = self.taxes.clone();
        let mut net = lower;
        for share in &mut taxes {
            let amount = i128::from(share.amount) * i128::from(lower);
            share.amount = round_ratio(amount, i128::from(whole))?;
            net = net.checked_sub(share.amount)?;
        }
        Some(Self { net, taxes })
    }

    /// So many percent of it: of the net first; each tax follows the net.
    pub(super) fn percent(&self, percent: Qty) -> Option<Self> {
        let net = percent_of(self.net, percent)?;
        self.follow(net, Some(percent))
    }

    /// The same units at another net; each tax is `R(tax × net / own net)`. Units without a net keep their taxes, or
    /// `percent` of them.
    pub(super) fn follow(&self, net: i64, percent: Option<Qty>) -> Option<Self> {
        let taxes = self
            .taxes
            .iter()
            .map(|share| {
                let amount = match (self.net, percent) {
                    (0, Some(percent)) => percent_of(share.amount, percent)?,
                    (0, None) => share.amount,
                    (own, _) => {
                        round_ratio(i128::from(share.amount) * i128::from(net), i128::from(own))?
                    }
                };
                Some(TaxShare {
                    tax: share.tax,
                    amount,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self { net, taxes })
    }
}

/// The document's tax up to a unit of this line: `R(T × (before + line × unit / Q) / total)`. The axis counts in the
/// measure of `amount_minor`, so with tax when prices include it.
fn on_axis(snapshot: &InvoicedSnapshot, axis: &DocumentTaxAxis, unit: Qty) -> Option<i64> {
    let whole = i128::from(snapshot.base_qty.millionths());
    let before = i128::from(axis.net_before_minor).checked_mul(whole)?;
    let within = i128::from(snapshot.amount_minor).checked_mul(i128::from(unit.millionths()))?;
    let position = before.checked_add(within)?;
    round_ratio(
        i128::from(axis.tax_total_minor).checked_mul(position)?,
        i128::from(axis.net_total_minor).checked_mul(whole)?,
    )
}
