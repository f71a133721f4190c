//! `when` as written: a table of facts, or a condition alone.

use std::fmt;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

use super::document::When;

/// Reads `when = { segment = "web", cel = "quantity > 10" }`, or `when = "quantity > 10"`, which is its `cel` alone.
pub(super) fn when<'de, D: Deserializer<'de>>(deserializer: D) -> Result<When, D::Error> {
    deserializer.deserialize_any(WhenVisitor)
}

struct WhenVisitor;

impl<'de> Visitor<'de> for WhenVisitor {
    type Value = When;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of facts ({ segment = \"web\" }) or a condition in quotes")
    }

    fn visit_str<E: Error>(self, condition: &str) -> Result<When, E> {
        Ok(When {
            cel: Some(condition.to_owned()),
            ..When::default()
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<When, A::Error> {
        When::deserialize(MapAccessDeserializer::new(table))
    }
}
