//! How much is taken from a stranger before anything of it is believed.

/// Bounds of one interchange. What is beyond them is refused, not cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "each is the most of something")]
pub(crate) struct Limits {
    /// Bytes of an interchange.
    pub(crate) max_bytes: usize,
    /// Segments of an interchange, the envelope's too.
    pub(crate) max_segments: usize,
    /// Bytes of a segment: bounds the search for a terminator that never comes.
    pub(crate) max_segment_bytes: usize,
    /// Elements of a segment.
    pub(crate) max_elements: usize,
    /// Bytes of an element with its components and repetitions.
    pub(crate) max_element_bytes: usize,
    /// Components of a repetition.
    pub(crate) max_components: usize,
    /// Repetitions of an element.
    pub(crate) max_repetitions: usize,
    /// Groups of an interchange.
    pub(crate) max_groups: usize,
    /// Sets or messages of an interchange.
    pub(crate) max_sets: usize,
    /// Faults that are told; those behind are counted in the last one.
    pub(crate) max_faults: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_bytes: 64 * 1024 * 1024,
            max_segments: 2_000_000,
            max_segment_bytes: 64 * 1024,
            max_elements: 200,
            max_element_bytes: 16 * 1024,
            max_components: 64,
            max_repetitions: 200,
            max_groups: 10_000,
            max_sets: 200_000,
            max_faults: 1_000,
        }
    }
}
