//! A request for a return → canonical, with the frozen facts of its invoice lines.

use std::collections::BTreeSet;

use canonical::header::{ExternalRef, ReturnRequest};
use canonical::invoice::{InvoiceRef, InvoicedSnapshot, InvoicedTax};
use canonical::line::{
    Evidence, OrderRef, Replacement, ReplacementMode, ReturnLine, SupplierReturn,
};
use canonical::{Currency, EventData, Money, Qty, Ratio, ReturnName, ReturnType, TrackingMode};
use connector::Failure;

use super::{Told, Translated, bad, some};
use crate::wire;

pub(super) fn requested(told: &Told<'_>, fact: &wire::Request) -> Result<Translated, Failure> {
    let at = told.event.at.as_str();
    let system = told.partner.system.clone();
    let currency = currency(at, "currency", &fact.currency)?;
    let base = fact.base_currency.as_ref();
    let base_currency = base
        .map(|code| self::currency(at, "baseCurrency", code))
        .transpose()?;
    let fx_rate = match &fact.fx_rate {
        Some(text) => rate(at, text, (currency, base_currency))?,
        None => Ratio::ONE,
    };
    let mut seen = BTreeSet::new();
    if let Some(line) = fact.lines.iter().find(|line| !seen.insert(line.line)) {
        return Err(bad(
            &line.at,
            "line",
            format!("line number {} is there twice", line.line),
        ));
    }
    let line = |line| return_line(told, fact, line, (currency, fx_rate));
    let lines = fact
        .lines
        .iter()
        .map(line)
        .collect::<Result<Vec<_>, Failure>>()?;
    let return_type = &told.partner.codes.return_type;
    Ok(Translated {
        key: ["return-request", &system, &fact.id]
            .map(str::to_owned)
            .to_vec(),
        subject: ReturnName::External {
            system: system.clone(),
            value: fact.id.clone(),
        },
        occurred_at: fact.requested_at,
        data: EventData::ReturnRequested(Box::new(ReturnRequest {
            system,
            request_id: fact.id.clone(),
            rma_number: told.event.rma.clone(),
            return_type: return_type.meaning(&fact.return_type, &told.place("returnType"))?,
            legal_entity: fact.legal_entity.clone(),
            channel: fact.channel.clone(),
            customer_segment: fact.segment.clone(),
            customer_account: fact.customer.clone(),
            bill_to: fact.bill_to.clone(),
            ship_from: fact.ship_from.clone(),
            currency,
            base_currency,
            fx_rate,
            requested_at: fact.requested_at,
            tz: time_zone(at, fact.time_zone.as_deref())?,
            return_to_site: return_to(told, &fact.return_to)?,
            requested_by: fact.requested_by.clone(),
            external_refs: references(told, fact),
            lines,
        })),
    })
}

/// The rate of the invoice between the two currencies, which both must be told. Of one currency to itself there is none but 1.
fn rate(
    at: &str,
    text: &str,
    (currency, base): (Currency, Option<Currency>),
) -> Result<Ratio, Failure> {
    let bad = |what: String| bad(at, "fxRate", what);
    let rate = Ratio::of_rate(text).ok_or_else(|| {
        bad(format!(
            "{text:?} is no rate: expected a decimal above zero of at most twelve places"
        ))
    })?;
    match base {
        None => Err(bad(
            "a rate is told without the currency that it is into: tell baseCurrency as well"
                .to_owned(),
        )),
        Some(base) if base != currency => Ok(rate),
        Some(_) if rate.num == rate.den => Ok(Ratio::ONE),
        Some(base) => Err(bad(format!(
            "currency and baseCurrency are both {base}, and the rate between them is {text}"
        ))),
    }
}

/// Sites of a request are ours already, unless the block translates them.
fn return_to(told: &Told<'_>, site: &str) -> Result<String, Failure> {
    if told.partner.sites.is_empty() {
        return Ok(site.to_owned());
    }
    told.partner.our_site(Some(site), &told.place("returnTo"))
}

fn references(told: &Told<'_>, fact: &wire::Request) -> Vec<ExternalRef> {
    let given = fact
        .references
        .iter()
        .map(|(system, kind, value)| ExternalRef {
            system: system.clone(),
            kind: kind.clone(),
            value: value.clone(),
        });
    let number = told
        .event
        .rma
        .as_ref()
        .zip(told.partner.rma_namespace.as_ref());
    let rma = number.map(|(number, namespace)| ExternalRef {
        system: namespace.clone(),
        kind: "rma".to_owned(),
        value: number.clone(),
    });
    given.chain(rma).collect()
}

fn return_line(
    told: &Told<'_>,
    fact: &wire::Request,
    line: &wire::RequestLine,
    (currency, fx_rate): (Currency, Ratio),
) -> Result<ReturnLine, Failure> {
    let codes = &told.partner.codes;
    let place = |member: &str| format!("{}/{member}", line.at);
    let base_per_uom = base_per_uom(line)?;
    let invoice = line.invoice.as_ref();
    let order_ref = line.order.as_ref().map(|(order, order_line)| OrderRef {
        order: order.clone(),
        line: order_line.clone(),
        shipment: None,
        shipment_line: None,
    });
    let id = || format!("{}/{}/{}", told.partner.system, fact.id, line.line);
    Ok(ReturnLine {
        line_no: line.line,
        line_id: line.line_id.clone().unwrap_or_else(id),
        parent_line_id: None,
        order_ref,
        invoice_ref: invoice
            .map(|invoice| {
                Ok::<_, Failure>(InvoiceRef {
                    document: invoice.number.clone(),
                    line: invoice.line.clone(),
                    date: invoice.date,
                    tz: zone(&invoice.at, invoice.time_zone.as_deref())?,
                })
            })
            .transpose()?,
        sku: codes.sku.meaning(&line.sku, &place("sku"))?,
        gtin: line.gtin.clone(),
        customer_sku: line.customer_sku.clone(),
        qty_requested: some(&line.at, "qty", &line.qty)?,
        qty_authorized: Qty::ZERO,
        uom: codes.uom.meaning(&line.uom, &place("uom"))?,
        base_per_uom,
        reason: codes.reason.meaning(&line.reason, &place("reason"))?,
        customer_note: line
            .note
            .as_ref()
            .map(|note| note.chars().take(300).collect()),
        tracking_mode: match (line.serials.is_empty(), line.lots.is_empty()) {
            (false, _) => TrackingMode::Serial,
            (true, false) => TrackingMode::Lot,
            (true, true) => TrackingMode::None,
        },
        expected_serials: line.serials.clone(),
        expected_lots: line.lots.clone(),
        invoiced: invoice
            .and_then(|invoice| Some((invoice, invoice.qty_and_amount.as_ref()?)))
            .map(|(invoice, told)| invoiced(invoice, told, base_per_uom, (currency, fx_rate)))
            .transpose()?,
        claimed_unit_price: (line.claimed_unit_price.as_ref())
            .map(|text| amount(&line.at, "claimedUnitPrice", text, currency))
            .transpose()?
            .map(|minor| Money::new(minor, currency)),
        supplier_return: line.supplier.as_ref().map(|to| SupplierReturn {
            supplier: to.number.clone(),
            supplier_rma: to.rma.clone(),
            rma_required: to.rma_required,
        }),
        replacement: line
            .replacement
            .as_ref()
            .map(|wanted| replacement(told, fact, wanted))
            .transpose()?,
        evidence: line
            .evidence
            .iter()
            .map(|(kind, reference)| Evidence {
                kind: kind.clone(),
                reference: reference.clone(),
            })
            .collect(),
    })
}

/// When it is sent follows from the type of the return.
fn replacement(
    told: &Told<'_>,
    fact: &wire::Request,
    wanted: &wire::Replacement,
) -> Result<Replacement, Failure> {
    let codes = &told.partner.codes;
    let place = format!("{}/uom", wanted.at);
    let return_type = codes
        .return_type
        .meaning(&fact.return_type, &told.place("returnType"))?;
    let site = wanted.site.as_deref();
    Ok(Replacement {
        sku: wanted.sku.clone(),
        qty: some(&wanted.at, "qty", &wanted.qty)?,
        uom: codes.uom.meaning(&wanted.uom, &place)?,
        site: site.map(|site| return_to(told, site)).transpose()?,
        mode: if return_type == ReturnType::AdvanceReplacement {
            ReplacementMode::UpFront
        } else {
            ReplacementMode::ByDisposition
        },
    })
}

fn base_per_uom(line: &wire::RequestLine) -> Result<Ratio, Failure> {
    match line.units.map(i64::try_from) {
        None => Ok(Ratio::ONE),
        Some(Ok(num)) if num > 0 => Ok(Ratio { num, den: 1 }),
        Some(_) => Err(bad(
            &line.at,
            "unitsPerUom",
            "expected a whole number from 1".to_owned(),
        )),
    }
}

fn invoiced(
    invoice: &wire::Invoice,
    (qty, net): &(String, String),
    base_per_uom: Ratio,
    (currency, fx_rate): (Currency, Ratio),
) -> Result<InvoicedSnapshot, Failure> {
    let at = invoice.at.as_str();
    let money = |member: &str, text: &str| amount(at, member, text, currency);
    let base_qty = some(at, "qty", qty)?.times(base_per_uom).ok_or_else(|| {
        bad(
            at,
            "qty",
            "the quantity cannot be expressed in base units".to_owned(),
        )
    })?;
    let mut discount_minor = 0_i64;
    for (i, text) in invoice.discounts.iter().enumerate() {
        let minor = amount(&format!("{at}/discounts"), &i.to_string(), text, currency)?;
        discount_minor = discount_minor
            .checked_add(minor)
            .ok_or_else(|| bad(at, "discounts", "their sum is out of range".to_owned()))?;
    }
    let taxes = invoice.taxes.iter().map(|tax| {
        Ok(InvoicedTax {
            jurisdiction: tax.jurisdiction.clone(),
            tax_type: tax.kind.clone(),
            category: tax.category.clone(),
            rate: super::none_or_some(&tax.at, "rate", &tax.rate)?,
            amount_minor: amount(&tax.at, "amount", &tax.amount, currency)?,
        })
    });
    let taxes = taxes.collect::<Result<Vec<_>, Failure>>()?;
    let amount_minor = money("amount", net)?;
    let contained: i128 = taxes.iter().map(|tax| i128::from(tax.amount_minor)).sum();
    if invoice.prices_include_tax && contained > i128::from(amount_minor) {
        let what =
            format!("amount {net} is less than the taxes that it contains (pricesIncludeTax)");
        return Err(bad(at, "amount", what));
    }
    Ok(InvoicedSnapshot {
        base_qty,
        ccy: currency,
        amount_minor,
        discount_minor,
        price_includes_tax: invoice.prices_include_tax,
        taxes,
        freight_minor: invoice
            .freight
            .as_ref()
            .map_or(Ok(0), |text| money("freight", text))?,
        cost_minor: invoice
            .cost
            .as_ref()
            .map(|text| money("cost", text))
            .transpose()?,
        fx_rate,
        document_axis: None,
    })
}

/// An amount in minor units; zero or above.
pub(super) fn amount(
    at: &str,
    member: &str,
    text: &str,
    currency: Currency,
) -> Result<i64, Failure> {
    let money = Money::parse(text, currency).map_err(|error| bad(at, member, error.to_string()))?;
    if money.minor < 0 {
        return Err(bad(at, member, format!("amount {text} is negative")));
    }
    Ok(money.minor)
}

pub(super) fn currency(at: &str, member: &str, code: &str) -> Result<Currency, Failure> {
    code.parse()
        .map_err(|error: canonical::currency::UnknownCurrency| bad(at, member, error.to_string()))
}

fn time_zone(at: &str, name: Option<&str>) -> Result<String, Failure> {
    Ok(zone(at, name)?.unwrap_or_else(|| "UTC".to_owned()))
}

fn zone(at: &str, name: Option<&str>) -> Result<Option<String>, Failure> {
    match name {
        Some(name) if jiff::tz::TimeZone::get(name).is_err() => Err(bad(
            at,
            "timeZone",
            format!("{name:?} is no IANA time zone"),
        )),
        name => Ok(name.map(str::to_owned)),
    }
}
