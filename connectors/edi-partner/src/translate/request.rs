//! What requests of both syntaxes have in common: items, invoice, prices, lines.

use canonical::header::{ExternalRef, ReturnRequest};
use canonical::invoice::{InvoiceRef, InvoicedSnapshot, InvoicedTax};
use canonical::line::{OrderRef, ReturnLine};
use canonical::{
    Currency, Event, EventData, Qty, Ratio, Reason, ReturnName, ReturnType, TrackingMode,
};
use connector::Failure;
use jiff::Timestamp;
use jiff::civil::Date;

use super::party::{Party, account, site, with_role};
use super::values::{extended, tax};
use super::view::{bad, place};
use super::{Told, event};
use crate::failures;
use crate::profile::{Items, Prices};
use crate::wire::model::Segment;

/// The item numbers of a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Item {
    /// Ours.
    pub(super) sku: String,
    /// GTIN.
    pub(super) gtin: Option<String>,
    /// The customer's.
    pub(super) theirs: Option<String>,
}

/// The item, from pairs of qualifier and number.
pub(super) fn item(items: &Items, pairs: &[(String, String)], at: &str) -> Result<Item, Failure> {
    let pick = |qualifiers: &[String]| {
        qualifiers.iter().find_map(|wanted| {
            let found = pairs.iter().find(|(q, id)| q == wanted && !id.is_empty());
            found.map(|(_, id)| id.clone())
        })
    };
    let gtin = pick(&items.gtin);
    let theirs = pick(&items.theirs);
    let sku = pick(&items.ours).or_else(|| pick(&items.instead));
    let sku = sku.ok_or_else(|| {
        let given: Vec<&str> = pairs.iter().map(|(q, _)| q.as_str()).collect();
        let what = format!(
            "no item number of ours is under the qualifiers {given:?}: add its qualifier under adjust.items"
        );
        Failure::rejected(failures::UNMAPPED_CODE, what).at(at)
    })?;
    Ok(Item { sku, gtin, theirs })
}

/// A line as the partner asks for it.
pub(super) struct Asked {
    pub(super) line_no: u32,
    pub(super) item: Item,
    pub(super) qty: Qty,
    pub(super) uom: String,
    pub(super) reason: Reason,
    pub(super) note: Option<String>,
    pub(super) order: Option<String>,
    pub(super) invoice: Option<Invoice>,
    pub(super) invoiced: Option<InvoicedSnapshot>,
    pub(super) serials: Vec<String>,
    pub(super) lots: Vec<String>,
}

/// An invoice line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invoice {
    pub(super) document: String,
    pub(super) line: String,
    pub(super) date: Date,
}

/// A price and what it stands for.
pub(super) struct Priced<'a> {
    /// The segment and element with the price.
    pub(super) at: (&'a Segment, usize),
    /// Price of one unit.
    pub(super) price: Qty,
    /// Units invoiced.
    pub(super) invoiced: Qty,
}

/// The invoice line, frozen, if the profile takes prices for those of the invoice.
pub(super) fn snapshot(
    told: &Told<'_>,
    priced: &Priced<'_>,
    currency: Currency,
) -> Result<Option<InvoicedSnapshot>, Failure> {
    let rules = &told.partner.profile.request;
    if rules.prices == Prices::Claimed {
        return Ok(None);
    }
    let (segment, element) = priced.at;
    let amount_minor = extended(priced.invoiced, priced.price, currency).ok_or_else(|| {
        let what = format!(
            "{} × {} is no whole amount of {currency}: nothing is rounded",
            priced.invoiced, priced.price
        );
        Failure::rejected(failures::INEXACT_AMOUNT, what).at(place(segment, element))
    })?;
    let mut taxes = Vec::new();
    if let Some(rule) = &rules.tax {
        let rate: Qty = rule.rate.parse().unwrap_or_default();
        let amount_minor = tax(amount_minor, rate, rules.prices_include_tax)
            .ok_or_else(|| bad(segment, element, "the tax is out of range"))?;
        taxes.push(InvoicedTax {
            jurisdiction: rule.jurisdiction.clone(),
            tax_type: rule.kind.clone(),
            category: rule.category.clone(),
            rate,
            amount_minor,
        });
    }
    Ok(Some(InvoicedSnapshot {
        base_qty: priced.invoiced,
        ccy: currency,
        amount_minor,
        discount_minor: 0,
        price_includes_tax: rules.prices_include_tax,
        taxes,
        freight_minor: 0,
        cost_minor: None,
        fx_rate: Ratio::ONE,
        document_axis: None,
    }))
}

/// What a request as a whole says.
pub(super) struct Head<'a> {
    pub(super) request_id: String,
    pub(super) rma_number: Option<String>,
    pub(super) return_type: ReturnType,
    pub(super) currency: Currency,
    pub(super) requested_at: Timestamp,
    pub(super) requested_by: Option<String>,
    pub(super) parties: Vec<Party<'a>>,
    /// The partner's code of the site, when it is not a party.
    pub(super) return_to: Option<(String, String)>,
}

/// The request, put together.
pub(super) fn requested(
    told: &Told<'_>,
    head: Head<'_>,
    lines: Vec<Asked>,
) -> Result<Event, Failure> {
    let partner = told.partner;
    if lines.is_empty() {
        let what = "the request has no lines";
        return Err(Failure::malformed(failures::MISSING, what).at(told.place()));
    }
    let rules = &partner.profile.request;
    let party = |roles: &[String]| with_role(&head.parties, roles);
    let customer_account = account(told, &head.parties)?;
    let bill_to = party(&rules.bill_to)
        .map(|party| partner.our_account(party.id, &party.at()))
        .transpose()?
        .filter(|account| *account != customer_account);
    let seller = party(&rules.seller);
    let entity_at = seller.map_or_else(|| told.place(), Party::at);
    let legal_entity = partner.our_entity(seller.map(|party| party.id), &entity_at)?;
    let return_to_site = match &head.return_to {
        Some((code, at)) => partner.our_site(Some(code), at)?,
        None => site(told, &head.parties, &rules.return_to)?,
    };
    let named = head.rma_number.as_ref().zip(partner.rma_namespace.as_ref());
    let external_refs = named.map(|(number, namespace)| ExternalRef {
        system: namespace.clone(),
        kind: "rma".to_owned(),
        value: number.clone(),
    });
    let request = ReturnRequest {
        system: partner.system.clone(),
        request_id: head.request_id.clone(),
        rma_number: head.rma_number,
        return_type: head.return_type,
        legal_entity,
        channel: partner.channel.clone(),
        customer_segment: None,
        customer_account,
        bill_to,
        ship_from: party(&rules.ship_from).map(|party| party.id.to_owned()),
        currency: head.currency,
        base_currency: None,
        fx_rate: Ratio::ONE,
        requested_at: head.requested_at,
        tz: partner.tz.clone(),
        return_to_site,
        requested_by: head.requested_by,
        external_refs: external_refs.into_iter().collect(),
        lines: lines
            .into_iter()
            .map(|line| return_line(told, &head.request_id, line))
            .collect(),
    };
    Ok(event(
        &["return-request", &partner.system, &head.request_id],
        ReturnName::External {
            system: partner.system.clone(),
            value: head.request_id.clone(),
        },
        head.requested_at,
        EventData::ReturnRequested(Box::new(request)),
    ))
}

fn return_line(told: &Told<'_>, request_id: &str, line: Asked) -> ReturnLine {
    ReturnLine {
        line_no: line.line_no,
        line_id: format!("{}/{request_id}/{}", told.partner.system, line.line_no),
        parent_line_id: None,
        order_ref: line.order.map(|order| OrderRef {
            order,
            line: None,
            shipment: None,
            shipment_line: None,
        }),
        invoice_ref: line.invoice.map(|invoice| InvoiceRef {
            document: invoice.document,
            line: invoice.line,
            date: invoice.date,
            tz: Some(told.partner.tz.clone()),
        }),
        sku: line.item.sku,
        gtin: line.item.gtin,
        customer_sku: line.item.theirs,
        qty_requested: line.qty,
        qty_authorized: Qty::ZERO,
        uom: line.uom,
        base_per_uom: Ratio::ONE,
        reason: line.reason,
        customer_note: line.note.map(|note| note.chars().take(300).collect()),
        tracking_mode: match (line.serials.is_empty(), line.lots.is_empty()) {
            (false, _) => TrackingMode::Serial,
            (true, false) => TrackingMode::Lot,
            (true, true) => TrackingMode::None,
        },
        expected_serials: line.serials,
        expected_lots: line.lots,
        invoiced: line.invoiced,
        claimed_unit_price: None,
        supplier_return: None,
        replacement: None,
        evidence: Vec::new(),
    }
}

/// The kind of return that all lines agree upon; goods that come back, if none says anything.
pub(super) fn one_kind(
    kinds: impl IntoIterator<Item = Result<(ReturnType, String), Failure>>,
) -> Result<ReturnType, Failure> {
    let mut agreed: Option<ReturnType> = None;
    for kind in kinds {
        let (kind, at) = kind?;
        if agreed.is_some_and(|agreed| agreed != kind) {
            let what = "some lines come back and others are only credited: ask for them apart";
            return Err(Failure::malformed(failures::BAD_VALUE, what).at(at));
        }
        agreed = Some(kind);
    }
    Ok(agreed.unwrap_or(ReturnType::Physical))
}
