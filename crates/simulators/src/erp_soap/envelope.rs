//! SOAP 1.1 and 1.2: envelopes taken apart and put together.

use encoding_rs::{Encoding, UTF_8};
use http::{HeaderMap, header};

use super::trouble::{Code, Side, Trouble};
use super::writing::{self, Prefixes, qualified};
use super::xml::{self, Attribute, Element, XSI};
use super::{FINANCE, answer};

const SOAP_11: &str = "http://schemas.xmlsoap.org/soap/envelope/";
const SOAP_12: &str = "http://www.w3.org/2003/05/soap-envelope";

/// Which SOAP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    V11,
    V12,
}

impl Version {
    /// The version a request's content type stands for.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let kind = media_type(headers);
        match kind.split(';').next().unwrap_or_default().trim() {
            "text/xml" => Some(Self::V11),
            "application/soap+xml" => Some(Self::V12),
            _ => None,
        }
    }

    pub(super) fn namespace(self) -> &'static str {
        match self {
            Self::V11 => SOAP_11,
            Self::V12 => SOAP_12,
        }
    }

    pub(super) fn content_type(self) -> &'static str {
        match self {
            Self::V11 => "text/xml; charset=utf-8",
            Self::V12 => "application/soap+xml; charset=utf-8",
        }
    }
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok());
    text.unwrap_or_default().to_ascii_lowercase()
}

/// The value of a parameter of the content type, as it was written.
fn parameter(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    value.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=')?;
        let same = key.trim().eq_ignore_ascii_case(name);
        same.then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The action a request names: absent, or what stands there.
pub(super) fn action(version: Version, headers: &HeaderMap) -> Option<String> {
    match version {
        Version::V11 => {
            let value = headers.get("soapaction")?.to_str().ok()?;
            Some(value.trim().trim_matches('"').to_owned())
        }
        Version::V12 => parameter(headers, "action"),
    }
}

/// A request, taken apart.
#[derive(Debug)]
pub(super) struct Request {
    /// Blocks of the header.
    pub(super) headers: Vec<Element>,
    /// The operation's element.
    pub(super) operation: Element,
}

/// Reads the bytes as text: by the content type's charset, the byte order mark, the declaration, else UTF-8.
fn text(headers: &HeaderMap, body: &[u8]) -> Result<String, Trouble> {
    let named = parameter(headers, "charset").or_else(|| declared(body));
    let encoding = match named {
        None => UTF_8,
        Some(label) => Encoding::for_label(label.as_bytes()).ok_or_else(|| {
            Trouble::new(
                Code::Malformed,
                format!("the charset {label:?} is not known"),
            )
        })?,
    };
    let (text, _, replaced) = encoding.decode(body);
    if replaced {
        let message = format!("the body is not {}", encoding.name());
        return Err(Trouble::new(Code::Malformed, message));
    }
    Ok(text.into_owned())
}

/// The encoding an XML declaration names.
fn declared(body: &[u8]) -> Option<String> {
    let head: String = body
        .iter()
        .take(120)
        .map(|byte| char::from(*byte))
        .collect();
    let declaration = head.trim_start().strip_prefix("<?xml")?;
    let (declaration, _) = declaration.split_once("?>")?;
    let (_, rest) = declaration.split_once("encoding")?;
    let quoted = rest.trim_start().strip_prefix('=')?.trim_start();
    let quote = quoted.chars().next()?;
    quoted.split(quote).nth(1).map(str::to_owned)
}

/// Takes an envelope apart.
pub(super) fn read(version: Version, headers: &HeaderMap, body: &[u8]) -> Result<Request, Trouble> {
    let malformed = |message: String| Trouble::new(Code::Malformed, message);
    let text = text(headers, body)?;
    let root = xml::parse(&text).map_err(|error| malformed(error.to_string()))?;
    let soap = version.namespace();
    if root.name == "Envelope" && root.namespace != soap {
        let message = format!("the envelope is of {}", root.namespace);
        return Err(Trouble::new(Code::VersionMismatch, message));
    }
    if !root.is(soap, "Envelope") {
        return Err(malformed(format!("{} is no envelope", root.name)));
    }
    let blocks = root.child(soap, "Header");
    let blocks = blocks.map(|header| header.children.clone());
    let body = root
        .child(soap, "Body")
        .ok_or_else(|| malformed("the envelope has no body".to_owned()))?;
    match body.children.as_slice() {
        [operation] => Ok(Request {
            headers: blocks.unwrap_or_default(),
            operation: operation.clone(),
        }),
        other => Err(malformed(format!("the body has {} children", other.len()))),
    }
}

/// Whether a header block must be understood.
pub(super) fn must_be_understood(version: Version, block: &Element) -> bool {
    let flag = block.attribute(version.namespace(), "mustUnderstand");
    matches!(flag, Some("1" | "true"))
}

/// The prefixes of an operation's answers: they differ, as they do between real servers.
fn prefixes(version: Version, operation: &str) -> [(&'static str, &'static str); 3] {
    let soap = version.namespace();
    match operation {
        "PostCreditMemo" => [("soapenv", soap), ("", FINANCE), ("xsi", XSI)],
        "FindDocument" => [("S", soap), ("ns2", FINANCE), ("xsi", XSI)],
        "PostStockMovement" => [("SOAP-ENV", soap), ("fin", FINANCE), ("xsi", XSI)],
        "ReverseCreditMemo" => [("", soap), ("f", FINANCE), ("i", XSI)],
        _ => [("soap", soap), ("f", FINANCE), ("xsi", XSI)],
    }
}

/// An answer's envelope.
pub(super) fn write(version: Version, operation: &str, content: Element) -> Vec<u8> {
    let soap = version.namespace();
    let body = Element::with_children(soap, "Body", vec![content]);
    let mut parts = Vec::new();
    if operation == "PostStockMovement" {
        parts.push(Element::new(soap, "Header"));
    }
    parts.push(body);
    let envelope = Element::with_children(soap, "Envelope", parts);
    writing::write(&envelope, &prefixes(version, operation))
}

/// A fault's envelope.
pub(super) fn fault(version: Version, operation: &str, trouble: &Trouble) -> Vec<u8> {
    // The parts of a 1.1 fault have no namespace: no default one may catch them.
    let named = |(prefix, namespace)| match prefix {
        "" => ("d", namespace),
        _ => (prefix, namespace),
    };
    let prefixes = prefixes(version, operation).map(named);
    let fault = match version {
        Version::V11 => fault_11(&prefixes, trouble),
        Version::V12 => fault_12(&prefixes, trouble),
    };
    let soap = version.namespace();
    let body = Element::with_children(soap, "Body", vec![fault]);
    writing::write(
        &Element::with_children(soap, "Envelope", vec![body]),
        &prefixes,
    )
}

/// In 1.1 the parts of a fault have no namespace.
fn fault_11(prefixes: &Prefixes<'_>, trouble: &Trouble) -> Element {
    let subcode = trouble.code.subcode();
    let word = match trouble.code.side() {
        Side::Client => format!("Client.{subcode}"),
        Side::Server => format!("Server.{subcode}"),
        Side::Version | Side::Header => subcode.to_owned(),
    };
    let children = vec![
        Element::with_text("", "faultcode", qualified(prefixes, SOAP_11, &word)),
        Element::with_text("", "faultstring", trouble.message.clone()),
        Element::with_children("", "detail", vec![answer::detail(trouble)]),
    ];
    Element::with_children(SOAP_11, "Fault", children)
}

fn fault_12(prefixes: &Prefixes<'_>, trouble: &Trouble) -> Element {
    let soap = |name: &str, children: Vec<Element>| Element::with_children(SOAP_12, name, children);
    let value = |text: String| Element::with_text(SOAP_12, "Value", text);
    let side = match trouble.code.side() {
        Side::Client => "Sender",
        Side::Server => "Receiver",
        Side::Version => "VersionMismatch",
        Side::Header => "MustUnderstand",
    };
    let mut code = vec![value(qualified(prefixes, SOAP_12, side))];
    if matches!(trouble.code.side(), Side::Client | Side::Server) {
        let word = qualified(prefixes, FINANCE, trouble.code.subcode());
        code.push(soap("Subcode", vec![value(word)]));
    }
    let mut reason = Element::with_text(SOAP_12, "Text", trouble.message.clone());
    reason.attributes.push(Attribute {
        namespace: String::new(),
        name: "xml:lang".to_owned(),
        value: "en".to_owned(),
    });
    let children = vec![
        soap("Code", code),
        soap("Reason", vec![reason]),
        soap("Detail", vec![answer::detail(trouble)]),
    ];
    soap("Fault", children)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn headers(content_type: &str) -> HeaderMap {
        let value = HeaderValue::try_from(content_type).expect("a header");
        HeaderMap::from_iter([(header::CONTENT_TYPE, value)])
    }

    #[test]
    fn versions_and_actions_are_read_from_the_head() {
        let soap_12 = headers("application/soap+xml; charset=\"utf-8\"; action=\"urn:x#Ping\"");
        assert_eq!(Version::of(&soap_12), Some(Version::V12));
        assert_eq!(
            action(Version::V12, &soap_12).as_deref(),
            Some("urn:x#Ping")
        );
        assert_eq!(Version::of(&headers("Text/XML")), Some(Version::V11));
        assert_eq!(Version::of(&headers("application/json")), None);
        assert_eq!(action(Version::V11, &headers("text/xml")), None);
    }

    #[test]
    fn latin_1_is_read_when_it_is_declared() {
        let text = format!(
            "<?xml version='1.0' encoding='iso-8859-1'?><e:Envelope xmlns:e='{SOAP_11}'><e:Body><a>\u{e4}</a></e:Body></e:Envelope>"
        );
        let bytes: Vec<u8> = text
            .chars()
            .map(|c| u8::try_from(c).expect("Latin-1"))
            .collect();
        let request = read(Version::V11, &headers("text/xml"), &bytes).expect("an envelope");
        assert_eq!(request.operation.text, "\u{e4}");
        let trouble = read(Version::V11, &headers("text/xml; charset=utf-8"), &bytes);
        assert_eq!(trouble.expect_err("no UTF-8").code, Code::Malformed);
        let other = read(Version::V12, &headers("application/soap+xml"), &bytes);
        assert_eq!(other.expect_err("1.1").code, Code::VersionMismatch);
    }
}
