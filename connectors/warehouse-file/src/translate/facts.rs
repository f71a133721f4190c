//! What a row tells → canonical facts.
//!
//! Keys are made of site and the row's id, so that the same row has the same key in whichever file it comes, and a row of
//! the same id that says something else is seen as a contradiction.

use canonical::disposition::{Allocation, Disposition};
use canonical::inspection::{Finding, Inspection};
use canonical::receipt::{Receipt, ReceiptLine, ReceiptReversal, ReversalLine};
use canonical::{
    Condition, DispositionAction, Event, EventData, InspectionResult, Liability, MatchMethod,
    MessageKey, Qty,
};
use connector::Failure;

use super::{Told, assumed};
use crate::failures;
use crate::layout::Field;

/// The receipt; and inspection and disposition, if the row says so.
pub(super) fn receipt(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    let qty = told.qty()?;
    let condition = condition(told)?;
    let match_method = if told.row.text(Field::Rma).is_some() {
        MatchMethod::Rma
    } else if told.row.text(Field::TrackingNo).is_some() {
        MatchMethod::Tracking
    } else {
        MatchMethod::Unmatched
    };
    let line = ReceiptLine {
        receipt_line_id: line_id(told),
        sku_scanned: told.sku()?,
        qty,
        uom: told.uom()?,
        line_no: told.line_no()?,
        match_method,
        serials: told.row.texts(Field::Serial),
        lots: told.row.texts(Field::Lot),
        expiry: told.row.date(Field::Expiry),
        condition_at_dock: condition,
    };
    let data = EventData::ReceiptRecorded(Receipt {
        receipt_id: told.id.clone(),
        source: told.source(),
        received_at: told.happened_at()?,
        reported_at: None,
        site: told.site.clone(),
        dock: told.own(Field::Dock),
        lpn: told.own(Field::Lpn),
        tracking_no: told.own(Field::TrackingNo),
        carrier: told.own(Field::Carrier),
        lines: vec![line],
    });
    let mut events = vec![event(told, "receipt", &[&told.id], data)?];
    let (action, confirmed) = (action(told)?, confirmed(told, qty)?);
    if confirmed.is_positive() {
        if let Some(finding) = finding(told, action, confirmed, Some(told.id.clone()))? {
            events.push(inspected(told, finding)?);
        }
        if let Some(action) = action {
            events.push(disposed(told, action, confirmed, Some(told.id.clone()))?);
        }
    }
    Ok(events)
}

/// An inspection; and a disposition, if the row says so.
pub(super) fn inspection(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    let (qty, action) = (told.qty()?, action(told)?);
    let finding = finding(told, action, qty, told.own(Field::Receipt))?.ok_or_else(|| {
        let what = "an inspection says neither result nor condition nor disposition";
        Failure::malformed(failures::MISSING_VALUE, what).at(told.row.at(Field::Result))
    })?;
    let mut events = vec![inspected(told, finding)?];
    if let Some(action) = action {
        events.push(disposed(told, action, qty, Some(told.id.clone()))?);
    }
    Ok(events)
}

/// A disposition alone.
pub(super) fn disposition(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    told.needed(Field::Disposition)?;
    let action = action(told)?.unwrap_or(DispositionAction::Quarantine);
    let inspection = told.own(Field::Inspection);
    Ok(vec![disposed(told, action, told.qty()?, inspection)?])
}

/// A receipt is taken back: the one that the row names, else the one of its own id. Wholly, if it has no quantity.
pub(super) fn reversal(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    let reverses = told.own(Field::Receipt).unwrap_or_else(|| told.id.clone());
    let reversal_id = if reverses == told.id {
        format!("{}/reversal", told.id)
    } else {
        told.id.clone()
    };
    let lines = match told.row.text(Field::Qty) {
        None => Vec::new(),
        Some(_) => vec![ReversalLine {
            sku: told.sku()?,
            qty: told.qty()?,
            uom: told.uom()?,
            line_no: told.line_no()?,
            serials: told.row.texts(Field::Serial),
        }],
    };
    let data = EventData::ReceiptReversed(ReceiptReversal {
        reversal_id: reversal_id.clone(),
        reverses_receipt_id: reverses,
        site: told.site.clone(),
        source: told.source(),
        reversed_at: told.happened_at()?,
        lines,
    });
    Ok(vec![event(
        told,
        "receipt-reversal",
        &[&reversal_id],
        data,
    )?])
}

fn event(told: &Told<'_>, fact: &str, id: &[&str], data: EventData) -> Result<Event, Failure> {
    let mut key = vec![fact, &told.site];
    key.extend(id);
    Ok(Event {
        key: MessageKey::derive(&key),
        subject: told.subject(),
        occurred_at: told.happened_at()?,
        data,
    })
}

fn inspected(told: &Told<'_>, finding: Finding) -> Result<Event, Failure> {
    let data = EventData::InspectionFinalized(Inspection {
        inspection_id: told.id.clone(),
        version: 1,
        supersedes: None,
        source: told.source(),
        site: told.site.clone(),
        inspector: told.own(Field::Inspector),
        started_at: None,
        finalized_at: told.happened_at()?,
        findings: vec![finding],
    });
    event(told, "inspection", &[&told.id, "1"], data)
}

/// What was found; `None` if the row says nothing of it.
fn finding(
    told: &Told<'_>,
    action: Option<DispositionAction>,
    qty: Qty,
    receipt_id: Option<String>,
) -> Result<Option<Finding>, Failure> {
    let (said, seen) = (result(told)?, condition(told)?);
    let (result, condition) = match (said, seen, action.map(assumed::of)) {
        (Some(result), Some(condition), _) => (result, condition),
        (said, seen, Some((result, condition))) => {
            (said.unwrap_or(result), seen.unwrap_or(condition))
        }
        // A condition alone is what was seen at the dock; a result alone says nothing of the goods.
        (None, _, None) => return Ok(None),
        (Some(_), None, None) => {
            let what = "the row has a result, and neither condition nor disposition";
            return Err(
                Failure::malformed(failures::MISSING_VALUE, what).at(told.row.at(Field::Condition))
            );
        }
    };
    Ok(Some(Finding {
        receipt_line_id: receipt_id.as_ref().map(|_| line_id(told)),
        receipt_id,
        line_no: told.line_no()?,
        sku: told.sku()?,
        qty,
        uom: told.uom()?,
        serials: told.row.texts(Field::Serial),
        result,
        condition,
        grade: told.own(Field::Grade),
        defect_codes: told.row.texts(Field::Defects),
        photos: Vec::new(),
        liability: liability(told)?,
    }))
}

fn disposed(
    told: &Told<'_>,
    action: DispositionAction,
    qty: Qty,
    inspection_id: Option<String>,
) -> Result<Event, Failure> {
    let target = told.row.text(Field::TargetSite);
    let target_site = target
        .map(|code| {
            told.partner
                .our_site(Some(code), &told.row.at(Field::TargetSite))
        })
        .transpose()?;
    let allocation = Allocation {
        allocation_id: "1".to_owned(),
        line_no: told.line_no()?,
        sku: told.sku()?,
        qty,
        uom: told.uom()?,
        code: told.own(Field::Disposition),
        action,
        target_stock_status: None,
        target_site,
        target_bin: told.own(Field::TargetBin),
        liability: liability(told)?,
    };
    let data = EventData::DispositionDecided(Disposition {
        disposition_id: told.id.clone(),
        inspection_id,
        reverses_disposition_id: None,
        source: told.source(),
        site: told.site.clone(),
        decided_at: told.happened_at()?,
        allocations: vec![allocation],
    });
    event(told, "disposition", &[&told.id], data)
}

fn line_id(told: &Told<'_>) -> String {
    let own = told.own(Field::Row).or_else(|| told.own(Field::Line));
    own.unwrap_or_else(|| "1".to_owned())
}

/// How much was inspected and decided on: what the row says, else all of it.
fn confirmed(told: &Told<'_>, qty: Qty) -> Result<Qty, Failure> {
    let confirmed = told.number(Field::Confirmed)?.unwrap_or(qty);
    if confirmed < Qty::ZERO || confirmed > qty {
        let what = format!("{confirmed} are confirmed of {qty} received");
        return Err(Failure::malformed(failures::BAD_VALUE, what).at(told.row.at(Field::Confirmed)));
    }
    Ok(confirmed)
}

fn action(told: &Told<'_>) -> Result<Option<DispositionAction>, Failure> {
    let code = told.row.text(Field::Disposition);
    let list = &told.partner.codes.disposition;
    code.map(|code| list.meaning(code, &told.row.at(Field::Disposition)))
        .transpose()
}

fn condition(told: &Told<'_>) -> Result<Option<Condition>, Failure> {
    let code = told.row.text(Field::Condition);
    let list = &told.partner.codes.condition;
    code.map(|code| list.meaning(code, &told.row.at(Field::Condition)))
        .transpose()
}

fn result(told: &Told<'_>) -> Result<Option<InspectionResult>, Failure> {
    let code = told.row.text(Field::Result);
    let list = &told.partner.codes.result;
    code.map(|code| list.meaning(code, &told.row.at(Field::Result)))
        .transpose()
}

fn liability(told: &Told<'_>) -> Result<Option<Liability>, Failure> {
    let code = told.row.text(Field::Liability);
    let list = &told.partner.codes.liability;
    code.map(|code| list.meaning(code, &told.row.at(Field::Liability)))
        .transpose()
}
