//! Tokens and envelope checks without the owned model: what a file costs before anything is made of it.

use super::limits::Limits;
use super::model::{Fault, Interchange};
use super::read;

/// What an interchange holds, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Groups; for EDIFACT messages outside of groups, one.
    pub(crate) groups: usize,
    /// Sets or messages.
    pub(crate) sets: usize,
    /// Sets without a fault in an envelope without a fault.
    pub(crate) clean_sets: usize,
    /// Faults at all levels.
    pub(crate) faults: usize,
}

/// Counts, measures and checks one interchange by the very rules of `read`, but keeps no segment.
pub(crate) fn check_envelopes(bytes: &[u8], limits: &Limits) -> Result<Summary, Fault> {
    read::read_as(bytes, limits, false).map(|interchange| summary(&interchange))
}

/// The numbers of an interchange that was read.
pub(crate) fn summary(interchange: &Interchange) -> Summary {
    let mut summary = Summary {
        groups: interchange.groups.len(),
        faults: interchange.faults.len(),
        ..Summary::default()
    };
    for group in &interchange.groups {
        summary.faults += group.faults.len();
        for set in &group.sets {
            let is_clean = interchange.faults.is_empty() && group.faults.is_empty();
            summary.sets += 1;
            summary.faults += set.faults.len();
            summary.clean_sets += usize::from(is_clean && set.faults.is_empty());
        }
    }
    summary
}
