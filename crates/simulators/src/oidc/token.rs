//! ID tokens, good and bad ones.

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::Person;
use super::key::Key;

/// How it misbehaves. The table in the [module](super) says what each does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the table says it")]
pub enum Trick {
    WrongNonce,
    NoNonce,
    WrongAudience,
    SeveralAudiences,
    Expired,
    Early,
    UnknownKey,
    WrongSignature,
    Unsigned,
    SharedSecret,
    OtherIssuer,
    OtherDescription,
    NoToken,
    Denied,
    Broken,
    Huge,
    Hang,
}

impl Trick {
    /// Those whose token looks like one, and is not good.
    pub const BAD_TOKENS: &'static [Self] = &[
        Self::WrongNonce,
        Self::NoNonce,
        Self::WrongAudience,
        Self::SeveralAudiences,
        Self::Expired,
        Self::Early,
        Self::UnknownKey,
        Self::WrongSignature,
        Self::Unsigned,
        Self::SharedSecret,
        Self::OtherIssuer,
    ];
}

/// What a token is made of.
pub(super) struct Facts<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    pub(super) person: &'a Person,
    pub(super) key: &'a Key,
    /// One that is not published.
    pub(super) other: &'a Key,
}

/// A token.
pub(super) fn made(facts: &Facts<'_>, trick: Option<Trick>) -> String {
    let now = Timestamp::now().as_second();
    let mut claims = Value::Object(facts.person.claims.clone());
    claims["iss"] = facts.issuer.into();
    claims["sub"] = facts.person.sub.as_str().into();
    claims["aud"] = facts.client_id.into();
    claims["nonce"] = facts.nonce.into();
    claims["iat"] = now.into();
    claims["exp"] = (now + 300).into();
    let (mut alg, mut kid, mut signs) = (facts.key.alg(), &facts.key.kid, Some(facts.key));
    match trick {
        Some(Trick::WrongNonce) => claims["nonce"] = "of another sign-in".into(),
        Some(Trick::NoNonce) => claims["nonce"] = Value::Null,
        Some(Trick::WrongAudience) => claims["aud"] = "another client".into(),
        Some(Trick::SeveralAudiences) => {
            claims["aud"] = json!([facts.client_id, "another client"]);
        }
        Some(Trick::Expired) => {
            claims["iat"] = (now - 3_900).into();
            claims["exp"] = (now - 3_600).into();
        }
        Some(Trick::Early) => {
            claims["iat"] = (now + 3_600).into();
            claims["exp"] = (now + 3_900).into();
        }
        Some(Trick::OtherIssuer) => claims["iss"] = "http://127.0.0.1:1".into(),
        Some(Trick::UnknownKey) => {
            (alg, kid, signs) = (facts.other.alg(), &facts.other.kid, Some(facts.other));
        }
        Some(Trick::WrongSignature) => signs = Some(facts.other),
        Some(Trick::Unsigned) => (alg, signs) = ("none", None),
        Some(Trick::SharedSecret) => (alg, signs) = ("HS256", None),
        Some(
            Trick::OtherDescription
            | Trick::NoToken
            | Trick::Denied
            | Trick::Broken
            | Trick::Huge
            | Trick::Hang,
        )
        | None => {}
    }
    let header = json!({ "alg": alg, "kid": kid, "typ": "JWT" });
    let part = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let signature = match signs {
        Some(key) => key.sign(signed.as_bytes()),
        None if alg == "HS256" => hmac(&facts.key.public(), signed.as_bytes()),
        None => Vec::new(),
    };
    format!("{signed}.{}", BASE64URL_NOPAD.encode(&signature))
}

fn hmac(secret: &[u8], message: &[u8]) -> Vec<u8> {
    // HMAC takes keys of any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return Vec::new();
    };
    mac.update(message);
    mac.finalize().into_bytes().to_vec()
}
