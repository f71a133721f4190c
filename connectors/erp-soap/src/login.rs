//! Showing who we are: HTTP Basic in a header, a fresh UsernameToken in each envelope.

use connector::Failure;
use data_encoding::BASE64;
use http::HeaderValue;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;

use crate::config::{AuthOptions, PasswordShown, WsSecurity};
use crate::failures;
use crate::wire::{Credentials, Lifetime, PasswordType, Version, with_security};

/// Bytes of a nonce.
const NONCE: usize = 16;

/// As XML Schema writes an instant: three digits behind the second.
const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(3));

/// What is shown with each request.
pub(crate) struct Login {
    basic: Option<HeaderValue>,
    token: Option<WsSecurity>,
}

impl Login {
    /// Made ready.
    pub(crate) fn new(auth: &AuthOptions, token: Option<WsSecurity>) -> Result<Self, Failure> {
        let basic = match auth {
            AuthOptions::None => None,
            AuthOptions::Basic { user, password } => {
                let pair = format!("{user}:{}", password.expose_secret());
                let value = format!("Basic {}", BASE64.encode(pair.as_bytes()));
                let mut header = HeaderValue::from_str(&value).map_err(|_| {
                    let message = "auth: no header can carry the credentials";
                    Failure::misconfigured(failures::BAD_CONFIGURATION, message)
                })?;
                header.set_sensitive(true);
                Some(header)
            }
        };
        Ok(Self { basic, token })
    }

    /// `Authorization`, if there is one.
    pub(crate) fn header(&self) -> Option<&HeaderValue> {
        self.basic.as_ref()
    }

    /// The envelope as it is sent now. A token is good for one sending.
    pub(crate) fn sign(&self, envelope: &[u8], version: Version) -> Result<Vec<u8>, Failure> {
        let Some(token) = &self.token else {
            return Ok(envelope.to_vec());
        };
        let mut nonce = [0_u8; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| {
            let message = format!("no randomness for a nonce, nothing was sent: {error}");
            Failure::unavailable(failures::UNREACHABLE, message)
        })?;
        let lifetime = lifetime(Timestamp::now(), token.lifetime);
        let credentials = Credentials {
            user: &token.user,
            password: token.password.expose_secret(),
            password_type: match token.password_type {
                PasswordShown::Digest => PasswordType::Digest,
                PasswordShown::Text => PasswordType::Text,
            },
            nonce: &nonce,
            lifetime,
            timestamp: token.timestamp,
        };
        with_security(envelope, version, &credentials).map_err(|what| {
            let message = format!("the security header cannot be written: {what}");
            Failure::rejected(failures::SHAPE_FAILED, message)
        })
    }
}

fn lifetime(now: Timestamp, length: SignedDuration) -> Lifetime {
    let expires = now.checked_add(length).unwrap_or(Timestamp::MAX);
    Lifetime {
        created: PRINTER.timestamp_to_string(&now),
        expires: PRINTER.timestamp_to_string(&expires),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_xml_schema_does() {
        let now: Timestamp = "2026-03-02T14:05:00.123456Z".parse().unwrap();
        let lifetime = lifetime(now, SignedDuration::from_mins(5));
        assert_eq!(lifetime.created, "2026-03-02T14:05:00.123Z");
        assert_eq!(lifetime.expires, "2026-03-02T14:10:00.123Z");
    }

    #[test]
    fn each_sending_has_its_own_nonce() {
        let token = WsSecurity {
            user: "backhaul".to_owned(),
            password: "s3cret".to_owned().into(),
            password_type: PasswordShown::Digest,
            timestamp: true,
            lifetime: SignedDuration::from_mins(5),
        };
        let login = Login::new(&AuthOptions::None, Some(token)).unwrap();
        let envelope = b"<soap:Envelope><soap:Body/></soap:Envelope>";
        assert!(login.sign(envelope, Version::V11).is_err(), "no body opens");
        let envelope = b"<soap:Envelope><soap:Body></soap:Body></soap:Envelope>";
        let first = login.sign(envelope, Version::V11).unwrap();
        assert_ne!(first, login.sign(envelope, Version::V11).unwrap());
    }
}
