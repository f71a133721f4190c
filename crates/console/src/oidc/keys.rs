//! Keys that a provider signs with (RFC 7517), and which of them a token may be signed with. Pure.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, Header};
use serde::Deserialize as _;
use serde_json::Value;

/// Keys that are looked at in one answer.
const MOST: usize = 100;

/// What can be used of a set. A key that cannot be read is another's business: the others stand.
pub(super) fn read(document: &Value) -> Option<Vec<Jwk>> {
    let keys = document["keys"].as_array()?;
    let read = keys
        .iter()
        .take(MOST)
        .filter_map(|key| Jwk::deserialize(key).ok());
    Some(read.filter(|key| !fits(key).is_empty()).collect())
}

/// The key that a token says it is signed with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chosen<'a> {
    Key(&'a Jwk),
    /// There is no key of that name: perhaps it is new.
    Unknown,
    /// No key of the set may sign so.
    Unfit,
}

/// Which of them that is. The algorithm is the key's to allow, never the token's to choose.
pub(super) fn choose<'a>(keys: &'a [Jwk], header: &Header) -> Chosen<'a> {
    let fit = |key: &&Jwk| fits(key).contains(&header.alg);
    let Some(kid) = &header.kid else {
        // Without a name there has to be one alone.
        let mut all = keys.iter().filter(fit);
        return match (all.next(), all.next()) {
            (Some(key), None) => Chosen::Key(key),
            _ => Chosen::Unfit,
        };
    };
    let mut named = keys
        .iter()
        .filter(|key| key.common.key_id.as_ref() == Some(kid))
        .peekable();
    if named.peek().is_none() {
        return Chosen::Unknown;
    }
    named.find(fit).map_or(Chosen::Unfit, Chosen::Key)
}

/// Algorithms that a key may sign with, of those that are taken at all: none of them rests on a secret that both sides know.
fn fits(key: &Jwk) -> Vec<Algorithm> {
    let is_for_signing = matches!(
        key.common.public_key_use,
        None | Some(PublicKeyUse::Signature)
    );
    let of_kind: &[Algorithm] = match &key.algorithm {
        AlgorithmParameters::RSA(_) => &[Algorithm::RS256, Algorithm::PS256],
        AlgorithmParameters::EllipticCurve(of) if of.curve == EllipticCurve::P256 => {
            &[Algorithm::ES256]
        }
        AlgorithmParameters::OctetKeyPair(of) if of.curve == EllipticCurve::Ed25519 => {
            &[Algorithm::EdDSA]
        }
        _ => &[],
    };
    let says = key.common.key_algorithm;
    let is_allowed =
        |algorithm: &Algorithm| says.is_none_or(|said| said == KeyAlgorithm::from(*algorithm));
    let of_kind = of_kind.iter().filter(|_| is_for_signing);
    of_kind.filter(|one| is_allowed(one)).copied().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn header(alg: Algorithm, kid: Option<&str>) -> Header {
        let mut header = Header::new(alg);
        header.kid = kid.map(str::to_owned);
        header
    }

    #[test]
    fn the_key_says_what_it_signs_with() {
        let keys = read(&json!({ "keys": [
            { "kty": "RSA", "kid": "any", "n": "AQAB", "e": "AQAB" },
            { "kty": "RSA", "kid": "pss", "alg": "PS256", "use": "sig", "n": "AQAB", "e": "AQAB" },
            { "kty": "RSA", "kid": "enc", "use": "enc", "n": "AQAB", "e": "AQAB" },
            { "kty": "EC", "kid": "ec", "crv": "P-256", "x": "AQAB", "y": "AQAB" },
            { "kty": "EC", "kid": "ec384", "crv": "P-384", "x": "AQAB", "y": "AQAB" },
            { "kty": "OKP", "kid": "ed", "crv": "Ed25519", "x": "AQAB" },
            { "kty": "oct", "kid": "shared", "alg": "HS256", "k": "AQAB" },
            { "kty": "new", "kid": 7 },
        ] }))
        .unwrap();
        assert_eq!(keys.len(), 4, "{keys:?}");
        for (alg, kid, is_good) in [
            (Algorithm::RS256, "any", true),
            (Algorithm::PS256, "any", true),
            (Algorithm::RS384, "any", false),
            (Algorithm::HS256, "any", false),
            (Algorithm::ES256, "any", false),
            (Algorithm::RS256, "pss", false),
            (Algorithm::PS256, "pss", true),
            (Algorithm::ES256, "ec", true),
            (Algorithm::EdDSA, "ed", true),
        ] {
            let chosen = choose(&keys, &header(alg, Some(kid)));
            assert_eq!(matches!(chosen, Chosen::Key(_)), is_good, "{alg:?} {kid}");
        }
        for unknown in ["enc", "ec384", "shared", "other"] {
            let chosen = choose(&keys, &header(Algorithm::HS256, Some(unknown)));
            assert_eq!(chosen, Chosen::Unknown, "{unknown}");
        }
        let alone = choose(&keys, &header(Algorithm::ES256, None));
        assert!(matches!(alone, Chosen::Key(_)));
        let several = choose(&keys, &header(Algorithm::PS256, None));
        assert_eq!(several, Chosen::Unfit);
    }
}
