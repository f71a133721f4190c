//! JSON documents as the values that jq works on.

use std::sync::Arc;

use jaq_core::ops::Math;
use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Error, ValR, ValT, ValX};

use super::budget;
use super::json::{Json, Members};
use super::number::Number;
use super::update;

/// A jq error that says this.
pub(super) fn fault<T>(text: impl Into<String>) -> Result<T, Error<Json>> {
    Err(Error::new(Json::text(&text.into())))
}

impl ValT for Json {
    fn from_num(text: &str) -> ValR<Self> {
        match Number::parse(text) {
            Some(number) => Ok(Self::Number(number)),
            None => fault(format!("{text} is not a number")),
        }
    }

    fn from_map<I: IntoIterator<Item = (Self, Self)>>(iter: I) -> ValR<Self> {
        let mut members = Members::default();
        for (name, value) in iter {
            match name {
                Self::Text(name) => members.insert(name, value),
                other => return Err(Error::typ(other, "name of a member")),
            };
        }
        Ok(Self::object(members))
    }

    fn key_values(self) -> Box<dyn Iterator<Item = ValR<(Self, Self), Self>>> {
        match self {
            Self::Array(a) => {
                budget::makes(a.items.len() * size_of::<Self>());
                Box::new((0..).zip(a.items.clone()).map(|(i, v)| Ok((whole(i), v))))
            }
            Self::Object(o) => {
                budget::makes(o.members.len() * 2 * size_of::<Self>());
                let members = o.members.clone();
                Box::new(members.into_iter().map(|(k, v)| Ok((Self::Text(k), v))))
            }
            other => Box::new(std::iter::once(Err(not_iterable(other)))),
        }
    }

    fn values(self) -> Box<dyn Iterator<Item = ValR<Self>>> {
        match self {
            Self::Array(a) => {
                budget::makes(a.items.len() * size_of::<Self>());
                Box::new(a.items.clone().into_iter().map(Ok))
            }
            Self::Object(o) => {
                budget::makes(o.members.len() * size_of::<Self>());
                let values: Vec<Self> = o.members.values().cloned().collect();
                Box::new(values.into_iter().map(Ok))
            }
            other => Box::new(std::iter::once(Err(not_iterable(other)))),
        }
    }

    fn index(self, index: &Self) -> ValR<Self> {
        budget::steps(1);
        match (&self, index) {
            (Self::Null, Self::Null | Self::Text(_) | Self::Number(_)) => Ok(Self::Null),
            (Self::Object(o), Self::Text(name)) => {
                Ok(o.members.get(name).cloned().unwrap_or(Self::Null))
            }
            (Self::Array(a), Self::Number(at)) => {
                let found = position(at, a.items.len()).and_then(|i| a.items.get(i));
                Ok(found.cloned().unwrap_or(Self::Null))
            }
            (Self::Array(_) | Self::Text(_), Self::Object(range)) => {
                let (start, end) = (range.members.get("start"), range.members.get("end"));
                self.range(start..end)
            }
            _ => Err(Error::index(self, index.clone())),
        }
    }

    fn range(self, range: Range<&Self>) -> ValR<Self> {
        match &self {
            Self::Null => Ok(Self::Null),
            Self::Array(a) => {
                let (from, to) = bounds(range, a.items.len())?;
                Ok(Self::array(
                    a.items.get(from..to).unwrap_or_default().to_vec(),
                ))
            }
            Self::Text(text) => {
                budget::looks_at(text.len());
                let (from, to) = bounds(range, text.chars().count())?;
                let part: String = text
                    .chars()
                    .skip(from)
                    .take(to.saturating_sub(from))
                    .collect();
                Ok(Self::text(&part))
            }
            _ => Err(Error::typ(self, "array or text")),
        }
    }

    fn map_values<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        update::values(self, opt, f)
    }

    fn map_index<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        index: &Self,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        update::index(self, index, opt, f)
    }

    fn map_range<'a, I: Iterator<Item = ValX<'a, Self>>>(
        self,
        range: Range<&Self>,
        opt: Opt,
        f: impl Fn(Self) -> I,
    ) -> ValX<'a, Self> {
        update::range(self, range, opt, f)
    }

    fn as_bool(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    fn into_string(self) -> Self {
        match self {
            Self::Text(_) => self,
            other => {
                budget::looks_at(64);
                Self::text(&other.to_string())
            }
        }
    }
}

impl jaq_std::ValT for Json {
    fn into_seq<S: FromIterator<Self>>(self) -> Result<S, Self> {
        match self {
            Self::Array(a) => {
                budget::makes(a.items.len() * size_of::<Self>());
                Ok(a.items.iter().cloned().collect())
            }
            other => Err(other),
        }
    }

    fn is_int(&self) -> bool {
        self.as_number().is_some_and(|n| n.to_i64().is_some())
    }

    fn as_isize(&self) -> Option<isize> {
        self.as_number()?.to_i64()?.try_into().ok()
    }

    fn as_f64(&self) -> Option<f64> {
        self.as_number().map(Number::to_f64)
    }

    fn is_utf8_str(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    fn as_bytes(&self) -> Option<&[u8]> {
        let text = self.as_text()?;
        budget::looks_at(text.len());
        Some(text.as_bytes())
    }

    fn as_sub_str(&self, sub: &[u8]) -> Self {
        Self::text(&String::from_utf8_lossy(sub))
    }

    fn from_utf8_bytes(bytes: impl AsRef<[u8]> + Send + 'static) -> Self {
        Self::text(&String::from_utf8_lossy(bytes.as_ref()))
    }
}

/// A whole number.
pub(super) const fn whole(value: i64) -> Json {
    Json::Number(Number::whole(value))
}

/// Length as a number.
pub(super) fn count(length: usize) -> Json {
    whole(i64::try_from(length).unwrap_or(i64::MAX))
}

pub(super) fn not_iterable(value: Json) -> Error<Json> {
    Error::typ(value, "array or object")
}

/// Position in a list of that length; negative ones count from the end.
pub(super) fn position(at: &Number, length: usize) -> Option<usize> {
    let at = at.to_i64()?;
    let length = i64::try_from(length).ok()?;
    let at = if at < 0 { at.checked_add(length)? } else { at };
    usize::try_from(at).ok().filter(|_| at < length)
}

/// Bounds of a slice of a list of that length.
pub(super) fn bounds(range: Range<&Json>, length: usize) -> Result<(usize, usize), Error<Json>> {
    let bound = |value: Option<&Json>, default: usize| match value {
        None | Some(Json::Null) => Ok(default),
        Some(Json::Number(n)) => {
            let Some(at) = n.to_i64() else {
                return fault("bounds of a slice must be whole numbers");
            };
            let signed = i64::try_from(length).unwrap_or(i64::MAX);
            let at = if at < 0 {
                at.saturating_add(signed)
            } else {
                at
            };
            Ok(usize::try_from(at.max(0)).unwrap_or(length).min(length))
        }
        Some(other) => Err(Error::typ(other.clone(), "bound of a slice")),
    };
    let from = bound(range.start, 0)?;
    Ok((from, bound(range.end, length)?.max(from)))
}

impl From<bool> for Json {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<isize> for Json {
    fn from(value: isize) -> Self {
        whole(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Json {
    fn from(value: usize) -> Self {
        count(value)
    }
}

impl From<f64> for Json {
    /// Shortest decimal that means it; null for what is no number.
    fn from(value: f64) -> Self {
        Number::parse(&value.to_string()).map_or(Self::Null, Self::Number)
    }
}

impl From<String> for Json {
    fn from(value: String) -> Self {
        Self::text(&value)
    }
}

impl From<Range<Self>> for Json {
    fn from(range: Range<Self>) -> Self {
        let bounds = [("start", range.start), ("end", range.end)];
        Self::object(
            bounds
                .into_iter()
                .filter_map(|(name, bound)| Some((Arc::from(name), bound?)))
                .collect(),
        )
    }
}

impl FromIterator<Self> for Json {
    fn from_iter<I: IntoIterator<Item = Self>>(items: I) -> Self {
        let items = items
            .into_iter()
            .inspect(|_| budget::makes(size_of::<Self>()));
        Self::array(items.collect())
    }
}

impl std::ops::Add for Json {
    type Output = ValR<Self>;

    fn add(self, other: Self) -> ValR<Self> {
        budget::steps(1);
        match (self, other) {
            (Self::Null, value) | (value, Self::Null) => Ok(value),
            (Self::Number(a), Self::Number(b)) => number(a.plus(&b), &a, Math::Add, &b),
            (Self::Text(a), Self::Text(b)) => {
                budget::makes(a.len() + b.len());
                Ok(Self::Text(Arc::from([a.as_ref(), b.as_ref()].concat())))
            }
            (Self::Array(a), Self::Array(b)) => {
                let items = a.items.iter().chain(&b.items).cloned();
                Ok(Self::array(items.collect()))
            }
            (Self::Object(a), Self::Object(b)) => {
                budget::makes((a.members.len() + b.members.len()) * 2 * size_of::<Self>());
                let mut members = a.members.clone();
                members.extend(b.members.iter().map(|(k, v)| (Arc::clone(k), v.clone())));
                Ok(Self::object(members))
            }
            (a, b) => Err(Error::math(a, Math::Add, b)),
        }
    }
}

impl std::ops::Sub for Json {
    type Output = ValR<Self>;

    fn sub(self, other: Self) -> ValR<Self> {
        budget::steps(1);
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => number(a.minus(&b), &a, Math::Sub, &b),
            (Self::Array(a), Self::Array(b)) => {
                let keep = a.items.iter().filter(|item| !b.items.contains(item));
                Ok(Self::array(keep.cloned().collect()))
            }
            (a, b) => Err(Error::math(a, Math::Sub, b)),
        }
    }
}

impl std::ops::Mul for Json {
    type Output = ValR<Self>;

    fn mul(self, other: Self) -> ValR<Self> {
        budget::steps(1);
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => number(a.times(&b), &a, Math::Mul, &b),
            (Self::Text(text), Self::Number(times)) | (Self::Number(times), Self::Text(text)) => {
                let Some(times) = times.to_i64() else {
                    return fault("a text can be repeated a whole number of times only");
                };
                let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
                if times == 0 {
                    return Ok(Self::Null);
                }
                budget::makes(text.len().max(1).saturating_mul(times));
                Ok(Self::Text(Arc::from(text.repeat(times))))
            }
            (Self::Object(a), Self::Object(b)) => Ok(update::merged(&a.members, &b.members)),
            (a, b) => Err(Error::math(a, Math::Mul, b)),
        }
    }
}

impl std::ops::Div for Json {
    type Output = ValR<Self>;

    fn div(self, other: Self) -> ValR<Self> {
        budget::steps(1);
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => number(a.over(&b), &a, Math::Div, &b),
            (Self::Text(text), Self::Text(between)) => {
                budget::looks_at(text.len());
                let parts: Vec<Self> = match (text.is_empty(), between.is_empty()) {
                    (true, _) => Vec::new(),
                    (_, true) => text
                        .chars()
                        .map(|c| Self::text(c.encode_utf8(&mut [0; 4])))
                        .collect(),
                    _ => text.split(between.as_ref()).map(Self::text).collect(),
                };
                Ok(Self::array(parts))
            }
            (a, b) => Err(Error::math(a, Math::Div, b)),
        }
    }
}

impl std::ops::Rem for Json {
    type Output = ValR<Self>;

    fn rem(self, other: Self) -> ValR<Self> {
        budget::steps(1);
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => number(a.modulo(&b), &a, Math::Rem, &b),
            (a, b) => Err(Error::math(a, Math::Rem, b)),
        }
    }
}

impl std::ops::Neg for Json {
    type Output = ValR<Self>;

    fn neg(self) -> ValR<Self> {
        match &self {
            Self::Number(n) => match n.negated() {
                Some(negated) => Ok(Self::Number(negated)),
                None => fault(format!("{n} cannot be negated exactly")),
            },
            _ => Err(Error::typ(self, "number")),
        }
    }
}

fn number(result: Option<Number>, a: &Number, op: Math, b: &Number) -> ValR<Json> {
    match result {
        Some(number) => Ok(Json::Number(number)),
        None => fault(format!(
            "{a} {} {b} has no exact result; pass decimals on as they are, or as texts",
            op.as_str()
        )),
    }
}
