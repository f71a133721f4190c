//! Records that a body names by our codes, where the ERP wants its own ids. Pure.
//!
//! A shape writes `{"$look_up": "party", "of": "C10010"}` where the id belongs. With `"at": "/addresses/0"` another member of
//! the same record is put there.

use std::collections::{BTreeMap, BTreeSet};

use connector::Failure;
use connector::mapping::Json;
use serde_json::Value;

use crate::failures;

/// Member that makes an object a look-up.
const MARK: &str = "$look_up";

/// A record that a body names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    /// Name of the reference in the profile.
    pub(crate) reference: String,
    /// Our code.
    pub(crate) of: String,
}

/// A record as the ERP shows it.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) value: Value,
    /// What is put into the body, unless it says `at` itself.
    pub(crate) id_at: String,
}

/// Every record that the body names, each once. `Err` says which look-up cannot be read.
pub(crate) fn named(body: &Json) -> Result<BTreeSet<Named>, String> {
    let mut found = BTreeSet::new();
    collect(body, &mut found)?;
    Ok(found)
}

fn collect(body: &Json, found: &mut BTreeSet<Named>) -> Result<(), String> {
    if let Some((named, _)) = look_up(body)? {
        found.insert(named);
        return Ok(());
    }
    for item in body.items().unwrap_or_default() {
        collect(item, found)?;
    }
    for (_, member) in body.members() {
        collect(member, found)?;
    }
    Ok(())
}

/// The body with the records' ids in their places; everything else stays as it was written.
pub(crate) fn filled(body: &Json, records: &BTreeMap<Named, Record>) -> Result<String, Failure> {
    let mut out = String::new();
    write(body, records, &mut out)?;
    Ok(out)
}

fn write(body: &Json, records: &BTreeMap<Named, Record>, out: &mut String) -> Result<(), Failure> {
    let unreadable = |what| Failure::rejected(failures::SHAPE_FAILED, what);
    if let Some((named, at)) = look_up(body).map_err(unreadable)? {
        out.push_str(&id(&named, at, records)?);
        return Ok(());
    }
    if let Some(items) = body.items() {
        out.push('[');
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            write(item, records, out)?;
        }
        out.push(']');
    } else if body.is_object() {
        out.push('{');
        for (place, (name, member)) in body.members().enumerate() {
            if place > 0 {
                out.push(',');
            }
            out.push_str(&Json::text(name).to_string());
            out.push(':');
            write(member, records, out)?;
        }
        out.push('}');
    } else {
        out.push_str(&body.to_string());
    }
    Ok(())
}

fn id(
    named: &Named,
    at: Option<&str>,
    records: &BTreeMap<Named, Record>,
) -> Result<String, Failure> {
    let unknown = |what: String| {
        let message = format!("{} {:?}: {what}", named.reference, named.of);
        Failure::rejected(failures::UNKNOWN_REFERENCE, message).at(named.reference.clone())
    };
    let record = records
        .get(named)
        .ok_or_else(|| unknown("it was not looked up".to_owned()))?;
    let at = at.unwrap_or(&record.id_at);
    match record.value.pointer(at) {
        Some(id @ (Value::Number(_) | Value::String(_))) => Ok(id.to_string()),
        _ => Err(unknown(format!(
            "its record in the ERP has nothing at {at:?}"
        ))),
    }
}

/// The record that this very value names, and where its id lies.
fn look_up(body: &Json) -> Result<Option<(Named, Option<&str>)>, String> {
    let Some(reference) = body.get(MARK) else {
        return Ok(None);
    };
    let text = |what: &str, json: &Json| {
        let text = json.as_text().filter(|text| !text.is_empty());
        text.map(str::to_owned)
            .ok_or_else(|| format!("{what} of a look-up is {json}, not a text"))
    };
    let of = body.get("of").unwrap_or(&Json::Null);
    let named = Named {
        reference: text(MARK, reference)?,
        of: text("`of`", of)?,
    };
    let mut others = body.members().map(|(name, _)| name);
    if let Some(other) = others.find(|name| ![MARK, "of", "at"].contains(name)) {
        return Err(format!(
            "a look-up has a member {other:?} that nobody knows"
        ));
    }
    match body.get("at") {
        None => Ok(Some((named, None))),
        Some(Json::Text(at)) => Ok(Some((named, Some(at)))),
        Some(other) => Err(format!("`at` of a look-up is {other}, not a JSON pointer")),
    }
}

#[cfg(test)]
mod tests {
    use connector::mapping;
    use serde_json::json;

    use super::*;

    fn body(text: &str) -> Json {
        mapping::read(text.as_bytes()).unwrap()
    }

    fn party() -> BTreeMap<Named, Record> {
        let named = Named {
            reference: "party".to_owned(),
            of: "C1".to_owned(),
        };
        let record = Record {
            value: json!({"id": 7, "addresses": [11], "code": "C1", "none": null}),
            id_at: "/id".to_owned(),
        };
        BTreeMap::from([(named, record)])
    }

    #[test]
    fn ids_are_put_where_codes_were_and_nothing_else_changes() {
        let body = body(
            r#"{"p":{"$look_up":"party","of":"C1"},"lines":[["create",[{"a":{"$look_up":"party","of":"C1","at":"/addresses/0"}}]]],"price":12.50,"t":"ü\"","n":null,"y":true}"#,
        );
        assert_eq!(named(&body).unwrap().len(), 1);
        assert_eq!(
            filled(&body, &party()).unwrap(),
            r#"{"p":7,"lines":[["create",[{"a":11}]]],"price":12.50,"t":"ü\"","n":null,"y":true}"#
        );
    }

    #[test]
    fn what_a_record_does_not_have_is_an_unknown_reference() {
        for at in ["/nowhere", "/none", "/addresses"] {
            let body = body(&format!(
                r#"{{"p":{{"$look_up":"party","of":"C1","at":"{at}"}}}}"#
            ));
            let failure = filled(&body, &party()).unwrap_err();
            assert_eq!(
                (failure.code, failure.place.as_str()),
                (failures::UNKNOWN_REFERENCE, "party"),
                "{at}"
            );
        }
    }

    #[test]
    fn a_look_up_that_cannot_be_read_is_told() {
        for text in [
            r#"{"p":{"$look_up":"party"}}"#,
            r#"{"p":{"$look_up":"party","of":null}}"#,
            r#"{"p":{"$look_up":"party","of":""}}"#,
            r#"{"p":{"$look_up":null,"of":"C1"}}"#,
            r#"[{"$look_up":"party","of":"C1","by":"code"}]"#,
            r#"[{"$look_up":"party","of":"C1","at":1}]"#,
        ] {
            assert!(named(&body(text)).is_err(), "{text}");
            assert!(filled(&body(text), &party()).is_err(), "{text}");
        }
    }
}
