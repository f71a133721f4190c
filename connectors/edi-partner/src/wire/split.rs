//! Where the interchanges of a file begin and end.

use super::cut::{Cutter, Step};
use super::edifact_header;
use super::foreign;
use super::model::{Fault, Level};
use super::scan;
use super::x12_header;

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Its first byte.
    pub(crate) start: usize,
    /// The byte behind its last.
    pub(crate) end: usize,
    /// Stands between interchanges and is none: `read` refuses it with the reason. Blanks are not reported.
    pub(crate) junk: bool,
}

/// The interchanges of a file in their order, and the junk between them. An error only when there is no interchange.
pub(crate) fn split(bytes: &[u8]) -> Result<Vec<Piece>, Fault> {
    let mut pieces = Pieces::default();
    // In memory a segment is as long as it is: `read` keeps the bounds.
    let mut cutter = Cutter::new(usize::MAX);
    let mut at = 0;
    loop {
        let window = bytes.get(at..).unwrap_or_default();
        let step = cutter.step(window, true)?;
        let length = pieces.take(&step, at);
        if matches!(step, Step::Done | Step::More) {
            break;
        }
        at += length;
    }
    if pieces.all.iter().all(|piece| piece.junk) {
        return Err(refusal(bytes));
    }
    Ok(pieces.all)
}

/// Why there is no interchange: the fault of the header, if one seems to begin.
fn refusal(bytes: &[u8]) -> Fault {
    let start = scan::blanks_outside(bytes);
    let rest = bytes.get(start..).unwrap_or_default();
    let header = if rest.starts_with(b"ISA") {
        x12_header::parse(rest).err()
    } else if rest.starts_with(b"UNA") || rest.starts_with(b"UNB") {
        edifact_header::parse(rest).err()
    } else {
        foreign::refuse(rest)
    };
    let what = "the file holds no interchange: neither ISA nor UNA nor UNB begins one";
    header.unwrap_or_else(|| Fault::new(Level::Interchange, "022", what))
}

/// Collects pieces from steps.
#[derive(Debug, Default)]
struct Pieces {
    all: Vec<Piece>,
    open: Option<usize>,
    /// Where the last segment ended.
    end: usize,
}

impl Pieces {
    /// Takes a step at an offset and gives its length.
    fn take(&mut self, step: &Step, at: usize) -> usize {
        match *step {
            Step::More | Step::Done => 0,
            Step::Blank(length) => length,
            Step::Junk(length) => {
                self.junk(at, at + length);
                length
            }
            Step::Header(length) => {
                self.open = Some(at);
                self.end = at + length;
                length
            }
            Step::Segment(length) => {
                self.end = at + length;
                length
            }
            Step::Trailer(length) => {
                self.end = at + length;
                self.close();
                length
            }
            Step::Cut => {
                self.close();
                0
            }
        }
    }

    fn close(&mut self) {
        let (end, junk) = (self.end, false);
        let piece = self.open.take().map(|start| Piece { start, end, junk });
        self.all.extend(piece);
    }

    fn junk(&mut self, start: usize, end: usize) {
        match self.all.last_mut() {
            Some(last) if last.junk => last.end = end,
            _ => self.all.push(Piece {
                start,
                end,
                junk: true,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::string_slice, reason = "tests")]
    use super::*;

    const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250101*1200*U*00401*000000001*0*P*>~";
    const UNB: &str = "UNB+UNOC:3+A+B+250101:1200+1'";

    fn cut(text: &str) -> Vec<(&str, bool)> {
        let pieces = split(text.as_bytes()).unwrap();
        let show = |piece: &Piece| (&text[piece.start..piece.end], piece.junk);
        pieces.iter().map(show).collect()
    }

    #[test]
    fn several_interchanges_of_both_kinds() {
        let x12 = format!("{ISA}IEA*0*000000001~");
        let edifact = format!("UNA:+.? '{UNB}UNZ+0+1'");
        let file = format!("\u{feff}{x12}\r\n{x12}  \n{edifact}\n\n{UNB}UNZ+0+1'\u{1a}");
        let bare = format!("{UNB}UNZ+0+1'");
        let wanted = [&*x12, &*x12, &*edifact, &*bare].map(|text| (text, false));
        assert_eq!(cut(&file), wanted);
    }

    #[test]
    fn junk_before_between_and_behind_is_told_and_costs_nobody() {
        let x12 = format!("{ISA}IEA*0*000000001~");
        let file = format!("HELLO VAN\n{x12}ISA is not one\n{x12}bye");
        let wanted = [
            ("HELLO VAN\n", true),
            (&*x12, false),
            ("ISA is not one\n", true),
            (&*x12, false),
            ("bye", true),
        ];
        assert_eq!(cut(&file), wanted);
    }

    #[test]
    fn a_missing_trailer_ends_at_the_next_header() {
        let file = format!("{ISA}GS*AN~\n{ISA}IEA*0*000000001~");
        let pieces = cut(&file);
        assert_eq!(pieces.len(), 2);
        assert!(pieces[0].0.ends_with("GS*AN~"));
    }

    #[test]
    fn a_trailer_without_a_terminator_ends_at_the_line_end_before_the_next_header() {
        let file = format!("{ISA}IEA*0*000000001\n{ISA}IEA*0*000000001");
        let pieces = cut(&file);
        assert_eq!(pieces.len(), 2);
        assert!(pieces.iter().all(|(text, _)| text.ends_with("000000001")));
    }

    #[test]
    fn a_file_without_an_interchange_is_refused_with_the_reason() {
        let text = |bytes: &[u8]| split(bytes).unwrap_err().text;
        assert!(text(b"UNH+1+RETANN:D:96A:EN'").contains("no interchange"));
        assert!(text(b"").contains("no interchange"));
        assert_eq!(text(b"UNA:+.? 'UNH+1+RETANN:D:96A:EN'"), "UNB is missing");
        assert!(text(b"ISA*00*cut short").contains("sixteenth"));
        assert!(text(b"\xff\xfeI\0S\0A\0").contains("UTF-16"));
        assert!(text(b"\xc9\xe2\xc1\x5c").contains("EBCDIC"));
    }
}
