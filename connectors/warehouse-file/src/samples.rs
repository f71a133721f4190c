//! Samples of a block: what a file of the warehouse must become.

use connector::{Codec, Problem, Settings, samples};

use crate::config::Sample;

/// Runs a sample under the name of its file. What is wrong with it, if anything.
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
    let name = sample
        .file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let outcome = match sample.run(settings, codec, &name) {
        Ok(outcome) => outcome,
        Err(problem) => return Some(problem),
    };
    let at = outcome.difference()?;
    Some(sample.differs(settings, &format!(", at {at}"), "layout"))
}
