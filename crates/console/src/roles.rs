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
                S::ExceptionsConfirm,
                S::ReturnsHold,
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
                S::ReturnsHold,
                S::CreditsReverse,
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

/// Every role that is known, and what nobody holds together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    known: BTreeMap<String, BTreeSet<Scope>>,
    apart: Vec<BTreeSet<Scope>>,
}

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
        Self {
            known: shipped.chain(configured).collect(),
            apart: Vec::new(),
        }
    }

    /// The same, with sets of scopes of which nobody holds more than one (separation of duties). `admin` is each scope by
    /// itself, and counts where it is named.
    #[must_use]
    pub fn apart(self, apart: impl IntoIterator<Item = BTreeSet<Scope>>) -> Self {
        let apart = apart.into_iter().collect();
        Self { apart, ..self }
    }

    /// Scopes that are held here together and are to be kept apart; empty if there are none.
    pub fn together(&self, scopes: &BTreeSet<Scope>) -> BTreeSet<Scope> {
        let held = self.apart.iter().map(|set| set & scopes);
        held.filter(|held| held.len() > 1).flatten().collect()
    }

    /// What is left of these: of what is to be kept apart nobody has anything who would have more than one. That is logged.
    pub fn kept_apart(&self, whose: &str, scopes: BTreeSet<Scope>) -> BTreeSet<Scope> {
        let together = self.together(&scopes);
        if together.is_empty() {
            return scopes;
        }
        let scopes_lost = words(&together);
        tracing::warn!(
            whose,
            scopes = scopes_lost,
            "these are kept apart and held together: they give no right"
        );
        &scopes - &together
    }

    /// What whoever has that role may do; none if there is no such role.
    pub fn of(&self, name: &str) -> Option<&BTreeSet<Scope>> {
        self.known.get(name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(String::as_str)
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
        self.kept_apart(whose, may)
    }
}

/// Their words, with commas.
pub fn words(scopes: &BTreeSet<Scope>) -> String {
    let words: Vec<&str> = scopes.iter().map(|scope| scope.word()).collect();
    words.join(", ")
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

    #[test]
    fn what_is_kept_apart_is_held_by_nobody_together() {
        use Scope as S;
        let roles = Roles::default().apart([
            BTreeSet::from([S::ReturnsWrite, S::ApprovalsDecide]),
            BTreeSet::from([S::Admin, S::ProofsSign]),
        ]);
        let of = |scopes: &[&str], names: &[&str]| {
            let texts = |words: &[&str]| -> Vec<String> {
                words.iter().map(|word| (*word).to_owned()).collect()
            };
            roles.scopes("ada", &texts(scopes), &texts(names))
        };
        // Either alone; both give neither, and what has nothing to do with it stays.
        assert!(of(&["returns:write"], &[]).contains(&S::ReturnsWrite));
        let both = of(&["returns:write"], &["finance"]);
        assert!(!both.contains(&S::ReturnsWrite) && !both.contains(&S::ApprovalsDecide));
        assert!(both.contains(&S::ProofsSign) && both.contains(&S::ReturnsRead));
        assert_eq!(of(&["admin", "proofs:sign", "returns:write"], &[]).len(), 1);
        // Whoever may everything is named where that matters.
        assert_eq!(of(&["admin", "returns:write"], &[]).len(), 2);
        let held = BTreeSet::from([S::ReturnsWrite, S::ApprovalsDecide, S::AuditRead]);
        assert_eq!(
            words(&roles.together(&held)),
            "returns:write, approvals:decide"
        );
    }
}
