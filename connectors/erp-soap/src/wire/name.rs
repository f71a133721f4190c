//! Names that a profile's shapes may give to elements and attributes.

/// A name with its prefix, if it has one.
pub(super) fn split(name: &str) -> (Option<&str>, &str) {
    match name.split_once(':') {
        Some((prefix, local)) => (Some(prefix), local),
        None => (None, name),
    }
}

/// True for a name without colon (XML namespaces 1.0, `NCName`).
pub(super) fn is_plain(name: &str) -> bool {
    let mut characters = name.chars();
    characters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))
}

/// True for a character that XML 1.0 can carry.
pub(super) const fn is_allowed(character: char) -> bool {
    matches!(character,
        '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_what_are_none() {
        for name in ["a", "_a", "Straße", "a-b.c_1"] {
            assert!(is_plain(name), "{name}");
        }
        for name in ["", "1a", "a b", "a>", "a:b", "-a"] {
            assert!(!is_plain(name), "{name}");
        }
        assert_eq!(split("p:a"), (Some("p"), "a"));
        assert!(
            is_allowed('ü') && is_allowed('\n') && !is_allowed('\u{0}') && !is_allowed('\u{ffff}')
        );
    }
}
