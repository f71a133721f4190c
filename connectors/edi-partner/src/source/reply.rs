//! What the partner is told of an interchange that came in: 997 or 999, TA1, CONTRL. Of its form only.

use connector::Failure;
use jiff::{Timestamp, Zoned};
use mailbox::MailboxError;

use super::desk::Desk;
use super::round::Piece;
use crate::away::failed;
use crate::envelope::{self, Content};
use crate::examine::{Examined, Refusal, examine, has_business, is_acknowledgement};
use crate::failures;
use crate::ledger::{away, padded};
use crate::profile::{Functional, When};
use crate::stamp::stamp;
use crate::wire::ack::{Verdict, acknowledge_997, acknowledge_contrl, acknowledge_ta1, ta1_note};
use crate::wire::model::{Fault, Level, Syntax};
use crate::wire::outgoing::OutSet;

/// Writes the acknowledgement of an interchange into the outbox, if one is due. Again: the same one, under the same number.
pub(super) async fn reply(desk: &Desk, piece: &Piece) -> Result<(), Failure> {
    let Some(key) = &piece.key else {
        return Ok(());
    };
    let Ok(mut examined) = examine(&desk.partner, &desk.instance, &piece.raw) else {
        return Ok(());
    };
    if let Some(failure) = piece.refused.clone().filter(|_| piece.conflicts) {
        examined.refusal = Some(Refusal {
            failure,
            ta1: "025",
            contrl: "26",
            is_told: true,
        });
    }
    let Some((kind, content)) = content(desk, &examined) else {
        return Ok(());
    };
    let at = made_at(desk, key).await?;
    let body = match envelope::write(&desk.partner, &at, &content) {
        Ok(body) => body,
        Err(failure) => {
            let connector = desk.instance.as_str();
            tracing::error!(
                connector.name = connector,
                failure.code = failure.code,
                "no acknowledgement: {failure}"
            );
            return Ok(());
        }
    };
    let number = desk.ledger.number(&format!("reply/{key}")).await?;
    desk.ledger
        .notes()
        .put("replies", &padded(number), key)
        .await
        .map_err(away)?;
    let body = stamp(&body, number)?;
    let name = format!("{}-{kind}.edi", padded(number));
    match desk.mailbox.put(&name, &body).await {
        Ok(_) => Ok(()),
        // An earlier release may have worded it otherwise: what lies there is an answer all the same.
        Err(MailboxError::Conflict { name }) => {
            let connector = desk.instance.as_str();
            tracing::warn!(
                connector.name = connector,
                file = name,
                "an acknowledgement lies there already"
            );
            Ok(())
        }
        Err(error) => Err(failed(error)),
    }
}

/// When the acknowledgement was made: the same at each repetition.
async fn made_at(desk: &Desk, key: &str) -> Result<Zoned, Failure> {
    let now = Timestamp::now().to_string();
    let before = desk
        .ledger
        .notes()
        .claim("replied", key, &now)
        .await
        .map_err(away)?;
    let at = before.unwrap_or(now);
    let at: Timestamp = at.parse().map_err(|_| {
        Failure::misconfigured(
            failures::NOTES_AWAY,
            format!("the note replied/{key} cannot be read"),
        )
    })?;
    Ok(at.to_zoned(desk.partner.zone.clone()))
}

/// What is to be said, if anything. Acknowledgements are never acknowledged.
fn content(desk: &Desk, examined: &Examined) -> Option<(&'static str, Content)> {
    if !has_business(&examined.interchange) {
        return None;
    }
    if examined
        .refusal
        .as_ref()
        .is_some_and(|refusal| !refusal.is_told)
    {
        return None;
    }
    match examined.interchange.syntax {
        Syntax::X12 => x12(desk, examined),
        Syntax::Edifact => edifact(desk, examined),
    }
}

fn empty(syntax: Syntax) -> Content {
    Content {
        syntax,
        functional_id: "FA".to_owned(),
        acknowledgements: Vec::new(),
        sets: Vec::new(),
        messages: Vec::new(),
        version: None,
        ack_requested: false,
    }
}

fn x12(desk: &Desk, examined: &Examined) -> Option<(&'static str, Content)> {
    let rules = &desk.partner.profile.acknowledge;
    let interchange = &examined.interchange;
    let mut content = empty(Syntax::X12);
    let (verdict, note) = match &examined.refusal {
        Some(refusal) => (Verdict::Rejected, refusal.ta1),
        None => ta1_note(interchange),
    };
    let is_due = match rules.ta1 {
        When::Never => false,
        When::Always => true,
        When::Requested => interchange.ack_requested || verdict == Verdict::Rejected,
    };
    if is_due {
        content
            .acknowledgements
            .push(acknowledge_ta1(interchange, verdict, note));
    }
    if examined.refusal.is_none() && rules.functional != Functional::None {
        for (index, group) in interchange.groups.iter().enumerate() {
            let is_business = |set| !is_acknowledgement(interchange.syntax, set);
            if !group.sets.is_empty() && !group.sets.iter().any(is_business) {
                continue;
            }
            let mut set = acknowledge_997(interchange, index, &examined.faults);
            set.control = format!("{:04}", content.sets.len() + 1);
            if rules.functional == Functional::By999 {
                set = as_999(set);
                content.version = Some("005010X231A1".to_owned());
            }
            content.sets.push(set);
        }
    }
    let kind = match (content.sets.first(), content.acknowledgements.is_empty()) {
        (Some(set), _) if set.kind == "999" => "999",
        (Some(_), _) => "997",
        (None, false) => "TA1",
        (None, true) => return None,
    };
    Some((kind, content))
}

/// The same statements in the segments of a 999.
fn as_999(mut set: OutSet) -> OutSet {
    "999".clone_into(&mut set.kind);
    set.implementation = Some("005010X231A1".to_owned());
    for segment in &mut set.segments {
        let id = match segment.id.as_str() {
            "AK3" => "IK3",
            "AK4" => "IK4",
            "AK5" => "IK5",
            _ => continue,
        };
        id.clone_into(&mut segment.id);
    }
    set
}

fn edifact(desk: &Desk, examined: &Examined) -> Option<(&'static str, Content)> {
    let mut interchange = examined.interchange.clone();
    if let Some(refusal) = &examined.refusal {
        let fault = Fault::new(
            Level::Interchange,
            refusal.contrl,
            refusal.failure.message.clone(),
        );
        interchange.faults.insert(0, fault);
    }
    let mut sets = interchange.groups.iter().flat_map(|group| &group.sets);
    let is_bad = examined.refusal.is_some()
        || !examined.faults.is_empty()
        || sets.any(|set| !set.faults.is_empty());
    let is_due = match desk.partner.profile.acknowledge.contrl {
        When::Never => false,
        When::Always => true,
        When::Requested => interchange.ack_requested || is_bad,
    };
    if !is_due {
        return None;
    }
    let mut content = empty(Syntax::Edifact);
    content
        .messages
        .push(acknowledge_contrl(&interchange, &examined.faults));
    Some(("CONTRL", content))
}
