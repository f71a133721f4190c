//! An 861 that came in: goods received, with quantities that are in question.

use canonical::{Event, Qty};
use connector::Failure;

use super::Told;
use super::party::{parties, site};
use super::receipt::{Arrived, Document, Found, events, sum};
use super::request::item;
use super::values::{any_qty, arrival, some_qty};
use super::view::{Part, bad, must, place, view};
use crate::failures;
use crate::wire::model::Segment;

/// Quantity, unit and condition of the five triples in an RCD.
const TRIPLES: [(usize, usize, usize); 5] = [
    (6, 7, 8),
    (9, 10, 11),
    (12, 13, 14),
    (15, 16, 17),
    (18, 19, 20),
];

pub(super) fn translate(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    let view = view(&told.set.segments, "RCD", &["CTT"]);
    let bra = view.head.must("BRA", &told.place())?;
    let number = must(bra, 1, "the number of the receipt")?;
    match bra.get(3) {
        "" | "00" | "07" | "14" => {}
        other => {
            let what =
                format!("purpose {other:?} of BRA03: only original advices (00) are taken in");
            return Err(Failure::rejected(failures::UNKNOWN_PURPOSE, what).at(place(bra, 3)));
        }
    }
    let partner = told.partner;
    let received = view
        .head
        .all("DTM")
        .find(|dtm| matches!(dtm.get(1), "050" | "324"));
    let years = partner.profile.years_from;
    let received_at = match received {
        // A date alone is the day of the advice: its time says when.
        Some(dtm) if dtm.get(3).is_empty() && dtm.get(2) == bra.get(2) => {
            arrival(bra, (2, 5), &partner.zone, years)?
        }
        Some(dtm) => arrival(dtm, (2, 3), &partner.zone, years)?,
        None => arrival(bra, (2, 5), &partner.zone, years)?,
    };
    let lines = view.loops.iter().zip(1..);
    let lines = lines.map(|(line, n)| arrived(told, &view.head, line, n));
    let lines = lines.collect::<Result<Vec<_>, Failure>>()?;
    let lines: Vec<Arrived<'_>> = lines.into_iter().flatten().collect();
    count(&view.loops, &view.tail)?;
    if lines.is_empty() {
        return Ok(Vec::new());
    }
    let document = Document {
        number,
        site: site(
            told,
            &parties(told, &view.head),
            &partner.profile.receipt.site,
        )?,
        received_at,
        tracking_no: view
            .head
            .values("REF", &partner.profile.receipt.tracking)
            .into_iter()
            .next(),
        carrier: None,
    };
    events(told, &document, &lines)
}

/// The goods of a line: received and accepted, returned to the sender, and in question are what arrived. None: nothing did.
fn arrived<'a>(
    told: &Told<'_>,
    head: &Part<'a>,
    line: &Part<'a>,
    number: u32,
) -> Result<Option<Arrived<'a>>, Failure> {
    let (partner, rules) = (told.partner, &told.partner.profile.receipt);
    let rcd = line.must("RCD", &told.place())?;
    let lin = line.must("LIN", &place(rcd, 0))?;
    let item = item(&partner.profile.items, &pairs(lin), &place(lin, 2))?;
    let unit = unit(rcd)?;
    let uom = partner
        .codes
        .uom
        .meaning(rcd.get(unit), &place(rcd, unit))?;
    for (qty, of) in [(2, 3), (4, 5)] {
        if !rcd.get(qty).is_empty() && rcd.get(of) != rcd.get(unit) {
            return Err(bad(rcd, of, "the units of the line differ"));
        }
    }
    let good = optional(rcd, 2)?;
    let mut found = Vec::new();
    if good.is_positive() {
        found.push(condition(told, rcd, "07", good, 2)?);
    }
    let returned = optional(rcd, 4)?;
    if returned.is_positive() {
        found.push(condition(told, rcd, "08", returned, 4)?);
    }
    for (qty, triple_unit, code) in TRIPLES {
        if rcd.get(qty).is_empty() {
            continue;
        }
        if rcd.get(triple_unit) != rcd.get(unit) {
            return Err(bad(rcd, triple_unit, "the units of the line differ"));
        }
        let questioned = some_qty(rcd, qty, rcd.get(qty), b'.')?;
        let code_text = must(rcd, code, "the condition of the quantity in question")?;
        found.push(condition(told, rcd, &code_text, questioned, code)?);
    }
    let total = sum(found.iter().filter(|f| f.treatment.counts).map(|f| f.qty));
    let qty = total.ok_or_else(|| bad(rcd, 2, "the quantities are out of range"))?;
    if !qty.is_positive() {
        return Ok(None);
    }
    let reference = |qualifiers: &[String]| {
        line.qualified("REF", qualifiers)
            .or_else(|| head.qualified("REF", qualifiers))
    };
    let rma = rules.rma_from.iter().find_map(|from| {
        let value = if from == "order" {
            line.first("PRF").or_else(|| head.first("PRF"))?.get(1)
        } else {
            reference(std::slice::from_ref(from))?.get(2)
        };
        Some(value.to_owned()).filter(|value| !value.is_empty())
    });
    let line_no = match rcd.get(1) {
        "" => None,
        text => text.parse().ok(),
    };
    Ok(Some(Arrived {
        line_id: number.to_string(),
        rma,
        line_no,
        sku: item.sku,
        qty,
        uom,
        serials: line.values("REF", &partner.profile.request.serial),
        lots: line.values("REF", &partner.profile.request.lot),
        found,
        segment: rcd,
    }))
}

fn condition(
    told: &Told<'_>,
    rcd: &Segment,
    code: &str,
    qty: Qty,
    element: usize,
) -> Result<Found, Failure> {
    Ok(Found {
        code: code.to_owned(),
        treatment: told
            .partner
            .codes
            .condition
            .meaning(code, &place(rcd, element))?,
        qty,
        defects: Vec::new(),
    })
}

/// Pairs of qualifier and item number of a LIN: from the second element on.
fn pairs(lin: &Segment) -> Vec<(String, String)> {
    (1..=15)
        .map(|n| {
            (
                lin.get(2 * n).to_owned(),
                lin.get(2 * n + 1).trim().to_owned(),
            )
        })
        .filter(|(qualifier, _)| !qualifier.is_empty())
        .collect()
}

/// Element with the unit of the line: that of the first quantity that is there.
fn unit(rcd: &Segment) -> Result<usize, Failure> {
    [3, 5, 7]
        .into_iter()
        .find(|unit| !rcd.get(*unit).is_empty())
        .ok_or_else(|| {
            let what = "the unit of measure is missing";
            Failure::malformed(failures::MISSING, what).at(place(rcd, 3))
        })
}

fn optional(rcd: &Segment, element: usize) -> Result<Qty, Failure> {
    match rcd.get(element) {
        "" => Ok(Qty::ZERO),
        text => any_qty(rcd, element, text, b'.'),
    }
}

/// CTT01 counts the lines.
fn count(loops: &[Part<'_>], tail: &Part<'_>) -> Result<(), Failure> {
    let Some(ctt) = tail.first("CTT") else {
        return Ok(());
    };
    if ctt.get(1).parse() == Ok(loops.len()) {
        return Ok(());
    }
    let what = format!("the set has {} lines, CTT says {}", loops.len(), ctt.get(1));
    Err(Failure::rejected(failures::CONTROL_TOTAL, what).at(place(ctt, 1)))
}
