//! Deterministic keys: from business identity, never drawn at random.
//!
//! A key's material is the `|`-joined text of what identifies the thing. Two runs, two processes, two days
//! give the same key for the same thing; that is what makes a repeated message or effect recognisable.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Names an effect in the target system: `rt1-` and 26 characters of base32, 30 in all, which fits the
/// reference fields of most ERPs. Characters: `a`–`z`, `2`–`7`, `-`.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct EffectKey(pub String);

impl EffectKey {
    /// The key of this material.
    pub fn derive(material: &[&str]) -> Self {
        Self(format!("rt1-{}", short_hash(material, 26)))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EffectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Identifies an inbound fact, whichever way and however often it comes. Readable text.
#[derive(
    Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct MessageKey(pub String);

impl MessageKey {
    /// The key of this material.
    pub fn derive(material: &[&str]) -> Self {
        Self(join(material))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Joins key material so that no two different lists give the same text.
fn join(material: &[&str]) -> String {
    let escaped: Vec<String> = material
        .iter()
        .map(|part| part.replace('\\', "\\\\").replace('|', "\\|"))
        .collect();
    escaped.join("|")
}

/// The first `len` characters (at most 52) of the lower-case base32 of the SHA-256 of the material.
pub fn short_hash(material: &[&str], len: usize) -> String {
    let digest = Sha256::digest(join(material).as_bytes());
    BASE32_NOPAD
        .encode(&digest)
        .to_ascii_lowercase()
        .chars()
        .take(len)
        .collect()
}

/// A ULID whose time part is `millis` (Unix epoch) and whose random part is the hash of the material:
/// sortable by time, yet the same for the same material.
/// Layout: <https://github.com/ulid/spec> (48 bits of time, 80 bits, Crockford base32, 26 characters).
pub fn ulid(millis: i64, material: &[&str]) -> String {
    const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = Sha256::digest(join(material).as_bytes());
    let tail = digest
        .iter()
        .take(10)
        .fold(0_u128, |acc, b| (acc << 8) | u128::from(*b));
    let time = u128::from(millis.max(0).unsigned_abs()) & ((1 << 48) - 1);
    let value = (time << 80) | tail;
    (0..26)
        .rev()
        .map(|i| char::from(CROCKFORD[usize::try_from((value >> (5 * i)) & 31).unwrap_or(0)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_stable_and_fit_thirty_characters() {
        let key = EffectKey::derive(&["01J", "CM", "INV-1/1:0-3"]);
        assert_eq!(key, EffectKey::derive(&["01J", "CM", "INV-1/1:0-3"]));
        assert_eq!(key.as_str().len(), 30);
        assert!(
            key.as_str()
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-')
        );
    }

    #[test]
    fn joining_is_unambiguous() {
        assert_ne!(
            MessageKey::derive(&["a|b", "c"]),
            MessageKey::derive(&["a", "b|c"])
        );
        assert_ne!(
            MessageKey::derive(&["a\\", "b"]),
            MessageKey::derive(&["a", "\\b"])
        );
    }

    #[test]
    fn ulids_sort_by_time() {
        let early = ulid(1_700_000_000_000, &["x"]);
        let late = ulid(1_700_000_000_001, &["a"]);
        assert!(early < late);
        assert_eq!(early.len(), 26);
        assert_eq!(early, ulid(1_700_000_000_000, &["x"]));
    }
}
