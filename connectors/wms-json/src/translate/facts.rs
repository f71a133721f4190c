//! What a warehouse tells → canonical facts.
//!
//! Keys are made of site and business identity, so that the same fact has the same key whichever way it comes: over
//! another connector, again under another delivery id, or fetched after a notification.

use canonical::disposition::{Allocation, Disposition};
use canonical::event::{CancelRequest, GoodsInTransit, SupplierAnswer};
use canonical::inspection::{Finding, Inspection};
use canonical::receipt::{
    Receipt, ReceiptLine, ReceiptReversal, ReversalLine, Snapshot, SnapshotItem,
};
use canonical::{EventData, MatchMethod, Money, Qty, ReturnName};
use connector::Failure;

use super::{Told, Translated, none_or_some, request, some};
use crate::{failures, wire};

pub(super) fn cancelled(told: &Told<'_>, fact: &wire::Cancellation) -> Result<Translated, Failure> {
    let request_id = told.id(fact.request_id.as_ref());
    Ok(Translated {
        key: parts(&["return-cancel", &told.partner.system, &request_id]),
        subject: told.subject(&request_id)?,
        occurred_at: fact.occurred_at,
        data: EventData::CancelRequested(CancelRequest {
            request_id,
            requested_by: fact.requested_by.clone(),
            reason: fact.reason.clone(),
        }),
    })
}

pub(super) fn in_transit(told: &Told<'_>, fact: &wire::Transit) -> Result<Translated, Failure> {
    let tracking_no = told.event.tracking_no.clone().unwrap_or_default();
    let subject = told.subject(&tracking_no)?;
    Ok(Translated {
        key: parts(&["in-transit", &subject.to_string(), &tracking_no]),
        subject,
        occurred_at: fact.occurred_at,
        data: EventData::GoodsInTransit(GoodsInTransit {
            carrier: fact.carrier.clone(),
            tracking_no,
            shipped_at: fact.occurred_at,
        }),
    })
}

pub(super) fn received(told: &Told<'_>, fact: &wire::Receipt) -> Result<Translated, Failure> {
    let (site, receipt_id) = (told.site()?, told.id(fact.id.as_ref()));
    let subject = told.subject(&receipt_id)?;
    let match_method = match (&told.event.rma, &subject) {
        (Some(_), _) => MatchMethod::Rma,
        (None, ReturnName::External { .. }) if told.event.tracking_no.is_some() => {
            MatchMethod::Tracking
        }
        _ => MatchMethod::Unmatched,
    };
    let lines = fact.lines.iter().enumerate().map(|(i, line)| {
        let condition = &told.partner.codes.condition;
        let goods = &line.goods;
        let seen = line.condition.as_ref();
        Ok(ReceiptLine {
            receipt_line_id: line.line_id.clone().unwrap_or_else(|| (i + 1).to_string()),
            sku_scanned: sku(told, goods)?,
            qty: some(&goods.at, "qty", &goods.qty)?,
            uom: unit(told, goods)?,
            line_no: goods.line,
            match_method,
            serials: goods.serials.clone(),
            lots: line.lots.clone(),
            expiry: line.expiry,
            condition_at_dock: seen
                .map(|code| condition.meaning(code, &format!("{}/condition", goods.at)))
                .transpose()?,
        })
    });
    let lines = lines.collect::<Result<Vec<_>, Failure>>()?;
    Ok(Translated {
        key: parts(&["receipt", &site, &receipt_id]),
        subject,
        occurred_at: fact.occurred_at,
        data: EventData::ReceiptRecorded(Receipt {
            source: told.source(Some(&receipt_id)),
            receipt_id,
            received_at: fact.occurred_at,
            reported_at: fact.reported_at,
            site,
            dock: fact.dock.clone(),
            lpn: fact.lpn.clone(),
            tracking_no: told.event.tracking_no.clone(),
            carrier: fact.carrier.clone(),
            lines,
        }),
    })
}

pub(super) fn reversed(told: &Told<'_>, fact: &wire::Reversal) -> Result<Translated, Failure> {
    let (site, reversal_id) = (told.site()?, told.id(fact.id.as_ref()));
    let lines = fact.lines.iter().map(|goods| {
        Ok(ReversalLine {
            sku: sku(told, goods)?,
            qty: some(&goods.at, "qty", &goods.qty)?,
            uom: unit(told, goods)?,
            line_no: goods.line,
            serials: goods.serials.clone(),
        })
    });
    let lines = lines.collect::<Result<Vec<_>, Failure>>()?;
    Ok(Translated {
        key: parts(&["receipt-reversal", &site, &reversal_id]),
        subject: told.subject(&fact.receipt_id)?,
        occurred_at: fact.occurred_at,
        data: EventData::ReceiptReversed(ReceiptReversal {
            source: told.source(Some(&reversal_id)),
            reversal_id,
            reverses_receipt_id: fact.receipt_id.clone(),
            site,
            reversed_at: fact.occurred_at,
            lines,
        }),
    })
}

pub(super) fn inspected(told: &Told<'_>, fact: &wire::Inspection) -> Result<Translated, Failure> {
    let (site, inspection_id) = (told.site()?, told.id(fact.id.as_ref()));
    let codes = &told.partner.codes;
    let findings = fact.lines.iter().map(|line| {
        let goods = &line.goods;
        let at = |member: &str| format!("{}/{member}", goods.at);
        let liability = line.liability.as_ref();
        Ok(Finding {
            receipt_id: fact.receipt_id.clone(),
            receipt_line_id: line.receipt_line_id.clone(),
            line_no: goods.line,
            sku: sku(told, goods)?,
            qty: some(&goods.at, "qty", &goods.qty)?,
            uom: unit(told, goods)?,
            serials: goods.serials.clone(),
            result: codes.result.meaning(&line.result, &at("result"))?,
            condition: codes.condition.meaning(&line.condition, &at("condition"))?,
            grade: line.grade.clone(),
            defect_codes: line.defects.clone(),
            photos: line.photos.clone(),
            liability: liability
                .map(|code| codes.liability.meaning(code, &at("liability")))
                .transpose()?,
        })
    });
    let findings = findings.collect::<Result<Vec<_>, Failure>>()?;
    let version = fact.revision.unwrap_or(1);
    Ok(Translated {
        key: parts(&["inspection", &site, &inspection_id, &version.to_string()]),
        subject: told.subject(&inspection_id)?,
        occurred_at: fact.occurred_at,
        data: EventData::InspectionFinalized(Inspection {
            source: told.source(Some(&inspection_id)),
            inspection_id,
            version,
            supersedes: version.checked_sub(1).filter(|v| *v > 0),
            site,
            inspector: fact.inspector.clone(),
            started_at: fact.started_at,
            finalized_at: fact.occurred_at,
            findings,
        }),
    })
}

pub(super) fn disposed(told: &Told<'_>, fact: &wire::Disposition) -> Result<Translated, Failure> {
    let (site, disposition_id) = (told.site()?, told.id(fact.id.as_ref()));
    let codes = &told.partner.codes;
    let allocations = fact.lines.iter().enumerate().map(|(i, line)| {
        let goods = &line.goods;
        let at = |member: &str| format!("{}/{member}", goods.at);
        let (liability, target) = (line.liability.as_ref(), line.target_site.as_ref());
        Ok(Allocation {
            allocation_id: line.line_id.clone().unwrap_or_else(|| (i + 1).to_string()),
            line_no: goods.line,
            sku: sku(told, goods)?,
            qty: some(&goods.at, "qty", &goods.qty)?,
            uom: unit(told, goods)?,
            code: Some(line.action.clone()),
            action: codes.disposition.meaning(&line.action, &at("action"))?,
            target_stock_status: None,
            target_site: target
                .map(|code| told.partner.our_site(Some(code), &at("targetSite")))
                .transpose()?,
            target_bin: line.target_bin.clone(),
            liability: liability
                .map(|code| codes.liability.meaning(code, &at("liability")))
                .transpose()?,
        })
    });
    let allocations = allocations.collect::<Result<Vec<_>, Failure>>()?;
    Ok(Translated {
        key: parts(&["disposition", &site, &disposition_id]),
        subject: told.subject(&disposition_id)?,
        occurred_at: fact.occurred_at,
        data: EventData::DispositionDecided(Disposition {
            source: told.source(Some(&disposition_id)),
            disposition_id,
            inspection_id: fact.inspection_id.clone(),
            reverses_disposition_id: fact.reverses.clone(),
            site,
            decided_at: fact.occurred_at,
            allocations,
        }),
    })
}

pub(super) fn snapshot(told: &Told<'_>, fact: &wire::Snapshot) -> Result<Translated, Failure> {
    let site = told.site()?;
    let items = fact.items.iter().map(|item| {
        let part = |member: &str, text: Option<&String>| {
            text.map_or(Ok(Qty::ZERO), |text| none_or_some(&item.at, member, text))
        };
        Ok(SnapshotItem {
            sku: told
                .partner
                .codes
                .sku
                .meaning(&item.sku, &format!("{}/sku", item.at))?,
            line_no: item.line,
            uom: told
                .partner
                .codes
                .uom
                .meaning(&item.uom, &format!("{}/uom", item.at))?,
            received: none_or_some(&item.at, "received", &item.received)?,
            restocked: part("restocked", item.restocked.as_ref())?,
            scrapped: part("scrapped", item.scrapped.as_ref())?,
        })
    });
    let items = items.collect::<Result<Vec<_>, Failure>>()?;
    if told.event.rma.is_none() && told.event.tracking_no.is_none() {
        let what = "a snapshot does not say of which return: it needs rma or trackingNo";
        return Err(Failure::malformed(failures::WRONG_SHAPE, what).at(told.place("rma")));
    }
    let hash = canonical::key::short_hash(&[&told.event.content], 16);
    let subject = told.subject(&hash)?;
    let (name, at) = (subject.to_string(), fact.updated_at.to_string());
    Ok(Translated {
        key: parts(&["snapshot", &site, &name, &at, &hash]),
        subject,
        occurred_at: fact.updated_at,
        data: EventData::SnapshotReported(Snapshot {
            site,
            source: told.source(None),
            updated_at: fact.updated_at,
            record: None,
            items,
        }),
    })
}

fn sku(told: &Told<'_>, goods: &wire::Goods) -> Result<String, Failure> {
    told.partner
        .codes
        .sku
        .meaning(&goods.sku, &format!("{}/sku", goods.at))
}

pub(super) fn supplier_answered(
    told: &Told<'_>,
    fact: &wire::SupplierAnswer,
) -> Result<Translated, Failure> {
    let subject = told.subject(&fact.supplier)?;
    let line = fact.line.map_or_else(String::new, |line| line.to_string());
    let (rma, credit) = (
        fact.rma.as_deref().unwrap_or_default(),
        fact.credit.as_deref().unwrap_or_default(),
    );
    let name = subject.to_string();
    let amount = fact.amount.as_ref().map(|(amount, currency)| {
        let ccy = request::currency(&fact.at, "currency", currency)?;
        let minor = request::amount(&fact.at, "amount", amount, ccy)?;
        Ok::<_, Failure>(Money::new(minor, ccy))
    });
    let qty = fact.qty.as_ref().map(|qty| some(&fact.at, "qty", qty));
    Ok(Translated {
        key: parts(&["supplier", &name, &fact.supplier, &line, rma, credit]),
        subject,
        occurred_at: fact.occurred_at,
        data: EventData::SupplierAnswered(SupplierAnswer {
            line_no: fact.line,
            supplier: fact.supplier.clone(),
            supplier_rma: fact.rma.clone(),
            credit: fact.credit.clone(),
            amount: amount.transpose()?,
            qty: qty.transpose()?,
            answered_at: fact.occurred_at,
        }),
    })
}

fn unit(told: &Told<'_>, goods: &wire::Goods) -> Result<String, Failure> {
    told.partner
        .codes
        .uom
        .meaning(&goods.uom, &format!("{}/uom", goods.at))
}

fn parts(parts: &[&str]) -> Vec<String> {
    parts.iter().map(|part| (*part).to_owned()).collect()
}
