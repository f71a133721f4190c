//! Faults of SOAP 1.1 and 1.2 in one shape.

use super::path;
use super::tree::Element;

/// Whose fault it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Ours: what we sent is wrong (`Client`, `Sender`).
    Ours,
    /// Theirs (`Server`, `Receiver`), or they do not say.
    Theirs,
    /// We do not speak the same SOAP (`VersionMismatch`, `MustUnderstand`, `DataEncodingUnknown`).
    Protocol,
}

/// A fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) side: Side,
    /// In the words of SOAP 1.1, whichever version it came in: `Client.UnknownCustomer`.
    pub(crate) code: String,
    /// The sentence.
    pub(crate) message: String,
    /// What stands under it.
    pub(crate) detail: Option<Element>,
}

impl Fault {
    /// Reads the element `Fault` of a body.
    pub(super) fn read(element: &Element) -> Self {
        let text = |path: &str| path::text_at(element, path).unwrap_or_default().to_owned();
        let detail = |name: &str| element.child(name).cloned();
        match element.child("Code") {
            Some(code) => Self::new(&code_12(code), text("Reason/Text"), detail("Detail")),
            None => Self::new(&text("faultcode"), text("faultstring"), detail("detail")),
        }
    }

    fn new(code: &str, message: String, detail: Option<Element>) -> Self {
        let code = local(code);
        let (first, rest) = match code.split_once('.') {
            Some((first, rest)) => (first, Some(rest)),
            None => (code, None),
        };
        let (side, first) = match first {
            "Client" | "Sender" => (Side::Ours, "Client"),
            "Server" | "Receiver" => (Side::Theirs, "Server"),
            "VersionMismatch" | "MustUnderstand" | "DataEncodingUnknown" => (Side::Protocol, first),
            _ => (Side::Theirs, first),
        };
        Self {
            side,
            code: rest.map_or_else(|| first.to_owned(), |rest| format!("{first}.{rest}")),
            message,
            detail,
        }
    }

    /// The first text at one of these paths below its detail.
    pub(crate) fn text(&self, paths: &[String]) -> Option<&str> {
        let detail = self.detail.as_ref()?;
        paths.iter().find_map(|at| path::text_at(detail, at))
    }

    /// Every name by which it can be known, the most telling first: codes in its detail, names of elements there, the code
    /// in full, its last parts.
    pub(crate) fn names(&self, detail_codes: &[String]) -> Vec<&str> {
        let mut names = Vec::new();
        names.extend(self.text(detail_codes));
        if let Some(detail) = &self.detail {
            names.extend(detail.children.iter().map(|child| child.name.as_str()));
        }
        let mut rest = self.code.as_str();
        names.push(rest);
        while let Some((_, last)) = rest.split_once('.') {
            names.push(last);
            rest = last;
        }
        names
    }
}

/// Code and subcodes of SOAP 1.2, from the outermost, with dots.
fn code_12(code: &Element) -> String {
    let value = |element: &Element| {
        let value = element.child("Value").and_then(Element::value);
        local(value.unwrap_or_default()).to_owned()
    };
    let mut names = vec![value(code)];
    let mut inner = code.child("Subcode");
    while let Some(subcode) = inner {
        names.push(value(subcode));
        inner = subcode.child("Subcode");
    }
    names.retain(|name| !name.is_empty());
    names.join(".")
}

/// A qualified name without its prefix.
fn local(name: &str) -> &str {
    let name = name.trim();
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use super::super::tree::parse;
    use super::*;

    fn fault(text: &str) -> Fault {
        Fault::read(&parse(text).unwrap())
    }

    #[test]
    fn both_versions_say_the_same() {
        let old = fault(
            "<Fault><faultcode>s:Client.UnknownCustomer</faultcode><faultstring>who?</faultstring></Fault>",
        );
        let new = fault(
            "<Fault><Code><Value>s:Sender</Value><Subcode><Value>e:UnknownCustomer</Value></Subcode></Code>\
             <Reason><Text>who?</Text></Reason></Fault>",
        );
        assert_eq!(old, new);
        assert_eq!(
            (old.side, old.code.as_str()),
            (Side::Ours, "Client.UnknownCustomer")
        );
        assert_eq!(
            old.names(&[]),
            ["Client.UnknownCustomer", "UnknownCustomer"]
        );
    }

    #[test]
    fn the_detail_says_most() {
        let fault = fault(
            "<Fault><faultcode>Server</faultcode><faultstring/><detail><e:Closed xmlns:e=\"urn:e\"><Code>P77</Code>\
             </e:Closed></detail></Fault>",
        );
        let names = fault.names(&["Closed/Code".to_owned()]);
        assert_eq!(names, ["P77", "Closed", "Server"]);
        assert_eq!(fault.side, Side::Theirs);
    }

    #[test]
    fn a_fault_that_says_little_is_theirs() {
        for text in ["<Fault/>", "<Fault><faultcode>e:Odd</faultcode></Fault>"] {
            assert_eq!(fault(text).side, Side::Theirs, "{text}");
        }
        let mismatch = fault("<Fault><faultcode>s:MustUnderstand</faultcode></Fault>");
        assert_eq!(mismatch.side, Side::Protocol);
        let deep = fault(
            "<Fault><Code><Value>s:Receiver</Value><Subcode><Value>A</Value><Subcode><Value>B</Value></Subcode>\
             </Subcode></Code></Fault>",
        );
        assert_eq!(deep.code, "Server.A.B");
        assert_eq!(deep.names(&[]), ["Server.A.B", "A.B", "B"]);
    }
}
