//! A segment → bytes, with the data that would be read as a separator released or refused.

use super::charset::Charset;
use super::model::{Element, Separators, Syntax};
use super::outgoing::OutSegment;
use super::write::{WriteError, error};

/// Writes single segments.
#[derive(Debug, Clone, Copy)]
pub(super) struct SegmentWriter {
    pub(super) syntax: Syntax,
    pub(super) separators: Separators,
    pub(super) charset: Charset,
    pub(super) line_breaks: bool,
}

impl SegmentWriter {
    /// Writes a segment with its terminator.
    pub(super) fn write(&self, segment: &OutSegment, to: &mut Vec<u8>) -> Result<(), WriteError> {
        let id = &segment.id;
        if !(2..=3).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let what = format!("{id:?} is no name of a segment");
            return Err(error(id, 0, what));
        }
        to.extend_from_slice(id.as_bytes());
        let used = segment
            .elements
            .iter()
            .rposition(|element| !is_empty(element));
        let used = used.map_or(0, |last| last + 1);
        for (index, element) in segment.elements.iter().take(used).enumerate() {
            to.push(self.separators.element);
            self.element(id, index + 1, element, to)?;
        }
        self.end(to);
        Ok(())
    }

    /// Writes the end of a segment.
    pub(super) fn end(&self, to: &mut Vec<u8>) {
        to.push(self.separators.terminator);
        if self.line_breaks && !matches!(self.separators.terminator, b'\n' | b'\r') {
            to.push(b'\n');
        }
    }

    fn element(
        &self,
        id: &str,
        n: usize,
        element: &Element,
        to: &mut Vec<u8>,
    ) -> Result<(), WriteError> {
        for (index, components) in element.0.iter().enumerate() {
            if index > 0 {
                let Some(mark) = self.separators.repetition else {
                    let what = "repetitions cannot be written in this version".to_owned();
                    return Err(error(id, n, what));
                };
                to.push(mark);
            }
            let used = components.iter().rposition(|text| !text.is_empty());
            let used = used.map_or(0, |last| last + 1);
            for (index, text) in components.iter().take(used).enumerate() {
                if index > 0 {
                    to.push(self.separators.component);
                }
                self.text(id, n, text, to)?;
            }
        }
        Ok(())
    }

    fn text(&self, id: &str, n: usize, text: &str, to: &mut Vec<u8>) -> Result<(), WriteError> {
        if let Some(control) = text.chars().find(|character| character.is_control()) {
            let what = format!("control character {control:?} cannot be written");
            return Err(error(id, n, what));
        }
        let Some(bytes) = self.charset.encode(text) else {
            let what = format!("{text:?} has a character outside of the character set");
            return Err(error(id, n, what));
        };
        let Some(release) = self.separators.release else {
            self.refuse_marks(id, n, text)?;
            to.extend_from_slice(&bytes);
            return Ok(());
        };
        for byte in bytes.iter() {
            if *byte == release || self.is_mark(*byte) {
                to.push(release);
            }
            to.push(*byte);
        }
        Ok(())
    }

    /// Refuses a separator in data where nothing can release it.
    pub(super) fn refuse_marks(&self, id: &str, n: usize, text: &str) -> Result<(), WriteError> {
        let mark = text.bytes().find(|byte| self.is_mark(*byte));
        let Some(mark) = mark else { return Ok(()) };
        let mark = char::from(mark);
        let what = match self.syntax {
            Syntax::X12 => {
                format!("{text:?} holds the separator {mark:?}, which X12 cannot escape")
            }
            Syntax::Edifact => {
                format!("{text:?} holds the separator {mark:?}; nothing releases it")
            }
        };
        Err(error(id, n, what))
    }

    fn is_mark(&self, byte: u8) -> bool {
        let marks = [
            self.separators.element,
            self.separators.component,
            self.separators.terminator,
        ];
        marks.contains(&byte) || self.separators.repetition == Some(byte)
    }
}

fn is_empty(element: &Element) -> bool {
    element.0.len() < 2 && element.0.iter().flatten().all(String::is_empty)
}
