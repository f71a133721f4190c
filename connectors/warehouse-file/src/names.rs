//! Names of files: patterns, numbers in them, and names made of a template.

/// True if the name fits; `*` stands for any characters, upper and lower case are the same.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let mut parts = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else {
        return rest.is_empty();
    };
    for part in parts {
        match rest.split_once(part) {
            Some((_, behind)) => rest = behind,
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// The last digits of a name before its ending, as a number.
pub(crate) fn number(name: &str) -> Option<u64> {
    let stem = stem(name);
    let from_last_digit = stem.trim_end_matches(|c: char| !c.is_ascii_digit());
    let before = from_last_digit.trim_end_matches(|c: char| c.is_ascii_digit());
    from_last_digit.strip_prefix(before)?.parse().ok()
}

/// A name without its ending.
pub(crate) fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}

/// Puts values into a template's braces. `None`: the name is no name of a file.
pub(crate) fn filled(template: &str, values: &[(&str, &str)]) -> Option<String> {
    let mut name = template.to_owned();
    for (placeholder, value) in values {
        name = name.replace(&format!("{{{placeholder}}}"), value);
    }
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | '{' | '}' | ':');
    let is_name = !name.is_empty() && name.len() <= 200 && !name.starts_with('.');
    (is_name && name.chars().all(is_plain)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*", "a.csv", true),
            ("*.ack", "K.ACK", true),
            ("*.ack", "K.ack.1", false),
            ("RTN_*.csv", "rtn_0001.csv", true),
            ("RTN_*.csv", "rtn_.cs", false),
            ("a*b*c", "aXbYbZc", true),
            ("ab*ba", "aba", false),
            ("plain", "plain", true),
            ("plain", "plainer", false),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn numbers() {
        for (name, expected) in [
            ("RTN_20260302_0012.csv", Some(12)),
            ("7", Some(7)),
            ("RTN12b.csv", Some(12)),
            ("none.csv", None),
            (".7", Some(7)),
            ("99999999999999999999.csv", None),
        ] {
            assert_eq!(number(name), expected, "{name}");
        }
    }

    #[test]
    fn names_stay_in_their_folder() {
        let name = |rma| filled("{key}-{rma}.asn", &[("key", "rt1-a"), ("rma", rma)]);
        assert_eq!(name("R1").as_deref(), Some("rt1-a-R1.asn"));
        assert_eq!(name("R/1"), None);
        assert_eq!(filled("{other}.asn", &[]), None);
        assert_eq!(filled("..{key}", &[("key", "a")]), None);
    }
}
