//! Bytes ↔ the JSON that ERPs speak: documents as the ERP shows them.

use serde_json::Value;

/// Reads an answer. Deeper than 128 levels is refused by the reader.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, String> {
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// The text at a JSON pointer. Numbers as their shortest decimal text (exact up to 15 digits); null and empty as nothing.
pub(crate) fn text_at(document: &Value, pointer: &str) -> Option<String> {
    match document.pointer(pointer)? {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A text, or a number as it was written; null is the empty text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Text(String);

impl Text {
    pub(crate) fn as_str(&self) -> &str {
        self.0.trim()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.as_str().is_empty()
    }
}

impl<'de> serde::Deserialize<'de> for Text {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self::default()),
            Value::String(text) => Ok(Self(text)),
            Value::Number(number) => Ok(Self(number.to_string())),
            other => Err(serde::de::Error::custom(format!("{other} is no text"))),
        }
    }
}

/// The date at a JSON pointer as `YYYY-MM-DD`: a text as it is, or an object with year, month and day.
pub(crate) fn date_at(document: &Value, pointer: &str) -> Option<String> {
    let value = document.pointer(pointer)?;
    let part = |name: &str| value.get(name)?.as_u64();
    match (part("year"), part("month"), part("day")) {
        (Some(year), Some(month), Some(day)) => Some(format!("{year:04}-{month:02}-{day:02}")),
        _ => text_at(document, pointer),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers_are_read_as_written() {
        let document =
            read(br#"{"a": "x", "b": 7508.16, "c": 7, "d": null, "e": {"f": ""}}"#).unwrap();
        for (pointer, text) in [
            ("/a", Some("x")),
            ("/b", Some("7508.16")),
            ("/c", Some("7")),
            ("/d", None),
            ("/e/f", None),
            ("/nowhere", None),
        ] {
            assert_eq!(text_at(&document, pointer).as_deref(), text, "{pointer}");
        }
    }

    #[test]
    fn dates_are_texts_or_objects() {
        let document =
            read(br#"{"a": "2026-03-02", "b": {"year": 2026, "month": 3, "day": 2}, "c": {"year": 2026}, "d": null}"#)
                .unwrap();
        for (pointer, date) in [
            ("/a", Some("2026-03-02")),
            ("/b", Some("2026-03-02")),
            ("/c", None),
            ("/d", None),
        ] {
            assert_eq!(date_at(&document, pointer).as_deref(), date, "{pointer}");
        }
    }

    #[test]
    fn rubbish_is_refused() {
        let deep = "[".repeat(10_000);
        for bytes in [
            b"<html>".as_slice(),
            b"",
            b"{\"a\": ",
            b"\xff\xfe",
            deep.as_bytes(),
        ] {
            assert!(read(bytes).is_err());
        }
    }
}
