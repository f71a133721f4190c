//! Path and header templates: `{name}` is a value, `{name:odata}` the same as an OData text literal.

/// A value that a template may name.
pub(crate) type Values<'a> = &'a [(&'a str, &'a str)];

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// As it stands.
    Text(&'a str),
    /// A value.
    Value {
        /// Its name.
        name: &'a str,
        /// As an OData literal: quoted, a quote inside doubled.
        odata: bool,
    },
}

/// Takes a template apart. A brace without its partner is part of the text.
pub(crate) fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((inside, behind)) = after.split_once('}') else {
            break;
        };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(match inside.split_once(':') {
            Some((name, "odata")) => Piece::Value { name, odata: true },
            _ => Piece::Value {
                name: inside,
                odata: false,
            },
        });
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Fills a path; values are percent-encoded. `Err` is the name that has no value.
pub(crate) fn path<'a>(template: &'a str, values: Values<'_>) -> Result<String, &'a str> {
    let mut filled = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Value { name, odata } => {
                let value = lookup(values, name)?;
                if odata {
                    let literal = format!("'{}'", value.replace('\'', "''"));
                    percent(&literal, &mut filled);
                } else {
                    percent(value, &mut filled);
                }
            }
        }
    }
    Ok(filled)
}

/// Fills a header; values stand as they are. `Err` is the name that has no value.
pub(crate) fn header<'a>(template: &'a str, values: Values<'_>) -> Result<String, &'a str> {
    let mut filled = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Value { name, .. } => filled.push_str(lookup(values, name)?),
        }
    }
    Ok(filled)
}

fn lookup<'a, 'v>(values: Values<'v>, name: &'a str) -> Result<&'v str, &'a str> {
    values
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| *value)
        .ok_or(name)
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

    #[test]
    fn values_are_encoded_for_their_place() {
        let values = [
            ("key", "rt1-ab"),
            ("name", "O'Neill & Söhne"),
            ("id", "a/b"),
        ];
        for (template, filled) in [
            (
                "/api/creditMemos({id})/post",
                "/api/creditMemos(a%2Fb)/post",
            ),
            ("?$filter=no eq {key:odata}", "?$filter=no eq %27rt1-ab%27"),
            ("{name:odata}", "%27O%27%27Neill%20%26%20S%C3%B6hne%27"),
            ("plain", "plain"),
            ("open {", "open {"),
        ] {
            assert_eq!(path(template, &values).unwrap(), filled);
        }
    }

    #[test]
    fn a_value_that_is_not_there_is_named() {
        assert_eq!(path("/{company}/x", &[]), Err("company"));
        assert_eq!(
            header("{key}", &[("key", "rt1-ab")]),
            Ok("rt1-ab".to_owned())
        );
    }
}
