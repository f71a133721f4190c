//! The two versions of SOAP that are in use.

use serde::Deserialize;

/// Version of SOAP.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Version {
    /// SOAP 1.1 (<https://www.w3.org/TR/2000/NOTE-SOAP-20000508/>).
    #[default]
    #[serde(rename = "1.1")]
    V11,
    /// SOAP 1.2 (<https://www.w3.org/TR/soap12-part1/>).
    #[serde(rename = "1.2")]
    V12,
}

impl Version {
    /// Namespace of the envelope.
    pub(crate) const fn namespace(self) -> &'static str {
        match self {
            Self::V11 => "http://schemas.xmlsoap.org/soap/envelope/",
            Self::V12 => "http://www.w3.org/2003/05/soap-envelope",
        }
    }

    /// The version whose envelopes have that namespace.
    pub(crate) fn of(namespace: &str) -> Option<Self> {
        [Self::V11, Self::V12]
            .into_iter()
            .find(|version| version.namespace() == namespace)
    }

    /// The value of `mustUnderstand` that means yes.
    pub(crate) const fn yes(self) -> &'static str {
        match self {
            Self::V11 => "1",
            Self::V12 => "true",
        }
    }

    /// `Content-Type` of a request; SOAP 1.2 names the action in it.
    pub(crate) fn content_type(self, action: &str) -> String {
        match self {
            Self::V11 => "text/xml; charset=utf-8".to_owned(),
            Self::V12 if action.is_empty() => "application/soap+xml; charset=utf-8".to_owned(),
            Self::V12 => format!(
                "application/soap+xml; charset=utf-8; action={}",
                quoted(action)
            ),
        }
    }

    /// The header `SOAPAction` of SOAP 1.1, in quotes; SOAP 1.2 has none.
    pub(crate) fn action_header(self, action: &str) -> Option<String> {
        (self == Self::V11).then(|| quoted(action))
    }
}

/// As a quoted string of HTTP (RFC 9110, 5.6.4).
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_action_stands_where_its_version_wants_it() {
        assert_eq!(
            Version::V11.action_header("urn:x#Post").as_deref(),
            Some("\"urn:x#Post\"")
        );
        assert_eq!(Version::V11.action_header("").as_deref(), Some("\"\""));
        assert_eq!(Version::V12.action_header("urn:x"), None);
        assert!(
            Version::V12
                .content_type("a\"b")
                .ends_with("; action=\"a\\\"b\"")
        );
        assert!(Version::V11.content_type("urn:x").starts_with("text/xml;"));
        assert!(!Version::V12.content_type("").contains("action"));
    }

    #[test]
    fn a_version_is_known_by_its_namespace() {
        for version in [Version::V11, Version::V12] {
            assert_eq!(Version::of(version.namespace()), Some(version));
        }
        assert_eq!(Version::of("urn:other"), None);
    }
}
