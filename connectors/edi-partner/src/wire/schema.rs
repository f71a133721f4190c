//! Sets and messages against our tables: which segments in which order, which elements.

mod element;
mod order;
mod parse;
mod table;
mod value;
mod version;

use self::table::{Field, tables};
use self::version::Version;
use std::collections::HashSet;

use super::model::{Fault, Set};

/// A set with so many faults is not looked at further: it is refused as it is.
const MOST_FAULTS: usize = 500;

/// Faults of a set against its table: segments in order, mandatory, over their use, loops; elements mandatory, too short,
/// too long, of a wrong type, impossible dates. A kind or version without a table has no faults: see [`is_known`].
pub(crate) fn validate(set: &Set) -> Vec<Fault> {
    let Some(version) = Version::parse(&set.kind, &set.version) else {
        return Vec::new();
    };
    let Some(structure) = tables().structure(&set.kind, version.syntax) else {
        return Vec::new();
    };
    let mut faults = order::check(structure, set, version.syntax);
    let tables = tables();
    let misplaced: HashSet<(usize, String)> = faults
        .iter()
        .map(|fault| (fault.at.segment, fault.segment.clone()))
        .collect();
    for segment in &set.segments {
        if faults.len() >= MOST_FAULTS {
            break;
        }
        // What has no place has no elements to look at.
        if misplaced.contains(&(segment.at.segment, segment.id.clone())) {
            continue;
        }
        if let Some(fields) = tables.fields(&segment.id, version.syntax) {
            element::check(segment, fields, &version, &mut faults);
        }
    }
    faults.sort_by_key(|fault| (fault.at, fault.level, fault.element, fault.component));
    faults
}

/// Whether there is a table for this kind in this version (`180`, `004010VICS`; `RETANN`, `D:96A:EN:EAN001`).
pub(crate) fn is_known(kind: &str, version: &str) -> bool {
    let version = Version::parse(kind, version);
    version.is_some_and(|version| tables().structure(kind, version.syntax).is_some())
}

/// The number of an element in the standard's dictionary: BGN01 is `353`. None for a composite or what has no table.
pub(crate) fn reference(
    kind: &str,
    version: &str,
    segment: &str,
    element: usize,
) -> Option<&'static str> {
    let version = Version::parse(kind, version)?;
    let fields = tables().fields(segment, version.syntax)?;
    match fields.get(element.checked_sub(1)?)? {
        Field::Simple(spec) => Some(&spec.number),
        Field::Composite { .. } | Field::Open => None,
    }
}

#[cfg(test)]
mod tests;
