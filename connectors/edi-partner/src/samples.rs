//! Samples of a block: what a message of the partner must become.

use connector::{Codec, Problem, Settings, samples};
use serde_json::Value;

use crate::config::Sample;

/// Runs a sample. What is wrong with it, if anything.
pub(crate) fn check(
    settings: &Settings,
    codec: &dyn Codec,
    number: usize,
    sample: &Sample,
) -> Option<Problem> {
    let sample = samples::Sample {
        number,
        file: &sample.file,
        expect: &sample.expect,
    };
    let outcome = match sample.run(settings, codec, "") {
        Ok(outcome) => outcome,
        Err(problem) => return Some(problem),
    };
    let found = outcome.found;
    if found == outcome.expected {
        return None;
    }
    // An interchange of which nothing can be read is one part.
    let parts = |value: &Value| value.as_array().map_or(1, Vec::len);
    let how = format!(
        " ({} and {} parts)",
        parts(&found),
        parts(&outcome.expected)
    );
    Some(sample.differs(settings, &how, "profile"))
}
