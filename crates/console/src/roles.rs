//! Roles: names for sets of scopes, shipped and configured.

use std::collections::{BTreeMap, BTreeSet};

use crate::access::Scope;

/// Roles that are there without being configured. One of the same name in the configuration takes the place of it.
pub const SHIPPED: &[(&str, &[Scope])] = {
    use Scope as S;
    &[
        (
            "viewer",
            &[
                S::ReturnsRead,
                S::ExceptionsRead,
                S::ApprovalsRead,
                S::MetricsRead,
                S::ProofsRead,
            ],
        ),
        (
            "operator",
            &[
                S::ReturnsRead,
                S::ExceptionsRead,
                S::ApprovalsRead,
                S::MetricsRead,
                S::ProofsRead,
                S::BodiesRead,
                S::PersonalRead,
                S::ExceptionsReplay,
                S::ExceptionsEdit,
                S::ExceptionsDiscard,
                S::MessagesTry,
            ],
        ),
        (
            "finance",
            &[
                S::ReturnsRead,
                S::ExceptionsRead,
                S::ApprovalsRead,
                S::ApprovalsDecide,
                S::MetricsRead,
                S::ProofsRead,
                S::ProofsSign,
            ],
        ),
        (
            "auditor",
            &[
                S::ReturnsRead,
                S::ExceptionsRead,
                S::ApprovalsRead,
                S::MetricsRead,
                S::ProofsRead,
                S::BodiesRead,
                S::AuditRead,
            ],
        ),
        ("administrator", &[S::Admin]),
    ]
};

/// Every role that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(BTreeMap<String, BTreeSet<Scope>>);

impl Default for Roles {
    fn default() -> Self {
        Self::with([])
    }
}

impl Roles {
    /// The shipped ones and these.
    pub fn with(configured: impl IntoIterator<Item = (String, BTreeSet<Scope>)>) -> Self {
        let shipped = SHIPPED.iter();
        let shipped =
            shipped.map(|(name, scopes)| ((*name).to_owned(), scopes.iter().copied().collect()));
        Self(shipped.chain(configured).collect())
    }

    /// What whoever has that role may do; none if there is no such role.
    pub fn of(&self, name: &str) -> Option<&BTreeSet<Scope>> {
        self.0.get(name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What somebody with these scopes and roles may do. What is not known any more gives no right, and is logged.
    pub fn scopes(&self, whose: &str, scopes: &[String], roles: &[String]) -> BTreeSet<Scope> {
        let mut may = BTreeSet::new();
        for word in scopes {
            if let Ok(scope) = word.parse() {
                may.insert(scope);
            } else {
                tracing::warn!(
                    whose,
                    scope = word,
                    "a scope is not known, and gives no right"
                );
            }
        }
        for name in roles {
            if let Some(scopes) = self.of(name) {
                may.extend(scopes);
            } else {
                tracing::warn!(
                    whose,
                    role = name,
                    "a role is not known, and gives no right"
                );
            }
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_role_takes_the_place_of_a_shipped_one() {
        let ours = BTreeSet::from([Scope::AuditRead]);
        let roles = Roles::with([
            ("viewer".to_owned(), ours.clone()),
            ("night".to_owned(), ours.clone()),
        ]);
        assert_eq!(roles.of("viewer"), Some(&ours));
        assert_eq!(roles.names().count(), SHIPPED.len() + 1);
        let words = |words: &[&str]| -> Vec<String> {
            words.iter().map(|word| (*word).to_owned()).collect()
        };
        let may = roles.scopes(
            "ada",
            &words(&["returns:read", "gone"]),
            &words(&["night", "gone"]),
        );
        assert_eq!(may, BTreeSet::from([Scope::ReturnsRead, Scope::AuditRead]));
        assert_eq!(Roles::default().of("night"), None);
    }
}
