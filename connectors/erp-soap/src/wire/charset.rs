//! In which characters an answer is written: byte order mark, then `Content-Type`, then XML declaration (RFC 7303, 3.2),
//! then UTF-8.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// The declaration is looked for in this many bytes.
const DECLARATION: usize = 200;

/// The text. Bytes that are not characters of the set are refused, not replaced.
pub(super) fn decode<'b>(bytes: &'b [u8], label: Option<&str>) -> Result<Cow<'b, str>, String> {
    let (encoding, start) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, length),
        None => (declared(bytes, label)?, 0),
    };
    let content = bytes.get(start..).unwrap_or_default();
    encoding
        .decode_without_bom_handling_and_without_replacement(content)
        .ok_or_else(|| format!("it is not written in {}", encoding.name()))
}

fn declared(bytes: &[u8], label: Option<&str>) -> Result<&'static Encoding, String> {
    if bytes.starts_with(&[0, b'<', 0, b'?']) {
        return Ok(UTF_16BE);
    }
    if bytes.starts_with(&[b'<', 0, b'?', 0]) {
        return Ok(UTF_16LE);
    }
    let named = match label {
        Some(label) => Some(label.to_owned()),
        None => in_declaration(bytes),
    };
    match named {
        None => Ok(UTF_8),
        // "utf-16" in a text whose first bytes are not UTF-16 is a label that was not meant.
        Some(name) => match Encoding::for_label(name.trim().as_bytes()) {
            Some(found) if found == UTF_16BE || found == UTF_16LE => Ok(UTF_8),
            Some(found) => Ok(found),
            None => Err(format!("the character set {name:?} is not known")),
        },
    }
}

/// `encoding` of the XML declaration.
fn in_declaration(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(DECLARATION))?;
    let head = String::from_utf8_lossy(head);
    let inside = head.strip_prefix("<?xml")?.split_once("?>")?.0;
    let (_, value) = inside.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let named = value.strip_prefix(quote)?.split_once(quote)?.0;
    Some(named.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_counts() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xfc</a>";
        assert!(decode(latin, None).unwrap().contains('ü'));
        assert!(
            decode(latin, Some("utf-8")).is_err(),
            "the header comes first"
        );
        let utf8 = "<?xml version=\"1.0\" encoding = \"latin1\"?><a>ü</a>".as_bytes();
        assert!(decode(utf8, Some("UTF-8")).unwrap().contains('ü'));
        let marked = b"\xef\xbb\xbf<a>\xc3\xbc</a>";
        assert_eq!(decode(marked, Some("latin1")).unwrap(), "<a>ü</a>");
        assert_eq!(decode(b"<a/>", None).unwrap(), "<a/>");
    }

    #[test]
    fn two_bytes_a_character_are_read() {
        let text = "<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>ü€</a>";
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (mark, bytes) in [
            (vec![], big.clone()),
            (vec![], little.clone()),
            (vec![0xfe, 0xff], big),
            (vec![0xff, 0xfe], little),
        ] {
            let bytes = [mark, bytes].concat();
            assert_eq!(decode(&bytes, None).unwrap(), text);
        }
        assert!(decode(b"<?xml version='1.0' encoding='UTF-16'?><a/>", None).is_ok());
    }

    #[test]
    fn what_cannot_be_read_is_refused() {
        assert!(decode(b"<a>\xff</a>", None).is_err());
        let error = decode(b"<?xml encoding='klingon'?><a/>", None).unwrap_err();
        assert!(error.contains("klingon"), "{error}");
    }
}
