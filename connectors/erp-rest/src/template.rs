//! Path and header templates: `{name}` is a value as its place writes it, `{name:filter}` the same written in another way.
//!
//! Only `{name}` and `{name:filter}` are values; any other brace is text, so that a template may be a JSON document.

use std::borrow::Cow;
use std::collections::BTreeMap;

use data_encoding::BASE64URL;

/// What a template may name: values, and the profile's own texts.
#[derive(Debug, Clone)]
pub(crate) struct Values<'a> {
    known: Vec<(&'a str, &'a str)>,
    texts: &'a BTreeMap<String, String>,
}

impl<'a> Values<'a> {
    /// Values, and texts that are templates themselves.
    pub(crate) fn new(known: Vec<(&'a str, &'a str)>, texts: &'a BTreeMap<String, String>) -> Self {
        Self { known, texts }
    }

    /// One more.
    pub(crate) fn push(&mut self, name: &'a str, value: &'a str) {
        self.known.push((name, value));
    }

    /// The value of that name; a text is filled first, with values only. `Err` is the name that has no value.
    fn get(&self, name: &str) -> Result<Cow<'a, str>, String> {
        if let Some(value) = self.known(name) {
            return Ok(Cow::Borrowed(value));
        }
        let text = self.texts.get(name).ok_or_else(|| name.to_owned())?;
        let mut filled = String::new();
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Value { name, filter } => {
                    let value = self.known(name).ok_or_else(|| name.to_owned())?;
                    filled.push_str(&filter.written(value));
                }
            }
        }
        Ok(Cow::Owned(filled))
    }

    fn known(&self, name: &str) -> Option<&'a str> {
        let found = self.known.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    }
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// A value.
    Value {
        /// Its name.
        name: &'a str,
        /// How it is written.
        filter: Filter,
    },
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Filter {
    /// As its place demands: percent-encoded in a path, as it is in a header or a text.
    Plain,
    /// As an OData literal: quoted, a quote inside doubled.
    Odata,
    /// As a JSON text with its quotation marks.
    Json,
    /// In the alphabet of base64 that addresses can carry (RFC 4648, 5), padded.
    Base64url,
    /// As it is, also in a path: for the profile's own texts.
    Raw,
}

impl Filter {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "odata" => Self::Odata,
            "json" => Self::Json,
            "base64url" => Self::Base64url,
            "raw" => Self::Raw,
            _ => return None,
        })
    }

    fn written(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::Plain | Self::Raw => Cow::Borrowed(value),
            Self::Odata => Cow::Owned(format!("'{}'", value.replace('\'', "''"))),
            Self::Json => Cow::Owned(serde_json::Value::from(value).to_string()),
            Self::Base64url => Cow::Owned(BASE64URL.encode(value.as_bytes())),
        }
    }
}

/// Takes a template apart. A filter that nobody knows is left in the name, which then has no value.
pub(crate) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        rest = match after.split_once('}') {
            Some((inside, behind)) if is_value(inside) => {
                pieces.push(value(inside));
                behind
            }
            Some(_) | None => {
                pieces.push(Piece::Text("{"));
                after
            }
        };
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

fn is_value(inside: &str) -> bool {
    let may_stand = |c: char| c.is_ascii_alphanumeric() || "_-:".contains(c);
    !inside.is_empty() && inside.chars().all(may_stand)
}

fn value(inside: &str) -> Piece<'_> {
    let named = inside
        .split_once(':')
        .and_then(|(name, filter)| Some((name, Filter::named(filter)?)));
    let (name, filter) = named.unwrap_or((inside, Filter::Plain));
    Piece::Value { name, filter }
}

/// Fills a path; values are percent-encoded. `Err` is the name that has no value.
pub(crate) fn path(template: &str, values: &Values<'_>) -> Result<String, String> {
    let mut filled = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Value { name, filter } => {
                let value = values.get(name)?;
                match filter {
                    Filter::Raw => filled.push_str(&value),
                    Filter::Plain | Filter::Odata | Filter::Json | Filter::Base64url => {
                        percent(&filter.written(&value), &mut filled);
                    }
                }
            }
        }
    }
    Ok(filled)
}

/// Fills a header; values stand as they are. `Err` is the name that has no value.
pub(crate) fn header(template: &str, values: &Values<'_>) -> Result<String, String> {
    let mut filled = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Value { name, filter } => {
                filled.push_str(&filter.written(&values.get(name)?));
            }
        }
    }
    Ok(filled)
}

/// Percent-encodes all but the unreserved characters (RFC 3986, 2.3).
fn percent(value: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> BTreeMap<String, String> {
        let text = |name: &str, template: &str| (name.to_owned(), template.to_owned());
        BTreeMap::from([
            text("by_name", "[[\"name\", \"=\", {name:json}]]"),
            text(
                "context",
                "{\"company\": {company}, \"companies\": [{company}]}",
            ),
            text("fields", "f=number&f=state"),
            text("nested", "{fields}"),
        ])
    }

    #[test]
    fn values_are_encoded_for_their_place() {
        let texts = texts();
        let known = vec![
            ("key", "rt1-ab"),
            ("name", "O'Neill & \"Söhne\""),
            ("id", "a/b"),
            ("company", "1"),
        ];
        let values = Values::new(known, &texts);
        for (template, filled) in [
            (
                "/api/creditMemos({id})/post",
                "/api/creditMemos(a%2Fb)/post",
            ),
            ("?$filter=no eq {key:odata}", "?$filter=no eq %27rt1-ab%27"),
            (
                "{name:odata}",
                "%27O%27%27Neill%20%26%20%22S%C3%B6hne%22%27",
            ),
            (
                "?d={by_name:base64url}",
                "?d=W1sibmFtZSIsICI9IiwgIk8nTmVpbGwgJiBcIlPDtmhuZVwiIl1d",
            ),
            ("?{fields:raw}", "?f=number&f=state"),
            ("?{fields}", "?f%3Dnumber%26f%3Dstate"),
            ("plain", "plain"),
            ("open {", "open {"),
            ("{} { x}", "{} { x}"),
        ] {
            assert_eq!(path(template, &values).unwrap(), filled);
        }
        assert_eq!(
            header("{context:base64url}", &values).unwrap(),
            BASE64URL.encode(b"{\"company\": 1, \"companies\": [1]}")
        );
        assert_eq!(
            header("{context}", &values).unwrap(),
            "{\"company\": 1, \"companies\": [1]}"
        );
    }

    #[test]
    fn a_value_that_is_not_there_is_named() {
        let (none, texts) = (BTreeMap::new(), texts());
        let missing = |template: &str| path(template, &Values::new(Vec::new(), &none));
        assert_eq!(missing("/{company}/x"), Err("company".to_owned()));
        assert_eq!(missing("/{key:rot13}"), Err("key:rot13".to_owned()));
        let values = Values::new(vec![("key", "rt1-ab")], &texts);
        assert_eq!(header("{key}", &values), Ok("rt1-ab".to_owned()));
        // A text is made of values, not of other texts, and is missing what its values miss.
        assert_eq!(path("{nested}", &values), Err("fields".to_owned()));
        assert_eq!(path("{by_name}", &values), Err("name".to_owned()));
    }
}
