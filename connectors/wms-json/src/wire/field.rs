//! A place in a JSON document: reads what stands there, and says exactly where it does not.

use connector::Failure;
use connector::mapping::Json;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::failures;

/// Years of dates and instants that are believed: a clock that was never set says less, a placeholder says more.
const YEARS: std::ops::RangeInclusive<i16> = 1990..=2100;

/// Longest text that is taken for a name, a number or a code.
const LONGEST: usize = 500;

/// A value and its JSON pointer.
#[derive(Debug, Clone)]
pub(crate) struct Field<'a> {
    json: &'a Json,
    at: String,
}

impl<'a> Field<'a> {
    pub(crate) const fn new(json: &'a Json, at: String) -> Self {
        Self { json, at }
    }

    pub(crate) fn at(&self) -> &str {
        &self.at
    }

    /// The pointer for people: the root is a slash, not nothing.
    fn place(&self) -> &str {
        if self.at.is_empty() { "/" } else { &self.at }
    }

    pub(crate) const fn json(&self) -> &'a Json {
        self.json
    }

    /// The member, if it is there and not null.
    pub(crate) fn optional(&self, name: &str) -> Option<Self> {
        let json = self.json.get(name)?;
        (!matches!(json, Json::Null)).then(|| Self::new(json, format!("{}/{name}", self.at)))
    }

    /// The member.
    pub(crate) fn member(&self, name: &str) -> Result<Self, Failure> {
        if !self.json.is_object() {
            return Err(self.wrong("an object"));
        }
        self.optional(name).ok_or_else(|| {
            let what = format!("member {name:?} is missing");
            Failure::malformed(failures::WRONG_SHAPE, what).at(format!("{}/{name}", self.at))
        })
    }

    /// The items of an array.
    pub(crate) fn items(&self) -> Result<Vec<Self>, Failure> {
        let items = self.json.items().ok_or_else(|| self.wrong("an array"))?;
        let numbered = items.iter().enumerate();
        Ok(numbered
            .map(|(i, json)| Self::new(json, format!("{}/{i}", self.at)))
            .collect())
    }

    /// The items of a member that may be absent.
    pub(crate) fn list(&self, name: &str) -> Result<Vec<Self>, Failure> {
        self.optional(name)
            .map_or_else(|| Ok(Vec::new()), |list| list.items())
    }

    /// The items of a member that must have one at least.
    pub(crate) fn some_items(&self, name: &str) -> Result<Vec<Self>, Failure> {
        let member = self.member(name)?;
        let items = member.items()?;
        if items.is_empty() {
            return Err(member.bad("the list is empty: at least one entry is expected"));
        }
        Ok(items)
    }

    /// A text that is not empty. Blanks around it are dropped.
    pub(crate) fn text(&self) -> Result<String, Failure> {
        let text = self.json.as_text().ok_or_else(|| self.wrong("a text"))?;
        let text = text.trim();
        if text.is_empty() {
            return Err(self.bad("the text is empty"));
        }
        if text.chars().count() > LONGEST {
            return Err(self.bad(&format!("the text is longer than {LONGEST} characters")));
        }
        if text.chars().any(char::is_control) {
            return Err(self.bad("the text contains control characters"));
        }
        Ok(text.to_owned())
    }

    /// A decimal: a text, or a number as it was written.
    pub(crate) fn decimal(&self) -> Result<String, Failure> {
        match self.json {
            Json::Number(number) => Ok(number.to_string()),
            Json::Text(_) => self.text(),
            _ => Err(self.wrong("a decimal, as a text or a number")),
        }
    }

    /// A whole number from 0, as a number or a text.
    pub(crate) fn whole(&self) -> Result<u64, Failure> {
        let whole = match self.json {
            Json::Number(number) => number.to_i64().and_then(|n| u64::try_from(n).ok()),
            Json::Text(text) => text.trim().parse().ok(),
            _ => return Err(self.wrong("a whole number")),
        };
        whole.ok_or_else(|| self.bad(&format!("{} is not a whole number from 0", self.json)))
    }

    /// A number of a line: from 1.
    pub(crate) fn line_no(&self) -> Result<u32, Failure> {
        match u32::try_from(self.whole()?) {
            Ok(number) if number > 0 => Ok(number),
            _ => Err(self.bad(&format!("{} is not a line number", self.json))),
        }
    }

    /// True or false.
    pub(crate) fn flag(&self) -> Result<bool, Failure> {
        match self.json {
            Json::Bool(flag) => Ok(*flag),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// An instant as RFC 3339 with its offset, of a year in which a return can be.
    pub(crate) fn instant(&self) -> Result<Timestamp, Failure> {
        let text = self.text()?;
        let instant: Timestamp = text.parse().map_err(|_| {
            self.bad(&format!(
                "{text:?} is not an instant: expected RFC 3339 with an offset, as 2026-03-02T14:05:00Z"
            ))
        })?;
        self.plausible(&text, instant.to_zoned(TimeZone::UTC).year())?;
        Ok(instant)
    }

    /// A date, of a year in which a return can be.
    pub(crate) fn date(&self) -> Result<Date, Failure> {
        let text = self.text()?;
        let date: Option<Date> = (text.len() == 10).then(|| text.parse().ok()).flatten();
        let date =
            date.ok_or_else(|| self.bad(&format!("{text:?} is not a date: expected YYYY-MM-DD")))?;
        self.plausible(&text, date.year())?;
        Ok(date)
    }

    fn plausible(&self, text: &str, year: i16) -> Result<(), Failure> {
        if YEARS.contains(&year) {
            return Ok(());
        }
        let (first, last) = (YEARS.start(), YEARS.end());
        Err(self.bad(&format!(
            "{text:?} cannot be: expected a year from {first} to {last}"
        )))
    }

    /// The texts of a list that may be absent.
    pub(crate) fn texts(&self, name: &str) -> Result<Vec<String>, Failure> {
        self.list(name)?.iter().map(Self::text).collect()
    }

    /// A text that may be absent.
    pub(crate) fn maybe_text(&self, name: &str) -> Result<Option<String>, Failure> {
        self.optional(name).map(|f| f.text()).transpose()
    }

    /// Something else was expected here.
    pub(crate) fn wrong(&self, expected: &str) -> Failure {
        let found = self.json.kind();
        let what = format!("found {found}, expected {expected}");
        Failure::malformed(failures::WRONG_SHAPE, what).at(self.place())
    }

    /// What stands here cannot be.
    pub(crate) fn bad(&self, what: &str) -> Failure {
        Failure::malformed(failures::BAD_VALUE, what).at(self.place())
    }
}
