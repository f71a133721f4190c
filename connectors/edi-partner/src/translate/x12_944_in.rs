//! A 944 that came in: goods that arrived at a warehouse, line by line, with what was wrong with them.

use canonical::{Event, InspectionResult, Qty};
use connector::Failure;

use super::Told;
use super::party::{parties, site};
use super::receipt::{Arrived, Document, Found, events, sum};
use super::request::item;
use super::values::{any_qty, arrival, some_qty};
use super::view::{Part, bad, must, place, view};
use crate::failures;
use crate::wire::model::Segment;

/// Pairs of qualifier and item number in a W07; W0703 is a case code.
const PAIRS: [(usize, usize); 3] = [(4, 5), (6, 7), (10, 11)];

pub(super) fn translate(told: &Told<'_>) -> Result<Vec<Event>, Failure> {
    let view = view(&told.set.segments, "W07", &["W14"]);
    let w17 = view.head.must("W17", &told.place())?;
    let number = must(w17, 3, "the number of the receipt")?;
    if matches!(w17.get(1), "A" | "O" | "S" | "X") {
        let what = format!(
            "a receipt of the kind {:?} tells changes or exceptions only: receipts are taken in full",
            w17.get(1)
        );
        return Err(Failure::rejected(failures::UNKNOWN_PURPOSE, what).at(place(w17, 1)));
    }
    let partner = told.partner;
    // W1707 may be left out: then the goods came at noon of that day.
    let received_at = arrival(w17, (2, 7), &partner.zone, partner.profile.years_from)?;
    let lines = view.loops.iter().zip(1..);
    let lines = lines.map(|(line, n)| arrived(told, &view.head, w17, line, n));
    let lines = lines.collect::<Result<Vec<_>, Failure>>()?;
    totals(&lines, &view.tail)?;
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
            .values("N9", &partner.profile.receipt.tracking)
            .into_iter()
            .next(),
        carrier: view
            .head
            .first("W08")
            .map(|w08| w08.get(3).to_owned())
            .filter(|carrier| !carrier.is_empty()),
    };
    events(told, &document, &lines)
}

fn arrived<'a>(
    told: &Told<'_>,
    head: &Part<'a>,
    w17: &'a Segment,
    line: &Part<'a>,
    number: u32,
) -> Result<Arrived<'a>, Failure> {
    let (partner, rules) = (told.partner, &told.partner.profile.receipt);
    let w07 = line.must("W07", &told.place())?;
    let mut pairs: Vec<(String, String)> = PAIRS
        .iter()
        .map(|(q, id)| (w07.get(*q).to_owned(), w07.get(*id).trim().to_owned()))
        .collect();
    pairs.push(("UA".to_owned(), w07.get(3).trim().to_owned()));
    let item = item(&partner.profile.items, &pairs, &place(w07, 4))?;
    let qty = some_qty(w07, 1, w07.get(1), b'.')?;
    let rma = rules.rma_from.iter().find_map(|from| {
        let value = if from == "order" {
            w17.get(4)
        } else {
            let from = std::slice::from_ref(from);
            line.qualified("N9", from)
                .or_else(|| head.qualified("N9", from))?
                .get(2)
        };
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    });
    let line_no = match line.qualified("N9", &rules.line) {
        Some(n9) => Some(
            n9.get(2)
                .parse()
                .map_err(|_| bad(n9, 2, format!("{:?} is no number of a line", n9.get(2))))?,
        ),
        None => None,
    };
    let mut lots = line.values("N9", &partner.profile.request.lot);
    if !w07.get(8).is_empty() {
        lots.insert(0, w07.get(8).to_owned());
    }
    let found = line.all("W13").map(|w13| found(told, w13, w07));
    let found = found.collect::<Result<Vec<_>, Failure>>()?;
    let told_of = sum(found.iter().filter(|f| f.treatment.counts).map(|f| f.qty));
    if told_of.is_none_or(|told_of| told_of > qty) {
        let what = format!("conditions are told of more goods than the {qty} that arrived");
        return Err(Failure::rejected(failures::CONTROL_TOTAL, what).at(place(w07, 1)));
    }
    Ok(Arrived {
        line_id: number.to_string(),
        rma,
        line_no,
        sku: item.sku,
        qty,
        uom: partner.codes.uom.meaning(w07.get(2), &place(w07, 2))?,
        serials: line.values("N9", &partner.profile.request.serial),
        lots,
        found,
        segment: w07,
    })
}

/// What a W13 says.
fn found(told: &Told<'_>, w13: &Segment, w07: &Segment) -> Result<Found, Failure> {
    let codes = &told.partner.codes;
    if !w13.get(2).is_empty() && w13.get(2) != w07.get(2) {
        return Err(bad(w13, 2, "the unit is another one than that of its W07"));
    }
    let mut treatment = codes.condition.meaning(w13.get(3), &place(w13, 3))?;
    let mut defects = Vec::new();
    let damage = w13.get(5);
    if !damage.is_empty() {
        treatment.condition = codes.damage.meaning(damage, &place(w13, 5))?;
        defects.push(damage.to_owned());
    }
    Ok(Found {
        code: w13.get(3).to_owned(),
        treatment,
        qty: some_qty(w13, 1, w13.get(1), b'.')?,
        defects,
    })
}

/// The lines add up to W14, and no more of them is damaged or held than W14 says.
fn totals(lines: &[Arrived<'_>], tail: &Part<'_>) -> Result<(), Failure> {
    let Some(w14) = tail.first("W14") else {
        return Ok(());
    };
    let differs = |element: usize, what: String| {
        Err(Failure::rejected(failures::CONTROL_TOTAL, what).at(place(w14, element)))
    };
    let received = any_qty(w14, 1, w14.get(1), b'.')?;
    let counted = sum(lines.iter().map(|line| line.qty));
    if counted != Some(received) {
        let counted = counted.map_or_else(|| "too much".to_owned(), |qty| qty.to_string());
        return differs(
            1,
            format!("the lines add up to {counted}, W14 says {received}"),
        );
    }
    if w14.get(3).is_empty() {
        return Ok(());
    }
    let held = any_qty(w14, 3, w14.get(3), b'.')?;
    let not_good = lines
        .iter()
        .flat_map(|line| &line.found)
        .filter(|f| f.treatment.counts && f.treatment.result != InspectionResult::Pass)
        .map(|f| f.qty);
    let not_good = sum(not_good).unwrap_or(Qty::ZERO);
    if not_good > held {
        return differs(
            3,
            format!("{not_good} are told to be damaged or on hold, W14 says {held}"),
        );
    }
    Ok(())
}
