//! The block of the identity provider.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

/// `[api.oidc]`: people sign in to the console at an identity provider besides, by OpenID Connect. At the provider the console is a web
/// application with the redirect URI `https://…/sign-in/oidc/callback`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OidcBlock {
    /// The issuer, to the letter as the provider writes it: its description is below it, at `/.well-known/openid-configuration`.
    pub issuer: String,
    /// Our name at the provider.
    pub client_id: String,
    /// Our secret at the provider; left out for a public client.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub client_secret: Option<SecretString>,
    /// What is asked for; `openid` has to be among it.
    #[serde(default = "scopes")]
    pub scopes: Vec<String>,
    /// The claim of the ID token that names the person. Take one that people cannot change themselves. A JSON pointer if it begins
    /// with `/`.
    #[serde(default = "name_claim")]
    pub name_claim: String,
    /// The claim of the ID token that lists groups. A JSON pointer if it begins with `/` ("/realm_access/roles").
    #[serde(default = "groups_claim")]
    pub groups_claim: String,
    /// `[api.oidc.groups]`: group at the provider → role: viewer, operator, finance, auditor, administrator, or one of `[[api.role]]`. Whoever is in
    /// none of them is refused.
    pub groups: BTreeMap<String, String>,
    /// What the button says.
    #[serde(default = "label")]
    pub label: String,
    /// Address of the console as browsers see it, without a path ("https://returns.corp.example"); left out, the one that the
    /// request is for.
    #[serde(default)]
    pub public_url: Option<String>,
    /// File of certificates in PEM that are trusted for the provider besides those of the system.
    #[serde(default)]
    pub ca: Option<PathBuf>,
}

fn scopes() -> Vec<String> {
    ["openid", "profile", "email"].map(str::to_owned).into()
}

fn name_claim() -> String {
    "preferred_username".to_owned()
}

fn groups_claim() -> String {
    "groups".to_owned()
}

fn label() -> String {
    "Sign in with single sign-on".to_owned()
}
