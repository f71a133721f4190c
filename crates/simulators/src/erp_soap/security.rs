//! Who may come in: HTTP basic, or a WS-Security UsernameToken.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use data_encoding::BASE64;
use http::{HeaderMap, header};
use jiff::Timestamp;
use sha1::{Digest, Sha1};
use subtle::ConstantTimeEq;

use super::trouble::{Code, Trouble};
use super::xml::Element;
use super::{Account, Security};

pub(super) const WSSE: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
const WSU: &str =
    "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
const OLDEST_SECONDS: i64 = 300;

/// The nonces seen so far.
#[derive(Debug, Default)]
pub(super) struct Nonces(Mutex<HashSet<String>>);

impl Nonces {
    /// Whether this one is new; from now on it is not.
    fn take(&self, nonce: &str) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.insert(nonce.to_owned())
    }
}

/// Whether HTTP basic, if it is demanded, is right.
pub(super) fn basic_is_right(security: &Security, headers: &HeaderMap) -> bool {
    let Security::Basic(account) = security else {
        return true;
    };
    let wanted = format!("{}:{}", account.user, account.password);
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Basic "))
        .and_then(|encoded| BASE64.decode(encoded.trim().as_bytes()).ok());
    same(wanted.as_bytes(), &given.unwrap_or_default())
}

/// Refuses a request without the token that is demanded.
pub(super) fn admit(
    security: &Security,
    nonces: &Nonces,
    blocks: &[Element],
    now: Timestamp,
) -> Result<(), Trouble> {
    let (account, digest) = match security {
        Security::None | Security::Basic(_) => return Ok(()),
        Security::UsernameText(account) => (account, false),
        Security::UsernameDigest(account) => (account, true),
    };
    let block = blocks.iter().find(|block| block.is(WSSE, "Security"));
    let block = block.ok_or_else(|| failed("there is no Security header"))?;
    if let Some(timestamp) = block.child(WSU, "Timestamp") {
        check_timestamp(timestamp, now)?;
    }
    let token = block
        .child(WSSE, "UsernameToken")
        .ok_or_else(|| failed("there is no UsernameToken"))?;
    let token = Token::read(token);
    token.check(account, digest)?;
    token.check_age(now)?;
    // Last, so that a wrong token uses no nonce up.
    if !token.nonce.is_empty() && !nonces.take(&token.nonce) {
        return Err(failed("the nonce was seen before"));
    }
    Ok(())
}

/// A UsernameToken, taken apart.
struct Token {
    user: String,
    password: String,
    is_digest: bool,
    nonce: String,
    created: String,
}

impl Token {
    fn read(token: &Element) -> Self {
        let text = |namespace: &str, name: &str| {
            let value = token.child(namespace, name).and_then(Element::value);
            value.unwrap_or_default().to_owned()
        };
        let kind = token
            .child(WSSE, "Password")
            .and_then(|password| password.attribute("", "Type"));
        Self {
            user: text(WSSE, "Username"),
            password: text(WSSE, "Password"),
            is_digest: kind.is_some_and(|kind| kind.ends_with("#PasswordDigest")),
            nonce: text(WSSE, "Nonce"),
            created: text(WSU, "Created"),
        }
    }

    fn check(&self, account: &Account, digest: bool) -> Result<(), Trouble> {
        if !same(account.user.as_bytes(), self.user.as_bytes()) {
            return Err(failed("the user is not known"));
        }
        if self.is_digest != digest {
            return Err(failed("the password is of the wrong kind"));
        }
        let wanted = if digest {
            if self.nonce.is_empty() || self.created.is_empty() {
                return Err(failed("a digest needs Nonce and Created"));
            }
            let nonce = BASE64.decode(self.nonce.as_bytes());
            let nonce = nonce.map_err(|_| failed("the nonce is not base64"))?;
            password_digest(&nonce, &self.created, &account.password)
        } else {
            account.password.clone()
        };
        if same(wanted.as_bytes(), self.password.as_bytes()) {
            return Ok(());
        }
        Err(failed("the password is wrong"))
    }

    fn check_age(&self, now: Timestamp) -> Result<(), Trouble> {
        if self.created.is_empty() {
            return Ok(());
        }
        let created = instant(&self.created)?;
        if (now.as_second() - created.as_second()).abs() > OLDEST_SECONDS {
            return Err(failed("Created is too far from now"));
        }
        Ok(())
    }
}

/// Base64(SHA-1(nonce ‖ created ‖ password)).
fn password_digest(nonce: &[u8], created: &str, password: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(nonce);
    hash.update(created.as_bytes());
    hash.update(password.as_bytes());
    BASE64.encode(&hash.finalize())
}

fn check_timestamp(timestamp: &Element, now: Timestamp) -> Result<(), Trouble> {
    let Some(expires) = timestamp.child(WSU, "Expires").and_then(Element::value) else {
        return Ok(());
    };
    if instant(expires)? < now {
        return Err(failed("the Timestamp has expired"));
    }
    Ok(())
}

fn instant(text: &str) -> Result<Timestamp, Trouble> {
    text.parse()
        .map_err(|_| failed(&format!("{text:?} is no instant")))
}

fn failed(why: &str) -> Trouble {
    Trouble::new(Code::FailedAuthentication, why)
}

fn same(wanted: &[u8], given: &[u8]) -> bool {
    wanted.ct_eq(given).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_profile() {
        // sha1("abc") in base64, in three parts.
        let digest = password_digest(b"a", "b", "c");
        assert_eq!(digest, "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
    }

    #[test]
    fn a_nonce_is_taken_once() {
        let nonces = Nonces::default();
        assert!(nonces.take("n") && !nonces.take("n") && nonces.take("m"));
    }
}
