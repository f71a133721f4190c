//! Assignments of jq: `.[] |= f`, `.[k] |= f`, `.[a:b] |= f`, and merging of objects.

use std::sync::Arc;

use jaq_core::path::Opt;
use jaq_core::val::Range;
use jaq_core::{Error, Exn, ValX};

use super::budget;
use super::json::{Json, Members};
use super::value::{bounds, not_iterable, position};

/// Each child becomes what `f` makes of it: all outputs for an array, the first for an object, gone if there is none.
pub(super) fn values<'a, I: Iterator<Item = ValX<'a, Json>>>(
    value: Json,
    opt: Opt,
    f: impl Fn(Json) -> I,
) -> ValX<'a, Json> {
    match value {
        Json::Array(a) => {
            budget::makes(a.items.len() * size_of::<Json>());
            let items = a.items.iter().cloned().flat_map(f);
            Ok(Json::array(items.collect::<Result<_, _>>()?))
        }
        Json::Object(o) => {
            budget::makes(o.members.len() * 2 * size_of::<Json>());
            let mut members = Members::default();
            for (name, value) in &o.members {
                if let Some(value) = f(value.clone()).next().transpose()? {
                    members.insert(Arc::clone(name), value);
                }
            }
            Ok(Json::object(members))
        }
        other => opt.fail(other, |v| Exn::from(not_iterable(v))),
    }
}

/// The child there becomes the first output of `f`, gone if there is none.
pub(super) fn index<'a, I: Iterator<Item = ValX<'a, Json>>>(
    value: Json,
    index: &Json,
    opt: Opt,
    f: impl Fn(Json) -> I,
) -> ValX<'a, Json> {
    match (&value, index) {
        (Json::Array(_) | Json::Text(_), Json::Object(at)) => {
            let (start, end) = (at.members.get("start"), at.members.get("end"));
            range(value.clone(), start..end, opt, f)
        }
        (Json::Null, Json::Text(name)) => Ok(put(
            Members::default(),
            name,
            f(Json::Null).next().transpose()?,
        )),
        (Json::Object(o), Json::Text(name)) => {
            budget::makes(o.members.len() * 2 * size_of::<Json>());
            let old = o.members.get(name).cloned().unwrap_or(Json::Null);
            let new = f(old).next().transpose()?;
            Ok(put(o.members.clone(), name, new))
        }
        (Json::Array(a), Json::Number(at)) => {
            let Some(at) = position(at, a.items.len()) else {
                let text = format!("index {at} is out of bounds");
                return opt.fail(value, |_| Exn::from(Error::new(Json::text(&text))));
            };
            let old = a.items.get(at).cloned().unwrap_or(Json::Null);
            let new = f(old).next().transpose()?;
            let mut items = a.items.clone();
            items.splice(at..=at, new);
            Ok(Json::array(items))
        }
        _ => opt.fail(value, |v| Exn::from(Error::index(v, index.clone()))),
    }
}

fn put(mut members: Members, name: &Arc<str>, value: Option<Json>) -> Json {
    match value {
        Some(value) => members.insert(Arc::clone(name), value),
        None => members.shift_remove(name),
    };
    Json::object(members)
}

/// The slice becomes the first output of `f`, empty if there is none.
pub(super) fn range<'a, I: Iterator<Item = ValX<'a, Json>>>(
    value: Json,
    range: Range<&Json>,
    opt: Opt,
    f: impl Fn(Json) -> I,
) -> ValX<'a, Json> {
    match &value {
        Json::Array(a) => {
            let (from, to) = match bounds(range, a.items.len()) {
                Ok(bounds) => bounds,
                Err(error) => return opt.fail(value, |_| Exn::from(error)),
            };
            let slice = a.items.get(from..to).unwrap_or_default().to_vec();
            let new = match f(Json::array(slice)).next().transpose()? {
                None => Vec::new(),
                Some(Json::Array(new)) => new.items.clone(),
                Some(other) => return Err(Exn::from(Error::typ(other, "array"))),
            };
            let mut items = a.items.clone();
            items.splice(from..to, new);
            Ok(Json::array(items))
        }
        Json::Text(text) => {
            let chars: Vec<char> = text.chars().collect();
            let (from, to) = match bounds(range, chars.len()) {
                Ok(bounds) => bounds,
                Err(error) => return opt.fail(value, |_| Exn::from(error)),
            };
            let part =
                |chars: Option<&[char]>| chars.unwrap_or_default().iter().collect::<String>();
            let new = match f(Json::text(&part(chars.get(from..to))))
                .next()
                .transpose()?
            {
                None => Json::text(""),
                Some(new) => new,
            };
            let Some(new) = new.as_text() else {
                return Err(Exn::from(Error::typ(new, "text")));
            };
            let whole = [&part(chars.get(..from)), new, &part(chars.get(to..))].concat();
            Ok(Json::text(&whole))
        }
        _ => opt.fail(value, |v| Exn::from(Error::typ(v, "array or text"))),
    }
}

/// Both objects in one; where both have an object under a name, these are merged too.
pub(super) fn merged(a: &Members, b: &Members) -> Json {
    budget::makes((a.len() + b.len()) * 2 * size_of::<Json>());
    let mut members = a.clone();
    for (name, right) in b {
        let value = match (a.get(name), right) {
            (Some(Json::Object(left)), Json::Object(right)) => {
                merged(&left.members, &right.members)
            }
            _ => right.clone(),
        };
        members.insert(Arc::clone(name), value);
    }
    Json::object(members)
}
