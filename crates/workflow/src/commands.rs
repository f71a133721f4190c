//! What somebody asks to be done to a return is done once, however late the same request comes again: what it asked for may
//! have been overtaken since.

use canonical::EventData;
use canonical::key::short_hash;
use serde::Serialize;

use crate::state::ReturnState;

/// Name of a request by its id and content; none for anything else that happens.
pub(crate) fn name(data: &EventData) -> Option<String> {
    match data {
        EventData::CancelRequested(asked) => named("cancel", &asked.request_id, asked),
        EventData::AmendRequested(asked) => named("amend", &asked.request_id, asked),
        EventData::GoodsIdentified(asked) => named("identify", &asked.request_id, asked),
        EventData::CreditReversalRequested(asked) => {
            named("credit-reversal", &asked.request_id, asked)
        }
        _ => None,
    }
}

fn named(kind: &str, id: &str, asked: &impl Serialize) -> Option<String> {
    let content = serde_json::to_string(asked).ok()?;
    Some(format!("{kind}/{id}/{}", short_hash(&[&content], 16)))
}

/// True if it was done already.
pub(crate) fn is_done(state: &ReturnState, name: &str) -> bool {
    state.done.iter().any(|done| done == name)
}
