//! A customer's requests as documents: 180 and RETANN.

use jiff::tz::TimeZone;

use super::config::{Config, Syntax};
use super::document::Document;
use super::edi::{Marks, Segment};
use super::paper::{Asked, AskedLine};

/// The document that asks for a return.
pub(super) fn document(asked: &Asked, config: &Config) -> Document {
    let (kind, segments) = match config.syntax {
        Syntax::X12 => ("180", request_180(asked, config)),
        Syntax::Edifact => ("RETANN", retann(asked, config)),
    };
    Document::new(kind, &asked.id, &asked.id, segments)
}

fn request_180(asked: &Asked, config: &Config) -> Vec<Segment> {
    let at = asked.asked_at.to_zoned(TimeZone::UTC);
    let (date, time) = (
        at.strftime("%Y%m%d").to_string(),
        at.strftime("%H%M").to_string(),
    );
    let mut out = vec![Segment::new("BGN", ["13", &asked.id, &date, &time, "UT"])];
    if let Some(rma) = &asked.rma {
        out.push(Segment::new("N9", ["QJ", rma]));
    }
    out.push(Segment::new(
        "N1",
        ["BY", &asked.name, "91", &asked.account],
    ));
    out.push(Segment::new("N1", ["VN", "", "91", &asked.legal_entity]));
    out.push(Segment::new("N1", ["RT", "", "91", &asked.site]));
    for line in &asked.lines {
        line_180(&mut out, line, config.buyer_items);
    }
    out
}

fn line_180(out: &mut Vec<Segment>, line: &AskedLine, buyer_items: bool) {
    let (qty, uom) = (line.qty.to_string(), unit_x12(&line.uom));
    let price = line.unit_price.to_string();
    let mut bli = Segment::new("BLI", ["VP", &line.sku, &qty, uom, "UCP", &price]);
    if buyer_items {
        bli = bli
            .with([""])
            .with(["IN"])
            .with([&format!("B-{}", line.sku)]);
    }
    out.push(bli);
    let date = line.invoice_date.strftime("%Y%m%d").to_string();
    out.push(Segment::new("N9", ["IV", &line.invoice, "", &date]));
    out.push(Segment::new("N9", ["LI", &line.invoice_line.to_string()]));
    for serial in &line.serials {
        out.push(Segment::new("N9", ["SE", serial]));
    }
    let note = line.note.as_deref().unwrap_or_default();
    out.push(Segment::new(
        "RDR",
        ["", reason_x12(&line.reason), "", note],
    ));
    out.push(Segment::new("PRF", [&line.order]));
    out.push(Segment::new("QTY", ["38", &line.invoiced.to_string(), uom]));
}

fn retann(asked: &Asked, config: &Config) -> Vec<Segment> {
    let marks = Marks::of(config.syntax, &config.quirks);
    let date = asked.asked_at.strftime("%Y%m%d").to_string();
    let old = config
        .quirks
        .version
        .as_deref()
        .is_some_and(|version| version.starts_with("D:96A"));
    let mut out = vec![
        Segment::new("BGM", [])
            .with(["70E", "", "9"])
            .with([&asked.id])
            .with(["9"]),
        Segment::new("DTM", []).with(["137", &date, "102"]),
    ];
    if !old {
        out.push(Segment::new("CUX", []).with(["2", &asked.currency, "4"]));
    }
    out.push(Segment::new("NAD", ["BY"]).with([&asked.account, "", "91"]));
    out.push(Segment::new("NAD", ["SU"]).with([&asked.legal_entity, "", "91"]));
    out.push(Segment::new("LOC", ["168"]).with([&asked.site, "", "91"]));
    for line in &asked.lines {
        let number = line.line.to_string();
        out.push(Segment::new("LIN", [&number, ""]).with([&line.sku, "SA"]));
        let price = line
            .unit_price
            .to_string()
            .replace('.', &marks.decimal.to_string());
        out.push(Segment::new("PRI", []).with(["AAA", &price]));
        if let Some(note) = &line.note {
            out.push(Segment::new("FTX", ["AAI", "", "", note]));
        }
        out.push(Segment::new("QTY", []).with(["61", &line.qty.to_string(), &line.uom]));
        out.push(Segment::new("CDI", ["1", condition_edifact(&line.reason)]));
        out.push(Segment::new("QTY", []).with(["47", &line.invoiced.to_string(), &line.uom]));
        out.push(Segment::new("RFF", []).with([
            "IV",
            &line.invoice,
            &line.invoice_line.to_string(),
        ]));
        let invoiced = line.invoice_date.strftime("%Y%m%d").to_string();
        out.push(Segment::new("DTM", []).with(["171", &invoiced, "102"]));
        out.push(Segment::new("RFF", []).with(["ON", &line.order, &line.order_line.to_string()]));
        for serial in &line.serials {
            out.push(Segment::new("RFF", []).with(["SE", serial]));
        }
    }
    out.push(Segment::new("UNS", ["S"]));
    out.push(Segment::new("CNT", []).with(["2", &asked.lines.len().to_string()]));
    out
}

/// A case is `CA` in X12.
pub(super) fn unit_x12(uom: &str) -> &str {
    match uom {
        "CS" => "CA",
        other => other,
    }
}

fn reason_x12(reason: &str) -> &'static str {
    match reason {
        "ordered-by-mistake" => "CO",
        "dead-on-arrival" => "DM",
        "stopped-working" => "DR",
        "damaged-in-transit" => "DT",
        "packaging-broken" => "DP",
        "wrong-item-sent" => "WG",
        "not-as-described" => "NA",
        "short-dated" => "SD",
        _ => "EI",
    }
}

fn condition_edifact(reason: &str) -> &'static str {
    match reason {
        "dead-on-arrival" | "stopped-working" | "not-as-described" => "12",
        "damaged-in-transit" | "packaging-broken" => "4",
        "wrong-item-sent" => "6",
        "short-dated" => "15",
        _ => "5",
    }
}
