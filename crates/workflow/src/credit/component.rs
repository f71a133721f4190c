//! The components, taxes and totals of a calculation, summed as they are found.

use canonical::calculation::{CreditComponent, CreditTax, CreditTotals, Sign};
use canonical::{ComponentType, Currency, Money, TaxTreatment};

use super::fee;
use super::slice::Credit;

/// Components so far. In this order for every slice: its goods, the goods' taxes, its fee, the fee's taxes. Their signed
/// sum is the gross; [`super::memo_lines`] relies on the order.
pub(super) struct Figures {
    ccy: Currency,
    pub(super) components: Vec<CreditComponent>,
    pub(super) tax_lines: Vec<CreditTax>,
    net: i64,
    tax: i64,
    fees: i64,
}

impl Figures {
    pub(super) fn new(ccy: Currency) -> Self {
        Self {
            ccy,
            components: Vec::new(),
            tax_lines: Vec::new(),
            net: 0,
            tax: 0,
            fees: 0,
        }
    }

    /// Adds a slice and its fee. `None` when something does not fit.
    pub(super) fn add(&mut self, credit: &Credit<'_>, fee: i64) -> Option<()> {
        let fee_taxes = fee::fee_taxes(credit, fee)?;
        let shown = |minor| Money::new(minor, self.ccy).decimal();
        let (net, own) = (credit.credited.net, credit.invoiced.net);
        let goods = format!("{} × {} %", shown(own), credit.percent.value);
        self.push(credit, ComponentType::Goods, net, goods);
        for (now, whole) in credit.credited.taxes.iter().zip(&credit.invoiced.taxes) {
            let shown = |minor| Money::new(minor, self.ccy).decimal();
            let formula = format!(
                "{} {} %: {} × {} / {}",
                now.tax.jurisdiction,
                now.tax.rate,
                shown(whole.amount),
                shown(net),
                shown(own)
            );
            self.push(credit, ComponentType::Tax, now.amount, formula);
        }
        if fee != 0 {
            self.push_fee(credit, fee, &fee_taxes)?;
        }
        self.net = self.net.checked_add(net)?.checked_sub(fee)?;
        self.tax_lines(credit, fee, &fee_taxes)
    }

    fn push_fee(&mut self, credit: &Credit<'_>, fee: i64, fee_taxes: &[i64]) -> Option<()> {
        let formula = fee::formula(credit, fee, self.ccy);
        self.push(credit, ComponentType::RestockingFee, -fee, formula);
        for (share, tax) in credit.credited.taxes.iter().zip(fee_taxes) {
            let treatment = credit.fee.value.tax_treatment;
            let formula = format!(
                "{} {} % of the fee ({treatment})",
                share.tax.jurisdiction, share.tax.rate
            );
            self.push(credit, ComponentType::Tax, -tax, formula);
            if let Some(last) = self.components.last_mut().filter(|_| *tax != 0) {
                last.policy_rule_id.clone_from(&credit.fee.rule_id);
                last.tax_treatment = Some(treatment);
            }
            if treatment == TaxTreatment::SeparateTaxable {
                self.fees = self.fees.checked_add(*tax)?;
            }
        }
        self.fees = self.fees.checked_add(fee)?;
        Some(())
    }

    fn tax_lines(&mut self, credit: &Credit<'_>, fee: i64, fee_taxes: &[i64]) -> Option<()> {
        let untaxed_fee = credit.fee.value.tax_treatment == TaxTreatment::SeparateExempt;
        let fee_in_base = if untaxed_fee { 0 } else { fee };
        for (share, fee_tax) in credit.credited.taxes.iter().zip(fee_taxes) {
            let tax_minor = share.amount.checked_sub(*fee_tax)?;
            self.tax = self.tax.checked_add(tax_minor)?;
            self.tax_lines.push(CreditTax {
                line_no: credit.line_no(),
                jurisdiction: share.tax.jurisdiction.clone(),
                tax_type: share.tax.tax_type.clone(),
                category: share.tax.category.clone(),
                rate_at_invoice: share.tax.rate,
                taxable_minor: credit.credited.net.checked_sub(fee_in_base)?,
                tax_minor,
                inclusive: credit.snapshot.price_includes_tax,
                tax_point_date: credit
                    .slice
                    .line
                    .invoice_ref
                    .as_ref()
                    .map(|invoice| invoice.date),
            });
        }
        Some(())
    }

    /// Adds a component; `signed` is positive to the customer's favour. Only goods are shown when they are zero.
    fn push(&mut self, credit: &Credit<'_>, kind: ComponentType, signed: i64, formula: String) {
        if signed == 0 && kind != ComponentType::Goods {
            return;
        }
        let is_fee = kind == ComponentType::RestockingFee;
        let rule_id = if is_fee {
            &credit.fee.rule_id
        } else {
            &credit.percent.rule_id
        };
        self.components.push(CreditComponent {
            kind,
            sign: if signed < 0 {
                Sign::Charge
            } else {
                Sign::Credit
            },
            amount_minor: signed.saturating_abs(),
            tax_treatment: is_fee.then_some(credit.fee.value.tax_treatment),
            line_no: Some(credit.line_no()),
            formula,
            policy_rule_id: rule_id.clone(),
        });
    }

    /// The totals. `None` when they do not fit.
    pub(super) fn totals(&self) -> Option<CreditTotals> {
        let gross = self.net.checked_add(self.tax)?;
        Some(CreditTotals {
            net_minor: self.net,
            tax_minor: self.tax,
            gross_minor: gross,
            fees_minor: self.fees,
            payable_minor: gross.max(0),
        })
    }
}
