//! Envelopes: the tree that a profile's jq made, written as XML.
//!
//! An object's members become elements in the order in which they were written; an array repeats its element; texts,
//! numbers and truth values are its text; null leaves it out. `@name` is an attribute, `#text` the text beside attributes.

use std::collections::BTreeMap;

use connector::mapping::Json;
use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::name;
use super::version::Version;

/// Prefix of the operation's own namespace.
const OWN: &str = "m";

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// What goes into an envelope.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Body<'a> {
    /// Name of the operation's element.
    pub(crate) element: &'a str,
    /// Its namespace.
    pub(crate) namespace: &'a str,
    /// True if the elements inside are in that namespace too (`elementFormDefault="qualified"`).
    pub(crate) qualified: bool,
    /// Further prefixes that names may have.
    pub(crate) prefixes: &'a BTreeMap<String, String>,
    /// What is inside.
    pub(crate) content: &'a Json,
}

/// Writes an envelope without a header. `Err` names what in the tree cannot be written.
pub(crate) fn envelope(version: Version, body: &Body<'_>) -> Result<Vec<u8>, String> {
    if !body.content.is_object() {
        return Err(format!(
            "the shape gave {} instead of an object",
            body.content.kind()
        ));
    }
    let mut pen = Pen {
        writer: Writer::new(Vec::new()),
        body,
    };
    pen.put(Event::Decl(BytesDecl::new("1.0", Some("utf-8"), None)))?;
    let mut start = BytesStart::new("soap:Envelope");
    start.push_attribute(("xmlns:soap", version.namespace()));
    pen.put(Event::Start(start))?;
    pen.put(Event::Start(BytesStart::new("soap:Body")))?;
    pen.operation()?;
    pen.put(Event::End(BytesEnd::new("soap:Body")))?;
    pen.put(Event::End(BytesEnd::new("soap:Envelope")))?;
    Ok(pen.writer.into_inner())
}

struct Pen<'a> {
    writer: Writer<Vec<u8>>,
    body: &'a Body<'a>,
}

impl Pen<'_> {
    fn put(&mut self, event: Event<'_>) -> Result<(), String> {
        self.writer
            .write_event(event)
            .map_err(|error| error.to_string())
    }

    fn operation(&mut self) -> Result<(), String> {
        let element = self.body.element;
        if !name::is_plain(element) {
            return Err(format!("{element:?} is not the name of an element"));
        }
        let full = if self.body.namespace.is_empty() {
            element.to_owned()
        } else {
            format!("{OWN}:{element}")
        };
        let mut declarations = vec![("xmlns:xsi".to_owned(), XSI)];
        if !self.body.namespace.is_empty() {
            declarations.push((format!("xmlns:{OWN}"), self.body.namespace));
        }
        for (prefix, namespace) in self.body.prefixes {
            declarations.push((format!("xmlns:{prefix}"), namespace));
        }
        if !uses_xsi(self.body.content) {
            declarations.remove(0);
        }
        let content = self.body.content;
        self.element(&full, content, &declarations, element)
    }

    /// An element of that full name. `place` is where it stands, for messages.
    fn element(
        &mut self,
        full: &str,
        content: &Json,
        declarations: &[(String, &str)],
        place: &str,
    ) -> Result<(), String> {
        let mut start = BytesStart::new(full);
        for (attribute, value) in declarations {
            start.push_attribute((attribute.as_str(), *value));
        }
        for (member, value) in content.members() {
            if let Some(attribute) = member.strip_prefix('@') {
                let value = text_of(value).ok_or_else(|| {
                    format!(
                        "{place}/{member}: an attribute is a text, not {}",
                        value.kind()
                    )
                })?;
                self.attribute(attribute, place)?;
                start.push_attribute((attribute, checked(&value, place)?));
            }
        }
        self.put(Event::Start(start))?;
        self.content(content, place)?;
        self.put(Event::End(BytesEnd::new(full)))
    }

    fn content(&mut self, content: &Json, place: &str) -> Result<(), String> {
        if !content.is_object() {
            let text = text_of(content)
                .ok_or_else(|| format!("{place}: {} has no name for its items", content.kind()))?;
            return self.text(&text, place);
        }
        for (member, value) in content.members() {
            if member.starts_with('@') {
                continue;
            }
            if member == "#text" {
                let text = text_of(value)
                    .ok_or_else(|| format!("{place}/#text: {} is no text", value.kind()))?;
                self.text(&text, place)?;
                continue;
            }
            let (full, place) = (self.full(member, place)?, format!("{place}/{member}"));
            match (value, value.items()) {
                (Json::Null, _) => {}
                (_, Some(items)) => {
                    for item in items.iter().filter(|item| !matches!(item, Json::Null)) {
                        self.element(&full, item, &[], &place)?;
                    }
                }
                (_, None) => self.element(&full, value, &[], &place)?,
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &str, place: &str) -> Result<(), String> {
        // A carriage return that stands as it is would be read as a line feed.
        let escaped = escape(checked(text, place)?).replace('\r', "&#13;");
        self.put(Event::Text(BytesText::from_escaped(escaped)))
    }

    /// A member's name as it is written.
    fn full(&self, member: &str, place: &str) -> Result<String, String> {
        let (prefix, local) = name::split(member);
        if !name::is_plain(local) {
            return Err(format!("{place}: {member:?} is not the name of an element"));
        }
        match prefix {
            None if self.body.qualified && !self.body.namespace.is_empty() => {
                Ok(format!("{OWN}:{local}"))
            }
            None => Ok(local.to_owned()),
            Some(prefix) if self.body.prefixes.contains_key(prefix) => Ok(member.to_owned()),
            Some(prefix) => Err(format!(
                "{place}: the prefix {prefix:?} is not in `prefixes`"
            )),
        }
    }

    fn attribute(&self, attribute: &str, place: &str) -> Result<(), String> {
        let (prefix, local) = name::split(attribute);
        let is_known =
            prefix.is_none_or(|prefix| prefix == "xsi" || self.body.prefixes.contains_key(prefix));
        if name::is_plain(local) && local != "xmlns" && is_known {
            Ok(())
        } else {
            Err(format!(
                "{place}: {attribute:?} is not the name of an attribute"
            ))
        }
    }
}

fn uses_xsi(content: &Json) -> bool {
    match content.items() {
        Some(items) => items.iter().any(uses_xsi),
        None => content
            .members()
            .any(|(member, value)| member.starts_with("@xsi:") || uses_xsi(value)),
    }
}

fn text_of(value: &Json) -> Option<String> {
    match value {
        Json::Text(text) => Some(text.to_string()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn checked<'t>(text: &'t str, place: &str) -> Result<&'t str, String> {
    match text.chars().find(|c| !name::is_allowed(*c)) {
        None => Ok(text),
        Some(character) => Err(format!(
            "{place}: XML cannot carry the character U+{:04X}",
            u32::from(character)
        )),
    }
}

#[cfg(test)]
mod tests {
    use connector::mapping;

    use super::*;

    fn write(qualified: bool, json: &str) -> Result<String, String> {
        let prefixes = BTreeMap::from([("t".to_owned(), "urn:types".to_owned())]);
        let content = mapping::read(json.as_bytes()).unwrap();
        let body = Body {
            element: "Post",
            namespace: "urn:erp",
            qualified,
            prefixes: &prefixes,
            content: &content,
        };
        let bytes = envelope(Version::V11, &body)?;
        let text = String::from_utf8(bytes).unwrap();
        let (_, inside) = text.split_once("<soap:Body>").unwrap();
        let (inside, _) = inside.split_once("</soap:Body>").unwrap();
        Ok(inside.to_owned())
    }

    #[test]
    fn a_tree_is_written_in_its_order() {
        let json = r##"{"Z": "a<b&c", "A": [1, {"@k": "\"", "#text": "t"}, null], "N": null, "E": {}, "t:L": true,
                       "M": {"@xsi:nil": "true"}, "R": "x\r\n"}"##;
        assert_eq!(
            write(false, json).unwrap(),
            "<m:Post xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:m=\"urn:erp\" xmlns:t=\"urn:types\">\
             <Z>a&lt;b&amp;c</Z><A>1</A><A k=\"&quot;\">t</A><E></E><t:L>true</t:L><M xsi:nil=\"true\"></M>\
             <R>x&#13;\n</R></m:Post>"
        );
        assert_eq!(
            write(true, "{\"A\": 12.50}").unwrap(),
            "<m:Post xmlns:m=\"urn:erp\" xmlns:t=\"urn:types\"><m:A>12.50</m:A></m:Post>"
        );
    }

    #[test]
    fn what_cannot_be_written_is_named() {
        for (json, what) in [
            ("[]", "an array"),
            ("{\"a b\": 1}", "a b"),
            ("{\"A\": {\"x:B\": 1}}", "Post/A: the prefix \"x\""),
            ("{\"A\": [[1]]}", "Post/A: an array"),
            ("{\"@a\": {}}", "an attribute is a text"),
            ("{\"@xmlns\": \"urn:x\"}", "not the name of an attribute"),
            ("{\"A\": \"\\u0001\"}", "U+0001"),
            ("{\"A><B\": 1}", "not the name"),
        ] {
            let error = write(false, json).unwrap_err();
            assert!(error.contains(what), "{json}: {error}");
        }
    }
}
