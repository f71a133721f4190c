//! Webhook signatures: base64 of HMAC-SHA256 over the raw body.

use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The header the signature travels in.
pub const HEADER: &str = "x-signature";

/// Signs the raw body.
pub fn sign(secret: &[u8], body: &[u8]) -> String {
    match Hmac::<Sha256>::new_from_slice(secret) {
        Ok(mut mac) => {
            mac.update(body);
            BASE64.encode(&mac.finalize().into_bytes())
        }
        // HMAC takes keys of every length.
        Err(_) => String::new(),
    }
}

/// Whether the signature is the body's, compared in constant time.
pub fn verify(secret: &[u8], body: &[u8], signature: &str) -> bool {
    sign(secret, body)
        .as_bytes()
        .ct_eq(signature.as_bytes())
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn agrees_with_the_published_vector() {
        let signature = sign(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(signature, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
    }

    #[test]
    fn one_bit_breaks_it() {
        let signature = sign(b"secret", b"body");
        assert!(verify(b"secret", b"body", &signature));
        assert!(!verify(b"secret", b"bodz", &signature));
        assert!(!verify(b"secres", b"body", &signature));
    }
}
