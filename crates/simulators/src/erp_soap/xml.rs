//! XML as a tree with namespaces, read within bounds.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

const DEEPEST: usize = 32;
const MOST_ELEMENTS: usize = 200_000;

pub(super) const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// One element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) attributes: Vec<Attribute>,
    pub(super) text: String,
    pub(super) children: Vec<Element>,
}

/// One attribute that is no namespace declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) value: String,
}

/// The text is not XML this server takes.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadXml {
    #[error("not well-formed: {0}")]
    Malformed(String),
    #[error("a document type declaration is not accepted")]
    DocType,
    #[error("the entity {0} is not known")]
    Entity(String),
    #[error("the prefix {0} is not bound to a namespace")]
    Prefix(String),
    #[error("nested too deeply or too long")]
    TooMuch,
}

impl Element {
    pub(super) fn new(namespace: &str, name: &str) -> Self {
        Self {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ..Self::default()
        }
    }

    pub(super) fn with_text(namespace: &str, name: &str, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::new(namespace, name)
        }
    }

    pub(super) fn with_children(namespace: &str, name: &str, children: Vec<Self>) -> Self {
        Self {
            children,
            ..Self::new(namespace, name)
        }
    }

    /// An element that says it has no value.
    pub(super) fn nil(namespace: &str, name: &str) -> Self {
        let mut element = Self::new(namespace, name);
        element.attributes.push(Attribute {
            namespace: XSI.to_owned(),
            name: "nil".to_owned(),
            value: "true".to_owned(),
        });
        element
    }

    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    pub(super) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    pub(super) fn attribute(&self, namespace: &str, name: &str) -> Option<&str> {
        let found = self
            .attributes
            .iter()
            .find(|attribute| attribute.namespace == namespace && attribute.name == name);
        found.map(|attribute| attribute.value.as_str())
    }

    /// The text without white space around it; nothing when it is empty or `xsi:nil`.
    pub(super) fn value(&self) -> Option<&str> {
        let nil = matches!(self.attribute(XSI, "nil"), Some("true" | "1"));
        let text = self.text.trim();
        (!nil && !text.is_empty()).then_some(text)
    }
}

/// Reads a whole document.
pub(super) fn parse(text: &str) -> Result<Element, BadXml> {
    let mut reader = NsReader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        let event = reader.read_event().map_err(malformed)?;
        match event {
            Event::Start(start) => {
                count += 1;
                if count > MOST_ELEMENTS || open.len() >= DEEPEST || root.is_some() {
                    return Err(BadXml::TooMuch);
                }
                open.push(element(&reader, &start)?);
            }
            Event::Empty(start) => {
                count += 1;
                if count > MOST_ELEMENTS || root.is_some() {
                    return Err(BadXml::TooMuch);
                }
                close(element(&reader, &start)?, &mut open, &mut root);
            }
            Event::End(_) => {
                let Some(done) = open.pop() else {
                    return Err(BadXml::Malformed("an end without a beginning".to_owned()));
                };
                close(done, &mut open, &mut root);
            }
            Event::Text(text) => add_text(&text.xml10_content(), &mut open)?,
            Event::CData(text) => add_text(&text.xml10_content(), &mut open)?,
            Event::GeneralRef(reference) => add_text(&resolve(&reference)?, &mut open)?,
            Event::DocType(_) => return Err(BadXml::DocType),
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            Event::Eof => break,
        }
    }
    match root {
        Some(root) if open.is_empty() => Ok(root),
        _ => Err(BadXml::Malformed("it ends too early".to_owned())),
    }
}

fn malformed(error: impl std::fmt::Display) -> BadXml {
    BadXml::Malformed(error.to_string())
}

fn close(done: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(done),
        None => *root = Some(done),
    }
}

fn add_text(text: &str, open: &mut [Element]) -> Result<(), BadXml> {
    match open.last_mut() {
        Some(element) => element.text.push_str(text),
        None if text
            .trim_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
            .is_empty() => {}
        None => return Err(BadXml::Malformed("text outside the root".to_owned())),
    }
    Ok(())
}

fn resolve(reference: &BytesRef<'_>) -> Result<String, BadXml> {
    if let Some(character) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    match name.as_ref() {
        "lt" => Ok("<".to_owned()),
        "gt" => Ok(">".to_owned()),
        "amp" => Ok("&".to_owned()),
        "apos" => Ok("'".to_owned()),
        "quot" => Ok("\"".to_owned()),
        other => Err(BadXml::Entity(other.to_owned())),
    }
}

fn element(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element, BadXml> {
    let (namespace, name) = reader.resolver().resolve_element(start.name());
    let mut element = Element::new(&bound(namespace)?, name.as_ref());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(malformed)?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        let (namespace, name) = reader.resolver().resolve_attribute(attribute.key);
        element.attributes.push(Attribute {
            namespace: bound(namespace)?,
            name: name.as_ref().to_owned(),
            value: attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(malformed)?
                .into_owned(),
        });
    }
    Ok(element)
}

fn bound(namespace: ResolveResult<'_>) -> Result<String, BadXml> {
    match namespace {
        ResolveResult::Bound(namespace) => Ok(namespace.as_ref().to_owned()),
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Unknown(prefix) => Err(BadXml::Prefix(prefix)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_cdata_are_text_and_nil_is_nothing() {
        let text = "<a xmlns:i='http://www.w3.org/2001/XMLSchema-instance'>\
                    <b>1 &lt; &#x32;<![CDATA[ & 3]]></b><c i:nil='true'>x</c></a>";
        let root = parse(text).expect("XML");
        assert_eq!(root.children[0].value(), Some("1 < 2 & 3"));
        assert_eq!(root.children[1].value(), None);
    }

    #[test]
    fn bombs_and_broken_documents_are_refused() {
        let deep = "<a>".repeat(1000);
        for text in [
            "",
            "<a>",
            "<a></b>",
            "text",
            "<a/><b/>",
            "<a>&who;</a>",
            "<x:a/>",
            "<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
            deep.as_str(),
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
