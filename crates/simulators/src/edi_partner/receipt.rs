//! What a warehouse says of a delivery: 944 or 861.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::config::Receipts;
use super::document::Document;
use super::edi::Segment;
use super::paper::Notice;
use super::story::{Arrived, DAMAGED, GOOD};
use crate::decimal::Decimal;
use crate::draw;

/// Number of the nth receipt of a return: at most 12 characters.
fn number(seed: u64, rma: &str, nth: usize) -> String {
    let nth = nth.to_string();
    format!(
        "W{:010}",
        draw::below(seed, &["edi-receipt", rma, &nth], 10_000_000_000)
    )
}

/// The document about the nth delivery.
pub(super) fn document(
    how: Receipts,
    (seed, at): (u64, Timestamp),
    notice: &Notice,
    (nth, lines): (usize, &[Arrived]),
) -> Document {
    let receipt = number(seed, &notice.rma, nth);
    let at = at.to_zoned(TimeZone::UTC);
    let (date, time) = (
        at.strftime("%Y%m%d").to_string(),
        at.strftime("%H%M").to_string(),
    );
    let (kind, segments) = match how {
        Receipts::X944 => ("944", advice_944(&receipt, &date, notice, lines)),
        Receipts::X861 => ("861", advice_861(&receipt, (&date, &time), notice, lines)),
    };
    let mut document = Document::new(kind, &receipt, &notice.rma, segments);
    document.goods = lines.iter().map(Arrived::booked).collect();
    document
}

fn advice_944(receipt: &str, date: &str, notice: &Notice, lines: &[Arrived]) -> Vec<Segment> {
    let mut out = vec![
        Segment::new("W17", ["C", date, receipt, &notice.rma]),
        Segment::new("N1", ["WH", "", "91", &notice.site]),
        Segment::new("N9", ["QJ", &notice.rma]),
    ];
    for line in lines {
        let total = line.total().to_string();
        out.push(Segment::new(
            "W07",
            [&total, &line.uom, "", "VP", &line.sku],
        ));
        if let Some(number) = line.line {
            out.push(Segment::new("N9", ["LI", &number.to_string()]));
        }
        for serial in &line.serials {
            out.push(Segment::new("N9", ["SE", serial]));
        }
        for (qty, condition) in &line.parts {
            let (qty, why) = (
                qty.to_string(),
                if *condition == DAMAGED { "CC" } else { "" },
            );
            out.push(Segment::new("W13", [&qty, &line.uom, condition, "", why]));
        }
    }
    let received = Decimal::sum(lines.iter().map(Arrived::total));
    let good = Decimal::sum(lines.iter().map(Arrived::good));
    let announced = Decimal::sum(notice.lines.iter().map(|line| line.qty));
    let totals = [received, announced, received - good].map(|qty| qty.to_string());
    out.push(Segment::new("W14", [&totals[0], &totals[1], &totals[2]]));
    out
}

fn advice_861(
    receipt: &str,
    (date, time): (&str, &str),
    notice: &Notice,
    lines: &[Arrived],
) -> Vec<Segment> {
    let mut out = vec![
        Segment::new("BRA", [receipt, date, "00", "2", time]),
        Segment::new("REF", ["QJ", &notice.rma]),
        Segment::new("DTM", ["050", date]),
        Segment::new("N1", ["WH", "", "91", &notice.site]),
    ];
    for line in lines {
        let (good, uom) = (line.good().to_string(), line.uom.as_str());
        let number = line
            .line
            .map_or_else(String::new, |number| number.to_string());
        let mut rcd = Segment::new("RCD", [&number, &good, uom]);
        let bad = line
            .parts
            .iter()
            .filter(|(_, condition)| *condition != GOOD);
        for (nth, (qty, condition)) in bad.enumerate() {
            if nth == 0 {
                rcd = rcd.with([""]).with([""]);
            }
            rcd = rcd.with([&qty.to_string()]).with([uom]).with([condition]);
        }
        out.push(rcd);
        out.push(Segment::new("LIN", ["1", "VP", &line.sku]));
    }
    out.push(Segment::new("CTT", [&lines.len().to_string()]));
    out
}
