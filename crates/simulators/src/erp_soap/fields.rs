//! Reading an XSD sequence: children in their order, each of its form, none left over.

use std::str::FromStr;

use jiff::civil::Date;

use super::FINANCE;
use super::trouble::{Code, Trouble};
use super::xml::Element;
use crate::decimal::Decimal;

const LONGEST_TEXT: usize = 200;

/// The children of one element that were not read yet.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    path: String,
    rest: std::slice::Iter<'a, Element>,
}

impl<'a> Fields<'a> {
    /// The children of an operation's element; paths begin below it.
    pub(super) fn of(element: &'a Element) -> Self {
        Self {
            path: String::new(),
            rest: element.children.iter(),
        }
    }

    fn within(element: &'a Element, path: String) -> Self {
        let rest = element.children.iter();
        Self { path, rest }
    }

    fn place(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_owned()
        } else {
            format!("{}/{name}", self.path)
        }
    }

    fn refuse(&self, name: &str, message: impl Into<String>) -> Trouble {
        Trouble::new(Code::Schema, message).at(self.place(name))
    }

    /// The next child, if it has this name.
    fn next_named(&mut self, name: &str) -> Option<&'a Element> {
        let next = self.rest.as_slice().first()?;
        if !next.is(FINANCE, name) {
            return None;
        }
        self.rest.next()
    }

    fn missing(&self, name: &str) -> Trouble {
        let message = match self.rest.as_slice().first() {
            Some(found) => format!("{name} was expected, {} found", found.name),
            None => format!("{name} is missing"),
        };
        self.refuse(name, message)
    }

    /// An element that may be absent, nil or empty.
    pub(super) fn maybe(&mut self, name: &str) -> Result<Option<String>, Trouble> {
        let Some(value) = self.next_named(name).and_then(Element::value) else {
            return Ok(None);
        };
        if value.chars().count() > LONGEST_TEXT {
            return Err(self.refuse(name, format!("{name} is longer than {LONGEST_TEXT}")));
        }
        Ok(Some(value.to_owned()))
    }

    /// An element that must be there with a value.
    pub(super) fn text(&mut self, name: &str) -> Result<String, Trouble> {
        let missing = self.missing(name);
        self.maybe(name)?.ok_or(missing)
    }

    fn form<T: FromStr>(&self, name: &str, text: &str, what: &str) -> Result<T, Trouble> {
        let short: String = text.chars().take(40).collect();
        text.parse()
            .map_err(|_| self.refuse(name, format!("{name} is not {what}: {short:?}")))
    }

    pub(super) fn decimal(&mut self, name: &str) -> Result<Decimal, Trouble> {
        let text = self.text(name)?;
        self.form(name, &text, "a decimal")
    }

    pub(super) fn maybe_decimal(&mut self, name: &str) -> Result<Option<Decimal>, Trouble> {
        let text = self.maybe(name)?;
        text.map(|text| self.form(name, &text, "a decimal"))
            .transpose()
    }

    pub(super) fn date(&mut self, name: &str) -> Result<Date, Trouble> {
        let text = self.text(name)?;
        self.form(name, &text, "a date")
    }

    pub(super) fn maybe_date(&mut self, name: &str) -> Result<Option<Date>, Trouble> {
        let text = self.maybe(name)?;
        text.map(|text| self.form(name, &text, "a date"))
            .transpose()
    }

    pub(super) fn whole(&mut self, name: &str) -> Result<u32, Trouble> {
        let text = self.text(name)?;
        self.form(name, &text, "a whole number")
    }

    pub(super) fn maybe_whole(&mut self, name: &str) -> Result<Option<u32>, Trouble> {
        let text = self.maybe(name)?;
        text.map(|text| self.form(name, &text, "a whole number"))
            .transpose()
    }

    /// The children of an element that must be there.
    pub(super) fn group(&mut self, name: &str) -> Result<Fields<'a>, Trouble> {
        let missing = self.missing(name);
        let place = self.place(name);
        let element = self.next_named(name).ok_or(missing)?;
        Ok(Self::within(element, place))
    }

    /// The children of an element that may be absent.
    pub(super) fn maybe_group(&mut self, name: &str) -> Option<Fields<'a>> {
        let place = self.place(name);
        let element = self.next_named(name)?;
        Some(Self::within(element, place))
    }

    /// The following elements of this name, each read by `read` to its end.
    pub(super) fn each<T>(
        &mut self,
        name: &str,
        read: impl Fn(&mut Fields<'a>) -> Result<T, Trouble>,
    ) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        while let Some(element) = self.next_named(name) {
            let mut fields = Self::within(element, self.place(name));
            all.push(read(&mut fields)?);
            fields.end()?;
        }
        Ok(all)
    }

    /// Refuses what was not read.
    pub(super) fn end(&self) -> Result<(), Trouble> {
        match self.rest.as_slice().first() {
            None => Ok(()),
            Some(left) => Err(self.refuse(&left.name, format!("{} is out of place", left.name))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::xml;
    use super::*;

    fn read(inner: &str) -> Result<(String, Option<Decimal>), Trouble> {
        let text = format!("<Op xmlns='{FINANCE}'>{inner}</Op>");
        let element = xml::parse(&text).expect("XML");
        let mut fields = Fields::of(&element);
        let read = (fields.text("A")?, fields.maybe_decimal("B")?);
        fields.end()?;
        Ok(read)
    }

    #[test]
    fn a_sequence_has_its_order() {
        let good = read("<A> x </A><B>1.5</B>").expect("in order");
        assert_eq!(
            good,
            ("x".to_owned(), Some("1.5".parse().expect("decimal")))
        );
        assert_eq!(read("<A>x</A>").expect("optional").1, None);
        for (inner, field) in [
            ("<B>1</B><A>x</A>", "A"),
            ("<A>x</A><C/>", "C"),
            ("<A>x</A><B>1,5</B>", "B"),
            ("<A> </A>", "A"),
            ("<A xmlns=''>x</A>", "A"),
        ] {
            let trouble = read(inner).expect_err(inner);
            assert_eq!(
                (trouble.code, trouble.field.as_deref()),
                (Code::Schema, Some(field))
            );
        }
    }
}
