//! The faults of each set of a group: its own and those that were found later, by their position.

use crate::wire::model::{Fault, Group, Level, Position, Set};

/// A segment that is refused: its name, its place, and the codes at it.
#[derive(Debug)]
pub(super) struct BadSegment<'a> {
    pub(super) id: &'a str,
    pub(super) at: Position,
    /// Faults of the segment itself.
    pub(super) own: Vec<&'a Fault>,
    /// Faults of its elements.
    pub(super) elements: Vec<&'a Fault>,
}

/// The faults of each set of a group: its own, then those of `extra` that stand in it.
pub(super) fn by_set<'a>(group: &'a Group, extra: &'a [Fault]) -> Vec<Vec<&'a Fault>> {
    let own = |set: &'a Set| set.faults.iter().collect();
    let mut all: Vec<Vec<&Fault>> = group.sets.iter().map(own).collect();
    for fault in extra.iter().filter(|fault| fault.level >= Level::Set) {
        let behind = group
            .sets
            .partition_point(|set| set.at.segment <= fault.at.segment);
        let Some(index) = behind.checked_sub(1) else {
            continue;
        };
        let (Some(set), Some(faults)) = (group.sets.get(index), all.get_mut(index)) else {
            continue;
        };
        // Its segments and its trailer; what stands behind belongs to another group. A fault that is already known is
        // not told twice.
        let last = set.segments.last().map_or(set.at, |last| last.at).segment + 1;
        if fault.at.segment <= last && !set.faults.contains(fault) {
            faults.push(fault);
        }
    }
    all
}

/// The bad segments of a set in their order.
pub(super) fn segments<'a>(faults: &[&'a Fault]) -> Vec<BadSegment<'a>> {
    let mut sorted: Vec<&Fault> = faults.to_vec();
    sorted.retain(|fault| fault.level >= Level::Segment);
    sorted.sort_by_key(|fault| (fault.at.in_set, fault.level, fault.element, fault.component));
    let mut segments: Vec<BadSegment<'a>> = Vec::new();
    for fault in sorted {
        let is_same = |bad: &BadSegment<'_>| bad.at == fault.at && bad.id == fault.segment;
        if !segments.last().is_some_and(is_same) {
            segments.push(BadSegment {
                id: &fault.segment,
                at: fault.at,
                own: Vec::new(),
                elements: Vec::new(),
            });
        }
        let Some(bad) = segments.last_mut() else {
            continue;
        };
        match fault.level {
            Level::Element => bad.elements.push(fault),
            _ => bad.own.push(fault),
        }
    }
    segments
}
