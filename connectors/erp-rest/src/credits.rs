//! Lists the credits that the ERP shows against an invoice, whoever keyed them.

use canonical::invoice::InvoiceRef;
use canonical::{Currency, Money, Qty};
use connector::mapping::{self, Mapping};
use connector::{CreditsAgainst, Failure, ShownCredit};
use serde::Deserialize;
use serde_json::Value;

use crate::exchange::Exchange;
use crate::failures;
use crate::interface::Interface;
use crate::lookup;
use crate::profile::Credits;
use crate::wire::Text;

/// One object that the profile's jq makes of a document's line.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    document: Text,
    #[serde(default)]
    key: Text,
    #[serde(default)]
    invoice: Text,
    #[serde(default)]
    line: Text,
    #[serde(default)]
    quantity: Text,
    #[serde(default)]
    unit: Text,
    #[serde(default)]
    currency: Text,
    #[serde(default)]
    net: Text,
    #[serde(default)]
    taxes: Vec<Text>,
    #[serde(default)]
    gross: Text,
}

/// Asks in every place of the profile; without any the ERP cannot say.
pub(crate) async fn against(
    exchange: &Exchange,
    interface: &Interface,
    invoice: &InvoiceRef,
    ccy: Currency,
) -> Result<CreditsAgainst, Failure> {
    let Some((credits, shape)) = interface.credits() else {
        return Ok(CreditsAgainst::CannotSay);
    };
    let mut values = interface.vars();
    values.push("invoice", &invoice.document);
    let (mut shown, mut seen) = (Vec::new(), Vec::new());
    for place in &credits.places {
        for document in lookup::listed(exchange, place, &values).await? {
            if seen.contains(&document) {
                continue;
            }
            let entries = read(shape, credits, &document, &invoice.document, ccy);
            shown.extend(entries.map_err(|what| {
                let message = format!("a credit in {}: {what}", place.name);
                Failure::unavailable(failures::LOOK_UP_FAILED, message)
            })?);
            seen.push(document);
        }
    }
    Ok(CreditsAgainst::Shown(shown))
}

/// What a document says of that invoice.
pub(crate) fn read(
    shape: &Mapping,
    credits: &Credits,
    document: &Value,
    invoice: &str,
    home: Currency,
) -> Result<Vec<ShownCredit>, String> {
    let input = mapping::read(document.to_string().as_bytes()).map_err(|e| e.to_string())?;
    let outputs = shape.run(&input).map_err(|fault| fault.to_string())?;
    let mut shown = Vec::new();
    for output in outputs {
        let entry: Entry = serde_json::from_str(&output.to_string())
            .map_err(|e| format!("the profile's credits.shape gave something else: {e}"))?;
        if entry.invoice.is_empty() || entry.invoice.as_str() == invoice {
            shown.push(entry.shown(credits.negative, home)?);
        }
    }
    Ok(shown)
}

impl Entry {
    fn shown(self, negative: bool, home: Currency) -> Result<ShownCredit, String> {
        let document = self.document.as_str().to_owned();
        if document.is_empty() {
            return Err("it has no number".to_owned());
        }
        let ccy = match self.currency.as_str() {
            "" => home,
            code => code
                .parse()
                .map_err(|e| format!("currency {code:?} of {document}: {e}"))?,
        };
        let amount = |text: &Text| -> Result<Money, String> {
            let wrong = |e: String| format!("amount {:?} of {document}: {e}", text.as_str());
            let amount = Money::parse(text.as_str(), ccy).map_err(|e| wrong(e.to_string()))?;
            if negative {
                amount.negated().map_err(|e| wrong(e.to_string()))
            } else {
                Ok(amount)
            }
        };
        let net = (!self.net.is_empty())
            .then(|| amount(&self.net))
            .transpose()?;
        let mut tax = 0_i64;
        for part in self.taxes.iter().filter(|part| !part.is_empty()) {
            tax = tax
                .checked_add(amount(part)?.minor)
                .ok_or_else(|| format!("the taxes of {document} are beyond all bounds"))?;
        }
        let gross = if self.gross.is_empty() {
            let net = net.ok_or_else(|| format!("{document} shows neither net nor gross"))?;
            let gross = net.minor.checked_add(tax);
            Money::new(gross.ok_or("beyond all bounds")?, ccy)
        } else {
            amount(&self.gross)?
        };
        let quantity = if self.quantity.is_empty() {
            None
        } else {
            let quantity = self.quantity.as_str();
            let qty: Qty = quantity
                .parse()
                .map_err(|e| format!("quantity {quantity:?} of {document}: {e}"))?;
            let qty = if qty < Qty::ZERO {
                Qty::from_millionths(qty.millionths().saturating_neg())
            } else {
                qty
            };
            Some((qty, self.unit.as_str().to_owned()))
        };
        Ok(ShownCredit {
            key: self.key.as_str().to_owned(),
            invoice_line: (!self.line.is_empty()).then(|| self.line.as_str().to_owned()),
            quantity,
            tax: net.is_some().then(|| Money::new(tax, ccy)),
            net,
            gross,
            document,
        })
    }
}

#[cfg(test)]
mod tests;
