//! A door for the fuzz target. No part of the connector.

use std::sync::LazyLock;

use http::header::HeaderValue;
use http::{HeaderMap, HeaderName, StatusCode};

use crate::classify::{Reply, classify};
use crate::profile::{Profile, SHIPPED, read};

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let read = |(_, text): &(&str, &str)| read(text, &toml::Table::new()).ok();
    SHIPPED.iter().filter_map(read).collect()
});

/// What every built-in profile makes of an answer as it comes over the wire: a status line, headers, an empty line, the body.
pub fn meanings(answer: &[u8]) -> Vec<String> {
    let end = answer.windows(2).position(|two| two == b"\n\n");
    let (head, body) = match end {
        Some(end) => answer.split_at(end),
        None => ([].as_slice(), answer),
    };
    let head = String::from_utf8_lossy(head);
    let status = head.lines().next().and_then(|line| line.split(' ').nth(1));
    let headers = head.lines().skip(1).filter_map(|line| {
        let (name, value) = line.split_once(": ")?;
        Some((
            name.parse::<HeaderName>().ok()?,
            value.parse::<HeaderValue>().ok()?,
        ))
    });
    let reply = Reply {
        status: status
            .and_then(|status| status.parse().ok())
            .unwrap_or(StatusCode::OK),
        headers: headers.collect::<HeaderMap>(),
        body: body.strip_prefix(b"\n\n").unwrap_or(body).to_vec(),
    };
    PROFILES
        .iter()
        .map(|profile| {
            format!(
                "{:?}",
                classify(&reply, profile, "rt1-xdshrpoietqlyvbtztyknmxu2a")
            )
        })
        .collect()
}
