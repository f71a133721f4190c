//! An interchange, examined: what of it is taken, what is refused, and what its sender is told of it.
//!
//! What the sender is told is about form alone: syntax, tables, what cannot be read. Whether a return is allowed is answered
//! later and elsewhere.

use canonical::Event;
use connector::{Decoded, Failure, FailureKind};

use crate::failures;
use crate::partner::Partner;
use crate::translate::{Told, translate};
use crate::wire::ack::{Verdict, ta1_note};
use crate::wire::limits::Limits;
use crate::wire::model::{Fault, Group, Interchange, Level, Position, Set, Syntax};
use crate::wire::read::read;
use crate::wire::schema;

/// Code of a fault by which the reader says that a limit is passed.
const BEYOND: &str = "024";

/// An interchange, examined.
pub(crate) struct Examined {
    /// As it was read.
    pub(crate) interchange: Interchange,
    /// What becomes of it, in its order.
    pub(crate) parts: Vec<Decoded>,
    /// Faults beyond those of the reading: of the tables, and of what could not be translated.
    pub(crate) faults: Vec<Fault>,
    /// Why nothing of it is taken.
    pub(crate) refusal: Option<Refusal>,
}

/// Why nothing of an interchange is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The failure.
    pub(crate) failure: Failure,
    /// TA105 that says so.
    pub(crate) ta1: &'static str,
    /// Code 0085 that says so.
    pub(crate) contrl: &'static str,
    /// False if it is not the partner's: somebody else is told nothing.
    pub(crate) is_told: bool,
}

/// Reads and examines an interchange. An error: nothing can be made of these bytes.
pub(crate) fn examine(
    partner: &Partner,
    connector: &str,
    bytes: &[u8],
) -> Result<Examined, Failure> {
    let limits = Limits {
        max_bytes: partner.max_bytes,
        ..Limits::default()
    };
    let interchange = read(bytes, &limits).map_err(|fault| unreadable(&fault))?;
    let mut examined = Examined {
        refusal: refusal(partner, &interchange),
        interchange,
        parts: Vec::new(),
        faults: Vec::new(),
    };
    if let Some(refusal) = &examined.refusal {
        examined.parts.push(Err(refusal.failure.clone()));
        return Ok(examined);
    }
    for group in &examined.interchange.groups {
        let (parts, faults) = of_group(partner, connector, &examined.interchange, group);
        examined.parts.extend(parts);
        examined.faults.extend(faults);
    }
    Ok(examined)
}

/// True for a set that acknowledges something of ours.
pub(crate) fn is_acknowledgement(syntax: Syntax, set: &Set) -> bool {
    match syntax {
        Syntax::X12 => matches!(set.kind.as_str(), "997" | "999"),
        Syntax::Edifact => set.kind == "CONTRL",
    }
}

/// True if the interchange holds something else than acknowledgements.
pub(crate) fn has_business(interchange: &Interchange) -> bool {
    let mut sets = interchange.groups.iter().flat_map(|group| &group.sets);
    sets.any(|set| !is_acknowledgement(interchange.syntax, set))
}

fn of_group(
    partner: &Partner,
    connector: &str,
    interchange: &Interchange,
    group: &Group,
) -> (Vec<Decoded>, Vec<Fault>) {
    let (mut parts, mut faults) = (Vec::new(), Vec::new());
    if let Some(fault) = group.faults.first() {
        let what = format!(
            "group {}: {}{}",
            group.control,
            fault.text,
            more(&group.faults)
        );
        let failure = Failure::malformed(failures::BAD_ENVELOPE, what);
        return (vec![Err(failure.at(place(fault)))], faults);
    }
    for set in &group.sets {
        let mut found = set.faults.clone();
        if found.is_empty() {
            found = schema::validate(set);
            faults.extend(found.iter().cloned());
        }
        if let Some(fault) = found.first() {
            let what = format!(
                "set {} {}: {}{}",
                set.kind,
                set.control,
                fault.text,
                more(&found)
            );
            let failure = Failure::malformed(failures::BAD_SET, what);
            parts.push(Err(failure.at(place(fault))));
            continue;
        }
        let told = Told {
            partner,
            connector,
            interchange,
            set,
        };
        match translate(&told) {
            Ok(events) => parts.extend(events.into_iter().map(Ok::<Event, Failure>)),
            Err(failure) => {
                faults.extend(told_of(partner, interchange.syntax, set, &failure));
                parts.push(Err(failure));
            }
        }
    }
    (parts, faults)
}

/// The fault by which the sender is told that a set was refused, if it is one of form.
fn told_of(partner: &Partner, syntax: Syntax, set: &Set, failure: &Failure) -> Option<Fault> {
    let unknown = failure.code == failures::UNKNOWN_SET;
    let is_told = match failure.kind {
        FailureKind::Malformed => true,
        _ => unknown && partner.profile.acknowledge.refuse_unknown_sets,
    };
    if !is_told {
        return None;
    }
    let code = match (syntax, unknown) {
        (Syntax::X12, true) => "1",
        (Syntax::X12, false) => "5",
        (Syntax::Edifact, true) => "15",
        (Syntax::Edifact, false) => "12",
    };
    Some(Fault {
        at: set.at,
        ..Fault::new(Level::Set, code, failure.message.clone())
    })
}

/// Why nothing of this interchange is taken, if so.
pub(crate) fn refusal(partner: &Partner, interchange: &Interchange) -> Option<Refusal> {
    let (opener, sender, receiver, usage) = match interchange.syntax {
        Syntax::X12 => ("ISA", 6, 8, 15),
        Syntax::Edifact => ("UNB", 2, 3, 11),
    };
    let at = |element: usize| format!("segment 1 ({opener}), element {element}");
    let differs = |wanted: &crate::config::Identity, found: &crate::wire::model::Party| {
        wanted.id.trim() != found.id || wanted.qualifier.trim() != found.qualifier
    };
    if let Some(theirs) = &partner.theirs
        && differs(theirs, &interchange.sender)
    {
        let what = format!(
            "the sender is {}, not the partner of this block",
            shown(&interchange.sender)
        );
        return Some(Refusal {
            failure: Failure::rejected(failures::WRONG_PARTNER, what).at(at(sender)),
            ta1: "006",
            contrl: "23",
            is_told: false,
        });
    }
    if let Some(ours) = &partner.ours
        && differs(ours, &interchange.receiver)
    {
        let what = format!("the receiver is {}, not us", shown(&interchange.receiver));
        return Some(Refusal {
            failure: Failure::rejected(failures::WRONG_PARTNER, what).at(at(receiver)),
            ta1: "008",
            contrl: "7",
            is_told: true,
        });
    }
    let (verdict, note) = ta1_note(interchange);
    let is_bad = match interchange.syntax {
        Syntax::X12 => verdict == Verdict::Rejected,
        Syntax::Edifact => !interchange.faults.is_empty(),
    };
    if let Some(fault) = interchange.faults.first().filter(|_| is_bad) {
        let what = format!("{}{}", fault.text, more(&interchange.faults));
        return Some(Refusal {
            failure: Failure::malformed(failures::BAD_ENVELOPE, what).at(place(fault)),
            ta1: note,
            contrl: fault.code,
            is_told: true,
        });
    }
    if interchange.is_test != partner.test {
        let what = if interchange.is_test {
            "this is a test interchange, and the block is live"
        } else {
            "this is a live interchange, and the block is a test"
        };
        return Some(Refusal {
            failure: Failure::rejected(failures::TEST_INTERCHANGE, what).at(at(usage)),
            ta1: "020",
            contrl: "25",
            is_told: true,
        });
    }
    None
}

fn shown(party: &crate::wire::model::Party) -> String {
    format!("{:?} (qualifier {:?})", party.id, party.qualifier)
}

/// What is said of a stretch of bytes that is no interchange.
pub(crate) fn unreadable(fault: &Fault) -> Failure {
    let code = match fault.code {
        BEYOND => failures::TOO_LARGE,
        _ => failures::UNREADABLE,
    };
    Failure::malformed(code, fault.text.clone()).at(place(fault))
}

/// Place of a fault: "segment 17 (BLI), element 3".
pub(crate) fn place(fault: &Fault) -> String {
    if fault.at == Position::default() || (fault.segment.is_empty() && fault.at.segment <= 1) {
        return format!("byte {}", fault.at.byte);
    }
    let segment = match fault.segment.as_str() {
        "" => String::new(),
        name => format!(" ({name})"),
    };
    let part = |name: &str, number: usize| match number {
        0 => String::new(),
        number => format!(", {name} {number}"),
    };
    let (element, component) = (
        part("element", fault.element),
        part("component", fault.component),
    );
    format!("segment {}{segment}{element}{component}", fault.at.segment)
}

fn more(faults: &[Fault]) -> String {
    match faults.len() {
        0 | 1 => String::new(),
        n => format!(" (and {} more)", n - 1),
    }
}
