//! An answer taken apart: envelope, then body, then what is in it or a fault.

use super::charset;
use super::fault::Fault;
use super::multipart;
use super::tree::{Element, parse};
use super::version::Version;

/// What an envelope holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The element in its body.
    Said(Element),
    /// A fault.
    Fault(Fault),
}

/// Reads an answer. `content_type` is the header's value, empty if there was none.
pub(crate) fn read(bytes: &[u8], content_type: &str) -> Result<Answer, String> {
    let is_in_parts = content_type
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("multipart/");
    let envelope = if is_in_parts {
        let part = multipart::root(bytes, content_type)?;
        open(part.bytes, &part.content_type)?
    } else {
        open(bytes, content_type)?
    };
    if envelope.name != "Envelope" || Version::of(&envelope.namespace).is_none() {
        return Err(format!("it is a <{}>, not a SOAP envelope", envelope.name));
    }
    let namespace = envelope.namespace.as_str();
    let body = envelope
        .children
        .iter()
        .find(|child| child.name == "Body" && child.namespace == namespace)
        .ok_or("the envelope has no body")?;
    let mut inside = body.children.iter();
    match (inside.next(), inside.next()) {
        (None, _) => Err("the body is empty".to_owned()),
        (Some(only), _) if only.name == "Fault" && only.namespace == namespace => {
            Ok(Answer::Fault(Fault::read(only)))
        }
        (Some(only), None) => Ok(Answer::Said(only.clone())),
        (Some(_), Some(second)) => Err(format!(
            "the body has several elements, the second is <{}>: multi-reference values are not read",
            second.name
        )),
    }
}

fn open(bytes: &[u8], content_type: &str) -> Result<Element, String> {
    let label = multipart::parameter(content_type, "charset");
    parse(&charset::decode(bytes, label.as_deref())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(inside: &str) -> String {
        let namespace = Version::V11.namespace();
        format!(
            "<s:Envelope xmlns:s=\"{namespace}\"><s:Header/><s:Body>{inside}</s:Body></s:Envelope>"
        )
    }

    #[test]
    fn what_is_said_is_told_from_a_fault() {
        let said = read(envelope("<PostResponse/>").as_bytes(), "text/xml").unwrap();
        assert!(matches!(said, Answer::Said(element) if element.name == "PostResponse"));
        let fault = envelope("<s:Fault><faultcode>s:Server</faultcode></s:Fault>");
        let fault = read(fault.as_bytes(), "").unwrap();
        assert!(matches!(fault, Answer::Fault(fault) if fault.code == "Server"));
        // A document may be called Fault, too.
        let own = read(envelope("<Fault xmlns=\"urn:geology\"/>").as_bytes(), "").unwrap();
        assert!(matches!(own, Answer::Said(_)));
    }

    #[test]
    fn an_answer_in_parts_is_read_by_its_root() {
        let body = format!(
            "--x\r\nContent-Type: application/xop+xml; charset=utf-8\r\n\r\n{}\r\n--x\r\n\r\nPDF\r\n--x--\r\n",
            envelope("<PostResponse/>")
        );
        assert!(read(body.as_bytes(), "Multipart/Related; boundary=x").is_ok());
        let attached = envelope(
            "<R><xop:Include xmlns:xop=\"http://www.w3.org/2004/08/xop/include\" href=\"cid:1\"/></R>",
        );
        assert!(
            read(attached.as_bytes(), "")
                .unwrap_err()
                .contains("attachments")
        );
    }

    #[test]
    fn what_is_no_answer_is_told() {
        let several = envelope("<a/><multiRef id=\"1\"/>");
        let other = "<s:Envelope xmlns:s=\"urn:other\"><s:Body><a/></s:Body></s:Envelope>";
        let bodiless = format!("<s:Envelope xmlns:s=\"{}\"/>", Version::V12.namespace());
        for (text, what) in [
            ("", "no element"),
            ("<html><body/></html>", "not a SOAP envelope"),
            (other, "not a SOAP envelope"),
            (&bodiless, "no body"),
            (&envelope(""), "body is empty"),
            (&envelope("<a>"), "byte"),
            (&several, "multi-reference"),
        ] {
            let error = read(text.as_bytes(), "text/xml").unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
