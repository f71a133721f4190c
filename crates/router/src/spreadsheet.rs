//! Cells of files for spreadsheets: what partners wrote is a text there, and never a formula.

use std::borrow::Cow;

/// Spreadsheets compute a cell that begins so; the last four are the same signs in full width (OWASP, "CSV injection").
const COMPUTED: &[char] = &[
    '=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
];

/// The cell as it is written: with a quote before what a spreadsheet would compute, and before such a quote. Plain numbers
/// stay what they are.
pub fn cell(text: &str) -> Cow<'_, str> {
    if is_computed(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// What a cell stands for that was written so.
pub fn meant(cell: &str) -> &str {
    let quoted = cell.strip_prefix('\'');
    quoted.filter(|text| is_computed(text)).unwrap_or(cell)
}

fn is_computed(text: &str) -> bool {
    let text = text.trim_start_matches('\'');
    text.starts_with(COMPUTED) && !is_number(text)
}

/// Digits with a sign and a point at the most: `-12.50`.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole) && digits(part)
}

#[cfg(test)]
mod tests {
    use super::{cell, meant};

    #[test]
    fn nothing_is_computed_by_a_spreadsheet() {
        for text in [
            "=1+1",
            "+1+1",
            "-1+1",
            "@SUM(1)",
            "\t=1",
            "\r=1",
            "\n=1",
            "\u{ff1d}1",
            "-",
            "-1.",
            "+1.2.3",
            "-1e5",
            "-\u{661}",
            "'=1",
            "''=1",
        ] {
            assert_eq!(cell(text), format!("'{text}"));
            assert_eq!(meant(&cell(text)), text);
        }
        for text in ["", "0", "-12.50", "+3", "api/shop", "a=1", " =1", "'", "'x"] {
            assert_eq!(cell(text), text);
            assert_eq!(meant(text), text);
        }
    }
}
