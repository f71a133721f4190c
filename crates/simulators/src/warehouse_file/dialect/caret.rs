//! Record types, columns between carets.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::order::{
    Announcement, Answer, Counted, Order, Reply, Verdict, Withdrawal, last_announcement,
};
use super::super::row::{Batch, Row};
use super::words::CARET;
use super::{local, shown};
use crate::decimal::Decimal;
use crate::wms::AsnLine;
use crate::wms::fact::Action;

/// A receipt file: a header for each import key, a row for each row, the end.
pub(super) fn receipts(zone: &TimeZone, batch: &Batch) -> Vec<u8> {
    let mut lines = Vec::new();
    let mut open: Option<&str> = None;
    for (position, row) in batch.rows.iter().enumerate() {
        if open != Some(row.import_key.as_str()) {
            open = Some(&row.import_key);
            lines.push(header(zone, batch, row));
        }
        lines.push(line(row, batch.is_spoilt(position)));
    }
    let (sequence, count, total) = (batch.sequence, batch.rows.len(), batch.total());
    lines.push(format!("RTNEND^{sequence}^{count}^{total}"));
    written(&lines)
}

fn written(lines: &[String]) -> Vec<u8> {
    let mut text = lines.join("\n");
    text.push('\n');
    text.into_bytes()
}

fn header(zone: &TimeZone, batch: &Batch, row: &Row) -> String {
    let of_key = |other: &&Row| other.import_key == row.import_key;
    let decides = batch.rows.iter().filter(of_key).any(is_decided);
    let default = if decides {
        CARET.action(Action::Restock)
    } else {
        ""
    };
    let at = local(zone, row.at);
    let columns = [
        "RTNHDR",
        &row.import_key,
        &row.site,
        &row.rma,
        default,
        &shown(at, "%Y%m%d"),
        &shown(at, "%H%M%S"),
    ];
    columns.join("^")
}

fn is_decided(row: &Row) -> bool {
    row.found.is_some() && row.confirmed.is_positive()
}

fn line(row: &Row, is_spoilt: bool) -> String {
    let told = CARET.told(row.found);
    let condition = if is_spoilt {
        CARET.impossible
    } else {
        told.condition
    };
    // The header's stands for it.
    let action = if told.action == CARET.action(Action::Restock) {
        ""
    } else {
        told.action
    };
    let columns = [
        "RTNTRL",
        &row.number.to_string(),
        &row.line.map(|line| line.to_string()).unwrap_or_default(),
        &row.sku,
        &row.qty.to_string(),
        &row.confirmed.to_string(),
        &row.uom,
        condition,
        action,
        told.result,
        told.liability,
        &row.serials.join("~"),
        CARET.kind(row.kind),
        row.of.as_deref().unwrap_or_default(),
    ];
    columns.join("^")
}

/// The columns of one line; those that are missing are blank.
struct Columns<'a> {
    line: usize,
    columns: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    fn at(&self, position: usize) -> &'a str {
        self.columns
            .get(position)
            .copied()
            .unwrap_or_default()
            .trim()
    }

    fn needed(&self, position: usize, what: &str) -> Result<String, String> {
        match self.at(position) {
            "" => Err(format!("line {}: {what} is missing", self.line)),
            text => Ok(text.to_owned()),
        }
    }

    fn own(&self, position: usize) -> Option<String> {
        Some(self.at(position))
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    }

    fn number<T: std::str::FromStr>(&self, position: usize, what: &str) -> Result<T, String> {
        let text = self.at(position);
        text.parse()
            .map_err(|_| format!("line {}: {what} is {text:?}", self.line))
    }
}

fn records(text: &str) -> impl Iterator<Item = Columns<'_>> {
    let lines = text.lines().enumerate();
    let filled = lines.filter(|(_, line)| !line.trim().is_empty());
    filled.map(|(position, line)| Columns {
        line: position + 1,
        columns: line.split('^').collect(),
    })
}

/// The orders in a file.
pub(super) fn orders(bytes: &[u8]) -> Result<Vec<Order>, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let mut orders: Vec<Order> = Vec::new();
    let mut counted = Counted::default();
    let mut key = String::new();
    for columns in records(text) {
        match columns.at(0) {
            "ASNHDR" => {
                let announcement = announcement(&columns)?;
                key.clone_from(&announcement.key);
                orders.push(Order::Announce(announcement));
            }
            "ASNLIN" => {
                let line = asn_line(&columns)?;
                counted.add(line.quantity);
                let announcement = last_announcement(&mut orders, &key)
                    .ok_or_else(|| format!("line {}: ASNLIN without ASNHDR", columns.line))?;
                announcement.lines.push(line);
            }
            "ASNCAN" => {
                counted.add(Decimal::ZERO);
                orders.push(Order::Cancel(Withdrawal {
                    key: columns.needed(1, "key")?,
                    announced_as: columns.needed(2, "announced as")?,
                    rma: columns.needed(3, "RMA")?,
                }));
            }
            "ASNEND" => counted.check(columns.number(1, "count")?, columns.number(2, "sum")?)?,
            other => return Err(format!("line {}: {other:?} is no record", columns.line)),
        }
    }
    Ok(orders)
}

fn announcement(columns: &Columns<'_>) -> Result<Announcement, String> {
    let expires_on = columns.own(5);
    if let Some(day) = &expires_on {
        Date::strptime("%Y%m%d", day)
            .map_err(|_| format!("line {}: expires is {day:?}", columns.line))?;
    }
    Ok(Announcement {
        key: columns.needed(1, "key")?,
        rma: columns.needed(2, "RMA")?,
        site: columns.needed(3, "site")?,
        customer: columns.own(4),
        expires_on,
        lines: Vec::new(),
    })
}

fn asn_line(columns: &Columns<'_>) -> Result<AsnLine, String> {
    let serials = columns.at(7).split('~').map(str::trim);
    Ok(AsnLine {
        line: columns.number(1, "line")?,
        sku: columns.needed(2, "article")?,
        quantity: columns.number(3, "quantity")?,
        uom: columns.needed(4, "unit")?,
        serials: serials
            .filter(|serial| !serial.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// An answer to a file of orders.
pub(super) fn answers(answers: &[Answer]) -> Vec<u8> {
    let row = |answer: &Answer| {
        let (key, rma) = (&answer.key, &answer.rma);
        match &answer.refused {
            None => format!("ASNACK^{key}^{rma}^A^^"),
            Some((code, text)) => {
                let text = text.replace(['^', '\n', '\r'], " ");
                format!("ASNACK^{key}^{rma}^R^{code}^{text}")
            }
        }
    };
    written(&answers.iter().map(row).collect::<Vec<_>>())
}

/// What somebody says of a receipt file.
pub(super) fn reply(bytes: &[u8]) -> Result<Reply, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let columns = records(text).next().ok_or("the answer is empty")?;
    if columns.at(0) != "ACKHDR" {
        return Err(format!("line {}: no ACKHDR", columns.line));
    }
    Ok(Reply {
        file: columns.needed(1, "file")?,
        verdict: Verdict::read(columns.at(2))?,
    })
}
