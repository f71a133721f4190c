//! The block of the API.

use std::net::{Ipv4Addr, SocketAddr};

use console::Scope;
use schemars::JsonSchema;
use serde::Deserialize;

/// `[api]`: the HTTP API `/v1`. It is served when there is at least one token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApiBlock {
    /// Address and port. It speaks plain HTTP: put a proxy with TLS before it when it is not for this host alone.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Longest body that is taken, in bytes.
    pub max_body_bytes: usize,
    /// `[[api.token]]`: who may do what.
    pub token: Vec<ApiToken>,
}

/// `[[api.token]]`: `backhaul api token new` makes one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiToken {
    /// Whose it is; the audit names it `api/NAME`.
    pub name: String,
    /// SHA-256 of the token, in 64 hexadecimal digits. The token itself is kept by its owner alone.
    pub sha256: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// Within which idempotency keys are unique; the name if left out. Give all tokens of one system the same, so that a
    /// request is recognised whichever of them it is sent again with.
    #[serde(default)]
    pub tenant: Option<String>,
}

impl Default for ApiBlock {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8482).into(),
            max_body_bytes: 1024 * 1024,
            token: Vec::new(),
        }
    }
}
