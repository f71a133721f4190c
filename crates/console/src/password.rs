//! Passwords: argon2id (RFC 9106) with the parameters that OWASP recommends (19 MiB, two passes, one lane), which are those of
//! the crate. Both functions take tens of milliseconds: never call them on a thread that others wait for.

use std::sync::OnceLock;

use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};

/// Characters of a password at least.
pub const SHORTEST: usize = 12;
/// Bytes of a password at the most.
pub const LONGEST: usize = 1_024;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Below [`SHORTEST`] characters.
    Short,
    /// Above [`LONGEST`] bytes.
    Long,
    /// The system has no randomness or memory to give.
    Unable,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Short => write!(f, "the password is shorter than {SHORTEST} characters"),
            Self::Long => write!(f, "the password is longer than {LONGEST} bytes"),
            Self::Unable => write!(
                f,
                "the system has no randomness or memory to give for a hash"
            ),
        }
    }
}

/// The hash to keep, in the PHC format, with a salt of its own.
///
/// # Errors
/// When the password is too short or too long.
pub fn hash(password: &str) -> Result<String, Refused> {
    if password.chars().count() < SHORTEST {
        return Err(Refused::Short);
    }
    if password.len() > LONGEST {
        return Err(Refused::Long);
    }
    hashed(password)
}

fn hashed(password: &str) -> Result<String, Refused> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    hash.map(|hash| hash.to_string())
        .map_err(|_| Refused::Unable)
}

/// True if that is the password of the hash. Without a hash it is false, after the same work.
pub(crate) fn verify(password: &str, kept: Option<&str>) -> bool {
    static NOBODYS: OnceLock<String> = OnceLock::new();
    let nobodys = NOBODYS.get_or_init(|| hashed("the password of nobody").unwrap_or_default());
    let is_short = password.len() <= LONGEST;
    let password = if is_short { password } else { "" };
    let matches = Argon2::default().verify_password(password.as_bytes(), kept.unwrap_or(nobodys));
    matches.is_ok() && is_short && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash_alone() {
        let kept = hash("correct horse battery").unwrap();
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert_ne!(
            kept,
            hash("correct horse battery").unwrap(),
            "a salt of its own"
        );
        assert!(verify("correct horse battery", Some(&kept)));
        assert!(!verify("correct horse batterx", Some(&kept)));
        assert!(!verify("", Some(&kept)) && !verify("x", Some("no hash")));
        assert!(!verify("the password of nobody", None));
    }

    #[test]
    fn its_length_alone_is_asked_for() {
        assert_eq!(hash("elevenchars"), Err(Refused::Short));
        assert!(hash("äöüäöüäöüäöü").is_ok(), "twelve characters");
        assert_eq!(hash(&"x".repeat(LONGEST + 1)), Err(Refused::Long));
    }
}
