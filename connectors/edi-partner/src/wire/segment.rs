//! A scanned segment → the segment with its elements, or only its measure.

use memchr::memchr2;

use super::charset::Charset;
use super::codes::{Trouble, code};
use super::limits::Limits;
use super::model::{Element, Fault, Level, Position, Segment, Separators, Syntax};
use super::scan::{parts, release_in, unrelease};

/// What must be known to read a segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// Syntax.
    pub(crate) syntax: Syntax,
    /// Separators.
    pub(crate) separators: Separators,
    /// Characters.
    pub(crate) charset: Charset,
    /// Bounds.
    pub(crate) limits: Limits,
}

/// The name of a segment: the bytes before its first separator.
pub(crate) fn name(body: &[u8], separators: Separators) -> &[u8] {
    let is_mark = |byte: &u8| *byte == separators.element || *byte == separators.component;
    let end = body.iter().position(is_mark).unwrap_or(body.len());
    body.get(..end).unwrap_or(body)
}

/// What of an element is beyond the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// It is one element too many.
    Elements,
    /// It is too long.
    Bytes,
    /// It has too many components.
    Components,
    /// It is repeated too often.
    Repetitions,
}

/// What was counted of an element so far.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    element: usize,
    bytes: usize,
    /// Separators of components in this repetition.
    components: usize,
    most_components: usize,
    repetitions: usize,
}

impl Count {
    fn excess(&self, limits: &Limits) -> Option<Excess> {
        if self.element > limits.max_elements {
            return Some(Excess::Elements);
        }
        if self.bytes > limits.max_element_bytes {
            return Some(Excess::Bytes);
        }
        if self.repetitions >= limits.max_repetitions {
            return Some(Excess::Repetitions);
        }
        let components = self.most_components.max(self.components);
        (components >= limits.max_components).then_some(Excess::Components)
    }
}

impl Reading {
    /// Whether the segment is within the bounds: else which element is not, and what of it. One pass over its bytes,
    /// nothing is allocated.
    pub(crate) fn measure(&self, body: &[u8]) -> Option<(usize, Excess)> {
        let Separators {
            element,
            component,
            repetition,
            release,
            ..
        } = self.separators;
        let mut count = Count::default();
        let mut bytes = body.iter();
        while let Some(&byte) = bytes.next() {
            if byte == element {
                if let Some(excess) = count.excess(&self.limits) {
                    return Some((count.element, excess));
                }
                count = Count {
                    element: count.element + 1,
                    ..Count::default()
                };
                continue;
            }
            count.bytes += 1;
            if byte == component {
                count.components += 1;
            } else if Some(byte) == repetition {
                count.repetitions += 1;
                count.most_components = count.most_components.max(count.components);
                count.components = 0;
            } else if Some(byte) == release && bytes.next().is_some() {
                count.bytes += 1;
            }
        }
        count
            .excess(&self.limits)
            .map(|excess| (count.element, excess))
    }

    /// The segment, and the fault of its form if it has one. A segment beyond the bounds comes without elements.
    pub(crate) fn segment(&self, body: &[u8], at: Position) -> (Segment, Option<Fault>) {
        let (id, _) = self.charset.decode(name(body, self.separators));
        let id = id.trim().to_owned();
        if let Some((element, excess)) = self.measure(body) {
            let (trouble, what) = match excess {
                Excess::Bytes => (Trouble::TooLong, "the element is longer than is taken"),
                Excess::Elements => (Trouble::TooMany, "the segment has too many elements"),
                Excess::Components => (Trouble::TooMany, "the element has too many components"),
                Excess::Repetitions => (Trouble::TooMany, "the element is repeated too often"),
            };
            let fault = self.fault(trouble, &id, at, element, what);
            let elements = Vec::new();
            return (Segment { id, elements, at }, Some(fault));
        }
        let release = release_in(body, self.separators);
        let mut unknown = None;
        let cut = parts(body, self.separators.element, release).skip(1);
        let elements = cut
            .enumerate()
            .map(|(index, value)| {
                let (element, is_known) = self.element(value, release);
                if !is_known && unknown.is_none() {
                    unknown = Some(index + 1);
                }
                element
            })
            .collect();
        let fault = unknown.map(|element| {
            let what = "a byte of it is no character of the interchange's character set";
            self.fault(Trouble::Character, &id, at, element, what)
        });
        (Segment { id, elements, at }, fault)
    }

    fn fault(&self, trouble: Trouble, id: &str, at: Position, element: usize, what: &str) -> Fault {
        let level = Level::Element;
        Fault {
            at,
            segment: id.chars().take(99).collect(),
            element,
            ..Fault::new(level, code(self.syntax, level, trouble), what)
        }
    }

    fn element(&self, value: &[u8], release: Option<u8>) -> (Element, bool) {
        let Separators {
            component,
            repetition: mark,
            ..
        } = self.separators;
        if release.is_none() && memchr2(component, mark.unwrap_or(component), value).is_none() {
            // Most elements are one plain text.
            let (text, is_known) = self.charset.decode(value);
            return (Element(vec![vec![text.into_owned()]]), is_known);
        }
        let mut is_known = true;
        let mut repetition = |value: &[u8]| -> Vec<String> {
            let components = parts(value, component, release);
            components
                .map(|component| {
                    let plain = unrelease(component, release);
                    let (text, known) = self.charset.decode(&plain);
                    is_known &= known;
                    text.into_owned()
                })
                .collect()
        };
        let repetitions = match mark {
            None => vec![repetition(value)],
            Some(mark) => parts(value, mark, release).map(repetition).collect(),
        };
        (Element(repetitions), is_known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::edifact_header::DEFAULTS;

    fn reading() -> Reading {
        Reading {
            syntax: Syntax::Edifact,
            separators: Separators {
                repetition: Some(b'*'),
                ..DEFAULTS
            },
            charset: Charset::Latin1,
            limits: Limits {
                max_elements: 4,
                max_element_bytes: 40,
                max_components: 3,
                max_repetitions: 3,
                ..Limits::default()
            },
        }
    }

    #[test]
    fn elements_components_and_repetitions_with_releases() {
        let (segment, fault) =
            reading().segment(b"FTX+AAI++a?+b:c??*d+M\xfcller", Position::default());
        assert_eq!(fault, None);
        assert_eq!((segment.id.as_str(), segment.get(1)), ("FTX", "AAI"));
        assert_eq!((segment.get(2), segment.component(3, 2)), ("", "c?"));
        assert_eq!(segment.repetitions(3).collect::<Vec<_>>(), ["a+b", "d"]);
        assert_eq!((segment.get(4), segment.get(5)), ("Müller", ""));
        assert_eq!(segment.joined(3, b':'), "a+b:c?");
    }

    #[test]
    fn each_bound_is_kept_and_named() {
        let fault = |body: &str| reading().segment(body.as_bytes(), Position::default()).1;
        let seen = |body: &str| fault(body).map(|fault| (fault.code, fault.element));
        assert_eq!(seen("A+1+2+3+4"), None);
        assert_eq!(seen("A+1+2+3+4+5"), Some(("16", 5)));
        assert_eq!(seen(&format!("A+1+{}", "x".repeat(41))), Some(("39", 2)));
        assert_eq!(seen("A+1:2:3"), None);
        assert_eq!(seen("A+1:2:3:4"), Some(("16", 1)));
        assert_eq!(seen("A+1*2*3*4"), Some(("16", 1)));
    }
}
