//! What is written reads back equal, whatever it holds.

use proptest::prelude::*;

use super::*;
use crate::wire::limits::Limits;
use crate::wire::model::{Element, Interchange};
use crate::wire::read::read;
use crate::wire::split::split;

/// A text that does not end blank: an element that is only blanks would still be one.
fn text(letters: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![3 => letters, 1 => Just(String::new())]
}

fn element(letters: &'static str, repeats: usize) -> impl Strategy<Value = Element> {
    let repetition = (prop::collection::vec(text(letters), 0..3), letters);
    let repetition = repetition.prop_map(|(mut components, last)| {
        // Empty components at the end are not written.
        components.push(last);
        components
    });
    prop::collection::vec(repetition, 1..=repeats).prop_map(Element)
}

fn segment(letters: &'static str, repeats: usize) -> impl Strategy<Value = OutSegment> {
    let absent = Just(Element(vec![vec![String::new()]]));
    let any = prop_oneof![3 => element(letters, repeats), 1 => absent];
    let elements = (prop::collection::vec(any, 0..6), element(letters, repeats));
    ("[A-F][A-Z][A-Z0-9]", elements).prop_map(|(id, (mut elements, last))| {
        elements.push(last);
        OutSegment { id, elements }
    })
}

fn segments(letters: &'static str, repeats: usize) -> impl Strategy<Value = Vec<OutSegment>> {
    prop::collection::vec(segment(letters, repeats), 0..8)
}

/// The segments of the first set, and that nothing is wrong with any.
fn read_back(bytes: &[u8]) -> (Interchange, Vec<OutSegment>) {
    let pieces = split(bytes).unwrap();
    assert_eq!(pieces.len(), 1);
    let piece = &bytes[pieces[0].start..pieces[0].end];
    let interchange = read(piece, &Limits::default()).unwrap();
    assert_eq!(interchange.faults, []);
    let group = &interchange.groups[0];
    assert_eq!(group.faults, []);
    assert_eq!(group.sets[0].faults, []);
    let segments = group.sets[0]
        .segments
        .iter()
        .map(OutSegment::from)
        .collect();
    (interchange, segments)
}

/// Names that would be read as something else than data.
fn is_data(segments: &[OutSegment]) -> bool {
    let names = ["BIN", "BDS"];
    segments
        .iter()
        .all(|segment| !names.contains(&&*segment.id))
}

proptest! {
    #[test]
    fn x12(segments in segments("[ -&(-)+-=?-}é’]{0,8}[A-Z0-9é]", 1), breaks in any::<bool>()) {
        prop_assume!(is_data(&segments));
        let envelope = Envelope { line_breaks: breaks, ..super::x12() };
        let bytes = interchange_x12(&envelope, &[group(segments.clone())]).unwrap();
        let (interchange, back) = read_back(&bytes);
        prop_assert_eq!(back, segments);
        prop_assert_eq!(&interchange.sender, &envelope.sender);
        prop_assert_eq!(&*interchange.control, "000000042");
        prop_assert_eq!(interchange.separators, envelope.separators);
    }

    #[test]
    fn x12_with_repetitions_and_other_separators(segments in segments("[A-Z0-9 *~]{0,8}[A-Z0-9]", 3)) {
        prop_assume!(is_data(&segments));
        let separators = Separators {
            element: 0x1d,
            component: 0x1f,
            repetition: Some(b'^'),
            terminator: b'\n',
            ..super::x12().separators
        };
        let version = "00501".to_owned();
        let envelope = Envelope { separators, version, ..super::x12() };
        let bytes = interchange_x12(&envelope, &[group(segments.clone())]).unwrap();
        prop_assert_eq!(read_back(&bytes).1, segments);
    }

    #[test]
    fn edifact(segments in segments("[ -~ü]{0,8}[!-~]", 1), breaks in any::<bool>()) {
        let envelope = Envelope { line_breaks: breaks, ..super::edifact() };
        let bytes = interchange_edifact(&envelope, &[message(segments.clone())]).unwrap();
        let (interchange, back) = read_back(&bytes);
        prop_assert_eq!(back, segments);
        prop_assert_eq!(&interchange.receiver, &envelope.receiver);
        prop_assert!(interchange.ack_requested);
    }

    #[test]
    fn edifact_with_repetitions_and_other_separators(segments in segments("[ -~ü€]{0,8}[!-~]", 3)) {
        let separators = Separators {
            element: b'|',
            component: b'^',
            repetition: Some(b'%'),
            release: Some(b'\\'),
            terminator: b'#',
            decimal: b',',
        };
        let version = "UNOY:4".to_owned();
        let envelope = Envelope { separators, version, una: true, ..super::edifact() };
        let bytes = interchange_edifact(&envelope, &[message(segments.clone())]).unwrap();
        let (interchange, back) = read_back(&bytes);
        prop_assert_eq!(back, segments);
        prop_assert_eq!(interchange.separators, separators);
    }
}
