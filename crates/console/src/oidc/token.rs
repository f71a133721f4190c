//! What makes an ID token good: OpenID Connect Core 1.0 §3.1.3.7, RFC 8725. Pure, but for the clock that its expiry is held against.

use jiff::Timestamp;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use super::keys::{Chosen, choose};

/// So much may clocks differ, in seconds.
const LEEWAY: u64 = 60;

/// What it has to say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected<'a> {
    pub(super) issuer: &'a str,
    pub(super) client_id: &'a str,
    pub(super) nonce: &'a str,
    /// When the sign-in was begun: it was not made before.
    pub(super) begun: Timestamp,
    pub(super) now: Timestamp,
}

/// Why it is not good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bad {
    /// It is signed with a key that is not among these.
    UnknownKey,
    /// In words of ours.
    Because(&'static str),
}

/// What a good token says.
pub(super) type Claims = Map<String, Value>;

/// The claims of a token, if it is good.
pub(super) fn verified(token: &str, keys: &[Jwk], expected: &Expected<'_>) -> Result<Claims, Bad> {
    use Bad::Because;
    // An algorithm that is not known, "none" among them, is no header.
    let header = decode_header(token).map_err(|_| Because("its header cannot be read"))?;
    if header.crit.is_some() {
        return Err(Because("its header asks for an extension"));
    }
    let key = match choose(keys, &header) {
        Chosen::Key(key) => key,
        Chosen::Unknown => return Err(Bad::UnknownKey),
        Chosen::Unfit => return Err(Because("its algorithm is not its key's")),
    };
    let key = DecodingKey::from_jwk(key).map_err(|_| Because("its key cannot be read"))?;
    let mut validation = Validation::new(header.alg);
    validation.leeway = LEEWAY;
    validation.validate_nbf = true;
    validation.set_issuer(&[expected.issuer]);
    validation.set_audience(&[expected.client_id]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    let good = decode::<Claims>(token, &key, &validation).map_err(|error| Because(why(&error)))?;
    meant(&good.claims, expected).map_err(Because)?;
    Ok(good.claims)
}

fn why(error: &jsonwebtoken::errors::Error) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match error.kind() {
        ErrorKind::InvalidSignature => "its signature is not its key's",
        ErrorKind::ExpiredSignature => "it has expired",
        ErrorKind::ImmatureSignature => "it is not valid yet",
        ErrorKind::InvalidIssuer => "it is of another issuer",
        ErrorKind::InvalidAudience => "it is for another application",
        ErrorKind::MissingRequiredClaim(_) => "it lacks exp, iss, aud or sub",
        _ => "it cannot be read",
    }
}

/// True to this sign-in of this application, beyond what every token is checked for.
fn meant(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err("it is of another issuer");
    }
    let is_of_several = match claims.get("aud") {
        Some(Value::Array(all)) => all.len() > 1,
        _ => false,
    };
    match claims.get("azp") {
        None if is_of_several => {
            return Err("it is for several applications, and does not say for which");
        }
        Some(azp) if azp.as_str() != Some(expected.client_id) => {
            return Err("it is for another application");
        }
        None | Some(_) => {}
    }
    let nonce = text("nonce").unwrap_or_default();
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err("it is of another sign-in");
    }
    let leeway = LEEWAY.cast_signed();
    let iat = claims.get("iat").and_then(Value::as_i64);
    match iat {
        None => Err("it lacks iat"),
        Some(at) if at > expected.now.as_second().saturating_add(leeway) => {
            Err("it was made in the future")
        }
        Some(at) if at < expected.begun.as_second().saturating_sub(leeway) => {
            Err("it was made before this sign-in")
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn expected() -> Expected<'static> {
        Expected {
            issuer: "https://id",
            client_id: "backhaul",
            nonce: "n",
            begun: Timestamp::from_second(1_000_000).unwrap(),
            now: Timestamp::from_second(1_000_100).unwrap(),
        }
    }

    fn said(more: &Value) -> Result<(), &'static str> {
        let mut claims =
            json!({ "iss": "https://id", "aud": "backhaul", "nonce": "n", "iat": 1_000_050 });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        meant(claims.as_object().unwrap(), &expected())
    }

    #[test]
    fn it_is_of_this_sign_in_of_this_application() {
        for good in [
            json!({}),
            json!({ "aud": ["backhaul"] }),
            json!({ "aud": ["backhaul", "other"], "azp": "backhaul" }),
            json!({ "iat": 1_000_160 }),
            json!({ "iat": 999_940 }),
        ] {
            assert_eq!(said(&good), Ok(()), "{good}");
        }
        for bad in [
            json!({ "iss": ["https://id"] }),
            json!({ "aud": ["backhaul", "other"] }),
            json!({ "aud": ["backhaul", "other"], "azp": "other" }),
            json!({ "azp": "other" }),
            json!({ "azp": null }),
            json!({ "nonce": "m" }),
            json!({ "nonce": null }),
            json!({ "nonce": "" }),
            json!({ "iat": null }),
            json!({ "iat": "1000050" }),
            json!({ "iat": 1_000_161 }),
            json!({ "iat": 999_939 }),
        ] {
            assert!(said(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        for text in ["", "a.b", "a.b.c", "..", "eyJhbGciOiJub25lIn0.e30."] {
            let found = verified(text, &[], &expected());
            assert_eq!(
                found,
                Err(Bad::Because("its header cannot be read")),
                "{text}"
            );
        }
    }
}
