//! The header by which we show who we are: WS-Security 1.1 UsernameToken and Timestamp.

use data_encoding::BASE64;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::{Reader, Writer};
use sha1::{Digest, Sha1};

use super::version::Version;

const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const PROFILE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";
const BINARY: &str = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary";

/// How the password is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PasswordType {
    /// As it is.
    Text,
    /// As SHA-1 of nonce, time and password.
    Digest,
}

/// What goes into the header. Not printable: it holds a password.
pub(crate) struct Credentials<'a> {
    pub(crate) user: &'a str,
    pub(crate) password: &'a str,
    pub(crate) password_type: PasswordType,
    /// Used once.
    pub(crate) nonce: &'a [u8],
    pub(crate) lifetime: Lifetime,
    /// True if the lifetime is written as a Timestamp of its own.
    pub(crate) timestamp: bool,
}

/// From when to when the message is good (XML dateTime, UTC).
pub(crate) struct Lifetime {
    pub(crate) created: String,
    pub(crate) expires: String,
}

/// The same envelope with a security header in front of its body.
pub(crate) fn with_security(
    envelope: &[u8],
    version: Version,
    credentials: &Credentials<'_>,
) -> Result<Vec<u8>, String> {
    let text = str::from_utf8(envelope).map_err(|error| error.to_string())?;
    let mut reader = Reader::from_str(text);
    let mut writer = Writer::new(Vec::with_capacity(envelope.len() + 1024));
    let mut is_written = false;
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        match &event {
            Event::Eof => break,
            Event::Start(start) if !is_written && start.name().as_ref() == "soap:Body" => {
                Header {
                    writer: &mut writer,
                }
                .write(version, credentials)
                .map_err(|error| error.to_string())?;
                is_written = true;
            }
            _ => {}
        }
        writer
            .write_event(event)
            .map_err(|error| error.to_string())?;
    }
    if is_written {
        Ok(writer.into_inner())
    } else {
        Err("the envelope has no body".to_owned())
    }
}

/// Base64 of SHA-1 of nonce, time and password (UsernameToken Profile 1.1, 3.1).
fn digest(nonce: &[u8], created: &str, password: &str) -> String {
    let mut sum = Sha1::new();
    sum.update(nonce);
    sum.update(created.as_bytes());
    sum.update(password.as_bytes());
    BASE64.encode(&sum.finalize())
}

struct Header<'w> {
    writer: &'w mut Writer<Vec<u8>>,
}

impl Header<'_> {
    fn write(&mut self, version: Version, credentials: &Credentials<'_>) -> std::io::Result<()> {
        self.start("soap:Header", &[])?;
        self.start(
            "wsse:Security",
            &[
                ("xmlns:wsse", WSSE),
                ("xmlns:wsu", WSU),
                ("soap:mustUnderstand", version.yes()),
            ],
        )?;
        let lifetime = &credentials.lifetime;
        if credentials.timestamp {
            self.start("wsu:Timestamp", &[("wsu:Id", "timestamp")])?;
            self.leaf("wsu:Created", &[], &lifetime.created)?;
            self.leaf("wsu:Expires", &[], &lifetime.expires)?;
            self.end("wsu:Timestamp")?;
        }
        self.start("wsse:UsernameToken", &[("wsu:Id", "user")])?;
        self.leaf("wsse:Username", &[], credentials.user)?;
        match credentials.password_type {
            PasswordType::Text => {
                let kind = format!("{PROFILE}#PasswordText");
                self.leaf("wsse:Password", &[("Type", &kind)], credentials.password)?;
            }
            PasswordType::Digest => {
                let kind = format!("{PROFILE}#PasswordDigest");
                let sum = digest(credentials.nonce, &lifetime.created, credentials.password);
                self.leaf("wsse:Password", &[("Type", &kind)], &sum)?;
                let nonce = BASE64.encode(credentials.nonce);
                self.leaf("wsse:Nonce", &[("EncodingType", BINARY)], &nonce)?;
                self.leaf("wsu:Created", &[], &lifetime.created)?;
            }
        }
        self.end("wsse:UsernameToken")?;
        self.end("wsse:Security")?;
        self.end("soap:Header")
    }

    fn start(&mut self, name: &str, attributes: &[(&str, &str)]) -> std::io::Result<()> {
        let mut start = BytesStart::new(name);
        for attribute in attributes {
            start.push_attribute(*attribute);
        }
        self.writer.write_event(Event::Start(start))
    }

    fn end(&mut self, name: &str) -> std::io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> std::io::Result<()> {
        self.start(name, attributes)?;
        self.writer.write_event(Event::Text(BytesText::new(text)))?;
        self.end(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(password_type: PasswordType, timestamp: bool) -> Credentials<'static> {
        Credentials {
            user: "back<haul",
            password: "s3&cret",
            password_type,
            nonce: b"0123456789abcdef",
            lifetime: Lifetime {
                created: "2026-03-02T14:05:00.000Z".to_owned(),
                expires: "2026-03-02T14:10:00.000Z".to_owned(),
            },
            timestamp,
        }
    }

    const ENVELOPE: &[u8] = b"<?xml version=\"1.0\"?><soap:Envelope xmlns:soap=\"urn:s\"><soap:Body><a x=\"1\">&amp;b</a>\
                              </soap:Body></soap:Envelope>";

    fn written(password_type: PasswordType, timestamp: bool) -> String {
        let credentials = credentials(password_type, timestamp);
        String::from_utf8(with_security(ENVELOPE, Version::V12, &credentials).unwrap()).unwrap()
    }

    #[test]
    fn the_digest_is_that_of_the_standard() {
        // Made with another implementation: base64(sha1("0123456789abcdef" + created + password)).
        assert_eq!(
            digest(b"0123456789abcdef", "2026-03-02T14:05:00.000Z", "s3&cret"),
            "ljgLwYGEGeCOxV5DXjzbFk1OSYM="
        );
    }

    #[test]
    fn a_digest_hides_the_password() {
        let text = written(PasswordType::Digest, true);
        assert!(!text.contains("s3&"), "{text}");
        for part in [
            "<wsse:Username>back&lt;haul</wsse:Username>",
            "#PasswordDigest\">",
            "<wsse:Nonce EncodingType=",
            ">MDEyMzQ1Njc4OWFiY2RlZg==</wsse:Nonce>",
            "<wsu:Expires>2026-03-02T14:10:00.000Z</wsu:Expires>",
            "soap:mustUnderstand=\"true\"",
            "</soap:Header><soap:Body><a x=\"1\">&amp;b</a></soap:Body></soap:Envelope>",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn a_text_is_escaped_and_needs_no_nonce() {
        let text = written(PasswordType::Text, false);
        assert!(
            text.contains("#PasswordText\">s3&amp;cret</wsse:Password>"),
            "{text}"
        );
        assert!(
            !text.contains("Nonce") && !text.contains("Timestamp"),
            "{text}"
        );
    }

    #[test]
    fn an_envelope_without_a_body_gets_no_header() {
        let credentials = credentials(PasswordType::Text, false);
        assert!(with_security(b"<a/>", Version::V11, &credentials).is_err());
    }
}
