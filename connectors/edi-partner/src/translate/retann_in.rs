//! A RETANN that came in: the announcement of goods that the partner wants to send back.

use canonical::event::CancelRequest;
use canonical::{Currency, Event, EventData, Reason, ReturnName, ReturnType};
use connector::Failure;

use super::edifact::{dtm, numbers, reference};
use super::party::parties;
use super::request::{Asked, Head, Invoice, Item, Priced, item, one_kind, requested, snapshot};
use super::values::{any_qty, some_qty};
use super::view::{Part, bad, place, view};
use super::{Told, event};
use crate::failures;
use crate::wire::model::Segment;

/// Qualifier (7001, EANCOM) of what shall become of the goods; others tell the state that they are in.
const TREATMENT: &str = "3E";

pub(super) fn translate(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    let view = view(&told.set.segments, "LIN", &["UNS", "CNT"]);
    let bgm = view.head.must("BGM", &told.place())?;
    let number = bgm.component(2, 1).trim();
    if number.is_empty() {
        let what = "the number of the announcement is missing";
        return Err(Failure::malformed(failures::MISSING, what).at(place(bgm, 2)));
    }
    let refuse = |what: &str| {
        let failure = Failure::rejected(failures::UNKNOWN_PURPOSE, what);
        Err(failure.at(place(bgm, 3)))
    };
    match bgm.get(3) {
        "" | "9" | "7" | "13" | "31" => Ok(vec![request(told, number, &view.head, &view.loops)?]),
        "1" => Ok(vec![cancel(told, number, &view.head)?]),
        "4" | "5" => refuse(
            "an announcement cannot be changed: cancel it (1) and announce anew under another number",
        ),
        other => refuse(&format!(
            "function {other:?} of the BGM is not one of 1, 7, 9, 13 and 31"
        )),
    }
}

fn made(told: &Told<'_>, head: &Part<'_>) -> Result<jiff::Timestamp, Failure> {
    if let Some((_, instant)) = dtm(told, head, "137")? {
        return Ok(instant);
    }
    let what = "the date of the document (DTM+137) is missing";
    Err(Failure::malformed(failures::MISSING, what).at(told.place()))
}

fn cancel(told: &Told<'_>, number: &str, head: &Part<'_>) -> Result<Event, Failure> {
    let system = &told.partner.system;
    let original = head.all("RFF").find(|rff| rff.component(1, 1) == "ALQ");
    let request_id = original.map_or(number, |rff| rff.component(1, 2));
    Ok(event(
        &["return-cancel", system, request_id],
        ReturnName::External {
            system: system.clone(),
            value: request_id.to_owned(),
        },
        made(told, head)?,
        EventData::CancelRequested(CancelRequest {
            request_id: request_id.to_owned(),
            requested_by: system.clone(),
            reason: "withdrawn by the partner (RETANN, function 1)".to_owned(),
        }),
    ))
}

fn request(
    told: &Told<'_>,
    number: &str,
    head: &Part<'_>,
    loops: &[Part<'_>],
) -> Result<Event, Failure> {
    let kinds = loops.iter().filter_map(|line| {
        let cdi = line
            .all("CDI")
            .find(|cdi| cdi.get(1) == TREATMENT && !cdi.component(2, 1).is_empty())?;
        let at = place(cdi, 2);
        let kind = told
            .partner
            .codes
            .return_type
            .meaning(cdi.component(2, 1), &at);
        Some(kind.map(|kind: ReturnType| (kind, at)))
    });
    let currency = currency(told, head)?;
    let head_of = Head {
        request_id: number.to_owned(),
        // A RETANN has no place for an RMA number of its own.
        rma_number: told
            .partner
            .profile
            .request
            .rma_from
            .iter()
            .any(|from| from == "number")
            .then(|| number.to_owned()),
        return_type: one_kind(kinds)?,
        currency,
        requested_at: made(told, head)?,
        requested_by: None,
        parties: parties(told, head),
        return_to: head
            .all("LOC")
            .find(|loc| loc.get(1) == "168" && !loc.component(2, 1).is_empty())
            .map(|loc| (loc.component(2, 1).to_owned(), place(loc, 2))),
    };
    let lines = loops.iter().zip(1..);
    let lines = lines.map(|(line, line_no)| asked(told, head, line, line_no, currency));
    let lines = lines.collect::<Result<Vec<_>, Failure>>()?;
    requested(told, head_of, lines)
}

fn currency(told: &Told<'_>, head: &Part<'_>) -> Result<Currency, Failure> {
    let Some(cux) = head.first("CUX") else {
        return Ok(told.partner.currency);
    };
    let code = cux.component(1, 2);
    code.parse()
        .map_err(|error: canonical::currency::UnknownCurrency| bad(cux, 1, error.to_string()))
}

fn asked(
    told: &Told<'_>,
    head: &Part<'_>,
    line: &Part<'_>,
    line_no: u32,
    currency: Currency,
) -> Result<Asked, Failure> {
    let (partner, rules) = (told.partner, &told.partner.profile.request);
    let decimal = told.interchange.separators.decimal;
    let lin = line.must("LIN", &told.place())?;
    let item = item(&partner.profile.items, &pairs(lin, line), &place(lin, 3))?;
    let qualified = |qualifiers: &[String]| {
        qualifiers
            .iter()
            .find_map(|wanted| line.all("QTY").find(|qty| qty.component(1, 1) == wanted))
    };
    let returned = qualified(&rules.quantity).ok_or_else(|| {
        let what = format!(
            "the line has no quantity that comes back (QTY+{})",
            rules.quantity.join(", QTY+")
        );
        Failure::malformed(failures::MISSING, what).at(place(lin, 0))
    })?;
    let qty = some_qty(returned, 1, returned.component(1, 2), decimal)?;
    let uom = match (returned.component(1, 3), &rules.uom) {
        ("", Some(uom)) => uom.clone(),
        (code, _) => partner.codes.uom.meaning(code, &place(returned, 1))?,
    };
    let invoice = invoice(told, head, line, &item)?;
    let invoiced = match (&invoice, price(line)) {
        (Some(_), Some(pri)) => {
            let price = any_qty(pri, 1, pri.component(1, 2), decimal)?;
            let invoiced = match qualified(&rules.invoiced_quantity) {
                Some(segment) => some_qty(segment, 1, segment.component(1, 2), decimal)?,
                None => qty,
            };
            let at = (pri, 1);
            snapshot(
                told,
                &Priced {
                    at,
                    price,
                    invoiced,
                },
                currency,
            )?
        }
        _ => None,
    };
    let order = reference(line, &rules.order).or_else(|| reference(head, &rules.order));
    let note = line
        .all("FTX")
        .map(|ftx| ftx.component(4, 1))
        .find(|text| !text.is_empty());
    Ok(Asked {
        line_no,
        item,
        qty,
        uom,
        reason: reason(told, line, lin)?,
        note: note.map(str::to_owned),
        order: order.map(|rff| rff.component(1, 2).to_owned()),
        invoice,
        invoiced,
        serials: numbers(line, &rules.serial),
        lots: numbers(line, &rules.lot),
    })
}

/// Item numbers: of the LIN, then of the PIAs.
fn pairs(lin: &Segment, line: &Part<'_>) -> Vec<(String, String)> {
    let pair = |segment: &Segment, n: usize| {
        let (id, qualifier) = (segment.component(n, 1), segment.component(n, 2));
        (qualifier.to_owned(), id.trim().to_owned())
    };
    let mut pairs = vec![pair(lin, 3)];
    for pia in line.all("PIA") {
        pairs.extend((2..=6).map(|n| pair(pia, n)));
    }
    pairs
}

fn price<'a>(line: &Part<'a>) -> Option<&'a Segment> {
    line.all("PRI")
        .find(|pri| matches!(pri.component(1, 1), "AAA" | "AAB" | "INV"))
}

/// Why: a coded text, else the state of the goods, else the profile's default.
fn reason(told: &Told<'_>, line: &Part<'_>, lin: &Segment) -> Result<Reason, Failure> {
    let text = line
        .all("FTX")
        .map(|ftx| (ftx, 3))
        .find(|(ftx, n)| !ftx.component(*n, 1).is_empty());
    let state = line
        .all("CDI")
        .filter(|cdi| cdi.get(1) != TREATMENT)
        .map(|cdi| (cdi, 2));
    let mut state = state.filter(|(cdi, n)| !cdi.component(*n, 1).is_empty());
    match (text.or_else(|| state.next()), told.partner.reason) {
        (Some((segment, n)), _) => {
            let reasons = &told.partner.codes.reason;
            reasons.meaning(segment.component(n, 1), &place(segment, n))
        }
        (None, Some(reason)) => Ok(reason),
        (None, None) => {
            let what = "the line gives no coded reason (FTX, CDI), and the profile has no default";
            Err(Failure::malformed(failures::MISSING, what).at(place(lin, 0)))
        }
    }
}

/// The invoice line: RFF of the line, else of the head; its date is in the DTM that follows, or that of the head.
fn invoice(
    told: &Told<'_>,
    head: &Part<'_>,
    line: &Part<'_>,
    item: &Item,
) -> Result<Option<Invoice>, Failure> {
    let rules = &told.partner.profile.request;
    let of_line = reference(line, &rules.invoice);
    let part = if of_line.is_some() { line } else { head };
    let Some(rff) = of_line.or_else(|| reference(head, &rules.invoice)) else {
        return Ok(None);
    };
    let Some((date, _)) = dtm(told, part, "171")? else {
        let what = "the date of the invoice (DTM+171) is missing";
        return Err(Failure::malformed(failures::MISSING, what).at(place(rff, 1)));
    };
    let given = Some(rff.component(1, 3)).filter(|text| !text.is_empty());
    let by_reference = reference(line, &rules.invoice_line).map(|rff| rff.component(1, 2));
    Ok(Some(Invoice {
        document: rff.component(1, 2).to_owned(),
        line: by_reference.or(given).unwrap_or(&item.sku).to_owned(),
        date,
    }))
}
