//! Dates, times, quantities and amounts as both syntaxes write them.

use canonical::money::round_ratio;
use canonical::{Currency, Qty};
use connector::Failure;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use super::view::bad;
use crate::wire::model::Segment;

/// A date of eight digits, or of six in the window that begins with `years_from`.
pub(super) fn date_of(text: &str, years_from: i16) -> Option<Date> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number: i32 = text.parse().ok()?;
    let (year, rest) = (number / 10_000, number % 10_000);
    let year = match text.len() {
        8 => i16::try_from(year).ok()?,
        6 => {
            let year = i16::try_from(year).ok()?;
            let century = years_from - years_from.rem_euclid(100);
            let early = century.checked_add(year)?;
            if early < years_from {
                early.checked_add(100)?
            } else {
                early
            }
        }
        _ => return None,
    };
    let (month, day) = (
        i8::try_from(rest / 100).ok()?,
        i8::try_from(rest % 100).ok()?,
    );
    Date::new(year, month, day).ok()
}

/// A time of four, six, seven or eight digits; nothing is midnight.
pub(super) fn time_of(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Some(Time::midnight());
    }
    if !text.bytes().all(|b| b.is_ascii_digit()) || !matches!(text.len(), 4 | 6 | 7 | 8) {
        return None;
    }
    let part = |skip: usize, take: usize| -> Option<i8> {
        let digits: String = text.chars().skip(skip).take(take).collect();
        if digits.is_empty() {
            Some(0)
        } else {
            digits.parse().ok()
        }
    };
    Time::new(part(0, 2)?, part(2, 2)?, part(4, 2)?, 0).ok()
}

/// A date of a segment.
pub(super) fn date(segment: &Segment, element: usize, years_from: i16) -> Result<Date, Failure> {
    let text = segment.get(element);
    date_of(text, years_from).ok_or_else(|| {
        bad(
            segment,
            element,
            format!("{text:?} is no date (CCYYMMDD or YYMMDD)"),
        )
    })
}

/// An instant, of a date and a time of a segment.
pub(super) fn instant(
    segment: &Segment,
    elements: (usize, usize),
    zone: &TimeZone,
    years_from: i16,
) -> Result<Timestamp, Failure> {
    let date = date(segment, elements.0, years_from)?;
    let text = segment.get(elements.1);
    let time = time_of(text).ok_or_else(|| {
        bad(
            segment,
            elements.1,
            format!("{text:?} is no time (HHMM or HHMMSS)"),
        )
    })?;
    at(date, time, zone).ok_or_else(|| bad(segment, elements.0, "the date is out of range"))
}

/// When goods came: of a date alone, the noon of that day. Midnight would be another day elsewhere: a booking with a date
/// of its own (in UTC, say) would fall on the day before, or into the period before.
pub(super) fn arrival(
    segment: &Segment,
    elements: (usize, usize),
    zone: &TimeZone,
    years_from: i16,
) -> Result<Timestamp, Failure> {
    if !segment.get(elements.1).is_empty() {
        return instant(segment, elements, zone, years_from);
    }
    let date = date(segment, elements.0, years_from)?;
    at(date, Time::constant(12, 0, 0, 0), zone)
        .ok_or_else(|| bad(segment, elements.0, "the date is out of range"))
}

/// An instant of a zone.
pub(super) fn at(date: Date, time: Time, zone: &TimeZone) -> Option<Timestamp> {
    let zoned = date.to_datetime(time).to_zoned(zone.clone()).ok()?;
    Some(zoned.timestamp())
}

/// A number as X12 (type R) and EDIFACT write it (`.5`, `5.`, `-5.2`, EDIFACT also `5,2`), as the canonical types read it.
pub(super) fn number(text: &str, decimal: u8) -> Option<String> {
    let text = text.trim();
    let text = if decimal == b',' {
        text.replacen(',', ".", 1)
    } else {
        text.to_owned()
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text.strip_prefix('+').unwrap_or(&text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !plain(whole) || !plain(fraction) {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let fraction = fraction.trim_end_matches('0');
    Some(if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    })
}

/// A quantity above zero.
pub(super) fn some_qty(
    segment: &Segment,
    element: usize,
    text: &str,
    decimal: u8,
) -> Result<Qty, Failure> {
    let qty = any_qty(segment, element, text, decimal)?;
    if !qty.is_positive() {
        let what = format!("quantity {text} is not above zero");
        return Err(bad(segment, element, what));
    }
    Ok(qty)
}

/// A quantity of zero or above.
pub(super) fn any_qty(
    segment: &Segment,
    element: usize,
    text: &str,
    decimal: u8,
) -> Result<Qty, Failure> {
    let qty: Option<Qty> = number(text, decimal).and_then(|text| text.parse().ok());
    let qty = qty.ok_or_else(|| {
        let what = format!("{text:?} is no quantity: expected a decimal of at most six places");
        bad(segment, element, what)
    })?;
    if qty < Qty::ZERO {
        return Err(bad(
            segment,
            element,
            format!("quantity {text} is negative"),
        ));
    }
    Ok(qty)
}

/// `qty × price` in minor units, if that is exact.
pub(super) fn extended(qty: Qty, price: Qty, currency: Currency) -> Option<i64> {
    let unit = i128::from(Qty::UNIT);
    let product = i128::from(qty.millionths()) * i128::from(price.millionths());
    let scaled = product.checked_mul(10_i128.checked_pow(currency.exponent())?)?;
    let divisor = unit * unit;
    if scaled % divisor != 0 {
        return None;
    }
    i64::try_from(scaled / divisor).ok()
}

/// So many percent of an amount, rounded half away from zero; of a gross amount, the tax that it contains.
pub(super) fn tax(amount_minor: i64, rate: Qty, inclusive: bool) -> Option<i64> {
    let rate = i128::from(rate.millionths());
    let hundred = 100 * i128::from(Qty::UNIT);
    let below = if inclusive { hundred + rate } else { hundred };
    round_ratio(i128::from(amount_minor).checked_mul(rate)?, below)
}

/// An amount with two implied decimals (type N2), whatever the currency. None: it cannot be said so.
pub(super) fn n2(minor: i64, currency: Currency) -> Option<String> {
    let exponent = currency.exponent();
    let hundredths = if exponent <= 2 {
        minor.checked_mul(10_i64.checked_pow(2 - exponent)?)?
    } else {
        let below = 10_i64.checked_pow(exponent - 2)?;
        if minor % below != 0 {
            return None;
        }
        minor / below
    };
    Some(hundredths.to_string())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn years_of_two_digits_lie_in_the_window() {
        for (text, from, expected) in [
            ("20260302", 1970, Some(date(2026, 3, 2))),
            ("260302", 1970, Some(date(2026, 3, 2))),
            ("700101", 1970, Some(date(1970, 1, 1))),
            ("691231", 1970, Some(date(2069, 12, 31))),
            ("991231", 2000, Some(date(2099, 12, 31))),
            ("20260230", 1970, None),
            ("2026032", 1970, None),
            ("2026-3-2", 1970, None),
            ("", 1970, None),
        ] {
            assert_eq!(date_of(text, from), expected, "{text}");
        }
    }

    #[test]
    fn times_have_four_to_eight_digits() {
        assert_eq!(time_of("1405"), Time::new(14, 5, 0, 0).ok());
        assert_eq!(time_of("14051099"), Time::new(14, 5, 10, 0).ok());
        assert_eq!(time_of(""), Some(Time::midnight()));
        for text in ["2460", "14:05", "140", "1"] {
            assert_eq!(time_of(text), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_read_as_partners_write_them() {
        for (text, decimal, expected) in [
            (".5", b'.', Some("0.5")),
            ("5.", b'.', Some("5")),
            ("-5.20", b'.', Some("-5.2")),
            ("5,2", b',', Some("5.2")),
            ("5,2", b'.', None),
            ("1e3", b'.', None),
            (".", b'.', None),
            ("", b'.', None),
        ] {
            assert_eq!(number(text, decimal).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn two_implied_decimals_hold_for_every_currency_or_not_at_all() {
        assert_eq!(n2(1250, Currency::USD).as_deref(), Some("1250"));
        assert_eq!(n2(1000, Currency::JPY).as_deref(), Some("100000"));
        assert_eq!(n2(1010, Currency::KWD).as_deref(), Some("101"));
        assert_eq!(n2(1005, Currency::KWD), None);
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        let price = |text: &str| text.parse::<Qty>().unwrap();
        assert_eq!(
            extended(Qty::whole(3), price("2.5"), Currency::USD),
            Some(750)
        );
        assert_eq!(
            extended(Qty::whole(3), price("0.3333"), Currency::USD),
            None
        );
        assert_eq!(
            extended(Qty::whole(2), price("500"), Currency::JPY),
            Some(1000)
        );
    }
}
