//! Reading: separators, characters, envelopes, bounds.
#![allow(clippy::unwrap_used, reason = "tests")]

mod bounds;
mod edifact;
mod mutations;
mod x12;

use super::*;
use crate::wire::model::{Group, Set};

fn read(text: &str) -> Interchange {
    super::read(text.as_bytes(), &Limits::default()).unwrap()
}

/// Every fault as `level code`, the wider before the narrower.
fn faults(interchange: &Interchange) -> Vec<String> {
    let mut all: Vec<&Fault> = interchange.faults.iter().collect();
    for group in &interchange.groups {
        all.extend(&group.faults);
        all.extend(group.sets.iter().flat_map(|set: &Set| &set.faults));
    }
    let show = |fault: &&Fault| format!("{:?} {}", fault.level, fault.code);
    all.iter().map(show).collect()
}

fn sets(interchange: &Interchange) -> Vec<&Set> {
    let sets = |group: &'_ Group| -> Vec<usize> { (0..group.sets.len()).collect() };
    let mut all = Vec::new();
    for group in &interchange.groups {
        all.extend(sets(group).into_iter().map(|index| &group.sets[index]));
    }
    all
}
