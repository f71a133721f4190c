//! A door for the fuzz target. No part of the connector.

use std::sync::LazyLock;

use http::{HeaderMap, StatusCode};

use crate::classify::{Reply, classify};
use crate::profile::{Profile, SHIPPED, read};

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let read = |(_, text): &(&str, &str)| read(text, &toml::Table::new()).ok();
    SHIPPED.iter().filter_map(read).collect()
});

/// What every built-in profile makes of an answer.
pub fn meanings(status: StatusCode, headers: HeaderMap, body: Vec<u8>) -> Vec<String> {
    let reply = Reply {
        status,
        headers,
        body,
    };
    PROFILES
        .iter()
        .map(|profile| format!("{:?}", classify(&reply, profile)))
        .collect()
}
