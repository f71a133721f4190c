//! How a return is named by those who speak of it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A name of a return. Written as text: `id:…`, `rma:ENTITY/NUMBER`, `ext:SYSTEM/VALUE`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ReturnName {
    /// Our own id.
    Id(String),
    /// RMA number, unique within a legal entity.
    Rma {
        /// Legal entity.
        entity: String,
        /// Number as printed and scanned.
        number: String,
    },
    /// Reference of another system (portal request, order, tracking number).
    External {
        /// The system and kind of reference.
        system: String,
        /// The reference.
        value: String,
    },
}

/// Not the name of a return.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} does not name a return: expected id:…, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE")]
pub struct BadReturnName(pub String);

impl fmt::Display for ReturnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Id(id) => write!(f, "id:{id}"),
            Self::Rma { entity, number } => write!(f, "rma:{entity}/{number}"),
            Self::External { system, value } => write!(f, "ext:{system}/{value}"),
        }
    }
}

impl FromStr for ReturnName {
    type Err = BadReturnName;

    fn from_str(text: &str) -> Result<Self, BadReturnName> {
        let bad = || BadReturnName(text.to_owned());
        let (kind, rest) = text.split_once(':').ok_or_else(bad)?;
        match kind {
            "id" if !rest.is_empty() => Ok(Self::Id(rest.to_owned())),
            "rma" => {
                let (entity, number) = rest.split_once('/').ok_or_else(bad)?;
                Ok(Self::Rma {
                    entity: entity.to_owned(),
                    number: number.to_owned(),
                })
            }
            "ext" => {
                let (system, value) = rest.split_once('/').ok_or_else(bad)?;
                Ok(Self::External {
                    system: system.to_owned(),
                    value: value.to_owned(),
                })
            }
            _ => Err(bad()),
        }
    }
}

impl TryFrom<String> for ReturnName {
    type Error = BadReturnName;

    fn try_from(text: String) -> Result<Self, BadReturnName> {
        text.parse()
    }
}

impl From<ReturnName> for String {
    fn from(name: ReturnName) -> Self {
        name.to_string()
    }
}

impl JsonSchema for ReturnName {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ReturnName".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": "^(id:.+|rma:[^/]+/.+|ext:[^/]+/.+)$",
            "description": "id:…, rma:ENTITY/NUMBER or ext:SYSTEM/VALUE"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_written() {
        for text in ["id:01J", "rma:US01/RMA-1/2", "ext:portal/P 1"] {
            assert_eq!(text.parse::<ReturnName>().unwrap().to_string(), text);
        }
        for text in ["", "01J", "id:", "rma:US01", "foo:x/y"] {
            assert!(text.parse::<ReturnName>().is_err(), "{text}");
        }
    }
}
