//! RETINS that go out: the answer to an announcement, line by line: send back, or refused.

use canonical::Command;
use canonical::Qty;
use canonical::command::{AnsweredLine, RequestAnswer, RequestDecision};
use connector::Failure;

use super::out::issued;
use crate::partner::Partner;
use crate::wire::outgoing::OutSegment;

/// State of the goods "upon return" (7001), and what it shall be (7007): codes of EANCOM.
const UPON_RETURN: &str = "3E";
const RETURN: &str = "12E";
const REFUSED: &str = "17E";

pub(super) fn answer(
    partner: &Partner,
    command: &Command,
    answer: &RequestAnswer,
) -> Result<Vec<OutSegment>, Failure> {
    let function = match answer.decision {
        RequestDecision::Authorized => "29",
        RequestDecision::PartlyAuthorized => "34",
        RequestDecision::Denied => "27",
    };
    let mut segments = vec![
        OutSegment::new("BGM")
            .composite(["71E", "", "9"])
            .text(&command.rma_number)
            .text(function),
        dtm(
            "137",
            &issued(partner, command).strftime("%Y%m%d%H%M").to_string(),
            "203",
        ),
    ];
    if let Some(expires) = answer.expires_at {
        let date = expires.to_zoned(partner.zone.clone());
        segments.push(dtm("36", &date.strftime("%Y%m%d").to_string(), "102"));
    }
    if let Some(denial) = answer
        .denial
        .filter(|_| answer.decision != RequestDecision::Authorized)
    {
        segments.push(text(denial.word()));
    }
    segments.push(rff("ALQ", &answer.request_id));
    let key = &partner.profile.answer.key;
    if !key.is_empty() {
        segments.push(rff(key, command.effect_key.as_str()));
    }
    segments.push(party(
        "BY",
        partner.their_account(&command.customer_account),
    ));
    segments.push(party("SU", partner.their_entity(&command.legal_entity)));
    segments.push(OutSegment::new("LOC").text("168").composite([
        partner.their_site(&command.site),
        "",
        &partner.profile.answer.site_id,
    ]));
    for line in &answer.lines {
        answered(partner, line, &mut segments)?;
    }
    segments.push(OutSegment::new("CNT").composite(["2", &answer.lines.len().to_string()]));
    Ok(segments)
}

fn answered(
    partner: &Partner,
    line: &AnsweredLine,
    segments: &mut Vec<OutSegment>,
) -> Result<(), Failure> {
    let rules = &partner.profile.answer;
    let uom = partner.codes.uom.theirs(&line.uom, "")?;
    let decimal = partner.profile.separators.decimal;
    let number = |qty: Qty| match decimal {
        Some(',') => qty.to_string().replace('.', ","),
        _ => qty.to_string(),
    };
    segments.push(
        OutSegment::new("LIN")
            .text(line.line_no.to_string())
            .skip(1)
            .composite([line.sku.as_str(), rules.ours.as_str()]),
    );
    if let Some(theirs) = &line.customer_sku {
        segments.push(
            OutSegment::new("PIA")
                .text("1")
                .composite([theirs.as_str(), rules.theirs.as_str()]),
        );
    }
    segments.push(OutSegment::new("QTY").composite(["61", &number(line.qty_authorized), uom]));
    if let Some(invoice) = &line.invoice_ref {
        segments.push(OutSegment::new("RFF").composite([
            rules.invoice.as_str(),
            invoice.document.as_str(),
            invoice.line.as_str(),
        ]));
    }
    let state = if line.qty_authorized.is_positive() {
        RETURN
    } else {
        REFUSED
    };
    segments.push(
        OutSegment::new("CDI")
            .text(UPON_RETURN)
            .composite([state, "", "9"]),
    );
    Ok(())
}

fn dtm(qualifier: &str, value: &str, format: &str) -> OutSegment {
    OutSegment::new("DTM").composite([qualifier, value, format])
}

fn rff(qualifier: &str, value: &str) -> OutSegment {
    OutSegment::new("RFF").composite([qualifier, value])
}

fn party(role: &str, id: &str) -> OutSegment {
    OutSegment::new("NAD").text(role).composite([id, "", "92"])
}

/// Free text (AAI): our word for why it is not, or not wholly, allowed.
fn text(word: &str) -> OutSegment {
    OutSegment::new("FTX").text("AAI").skip(2).composite([word])
}
