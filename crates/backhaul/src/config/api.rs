//! The block of the API.

use std::net::{Ipv4Addr, SocketAddr};

use canonical::BusinessCode;
use console::{Roles, Scope};
use jiff::SignedDuration;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::oidc::OidcBlock;

/// `[api]`: the HTTP API `/v1`. It is served when there is at least one token.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ApiBlock {
    /// Address and port. It speaks plain HTTP: put a proxy with TLS before it when it is not for this host alone.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Serve the pages of the operators' console on the same address, under `/`.
    pub console: bool,
    /// A proxy with TLS stands before it, and sets `X-Forwarded-For`: the console's cookies are then for TLS alone.
    pub behind_tls: bool,
    /// Longest body that is taken, in bytes.
    pub max_body_bytes: usize,
    /// `[[api.token]]`: who may do what.
    pub token: Vec<ApiToken>,
    /// `[[api.role]]`: names for sets of scopes, for tokens and users; those that are shipped besides.
    pub role: Vec<ApiRole>,
    /// `[[api.apart]]`: scopes of which nobody holds two (separation of duties).
    pub apart: Vec<ApiApart>,
    /// `[[api.webhook]]`: who is called when a return reaches a milestone.
    pub webhook: Vec<ApiWebhook>,
    /// `[api.oidc]`: an identity provider at which people sign in to the console.
    pub oidc: Option<OidcBlock>,
}

/// `[[api.webhook]]`: called with every milestone, signed, at least once, those of one return in their order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiWebhook {
    /// Name: a–z, 0–9 and -. Its queue is `returns.webhook.NAME`; one that is taken out leaves its queue, which is to be
    /// deleted then.
    pub name: String,
    /// Address.
    pub url: String,
    /// Secret of at least 16 characters that signs the calls.
    #[schemars(with = "String")]
    pub secret: SecretString,
    /// Milestones (R100 … R900); all if left out.
    #[serde(default)]
    pub events: Vec<BusinessCode>,
    /// Calls of one event, about 25 minutes with the usual 12, before it becomes an exception and those behind it go on.
    #[serde(default = "max_tries")]
    pub max_tries: u32,
    /// How long a call may take ("10s").
    #[serde(default = "within")]
    #[schemars(with = "String")]
    pub within: SignedDuration,
}

fn max_tries() -> u32 {
    12
}

fn within() -> SignedDuration {
    SignedDuration::from_secs(10)
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
    #[serde(default)]
    pub scopes: Vec<Scope>,
    /// Roles whose scopes it has besides: viewer, operator, finance, auditor, administrator, or one of `[[api.role]]`.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Within which idempotency keys are unique; the name if left out. Give all tokens of one system the same, so that a
    /// request is recognised whichever of them it is sent again with.
    #[serde(default)]
    pub tenant: Option<String>,
    /// The approver that it stands for: a `user` of the file of approvers. It decides on approvals as that person and as nobody
    /// else, and asks for returns in that person's name alone. A token without one decides on no approval.
    #[serde(default)]
    pub person: Option<String>,
}

/// `[[api.role]]`: a name for a set of scopes. One of the name of a shipped role takes its place.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiRole {
    /// Name: letters, digits, -, _ and .
    pub name: String,
    /// What whoever has it may do.
    pub scopes: Vec<Scope>,
}

/// `[[api.apart]]`: of these no token and no user holds more than one. Who would, has none of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ApiApart {
    /// At least two. `admin` counts where it is named here.
    pub scopes: Vec<Scope>,
}

impl ApiBlock {
    /// Every role: the shipped ones, and those that are configured.
    pub fn roles(&self) -> Roles {
        let configured = self.role.iter();
        Roles::with(
            configured.map(|role| (role.name.clone(), role.scopes.iter().copied().collect())),
        )
        .apart(
            self.apart
                .iter()
                .map(|apart| apart.scopes.iter().copied().collect()),
        )
    }
}

impl Default for ApiBlock {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8482).into(),
            console: true,
            behind_tls: false,
            max_body_bytes: 1024 * 1024,
            token: Vec::new(),
            role: Vec::new(),
            apart: Vec::new(),
            webhook: Vec::new(),
            oidc: None,
        }
    }
}
