//! Segments with raw bytes: stepped over by the length that they name, so that what follows is still read.

use memchr::memmem;

use super::model::Separators;
use super::scan::{self, Raw};

/// Where the segment behind this one begins, and the part of it that is text, if it holds raw bytes: BIN, BDS, UNO. None
/// for every other segment, and when the length is none: then it is read on as if it were text.
pub(super) fn skip<'a>(
    bytes: &'a [u8],
    raw: &Raw<'a>,
    separators: Separators,
) -> Option<(usize, &'a [u8])> {
    let lengths_before = match super::segment::name(raw.body, separators) {
        b"BIN" => 1,
        b"BDS" => 2,
        b"UNO" => {
            let package = bytes.get(raw.end..)?;
            let end = [b"UNP", std::slice::from_ref(&separators.element)].concat();
            let length = memmem::find(package, &end).unwrap_or(package.len());
            return Some((raw.end + length, raw.body));
        }
        _ => return None,
    };
    let mut parts = scan::parts(raw.body, separators.element, None);
    let head: Vec<&[u8]> = parts.by_ref().take(lengths_before + 1).collect();
    parts.next()?;
    let length: usize = std::str::from_utf8(head.last()?).ok()?.parse().ok()?;
    let data: usize = head.iter().map(|part| part.len() + 1).sum();
    let end = raw.start.checked_add(data)?.checked_add(length)?;
    let is_end = bytes.get(end) == Some(&separators.terminator);
    let text = raw.body.get(..data.checked_sub(1)?)?;
    is_end.then_some((end + 1, text))
}
