//! Goods that named a return nobody knows were found to belong to this one: it is found under that name from now on, and
//! its trail says what showed it.

use canonical::{Event, EventData};

use crate::blind::learnt_name;
use crate::cascade::arrival;
use crate::step::Found;
use crate::work::Work;

/// Learns the name of a receipt or snapshot that was matched.
pub(crate) fn learn(work: &mut Work<'_>, event: &Event) {
    let (Found::By(found), Some(came)) = (work.given.found, arrival(event)) else {
        return;
    };
    work.step.references.extend(learnt_name(&event.subject));
    let what = match event.data {
        EventData::SnapshotReported(_) => "a snapshot".to_owned(),
        _ => format!("receipt {}", came.receipt_id),
    };
    let note = format!(
        "{what} of site {} named {}, which nobody knows: matched by {} {}, as no other open return expects its items",
        came.site,
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
