//! XML as a tree, within bounds. A document type is refused, and with it every entity of its own.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// Deepest nesting.
const MAX_DEPTH: usize = 64;

/// Most elements.
const MAX_ELEMENTS: usize = 100_000;

/// Most attributes of one element.
const MAX_ATTRIBUTES: usize = 64;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// An element. Names are local names: which prefix a partner chose means nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// Empty if none.
    pub(crate) namespace: String,
    /// Local names and values; declarations of namespaces are left out.
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Self>,
    /// Its own text, that of CDATA and references included.
    pub(crate) text: String,
    /// `xsi:nil`: there is no value, whatever else is written.
    pub(crate) nil: bool,
}

impl Element {
    /// The first child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Its text without blanks around it; nothing when it is empty or nil.
    pub(crate) fn value(&self) -> Option<&str> {
        let text = self.text.trim();
        (!self.nil && !text.is_empty()).then_some(text)
    }

    /// True if it says nothing at all.
    pub(crate) fn is_void(&self) -> bool {
        self.nil || (self.value().is_none() && self.children.iter().all(Self::is_void))
    }
}

/// Reads a document: one element at the top.
pub(super) fn parse(text: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    let mut open: Vec<Element> = Vec::new();
    let mut top: Option<Element> = None;
    let mut count = 0_usize;
    loop {
        let at = reader.buffer_position();
        let event = reader
            .read_event()
            .map_err(|error| format!("byte {at}: {error}"))?;
        match event {
            Event::Start(start) => {
                count += 1;
                if count > MAX_ELEMENTS || open.len() >= MAX_DEPTH {
                    return Err(format!(
                        "byte {at}: more than {MAX_ELEMENTS} elements or {MAX_DEPTH} levels"
                    ));
                }
                if top.is_some() {
                    return Err(format!("byte {at}: a second element at the top"));
                }
                let element = begin(&reader, &start);
                open.push(element.map_err(|what| format!("byte {at}: {what}"))?);
            }
            Event::End(_) => {
                let done = open
                    .pop()
                    .ok_or_else(|| format!("byte {at}: an end without a beginning"))?;
                match open.last_mut() {
                    Some(parent) => parent.children.push(done),
                    None => top = Some(done),
                }
            }
            Event::Text(said) => add(&mut open, &said.xml10_content(), at)?,
            Event::CData(said) => add(&mut open, &said.xml10_content(), at)?,
            Event::GeneralRef(reference) => {
                let said = resolve(&reference).map_err(|what| format!("byte {at}: {what}"))?;
                add(&mut open, &said, at)?;
            }
            Event::DocType(_) => {
                return Err(format!("byte {at}: a document type is not read"));
            }
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (open.last(), top) {
        (Some(element), _) => Err(format!("it ends within <{}>", element.name)),
        (None, None) => Err("it has no element".to_owned()),
        (None, Some(top)) => Ok(top),
    }
}

fn begin(reader: &NsReader<&[u8]>, start: &BytesStart<'_>) -> Result<Element, String> {
    let (namespace, local) = reader.resolver().resolve_element(start.name());
    let mut element = Element {
        name: local.as_ref().to_owned(),
        namespace: bound(namespace)?,
        ..Element::default()
    };
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| error.to_string())?;
        if attribute.key.as_namespace_binding().is_some() {
            continue;
        }
        if element.attributes.len() >= MAX_ATTRIBUTES {
            return Err(format!("more than {MAX_ATTRIBUTES} attributes"));
        }
        let (namespace, local) = reader.resolver().resolve_attribute(attribute.key);
        let namespace = bound(namespace)?;
        let value = attribute
            .normalized_value(XmlVersion::Explicit1_0)
            .map_err(|error| error.to_string())?;
        if namespace == XSI && local.as_ref() == "nil" {
            element.nil = matches!(value.trim(), "true" | "1");
        }
        if namespace.is_empty() && local.as_ref() == "href" {
            return Err(format!(
                "<{}> refers to {value:?}: neither multi-reference values nor attachments are read",
                element.name
            ));
        }
        element
            .attributes
            .push((local.as_ref().to_owned(), value.into_owned()));
    }
    Ok(element)
}

fn bound(namespace: ResolveResult<'_>) -> Result<String, String> {
    match namespace {
        ResolveResult::Unbound => Ok(String::new()),
        ResolveResult::Bound(namespace) => Ok(namespace.as_ref().to_owned()),
        ResolveResult::Unknown(prefix) => Err(format!("the prefix {prefix:?} is not declared")),
    }
}

fn add(open: &mut [Element], said: &str, at: u64) -> Result<(), String> {
    match open.last_mut() {
        Some(element) => {
            element.text.push_str(said);
            Ok(())
        }
        None if said.trim().is_empty() => Ok(()),
        None => Err(format!("byte {at}: text outside of any element")),
    }
}

/// The five predefined entities and characters by number; there are no others without a document type.
fn resolve(reference: &BytesRef<'_>) -> Result<String, String> {
    let character = reference
        .resolve_char_ref()
        .map_err(|error| error.to_string())?;
    if let Some(character) = character {
        return Ok(character.to_string());
    }
    let name = reference.xml10_content();
    resolve_predefined_entity(&name)
        .map(str::to_owned)
        .ok_or_else(|| format!("the entity {name:?} is not known"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_whatever_its_prefixes() {
        let top = parse(
            "<?xml version=\"1.0\"?><!-- x --><p:a xmlns:p=\"urn:p\" xmlns:q=\"urn:p\" n=\"1 &amp; 2\">\
             <q:b>x &lt;&#x41;&#66;<![CDATA[<&]]></q:b><c xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:nil=\"true\">5</c><d/></p:a>\n",
        )
        .unwrap();
        assert_eq!((top.name.as_str(), top.namespace.as_str()), ("a", "urn:p"));
        assert_eq!(top.attributes, [("n".to_owned(), "1 & 2".to_owned())]);
        assert_eq!(top.child("b").unwrap().value(), Some("x <AB<&"));
        assert_eq!(top.child("b").unwrap().namespace, "urn:p");
        assert_eq!(top.child("c").unwrap().value(), None);
        assert!(top.child("d").unwrap().is_void());
        assert!(!top.is_void());
    }

    #[test]
    fn what_is_not_xml_is_refused_with_its_place() {
        for (text, what) in [
            ("", "no element"),
            ("hello", "text outside"),
            ("<a><b></a>", "byte"),
            ("<a><b>", "ends within <b>"),
            ("<a/><b/>", "second element"),
            ("<a>&eacute;</a>", "eacute"),
            ("<a x=\"&e;\"/>", "byte"),
            ("<a>&#x110000;</a>", "byte"),
            ("<p:a/>", "not declared"),
            ("<a href=\"#id1\"/>", "multi-reference"),
            ("<a b=1/>", "byte"),
            ("<a b=\"1\" b=\"2\"/>", "byte"),
            ("<!DOCTYPE a><a/>", "document type"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }

    #[test]
    fn bombs_do_not_go_off() {
        let laughs = "<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><a>&b;</a>";
        assert!(parse(laughs).unwrap_err().contains("document type"));
        let deep = "<a>".repeat(50_000);
        assert!(parse(&deep).unwrap_err().contains("levels"));
        let wide = format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS));
        assert!(parse(&wide).unwrap_err().contains("elements"));
        let many: Vec<String> = (0..200).map(|n| format!(" a{n}=\"\"")).collect();
        assert!(
            parse(&format!("<a{}/>", many.concat()))
                .unwrap_err()
                .contains("attributes")
        );
    }
}
