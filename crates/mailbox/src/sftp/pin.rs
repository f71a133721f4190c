//! The server's key, as the configuration pins it.

use std::str::FromStr as _;

use russh::keys::ssh_key::{Algorithm, Fingerprint, HashAlg, PublicKey};

/// What the configuration says of the server's key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pin {
    /// The key itself.
    Key(PublicKey),
    /// Its fingerprint.
    Fingerprint(Fingerprint),
}

impl Pin {
    /// Reads `ssh-ed25519 AAAA…` or `SHA256:…`; `Err` says what is wrong.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if text.starts_with("SHA256:") {
            // Some tools print the padding.
            return Fingerprint::from_str(text.trim_end_matches('='))
                .map(Self::Fingerprint)
                .map_err(|_| {
                    "the fingerprint has not 43 characters of Base64 behind SHA256:".to_owned()
                });
        }
        let key = PublicKey::from_openssh(text)
            .map_err(|_| "it is neither a public key nor a fingerprint".to_owned())?;
        match key.algorithm() {
            Algorithm::Ed25519 | Algorithm::Ecdsa { .. } => Ok(Self::Key(key)),
            other => Err(format!("keys of the kind {other} are not supported")),
        }
    }

    /// True if that is the key.
    pub(crate) fn is(&self, seen: &PublicKey) -> bool {
        match self {
            Self::Key(key) => key.key_data() == seen.key_data(),
            Self::Fingerprint(print) => *print == seen.fingerprint(HashAlg::Sha256),
        }
    }
}
