//! Goods that named a return nobody knows were found to belong to this one: it is found under that name from now on, and
//! its trail says what showed it.

use canonical::{Event, EventData};

use crate::blind::learnt_name;
use crate::step::Found;
use crate::work::Work;

/// Learns the name of a receipt that was matched.
pub(crate) fn learn(work: &mut Work<'_>, event: &Event) {
    let (Found::By(found), EventData::ReceiptRecorded(receipt)) = (work.given.found, &event.data)
    else {
        return;
    };
    work.step.references.extend(learnt_name(&event.subject));
    let note = format!(
        "receipt {} of site {} named {}, which nobody knows: matched by {} {}, as no other open return expects its items",
        receipt.receipt_id,
        receipt.site,
        event.subject,
        found.clue.kind.word(),
        found.clue.value
    );
    if work.step.statuses.is_empty() {
        work.milestone(work.state.code);
    }
    if let Some(status) = work.step.statuses.last_mut() {
        status.notes.push(note);
    }
}
