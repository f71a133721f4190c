//! What is credited in all, by line: the figures of a memo and its corrections, and the difference between two of them.

use canonical::Money;
use canonical::calculation::{Calculation, CreditComponent, CreditTax, CreditTotals, Sign};
use canonical::{ComponentType, Currency};
use serde::{Deserialize, Serialize};

/// Net and taxes by return line, minor units; ordered by line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Amounts {
    pub(crate) lines: Vec<LineAmounts>,
    /// Fees that were taken, for information.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) fees_minor: i64,
}

/// Net and taxes of a return line, after fees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LineAmounts {
    pub(crate) line_no: u32,
    pub(crate) net_minor: i64,
    /// One per jurisdiction, tax and rate.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) taxes: Vec<CreditTax>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature that serde asks for"
)]
const fn is_zero(minor: &i64) -> bool {
    *minor == 0
}

impl LineAmounts {
    /// Tax over all jurisdictions. `None` when it does not fit.
    pub(crate) fn tax_minor(&self) -> Option<i64> {
        let mut taxes = self.taxes.iter();
        taxes.try_fold(0_i64, |sum, tax| sum.checked_add(tax.tax_minor))
    }
}

impl Amounts {
    /// What a calculation credits. `None` when it does not fit.
    pub fn of(calculation: &Calculation) -> Option<Self> {
        let mut figures = Self {
            lines: Vec::new(),
            fees_minor: calculation.totals.fees_minor,
        };
        for component in &calculation.components {
            if component.kind != ComponentType::Tax {
                let signed = match component.sign {
                    Sign::Credit => component.amount_minor,
                    Sign::Charge => component.amount_minor.checked_neg()?,
                };
                let line = figures.line(component.line_no.unwrap_or_default());
                line.net_minor = line.net_minor.checked_add(signed)?;
            }
        }
        for tax in &calculation.tax_lines {
            add_tax(&mut figures.line(tax.line_no).taxes, tax, 1)?;
        }
        Some(figures)
    }

    /// Net, tax and gross in all. `None` when they do not fit.
    pub fn totals(&self) -> Option<CreditTotals> {
        let (mut net, mut tax) = (0_i64, 0_i64);
        for line in &self.lines {
            net = net.checked_add(line.net_minor)?;
            tax = tax.checked_add(line.tax_minor()?)?;
        }
        let gross = net.checked_add(tax)?;
        Some(CreditTotals {
            net_minor: net,
            tax_minor: tax,
            gross_minor: gross,
            fees_minor: self.fees_minor,
            payable_minor: gross,
        })
    }

    /// What must be added to `other` to come to this. `None` when it does not fit.
    pub(crate) fn minus(&self, other: &Self) -> Option<Self> {
        let mut difference = self.clone();
        difference.fees_minor = self.fees_minor.checked_sub(other.fees_minor)?;
        for theirs in &other.lines {
            let line = difference.line(theirs.line_no);
            line.net_minor = line.net_minor.checked_sub(theirs.net_minor)?;
            for tax in &theirs.taxes {
                add_tax(&mut line.taxes, tax, -1)?;
            }
        }
        for line in &mut difference.lines {
            let is_something = |tax: &CreditTax| tax.tax_minor != 0 || tax.taxable_minor != 0;
            line.taxes.retain(is_something);
        }
        let is_something = |line: &LineAmounts| line.net_minor != 0 || !line.taxes.is_empty();
        difference.lines.retain(is_something);
        Some(difference)
    }

    /// Components of the figures, for people and for the sums of a document.
    pub(crate) fn components(&self, ccy: Currency, posted: &Self) -> Vec<CreditComponent> {
        let shown = |minor| Money::new(minor, ccy).decimal();
        let mut tax_lines = 0_u32..;
        let mut components = Vec::new();
        for line in &self.lines {
            let before = posted.lines.iter().find(|l| l.line_no == line.line_no);
            let before = before.map_or(0, |line| line.net_minor);
            let formula = format!(
                "{} instead of {}",
                shown(before.saturating_add(line.net_minor)),
                shown(before)
            );
            let goods = (ComponentType::Goods, line.net_minor, formula);
            let taxes = line.taxes.iter().map(|tax| {
                let formula = format!("{} {} %", tax.jurisdiction, tax.rate_at_invoice);
                (ComponentType::Tax, tax.tax_minor, formula)
            });
            for (kind, signed, formula) in std::iter::once(goods).chain(taxes) {
                let is_tax = kind == ComponentType::Tax;
                components.push(CreditComponent {
                    kind,
                    sign: if signed < 0 {
                        Sign::Charge
                    } else {
                        Sign::Credit
                    },
                    amount_minor: signed.saturating_abs(),
                    tax_treatment: None,
                    line_no: Some(line.line_no),
                    tax_line: is_tax.then(|| tax_lines.next()).flatten(),
                    formula,
                    policy_rule_id: String::new(),
                });
            }
        }
        components
    }

    /// The taxes of all lines.
    pub(crate) fn tax_lines(&self) -> Vec<CreditTax> {
        let lines = self.lines.iter();
        lines.flat_map(|line| line.taxes.clone()).collect()
    }

    fn line(&mut self, line_no: u32) -> &mut LineAmounts {
        let at = match self
            .lines
            .binary_search_by_key(&line_no, |line| line.line_no)
        {
            Ok(at) => at,
            Err(at) => {
                let fresh = LineAmounts {
                    line_no,
                    net_minor: 0,
                    taxes: Vec::new(),
                };
                self.lines.insert(at, fresh);
                at
            }
        };
        &mut self.lines[at]
    }
}

/// Adds a tax, or takes it off, where it is levied.
fn add_tax(taxes: &mut Vec<CreditTax>, tax: &CreditTax, sign: i64) -> Option<()> {
    let is_same = |other: &&mut CreditTax| {
        other.jurisdiction == tax.jurisdiction
            && other.tax_type == tax.tax_type
            && other.category == tax.category
            && other.rate_at_invoice == tax.rate_at_invoice
            && other.inclusive == tax.inclusive
    };
    let (amount, taxable) = (
        tax.tax_minor.checked_mul(sign)?,
        tax.taxable_minor.checked_mul(sign)?,
    );
    if let Some(known) = taxes.iter_mut().find(is_same) {
        known.tax_minor = known.tax_minor.checked_add(amount)?;
        known.taxable_minor = known.taxable_minor.checked_add(taxable)?;
    } else {
        taxes.push(CreditTax {
            tax_minor: amount,
            taxable_minor: taxable,
            ..tax.clone()
        });
    }
    Some(())
}
