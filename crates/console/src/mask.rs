//! Personal data is shown to those who may see it (personal:read) and covered for everybody else.
//!
//! What is personal is told by the names of fields, in our language and in partners' JSON: names of people, e-mail, telephone,
//! the lines of an address, what a customer wrote. E-mail addresses are covered wherever they stand. Bytes of partners are in
//! hundreds of formats: who may not see personal data sees none of them.

use canonical::approval::Approval;
use serde_json::Value;

use crate::access::{Holder, Scope};

/// What stands in the place of what is covered.
pub(crate) const COVER: &str = "•••";

/// Parts of names of fields that are personal; without regard to case, and with letters and digits alone.
const PARTS: &[&str] = &[
    "email",
    "phone",
    "mobile",
    "firstname",
    "lastname",
    "middlename",
    "givenname",
    "familyname",
    "surname",
    "fullname",
    "customername",
    "consumername",
    "contactname",
    "recipient",
    "consignee",
    "shiptoname",
    "billtoname",
    "buyername",
    "street",
    "housenumber",
    "addressline",
    "postcode",
    "postalcode",
    "zipcode",
    "customernote",
];

/// Whole names of fields that are personal.
const WHOLE: &[&str] = &[
    "mail",
    "tel",
    "fax",
    "zip",
    "contact",
    "address",
    "address1",
    "address2",
    "address3",
    "addr",
    "addr1",
    "addr2",
    "addr3",
    "shippingaddress",
    "billingaddress",
    "deliveryaddress",
    "shipto",
    "billto",
    "name1",
    "name2",
    // The copy of a message that was mended, as text: it may say anything.
    "copy",
];

impl Holder {
    /// True if they may see personal data.
    pub(crate) fn sees_personal(&self) -> bool {
        self.may(Scope::PersonalRead)
    }

    /// True if they may see the bytes of partners.
    pub(crate) fn sees_bytes(&self) -> bool {
        self.may(Scope::BodiesRead) && self.sees_personal()
    }

    /// A document as they may see it.
    pub(crate) fn shown(&self, mut document: Value) -> Value {
        if !self.sees_personal() {
            cover_in(&mut document);
        }
        document
    }

    /// A text as they may see it.
    pub(crate) fn shown_text(&self, text: &str) -> String {
        if self.sees_personal() {
            text.to_owned()
        } else {
            without_mail(text)
        }
    }

    /// An approval as they may see it.
    pub(crate) fn shown_approval(&self, mut approval: Approval) -> Approval {
        if !self.sees_personal() {
            cover_in_approval(&mut approval);
        }
        approval
    }

    /// A document in JSON as they may see it; what is none is a text.
    pub(crate) fn shown_json(&self, json: &str) -> String {
        if self.sees_personal() {
            return json.to_owned();
        }
        match serde_json::from_str::<Value>(json) {
            Ok(document) => self.shown(document).to_string(),
            Err(_) => without_mail(json),
        }
    }
}

/// Covers e-mail addresses in what people are called and in what they said.
pub(crate) fn cover_in_approval(approval: &mut Approval) {
    approval.requested_by = without_mail(&approval.requested_by);
    for decision in &mut approval.decisions {
        decision.reason = without_mail(&decision.reason);
    }
}

fn cover_in(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if is_personal(name) {
                    cover(member);
                } else {
                    cover_in(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(cover_in),
        Value::String(text) => *text = without_mail(text),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Everything in it, whatever it is.
fn cover(value: &mut Value) {
    match value {
        Value::Object(members) => members.values_mut().for_each(cover),
        Value::Array(items) => items.iter_mut().for_each(cover),
        Value::String(_) | Value::Number(_) => *value = Value::from(COVER),
        Value::Null | Value::Bool(_) => {}
    }
}

fn is_personal(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    WHOLE.contains(&&*plain) || PARTS.iter().any(|part| plain.contains(part))
}

/// Covers what looks like an e-mail address: letters around an @, with a dot behind it. Who did something stays to be seen:
/// `user/NAME@PERSON` is none.
pub(crate) fn without_mail(text: &str) -> String {
    if !text.contains('@') {
        return text.to_owned();
    }
    let is_part =
        |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%' | '@' | '/');
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        let (word, more) = rest.split_at(end);
        let mail = word.split_once('@').is_some_and(|(local, host)| {
            !local.is_empty() && host.contains('.') && !word.starts_with("user/")
        });
        shown.push_str(if mail { COVER } else { word });
        let next = more.find(is_part).unwrap_or(more.len());
        let (between, after) = more.split_at(next);
        shown.push_str(between);
        rest = after;
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn personal_fields_are_covered_wherever_they_stand() {
        let mut document = json!({
            "customer_account": "C1", "lines": [{ "sku": "S", "customer_note": "call me", "qty": "1" }],
            "shipTo": { "name": "Jane", "lines": ["1 Road", null], "zip": 123 },
            "E-Mail": "jane@example.com", "Telephone": { "home": 555 }, "who": "write jane@example.com, please",
            "by": "user/ada@sue.park", "copy": "<x/>"
        });
        cover_in(&mut document);
        assert_eq!(
            document,
            json!({
                "customer_account": "C1", "lines": [{ "sku": "S", "customer_note": COVER, "qty": "1" }],
                "shipTo": { "name": COVER, "lines": [COVER, null], "zip": COVER },
                "E-Mail": COVER, "Telephone": { "home": COVER }, "who": "write •••, please",
                "by": "user/ada@sue.park", "copy": COVER
            })
        );
    }

    #[test]
    fn addresses_are_found_in_texts() {
        assert_eq!(
            without_mail("no address: a@b, @c.d"),
            "no address: a@b, @c.d"
        );
        assert_eq!(
            without_mail("\"jürgen.x+y@mail.example\" is no number"),
            "\"•••\" is no number"
        );
        assert_eq!(without_mail("a@b.c"), COVER);
    }
}
