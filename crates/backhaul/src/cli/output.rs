//! Printing: tables for people, JSON for programs. What partners and people wrote must not steer the terminal, nor turn around what
//! stands beside it: here it is escaped, wherever it comes from.

use std::borrow::Cow;
use std::io::{self, Write as _};

use comfy_table::{ContentArrangement, Table};
use serde::Serialize;

use super::Ended;

/// Prints a line. A reader that has gone (`| head`) is not an error.
pub(super) fn line(text: impl AsRef<str>) -> Result<(), Ended> {
    bytes(format!("{}\n", plain(text.as_ref())).as_bytes())
}

/// A text whose control characters, and those that change the direction of writing, are seen: `\u{1b}`. Ends of lines and tabs stay.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c.escape_unicode().to_string())
}

fn escaped(text: &str, how: impl Fn(char) -> String) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) {
            plain.push_str(&how(c));
        } else {
            plain.push(c);
        }
    }
    Cow::Owned(plain)
}

/// Controls of the terminal, and of the direction of writing (Unicode's `Bidi_Control`).
fn steers(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && !matches!(c, '\n' | '\t'))
}

/// Prints bytes as they are.
pub(super) fn bytes(bytes: &[u8]) -> Result<(), Ended> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// Prints a value as JSON, indented.
pub(super) fn json(value: &impl Serialize) -> Result<(), Ended> {
    let text = serde_json::to_string_pretty(value)?;
    // They stand in strings alone, where this says the same.
    let text = escaped(&text, |c| format!("\\u{:04x}", u32::from(c)));
    bytes(format!("{text}\n").as_bytes())
}

/// Says on standard error what went wrong.
pub(super) fn complain(text: &str) {
    let mut err = io::stderr().lock();
    if writeln!(err, "backhaul: {}", plain(text)).is_err() {
        // Nobody listens; the exit code still tells.
    }
}

/// Prints a table, or the sentence when it would be empty.
pub(super) fn table(
    header: &[&str],
    rows: Vec<Vec<String>>,
    when_empty: &str,
) -> Result<(), Ended> {
    if rows.is_empty() {
        return line(when_empty);
    }
    // Before the table is laid out: what is escaped is longer.
    let rows = rows.into_iter().map(|row| {
        let cells = row.into_iter().map(|cell| plain(&cell).into_owned());
        cells.collect::<Vec<String>>()
    });
    let mut table = Table::new();
    table
        .load_style(comfy_table::presets::UTF8_FULL_CONDENSED)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(header.to_vec())
        .add_rows(rows);
    line(table.trim_fmt())
}

/// Money for people: "USD 12.50". Amounts are in minor units of their currency.
pub(super) fn money(minor: Option<i64>, currency: Option<&str>) -> String {
    let Some((minor, currency)) = minor.zip(currency) else {
        return String::new();
    };
    match currency.parse::<canonical::Currency>() {
        Ok(known) => canonical::Money::new(minor, known).to_string(),
        Err(_) => format!("{currency} {minor} (minor units)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        for (text, seen) in [
            ("plain ünd\n\ttext", "plain ünd\n\ttext"),
            ("a\u{1b}[2Jb", "a\\u{1b}[2Jb"),
            ("x\r\u{7f}\u{9b}", "x\\u{d}\\u{7f}\\u{9b}"),
            (
                "1\u{202e}2\u{2066}3\u{200f}",
                "1\\u{202e}2\\u{2066}3\\u{200f}",
            ),
        ] {
            assert_eq!(plain(text), seen);
        }
    }
}
