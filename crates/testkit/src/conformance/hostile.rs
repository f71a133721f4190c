//! Input that is wrong on purpose.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use connector::{Codec, Decoded, Failure, FailureKind, Inbound};

use super::decoding::codec;
use super::{Held, Trial};

/// Positions at which a message is cut and changed.
const CUTS: usize = 300;

pub(super) fn hostile_input_is_malformed(trial: &Trial<'_>) -> Held {
    let codec = codec(trial)?;
    for sample in samples(trial)? {
        for (name, bytes) in [
            ("nothing", Vec::new()),
            (
                "bytes that are no text",
                vec![0xFF, 0xFE, 0x00, 0xC3, 0x28, 0x80],
            ),
            ("a hundred thousand brackets", b"[".repeat(100_000)),
            ("a hundred thousand objects", b"{\"a\":".repeat(100_000)),
            ("two million noughts", vec![0; 2_000_000]),
            ("two million blanks", vec![b' '; 2_000_000]),
        ] {
            let outcome = decode(&*codec, &sample, bytes, name)?;
            let failures: Vec<&Failure> = match &outcome {
                Err(failure) => vec![failure],
                Ok(parts) if parts.iter().any(Result::is_ok) => {
                    return Err(format!("{name} decodes to an event"));
                }
                Ok(parts) => parts
                    .iter()
                    .filter_map(|part| part.as_ref().err())
                    .collect(),
            };
            if failures.is_empty() {
                return Err(format!("{name} is taken as a message that says nothing"));
            }
            for failure in failures {
                trial.note(failure);
                if failure.kind != FailureKind::Malformed || failure.place.is_empty() {
                    let kind = failure.kind.name();
                    return Err(format!(
                        "{name} is {kind} without a place, or not malformed: {failure}"
                    ));
                }
            }
        }
    }
    Ok(())
}

pub(super) fn damaged_input_never_panics(trial: &Trial<'_>) -> Held {
    let codec = codec(trial)?;
    for sample in samples(trial)? {
        let whole = sample.raw.to_vec();
        let step = (whole.len() / CUTS).max(1);
        for at in (0..whole.len()).step_by(step) {
            let cut: Vec<u8> = whole.iter().take(at).copied().collect();
            judge(
                trial,
                decode(&*codec, &sample, cut, &format!("the first {at} bytes"))?,
            )?;
            for flip in [0x01, 0x20, 0x80, 0xFF] {
                let mut changed = whole.clone();
                if let Some(byte) = changed.get_mut(at) {
                    *byte ^= flip;
                }
                let name = format!("byte {at} changed by {flip:#x}");
                judge(trial, decode(&*codec, &sample, changed, &name)?)?;
            }
        }
    }
    Ok(())
}

fn samples(trial: &Trial<'_>) -> Result<Vec<Inbound>, String> {
    let samples = trial.harness.inbound();
    if samples.is_empty() {
        return Err("the harness gives no message: waive this if nothing comes in".into());
    }
    Ok(samples)
}

fn decode(
    codec: &dyn Codec,
    sample: &Inbound,
    bytes: Vec<u8>,
    name: &str,
) -> Result<Result<Vec<Decoded>, Failure>, String> {
    let message = Inbound {
        raw: Bytes::from(bytes),
        ..sample.clone()
    };
    catch_unwind(AssertUnwindSafe(|| codec.decode(&message))).map_err(|_| format!("{name} panics"))
}

/// What cannot be read is malformed or rejected: nothing else can be known of mere bytes.
fn judge(trial: &Trial<'_>, outcome: Result<Vec<Decoded>, Failure>) -> Held {
    let failures = match outcome {
        Err(failure) => vec![failure],
        Ok(parts) => parts.into_iter().filter_map(Result::err).collect(),
    };
    for failure in failures {
        trial.note(&failure);
        let is_located = !failure.place.is_empty();
        match failure.kind {
            FailureKind::Malformed if is_located => {}
            FailureKind::Rejected => {}
            FailureKind::Malformed
            | FailureKind::Unavailable
            | FailureKind::Throttled { .. }
            | FailureKind::InDoubt
            | FailureKind::Unacknowledged
            | FailureKind::Misconfigured => {
                let kind = failure.kind.name();
                return Err(format!(
                    "damaged input gives {kind}, place {:?}: {failure}",
                    failure.place
                ));
            }
        }
    }
    Ok(())
}
