//! A credit memo as callers send it.

use jiff::civil::Date;

use super::fields::Fields;
use super::paper::{key, lines};
use super::trouble::{Code, Trouble};
use crate::decimal::Decimal;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Memo {
    pub(super) key: String,
    pub(super) customer: String,
    pub(super) currency: String,
    pub(super) document_date: Date,
    pub(super) posting_date: Date,
    pub(super) invoice: Option<String>,
    pub(super) rma: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) lines: Vec<MemoLine>,
    pub(super) charges: Vec<Charge>,
    pub(super) net: Decimal,
    pub(super) tax: Decimal,
    pub(super) gross: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MemoLine {
    pub(super) number: u32,
    pub(super) item: String,
    pub(super) text: Option<String>,
    pub(super) quantity: Decimal,
    pub(super) unit: String,
    pub(super) net: Decimal,
    pub(super) invoice: Option<String>,
    pub(super) invoice_line: Option<u32>,
    pub(super) reason: Option<String>,
    pub(super) taxes: Vec<Tax>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tax {
    pub(super) code: String,
    pub(super) rate: Option<Decimal>,
    pub(super) base: Option<Decimal>,
    pub(super) amount: Decimal,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) code: String,
    pub(super) net: Decimal,
    pub(super) tax: Decimal,
}

impl Memo {
    pub(super) fn read(operation: &mut Fields<'_>) -> Result<Self, Trouble> {
        let mut fields = operation.group("Memo")?;
        let memo = Self {
            key: key(&mut fields)?,
            customer: fields.text("Customer")?,
            currency: currency(&fields.text("Currency")?)?,
            document_date: fields.date("DocumentDate")?,
            posting_date: fields.date("PostingDate")?,
            invoice: fields.maybe("Invoice")?,
            rma: fields.maybe("RmaNumber")?,
            reason: fields.maybe("Reason")?,
            lines: lines(&mut fields, MemoLine::read)?,
            charges: charges(&mut fields)?,
            net: fields.decimal("Net")?,
            tax: fields.decimal("Tax")?,
            gross: fields.decimal("Gross")?,
        };
        fields.end()?;
        Ok(memo)
    }

    /// What is credited per invoice: everything to the document's, or each line to its own. Charges lower the first.
    pub(super) fn by_invoice(&self) -> Vec<(String, Decimal)> {
        if let Some(invoice) = &self.invoice {
            return vec![(invoice.clone(), self.gross)];
        }
        let mut shares: Vec<(String, Decimal)> = Vec::new();
        for line in &self.lines {
            let Some(invoice) = &line.invoice else {
                continue;
            };
            let gross = line.net + line.tax();
            match shares.iter_mut().find(|(number, _)| number == invoice) {
                Some((_, share)) => *share = *share + gross,
                None => shares.push((invoice.clone(), gross)),
            }
        }
        let fees = self.charges.iter().map(|charge| charge.net + charge.tax);
        if let Some((_, share)) = shares.first_mut() {
            *share = *share - Decimal::sum(fees);
        }
        shares
    }
}

impl MemoLine {
    fn read(fields: &mut Fields<'_>) -> Result<Self, Trouble> {
        Ok(Self {
            number: fields.whole("LineNo")?,
            item: fields.text("Item")?,
            text: fields.maybe("Text")?,
            quantity: fields.decimal("Quantity")?,
            unit: fields.text("Unit")?,
            net: fields.decimal("Net")?,
            invoice: fields.maybe("Invoice")?,
            invoice_line: fields.maybe_whole("InvoiceLine")?,
            reason: fields.maybe("Reason")?,
            taxes: taxes(fields)?,
        })
    }

    pub(super) fn tax(&self) -> Decimal {
        Decimal::sum(self.taxes.iter().map(|tax| tax.amount))
    }
}

fn currency(code: &str) -> Result<String, Trouble> {
    if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Ok(code.to_owned());
    }
    let message = format!("{code:?} is not a currency");
    Err(Trouble::new(Code::Schema, message).at("Memo/Currency"))
}

fn taxes(fields: &mut Fields<'_>) -> Result<Vec<Tax>, Trouble> {
    let Some(mut group) = fields.maybe_group("Taxes") else {
        return Ok(Vec::new());
    };
    let taxes = group.each("Tax", |fields| {
        Ok(Tax {
            code: fields.text("Code")?,
            rate: fields.maybe_decimal("Rate")?,
            base: fields.maybe_decimal("Base")?,
            amount: fields.decimal("Amount")?,
        })
    })?;
    group.end()?;
    Ok(taxes)
}

fn charges(fields: &mut Fields<'_>) -> Result<Vec<Charge>, Trouble> {
    let Some(mut group) = fields.maybe_group("Charges") else {
        return Ok(Vec::new());
    };
    let charges = group.each("Charge", |fields| {
        Ok(Charge {
            code: fields.text("Code")?,
            net: fields.decimal("Net")?,
            tax: fields.decimal("Tax")?,
        })
    })?;
    group.end()?;
    Ok(charges)
}
