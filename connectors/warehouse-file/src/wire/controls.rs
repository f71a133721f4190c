//! Counts and totals: what a file says of itself against what is in it.

use std::collections::BTreeMap;

use connector::Failure;

use super::row::{Cell, Value};
use crate::failures;
use crate::layout::{Counted, Field};

/// Millionths: finer quantities do not exist.
const DECIMALS: usize = 6;

/// What was seen since the last trailer.
#[derive(Debug, Default)]
pub(super) struct Section {
    headers: u64,
    rows: u64,
    /// Sum of the quantities; `None` when one of them cannot be read.
    total: Option<i128>,
    /// What headers and trailer declare: field, text, place.
    declared: Vec<(Field, String, String)>,
}

impl Section {
    pub(super) fn new() -> Self {
        Self {
            total: Some(0),
            ..Self::default()
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.headers == 0 && self.rows == 0
    }

    pub(super) fn header(&mut self, cells: &BTreeMap<Field, Cell>) {
        self.headers += 1;
        self.declare(cells);
    }

    /// A header that cannot be read.
    pub(super) const fn bad_header(&mut self) {
        self.headers += 1;
    }

    pub(super) fn row(&mut self, qty: Option<&str>) {
        self.rows += 1;
        let sum = self.total.zip(qty.and_then(scaled));
        self.total = sum.and_then(|(total, qty)| total.checked_add(qty));
    }

    /// A row whose quantity is not known.
    pub(super) const fn bad_row(&mut self) {
        self.rows += 1;
        self.total = None;
    }

    fn declare(&mut self, cells: &BTreeMap<Field, Cell>) {
        for field in [Field::Count, Field::Total] {
            if let Some(cell) = cells.get(&field)
                && let Value::Text(text) = &cell.value
            {
                self.declared.push((field, text.clone(), cell.at()));
            }
        }
    }

    /// Compares at the end of the section, with its trailer if there is one.
    pub(super) fn close(
        &mut self,
        counted: Counted,
        trailer: Option<&BTreeMap<Field, Cell>>,
    ) -> Result<(), Failure> {
        if let Some(cells) = trailer {
            self.declare(cells);
        }
        let count = match counted {
            Counted::Rows => self.rows,
            Counted::Body => self.headers + self.rows,
            Counted::All => self.headers + self.rows + u64::from(trailer.is_some()),
        };
        for (field, text, at) in &self.declared {
            let differs = |found: String| {
                let what = format!("the file says {} {text}, and has {found}", field.name());
                Failure::rejected(failures::CONTROL_TOTAL, what).at(at.as_str())
            };
            match field {
                Field::Count if text.parse() != Ok(count) => {
                    return Err(differs(count.to_string()));
                }
                Field::Total => {
                    if let Some(total) = self.total
                        && scaled(text) != Some(total)
                    {
                        return Err(differs(shown(total)));
                    }
                }
                _ => {}
            }
        }
        *self = Self::new();
        Ok(())
    }
}

/// A plain decimal as millionths.
pub(super) fn scaled(plain: &str) -> Option<i128> {
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, plain),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if fraction.len() > DECIMALS || whole.len() > 24 {
        return None;
    }
    let value: i128 = format!("{whole}{fraction:0<DECIMALS$}").parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Millionths as a plain decimal.
pub(super) fn shown(millionths: i128) -> String {
    let sign = if millionths < 0 { "-" } else { "" };
    let digits = format!("{:07}", millionths.unsigned_abs());
    let (whole, fraction) = digits.split_at(digits.len().saturating_sub(DECIMALS));
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_exact() {
        for text in ["0", "12.5", "-0.000001", "999999999999"] {
            assert_eq!(shown(scaled(text).unwrap()), text);
        }
        assert_eq!(scaled("0.0000001"), None);
    }
}
