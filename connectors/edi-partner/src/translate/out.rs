//! Commands → documents of the partner.

use canonical::{Command, CommandData, Qty};
use connector::Failure;
use jiff::Zoned;

use super::{invoic_out, retins_out, x12_180_out, x12_812_out};
use crate::failures;
use crate::partner::Partner;
use crate::profile::{Closing, Opening, Writes};
use crate::wire::outgoing::OutSegment;

/// A document, without its envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// `180`, `812`, `RETINS`, `INVOIC`.
    pub(crate) kind: &'static str,
    /// GS01, or empty.
    pub(crate) functional_id: &'static str,
    /// S009 behind the type, if it is another than the profile's.
    pub(crate) version: Option<String>,
    /// Its segments.
    pub(crate) segments: Vec<OutSegment>,
}

/// The document for a command. Refused when this partner has no words for it.
pub(crate) fn document(partner: &Partner, command: &Command) -> Result<Document, Failure> {
    let profile = &partner.profile;
    let of_180 = |segments| Document {
        kind: "180",
        functional_id: "AN",
        version: None,
        segments,
    };
    match (&command.data, profile.syntax) {
        (CommandData::AnswerRequest(answer), Writes::X12) if profile.opening != Opening::None => {
            Ok(of_180(x12_180_out::answer(partner, command, answer)?))
        }
        (CommandData::AnswerRequest(answer), Writes::Edifact)
            if profile.opening != Opening::None =>
        {
            Ok(Document {
                kind: "RETINS",
                functional_id: "",
                version: None,
                segments: retins_out::answer(partner, command, answer)?,
            })
        }
        (CommandData::AnnounceReturn(notice), Writes::X12) => {
            Ok(of_180(x12_180_out::announcement(partner, command, notice)?))
        }
        (CommandData::CancelAnnouncement(cancel), Writes::X12) => {
            Ok(of_180(x12_180_out::cancellation(partner, command, cancel)))
        }
        (CommandData::AdviseCredit(advice), Writes::X12) if profile.closing == Closing::By812 => {
            Ok(Document {
                kind: "812",
                functional_id: "CD",
                version: None,
                segments: x12_812_out::advice(partner, command, advice)?,
            })
        }
        (CommandData::AdviseCredit(advice), Writes::Edifact)
            if profile.closing == Closing::Invoic =>
        {
            Ok(Document {
                kind: "INVOIC",
                functional_id: "",
                version: Some(profile.advice.version.clone()),
                segments: invoic_out::credit_note(partner, command, advice)?,
            })
        }
        _ => {
            let what = format!(
                "the profile {} has no document for a command of the kind {}",
                profile.name, command.kind
            );
            Err(Failure::rejected(failures::NO_WORDS, what))
        }
    }
}

/// When the command was issued, in the partner's zone: the date of its documents.
pub(crate) fn issued(partner: &Partner, command: &Command) -> Zoned {
    command.issued_at.to_zoned(partner.zone.clone())
}

/// A segment of a reference, unless the profile leaves it out.
pub(super) fn reference(qualifier: &str, value: &str) -> Option<OutSegment> {
    if qualifier.is_empty() || value.is_empty() {
        return None;
    }
    Some(OutSegment::new("N9").text(qualifier).text(value))
}

/// A quantity as X12 writes it.
pub(super) fn quantity(qty: Qty) -> String {
    qty.to_string()
}
