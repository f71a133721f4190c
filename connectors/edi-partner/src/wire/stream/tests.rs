//! A reader gives what the bytes in memory give, whatever the sizes of its reads.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::wire::split::split;

const ISA: &str = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250101*1200*U*00401*000000001*0*P*>~";

/// Gives a few bytes at a time.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(to.len());
        let (now, later) = self.0.split_at(length);
        to[..length].copy_from_slice(now);
        self.0 = later;
        Ok(length)
    }
}

fn parts(bytes: &[u8]) -> Vec<Part> {
    let parts = Interchanges::new(Trickle(bytes, 7), &Limits::default());
    parts.map(Result::unwrap).collect()
}

#[test]
fn interchanges_are_those_of_split() {
    let file = format!(
        "junk\n{ISA}GS*AN*A*B~\nGE*0*1~\nIEA*1*000000001~\nUNA:+.? '\nUNB+UNOC:3+A+B+250101:1200+1'UNZ+0+1'\nIS{ISA}IEA*0*000000001"
    );
    let parts = parts(file.as_bytes());
    let pieces = split(file.as_bytes()).unwrap();
    assert_eq!(parts.len(), 5);
    assert_eq!(parts.len(), pieces.len());
    let blanks = |bytes: &[u8]| {
        let is_blank = |byte: &&u8| !matches!(**byte, b'\n' | b'\r');
        bytes.iter().filter(is_blank).copied().collect::<Vec<u8>>()
    };
    for (part, piece) in parts.iter().zip(&pieces) {
        assert_eq!(part.junk, piece.junk);
        let piece = &file.as_bytes()[piece.start..piece.end];
        assert_eq!(blanks(&part.bytes), blanks(piece));
    }
}

/// An interchange without end.
struct Endless(usize);

impl Read for Endless {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let text = if self.0 == 0 {
            ISA.as_bytes()
        } else {
            b"N9*QJ*R-1~"
        };
        let length = text.len().min(to.len());
        to[..length].copy_from_slice(&text[..length]);
        self.0 += 1;
        Ok(length)
    }
}

#[test]
fn segments_of_a_long_stream_are_held_one_at_a_time() {
    let mut segments = Segments::new(Endless(0), &Limits::default());
    for _ in 0..50_000 {
        assert!(matches!(segments.next(), Some(Ok(_))));
        assert!(segments.held() <= 3 * CHUNK, "{}", segments.held());
    }
}

#[test]
fn an_interchange_without_end_is_refused_at_the_bound() {
    let limits = Limits {
        max_bytes: 100_000,
        ..Limits::default()
    };
    let mut parts = Interchanges::new(Endless(0), &limits);
    assert!(parts.next().unwrap().unwrap_err().text.contains("longer"));
    assert!(parts.next().is_none());
}

#[test]
fn a_segment_without_end_is_refused_at_the_bound() {
    let endless = ISA.as_bytes().chain(std::io::repeat(b'x'));
    let mut parts = Interchanges::new(endless, &Limits::default());
    assert!(
        parts
            .next()
            .unwrap()
            .unwrap_err()
            .text
            .contains("terminator")
    );
    assert!(parts.next().is_none());
}

#[test]
fn junk_without_end_is_held_only_in_part() {
    let junk = std::io::repeat(b'x').take(1_000_000);
    let parts = Interchanges::new(junk, &Limits::default());
    let parts: Vec<Part> = parts.map(Result::unwrap).collect();
    assert_eq!(parts.len(), 1);
    assert!(parts[0].junk && parts[0].bytes.len() <= 2 * CHUNK);
}
