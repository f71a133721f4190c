//! A 180 that came in: a request for a return, or its withdrawal.

use canonical::event::CancelRequest;
use canonical::{Event, EventData, Qty, Reason, ReturnName, ReturnType};
use connector::Failure;

use super::party::parties;
use super::request::{Asked, Head, Invoice, Item, Priced, item, one_kind, requested, snapshot};
use super::values::{any_qty, date, instant, some_qty};
use super::view::{Part, bad, must, place, view};
use super::{Told, event};
use crate::failures;
use crate::wire::model::Segment;

/// Pairs of qualifier and item number in a BLI.
const PAIRS: [(usize, usize); 4] = [(1, 2), (8, 9), (10, 11), (12, 13)];

pub(super) fn translate(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    let view = view(&told.set.segments, "BLI", &[]);
    let bgn = view.head.must("BGN", &told.place())?;
    let refuse = |what: &str| {
        let failure = Failure::rejected(failures::UNKNOWN_PURPOSE, what);
        Err(failure.at(place(bgn, 1)))
    };
    match bgn.get(1) {
        // A duplicate says what was said before: it has the key of the request, which is known by it.
        "00" | "07" | "13" => Ok(vec![request(told, bgn, &view.head, &view.loops)?]),
        "01" => Ok(vec![cancel(told, bgn, &view.head)?]),
        "05" => {
            refuse("a request cannot be replaced: cancel it (01) and ask anew under another number")
        }
        "11" => refuse("this is an answer to a request; answers are given by us"),
        "14" => refuse("this announces a return; announcements are made by us"),
        other => refuse(&format!(
            "purpose {other:?} of BGN01 is not one of 00, 01, 07 and 13"
        )),
    }
}

fn cancel(told: &Told<'_>, bgn: &Segment, head: &Part<'_>) -> Result<Event, Failure> {
    let number = must(bgn, 2, "the number of the request")?;
    let original = Some(bgn.get(6).trim()).filter(|text| !text.is_empty());
    let request_id = original.unwrap_or(&number);
    let occurred_at = when(told, bgn)?;
    let system = &told.partner.system;
    let answer = &told.partner.profile.answer;
    let subject = match head.qualified("N9", std::slice::from_ref(&answer.rma)) {
        Some(n9) if !n9.get(2).is_empty() => told.rma(n9.get(2)),
        _ => ReturnName::External {
            system: system.clone(),
            value: request_id.to_owned(),
        },
    };
    let reason = head.first("NTE").map(|nte| nte.get(2)).unwrap_or_default();
    Ok(event(
        &["return-cancel", system, request_id],
        subject,
        occurred_at,
        EventData::CancelRequested(CancelRequest {
            request_id: request_id.to_owned(),
            requested_by: system.clone(),
            reason: if reason.is_empty() {
                "withdrawn by the partner (180, purpose 01)".to_owned()
            } else {
                reason.to_owned()
            },
        }),
    ))
}

fn request(
    told: &Told<'_>,
    bgn: &Segment,
    head: &Part<'_>,
    loops: &[Part<'_>],
) -> Result<Event, Failure> {
    let rules = &told.partner.profile.request;
    let request_id = must(bgn, 2, "the number of the request")?;
    let rma_number = rules.rma_from.iter().find_map(|from| {
        if from == "number" {
            return Some(request_id.clone());
        }
        let n9 = head.qualified("N9", std::slice::from_ref(from))?;
        Some(n9.get(2).to_owned()).filter(|number| !number.is_empty())
    });
    let kinds = loops.iter().map(|line| kind(told, head, line));
    let kinds: Vec<_> = kinds.filter_map(Result::transpose).collect();
    let head_of = Head {
        rma_number,
        return_type: one_kind(kinds)?,
        currency: told.partner.currency,
        requested_at: when(told, bgn)?,
        requested_by: head
            .first("PER")
            .map(|per| per.get(2).to_owned())
            .filter(|name| !name.is_empty()),
        parties: parties(told, head),
        return_to: None,
        request_id,
    };
    let lines = loops
        .iter()
        .zip(1..)
        .map(|(line, line_no)| asked(told, head, line, line_no));
    let lines = lines.collect::<Result<Vec<_>, Failure>>()?;
    requested(told, head_of, lines)
}

/// When the document was made, in the zone that BGN05 names.
fn when(told: &Told<'_>, bgn: &Segment) -> Result<jiff::Timestamp, Failure> {
    let partner = told.partner;
    let zone = match bgn.get(5) {
        "" => partner.zone.clone(),
        code => {
            let name = partner.codes.time_zone.meaning(code, &place(bgn, 5))?;
            jiff::tz::TimeZone::get(&name).unwrap_or_else(|_| partner.zone.clone())
        }
    };
    instant(bgn, (3, 4), &zone, partner.profile.years_from)
}

/// What a line wants done: RDR01 of its own, else of the head.
fn kind(
    told: &Told<'_>,
    head: &Part<'_>,
    line: &Part<'_>,
) -> Result<Option<(ReturnType, String)>, Failure> {
    let rdr = [line.first("RDR"), head.first("RDR")];
    let Some(rdr) = rdr.into_iter().flatten().find(|rdr| !rdr.get(1).is_empty()) else {
        return Ok(None);
    };
    let at = place(rdr, 1);
    let kind = told.partner.codes.return_type.meaning(rdr.get(1), &at)?;
    Ok(Some((kind, at)))
}

fn asked(
    told: &Told<'_>,
    head: &Part<'_>,
    line: &Part<'_>,
    line_no: u32,
) -> Result<Asked, Failure> {
    let (partner, rules) = (told.partner, &told.partner.profile.request);
    let bli = line.must("BLI", &told.place())?;
    let pairs: Vec<(String, String)> = PAIRS
        .iter()
        .map(|(q, id)| (bli.get(*q).to_owned(), bli.get(*id).trim().to_owned()))
        .collect();
    let item = item(&partner.profile.items, &pairs, &place(bli, 1))?;
    let (qty, uom) = quantity(told, bli, line)?;
    let invoice = invoice(told, head, line, &item)?;
    let price = Some(bli.get(6)).filter(|text| !text.is_empty());
    let invoiced = match (&invoice, price) {
        (Some(_), Some(price)) => {
            if !bli.get(7).is_empty()
                && !matches!(bli.get(7), "PE" | "UM")
                && bli.get(7) != bli.get(4)
            {
                let what = "the price is for another unit than the quantity";
                return Err(bad(bli, 7, what));
            }
            let price = any_qty(bli, 6, price, b'.')?;
            let original = line.qualified("QTY", &rules.invoiced_quantity);
            let invoiced = match original {
                Some(segment) if !segment.get(3).is_empty() && segment.get(3) != bli.get(4) => {
                    let what = "the invoiced quantity has another unit than the line";
                    return Err(bad(segment, 3, what));
                }
                Some(segment) => some_qty(segment, 2, segment.get(2), b'.')?,
                None => qty,
            };
            let at = (bli, 6);
            let priced = Priced {
                at,
                price,
                invoiced,
            };
            snapshot(told, &priced, partner.currency)?
        }
        _ => None,
    };
    let order = line
        .first("PRF")
        .or_else(|| head.first("PRF"))
        .map(|prf| prf.get(1));
    let order = order.map(str::to_owned).or_else(|| {
        let n9 = line
            .qualified("N9", &rules.order)
            .or_else(|| head.qualified("N9", &rules.order));
        n9.map(|n9| n9.get(2).to_owned())
    });
    let note = [line.first("RDR"), head.first("RDR")];
    let note = note
        .into_iter()
        .flatten()
        .map(|rdr| rdr.get(4))
        .find(|text| !text.is_empty());
    Ok(Asked {
        line_no,
        item,
        qty,
        uom,
        reason: reason(told, head, line, bli)?,
        note: note.map(str::to_owned),
        order: order.filter(|order| !order.is_empty()),
        invoice,
        invoiced,
        serials: line.values("N9", &rules.serial),
        lots: line.values("N9", &rules.lot),
    })
}

/// Quantity and unit: of the line itself, else of a QTY below it.
fn quantity(told: &Told<'_>, bli: &Segment, line: &Part<'_>) -> Result<(Qty, String), Failure> {
    let rules = &told.partner.profile.request;
    let below = line.qualified("QTY", &rules.quantity);
    let (segment, number, unit) = match (bli.get(3), below) {
        ("", Some(qty)) => (qty, 2, 3),
        _ => (bli, 3, 4),
    };
    let text = must(segment, number, "the quantity")?;
    let qty = some_qty(segment, number, &text, b'.')?;
    let code = [segment.get(unit), bli.get(4)]
        .into_iter()
        .find(|code| !code.is_empty());
    let uom = match (code, &rules.uom) {
        (Some(code), _) => told
            .partner
            .codes
            .uom
            .meaning(code, &place(segment, unit))?,
        (None, Some(uom)) => uom.clone(),
        (None, None) => must(segment, unit, "the unit of measure")?,
    };
    Ok((qty, uom))
}

/// Why: RDR02 of the line, else of the head, else the profile's default.
fn reason(
    told: &Told<'_>,
    head: &Part<'_>,
    line: &Part<'_>,
    bli: &Segment,
) -> Result<Reason, Failure> {
    let rdr = [line.first("RDR"), head.first("RDR")];
    let rdr = rdr.into_iter().flatten().find(|rdr| !rdr.get(2).is_empty());
    match (rdr, told.partner.reason) {
        (Some(rdr), _) => told
            .partner
            .codes
            .reason
            .meaning(rdr.get(2), &place(rdr, 2)),
        (None, Some(reason)) => Ok(reason),
        (None, None) => {
            let what = "neither the line nor the head gives a reason (RDR02), and the profile has no default";
            Err(Failure::malformed(failures::MISSING, what).at(place(bli, 0)))
        }
    }
}

/// The invoice line: N9 of the line, else of the head.
fn invoice(
    told: &Told<'_>,
    head: &Part<'_>,
    line: &Part<'_>,
    item: &Item,
) -> Result<Option<Invoice>, Failure> {
    let rules = &told.partner.profile.request;
    let n9 = line
        .qualified("N9", &rules.invoice)
        .or_else(|| head.qualified("N9", &rules.invoice));
    let Some(n9) = n9.filter(|n9| !n9.get(2).is_empty()) else {
        return Ok(None);
    };
    let date = match n9.get(4) {
        "" => {
            let what = "the date of the invoice is missing";
            return Err(Failure::malformed(failures::MISSING, what).at(place(n9, 4)));
        }
        _ => date(n9, 4, told.partner.profile.years_from)?,
    };
    let of_line = line
        .qualified("N9", &rules.invoice_line)
        .map(|n9| n9.get(2));
    let text = Some(n9.get(3)).filter(|text| !text.is_empty());
    let invoice_line = of_line.or(text).unwrap_or(&item.sku);
    Ok(Some(Invoice {
        document: n9.get(2).to_owned(),
        line: invoice_line.to_owned(),
        date,
    }))
}
