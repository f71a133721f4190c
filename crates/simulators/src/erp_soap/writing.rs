//! Writing an XML tree with chosen prefixes.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::xml::Element;

/// (prefix, namespace) pairs, declared at the root; an empty prefix is the default namespace.
pub(super) type Prefixes<'a> = [(&'a str, &'a str)];

/// `prefix:name`, or the name alone.
pub(super) fn qualified(prefixes: &Prefixes<'_>, namespace: &str, name: &str) -> String {
    let found = prefixes.iter().find(|(_, bound)| *bound == namespace);
    match found {
        Some((prefix, _)) if !prefix.is_empty() => format!("{prefix}:{name}"),
        _ => name.to_owned(),
    }
}

/// The document as UTF-8, with its declaration.
pub(super) fn write(root: &Element, prefixes: &Prefixes<'_>) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new());
    let written = writer
        .write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))
        .and_then(|()| write_element(&mut writer, root, prefixes, true));
    // Writing into memory does not fail.
    if let Err(error) = written {
        tracing::error!(%error, "could not write an answer");
    }
    writer.into_inner()
}

fn write_element(
    writer: &mut Writer<Vec<u8>>,
    element: &Element,
    prefixes: &Prefixes<'_>,
    is_root: bool,
) -> std::io::Result<()> {
    let name = qualified(prefixes, &element.namespace, &element.name);
    let mut start = BytesStart::new(name.as_str());
    if is_root {
        for (prefix, namespace) in prefixes {
            let binding = if prefix.is_empty() {
                "xmlns".to_owned()
            } else {
                format!("xmlns:{prefix}")
            };
            start.push_attribute((binding.as_str(), *namespace));
        }
    }
    for attribute in &element.attributes {
        let key = qualified(prefixes, &attribute.namespace, &attribute.name);
        start.push_attribute((key.as_str(), attribute.value.as_str()));
    }
    if element.text.is_empty() && element.children.is_empty() {
        return writer.write_event(Event::Empty(start));
    }
    writer.write_event(Event::Start(start))?;
    if !element.text.is_empty() {
        writer.write_event(Event::Text(BytesText::new(&element.text)))?;
    }
    for child in &element.children {
        write_element(writer, child, prefixes, false)?;
    }
    writer.write_event(Event::End(BytesEnd::new(name.as_str())))
}

#[cfg(test)]
mod tests {
    use super::super::xml::{Attribute, XSI, parse};
    use super::*;

    #[test]
    fn what_is_written_is_read_again_whatever_the_prefixes() {
        let mut root = Element::with_children(
            "urn:a",
            "Root",
            vec![
                Element::with_text("urn:b", "Text", "<&>\"' ä €"),
                Element::nil("urn:b", "Nothing"),
            ],
        );
        root.attributes.push(Attribute {
            namespace: String::new(),
            name: "plain".to_owned(),
            value: "a \"b\" <c>".to_owned(),
        });
        for prefixes in [
            [("a", "urn:a"), ("b", "urn:b"), ("xsi", XSI)],
            [("x", "urn:a"), ("", "urn:b"), ("i", XSI)],
        ] {
            let text = String::from_utf8(write(&root, &prefixes)).expect("UTF-8");
            assert_eq!(parse(&text).expect("XML"), root, "{text}");
        }
    }
}
