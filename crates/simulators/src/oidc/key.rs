//! Keys of the provider, made when it starts.

use std::io;

use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256,
    RSA_PSS_SHA256, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

/// What it signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// ECDSA on P-256.
    Es256,
    /// RSA of 2048 bits, PKCS #1.
    Rs256,
    /// RSA of 2048 bits, PSS.
    Ps256,
    /// Ed25519.
    EdDsa,
}

enum Pair {
    Ec(EcdsaKeyPair),
    Rsa(Box<RsaKeyPair>),
    Ed(Box<Ed25519KeyPair>),
}

/// A key with its name.
pub(super) struct Key {
    pub(super) kid: String,
    signing: Signing,
    pair: Pair,
}

impl Key {
    pub(super) fn new(signing: Signing, kid: String) -> io::Result<Self> {
        let broken = |_: Unspecified| io::Error::other("no key can be made");
        let pair = match signing {
            Signing::Es256 => {
                let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING);
                Pair::Ec(pair.map_err(broken)?)
            }
            Signing::Rs256 | Signing::Ps256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048);
                Pair::Rsa(Box::new(pair.map_err(broken)?))
            }
            Signing::EdDsa => Pair::Ed(Box::new(Ed25519KeyPair::generate().map_err(broken)?)),
        };
        Ok(Self { kid, signing, pair })
    }

    /// `alg` of what it signs.
    pub(super) fn alg(&self) -> &'static str {
        match self.signing {
            Signing::Es256 => "ES256",
            Signing::Rs256 => "RS256",
            Signing::Ps256 => "PS256",
            Signing::EdDsa => "EdDSA",
        }
    }

    /// As it is published (RFC 7517, RFC 7518, RFC 8037).
    pub(super) fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        let mut jwk = match &self.pair {
            Pair::Ec(pair) => {
                // One byte that says that both coordinates follow.
                let point = pair.public_key().as_ref();
                let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
                json!({ "kty": "EC", "crv": "P-256", "x": text(x), "y": text(y) })
            }
            Pair::Rsa(pair) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(pair.public_key());
                json!({ "kty": "RSA", "n": text(&public.n), "e": text(&public.e) })
            }
            Pair::Ed(pair) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": text(pair.public_key().as_ref()) })
            }
        };
        jwk["kid"] = self.kid.as_str().into();
        jwk["use"] = "sig".into();
        jwk["alg"] = self.alg().into();
        jwk
    }

    /// The public key as bytes, which everybody has.
    pub(super) fn public(&self) -> Vec<u8> {
        match &self.pair {
            Pair::Ec(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Rsa(pair) => pair.public_key().as_ref().to_vec(),
            Pair::Ed(pair) => pair.public_key().as_ref().to_vec(),
        }
    }

    /// Signs; nothing if that cannot be.
    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Ec(pair) => {
                let signed = pair.sign(&random, message);
                signed.map(|s| s.as_ref().to_vec()).unwrap_or_default()
            }
            Pair::Ed(pair) => pair.sign(message).as_ref().to_vec(),
            Pair::Rsa(pair) => {
                let encoding: &'static dyn RsaEncoding = if self.signing == Signing::Ps256 {
                    &RSA_PSS_SHA256
                } else {
                    &RSA_PKCS1_SHA256
                };
                let mut signature = vec![0; pair.public_modulus_len()];
                let signed = pair.sign(encoding, &random, message, &mut signature);
                signed.map(|()| signature).unwrap_or_default()
            }
        }
    }
}
