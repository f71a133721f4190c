//! The filters that a mapping may use.
//!
//! An allow-list: what is not named here does not exist. Everything that reads a clock, the environment or another input,
//! writes anywhere or ends the process is left out; so are regular expressions (unbounded in time) and mathematics on
//! binary fractions.

use jaq_core::load::parse::Def;
use jaq_core::native::{Filter, Fun, bome, run, unary, v};
use jaq_core::{DataT, Error, RunPtr, ValR};

use super::budget;
use super::engine::Jq;
use super::json::Json;
use super::value::{count, fault, whole};

/// Filters of jaq's libraries that are native code.
const NATIVE: &[&str] = &[
    "error_empty",
    "path",
    "path_value",
    "range",
    "keys_unsorted",
    "key_values",
    "first",
    "last",
    "limit",
    "skip",
    "floor",
    "round",
    "ceil",
    "utf8bytelength",
    "explode",
    "implode",
    "ascii_downcase",
    "ascii_upcase",
    "reverse",
    "sort",
    "sort_by",
    "group_by",
    "min_by_or_empty",
    "max_by_or_empty",
    "startswith",
    "endswith",
    "ltrimstr",
    "rtrimstr",
    "trim",
    "ltrim",
    "rtrim",
    "encode_uri",
    "decode_uri",
    "encode_base64",
    "decode_base64",
    "fromdateiso8601",
    "todateiso8601",
    "strftime",
    "strptime",
    "gmtime",
    "mktime",
];

/// Filters of jaq's libraries that are written in jq and must not be there, or cannot without what is left out.
const NO_DEFINITION: &[&str] = &[
    "stderr",
    "debug",
    "halt",
    "halt_error",
    "nan",
    "infinite",
    "isnan",
    "isinfinite",
    "isfinite",
    "isnormal",
    "finites",
    "normals",
    "logb",
    "significand",
    "pow10",
    "drem",
    "nexttoward",
    "scalb",
    "gamma",
    "capture_of_match",
    "test",
    "scan_",
    "match",
    "capture",
    "splits",
    "sub",
    "gsub",
    "scan",
    "@sh",
    "@html",
    "@htmld",
];

/// What integrators know from jq and do not find here, and why.
pub(super) fn why_not(name: &str) -> Option<&'static str> {
    Some(match name {
        "now" | "localtime" | "strflocaltime" | "mktime_now" => {
            "a mapping knows no clock and no time zone: take times from the document"
        }
        "env" | "$ENV" | "getpath_env" => "a mapping sees no environment: write the value into it",
        "input" | "inputs" | "input_filename" | "input_line_number" | "$__prog_args" => {
            "a mapping has one input: the document"
        }
        "debug" | "stderr" | "halt" | "halt_error" => {
            "a mapping only gives outputs: use error(\"…\") to refuse a document"
        }
        "test" | "match" | "capture" | "scan" | "splits" | "sub" | "gsub" => {
            "regular expressions are not bounded: use split, startswith, ltrimstr, contains or slices"
        }
        "pow" | "log" | "exp" | "sqrt" | "nan" | "infinite" | "isnan" | "isinfinite" => {
            "numbers are exact decimals: + - * / % only"
        }
        _ => return None,
    })
}

/// Filters written in jq.
pub(super) fn definitions() -> impl Iterator<Item = Def<&'static str>> {
    jaq_core::defs()
        .chain(jaq_std::defs())
        .chain(jaq_json::defs())
        .filter(|def| !NO_DEFINITION.contains(&def.name))
        // `split` with a regular expression.
        .filter(|def| !(def.name == "split" && def.args.len() == 2))
}

/// Filters that are native code.
pub(super) fn natives() -> impl Iterator<Item = Fun<Jq>> {
    jaq_core::funs::<Jq>()
        .chain(jaq_std::funs::<Jq>())
        .filter(|(name, _, _)| NATIVE.contains(name))
        .chain(own::<Jq>())
}

/// Filters on documents that jaq has for its own values only.
fn own<D: for<'a> DataT<V<'a> = Json>>() -> impl Iterator<Item = Fun<D>> {
    own_run().into_vec().into_iter().map(run)
}

fn own_run<D: for<'a> DataT<V<'a> = Json>>() -> Box<[Filter<RunPtr<D>>]> {
    Box::new([
        ("tojson", v(0), |cv| {
            let text = cv.1.to_string();
            bome(Ok(Json::text(&text)))
        }),
        ("fromjson", v(0), |cv| bome(from_json(&cv.1))),
        ("length", v(0), |cv| bome(length(cv.1))),
        ("has", v(1), |cv| unary(cv, |value, key| has(&value, &key))),
        ("contains", v(1), |cv| {
            unary(cv, |a, b| Ok(Json::Bool(contains(&a, &b))))
        }),
        ("indices", v(1), |cv| unary(cv, |a, b| indices(&a, &b))),
    ])
}

fn from_json(value: &Json) -> ValR<Json> {
    let Some(text) = value.as_text() else {
        return Err(Error::typ(value.clone(), "text"));
    };
    budget::makes(text.len());
    super::read(text.as_bytes())
        .or_else(|error| fault(format!("cannot parse {value} as JSON: {error}")))
}

fn length(value: Json) -> ValR<Json> {
    match &value {
        Json::Null => Ok(whole(0)),
        Json::Number(n) if *n < super::Number::ZERO => -value,
        Json::Number(_) => Ok(value),
        Json::Text(text) => {
            budget::looks_at(text.len());
            Ok(count(text.chars().count()))
        }
        Json::Array(a) => Ok(count(a.items.len())),
        Json::Object(o) => Ok(count(o.members.len())),
        Json::Bool(_) => fault(format!("{value} has no length")),
    }
}

fn has(value: &Json, key: &Json) -> ValR<Json> {
    match (value, key) {
        (Json::Object(o), Json::Text(name)) => Ok(Json::Bool(o.members.contains_key(name))),
        (Json::Array(a), Json::Number(at)) => {
            let there = at.to_i64().and_then(|at| usize::try_from(at).ok());
            Ok(Json::Bool(there.is_some_and(|at| at < a.items.len())))
        }
        _ => Err(Error::index(value.clone(), key.clone())),
    }
}

fn contains(a: &Json, b: &Json) -> bool {
    budget::steps(1);
    match (a, b) {
        (Json::Text(a), Json::Text(b)) => {
            budget::looks_at(a.len());
            a.contains(b.as_ref())
        }
        (Json::Array(a), Json::Array(b)) => b
            .items
            .iter()
            .all(|b| a.items.iter().any(|a| contains(a, b))),
        (Json::Object(a), Json::Object(b)) => {
            let in_a = |name, b| a.members.get(name).is_some_and(|a| contains(a, b));
            b.members.iter().all(|(name, b)| in_a(name, b))
        }
        _ => a == b,
    }
}

fn indices(a: &Json, b: &Json) -> ValR<Json> {
    let found: Vec<usize> = match (a, b) {
        (Json::Null, _) => return Ok(Json::Null),
        (Json::Text(a), Json::Text(b)) if !b.is_empty() => {
            budget::looks_at(a.len());
            text_indices(a, b)
        }
        (Json::Array(a), Json::Array(b)) if !b.items.is_empty() => {
            let windows = a.items.windows(b.items.len()).enumerate();
            windows
                .filter(|(_, w)| *w == b.items)
                .map(|(i, _)| i)
                .collect()
        }
        (Json::Text(_), Json::Text(_)) | (Json::Array(_), Json::Array(_)) => Vec::new(),
        (Json::Array(a), b) => {
            let items = a.items.iter().enumerate();
            items
                .filter(|(_, item)| *item == b)
                .map(|(i, _)| i)
                .collect()
        }
        _ => return Err(Error::index(a.clone(), b.clone())),
    };
    Ok(Json::array(found.into_iter().map(count).collect()))
}

/// Positions, in characters, of a text in another; they may overlap.
fn text_indices(a: &str, b: &str) -> Vec<usize> {
    a.char_indices()
        .enumerate()
        .filter(|(_, (byte, _))| {
            budget::looks_at(b.len());
            a.as_bytes()
                .get(*byte..)
                .is_some_and(|rest| rest.starts_with(b.as_bytes()))
        })
        .map(|(i, _)| i)
        .collect()
}
