//! Who may do what: tokens, their scopes, and the scope that each route asks for.

use std::collections::BTreeSet;
use std::sync::Arc;

use data_encoding::{BASE64URL_NOPAD, HEXLOWER, HEXLOWER_PERMISSIVE};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use workflow::approvers::MEMBER;

/// What a token may do.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub enum Scope {
    /// Look at returns, their effects and their statuses; ask whether something could be returned.
    #[serde(rename = "returns:read")]
    ReturnsRead,
    /// Ask for returns and withdraw them; say whose goods are that came without one.
    #[serde(rename = "returns:write")]
    ReturnsWrite,
    /// Stop a return's money for now, and lift what stops it.
    #[serde(rename = "returns:hold")]
    ReturnsHold,
    /// Have a credit memo that is posted taken back.
    #[serde(rename = "credits:reverse")]
    CreditsReverse,
    /// Look at exceptions, without what the messages say.
    #[serde(rename = "exceptions:read")]
    ExceptionsRead,
    /// See what messages say: raw bytes, events, commands. Comes on top of the scope of the thing itself.
    #[serde(rename = "bodies:read")]
    BodiesRead,
    /// See personal data, and the bytes of partners, which may hold some; for everybody else it is covered. On top of the
    /// scope of the thing itself.
    #[serde(rename = "personal:read")]
    PersonalRead,
    /// Give exceptions back to the flow as they are.
    #[serde(rename = "exceptions:replay")]
    ExceptionsReplay,
    /// Give a message back with other content.
    #[serde(rename = "exceptions:edit")]
    ExceptionsEdit,
    /// Decide that an exception will not be processed.
    #[serde(rename = "exceptions:discard")]
    ExceptionsDiscard,
    /// Say that the document of an effect is there in its target.
    #[serde(rename = "exceptions:confirm")]
    ExceptionsConfirm,
    /// Look at what waits for a decision, with its figures.
    #[serde(rename = "approvals:read")]
    ApprovalsRead,
    /// Approve and reject, as the person that the token stands for.
    #[serde(rename = "approvals:decide")]
    ApprovalsDecide,
    /// Have a message read by a connector and be told what would follow; nothing of it is kept.
    #[serde(rename = "messages:try")]
    MessagesTry,
    /// Look at the numbers of a period.
    #[serde(rename = "metrics:read")]
    MetricsRead,
    /// Look at runs of the daily proof.
    #[serde(rename = "proofs:read")]
    ProofsRead,
    /// Sign a run of the daily proof, as the person of the token.
    #[serde(rename = "proofs:sign")]
    ProofsSign,
    /// Look at the audit and prove it.
    #[serde(rename = "audit:read")]
    AuditRead,
    /// Everything.
    #[serde(rename = "admin")]
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: &'static [Self] = &[
        Self::ReturnsRead,
        Self::ReturnsWrite,
        Self::ReturnsHold,
        Self::CreditsReverse,
        Self::ExceptionsRead,
        Self::BodiesRead,
        Self::PersonalRead,
        Self::ExceptionsReplay,
        Self::ExceptionsEdit,
        Self::ExceptionsDiscard,
        Self::ExceptionsConfirm,
        Self::ApprovalsRead,
        Self::ApprovalsDecide,
        Self::MessagesTry,
        Self::MetricsRead,
        Self::ProofsRead,
        Self::ProofsSign,
        Self::AuditRead,
        Self::Admin,
    ];

    /// As written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ReturnsRead => "returns:read",
            Self::ReturnsWrite => "returns:write",
            Self::ReturnsHold => "returns:hold",
            Self::CreditsReverse => "credits:reverse",
            Self::ExceptionsRead => "exceptions:read",
            Self::BodiesRead => "bodies:read",
            Self::PersonalRead => "personal:read",
            Self::ExceptionsReplay => "exceptions:replay",
            Self::ExceptionsEdit => "exceptions:edit",
            Self::ExceptionsDiscard => "exceptions:discard",
            Self::ExceptionsConfirm => "exceptions:confirm",
            Self::ApprovalsRead => "approvals:read",
            Self::ApprovalsDecide => "approvals:decide",
            Self::MessagesTry => "messages:try",
            Self::MetricsRead => "metrics:read",
            Self::ProofsRead => "proofs:read",
            Self::ProofsSign => "proofs:sign",
            Self::AuditRead => "audit:read",
            Self::Admin => "admin",
        }
    }
}

impl std::str::FromStr for Scope {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|scope| scope.word() == text);
        found.copied().ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|scope| scope.word()).collect();
            format!("{text:?} is not a scope: one of {}", words.join(", "))
        })
    }
}

/// Who asks, whatever they showed: with what they may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// As people and the audit name them.
    pub who: Who,
    /// Within which idempotency keys are unique.
    pub tenant: String,
    /// What they may do.
    pub scopes: BTreeSet<Scope>,
    /// The approver that they stand for, by a name of theirs: they decide as them, and ask for returns in their name.
    pub person: Option<String>,
}

/// What somebody showed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A token of that name.
    Token(String),
    /// The password of the user of that name; rights are those of a revision of the user.
    User(String, u64),
    /// A token of the identity provider, for the account of that name; rights are those of a revision of it, as with users.
    Member(String, u64),
}

impl Holder {
    /// True if they may do that.
    pub fn may(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }

    /// Name of the token, the user or the member.
    pub fn name(&self) -> &str {
        match &self.who {
            Who::Token(name) | Who::User(name, _) | Who::Member(name, _) => name,
        }
    }

    /// Name and revision under which the store keeps them; none for a token.
    pub fn kept(&self) -> Option<(String, u64)> {
        match &self.who {
            Who::Token(_) => None,
            Who::User(name, revision) => Some((name.clone(), *revision)),
            Who::Member(name, revision) => Some((format!("{MEMBER}{name}"), *revision)),
        }
    }

    /// True if both are the token, the user, or the member of one name.
    pub fn is_same(&self, other: &Self) -> bool {
        match (&self.who, &other.who) {
            (Who::Token(one), Who::Token(two))
            | (Who::User(one, _), Who::User(two, _))
            | (Who::Member(one, _), Who::Member(two, _)) => one == two,
            (Who::Token(_) | Who::User(..) | Who::Member(..), _) => false,
        }
    }

    /// Who says what they say: the person that they stand for, if they do.
    pub fn who(&self) -> String {
        self.person.clone().unwrap_or_else(|| self.actor())
    }

    /// As the audit names them. A user's person is in it, so that what was done stays that person's, whatever becomes of the
    /// user: [`workflow::Approvers`] reads it.
    pub fn actor(&self) -> String {
        match (&self.who, &self.person) {
            (Who::Token(name), _) => actor(name),
            (Who::User(name, _), None) => format!("user/{name}"),
            (Who::User(name, _), Some(person)) => format!("user/{name}@{person}"),
            (Who::Member(name, _), None) => format!("{MEMBER}{name}"),
            // The names of members may have an @ in them.
            (Who::Member(name, _), Some(person)) => format!("{MEMBER}{name}:{person}"),
        }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.who {
            Who::Token(name) => write!(f, "token {name:?}"),
            Who::User(name, _) => write!(f, "user {name:?}"),
            Who::Member(name, _) => write!(f, "member {name:?}"),
        }
    }
}

/// True if that can be the name of a token, a tenant, a user or a role: letters, digits, `-`, `_` and `.`, at most 60.
pub fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= 60 && text.bytes().all(plain)
}

/// As the audit names whom the store keeps under that name: a user, or a member, who comes from the identity provider.
pub fn kept_actor(name: &str) -> String {
    if is_member(name) {
        name.to_owned()
    } else {
        format!("user/{name}")
    }
}

/// True if the store keeps a member under that name. No user has such a name.
pub fn is_member(name: &str) -> bool {
    name.starts_with(MEMBER)
}

/// As the audit names a token of that name.
pub fn actor(name: &str) -> String {
    format!("api/{name}")
}

/// A token as it is known: its hash, never itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// SHA-256 of the token's text.
    pub sha256: [u8; 32],
    /// Whoever shows it.
    pub holder: Arc<Holder>,
}

/// All tokens that are known.
#[derive(Debug, Clone, Default)]
pub struct Tokens(Vec<Token>);

impl Tokens {
    /// These.
    pub fn new(tokens: Vec<Token>) -> Self {
        Self(tokens)
    }

    /// True if there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Who shows a token with that text. Takes the same time whichever it is, and if it is none.
    pub fn find(&self, text: &str) -> Option<&Arc<Holder>> {
        let hash = hash(text);
        let mut found = None;
        for token in &self.0 {
            if bool::from(token.sha256.ct_eq(&hash)) {
                found = Some(&token.holder);
            }
        }
        found
    }
}

/// SHA-256 of a token's text.
pub fn hash(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// A hash as configured: 64 hexadecimal digits.
pub fn write_hash(hash: &[u8; 32]) -> String {
    HEXLOWER.encode(hash)
}

/// Reads a hash as configured: 64 hexadecimal digits.
pub fn read_hash(text: &str) -> Option<[u8; 32]> {
    HEXLOWER_PERMISSIVE
        .decode(text.as_bytes())
        .ok()?
        .try_into()
        .ok()
}

/// A new token of 32 random bytes, as text.
///
/// # Errors
/// When the system has no randomness to give.
pub fn fresh() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(format!("bh_{}", BASE64URL_NOPAD.encode(&bytes)))
}

/// What a route asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: anybody may.
    Nothing,
    /// A token with that scope.
    Scope(Scope),
}

/// Method and path of every route, and what it asks for. What is not in here is not served.
pub const ACCESS: &[(&str, &str, Needs)] = {
    use Needs::Scope as S;
    use Scope as O;
    &[
        ("GET", "/v1/openapi.json", Needs::Nothing),
        ("POST", "/v1/returns", S(O::ReturnsWrite)),
        ("GET", "/v1/returns", S(O::ReturnsRead)),
        ("POST", "/v1/returns/eligibility", S(O::ReturnsRead)),
        ("GET", "/v1/returns/{id}", S(O::ReturnsRead)),
        ("PATCH", "/v1/returns/{id}", S(O::ReturnsWrite)),
        (
            "POST",
            "/v1/returns/{id}/identification",
            S(O::ReturnsWrite),
        ),
        ("POST", "/v1/returns/{id}/hold", S(O::ReturnsHold)),
        ("POST", "/v1/returns/{id}/release", S(O::ReturnsHold)),
        (
            "POST",
            "/v1/returns/{id}/credit-reversals",
            S(O::CreditsReverse),
        ),
        ("GET", "/v1/returns/{id}/timeline", S(O::ReturnsRead)),
        ("GET", "/v1/returns/{id}/effects", S(O::ReturnsRead)),
        ("GET", "/v1/effects/{key}", S(O::ReturnsRead)),
        ("GET", "/v1/events", S(O::ReturnsRead)),
        ("GET", "/v1/exceptions", S(O::ExceptionsRead)),
        ("GET", "/v1/exceptions/groups", S(O::ExceptionsRead)),
        ("POST", "/v1/exceptions/replay", S(O::ExceptionsReplay)),
        ("POST", "/v1/exceptions/rerun", S(O::ExceptionsReplay)),
        ("GET", "/v1/exceptions/{id}", S(O::ExceptionsRead)),
        ("POST", "/v1/exceptions/{id}/replay", S(O::ExceptionsReplay)),
        ("POST", "/v1/exceptions/{id}/edit", S(O::ExceptionsEdit)),
        (
            "POST",
            "/v1/exceptions/{id}/discard",
            S(O::ExceptionsDiscard),
        ),
        (
            "POST",
            "/v1/exceptions/{id}/confirm",
            S(O::ExceptionsConfirm),
        ),
        ("POST", "/v1/replays", S(O::ExceptionsReplay)),
        ("GET", "/v1/replays", S(O::ExceptionsRead)),
        ("GET", "/v1/replays/{id}", S(O::ExceptionsRead)),
        ("POST", "/v1/replays/{id}/agree", S(O::ExceptionsReplay)),
        ("POST", "/v1/replays/{id}/cancel", S(O::ExceptionsReplay)),
        ("POST", "/v1/replays/{id}/resume", S(O::ExceptionsReplay)),
        ("GET", "/v1/approvals", S(O::ApprovalsRead)),
        ("GET", "/v1/approvals/{id}", S(O::ApprovalsRead)),
        ("POST", "/v1/approvals/{id}/approve", S(O::ApprovalsDecide)),
        ("POST", "/v1/approvals/{id}/reject", S(O::ApprovalsDecide)),
        ("POST", "/v1/messages/try", S(O::MessagesTry)),
        ("GET", "/v1/metrics", S(O::MetricsRead)),
        ("GET", "/v1/metrics/course", S(O::MetricsRead)),
        ("GET", "/v1/proofs", S(O::ProofsRead)),
        ("GET", "/v1/proofs/{id}", S(O::ProofsRead)),
        ("GET", "/v1/proofs/{id}/items", S(O::ProofsRead)),
        ("POST", "/v1/proofs/{id}/sign-off", S(O::ProofsSign)),
        ("GET", "/v1/users", S(O::Admin)),
        ("POST", "/v1/users/{name}/sign-out", S(O::Admin)),
        ("POST", "/v1/users/{name}/disable", S(O::Admin)),
        ("POST", "/v1/users/{name}/enable", S(O::Admin)),
        ("GET", "/v1/audit", S(O::AuditRead)),
        ("POST", "/v1/audit/verify", S(O::AuditRead)),
    ]
};

/// What that route asks for; none for a route that there is not. `HEAD` is `GET` without a body.
pub fn needs(method: &str, path: &str) -> Option<Needs> {
    let method = if method == "HEAD" { "GET" } else { method };
    ACCESS
        .iter()
        .find(|(m, p, _)| *m == method && *p == path)
        .map(|(_, _, needs)| *needs)
}

/// Methods that a path takes.
pub fn methods(path: &str) -> Vec<&'static str> {
    let of = ACCESS.iter().filter(|(_, p, _)| *p == path);
    of.map(|(method, _, _)| *method).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(name: &str) -> Holder {
        Holder {
            who: Who::Token(name.to_owned()),
            tenant: name.to_owned(),
            scopes: BTreeSet::from([Scope::ReturnsRead]),
            person: None,
        }
    }

    fn token(name: &str, text: &str) -> Token {
        Token {
            sha256: hash(text),
            holder: Arc::new(holder(name)),
        }
    }

    #[test]
    fn a_token_is_found_by_its_text_alone() {
        let tokens = Tokens::new(vec![token("a", "one"), token("b", "two")]);
        assert_eq!(tokens.find("two").unwrap().name(), "b");
        assert_eq!(tokens.find("One"), None);
        assert_eq!(tokens.find(""), None);
    }

    #[test]
    fn fresh_tokens_hold_256_bits_and_differ() {
        let (one, two) = (fresh().unwrap(), fresh().unwrap());
        assert_ne!(one, two);
        assert_eq!(one.len(), 3 + 43);
    }

    #[test]
    fn only_the_administrator_may_everything() {
        let mut holder = holder("a");
        assert!(holder.may(Scope::ReturnsRead) && !holder.may(Scope::ReturnsWrite));
        holder.scopes = BTreeSet::from([Scope::Admin]);
        assert!(Scope::ALL.iter().all(|scope| holder.may(*scope)));
    }

    #[test]
    fn words_are_read_as_written() {
        for scope in Scope::ALL {
            assert_eq!(scope.word().parse(), Ok(*scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.word());
        }
        assert!(
            "returns"
                .parse::<Scope>()
                .unwrap_err()
                .contains("returns:read")
        );
    }

    #[test]
    fn hashes_are_64_digits() {
        assert_eq!(read_hash(&"0f".repeat(32)), Some([15; 32]));
        assert_eq!(read_hash(&"0F".repeat(32)), Some([15; 32]));
        assert_eq!(read_hash("0f"), None);
        assert_eq!(write_hash(&[15; 32]), "0f".repeat(32));
    }
}
