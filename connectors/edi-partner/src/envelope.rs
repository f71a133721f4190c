//! Envelopes of what is written: who to whom, with which separators, and control numbers that are noughts until the
//! document is sent.

use connector::Failure;
use jiff::Zoned;

use crate::config::Identity;
use crate::failures;
use crate::partner::Partner;
use crate::profile::Writes;
use crate::wire::model::{Party, Separators, Syntax};
use crate::wire::outgoing::{Envelope, OutGroup, OutMessage, OutSegment, OutSet};
use crate::wire::write::{WriteError, interchange_edifact, interchange_x12_with};

/// Control number of a set: there is one in an interchange.
pub(crate) const SET: &str = "0001";

/// What is written into an interchange.
pub(crate) struct Content {
    /// Syntax.
    pub(crate) syntax: Syntax,
    /// GS01.
    pub(crate) functional_id: String,
    /// TA1s in front of the groups.
    pub(crate) acknowledgements: Vec<OutSegment>,
    /// Sets.
    pub(crate) sets: Vec<OutSet>,
    /// Messages.
    pub(crate) messages: Vec<OutMessage>,
    /// GS08, if it is another than the profile's.
    pub(crate) version: Option<String>,
    /// True if an acknowledgement is asked for.
    pub(crate) ack_requested: bool,
}

/// The interchange, with noughts for its control numbers.
pub(crate) fn write(partner: &Partner, at: &Zoned, content: &Content) -> Result<Vec<u8>, Failure> {
    let envelope = envelope(partner, at, content);
    let written = match content.syntax {
        Syntax::X12 => {
            let group = group(partner, at, content);
            let groups = if content.sets.is_empty() {
                Vec::new()
            } else {
                vec![group]
            };
            interchange_x12_with(&envelope, &content.acknowledgements, &groups)
        }
        Syntax::Edifact => interchange_edifact(&envelope, &content.messages),
    };
    written.map_err(|error: WriteError| {
        let place = match error.element {
            0 => error.segment.clone(),
            element => format!("{}, element {element}", error.segment),
        };
        Failure::rejected(failures::NOT_WRITABLE, error.what).at(place)
    })
}

/// The syntax that the profile writes.
pub(crate) fn syntax(partner: &Partner) -> Syntax {
    match partner.profile.syntax {
        Writes::X12 => Syntax::X12,
        Writes::Edifact => Syntax::Edifact,
    }
}

fn group(partner: &Partner, at: &Zoned, content: &Content) -> OutGroup {
    let profile = &partner.profile;
    let version = match profile.syntax {
        Writes::X12 => profile.version.as_str(),
        Writes::Edifact => "004010",
    };
    OutGroup {
        functional_id: content.functional_id.clone(),
        sender: group_id(partner.ours.as_ref(), "SENDER"),
        receiver: group_id(partner.theirs.as_ref(), "RECEIVER"),
        date: at.strftime("%Y%m%d").to_string(),
        time: at.strftime("%H%M").to_string(),
        control: "0".to_owned(),
        version: content
            .version
            .clone()
            .unwrap_or_else(|| version.to_owned()),
        sets: content.sets.clone(),
    }
}

fn envelope(partner: &Partner, at: &Zoned, content: &Content) -> Envelope {
    let profile = &partner.profile;
    let own = syntax(partner) == content.syntax;
    let version = match (own, content.syntax) {
        (true, _) => profile.interchange_version.clone(),
        // An acknowledgement of what came in the other syntax.
        (false, Syntax::X12) => "00401".to_owned(),
        (false, Syntax::Edifact) => "UNOC:3".to_owned(),
    };
    let date = if content.syntax == Syntax::Edifact && version.ends_with(":4") {
        "%Y%m%d"
    } else {
        "%y%m%d"
    };
    Envelope {
        separators: separators(partner, content.syntax, own, &version),
        sender: party(partner.ours.as_ref(), "SENDER"),
        receiver: party(partner.theirs.as_ref(), "RECEIVER"),
        control: "0".to_owned(),
        date: at.strftime(date).to_string(),
        time: at.strftime("%H%M").to_string(),
        version,
        ack_requested: content.ack_requested,
        is_test: partner.test,
        application: String::new(),
        una: content.syntax == Syntax::Edifact && (!own || needs_una(partner)),
        line_breaks: profile.separators.line_breaks,
    }
}

/// Separators that are not the usual ones must be told.
fn needs_una(partner: &Partner) -> bool {
    let given = &partner.profile.separators;
    let own = [
        given.element,
        given.component,
        given.terminator,
        given.decimal,
    ];
    given.una || own.iter().any(Option::is_some)
}

fn separators(partner: &Partner, syntax: Syntax, own: bool, version: &str) -> Separators {
    let given = &partner.profile.separators;
    let byte = |given: Option<char>, usual: u8| {
        let given = given.filter(|_| own);
        given
            .and_then(|mark| u8::try_from(mark).ok())
            .unwrap_or(usual)
    };
    match syntax {
        Syntax::X12 => Separators {
            element: byte(given.element, b'*'),
            component: byte(given.component, b'>'),
            repetition: (version >= "00402").then(|| byte(given.repetition, b'^')),
            release: None,
            terminator: byte(given.terminator, b'~'),
            decimal: b'.',
        },
        Syntax::Edifact => Separators {
            element: byte(given.element, b'+'),
            component: byte(given.component, b':'),
            repetition: version
                .ends_with(":4")
                .then(|| byte(given.repetition, b'*')),
            release: Some(b'?'),
            terminator: byte(given.terminator, b'\''),
            decimal: byte(given.decimal, b'.'),
        },
    }
}

/// An address; without one (a block that only translates) a word that cannot be mistaken for one.
fn party(identity: Option<&Identity>, absent: &str) -> Party {
    match identity {
        Some(identity) => Party {
            qualifier: identity.qualifier.trim().to_owned(),
            id: identity.id.trim().to_owned(),
        },
        None => Party {
            qualifier: "ZZ".to_owned(),
            id: absent.to_owned(),
        },
    }
}

fn group_id(identity: Option<&Identity>, absent: &str) -> String {
    match identity {
        Some(identity) => identity
            .group
            .clone()
            .unwrap_or_else(|| identity.id.trim().to_owned()),
        None => absent.to_owned(),
    }
}
