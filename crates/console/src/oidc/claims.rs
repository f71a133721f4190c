//! Who somebody is by what their token says, and which roles their groups have. Pure.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::token::Claims;
use super::{Refusal, Settings};

/// Characters of a subject at the most (OpenID Connect Core 1.0 §2).
const LONGEST_SUBJECT: usize = 255;
/// Bytes of a name at the most.
const LONGEST_NAME: usize = 100;

/// Somebody whom the provider knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// What the provider calls them, in small letters.
    pub(crate) name: String,
    /// Which account it is: a hash of issuer and subject. Names change and are given again; this does not and is not.
    pub(crate) account: String,
    /// Roles of their groups.
    pub(crate) roles: Vec<String>,
}

impl Identity {
    /// Reads it.
    pub(super) fn read(claims: &Claims, settings: &Settings) -> Result<Self, Refusal> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let subject = text("sub").filter(|sub| !sub.is_empty() && sub.len() <= LONGEST_SUBJECT);
        let subject = subject.ok_or(Refusal::Token("it does not say whose it is"))?;
        let name = found(claims, &settings.name_claim).and_then(Value::as_str);
        let name = name.and_then(name_of).ok_or(Refusal::Name)?;
        let groups = groups(found(claims, &settings.groups_claim));
        Ok(Self {
            name,
            account: account(&settings.issuer, subject),
            roles: roles(&groups, &settings.groups),
        })
    }
}

/// A claim by its name, or by a pointer into one.
fn found<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    let Some(path) = name.strip_prefix('/') else {
        return claims.get(name);
    };
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let first = claims.get(&first.replace("~1", "/").replace("~0", "~"))?;
    if rest.is_empty() {
        Some(first)
    } else {
        first.pointer(&format!("/{rest}"))
    }
}

/// A name as it is kept: letters, digits and `-_.@+|`, in small letters, at most 100. `:` and `/` mean something in the audit.
fn name_of(text: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.@+|".contains(&b);
    let is_name = !text.is_empty() && text.len() <= LONGEST_NAME && text.bytes().all(plain);
    is_name.then(|| text.to_ascii_lowercase())
}

fn groups(claim: Option<&Value>) -> BTreeSet<&str> {
    match claim {
        Some(Value::String(one)) => BTreeSet::from([one.as_str()]),
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        _ => BTreeSet::new(),
    }
}

fn roles(groups: &BTreeSet<&str>, mapped: &BTreeMap<String, String>) -> Vec<String> {
    let theirs = mapped
        .iter()
        .filter(|(group, _)| groups.contains(group.as_str()));
    let roles: BTreeSet<&String> = theirs.map(|(_, role)| role).collect();
    roles.into_iter().cloned().collect()
}

fn account(issuer: &str, subject: &str) -> String {
    let hash = Sha256::digest(format!("{issuer}\n{subject}"));
    format!("oidc:{}", BASE64URL_NOPAD.encode(&hash))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings(name_claim: &str, groups_claim: &str) -> Settings {
        let of = |group: &str, role: &str| (group.to_owned(), role.to_owned());
        Settings {
            issuer: "https://id".to_owned(),
            client_id: "backhaul".to_owned(),
            client_secret: None,
            scopes: Vec::new(),
            name_claim: name_claim.to_owned(),
            groups_claim: groups_claim.to_owned(),
            groups: [
                of("ops", "operator"),
                of("night", "operator"),
                of("money", "finance"),
            ]
            .into(),
            label: String::new(),
            public_url: None,
            ca: None,
        }
    }

    fn read(claims: &Value, settings: &Settings) -> Result<Identity, Refusal> {
        Identity::read(claims.as_object().unwrap(), settings)
    }

    #[test]
    fn groups_have_roles() {
        let settings = settings("preferred_username", "groups");
        for (groups, roles) in [
            (
                json!(["ops", "night", "money", "other"]),
                vec!["finance", "operator"],
            ),
            (json!("ops"), vec!["operator"]),
            (json!(["OPS", "ops "]), vec![]),
            (json!([["ops"], { "ops": "ops" }, 1]), vec![]),
            (Value::Null, vec![]),
        ] {
            let claims = json!({ "sub": "1", "preferred_username": "ada", "groups": groups });
            assert_eq!(read(&claims, &settings).unwrap().roles, roles, "{claims}");
        }
    }

    #[test]
    fn claims_are_found_within_others() {
        let settings = settings("email", "/realm_access/roles");
        let claims = json!({
            "sub": "1", "email": "Ada@Corp.example", "realm_access": { "roles": ["money"] },
        });
        let ada = read(&claims, &settings).unwrap();
        assert_eq!(
            (ada.name.as_str(), ada.roles),
            ("ada@corp.example", vec!["finance".to_owned()])
        );
    }

    #[test]
    fn a_name_that_means_something_else_in_the_audit_is_none() {
        let settings = settings("preferred_username", "groups");
        for name in [
            "",
            "ada:sue",
            "user/ada",
            "a b",
            "jürgen",
            "a\n",
            &"a".repeat(101),
        ] {
            let claims = json!({ "sub": "1", "preferred_username": name });
            assert_eq!(read(&claims, &settings), Err(Refusal::Name), "{name}");
        }
        let without = json!({ "sub": "1", "email": "ada@corp.example" });
        assert_eq!(
            read(&without, &settings),
            Err(Refusal::Name),
            "it falls back to nothing"
        );
    }

    #[test]
    fn an_account_is_of_its_issuer() {
        assert_ne!(account("https://id", "1"), account("https://id", "2"));
        assert_ne!(account("https://id", "1"), account("https://other", "1"));
        let settings = settings("preferred_username", "groups");
        let nobody = json!({ "sub": "", "preferred_username": "ada" });
        assert!(read(&nobody, &settings).is_err());
    }
}
