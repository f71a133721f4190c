//! What documents of the other side mean: answers, credit advices, notices. Pure.

use super::edi::{Defect, Segment, Set};
use super::edifact_said::{credit_note, instruction};
use super::paper::{Answer, AnswerLine, Credit, Decision, Notice, NoticeLine};
use crate::decimal::Decimal;

/// A document understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// An answer to this request.
    Answer(String, Answer),
    /// Money.
    Credit(Credit),
    /// A return is announced.
    Notice(Notice),
    /// An announced return (by RMA) will not come.
    Cancellation(String),
}

/// What a set says; a defect when it cannot be understood or does not add up.
pub(super) fn understand(set: &Set, control: u64, currency: &str) -> Result<Said, Defect> {
    match set.kind.as_str() {
        "180" => notification(set, control),
        "812" => adjustment(set, control, currency),
        "RETINS" => instruction(set, control),
        "INVOIC" => credit_note(set, control, currency),
        other => Err(Defect::new("1", format!("a {other} is not expected here"))),
    }
}

pub(super) fn missing(what: &str) -> Defect {
    Defect::new("5", format!("{what} is missing"))
}

pub(super) fn number(text: &str, what: &str) -> Result<Decimal, Defect> {
    let plain = text.trim_start_matches('+').replace(',', ".");
    let whole = plain
        .strip_prefix('.')
        .map(|fraction| format!("0.{fraction}"));
    let text = whole.unwrap_or(plain);
    let text = text.strip_suffix('.').unwrap_or(&text);
    text.parse()
        .map_err(|_| Defect::new("5", format!("{what} {text:?} is no number")))
}

/// An amount with two decimals implied.
fn implied(text: &str, what: &str) -> Result<Decimal, Defect> {
    let units: i64 = text
        .parse()
        .map_err(|_| Defect::new("5", format!("{what} {text:?} is no N2 number")))?;
    Ok(Decimal::new(units, 2))
}

pub(super) fn filled(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// RMA number of an X12 set: N9 QJ or RZ.
fn rma(set: &Set) -> Option<String> {
    let named = set.find("N9", "QJ").or_else(|| set.find("N9", "RZ"));
    named.and_then(|segment| filled(segment.get(2)))
}

/// The segments before the first of that name, and a list per segment of that name with those that follow it.
pub(super) fn loops<'a>(set: &'a Set, id: &str) -> (&'a [Segment], Vec<&'a [Segment]>) {
    let starts: Vec<usize> = set
        .segments
        .iter()
        .enumerate()
        .filter_map(|(at, segment)| (segment.id == id).then_some(at))
        .collect();
    let all = set.segments.as_slice();
    let head = all
        .get(..starts.first().copied().unwrap_or(all.len()))
        .unwrap_or(all);
    let ends = starts.iter().skip(1).copied().chain([all.len()]);
    let parts = starts
        .iter()
        .zip(ends)
        .filter_map(|(start, end)| all.get(*start..end));
    (head, parts.collect())
}

pub(super) fn first<'a>(segments: &'a [Segment], id: &str) -> Option<&'a Segment> {
    segments.iter().find(|segment| segment.id == id)
}

fn notification(set: &Set, control: u64) -> Result<Said, Defect> {
    let bgn = set.first("BGN").ok_or_else(|| missing("BGN"))?;
    let own = filled(bgn.get(2)).ok_or_else(|| missing("BGN02"))?;
    match bgn.get(1) {
        "11" => answer(set, bgn, &own, control),
        "14" => notice(set, bgn, &own, control),
        "01" => Ok(Said::Cancellation(rma(set).unwrap_or(own))),
        other => Err(Defect::new(
            "5",
            format!("BGN01 {other:?} is not expected here"),
        )),
    }
}

fn answer(set: &Set, bgn: &Segment, own: &str, control: u64) -> Result<Said, Defect> {
    let request = filled(bgn.get(6)).ok_or_else(|| missing("BGN06"))?;
    let (head, parts) = loops(set, "BLI");
    let of = |segments: &[Segment]| {
        first(segments, "RDR").map(|rdr| (rdr.get(1).to_owned(), filled(rdr.get(3))))
    };
    let whole = of(head).unwrap_or_default();
    let mut lines = Vec::new();
    let mut codes = Vec::new();
    let mut denial = whole.1;
    for part in parts {
        let Some(bli) = part.first() else { continue };
        let (code, why) = of(part).unwrap_or_default();
        let code = if code.is_empty() {
            whole.0.clone()
        } else {
            code
        };
        let asked = number(bli.get(3), "BLI03")?;
        let qty = if matches!(code.as_str(), "RD" | "RP") {
            Decimal::ZERO
        } else {
            asked
        };
        denial = denial.or(why);
        codes.push(code);
        lines.push(AnswerLine {
            sku: bli.get(2).to_owned(),
            qty,
            uom: bli.get(4).to_owned(),
        });
    }
    let decision = match decision(&whole.0) {
        Some(decision) => decision,
        None => together(&codes).ok_or_else(|| missing("RDR01"))?,
    };
    let answer = Answer {
        rma: rma(set).unwrap_or_else(|| own.to_owned()),
        decision,
        denial,
        lines,
        control,
    };
    Ok(Said::Answer(request, answer))
}

fn decision(code: &str) -> Option<Decision> {
    match code {
        "" => None,
        "RD" => Some(Decision::Denied),
        "RP" => Some(Decision::Pending),
        "PA" => Some(Decision::PartlyAuthorized),
        _ => Some(Decision::Authorized),
    }
}

fn together(codes: &[String]) -> Option<Decision> {
    let all: Option<Vec<Decision>> = codes.iter().map(|code| decision(code)).collect();
    let all = all.filter(|all| !all.is_empty())?;
    let one = all.first().copied()?;
    Some(if all.iter().all(|other| *other == one) {
        one
    } else {
        Decision::PartlyAuthorized
    })
}

fn notice(set: &Set, bgn: &Segment, own: &str, control: u64) -> Result<Said, Defect> {
    let (head, parts) = loops(set, "BLI");
    let wanted = ["RT", "WH", "ST", "RC"];
    let party = |code: &&str| {
        head.iter()
            .find(|segment| segment.id == "N1" && segment.get(1) == *code)
    };
    let site = wanted.iter().find_map(party);
    let site = site
        .and_then(|segment| filled(segment.get(4)))
        .ok_or_else(|| missing("N1 with the site"))?;
    let mut lines = Vec::new();
    for (nth, part) in parts.into_iter().enumerate() {
        let Some(bli) = part.first() else { continue };
        let named = |what: &str| {
            let mut all = part
                .iter()
                .filter(|segment| segment.id == "N9" && segment.get(1) == what);
            all.next().and_then(|segment| segment.get(2).parse().ok())
        };
        let position = u32::try_from(nth + 1).unwrap_or(u32::MAX);
        let serials = part
            .iter()
            .filter(|segment| segment.id == "N9" && segment.get(1) == "SE");
        lines.push(NoticeLine {
            line: named("LI").unwrap_or(position),
            sku: filled(bli.get(2)).ok_or_else(|| missing("BLI02"))?,
            qty: number(bli.get(3), "BLI03")?,
            uom: bli.get(4).to_owned(),
            serials: serials.map(|segment| segment.get(2).to_owned()).collect(),
        });
    }
    if lines.is_empty() {
        return Err(missing("BLI"));
    }
    Ok(Said::Notice(Notice {
        rma: rma(set).unwrap_or_else(|| own.to_owned()),
        reference: filled(bgn.get(6)).unwrap_or_else(|| own.to_owned()),
        site,
        control,
        lines,
        cancelled: None,
    }))
}

fn adjustment(set: &Set, control: u64, currency: &str) -> Result<Said, Defect> {
    let bcd = set.first("BCD").ok_or_else(|| missing("BCD"))?;
    let memo = filled(bcd.get(2)).ok_or_else(|| missing("BCD02"))?;
    let amount = signed(implied(bcd.get(4), "BCD04")?, bcd.get(5))?;
    let mut total = Decimal::ZERO;
    for cdd in set.segments.iter().filter(|segment| segment.id == "CDD") {
        total = total + signed(implied(cdd.get(4), "CDD04")?, cdd.get(2))?;
    }
    if total != amount {
        return Err(Defect::new(
            "5",
            format!("BCD04 is {amount}, the CDD04 add up to {total}"),
        ));
    }
    let referred = matches!(bcd.get(13), "QJ" | "RZ").then(|| bcd.get(14).to_owned());
    let told = set.first("CUR").and_then(|cur| filled(cur.get(2)));
    Ok(Said::Credit(Credit {
        memo,
        rma: referred.or_else(|| rma(set)),
        request: set.find("N9", "OD").and_then(|n9| filled(n9.get(2))),
        invoice: filled(bcd.get(7)),
        amount,
        currency: told.unwrap_or_else(|| currency.to_owned()),
        control,
    }))
}

fn signed(amount: Decimal, flag: &str) -> Result<Decimal, Defect> {
    match flag {
        "C" => Ok(amount),
        "D" => Ok(-amount),
        other => Err(Defect::new("5", format!("{other:?} is neither C nor D"))),
    }
}
