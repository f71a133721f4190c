//! Bytes ↔ canonical: interchanges of both syntaxes.

use std::sync::Arc;

use canonical::Command;
use connector::{Codec, Decoded, Failure, Inbound};

use crate::envelope::{self, Content};
use crate::examine::{examine, unreadable};
use crate::failures;
use crate::partner::Partner;
use crate::translate::out::{document, issued};
use crate::wire::model::Syntax;
use crate::wire::outgoing::{OutMessage, OutSet};
use crate::wire::split::split;

/// Header of an inbound by which the source tells what is wrong with the acknowledgements in it.
pub(crate) const ACK_CODE: &str = "edi-ack-code";
/// Header with the sentence to that.
pub(crate) const ACK_TEXT: &str = "edi-ack-text";

/// The codec of a block.
#[derive(Debug)]
pub(crate) struct EdiCodec {
    pub(crate) partner: Arc<Partner>,
    /// How EDIFACT is read, where no profile is named and nothing is exchanged: whoever looks at a file sees what it says.
    pub(crate) edifact: Option<Arc<Partner>>,
}

impl EdiCodec {
    /// How these bytes are read.
    fn reader(&self, bytes: &[u8]) -> &Partner {
        match &self.edifact {
            Some(edifact) if bytes.trim_ascii_start().starts_with(b"UN") => edifact,
            _ => &self.partner,
        }
    }
}

impl Codec for EdiCodec {
    fn decode(&self, raw: &Inbound) -> Result<Vec<Decoded>, Failure> {
        let connector = raw.origin.connector.as_str();
        if raw.raw.len() > self.partner.max_bytes {
            let (found, most) = (raw.raw.len(), self.partner.max_bytes);
            let what = format!("{found} bytes are more than the {most} that are taken");
            return Err(Failure::malformed(failures::TOO_LARGE, what).at(format!("byte {most}")));
        }
        let pieces = split(&raw.raw).map_err(|fault| unreadable(&fault))?;
        let mut parts: Vec<Decoded> = Vec::new();
        let mut read = 0;
        for piece in &pieces {
            let bytes = raw.raw.get(piece.start..piece.end).unwrap_or_default();
            match examine(self.reader(bytes), connector, bytes) {
                Ok(examined) => {
                    read += 1;
                    parts.extend(examined.parts);
                }
                Err(failure) => parts.push(Err(placed(failure, piece.start))),
            }
        }
        if let Some(failure) = about_acks(raw) {
            parts.push(Err(failure));
        }
        match (read, parts.pop()) {
            // One stretch, and nothing can be made of it.
            (0, Some(Err(failure))) if parts.is_empty() => Err(failure),
            (_, last) => {
                parts.extend(last);
                Ok(parts)
            }
        }
    }

    fn encode(&self, command: &Command) -> Result<Vec<u8>, Failure> {
        let partner = &self.partner;
        let document = document(partner, command)?;
        let syntax = envelope::syntax(partner);
        let mut content = Content {
            syntax,
            functional_id: document.functional_id.to_owned(),
            acknowledgements: Vec::new(),
            sets: Vec::new(),
            messages: Vec::new(),
            version: None,
            ack_requested: syntax == Syntax::Edifact && partner.profile.ack_expected.is_some(),
        };
        match syntax {
            Syntax::X12 => content.sets.push(OutSet {
                kind: document.kind.to_owned(),
                control: envelope::SET.to_owned(),
                implementation: None,
                segments: document.segments,
            }),
            Syntax::Edifact => content.messages.push(OutMessage {
                kind: document.kind.to_owned(),
                version: document
                    .version
                    .unwrap_or_else(|| partner.profile.version.clone()),
                control: envelope::SET.to_owned(),
                segments: document.segments,
            }),
        }
        envelope::write(partner, &issued(partner, command), &content)
    }
}

/// The place, told from the beginning of the file.
fn placed(failure: Failure, start: usize) -> Failure {
    match failure
        .place
        .strip_prefix("byte ")
        .and_then(|at| at.parse::<usize>().ok())
    {
        Some(at) => {
            let place = format!("byte {}", at.saturating_add(start));
            failure.at(place)
        }
        None => failure,
    }
}

/// What the source found about the acknowledgements in this interchange.
fn about_acks(raw: &Inbound) -> Option<Failure> {
    let code = raw.origin.headers.get(ACK_CODE)?;
    let text = raw
        .origin
        .headers
        .get(ACK_TEXT)
        .cloned()
        .unwrap_or_default();
    let code = if code == failures::ACK_LATE {
        failures::ACK_LATE
    } else {
        failures::ACK_UNSOLICITED
    };
    Some(Failure::rejected(code, text).at("acknowledgement"))
}
