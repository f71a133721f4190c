//! What EDIFACT messages of the other side mean: RETINS and INVOIC. Pure.

use super::edi::{Defect, Segment, Set};
use super::paper::{Answer, AnswerLine, Credit, Decision};
use super::understand::{Said, filled, first, loops, missing, number};
use crate::decimal::Decimal;

/// The second component of the first `id` whose first component is this.
fn qualified<'a>(segments: &'a [Segment], id: &str, qualifier: &str) -> Option<&'a Segment> {
    let mut all = segments.iter();
    all.find(|segment| segment.id == id && segment.part(1, 1) == qualifier)
}

/// A RETINS: an answer.
pub(super) fn instruction(set: &Set, control: u64) -> Result<Said, Defect> {
    let bgm = set.first("BGM").ok_or_else(|| missing("BGM"))?;
    let own = filled(bgm.part(2, 1)).ok_or_else(|| missing("BGM 1004"))?;
    let (head, parts) = loops(set, "LIN");
    let notice = qualified(head, "RFF", "ALQ").and_then(|rff| filled(rff.part(1, 2)));
    let document = || first(head, "DOC").and_then(|doc| filled(doc.part(2, 1)));
    let request = notice.or_else(document).unwrap_or_else(|| own.clone());
    let mut lines = Vec::new();
    for part in parts {
        let Some(lin) = part.first() else { continue };
        let qty = qualified(part, "QTY", "61").ok_or_else(|| missing("QTY 61"))?;
        lines.push(AnswerLine {
            sku: lin.part(3, 1).to_owned(),
            qty: number(qty.part(1, 2), "QTY")?,
            uom: qty.part(1, 3).to_owned(),
        });
    }
    let decision = match bgm.get(3) {
        "29" => Decision::Authorized,
        "34" => Decision::PartlyAuthorized,
        "27" => Decision::Denied,
        // The quantities tell: the desk compares them with what was asked for.
        _ => Decision::Pending,
    };
    if decision == Decision::Denied {
        for line in &mut lines {
            line.qty = Decimal::ZERO;
        }
    }
    let answer = Answer {
        rma: own,
        decision,
        denial: None,
        lines,
        control,
    };
    Ok(Said::Answer(request, answer))
}

/// An INVOIC: a credit note.
pub(super) fn credit_note(set: &Set, control: u64, currency: &str) -> Result<Said, Defect> {
    let bgm = set.first("BGM").ok_or_else(|| missing("BGM"))?;
    if bgm.get(1) != "381" {
        return Err(Defect::new(
            "12",
            format!("BGM {:?} is not expected here", bgm.get(1)),
        ));
    }
    let all = set.segments.as_slice();
    let paid = qualified(all, "MOA", "77").or_else(|| qualified(all, "MOA", "9"));
    let paid = paid.ok_or_else(|| missing("MOA 77 or 9"))?;
    let told = first(all, "CUX").and_then(|cux| filled(cux.part(1, 2)));
    let referred = |what: &str| qualified(all, "RFF", what).and_then(|rff| filled(rff.part(1, 2)));
    Ok(Said::Credit(Credit {
        memo: filled(bgm.get(2)).ok_or_else(|| missing("BGM 1004"))?,
        rma: None,
        request: referred("ALQ"),
        invoice: referred("IV"),
        amount: number(paid.part(1, 2), "MOA")?,
        currency: told.unwrap_or_else(|| currency.to_owned()),
        control,
    }))
}
