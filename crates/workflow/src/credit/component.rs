//! The components, taxes and totals of a calculation, summed as they are found.

use canonical::calculation::{CreditComponent, CreditTax, CreditTotals, Sign};
use canonical::{ComponentType, Currency, Money, TaxTreatment};

use super::fee;
use super::freight::Freight;
use super::label::{self, Label};
use super::slice::Credit;

/// Components so far. In this order for every slice: its goods, the goods' taxes, its fee, the fee's taxes, the label, the
/// label's taxes, its freight. Their signed sum is the gross; [`super::memo_lines`] relies on the order.
pub(super) struct Figures {
    ccy: Currency,
    pub(super) components: Vec<CreditComponent>,
    pub(super) tax_lines: Vec<CreditTax>,
    net: i64,
    tax: i64,
    fees: i64,
}

/// What is taken from a slice, or given on top, beside its goods.
pub(super) struct Extras<'a> {
    pub(super) fee: i64,
    pub(super) label: &'a Label,
    pub(super) freight: &'a Freight,
}

/// What is taken from a slice, and the tax that goes with it.
struct Charge<'a> {
    kind: ComponentType,
    amount: i64,
    taxes: Vec<i64>,
    treatment: TaxTreatment,
    rule_id: &'a str,
    formula: String,
    /// "the fee".
    word: &'static str,
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

    /// Adds a slice. `None` when something does not fit.
    pub(super) fn add(&mut self, credit: &Credit<'_>, extras: &Extras<'_>) -> Option<()> {
        let charges = charges(credit, extras, self.ccy)?;
        let shown = |minor| Money::new(minor, self.ccy).decimal();
        let (net, own) = (credit.credited.net, credit.invoiced.net);
        let goods = format!("{} × {} %", shown(own), credit.percent.value);
        let percent = credit.percent.rule_id.as_str();
        self.push(credit, ComponentType::Goods, net, (goods, percent));
        let taxes = credit.credited.taxes.iter().zip(&credit.invoiced.taxes);
        for (n, (now, whole)) in taxes.enumerate() {
            let shown = |minor| Money::new(minor, self.ccy).decimal();
            let formula = format!(
                "{} {} %: {} × {} / {}",
                now.tax.jurisdiction,
                now.tax.rate,
                shown(whole.amount),
                shown(net),
                shown(own)
            );
            self.tax(credit, n, now.amount, (formula, percent));
        }
        self.net = self.net.checked_add(net)?;
        for charge in charges.iter().filter(|charge| charge.amount != 0) {
            self.charge(credit, charge)?;
        }
        let freight = extras.freight;
        if let Some(rule) = &credit.freight {
            let how = (freight.formula.clone(), rule.rule_id.as_str());
            self.push(credit, ComponentType::OutboundFreight, freight.amount, how);
            self.net = self.net.checked_add(freight.amount)?;
        }
        self.tax_lines(credit, &charges)
    }

    fn charge(&mut self, credit: &Credit<'_>, charge: &Charge<'_>) -> Option<()> {
        let how = (charge.formula.clone(), charge.rule_id);
        self.push(credit, charge.kind, -charge.amount, how);
        self.treated(charge.treatment);
        let taxes = credit.credited.taxes.iter().zip(&charge.taxes);
        for (n, (share, tax)) in taxes.enumerate() {
            let formula = format!(
                "{} {} % of {} ({})",
                share.tax.jurisdiction, share.tax.rate, charge.word, charge.treatment
            );
            if *tax != 0 {
                self.tax(credit, n, -tax, (formula, charge.rule_id));
                self.treated(charge.treatment);
            }
            if charge.treatment == TaxTreatment::SeparateTaxable {
                self.fees = self.fees.checked_add(*tax)?;
            }
        }
        self.fees = self.fees.checked_add(charge.amount)?;
        self.net = self.net.checked_sub(charge.amount)?;
        Some(())
    }

    fn treated(&mut self, treatment: TaxTreatment) {
        if let Some(last) = self.components.last_mut() {
            last.tax_treatment = Some(treatment);
        }
    }

    fn tax_lines(&mut self, credit: &Credit<'_>, charges: &[Charge<'_>]) -> Option<()> {
        let mut taxable = credit.credited.net;
        for charge in charges {
            if charge.treatment != TaxTreatment::SeparateExempt {
                taxable = taxable.checked_sub(charge.amount)?;
            }
        }
        for (n, share) in credit.credited.taxes.iter().enumerate() {
            let taken = charges.iter().filter_map(|charge| charge.taxes.get(n));
            let mut taken = taken.copied();
            let tax_minor = taken.try_fold(share.amount, i64::checked_sub)?;
            self.tax = self.tax.checked_add(tax_minor)?;
            self.tax_lines.push(CreditTax {
                line_no: credit.line_no(),
                jurisdiction: share.tax.jurisdiction.clone(),
                tax_type: share.tax.tax_type.clone(),
                category: share.tax.category.clone(),
                rate_at_invoice: share.tax.rate,
                taxable_minor: taxable,
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

    /// Adds a component of the slice's n-th tax, whose tax line is yet to come.
    fn tax(&mut self, credit: &Credit<'_>, n: usize, signed: i64, how: (String, &str)) {
        let known = self.components.len();
        self.push(credit, ComponentType::Tax, signed, how);
        let line = u32::try_from(self.tax_lines.len() + n).ok();
        for component in self.components.iter_mut().skip(known) {
            component.tax_line = line;
        }
    }

    /// Adds a component; `signed` is positive to the customer's favour. Only goods are shown when they are zero.
    fn push(
        &mut self,
        credit: &Credit<'_>,
        kind: ComponentType,
        signed: i64,
        (formula, rule_id): (String, &str),
    ) {
        if signed == 0 && kind != ComponentType::Goods {
            return;
        }
        self.components.push(CreditComponent {
            kind,
            sign: if signed < 0 {
                Sign::Charge
            } else {
                Sign::Credit
            },
            amount_minor: signed.saturating_abs(),
            tax_treatment: None,
            line_no: Some(credit.line_no()),
            tax_line: None,
            formula,
            policy_rule_id: rule_id.to_owned(),
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

/// The fee and the label, in this order.
fn charges<'a>(
    credit: &'a Credit<'_>,
    extras: &Extras<'_>,
    ccy: Currency,
) -> Option<Vec<Charge<'a>>> {
    let fee_taxes = fee::fee_taxes(credit, extras.fee)?;
    let amount = extras.label.amount;
    let label_taxes = label::taxes(credit, (extras.fee, &fee_taxes), amount)?;
    let mut charges = vec![Charge {
        kind: ComponentType::RestockingFee,
        amount: extras.fee,
        taxes: fee_taxes,
        treatment: credit.fee.value.tax_treatment,
        rule_id: &credit.fee.rule_id,
        formula: fee::formula(credit, extras.fee, ccy),
        word: "the fee",
    }];
    charges.extend(credit.label.as_ref().map(|rule| Charge {
        kind: ComponentType::ReturnLabelFee,
        amount,
        taxes: label_taxes,
        treatment: rule.value.tax_treatment,
        rule_id: &rule.rule_id,
        formula: extras.label.formula.clone(),
        word: "the return label",
    }));
    Some(charges)
}
