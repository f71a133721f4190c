//! A value against its type and length.

use jiff::civil::Date;

use super::table::{Kind, Spec};
use crate::wire::codes::Trouble;

/// What is wrong with a value that is there, if anything.
pub(super) fn trouble(
    spec: &Spec,
    longest: usize,
    has_short_dates: bool,
    value: &str,
) -> Option<Trouble> {
    if value.chars().any(char::is_control) {
        return Some(Trouble::Character);
    }
    let value = value.trim_end();
    let is_right = match spec.kind {
        Kind::Text => true,
        Kind::Letters => value.chars().all(char::is_alphabetic),
        Kind::Whole => is_number(value, false),
        Kind::Decimal => is_number(value, true),
        Kind::Date => {
            let is_date = is_date(value) && (has_short_dates || value.len() == 8);
            return (!is_date).then_some(Trouble::Date);
        }
        Kind::Time => return (!is_time(value)).then_some(Trouble::Time),
    };
    if !is_right {
        return Some(Trouble::Character);
    }
    let is_number = matches!(spec.kind, Kind::Whole | Kind::Decimal);
    let counts = |c: &char| !is_number || c.is_ascii_digit();
    let length = value.chars().filter(counts).count();
    match length {
        _ if length < spec.shortest => Some(Trouble::TooShort),
        _ if length > longest => Some(Trouble::TooLong),
        _ => None,
    }
}

/// Digits, a sign before them, and a point or comma among them if it may have one.
fn is_number(value: &str, has_point: bool) -> bool {
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let points = digits.chars().filter(|c| matches!(c, '.' | ',')).count();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let has_digit = digits.bytes().any(|byte| byte.is_ascii_digit());
    has_digit && digits.chars().all(is_part) && points <= usize::from(has_point)
}

/// `CCYYMMDD` or `YYMMDD` of a day that exists. In the short form the century is not known: a leap day may be.
pub(super) fn is_date(value: &str) -> bool {
    if !value.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    let (Some(year), Some(day)) = (value.len().checked_sub(4), value.len().checked_sub(2)) else {
        return false;
    };
    let number =
        |range: std::ops::Range<usize>| value.get(range).and_then(|text| text.parse().ok());
    let year = match (value.len(), number(0..year)) {
        (8, Some(year)) => year,
        (6, Some(year)) => 2000 + year,
        _ => return false,
    };
    let (Some(month), Some(day)) = (number(year_end(value)..day), number(day..value.len())) else {
        return false;
    };
    let (Ok(month), Ok(day)) = (i8::try_from(month), i8::try_from(day)) else {
        return false;
    };
    Date::new(year, month, day).is_ok()
}

fn year_end(value: &str) -> usize {
    value.len().saturating_sub(4)
}

/// `HHMM`, `HHMMSS`, and tenths or hundredths of a second behind it.
fn is_time(value: &str) -> bool {
    let is_digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let below = |range: std::ops::Range<usize>, bound: u8| match value.get(range) {
        None => true,
        Some(text) => text.parse().is_ok_and(|number: u8| number < bound),
    };
    let is_length = matches!(value.len(), 4 | 6 | 7 | 8);
    is_digits && is_length && below(0..2, 25) && below(2..4, 60) && below(4..6, 60)
}

/// A DTM value in its format: 102 is a day, 203 and 204 a day with a time, 101 a short day. Other formats are taken.
pub(super) fn is_dtm(value: &str, format: &str) -> bool {
    let split = |day: usize| value.split_at_checked(day);
    match format {
        "102" => value.len() == 8 && is_date(value),
        "101" => value.len() == 6 && is_date(value),
        "203" => {
            split(8).is_some_and(|(day, time)| is_date(day) && time.len() == 4 && is_time(time))
        }
        "204" => {
            split(8).is_some_and(|(day, time)| is_date(day) && time.len() == 6 && is_time(time))
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_exist_or_not() {
        for day in ["20240229", "20251231", "250131", "000229"] {
            assert!(is_date(day), "{day}");
        }
        for day in [
            "20250229",
            "20251301",
            "20250100",
            "2501",
            "2025-1-1",
            "",
            "é0251231",
        ] {
            assert!(!is_date(day), "{day}");
        }
    }

    #[test]
    fn times_exist_or_not() {
        for time in ["0000", "2359", "120000", "1200001", "12000012"] {
            assert!(is_time(time), "{time}");
        }
        for time in ["2560", "12", "12000", "1260", "120060", "noon"] {
            assert!(!is_time(time), "{time}");
        }
    }

    #[test]
    fn numbers_may_have_a_sign_and_one_point() {
        for number in ["0", "-5", "5.", ".5", "-5.25", "1,5"] {
            assert!(is_number(number, true), "{number}");
        }
        for number in ["", "-", ".", "1.2.3", "1e5", "5-", "x"] {
            assert!(!is_number(number, true), "{number}");
        }
        assert!(!is_number("5.0", false));
    }

    #[test]
    fn a_dtm_is_looked_at_in_its_format() {
        assert!(is_dtm("20250131", "102"));
        assert!(!is_dtm("20250132", "102"));
        assert!(is_dtm("202501311200", "203"));
        assert!(!is_dtm("2025013112", "203"));
        assert!(is_dtm("20250131120000", "204"));
        assert!(is_dtm("whatever", "718"));
    }
}
