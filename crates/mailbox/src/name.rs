//! Names of files: which are taken, how odd ones are written, and the names that we make.
//!
//! A name may hold any bytes but `/` and zero. One that is not plain text is shown with its odd bytes as `%XX`, and found again
//! by that.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::{HEXLOWER, HEXUPPER};
use sha2::{Digest as _, Sha256};

use crate::port::MailboxError;

/// Endings of files that somebody is writing.
pub(crate) const UNFINISHED: [&str; 3] = [".tmp", ".part", ".filepart"];

/// Longest name that file systems take, bytes.
const LONGEST: usize = 255;
/// Room for what a claim puts before a name.
const CLAIM_ROOM: usize = 48;
/// Room for what is put around a name while the file is written.
const TEMPORARY_ROOM: usize = 24;

/// True for names that are never taken: somebody is writing such a file, or hides it.
pub(crate) fn is_unfinished(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    name.starts_with('.') || UNFINISHED.iter().any(|end| lower.ends_with(end))
}

/// Why a file of that name cannot be taken, if so.
pub(crate) fn refused(name: &str) -> Option<&'static str> {
    (name.len() > LONGEST - CLAIM_ROOM).then_some("its name is too long")
}

/// A name as it is shown: odd bytes as `%XX`.
pub(crate) fn shown(raw: &[u8]) -> String {
    let plain = std::str::from_utf8(raw)
        .ok()
        .filter(|text| !text.chars().any(char::is_control) && self::raw(text) == text.as_bytes());
    if let Some(plain) = plain {
        return plain.to_owned();
    }
    let mut shown = String::new();
    for chunk in raw.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() || c == '%' {
                let mut bytes = [0; 4];
                escape(&mut shown, c.encode_utf8(&mut bytes).as_bytes());
            } else {
                shown.push(c);
            }
        }
        escape(&mut shown, chunk.invalid());
    }
    shown
}

fn escape(shown: &mut String, bytes: &[u8]) {
    for byte in bytes {
        shown.push('%');
        shown.push_str(&HEXUPPER.encode(&[*byte]));
    }
}

/// The bytes of a name that is shown so.
pub(crate) fn raw(shown: &str) -> Vec<u8> {
    let mut raw = Vec::new();
    let mut rest = shown.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        match (first, behind) {
            (b'%', [high, low, after @ ..]) if let Some(byte) = hex(*high, *low) => {
                raw.push(byte);
                rest = after;
            }
            (byte, behind) => {
                raw.push(*byte);
                rest = behind;
            }
        }
    }
    raw
}

fn hex(high: u8, low: u8) -> Option<u8> {
    Some(nibble(high)? << 4 | nibble(low)?)
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// A name for a file that is claimed: never used before, and the file's own name can be read from it.
pub(crate) fn claim(name: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let micros = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_micros();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{micros:x}-{:x}-{count:x}~{name}", std::process::id())
}

/// The file's own name in that of a claim. A file that a person put among the claimed ones has no other name.
pub(crate) fn of_claim(claim: &str) -> &str {
    let is_hex = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_hexdigit());
    match claim.split_once('~') {
        Some((mark, name))
            if !name.is_empty() && mark.split('-').count() == 3 && mark.split('-').all(is_hex) =>
        {
            name
        }
        Some(_) | None => claim,
    }
}

/// Says what is wrong with a name that is to be put.
pub(crate) fn may_be_put(name: &str) -> Result<(), MailboxError> {
    let wrong = if name.is_empty() || name.contains(['/', '\0']) {
        "is not the name of a file"
    } else if is_unfinished(name) {
        "is a name for files that are being written: the partner would not take it"
    } else if name.len() > LONGEST - TEMPORARY_ROOM {
        "is too long for the name of a file"
    } else {
        return Ok(());
    };
    Err(MailboxError::Misconfigured(format!("{name:?} {wrong}")))
}

/// True if that can be a file in the inbox or among the claimed ones.
pub(crate) fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.contains(['/', '\0']) && !name.starts_with('.')
}

/// The name under which those bytes are written before they appear. The same bytes have the same name: two that put the same
/// file write the same bytes to the same place, and neither can harm the other.
pub(crate) fn temporary(name: &str, bytes: &[u8]) -> String {
    let digest = HEXLOWER.encode(&Sha256::digest(bytes));
    let short = digest.get(..12).unwrap_or(&digest);
    format!(".{name}.{short}.tmp")
}

/// The name with a number before its ending: `orders.2.csv`. One is the name itself.
pub(crate) fn numbered(name: &str, number: u64) -> String {
    match name.rsplit_once('.') {
        _ if number < 2 => name.to_owned(),
        Some((stem, ending)) if !stem.is_empty() => format!("{stem}.{number}.{ending}"),
        Some(_) | None => format!("{name}.{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_shown_and_found_again() {
        for name in [
            &b"orders.csv"[..],
            b"50%.csv",
            b"a%41.csv",
            b"R\xfcckgabe.csv",
            "Rückgabe.csv".as_bytes(),
            b"tab\there",
            b"\xff\xfe%",
            b"%",
            b"%4",
        ] {
            let shown = shown(name);
            assert_eq!(raw(&shown), name, "{shown}");
            assert!(!shown.chars().any(char::is_control), "{shown}");
        }
        assert_eq!(shown(b"50%.csv"), "50%.csv");
        assert_eq!(shown("Rückgabe.csv".as_bytes()), "Rückgabe.csv");
        assert_eq!(shown(b"R\xfcckgabe.csv"), "R%FCckgabe.csv");
        assert_eq!(shown(b"a%41.csv"), "a%2541.csv");
    }

    #[test]
    fn a_claim_keeps_the_name() {
        for name in ["orders.csv", "a~b.csv", "1-2-3~x", "~"] {
            assert_eq!(of_claim(&claim(name)), name);
        }
        assert_ne!(claim("a"), claim("a"));
        assert_eq!(of_claim("put-here-by~hand"), "put-here-by~hand");
        assert_eq!(of_claim("by-hand.csv"), "by-hand.csv");
        assert!(claim("").len() <= CLAIM_ROOM);
    }

    #[test]
    fn numbers_stand_before_the_ending() {
        assert_eq!(numbered("orders.csv", 1), "orders.csv");
        assert_eq!(numbered("orders.csv", 2), "orders.2.csv");
        assert_eq!(numbered("orders", 12), "orders.12");
        assert_eq!(numbered("a.b.edi", 3), "a.b.3.edi");
    }

    #[test]
    fn names_that_nobody_would_take_are_not_put() {
        for name in ["", "a/b", "..", ".hidden", "x.tmp", "x.PART", "x.filepart"] {
            assert!(may_be_put(name).is_err(), "{name}");
        }
        assert!(may_be_put(&"x".repeat(250)).is_err());
        assert_eq!(may_be_put("997_000000001.edi"), Ok(()));
        assert!(temporary(&"x".repeat(LONGEST - TEMPORARY_ROOM), b"").len() <= LONGEST);
    }

    #[test]
    fn the_same_bytes_are_written_to_the_same_place() {
        assert_eq!(temporary("a", b"x"), temporary("a", b"x"));
        assert_ne!(temporary("a", b"x"), temporary("a", b"y"));
        assert!(is_unfinished(&temporary("a", b"x")));
    }
}
