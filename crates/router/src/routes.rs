//! Which connector delivers an effect: by kind, channel, site and legal entity; the most specific route wins.

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
    /// Sales channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
    /// Connector instance.
    pub connector: String,
}

/// What a route is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home<'a> {
    /// Legal entity of the return.
    pub entity: &'a str,
    /// Site that the effect is about.
    pub site: &'a str,
    /// Sales channel of the return.
    pub channel: &'a str,
}

impl Route {
    fn fits(&self, kind: EffectKind, home: Home<'_>) -> bool {
        self.kinds.contains(&kind)
            && self.entity.as_deref().is_none_or(|e| e == home.entity)
            && self.site.as_deref().is_none_or(|s| s == home.site)
            && self.channel.as_deref().is_none_or(|c| c == home.channel)
    }

    fn specificity(&self) -> u8 {
        u8::from(self.channel.is_some()) * 4
            + u8::from(self.site.is_some()) * 2
            + u8::from(self.entity.is_some())
    }

    /// True if the two could both win for some effect.
    fn ties_with(&self, other: &Self) -> bool {
        self.entity == other.entity
            && self.site == other.site
            && self.channel == other.channel
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

    /// The connector for an effect; channel before site before entity before none of them.
    pub fn find(&self, kind: EffectKind, home: Home<'_>) -> Option<&str> {
        self.0
            .iter()
            .filter(|route| route.fits(kind, home))
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
            channel: None,
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
        let home = |entity, site| Home {
            entity,
            site,
            channel: "edi",
        };
        let find = |entity, site| routes.find(EffectKind::ErpCreditMemo, home(entity, site));
        assert_eq!(find("US01", "DC-WEST"), Some("any"));
        assert_eq!(find("DE01", "DC-WEST"), Some("germany"));
        assert_eq!(find("DE01", "DC-EAST"), Some("east"));
        assert_eq!(
            routes.find(EffectKind::Notify, home("US01", "DC-WEST")),
            None
        );
        assert!(routes.ties().is_empty());
    }

    #[test]
    fn a_channel_is_more_specific_than_a_site() {
        let acme = Route {
            channel: Some("acme".to_owned()),
            ..route(None, None, "edi-acme")
        };
        let routes = Routes::new(vec![route(Some("US01"), Some("DC-EAST"), "erp"), acme]);
        let home = |channel| Home {
            entity: "US01",
            site: "DC-EAST",
            channel,
        };
        let find = |channel| routes.find(EffectKind::ErpCreditMemo, home(channel));
        assert_eq!(find("acme"), Some("edi-acme"));
        assert_eq!(find("portal"), Some("erp"));
        assert!(routes.ties().is_empty());
    }

    #[test]
    fn equal_routes_are_a_tie() {
        let routes = Routes::new(vec![route(None, None, "a"), route(None, None, "b")]);
        assert_eq!(routes.ties(), vec![(0, 1)]);
    }
}
