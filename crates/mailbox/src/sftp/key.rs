//! Our private key.

use std::path::Path;

use russh::keys::{Error, PrivateKey, decode_secret_key};
use secrecy::{ExposeSecret as _, SecretString};

/// Why a private key cannot be used.
#[derive(Debug)]
pub(crate) struct BadKey {
    /// The option to mend.
    pub(crate) option: &'static str,
    /// What is wrong.
    pub(crate) what: String,
    /// What to do.
    pub(crate) fix: &'static str,
}

/// Reads a private key.
pub(crate) fn read(path: &Path, passphrase: Option<&SecretString>) -> Result<PrivateKey, BadKey> {
    let bad = |option, what, fix| BadKey { option, what, fix };
    let text = std::fs::read_to_string(path).map_err(|error| {
        let what = format!("{} cannot be read: {error}", path.display());
        bad(
            "key_file",
            what,
            "put the file there, readable for this user",
        )
    })?;
    let text = SecretString::from(text);
    let secret = passphrase.map(SecretString::expose_secret);
    let key = decode_secret_key(text.expose_secret(), secret).map_err(|error| match error {
        Error::KeyIsEncrypted => {
            let what = format!("{} has a passphrase, and none is given", path.display());
            bad("passphrase", what, "give the passphrase of the key")
        }
        other if passphrase.is_some() => {
            let what = format!("{} cannot be opened with it: {other}", path.display());
            bad("passphrase", what, "give the passphrase of the key")
        }
        other => {
            let what = format!("{} is not a private key: {other}", path.display());
            bad(
                "key_file",
                what,
                "name the private key that ssh-keygen wrote, not the .pub file",
            )
        }
    })?;
    if key.algorithm().is_rsa() {
        let what = format!(
            "{} is an RSA key, and those are not supported",
            path.display()
        );
        return Err(bad(
            "key_file",
            what,
            "make an ed25519 key and give the partner its public part",
        ));
    }
    Ok(key)
}
