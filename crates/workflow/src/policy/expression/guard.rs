//! Limits on a condition's text, checked before it is parsed: the parser and the interpreter recurse, and know none.

/// Bytes of a condition at most.
pub(super) const MOST_BYTES: usize = 1024;
/// Operators, calls and brackets at most.
pub(super) const MOST_OPERATORS: usize = 100;
/// Brackets within brackets at most.
pub(super) const MOST_NESTED: usize = 16;

/// What is wrong, and at which character, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) at: usize,
    pub(super) what: String,
}

impl Refusal {
    pub(super) fn new(at: usize, what: impl Into<String>) -> Self {
        Self {
            at,
            what: what.into(),
        }
    }
}

/// Refuses what is too long, too deep or has too many operators. Escapes, comments and texts in triple quotes are no part
/// of the language here: without them it is certain where a text begins and ends.
pub(super) fn check(source: &str) -> Result<(), Refusal> {
    if source.trim().is_empty() {
        return Err(Refusal::new(1, "the condition is empty"));
    }
    if source.len() > MOST_BYTES {
        let what = format!("the condition has more than {MOST_BYTES} bytes");
        return Err(Refusal::new(MOST_BYTES, what));
    }
    let mut quote: Option<char> = None;
    let (mut operators, mut nested, mut before) = (0_usize, 0_usize, ' ');
    let mut chars = source.chars().enumerate().peekable();
    while let Some((index, c)) = chars.next() {
        let at = index + 1;
        let next = chars.peek().map(|(_, next)| *next);
        if c == '\\' {
            return Err(Refusal::new(at, "a backslash is not known here"));
        }
        match (quote, c) {
            (Some(open), _) if open == c => {
                quote = None;
                if next == Some(c) {
                    return Err(Refusal::new(at, "two quotes stand beside each other"));
                }
            }
            (Some(_), _) => {}
            (None, '"' | '\'') => {
                // An empty text is one, three quotes are not.
                if before.is_alphanumeric() {
                    return Err(Refusal::new(at, "a letter stands before a quote"));
                }
                quote = Some(c);
                if next == Some(c) {
                    chars.next();
                    quote = None;
                    if chars.peek().map(|(_, next)| *next) == Some(c) {
                        return Err(Refusal::new(at, "triple quotes are not known here"));
                    }
                }
            }
            (None, '/') if next == Some('/') => {
                return Err(Refusal::new(at, "a comment is not known here"));
            }
            (None, '(' | '[' | '{') => {
                nested += 1;
                operators += 1;
                if nested > MOST_NESTED {
                    let what = format!("more than {MOST_NESTED} brackets within each other");
                    return Err(Refusal::new(at, what));
                }
            }
            (None, ')' | ']' | '}') => nested = nested.saturating_sub(1),
            (None, '=' | '&' | '|') if matches!(before, '=' | '!' | '<' | '>' | '&' | '|') => {}
            (None, '+' | '-' | '*' | '/' | '%' | '!' | '<' | '>' | '=' | '&' | '|' | '?' | '.') => {
                operators += 1;
            }
            (None, 'i') if next == Some('n') && !(before.is_alphanumeric() || before == '_') => {
                operators += 1;
            }
            (None, _) => {}
        }
        before = c;
        if operators > MOST_OPERATORS {
            let what = format!("more than {MOST_OPERATORS} operators, calls and brackets");
            return Err(Refusal::new(at, what));
        }
    }
    match quote {
        Some(_) => {
            let end = source.chars().count();
            Err(Refusal::new(end, "a text is not closed"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_and_flat_passes() {
        for good in [
            "days_since_invoice > 30",
            "segment == '' || item in [\"A-1\", 'B (2) [3] + + +']",
            "!(a && (b || c)) ? x : y",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let texts = format!("item == '{}'", "+".repeat(900));
        assert_eq!(check(&texts), Ok(()));
        let most = format!("{}1 > 0", "1+".repeat(MOST_OPERATORS - 1));
        assert_eq!(check(&most), Ok(()));
    }

    #[test]
    fn what_is_not_is_refused_where_it_is() {
        let deep = format!("{}true{}", "(".repeat(17), ")".repeat(17));
        let many = format!("{}1 > 0", "1+".repeat(101));
        let bangs = format!("{}true", "!".repeat(101));
        let minus = format!("{}1 > 0", "- ".repeat(101));
        let hidden = format!("'''a''' == item && {}1 > 0", "1+".repeat(101));
        let raw = format!("r'a' == item && {}1 > 0", "1+".repeat(101));
        for (bad, at, says) in [
            (" ", 1, "empty"),
            (&"x".repeat(1025), 1024, "1024 bytes"),
            (&deep, 17, "within each other"),
            (&many, 202, "100 operators"),
            (&bangs, 101, "100 operators"),
            (&minus, 201, "100 operators"),
            (&hidden, 1, "triple quotes"),
            (&raw, 2, "before a quote"),
            ("item == 'a\\'b'", 11, "backslash"),
            ("true // always", 6, "comment"),
            ("item == 'a", 10, "not closed"),
        ] {
            let refusal = check(bad).unwrap_err();
            assert!(refusal.what.contains(says), "{bad}: {refusal:?}");
            assert_eq!(refusal.at, at, "{bad}");
        }
    }
}
