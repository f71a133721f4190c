//! Where a quoted value ends: lines that belong together, and quotes that never close.

/// Most lines that one row may go over.
const MOST_LINES: usize = 50;

/// True if a quote is open at the end of this text.
fn is_open(text: &str, separator: char, quote: char) -> bool {
    let mut quoted = false;
    let mut at_start = true;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            if c == quote {
                if chars.peek() == Some(&quote) {
                    chars.next();
                } else {
                    quoted = false;
                    at_start = false;
                }
            }
        } else if at_start && c == quote {
            quoted = true;
        } else {
            at_start = c == separator;
        }
    }
    quoted
}

/// How many of the lines, from the first one on, make one row. `None`: a quote opens and does not close.
pub(super) fn lines_of_row<'a>(
    mut lines: impl Iterator<Item = &'a str>,
    separator: char,
    quote: char,
    max_bytes: usize,
) -> Option<usize> {
    let first = lines.next()?;
    if !is_open(first, separator, quote) {
        return Some(1);
    }
    let mut row = first.to_owned();
    for (i, line) in lines.enumerate().take(MOST_LINES) {
        row.push('\n');
        row.push_str(line);
        if row.len() > max_bytes {
            return None;
        }
        // Only a line with a quote in it can close.
        if line.contains(quote) && !is_open(&row, separator, quote) {
            return Some(i + 2);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_open_only_at_the_start_of_a_value() {
        assert!(!is_open("a;5\" pipe;b", ';', '"'));
        assert!(is_open("a;\"5", ';', '"'));
        assert!(!is_open("a;\"5\"\" pipe\";b", ';', '"'));
        assert!(is_open("\"a;b\"\"", ';', '"'));
    }

    #[test]
    fn a_row_goes_over_lines() {
        let lines = ["a;\"b", "c\";d", "e"];
        assert_eq!(lines_of_row(lines.into_iter(), ';', '"', 100), Some(2));
        assert_eq!(
            lines_of_row(lines.into_iter().skip(2), ';', '"', 100),
            Some(1)
        );
        let open = ["a;\"b", "c"];
        assert_eq!(lines_of_row(open.into_iter(), ';', '"', 100), None);
    }
}
