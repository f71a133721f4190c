//! Segments as the translation sees them: a head, and loops that begin with the same segment.

use connector::Failure;

use crate::failures;
use crate::wire::model::Segment;

/// A head and its loops.
pub(super) struct View<'a> {
    /// Segments before the first loop.
    pub(super) head: Part<'a>,
    /// Loops.
    pub(super) loops: Vec<Part<'a>>,
    /// Segments from the first of the closing ones on.
    pub(super) tail: Part<'a>,
}

/// Segments that belong together.
#[derive(Clone, Default)]
pub(super) struct Part<'a>(pub(super) Vec<&'a Segment>);

/// Parts a set: loops begin with `opener`, the tail with one of `closers`.
pub(super) fn view<'a>(segments: &'a [Segment], opener: &str, closers: &[&str]) -> View<'a> {
    let mut view = View {
        head: Part::default(),
        loops: Vec::new(),
        tail: Part::default(),
    };
    for segment in segments {
        let closes = !view.loops.is_empty() && closers.contains(&segment.id.as_str());
        if closes || !view.tail.0.is_empty() {
            view.tail.0.push(segment);
        } else if segment.id == opener {
            view.loops.push(Part(vec![segment]));
        } else if let Some(last) = view.loops.last_mut() {
            last.0.push(segment);
        } else {
            view.head.0.push(segment);
        }
    }
    view
}

impl<'a> Part<'a> {
    /// Segments of that name.
    pub(super) fn all<'b>(&'b self, id: &'b str) -> impl Iterator<Item = &'a Segment> + 'b {
        self.0
            .iter()
            .copied()
            .filter(move |segment| segment.id == id)
    }

    /// The first segment of that name.
    pub(super) fn first(&self, id: &str) -> Option<&'a Segment> {
        self.0.iter().copied().find(|segment| segment.id == id)
    }

    /// The first segment of that name whose first element is one of the qualifiers, in the order of the qualifiers.
    pub(super) fn qualified(&self, id: &str, qualifiers: &[String]) -> Option<&'a Segment> {
        qualifiers.iter().find_map(|qualifier| {
            self.0
                .iter()
                .copied()
                .find(|segment| segment.id == id && segment.get(1) == qualifier)
        })
    }

    /// Second elements of the segments of that name whose first element is one of the qualifiers.
    pub(super) fn values(&self, id: &str, qualifiers: &[String]) -> Vec<String> {
        self.0
            .iter()
            .filter(|segment| segment.id == id && qualifiers.iter().any(|q| q == segment.get(1)))
            .map(|segment| segment.get(2).to_owned())
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// The segment that must be there.
    pub(super) fn must(&self, id: &str, at: &str) -> Result<&'a Segment, Failure> {
        self.first(id).ok_or_else(|| {
            let what = format!("the set has no {id}");
            Failure::malformed(failures::MISSING, what).at(at)
        })
    }
}

/// Place of an element: "segment 17 (BLI), element 3".
pub(super) fn place(segment: &Segment, element: usize) -> String {
    let number = segment.at.segment;
    if element == 0 {
        format!("segment {number} ({})", segment.id)
    } else {
        format!("segment {number} ({}), element {element}", segment.id)
    }
}

/// The value of an element that must be there.
pub(super) fn must(segment: &Segment, element: usize, what: &str) -> Result<String, Failure> {
    let value = segment.get(element).trim();
    if value.is_empty() {
        let message = format!("{what} is missing");
        return Err(Failure::malformed(failures::MISSING, message).at(place(segment, element)));
    }
    Ok(value.to_owned())
}

/// A value that cannot be read or meant.
pub(super) fn bad(segment: &Segment, element: usize, what: impl Into<String>) -> Failure {
    Failure::malformed(failures::BAD_VALUE, what).at(place(segment, element))
}
