//! ISO-8859-1: one byte for each character.

/// The text as bytes; what it cannot say is `?`.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let byte = |character: char| u8::try_from(u32::from(character)).unwrap_or(b'?');
    text.chars().map(byte).collect()
}

/// The bytes as text.
pub(super) fn decode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}
