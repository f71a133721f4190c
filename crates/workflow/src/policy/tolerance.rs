//! Tolerances: how far two figures may lie apart before a person decides.

use canonical::{Currency, Qty};
use toml::Spanned;

use super::document::Tolerance as Written;
use super::reader::Reader;

/// What is tolerated: the smaller of both. The default tolerates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tolerance {
    /// Minor units of the policy's base currency: for a tax, of a credit's tax; for a price, of one unit.
    pub abs_minor: i64,
    /// Percent of what is expected, 0 to 100.
    pub percent: Qty,
}

/// Reads one; nothing is tolerated where nothing is written.
pub(super) fn read(
    reader: &mut Reader<'_>,
    key: &str,
    written: Option<&Spanned<Written>>,
    currency: Currency,
) -> Tolerance {
    let Some(written) = written else {
        return Tolerance::default();
    };
    let place = format!("{} tolerances.{key}", reader.place(&written.span()));
    let tolerance = written.get_ref();
    let abs_minor = reader.amount(&place, "abs", &tolerance.abs, currency);
    let percent = reader.percent(&place, "percent", &tolerance.percent);
    Tolerance {
        abs_minor: abs_minor.unwrap_or_default(),
        percent: percent.unwrap_or_default(),
    }
}
