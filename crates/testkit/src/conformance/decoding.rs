//! Bytes to events.

use std::sync::Arc;

use connector::Codec;

use super::{Held, Trial};

/// The codec of the sample block.
pub(super) fn codec(trial: &Trial<'_>) -> Result<Arc<dyn Codec>, String> {
    (trial.connector.codec)(&trial.harness.settings())
        .map_err(|problem| format!("no codec: {}: {}", problem.place, problem.what))
}

pub(super) fn decodes_the_same_twice(trial: &Trial<'_>) -> Held {
    let messages = trial.harness.inbound();
    if messages.is_empty() {
        return Err("the harness gives no message: waive this if nothing comes in".into());
    }
    for message in messages {
        let reference = message.origin.reference.clone();
        let decode = || {
            codec(trial)?.decode(&message).map_err(|failure| {
                trial.note(&failure);
                format!("{reference} is not decoded: {failure}")
            })
        };
        let (first, second) = (decode()?, decode()?);
        if first.is_empty() {
            return Err(format!("{reference} decodes to nothing"));
        }
        if let Some(failure) = first.iter().find_map(|part| part.as_ref().err()) {
            trial.note(failure);
            return Err(format!("a part of {reference} is not decoded: {failure}"));
        }
        if first != second {
            return Err(format!(
                "{reference} decodes to something else the second time"
            ));
        }
        let mut keys: Vec<_> = first.iter().flatten().map(|event| &event.key).collect();
        keys.sort();
        keys.dedup();
        if keys.len() != first.len() {
            return Err(format!("two events of {reference} have the same key"));
        }
    }
    Ok(())
}

pub(super) fn neighbours_are_unharmed(trial: &Trial<'_>) -> Held {
    let Some(sample) = trial.harness.neighbours() else {
        return Err(
            "the harness gives no message of several parts: waive this if there is none".into(),
        );
    };
    let parts = codec(trial)?.decode(&sample.message).map_err(|failure| {
        trial.note(&failure);
        format!("one bad part keeps all others out: {failure}")
    })?;
    for failure in parts.iter().filter_map(|part| part.as_ref().err()) {
        trial.note(failure);
        if failure.place.is_empty() {
            return Err(format!("the bad part is not located: {failure}"));
        }
    }
    let good = parts.iter().filter(|part| part.is_ok()).count();
    let bad = parts.len() - good;
    if (good, bad) != (sample.good, sample.bad) {
        let (expected_good, expected_bad) = (sample.good, sample.bad);
        return Err(format!(
            "{good} good and {bad} bad parts instead of {expected_good} and {expected_bad}"
        ));
    }
    Ok(())
}
