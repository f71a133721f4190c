//! Acknowledgements: made of what was read, and read from what came back.

mod contrl;
mod functional;
mod read_contrl;
mod read_x12;
mod refused;
mod ta1;
mod words;

use super::model::{Interchange, Position, Syntax};

#[allow(unused_imports, reason = "not each partner needs each kind")]
pub(crate) use contrl::acknowledge_contrl;
#[allow(unused_imports, reason = "not each partner needs each kind")]
pub(crate) use functional::{acknowledge_997, acknowledge_997_noting};
#[allow(unused_imports, reason = "not each partner needs each kind")]
pub(crate) use ta1::{acknowledge_ta1, ta1_note};

/// What an acknowledgement says of a thing, from the mildest to the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verdict {
    /// It came; nothing is said of its content (CONTRL action 8).
    Received,
    /// Its syntax is accepted.
    Accepted,
    /// Accepted, with errors noted.
    AcceptedWithErrors,
    /// Some sets of the group are accepted, others not.
    Partial,
    /// Refused.
    Rejected,
}

/// Which kind of acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AckKind {
    /// X12 997.
    Functional997,
    /// X12 999.
    Implementation999,
    /// X12 TA1.
    Interchange,
    /// EDIFACT CONTRL.
    Contrl,
}

/// What an acknowledgement says about one thing of ours: an interchange (`group` and `set` empty), a group (`set` empty)
/// or a set. The stricter of the set's and the group's verdict is already taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AckOf {
    /// Kind.
    pub(crate) kind: AckKind,
    /// ISA13 or UNB 0020, if it names one. A 997 names none.
    pub(crate) interchange: Option<String>,
    /// GS06 or UNG 0048.
    pub(crate) group: Option<String>,
    /// ST02 or UNH 0062.
    pub(crate) set: Option<String>,
    /// GS01 of the group (AK101), or empty.
    pub(crate) functional_id: String,
    /// ST01 or the message type, or empty.
    pub(crate) set_kind: String,
    /// What it says.
    pub(crate) verdict: Verdict,
    /// Its codes as they stand: 715/717/718/720/723, TA105, 0085.
    pub(crate) codes: Vec<String>,
    /// A sentence for people.
    pub(crate) text: String,
    /// Where it stands in the interchange that was read.
    pub(crate) at: Position,
}

/// What the TA1, 997, 999 and CONTRL of an interchange say, the wider before the narrower.
pub(crate) fn read_acks(interchange: &Interchange) -> Vec<AckOf> {
    match interchange.syntax {
        Syntax::X12 => read_x12::read(interchange),
        Syntax::Edifact => read_contrl::read(interchange),
    }
}

/// What is said about a set of ours: by its own statement, else by its group's, else by its interchange's. `group` is
/// GS06 (EDIFACT: ""), `set` ST02 or UNH 0062. A set that is not named in a group that is accepted, also in part, is
/// accepted: look at `verdict` through [`AckOf::verdict_of_unnamed`] when the statement is a wider one.
pub(crate) fn verdict_of<'a>(
    acks: &'a [AckOf],
    interchange: &str,
    group: &str,
    set: &str,
) -> Option<&'a AckOf> {
    let names_interchange = |ack: &AckOf| match &ack.interchange {
        Some(named) => same_number(named, interchange),
        None => true,
    };
    let names_group = |ack: &AckOf| match &ack.group {
        Some(named) => same_number(named, group),
        None => true,
    };
    let names_set = |ack: &AckOf| match &ack.set {
        Some(named) => same_number(named, set),
        None => true,
    };
    let breadth = |ack: &AckOf| u8::from(ack.group.is_some()) + 2 * u8::from(ack.set.is_some());
    acks.iter()
        .filter(|ack| names_interchange(ack) && names_group(ack) && names_set(ack))
        .max_by_key(|ack| (breadth(ack), ack.verdict))
}

impl AckOf {
    /// What the statement means for a set, which it may not name itself: `Partial` says that only the named ones are
    /// refused. None: a TA1 that accepts says nothing of the sets.
    pub(crate) fn verdict_of_unnamed(&self) -> Option<Verdict> {
        match (self.kind, self.verdict) {
            (AckKind::Interchange, Verdict::Rejected) => Some(Verdict::Rejected),
            (AckKind::Interchange, _) => None,
            (_, Verdict::Received) => None,
            (_, Verdict::Partial) => Some(Verdict::Accepted),
            (_, verdict) => Some(verdict),
        }
    }
}

/// Control numbers compare without leading zeros.
fn same_number(one: &str, other: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(one) && digits(other) {
        return one.trim_start_matches('0') == other.trim_start_matches('0');
    }
    one == other
}

#[cfg(test)]
mod tests;
