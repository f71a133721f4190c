//! Which connector delivers an effect: by kind, legal entity and site; the most specific route wins.

use canonical::EffectKind;
use serde::{Deserialize, Serialize};

/// One route. What is left out fits everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Kinds of effects that it takes.
    pub kinds: Vec<EffectKind>,
    /// Legal entity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<String>,
    /// Site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site: Option<String>,
    /// Connector instance.
    pub connector: String,
}

impl Route {
    fn fits(&self, kind: EffectKind, entity: &str, site: &str) -> bool {
        self.kinds.contains(&kind)
            && self.entity.as_deref().is_none_or(|e| e == entity)
            && self.site.as_deref().is_none_or(|s| s == site)
    }

    fn specificity(&self) -> u8 {
        u8::from(self.site.is_some()) * 2 + u8::from(self.entity.is_some())
    }

    /// True if the two could both win for some effect.
    fn ties_with(&self, other: &Self) -> bool {
        self.entity == other.entity
            && self.site == other.site
            && self.kinds.iter().any(|k| other.kinds.contains(k))
    }
}

/// All routes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routes(Vec<Route>);

impl Routes {
    /// Takes the routes as configured.
    pub fn new(routes: Vec<Route>) -> Self {
        Self(routes)
    }

    /// The connector for an effect; site before entity before neither.
    pub fn find(&self, kind: EffectKind, entity: &str, site: &str) -> Option<&str> {
        self.0
            .iter()
            .filter(|route| route.fits(kind, entity, site))
            .max_by_key(|route| route.specificity())
            .map(|route| route.connector.as_str())
    }

    /// Every route.
    pub fn all(&self) -> &[Route] {
        &self.0
    }

    /// Pairs of routes (by position) of which neither is more specific.
    pub fn ties(&self) -> Vec<(usize, usize)> {
        let mut ties = Vec::new();
        for (i, a) in self.0.iter().enumerate() {
            for (j, b) in self.0.iter().enumerate().skip(i + 1) {
                if a.ties_with(b) {
                    ties.push((i, j));
                }
            }
        }
        ties
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(entity: Option<&str>, site: Option<&str>, connector: &str) -> Route {
        Route {
            kinds: vec![EffectKind::ErpCreditMemo],
            entity: entity.map(str::to_owned),
            site: site.map(str::to_owned),
            connector: connector.to_owned(),
        }
    }

    #[test]
    fn the_most_specific_route_wins() {
        let routes = Routes::new(vec![
            route(None, None, "any"),
            route(Some("DE01"), None, "germany"),
            route(None, Some("DC-EAST"), "east"),
        ]);
        let find = |entity, site| routes.find(EffectKind::ErpCreditMemo, entity, site);
        assert_eq!(find("US01", "DC-WEST"), Some("any"));
        assert_eq!(find("DE01", "DC-WEST"), Some("germany"));
        assert_eq!(find("DE01", "DC-EAST"), Some("east"));
        assert_eq!(routes.find(EffectKind::Notify, "US01", "DC-WEST"), None);
        assert!(routes.ties().is_empty());
    }

    #[test]
    fn equal_routes_are_a_tie() {
        let routes = Routes::new(vec![route(None, None, "a"), route(None, None, "b")]);
        assert_eq!(routes.ties(), vec![(0, 1)]);
    }
}
