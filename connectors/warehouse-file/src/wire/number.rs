//! Decimals as warehouses write them → plain decimals, and back. Digits only: nothing is ever rounded.

use crate::layout::{Column, Sign};

/// A plain decimal, such as "-12.5". The error says what was expected.
pub(super) fn plain(column: &Column, text: &str) -> Result<String, String> {
    let mark = column.mark.unwrap_or('.');
    let (negative, digits) = sign(column.sign, text);
    let digits = match column.thousands {
        Some(separator) => ungrouped(digits, separator, mark)?,
        None => digits.to_owned(),
    };
    let (whole, fraction) = match digits.split_once(mark) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits.as_str(), None),
    };
    let are_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty()
        || !are_digits(whole)
        || fraction.is_some_and(|f| f.is_empty() || !are_digits(f))
    {
        return Err(format!("a decimal with {mark:?} before its fraction"));
    }
    let (whole, fraction) = match (column.decimals, fraction) {
        (0, fraction) => (whole.to_owned(), fraction.unwrap_or_default().to_owned()),
        (_, Some(_)) => {
            return Err("digits without a decimal mark: decimals are implied".to_owned());
        }
        (decimals, None) => implied(whole, decimals),
    };
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let mut plain = String::new();
    if negative && !(whole.is_empty() && fraction.is_empty()) {
        plain.push('-');
    }
    plain.push_str(if whole.is_empty() { "0" } else { whole });
    if !fraction.is_empty() {
        plain.push('.');
        plain.push_str(fraction);
    }
    Ok(plain)
}

fn sign(sign: Sign, text: &str) -> (bool, &str) {
    match sign {
        Sign::None => (false, text),
        Sign::Leading => match (text.strip_prefix('-'), text.strip_prefix('+')) {
            (Some(digits), _) => (true, digits.trim_start()),
            (None, Some(digits)) => (false, digits.trim_start()),
            (None, None) => (false, text),
        },
        Sign::Trailing => match (text.strip_suffix('-'), text.strip_suffix('+')) {
            (Some(digits), _) => (true, digits.trim_end()),
            (None, Some(digits)) => (false, digits.trim_end()),
            (None, None) => (false, text),
        },
    }
}

/// Takes the separators of thousands out, which must stand where thousands are: "1.23" is no number with "." there.
fn ungrouped(text: &str, separator: char, mark: char) -> Result<String, String> {
    let (whole, fraction) = match text.split_once(mark) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    if whole.contains(separator) {
        let groups: Vec<&str> = whole.split(separator).collect();
        let first_fits = groups.first().is_some_and(|g| (1..=3).contains(&g.len()));
        if !first_fits || groups.iter().skip(1).any(|group| group.len() != 3) {
            return Err(format!(
                "thousands separated by {separator:?} in groups of three"
            ));
        }
    }
    let whole = whole.replace(separator, "");
    Ok(match fraction {
        Some(fraction) => format!("{whole}{mark}{fraction}"),
        None => whole,
    })
}

fn implied(digits: &str, decimals: u32) -> (String, String) {
    let decimals = usize::try_from(decimals).unwrap_or(usize::MAX);
    let padded = format!("{digits:0>width$}", width = decimals.saturating_add(1));
    let (whole, fraction) = padded.split_at(padded.len().saturating_sub(decimals));
    (whole.to_owned(), fraction.to_owned())
}

/// Writes a plain decimal as the column wants it. The error says why it cannot.
pub(super) fn written(column: &Column, plain: &str) -> Result<String, String> {
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let text = if column.decimals > 0 {
        let decimals = usize::try_from(column.decimals).unwrap_or(usize::MAX);
        if fraction.len() > decimals {
            return Err(format!("it has more than {decimals} decimals"));
        }
        format!("{whole}{fraction:0<decimals$}")
    } else if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}{}{fraction}", column.mark.unwrap_or('.'))
    };
    match (negative, column.sign) {
        (false, _) => Ok(text),
        (true, Sign::Leading) => Ok(format!("-{text}")),
        (true, Sign::Trailing) => Ok(format!("{text}-")),
        (true, Sign::None) => Err("it is negative".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_of_every_kind() {
        let column = |decimals, mark, thousands, sign| Column {
            decimals,
            mark,
            thousands,
            sign,
            ..Column::default()
        };
        let lead = Sign::Leading;
        for (column, text, expected) in [
            (column(0, None, None, lead), "012.50", Some("12.5")),
            (column(0, None, None, lead), "-3", Some("-3")),
            (column(0, None, None, lead), "-0", Some("0")),
            (column(0, None, None, lead), "1e3", None),
            (column(0, None, None, lead), "1.", None),
            (column(0, None, None, lead), ".5", None),
            (column(0, None, None, lead), "1,5", None),
            (
                column(0, Some(','), Some('.'), lead),
                "1.234,50",
                Some("1234.5"),
            ),
            (column(0, Some(','), Some('.'), lead), "1.5", None),
            (column(0, Some(','), Some('.'), lead), "1234", Some("1234")),
            (column(2, None, None, lead), "00250", Some("2.5")),
            (column(2, None, None, lead), "5", Some("0.05")),
            (column(2, None, None, lead), "2.50", None),
            (column(0, None, None, Sign::Trailing), "7-", Some("-7")),
            (column(0, None, None, Sign::Trailing), "-7", None),
            (column(0, None, None, Sign::None), "-7", None),
        ] {
            let found = plain(&column, text).ok();
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn written_is_read_again() {
        let columns = [
            Column::default(),
            Column {
                mark: Some(','),
                ..Column::default()
            },
            Column {
                decimals: 3,
                sign: Sign::Trailing,
                ..Column::default()
            },
        ];
        for column in columns {
            for text in ["0", "7", "-7", "12.5", "-0.001", "1000000"] {
                let written = written(&column, text).unwrap();
                assert_eq!(plain(&column, &written).unwrap(), text, "{written}");
            }
        }
    }
}
