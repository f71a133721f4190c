//! Control numbers into a document that was written with noughts. Pure.

use connector::Failure;

use crate::failures;

/// Most that an ISA13 can hold.
const MOST: u64 = 999_999_999;

/// The same interchange under this number: ISA13, IEA02, GS06, GE02; UNB 0020, UNZ 0020.
pub(crate) fn stamp(body: &[u8], number: u64) -> Result<Vec<u8>, Failure> {
    if number > MOST {
        let what = format!("control number {number} has more than nine digits");
        return Err(Failure::rejected(failures::NOT_WRITABLE, what));
    }
    let marks = marks(body).ok_or_else(|| {
        let what = "the document to be sent is neither X12 nor EDIFACT";
        Failure::rejected(failures::NOT_WRITABLE, what)
    })?;
    let mut out = Vec::with_capacity(body.len() + 16);
    for segment in segments(body, &marks) {
        let parts = parts(segment, &marks);
        let name: Vec<u8> = parts
            .first()
            .copied()
            .unwrap_or_default()
            .trim_ascii_start()
            .to_vec();
        let (element, value) = match name.as_slice() {
            b"ISA" => (13, format!("{number:09}")),
            b"IEA" => (2, format!("{number:09}")),
            b"GS" => (6, number.to_string()),
            b"GE" => (2, number.to_string()),
            b"UNB" => (5, number.to_string()),
            b"UNZ" => (2, number.to_string()),
            _ => {
                out.extend_from_slice(segment);
                continue;
            }
        };
        for (n, part) in parts.iter().enumerate() {
            if n > 0 {
                out.push(marks.element);
            }
            if n == element {
                out.extend_from_slice(value.as_bytes());
                if part.last() == Some(&marks.terminator) {
                    out.push(marks.terminator);
                }
            } else {
                out.extend_from_slice(part);
            }
        }
    }
    Ok(out)
}

/// What parts a document.
struct Marks {
    element: u8,
    release: Option<u8>,
    terminator: u8,
    /// Bytes in front of the first segment: a UNA.
    skip: usize,
}

fn marks(body: &[u8]) -> Option<Marks> {
    if body.starts_with(b"ISA") {
        let element = *body.get(3)?;
        // An ISA that we wrote has its full widths.
        let terminator = *body.get(105)?;
        return Some(Marks {
            element,
            release: None,
            terminator,
            skip: 0,
        });
    }
    if body.starts_with(b"UNA") {
        return Some(Marks {
            element: *body.get(4)?,
            release: Some(*body.get(6)?),
            terminator: *body.get(8)?,
            skip: 9,
        });
    }
    body.starts_with(b"UNB").then_some(Marks {
        element: b'+',
        release: Some(b'?'),
        terminator: b'\'',
        skip: 0,
    })
}

/// Segments with their terminators; what stands in front of the first one is a part of its own.
fn segments<'a>(body: &'a [u8], marks: &Marks) -> Vec<&'a [u8]> {
    let (front, rest) = body.split_at_checked(marks.skip).unwrap_or((b"", body));
    let mut found = vec![front];
    found.extend(split(rest, marks.terminator, marks.release, true));
    found
}

fn parts<'a>(segment: &'a [u8], marks: &Marks) -> Vec<&'a [u8]> {
    split(segment, marks.element, marks.release, false)
}

/// Parts a text at a mark that is not released.
fn split(text: &[u8], mark: u8, release: Option<u8>, keep: bool) -> Vec<&[u8]> {
    let (mut found, mut begin, mut released) = (Vec::new(), 0, false);
    for (at, byte) in text.iter().enumerate() {
        if released {
            released = false;
        } else if Some(*byte) == release {
            released = true;
        } else if *byte == mark {
            let end = if keep { at + 1 } else { at };
            found.push(text.get(begin..end).unwrap_or_default());
            begin = at + 1;
        }
    }
    let last = text.get(begin..).unwrap_or_default();
    if !keep || !last.is_empty() {
        found.push(last);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const X12: &[u8] = b"ISA*00*          *00*          *ZZ*US             *ZZ*THEM           *260302*1405*U*00401*000000000*0*P*>~\
GS*AN*US*THEM*20260302*1405*0*X*004010~ST*180*0001~BGN*11*R-0*20260302~SE*3*0001~GE*1*0~IEA*1*000000000~";

    #[test]
    fn x12_gets_its_numbers_and_nothing_else_changes() {
        let stamped = String::from_utf8(stamp(X12, 42).unwrap()).unwrap();
        let expected = String::from_utf8(X12.to_vec())
            .unwrap()
            .replace("*000000000*0*P", "*000000042*0*P")
            .replace("*1405*0*X", "*1405*42*X")
            .replace("GE*1*0~", "GE*1*42~")
            .replace("IEA*1*000000000", "IEA*1*000000042");
        assert_eq!(stamped, expected);
    }

    #[test]
    fn edifact_gets_its_number_though_ids_are_released() {
        let plain = b"UNA:+.? 'UNB+UNOC:3+A?+B?'C:14+THEM:14+260302:1405+0'UNH+0001+RETINS:D:01B:UN'UNT+2+0001'UNZ+1+0'";
        let stamped = String::from_utf8(stamp(plain, 7).unwrap()).unwrap();
        assert!(
            stamped.contains("A?+B?'C:14+THEM:14+260302:1405+7'UNH"),
            "{stamped}"
        );
        assert!(stamped.ends_with("UNZ+1+7'"), "{stamped}");
    }

    #[test]
    fn other_bytes_and_numbers_without_end_are_refused() {
        assert_eq!(stamp(b"{}", 1).unwrap_err().code, failures::NOT_WRITABLE);
        assert_eq!(
            stamp(X12, 1_000_000_000).unwrap_err().code,
            failures::NOT_WRITABLE
        );
    }
}
