//! Doors for the measuring example and the walk over sample files. No part of the connector.

use super::check;
use super::limits::Limits;
use super::model::{Fault, Interchange};
use super::read;
use super::schema;
use super::split;
use super::stream;

/// Numbers of a file, whose interchanges may be several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Interchanges that were read.
    pub interchanges: usize,
    /// Pieces that are none, and interchanges of which nothing can be made.
    pub refused: usize,
    /// Groups.
    pub groups: usize,
    /// Sets and messages.
    pub sets: usize,
    /// Sets without a fault in an envelope without a fault.
    pub clean_sets: usize,
    /// Sets of which there is a table.
    pub known_sets: usize,
    /// Segments, without those of the envelopes; only when they are kept.
    pub segments: usize,
    /// Every fault and refusal in a sentence, with its place.
    pub faults: Vec<String>,
}

/// Cuts, counts, measures and checks the envelopes of a file, without keeping anything of it.
pub fn check_envelopes(bytes: &[u8]) -> Numbers {
    let mut numbers = Numbers::default();
    let limits = Limits::default();
    for_each_piece(bytes, &mut numbers, |piece, numbers| {
        let summary = check::check_envelopes(piece, &limits)?;
        numbers.interchanges += 1;
        numbers.groups += summary.groups;
        numbers.sets += summary.sets;
        numbers.clean_sets += summary.clean_sets;
        Ok(())
    });
    numbers
}

/// Reads a file into the model; with `validate` also against the tables.
pub fn read_file(bytes: &[u8], validate: bool) -> Numbers {
    let mut numbers = Numbers::default();
    let limits = Limits::default();
    for_each_piece(bytes, &mut numbers, |piece, numbers| {
        let interchange = read::read(piece, &limits)?;
        count(&interchange, validate, numbers);
        Ok(())
    });
    numbers
}

/// Interchanges and parts of junk that a reader yields: as many as `check_envelopes` sees, if all is well.
pub fn stream_file(reader: impl std::io::Read) -> Result<usize, String> {
    let mut parts = 0;
    for part in stream::Interchanges::new(reader, &Limits::default()) {
        part.map_err(|fault| sentence(&fault))?;
        parts += 1;
    }
    Ok(parts)
}

fn for_each_piece(
    bytes: &[u8],
    numbers: &mut Numbers,
    mut look: impl FnMut(&[u8], &mut Numbers) -> Result<(), Fault>,
) {
    let pieces = match split::split(bytes) {
        Ok(pieces) => pieces,
        Err(fault) => {
            numbers.refused += 1;
            return numbers.faults.push(sentence(&fault));
        }
    };
    for piece in pieces {
        let bytes = bytes.get(piece.start..piece.end).unwrap_or_default();
        if let Err(fault) = look(bytes, numbers) {
            numbers.refused += 1;
            numbers.faults.push(sentence(&fault));
        }
    }
}

fn count(interchange: &Interchange, validate: bool, numbers: &mut Numbers) {
    let summary = check::summary(interchange);
    numbers.interchanges += 1;
    numbers.groups += summary.groups;
    numbers.sets += summary.sets;
    numbers.clean_sets += summary.clean_sets;
    numbers
        .faults
        .extend(interchange.faults.iter().map(sentence));
    for group in &interchange.groups {
        numbers.faults.extend(group.faults.iter().map(sentence));
        for set in &group.sets {
            numbers.segments += set.segments.len();
            numbers.faults.extend(set.faults.iter().map(sentence));
            if schema::is_known(&set.kind, &set.version) {
                numbers.known_sets += 1;
            }
            if validate {
                let found = schema::validate(set);
                numbers.faults.extend(found.iter().map(sentence));
            }
        }
    }
}

fn sentence(fault: &Fault) -> String {
    let place = match (fault.at.segment, fault.segment.as_str()) {
        (0, _) => "file".to_owned(),
        (n, "") => format!("segment {n}"),
        (n, id) => format!("segment {n} ({id})"),
    };
    format!("{place}: {} [{}]", fault.text, fault.code)
}
