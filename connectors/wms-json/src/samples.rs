//! Samples of a block: what a message of the partner must become.

use connector::{Codec, Problem, Settings, samples};

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
    let at = outcome.difference()?;
    Some(sample.differs(settings, &format!(", at {at}"), "mapping"))
}
