//! Asks the ERP what it invoiced. A question changes nothing: one whose answer was lost is asked again.

use canonical::command::InvoiceQuestion;
use canonical::effect::ErpRef;
use canonical::invoice::{InvoiceFacts, InvoicedLine, InvoicedSnapshot, InvoicedTax};
use canonical::{Currency, Money, Qty, Ratio};
use connector::Failure;
use connector::mapping::{self, Mapping};
use serde::Deserialize;
use serde_json::Value;

use crate::exchange::Exchange;
use crate::failures;
use crate::interface::Interface;
use crate::lookup;
use crate::wire::Text;

/// One object that the profile's jq makes of a line of an invoice.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    line: Text,
    #[serde(default)]
    item: Text,
    quantity: Text,
    #[serde(default)]
    currency: Text,
    amount: Text,
    #[serde(default)]
    discount: Text,
    #[serde(default)]
    includes_tax: bool,
    #[serde(default)]
    taxes: Vec<Tax>,
    #[serde(default)]
    freight: Text,
    #[serde(default)]
    cost: Text,
    #[serde(default)]
    fx_rate: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tax {
    #[serde(default)]
    jurisdiction: Text,
    #[serde(rename = "type")]
    kind: Text,
    #[serde(default)]
    category: Text,
    rate: Text,
    amount: Text,
}

/// What the ERP says of that invoice.
///
/// # Errors
/// `Rejected` when it has no such invoice, or several, or the profile cannot ask; `Unavailable` when it does not answer.
pub(crate) async fn read(
    exchange: &Exchange,
    interface: &Interface,
    question: &InvoiceQuestion,
) -> Result<ErpRef, Failure> {
    let Some((invoices, shape)) = interface.invoices() else {
        let message = format!(
            "the profile {} does not say how invoices are read ([invoices])",
            interface.profile.name
        );
        return Err(Failure::rejected(failures::NO_WORDS, message));
    };
    let mut values = interface.vars();
    values.push("invoice", &question.document);
    for place in &invoices.places {
        let found = lookup::listed(exchange, place, &values).await?;
        match found.as_slice() {
            [] => {}
            [invoice] => {
                let facts = facts(shape, invoice, question).map_err(|what| {
                    let message = format!("invoice {}: {what}", question.document);
                    Failure::rejected(failures::UNREADABLE_INVOICE, message)
                })?;
                return Ok(reference(question, facts));
            }
            several => {
                let message = format!(
                    "{} invoices are called {}: mend the profile's place {:?} so that it names one",
                    several.len(),
                    question.document,
                    place.name
                );
                return Err(Failure::rejected(failures::UNREADABLE_INVOICE, message));
            }
        }
    }
    let message = format!(
        "the ERP has no invoice {}: correct the number with whoever asked for the return, or replay this when the ERP has it",
        question.document
    );
    Err(Failure::rejected(failures::NO_INVOICE, message))
}

fn reference(question: &InvoiceQuestion, facts: InvoiceFacts) -> ErpRef {
    ErpRef {
        invoice: Some(Box::new(facts)),
        ..ErpRef::new("invoice", question.document.clone())
    }
}

/// The lines that were asked for.
fn facts(
    shape: &Mapping,
    invoice: &Value,
    question: &InvoiceQuestion,
) -> Result<InvoiceFacts, String> {
    let input = mapping::read(invoice.to_string().as_bytes()).map_err(|e| e.to_string())?;
    let outputs = shape.run(&input).map_err(|fault| fault.to_string())?;
    let mut lines = Vec::new();
    for output in outputs {
        let entry: Entry = serde_json::from_str(&output.to_string())
            .map_err(|e| format!("the profile's invoices.shape gave something else: {e}"))?;
        if question
            .lines
            .iter()
            .any(|line| line == entry.line.as_str())
        {
            let line = entry.line.as_str().to_owned();
            lines.push(
                entry
                    .told(question.ccy)
                    .map_err(|what| format!("line {line}: {what}"))?,
            );
        }
    }
    Ok(InvoiceFacts {
        document: question.document.clone(),
        lines,
    })
}

impl Entry {
    fn told(self, home: Currency) -> Result<InvoicedLine, String> {
        let ccy = match self.currency.as_str() {
            "" => home,
            code => code
                .parse()
                .map_err(|e| format!("currency {code:?}: {e}"))?,
        };
        let minor = |name: &str, text: &Text| -> Result<i64, String> {
            if text.is_empty() {
                return Ok(0);
            }
            let amount = Money::parse(text.as_str(), ccy)
                .map_err(|e| format!("{name} {:?}: {e}", text.as_str()))?;
            if amount.minor < 0 {
                return Err(format!("{name} {:?} is below zero", text.as_str()));
            }
            Ok(amount.minor)
        };
        let base_qty: Qty = self
            .quantity
            .as_str()
            .parse()
            .map_err(|e| format!("quantity {:?}: {e}", self.quantity.as_str()))?;
        if !base_qty.is_positive() {
            return Err(format!("quantity {base_qty} is not above zero"));
        }
        if self.amount.is_empty() {
            return Err("it shows no amount".to_owned());
        }
        let mut taxes = Vec::with_capacity(self.taxes.len());
        for tax in &self.taxes {
            taxes.push(InvoicedTax {
                jurisdiction: tax.jurisdiction.as_str().to_owned(),
                tax_type: tax.kind.as_str().to_owned(),
                category: (!tax.category.is_empty()).then(|| tax.category.as_str().to_owned()),
                rate: rate(tax.rate.as_str())?,
                amount_minor: minor("tax", &tax.amount)?,
            });
        }
        let fx_rate = match self.fx_rate.as_str() {
            "" => Ratio::default(),
            text => {
                let rate = Ratio::of_rate(text);
                rate.ok_or_else(|| {
                    format!(
                        "fx_rate {text:?} is no rate: expected a decimal above zero of at most twelve places"
                    )
                })?
            }
        };
        let cost = minor("cost", &self.cost)?;
        let amount_minor = minor("amount", &self.amount)?;
        let contained: i128 = taxes.iter().map(|tax| i128::from(tax.amount_minor)).sum();
        if self.includes_tax && contained > i128::from(amount_minor) {
            return Err("its amount is less than the taxes that it contains".to_owned());
        }
        Ok(InvoicedLine {
            invoiced: InvoicedSnapshot {
                base_qty,
                ccy,
                amount_minor,
                discount_minor: minor("discount", &self.discount)?,
                price_includes_tax: self.includes_tax,
                taxes,
                freight_minor: minor("freight", &self.freight)?,
                cost_minor: (!self.cost.is_empty()).then_some(cost),
                fx_rate,
                document_axis: None,
            },
            line: self.line.as_str().to_owned(),
            sku: self.item.as_str().to_owned(),
        })
    }
}

fn rate(text: &str) -> Result<Qty, String> {
    let rate: Qty = text.parse().map_err(|e| format!("rate {text:?}: {e}"))?;
    if rate < Qty::ZERO {
        return Err(format!("rate {text:?} is below zero"));
    }
    Ok(rate)
}

#[cfg(test)]
mod tests;
