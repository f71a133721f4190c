//! 180s that go out: the answer to a request (11), the advance notice of a return (14), its withdrawal (01).

use canonical::Command;
use canonical::command::{
    Announcement, AnnouncementCancel, AnsweredLine, OrderLine, RequestAnswer, RequestDecision,
};
use connector::Failure;

use super::out::{issued, quantity, reference};
use crate::partner::Partner;
use crate::wire::outgoing::OutSegment;

/// The answer: authorised (RA), in part (PA) or denied (RD), as a whole and line by line.
pub(super) fn answer(
    partner: &Partner,
    command: &Command,
    answer: &RequestAnswer,
) -> Result<Vec<OutSegment>, Failure> {
    let denial = match (answer.decision, &answer.denial) {
        (RequestDecision::Authorized, _) | (_, None) => "",
        (_, Some(denial)) => known(partner, denial.word())?,
    };
    let disposition = match answer.decision {
        RequestDecision::Authorized => "RA",
        RequestDecision::PartlyAuthorized => "PA",
        RequestDecision::Denied => "RD",
    };
    let mut segments = vec![
        beginning(partner, command, "11", &answer.request_id),
        rdr(disposition, "", denial),
    ];
    if let Some(expires) = answer.expires_at {
        let date = expires.to_zoned(partner.zone.clone());
        segments.push(
            OutSegment::new("DTM")
                .text("036")
                .text(date.strftime("%Y%m%d").to_string()),
        );
    }
    references(partner, command, &mut segments);
    if answer.decision != RequestDecision::Denied {
        segments.push(site(partner, command));
    }
    for line in &answer.lines {
        answered(partner, line, denial, &mut segments)?;
    }
    Ok(segments)
}

fn answered(
    partner: &Partner,
    line: &AnsweredLine,
    denial: &str,
    segments: &mut Vec<OutSegment>,
) -> Result<(), Failure> {
    let rules = &partner.profile.answer;
    let uom = partner.codes.uom.theirs(&line.uom, "")?;
    let mut bli = OutSegment::new("BLI")
        .text(&rules.ours)
        .text(&line.sku)
        .text(quantity(line.qty_authorized))
        .text(uom);
    if let Some(theirs) = &line.customer_sku {
        bli = bli.skip(3).text(&rules.theirs).text(theirs);
    }
    segments.push(bli);
    segments.extend(reference("LI", &line.line_no.to_string()));
    let disposition = if line.qty_authorized >= line.qty_requested {
        "RA"
    } else if line.qty_authorized.is_positive() {
        "PA"
    } else {
        "RD"
    };
    segments.push(rdr(
        disposition,
        "",
        if disposition == "RA" { "" } else { denial },
    ));
    segments.push(
        OutSegment::new("QTY")
            .text("84")
            .text(quantity(line.qty_requested))
            .text(uom),
    );
    Ok(())
}

/// The notice to a warehouse that goods will come.
pub(super) fn announcement(
    partner: &Partner,
    command: &Command,
    notice: &Announcement,
) -> Result<Vec<OutSegment>, Failure> {
    let mut segments = vec![beginning(
        partner,
        command,
        "14",
        command.effect_key.as_str(),
    )];
    if let Some(expires) = notice.expires_at {
        let date = expires.to_zoned(partner.zone.clone());
        segments.push(
            OutSegment::new("DTM")
                .text("036")
                .text(date.strftime("%Y%m%d").to_string()),
        );
    }
    references(partner, command, &mut segments);
    segments.push(site(partner, command));
    for line in &notice.lines {
        announced(partner, line, &mut segments)?;
    }
    Ok(segments)
}

fn announced(
    partner: &Partner,
    line: &OrderLine,
    segments: &mut Vec<OutSegment>,
) -> Result<(), Failure> {
    let rules = &partner.profile.answer;
    let uom = partner.codes.uom.theirs(&line.uom, "")?;
    segments.push(
        OutSegment::new("BLI")
            .text(&rules.ours)
            .text(&line.sku)
            .text(quantity(line.qty))
            .text(uom),
    );
    segments.extend(reference("LI", &line.line_no.to_string()));
    for serial in &line.serials {
        segments.extend(reference("SE", serial));
    }
    // A reason without a code of the partner's is left out: a warehouse needs none.
    if let Some(reason) = partner.codes.reason_out.known(line.reason.word()) {
        segments.push(rdr("", reason, ""));
    }
    if let Some(order) = &line.order {
        segments.push(OutSegment::new("PRF").text(order));
    }
    Ok(())
}

/// The withdrawal of a notice: it has the notice's number.
pub(super) fn cancellation(
    partner: &Partner,
    command: &Command,
    cancel: &AnnouncementCancel,
) -> Vec<OutSegment> {
    let mut segments = vec![beginning(
        partner,
        command,
        "01",
        cancel.announced_as.as_str(),
    )];
    references(partner, command, &mut segments);
    if !cancel.reason.is_empty() {
        let text: String = cancel.reason.chars().take(80).collect();
        segments.push(OutSegment::new("NTE").text("GEN").text(text));
    }
    segments.push(site(partner, command));
    segments
}

fn beginning(partner: &Partner, command: &Command, purpose: &str, answers: &str) -> OutSegment {
    let at = command.issued_at.to_zoned(jiff::tz::TimeZone::UTC);
    let mut segment = OutSegment::new("BGN")
        .text(purpose)
        .text(&command.rma_number);
    // In UTC where the profile has a code for it, else in the partner's zone without one.
    if let Ok(code) = partner.codes.time_zone.theirs("UTC", "") {
        let code = if partner.codes.time_zone.known("UT").is_some() {
            "UT"
        } else {
            code
        };
        segment = segment
            .text(at.strftime("%Y%m%d").to_string())
            .text(at.strftime("%H%M").to_string())
            .text(code);
    } else {
        let at = issued(partner, command);
        segment = segment
            .text(at.strftime("%Y%m%d").to_string())
            .text(at.strftime("%H%M").to_string())
            .skip(1);
    }
    segment.text(answers)
}

fn rdr(disposition: &str, request: &str, response: &str) -> OutSegment {
    OutSegment::new("RDR")
        .text(disposition)
        .text(request)
        .text(response)
}

fn references(partner: &Partner, command: &Command, segments: &mut Vec<OutSegment>) {
    let rules = &partner.profile.answer;
    segments.extend(reference(&rules.rma, &command.rma_number));
    segments.extend(reference(&rules.key, command.effect_key.as_str()));
}

fn site(partner: &Partner, command: &Command) -> OutSegment {
    OutSegment::new("N1")
        .text("RT")
        .skip(1)
        .text(&partner.profile.answer.site_id)
        .text(partner.their_site(&command.site))
}

/// The partner's code for why something is denied.
fn known<'a>(partner: &'a Partner, word: &str) -> Result<&'a str, Failure> {
    match partner.codes.denial.known(word) {
        Some(code) => Ok(code),
        None => partner.codes.denial.meaning(word, "denial").map(|_| ""),
    }
}
