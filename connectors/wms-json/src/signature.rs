//! Is a delivery from the partner, and from now? HMAC-SHA256 over the raw bytes, compared in constant time.

use connector::{Failure, InletDelivery};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret;
use sha2::Sha256;

use crate::config::{Encoding, Http};
use crate::failures;

/// Checks a delivery. `Err` says why it is refused; it never says what the right signature would have been.
pub(crate) fn check(http: &Http, delivery: &InletDelivery) -> Result<(), Failure> {
    if let Some(secret) = &http.secret {
        let header = http.signature_header.to_ascii_lowercase();
        let refused = |what: String| {
            Failure::rejected(failures::SIGNATURE, what).at(format!("header {header}"))
        };
        let Some(written) = delivery.headers.get(&header) else {
            return Err(refused(format!("the header {header} is missing")));
        };
        let signature = decode(http, written)
            .ok_or_else(|| refused("the signature is not written as agreed".to_owned()))?;
        let key = secret.expose_secret().as_bytes();
        if !matches(key, &delivery.body, &signature) {
            return Err(refused("the signature is not that of the body".to_owned()));
        }
    }
    match &http.timestamp_header {
        Some(header) => recent(header, http.tolerance, delivery),
        None => Ok(()),
    }
}

fn decode(http: &Http, written: &str) -> Option<Vec<u8>> {
    let text = written.trim().strip_prefix(&http.signature_prefix)?;
    match http.signature_encoding {
        Encoding::Base64 => BASE64.decode(text.as_bytes()).ok(),
        Encoding::Hex => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok(),
    }
}

fn matches(key: &[u8], body: &[u8], signature: &[u8]) -> bool {
    // HMAC takes keys of every length; the comparison is `subtle`'s.
    Hmac::<Sha256>::new_from_slice(key).is_ok_and(|mut mac| {
        mac.update(body);
        mac.verify_slice(signature).is_ok()
    })
}

fn recent(
    header: &str,
    tolerance: SignedDuration,
    delivery: &InletDelivery,
) -> Result<(), Failure> {
    let name = header.to_ascii_lowercase();
    let stale =
        |what: String| Failure::rejected(failures::STALE, what).at(format!("header {name}"));
    let Some(written) = delivery.headers.get(&name) else {
        return Err(stale(format!("the header {name} is missing")));
    };
    let Some(sent_at) = instant(written) else {
        return Err(stale(format!(
            "{written:?} is no time: Unix seconds or RFC 3339 is expected"
        )));
    };
    let apart = delivery.received_at.duration_since(sent_at);
    if apart.abs() > tolerance {
        return Err(stale(format!(
            "it was sent at {sent_at} and received at {}, more than {tolerance:#} apart",
            delivery.received_at
        )));
    }
    Ok(())
}

fn instant(text: &str) -> Option<Timestamp> {
    match text.trim().parse::<i64>() {
        Ok(seconds) => Timestamp::from_second(seconds).ok(),
        Err(_) => text.trim().parse().ok(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn http(options: &str) -> Http {
        toml::from_str(&format!("path = \"/in/x\"\n{options}")).unwrap()
    }

    fn delivery(body: &'static [u8], headers: &[(&str, &str)]) -> InletDelivery {
        let pairs = headers
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        InletDelivery {
            id: 1,
            headers: pairs.collect::<BTreeMap<_, _>>(),
            body: body.into(),
            received_at: "2026-03-02T14:05:00Z".parse().unwrap(),
        }
    }

    /// RFC 4231, test case 2.
    const BODY: &[u8] = b"what do ya want for nothing?";
    const HEX: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    const B64: &str = "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=";

    #[test]
    fn published_vectors_are_accepted() {
        let base64 = http("secret = \"Jefe\"");
        assert_eq!(
            check(&base64, &delivery(BODY, &[("x-signature", B64)])),
            Ok(())
        );
        let hex = http(
            "secret = \"Jefe\"\nsignature_header = \"X-Hub-Signature-256\"\nsignature_encoding = \"hex\"\nsignature_prefix = \"sha256=\"",
        );
        let header = format!("sha256={HEX}");
        assert_eq!(
            check(&hex, &delivery(BODY, &[("x-hub-signature-256", &header)])),
            Ok(())
        );
        let upper = format!("sha256={}", HEX.to_uppercase());
        assert_eq!(
            check(&hex, &delivery(BODY, &[("x-hub-signature-256", &upper)])),
            Ok(())
        );
    }

    #[test]
    fn anything_else_is_refused() {
        let http = http("secret = \"Jefe\"");
        let cut = B64.get(..40).unwrap();
        for headers in [
            vec![],
            vec![("x-signature", "")],
            vec![("x-signature", HEX)],
            vec![("x-signature", cut)],
            vec![("x-signature", "AAAA")],
            vec![("x-other", B64)],
        ] {
            let failure = check(&http, &delivery(BODY, &headers)).unwrap_err();
            assert_eq!(failure.code, failures::SIGNATURE, "{headers:?}");
        }
        let other_body = delivery(b"what do ya want for nothing!", &[("x-signature", B64)]);
        assert_eq!(
            check(&http, &other_body).unwrap_err().code,
            failures::SIGNATURE
        );
    }

    #[test]
    fn old_and_future_messages_are_refused() {
        let http = http("unsigned = true\ntimestamp_header = \"X-Timestamp\"\ntolerance = \"5m\"");
        let at = |time: &str| {
            check(&http, &delivery(BODY, &[("x-timestamp", time)])).map_err(|f| f.code)
        };
        assert_eq!(at("1772460300"), Ok(()));
        assert_eq!(at("2026-03-02T14:00:00Z"), Ok(()));
        assert_eq!(at("1772459999"), Err(failures::STALE));
        assert_eq!(at("1772460601"), Err(failures::STALE));
        assert_eq!(at("99999999999999999"), Err(failures::STALE));
        assert_eq!(at("yesterday"), Err(failures::STALE));
        assert_eq!(
            check(&http, &delivery(BODY, &[])).map_err(|f| f.code),
            Err(failures::STALE)
        );
    }
}
