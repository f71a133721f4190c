//! Bytes to JSON: strict, exact, bounded in depth, with the place of what is wrong.

use std::fmt;
use std::sync::Arc;

use jaq_json::{Num, Val};
use serde::de::IgnoredAny;

use super::json::{Json, MAX_DEPTH, Members};
use super::number::Number;

/// Why bytes are not a JSON document that we take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JsonError {
    /// Not UTF-8 from that byte on.
    Encoding {
        /// Offset of the first bad byte.
        byte: usize,
    },
    /// Deeper than [`MAX_DEPTH`].
    TooDeep {
        /// Offset of the bracket that opens one level too many.
        byte: usize,
    },
    /// Not JSON.
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong.
        what: String,
        /// True when the text ends too early.
        truncated: bool,
    },
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encoding { byte } => write!(f, "byte {byte} is not UTF-8"),
            Self::TooDeep { byte } => {
                write!(f, "nested deeper than {MAX_DEPTH} levels at byte {byte}")
            }
            Self::Syntax { what, .. } => f.write_str(what),
        }
    }
}

impl std::error::Error for JsonError {}

/// Reads one document. A byte order mark before it is skipped.
pub fn read(bytes: &[u8]) -> Result<Json, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::Encoding {
        byte: error.valid_up_to(),
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    check_depth(text.as_bytes())?;
    // The strict reader finds the faults, the exact one keeps numbers as they were written.
    serde_json::from_str::<IgnoredAny>(text).map_err(|error| JsonError::Syntax {
        line: error.line(),
        column: error.column(),
        what: error.to_string(),
        truncated: error.is_eof(),
    })?;
    check_numbers(text.as_bytes())?;
    let value =
        jaq_json::read::parse_single(text.as_bytes()).map_err(|error| JsonError::Syntax {
            line: 1,
            column: 1,
            what: error.to_string(),
            truncated: false,
        })?;
    Ok(from_val(value))
}

/// Longest number, in characters. Keeping a number as it was written costs the square of its length.
const MAX_NUMBER: usize = 1000;

/// Looks for numbers that are too long. The text is JSON: what is outside of texts and looks like a number is one.
fn check_numbers(text: &[u8]) -> Result<(), JsonError> {
    let (mut length, mut line, mut column) = (0, 1, 0);
    let (mut in_text, mut escaped) = (false, false);
    for c in text {
        column += 1;
        if *c == b'\n' {
            (line, column) = (line + 1, 0);
        }
        match (in_text, c) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (true, _) => {}
            (false, b'"') => in_text = true,
            (false, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-') => {
                length += 1;
                if length > MAX_NUMBER {
                    return Err(JsonError::Syntax {
                        line,
                        column,
                        what: format!("a number of more than {MAX_NUMBER} characters"),
                        truncated: false,
                    });
                }
                continue;
            }
            (false, _) => {}
        }
        length = 0;
    }
    Ok(())
}

/// Counts brackets outside of texts. On what is not JSON it may count wrong, but never fewer than a reader opens.
fn check_depth(text: &[u8]) -> Result<(), JsonError> {
    let (mut depth, mut in_text, mut escaped) = (0_u16, false, false);
    for (byte, c) in text.iter().enumerate() {
        match (in_text, c) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_text = false,
            (true, _) => {}
            (false, b'"') => in_text = true,
            (false, b'[' | b'{') => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(JsonError::TooDeep { byte });
                }
            }
            (false, b']' | b'}') => depth = depth.saturating_sub(1),
            (false, _) => {}
        }
    }
    Ok(())
}

fn from_val(value: Val) -> Json {
    match value {
        Val::Null => Json::Null,
        Val::Bool(b) => Json::Bool(b),
        Val::Num(number) => Json::Number(from_num(&number)),
        Val::BStr(text) | Val::TStr(text) => Json::text(&String::from_utf8_lossy(&text)),
        Val::Arr(items) => Json::array(items.iter().cloned().map(from_val).collect()),
        Val::Obj(members) => {
            let named = members.iter().map(|(name, value)| {
                let name: Arc<str> = match name {
                    Val::TStr(text) | Val::BStr(text) => String::from_utf8_lossy(text).into(),
                    other => other.to_string().into(),
                };
                (name, from_val(value.clone()))
            });
            Json::object(named.collect::<Members>())
        }
    }
}

fn from_num(number: &Num) -> Number {
    let text = number.to_string();
    Number::parse(&text).unwrap_or_else(|| Number::Long(text.into()))
}
