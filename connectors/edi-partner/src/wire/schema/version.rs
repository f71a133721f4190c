//! Versions: looked up by their beginning, since partners write agencies and profiles behind it.

use crate::wire::model::Syntax;

/// A version that has tables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) syntax: Syntax,
    /// Compares as text: `004010`, or `1996A` for D.96A.
    pub(super) order: String,
}

impl Version {
    /// X12: the first six digits of GS08 or ST03 (`004010VICS`), from 003 to 008. EDIFACT: the directory (`D:96A:EN:EAN001`),
    /// the agency and the association code ignored; a service message has versions of its own.
    pub(super) fn parse(kind: &str, version: &str) -> Option<Self> {
        if kind.bytes().all(|byte| byte.is_ascii_digit()) {
            let order = version.get(..6)?;
            let is_number = order.bytes().all(|byte| byte.is_ascii_digit());
            let is_known = is_number && ("003000".."009000").contains(&order);
            let order = order.to_owned();
            let syntax = Syntax::X12;
            return is_known.then_some(Self { syntax, order });
        }
        let syntax = Syntax::Edifact;
        if kind == "CONTRL" {
            let order = directory("D:96A")?;
            return Some(Self { syntax, order });
        }
        let order = directory(version)?;
        Some(Self { syntax, order })
    }

    /// Whether dates had six digits: before 004010.
    pub(super) fn has_short_dates(&self) -> bool {
        self.syntax == Syntax::X12 && self.order.as_str() < "004010"
    }
}

/// `D:96A:…` → `1996A`.
pub(super) fn directory(version: &str) -> Option<String> {
    let mut parts = version.split(':');
    if parts.next()? != "D" {
        return None;
    }
    let release = parts.next()?;
    let (year, letter) = release.split_at_checked(2)?;
    let year: u16 = year.parse().ok()?;
    let is_letter = matches!(letter, "A" | "B" | "C");
    let year = if year >= 90 { 1900 + year } else { 2000 + year };
    is_letter.then(|| format!("{year}{letter}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(kind: &str, version: &str) -> Option<String> {
        Version::parse(kind, version).map(|version| version.order)
    }

    #[test]
    fn x12_versions_are_known_by_their_first_six_digits() {
        assert_eq!(order("180", "004010VICS").as_deref(), Some("004010"));
        assert_eq!(order("180", "005010X221A1").as_deref(), Some("005010"));
        assert_eq!(order("180", "003030").as_deref(), Some("003030"));
        assert_eq!(order("180", "4010"), None);
        assert_eq!(order("180", "002040"), None);
        assert_eq!(order("180", "00401é"), None);
        assert_eq!(order("180", ""), None);
    }

    #[test]
    fn edifact_directories_ignore_the_association_code() {
        assert_eq!(order("RETANN", "D:96A:EN:EAN001").as_deref(), Some("1996A"));
        assert_eq!(order("RETANN", "D:01B:UN:EAN003").as_deref(), Some("2001B"));
        assert_eq!(order("RETANN", "S:93A:UN"), None);
        assert_eq!(order("RETANN", "D"), None);
        assert_eq!(order("CONTRL", "2:2:UN").as_deref(), Some("1996A"));
    }
}
