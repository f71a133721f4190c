//! Fixed places: records H, D and T; implied decimals.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::super::order::{
    Announcement, Answer, Counted, Order, Reply, Verdict, Withdrawal, last_announcement,
};
use super::super::row::{Batch, Row};
use super::words::FIXED;
use super::{latin, local, shown};
use crate::decimal::Decimal;
use crate::wms::AsnLine;

const LENGTH: usize = 320;

/// A line that is filled place by place.
struct Places(Vec<char>);

impl Places {
    fn new(record: char) -> Self {
        let mut places = Self(vec![' '; LENGTH]);
        places.text(1, 1, &record.to_string());
        places
    }

    /// Text at the left, from place `start` on, `len` places.
    fn text(&mut self, start: usize, len: usize, text: &str) {
        let room = self.0.iter_mut().skip(start - 1).take(len);
        for (place, character) in room.zip(text.chars()) {
            *place = character;
        }
    }

    /// A number at the right, filled up with noughts.
    fn number(&mut self, start: usize, len: usize, digits: &str) {
        self.text(start, len, &format!("{digits:0>len$}"));
    }

    /// A quantity with three implied decimals.
    fn quantity(&mut self, start: usize, len: usize, value: Decimal) {
        self.number(start, len, &implied(value));
    }

    fn line(self) -> String {
        let mut line: String = self.0.into_iter().collect();
        line.push('\n');
        line
    }
}

fn implied(value: Decimal) -> String {
    (value + Decimal::new(0, 3)).to_string().replace('.', "")
}

/// A receipt file.
pub(super) fn receipts(zone: &TimeZone, batch: &Batch) -> Vec<u8> {
    let sequence = batch.sequence.to_string();
    let at = local(zone, batch.at);
    let mut header = Places::new('H');
    header.number(2, 8, &sequence);
    header.text(10, 8, &shown(at, "%Y%m%d"));
    header.text(18, 6, &shown(at, "%H%M%S"));
    let mut text = header.line();
    for (position, row) in batch.rows.iter().enumerate() {
        text.push_str(&line(zone, row, batch.is_spoilt(position)));
    }
    let mut end = Places::new('T');
    end.number(2, 8, &sequence);
    end.number(10, 8, &batch.rows.len().to_string());
    end.quantity(18, 15, batch.total());
    text.push_str(&end.line());
    latin::encode(&text)
}

fn line(zone: &TimeZone, row: &Row, is_spoilt: bool) -> String {
    let told = FIXED.told(row.found);
    let condition = if is_spoilt {
        FIXED.impossible
    } else {
        told.condition
    };
    let at = local(zone, row.at);
    let mut places = Places::new('D');
    places.text(2, 40, &row.import_key);
    places.text(42, 4, &row.number.to_string());
    places.text(46, 20, &row.site);
    places.text(66, 30, &row.rma);
    if let Some(line) = row.line {
        places.number(96, 4, &line.to_string());
    }
    places.text(100, 30, &row.sku);
    places.quantity(130, 11, row.qty);
    places.quantity(141, 11, row.confirmed);
    places.text(152, 3, &row.uom);
    places.text(155, 1, condition);
    places.text(156, 1, told.action);
    places.text(157, 1, told.result);
    places.text(158, 1, told.liability);
    places.text(159, 8, &shown(at, "%Y%m%d"));
    places.text(167, 6, &shown(at, "%H%M%S"));
    places.text(173, 1, FIXED.kind(row.kind));
    places.text(174, 47, row.of.as_deref().unwrap_or_default());
    places.text(221, 100, &serials(&row.serials, 100));
    places.line()
}

/// As many serial numbers as there is room for.
fn serials(all: &[String], room: usize) -> String {
    let mut text = String::new();
    for serial in all {
        let longer = if text.is_empty() {
            serial.clone()
        } else {
            format!("{text},{serial}")
        };
        if longer.chars().count() > room {
            break;
        }
        text = longer;
    }
    text
}

/// Why an announcement cannot be played: its receipts would not fit.
pub(super) fn no_room(order: &Order) -> Option<String> {
    let Order::Announce(announcement) = order else {
        return None;
    };
    let long = |what: &str, text: &str, room: usize| {
        let length = text.chars().count();
        (length > room).then(|| format!("{what} has {length} characters, {room} fit"))
    };
    let of_line = |line: &AsnLine| {
        let exact = line.quantity + Decimal::new(0, 3);
        let fits = implied(exact).len() <= 10 && implied(exact).parse::<u64>().is_ok();
        let has_three = exact.to_string().rsplit('.').next().map(str::len) == Some(3);
        // A wrong article has a longer name.
        long("article", &line.sku, 24)
            .or_else(|| long("unit", &line.uom, 3))
            .or_else(|| (line.line > 9_999).then(|| "line is over 9999".to_owned()))
            .or_else(|| {
                let message = format!("{} has no room", line.quantity);
                (!fits || !has_three).then_some(message)
            })
    };
    long("RMA", &announcement.rma, 30)
        .or_else(|| long("site", &announcement.site, 20))
        .or_else(|| announcement.lines.iter().find_map(of_line))
}

/// A line that is read by places.
struct Read {
    number: usize,
    places: Vec<char>,
}

impl Read {
    fn at(&self, start: usize, len: usize) -> String {
        let places = self.places.iter().skip(start - 1).take(len);
        places.collect::<String>().trim().to_owned()
    }

    fn needed(&self, start: usize, len: usize, what: &str) -> Result<String, String> {
        let text = self.at(start, len);
        if text.is_empty() {
            return Err(format!("line {}: {what} is missing", self.number));
        }
        Ok(text)
    }

    fn own(&self, start: usize, len: usize) -> Option<String> {
        Some(self.at(start, len)).filter(|text| !text.is_empty())
    }

    fn number(&self, start: usize, len: usize, what: &str) -> Result<i64, String> {
        let text = self.at(start, len);
        text.parse()
            .map_err(|_| format!("line {}: {what} is {text:?}", self.number))
    }

    fn quantity(&self, start: usize, len: usize, what: &str) -> Result<Decimal, String> {
        Ok(Decimal::new(self.number(start, len, what)?, 3))
    }
}

fn records(bytes: &[u8]) -> Vec<Read> {
    let text = latin::decode(bytes);
    let lines = text.lines().enumerate();
    let filled = lines.filter(|(_, line)| !line.trim().is_empty());
    let read = filled.map(|(position, line)| Read {
        number: position + 1,
        places: line.chars().collect(),
    });
    read.collect()
}

/// The orders in a file.
pub(super) fn orders(bytes: &[u8]) -> Result<Vec<Order>, String> {
    let mut orders: Vec<Order> = Vec::new();
    let mut counted = Counted::default();
    let mut key = String::new();
    for read in records(bytes) {
        match read.at(1, 1).as_str() {
            "A" => {
                let announcement = announcement(&read)?;
                key.clone_from(&announcement.key);
                orders.push(Order::Announce(announcement));
            }
            "L" => {
                let line = asn_line(&read)?;
                counted.add(line.quantity);
                let announcement = last_announcement(&mut orders, &key)
                    .ok_or_else(|| format!("line {}: L without A", read.number))?;
                announcement.lines.push(line);
            }
            "C" => {
                counted.add(Decimal::ZERO);
                orders.push(Order::Cancel(Withdrawal {
                    key: read.needed(2, 80, "key")?,
                    announced_as: read.needed(82, 80, "announced as")?,
                    rma: read.needed(162, 30, "RMA")?,
                }));
            }
            "T" => {
                let rows = u64::try_from(read.number(2, 8, "count")?).unwrap_or(u64::MAX);
                counted.check(rows, read.quantity(10, 15, "sum")?)?;
            }
            other => return Err(format!("line {}: {other:?} is no record", read.number)),
        }
    }
    Ok(orders)
}

fn announcement(read: &Read) -> Result<Announcement, String> {
    let expires_on = read.own(152, 8);
    if let Some(day) = &expires_on {
        Date::strptime("%Y%m%d", day)
            .map_err(|_| format!("line {}: expires is {day:?}", read.number))?;
    }
    Ok(Announcement {
        key: read.needed(2, 80, "key")?,
        rma: read.needed(82, 30, "RMA")?,
        site: read.needed(112, 20, "site")?,
        customer: read.own(132, 20),
        expires_on,
        lines: Vec::new(),
    })
}

fn asn_line(read: &Read) -> Result<AsnLine, String> {
    let line = read.number(2, 4, "line")?;
    let serials = read.at(110, 211);
    let serials = serials.split(',').map(str::trim);
    Ok(AsnLine {
        line: u32::try_from(line).map_err(|_| format!("line {}: line is {line}", read.number))?,
        sku: read.needed(6, 30, "article")?,
        quantity: read.quantity(36, 11, "quantity")?,
        uom: read.needed(47, 3, "unit")?,
        serials: serials
            .filter(|serial| !serial.is_empty())
            .map(str::to_owned)
            .collect(),
    })
}

/// An answer to a file of orders.
pub(super) fn answers(answers: &[Answer]) -> Vec<u8> {
    let row = |answer: &Answer| {
        let mut places = Places::new('Q');
        places.text(2, 80, &answer.key);
        places.text(82, 30, &answer.rma);
        match &answer.refused {
            None => places.text(112, 1, "A"),
            Some((code, text)) => {
                places.text(112, 1, "R");
                places.text(113, 20, code);
                places.text(133, 80, &text.replace(['\n', '\r'], " "));
            }
        }
        places.line()
    };
    latin::encode(&answers.iter().map(row).collect::<String>())
}

/// What somebody says of a receipt file.
pub(super) fn reply(bytes: &[u8]) -> Result<Reply, String> {
    let records = records(bytes);
    let read = records.first().ok_or("the answer is empty")?;
    if read.at(1, 1) != "K" {
        return Err(format!("line {}: no K", read.number));
    }
    Ok(Reply {
        file: read.needed(2, 60, "file")?,
        verdict: Verdict::read(&read.at(62, 8))?,
    })
}
