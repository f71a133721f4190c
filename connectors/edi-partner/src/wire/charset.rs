//! Characters: which bytes mean which text.

use std::borrow::Cow;

use encoding_rs::Encoding;

/// How the bytes of an interchange are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// ASCII alone (UNOA, UNOB). A byte beyond is a fault; it is shown as Latin-1.
    Ascii,
    /// ISO 8859-1: every byte is the character of the same number.
    Latin1,
    /// UTF-8.
    Utf8,
    /// Windows-1252: what an X12 partner means who does not write UTF-8. Every byte has a character.
    Windows1252,
    /// A further part of ISO 8859.
    Other(&'static Encoding),
}

impl Charset {
    /// The charset of an X12 interchange: UTF-8 if it is valid as such, else Windows-1252.
    pub(crate) fn of_x12(bytes: &[u8]) -> Self {
        if std::str::from_utf8(bytes).is_ok() {
            Self::Utf8
        } else {
            Self::Windows1252
        }
    }

    /// The charset by its syntax identifier (UNB S001 0001); none if it is not taken: UNOX switches charsets within the
    /// text, and what is not listed is not known.
    pub(crate) fn of_edifact(identifier: &str) -> Option<Self> {
        Some(match identifier.trim() {
            "UNOA" | "UNOB" => Self::Ascii,
            "UNOC" => Self::Latin1,
            "UNOD" => Self::Other(encoding_rs::ISO_8859_2),
            "UNOE" => Self::Other(encoding_rs::ISO_8859_5),
            "UNOF" => Self::Other(encoding_rs::ISO_8859_7),
            "UNOG" => Self::Other(encoding_rs::ISO_8859_3),
            "UNOH" => Self::Other(encoding_rs::ISO_8859_4),
            "UNOI" => Self::Other(encoding_rs::ISO_8859_6),
            "UNOJ" => Self::Other(encoding_rs::ISO_8859_8),
            "UNOK" => Self::Other(encoding_rs::WINDOWS_1254),
            "UNOL" => Self::Other(encoding_rs::ISO_8859_15),
            "UNOW" | "UNOY" => Self::Utf8,
            _ => return None,
        })
    }

    /// The text of some bytes, and whether every byte had a meaning.
    pub(crate) fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        if let (true, Ok(text)) = (bytes.is_ascii(), std::str::from_utf8(bytes)) {
            return (Cow::Borrowed(text), true);
        }
        match self {
            Self::Ascii => (latin1(bytes), false),
            Self::Latin1 => (latin1(bytes), true),
            Self::Utf8 => match std::str::from_utf8(bytes) {
                Ok(text) => (Cow::Borrowed(text), true),
                Err(_) => (latin1(bytes), false),
            },
            Self::Windows1252 => decode_with(encoding_rs::WINDOWS_1252, bytes),
            Self::Other(encoding) => decode_with(encoding, bytes),
        }
    }

    /// The bytes of a text; none if a character has none in this charset.
    pub(crate) fn encode(self, text: &str) -> Option<Cow<'_, [u8]>> {
        if text.is_ascii() {
            return Some(Cow::Borrowed(text.as_bytes()));
        }
        let encoding = match self {
            Self::Ascii => return None,
            Self::Utf8 => return Some(Cow::Borrowed(text.as_bytes())),
            Self::Latin1 => {
                let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
                return bytes.map(Cow::Owned);
            }
            Self::Windows1252 => encoding_rs::WINDOWS_1252,
            Self::Other(encoding) => encoding,
        };
        let (bytes, _, lost) = encoding.encode(text);
        (!lost).then_some(bytes)
    }
}

fn latin1(bytes: &[u8]) -> Cow<'_, str> {
    Cow::Owned(bytes.iter().copied().map(char::from).collect())
}

fn decode_with<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> (Cow<'a, str>, bool) {
    let (text, lost) = encoding.decode_without_bom_handling(bytes);
    (text, !lost)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn each_identifier_reads_its_own_letters() {
        let read = |identifier: &str, bytes: &[u8]| {
            let charset = Charset::of_edifact(identifier).unwrap();
            let (text, known) = charset.decode(bytes);
            (text.into_owned(), known)
        };
        assert_eq!(read("UNOC", b"M\xfcller"), ("Müller".to_owned(), true));
        assert_eq!(read("UNOD", b"\xa3\xf3d\xbc"), ("Łódź".to_owned(), true));
        assert_eq!(read("UNOE", b"\xbc\xde\xe1"), ("Мос".to_owned(), true));
        assert_eq!(read("UNOF", b"\xc1\xe8"), ("Αθ".to_owned(), true));
        assert_eq!(read("UNOK", b"\xdd\xfe"), ("İş".to_owned(), true));
        assert_eq!(read("UNOY", "Zoë€".as_bytes()), ("Zoë€".to_owned(), true));
        assert_eq!(read("UNOW", "Zoë€".as_bytes()), ("Zoë€".to_owned(), true));
    }

    #[test]
    fn a_byte_without_a_meaning_is_told_and_shown() {
        let (text, known) = Charset::Ascii.decode(b"M\xfcller");
        assert_eq!((&*text, known), ("Müller", false));
        let (text, known) = Charset::Utf8.decode(b"M\xfcller");
        assert_eq!((&*text, known), ("Müller", false));
        assert_eq!(Charset::of_edifact("UNOX"), None);
        assert_eq!(Charset::of_edifact("ABCD"), None);
    }

    #[test]
    fn x12_is_utf8_if_it_can_be_and_else_loses_no_byte() {
        assert_eq!(Charset::of_x12("ISA’".as_bytes()), Charset::Utf8);
        let every: Vec<u8> = (0..=255).collect();
        assert_eq!(Charset::of_x12(&every), Charset::Windows1252);
        let (text, known) = Charset::Windows1252.decode(&every);
        assert!(known);
        assert_eq!(*Charset::Windows1252.encode(&text).unwrap(), *every);
    }

    #[test]
    fn a_character_that_a_charset_lacks_is_not_written() {
        assert_eq!(Charset::Ascii.encode("ü"), None);
        assert_eq!(Charset::Latin1.encode("€"), None);
        assert_eq!(*Charset::Latin1.encode("ü").unwrap(), *b"\xfc");
        assert_eq!(*Charset::Windows1252.encode("€").unwrap(), *b"\x80");
        assert_eq!(
            Charset::Other(encoding_rs::ISO_8859_2)
                .encode("é")
                .unwrap()
                .len(),
            1
        );
    }
}
