//! How amounts, times and states are written on a page.

use std::collections::BTreeMap;

use canonical::{Currency, Money};
use jiff::Timestamp;

/// An instant for people: to the second, in UTC.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// How long ago, in the unit that says most.
pub(super) fn age(since: Timestamp, now: Timestamp) -> String {
    let seconds = now.duration_since(since).as_secs().max(0);
    match seconds {
        0..=90 => format!("{seconds} s"),
        91..=5_400 => format!("{} min", seconds / 60),
        5_401..=172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// An amount in a currency that may not be known.
pub(super) fn money(minor: i64, currency: &str) -> String {
    match currency.parse::<Currency>() {
        Ok(currency) => Money::new(minor, currency).to_string(),
        Err(_) => format!("{minor} minor units of {currency}"),
    }
}

/// Sums by currency; a dash if there are none.
pub(super) fn sums(by_currency: &BTreeMap<String, i64>) -> String {
    let sums = by_currency.iter();
    let texts: Vec<String> = sums
        .map(|(currency, minor)| money(*minor, currency))
        .collect();
    if texts.is_empty() {
        "–".to_owned()
    } else {
        texts.join(" + ")
    }
}

/// JSON with one member on a line; the text itself if it is none.
pub(super) fn pretty(json: &str) -> String {
    let value = serde_json::from_str::<serde_json::Value>(json);
    let text = value.and_then(|value| serde_json::to_string_pretty(&value));
    text.unwrap_or_else(|_| json.to_owned())
}

/// At most so many bytes of a text, and whether that is all of it.
pub(super) fn cut(text: &str, most: usize) -> (&str, bool) {
    if text.len() <= most {
        return (text, true);
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
    (text.get(..end.unwrap_or(0)).unwrap_or_default(), false)
}

/// Bytes as text; what is no text as rows of hexadecimal digits with their offset.
pub(super) fn bytes(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(text) if !text.contains('\0') => text.to_owned(),
        _ => {
            let rows = raw.chunks(16).enumerate().map(|(n, row)| {
                let digits: Vec<String> = row.iter().map(|byte| format!("{byte:02x}")).collect();
                let shown = row.iter().map(|byte| match byte {
                    0x20..=0x7e => char::from(*byte),
                    _ => '·',
                });
                let shown: String = shown.collect();
                format!("{:06x}  {:<47}  {shown}", n * 16, digits.join(" "))
            });
            rows.collect::<Vec<String>>().join("\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_told_in_the_unit_that_says_most() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let ago = |seconds: i64| age(Timestamp::from_second(1_000_000 - seconds).unwrap(), now);
        assert_eq!(ago(-5), "0 s");
        assert_eq!(ago(90), "90 s");
        assert_eq!(ago(600), "10 min");
        assert_eq!(ago(7_200), "2 h");
        assert_eq!(ago(864_000), "10 d");
    }

    #[test]
    fn a_text_is_cut_between_its_characters() {
        assert_eq!(cut("häuser", 2), ("h", false));
        assert_eq!(cut("häuser", 3), ("hä", false));
        assert_eq!(cut("haus", 4), ("haus", true));
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_in_rows() {
        assert_eq!(bytes("ISA*00".as_bytes()), "ISA*00");
        assert_eq!(
            bytes(&[0x41, 0xff]),
            "000000  41 ff                                            A·"
        );
    }

    #[test]
    fn amounts_of_unknown_currencies_are_shown_all_the_same() {
        assert_eq!(money(1_234, "USD"), "12.34 USD");
        assert_eq!(money(5, "?"), "5 minor units of ?");
        assert_eq!(sums(&BTreeMap::new()), "–");
    }
}
