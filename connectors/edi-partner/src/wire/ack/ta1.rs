//! TA1: whether an interchange's envelope is accepted.

use super::Verdict;
use crate::wire::model::Interchange;
use crate::wire::outgoing::OutSegment;

/// The TA1: `verdict` Accepted (A), AcceptedWithErrors (E) or else R, with note code TA105 (`000` is fine, `025` a
/// duplicate). [`ta1_note`] gives the code for the interchange's own faults.
pub(crate) fn acknowledge_ta1(
    interchange: &Interchange,
    verdict: Verdict,
    note: &str,
) -> OutSegment {
    let verdict = match verdict {
        Verdict::Accepted | Verdict::Received => "A",
        Verdict::AcceptedWithErrors => "E",
        Verdict::Partial | Verdict::Rejected => "R",
    };
    OutSegment::new("TA1")
        .text(format!("{:0>9}", interchange.control))
        .text(&interchange.date)
        .text(&interchange.time)
        .text(verdict)
        .text(note)
}

/// TA1 verdict and note of an interchange by its own faults: `(Accepted, "000")` when there are none.
pub(crate) fn ta1_note(interchange: &Interchange) -> (Verdict, &'static str) {
    match interchange.faults.first() {
        None => (Verdict::Accepted, "000"),
        Some(fault) => (Verdict::Rejected, fault.code),
    }
}
