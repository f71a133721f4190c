//! One person under several names: whose a name of the audit is, and whether two of them may be one person's.
//!
//! - `user/NAME` and `user/NAME@PERSON`: a user of the console, who signs in by a password. `NAME` has no `@`.
//! - `oidc/NAME` and `oidc/NAME:PERSON`: a member, who signs in at the identity provider. `NAME` may be `ada@corp.example`.
//! - `api/NAME`: a token of the API.
//!
//! Who may sign in under which name is the provider's to say, so that a member's name opens nothing that is another's. Four
//! eyes are the other way round: whoever is *called* as somebody else is taken for them.

/// How names of members begin.
pub const MEMBER: &str = "oidc/";

/// The person that a name of the audit says it is, or the name itself.
pub(super) fn whose(name: &str) -> &str {
    person_in(name.trim()).unwrap_or(name)
}

/// True if both may be names of one person: the same but for case and outer blanks, or those of a member and of somebody who is called
/// the same, with or without what comes after the `@`. Two members are told apart by their whole names.
pub fn may_be_one(a: &str, b: &str) -> bool {
    let (a, b) = (a.trim(), b.trim());
    if is_same(whose(a), whose(b)) {
        return true;
    }
    match (member(a), member(b)) {
        (Some(one), Some(two)) => {
            let stands_for = |name, member| person_in(name).is_some_and(|p| is_like(member, p));
            is_same(one, two) || stands_for(a, two) || stands_for(b, one)
        }
        (Some(member), None) => is_like(member, plain(b)),
        (None, Some(member)) => is_like(member, plain(a)),
        (None, None) => false,
    }
}

/// Without regard to case and outer blanks; nobody is nobody.
pub(crate) fn is_same(a: &str, b: &str) -> bool {
    !a.trim().is_empty() && a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// The person in a name of a user or a member.
fn person_in(name: &str) -> Option<&str> {
    let of_user = name.strip_prefix("user/").and_then(|n| n.split_once('@'));
    let of_member = name.strip_prefix(MEMBER).and_then(|n| n.split_once(':'));
    of_user.or(of_member).map(|(_, person)| person)
}

/// The name that a member has at the provider.
fn member(name: &str) -> Option<&str> {
    let name = name.strip_prefix(MEMBER)?;
    Some(name.split_once(':').map_or(name, |(name, _)| name))
}

/// A name of a user, a token or a person, without what it is.
fn plain(name: &str) -> &str {
    let name = whose(name);
    let of_token = name.strip_prefix("api/");
    of_token
        .or_else(|| name.strip_prefix("user/"))
        .unwrap_or(name)
}

/// True if the member is called so, whole or before the `@`.
fn is_like(member: &str, name: &str) -> bool {
    let before = member.split_once('@').map_or(member, |(before, _)| before);
    is_same(member, name) || is_same(before, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_called_the_same_is_one() {
        for (a, b) in [
            ("ada", " Ada"),
            ("user/ada@sue", "sue"),
            ("oidc/ada:sue", "sue"),
            ("oidc/ada:sue", "user/mia@sue"),
            ("oidc/ada", "user/ada"),
            ("oidc/ada", "api/ada"),
            ("oidc/ada", "ada"),
            ("oidc/Ada@corp.example", "user/ada"),
            ("oidc/ada@corp.example", "ada"),
            ("oidc/ada@corp.example", "ADA@corp.example"),
            ("oidc/ada@corp.example:sue", "user/ada"),
            ("oidc/ada:sue", "oidc/ada"),
            ("oidc/ada:sue", "oidc/sue@corp.example"),
        ] {
            assert!(may_be_one(a, b), "{a} {b}");
            assert!(may_be_one(b, a), "{b} {a}");
        }
    }

    #[test]
    fn others_are_not() {
        for (a, b) in [
            ("", ""),
            ("oidc/", "user/"),
            ("oidc/ada", "user/adam"),
            ("oidc/ada@corp.example", "oidc/ada@other.example"),
            ("oidc/ada:sue", "oidc/eve:max"),
            // As it was: these are told apart by the file of approvers.
            ("user/ada", "api/ada"),
            ("user/ada", "ada"),
        ] {
            assert!(!may_be_one(a, b), "{a} {b}");
            assert!(!may_be_one(b, a), "{b} {a}");
        }
    }
}
