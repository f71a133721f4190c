//! Semicolons, decimal comma, Latin-1, a header line, German words.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::order::{
    Announcement, Answer, Counted, Order, Reply, Verdict, Withdrawal, last_announcement,
};
use super::super::row::{Batch, Row};
use super::table::{Line, Table, written};
use super::words::CSV;
use super::{latin, local, shown};
use crate::decimal::Decimal;
use crate::wms::AsnLine;

const RECEIPTS: &str = "Satz;Beleg;Zeile;Lager;Retoure;Position;Artikel;Menge;Bestätigt;Einheit;Zustand;Verwendung;\
                        Befund;Haftung;Serien;Datum;Zeit;Art;Bezug;LfdNr;Anzahl;Summe\r\n";
const ANSWERS: &str = "Satz;Schluessel;Retoure;Status;Code;Text\r\n";

/// At least two places, and a comma.
fn comma(value: Decimal) -> String {
    (value + Decimal::new(0, 2)).to_string().replace('.', ",")
}

fn point(text: &str) -> String {
    text.replace(',', ".")
}

/// A receipt file.
pub(super) fn receipts(zone: &TimeZone, batch: &Batch) -> Vec<u8> {
    let mut text = RECEIPTS.to_owned();
    for (position, row) in batch.rows.iter().enumerate() {
        text.push_str(&line(zone, row, batch.is_spoilt(position)));
    }
    let mut end = vec!["E"];
    end.extend([""; 18]);
    let (sequence, count) = (batch.sequence.to_string(), batch.rows.len().to_string());
    let total = comma(batch.total());
    end.extend([sequence.as_str(), &count, &total]);
    text.push_str(&written(&end));
    latin::encode(&text)
}

fn line(zone: &TimeZone, row: &Row, is_spoilt: bool) -> String {
    let told = CSV.told(row.found);
    let condition = if is_spoilt {
        CSV.impossible
    } else {
        told.condition
    };
    let at = local(zone, row.at);
    written(&[
        "D",
        &row.import_key,
        &row.number.to_string(),
        &row.site,
        &row.rma,
        &row.line.map(|line| line.to_string()).unwrap_or_default(),
        &row.sku,
        &comma(row.qty),
        &comma(row.confirmed),
        &row.uom,
        condition,
        told.action,
        told.result,
        told.liability,
        &row.serials.join("|"),
        &shown(at, "%d.%m.%Y"),
        &shown(at, "%H:%M:%S"),
        CSV.kind(row.kind),
        row.of.as_deref().unwrap_or_default(),
        "",
        "",
        "",
    ])
}

fn number<T: std::str::FromStr>(table: &Table, line: &Line, name: &str) -> Result<T, String> {
    parsed(line, name, table.at(line, name))
}

fn parsed<T: std::str::FromStr>(line: &Line, what: &str, text: &str) -> Result<T, String> {
    point(text)
        .parse()
        .map_err(|_| format!("line {}: {what} is {text:?}", line.number))
}

/// The orders in a file.
pub(super) fn orders(bytes: &[u8]) -> Result<Vec<Order>, String> {
    let table = Table::read(&latin::decode(bytes))?;
    let mut orders: Vec<Order> = Vec::new();
    let mut counted = Counted::default();
    for line in &table.lines {
        match Table::nth(line, 1) {
            "A" => {
                let asn_line = asn_line(&table, line)?;
                counted.add(asn_line.quantity);
                let key = table.needed(line, "Schluessel")?;
                if let Some(announcement) = last_announcement(&mut orders, &key) {
                    announcement.lines.push(asn_line);
                } else {
                    let announcement = announcement(&table, line, key, asn_line)?;
                    orders.push(Order::Announce(announcement));
                }
            }
            "S" => {
                counted.add(Decimal::ZERO);
                orders.push(Order::Cancel(Withdrawal {
                    key: table.needed(line, "Schluessel")?,
                    announced_as: table.needed(line, "StornoZu")?,
                    rma: table.needed(line, "Retoure")?,
                }));
            }
            "E" => {
                let rows = parsed(line, "the count", Table::nth(line, 2))?;
                let total = parsed(line, "the sum", Table::nth(line, 3))?;
                counted.check(rows, total)?;
            }
            other => return Err(format!("line {}: {other:?} is no Satz", line.number)),
        }
    }
    Ok(orders)
}

fn announcement(
    table: &Table,
    line: &Line,
    key: String,
    first: AsnLine,
) -> Result<Announcement, String> {
    let expires_on = table.own(line, "GueltigBis");
    if let Some(day) = &expires_on {
        Date::strptime("%d.%m.%Y", day)
            .map_err(|_| format!("line {}: GueltigBis is {day:?}", line.number))?;
    }
    Ok(Announcement {
        key,
        rma: table.needed(line, "Retoure")?,
        site: table.needed(line, "Lager")?,
        customer: table.own(line, "Kunde"),
        expires_on,
        lines: vec![first],
    })
}

fn asn_line(table: &Table, line: &Line) -> Result<AsnLine, String> {
    let serials = table.at(line, "Serien").split('|').map(str::trim);
    Ok(AsnLine {
        line: number(table, line, "Position")?,
        sku: table.needed(line, "Artikel")?,
        quantity: number(table, line, "Menge")?,
        uom: table.needed(line, "Einheit")?,
        serials: serials
            .filter(|serial| !serial.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// An answer to a file of orders.
pub(super) fn answers(answers: &[Answer]) -> Vec<u8> {
    let mut text = ANSWERS.to_owned();
    for answer in answers {
        let (status, code, why) = match &answer.refused {
            None => ("ANGENOMMEN", "", ""),
            Some((code, why)) => ("ABGELEHNT", *code, why.as_str()),
        };
        text.push_str(&written(&[
            "Q",
            &answer.key,
            &answer.rma,
            status,
            code,
            why,
        ]));
    }
    latin::encode(&text)
}

/// What somebody says of a receipt file.
pub(super) fn reply(bytes: &[u8]) -> Result<Reply, String> {
    let lines = Table::unnamed(&latin::decode(bytes))?;
    let line = lines.iter().find(|line| Table::nth(line, 1) == "K");
    let line = line.ok_or("there is no K")?;
    Ok(Reply {
        file: Table::nth(line, 2).to_owned(),
        verdict: Verdict::read(Table::nth(line, 3))?,
    })
}
