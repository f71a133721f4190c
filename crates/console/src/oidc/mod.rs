//! Signing in at an identity provider: OpenID Connect, authorization code flow with PKCE.
//!
//! - [`settings`]: what is configured
//! - `fetch`: what the provider is asked, with limits; `metadata`: its description; `keys`: those that it signs with
//! - `token`: what makes an ID token good; `claims`: who it is, and in which groups
//! - `pending`: sign-ins under way, each of one browser
//! - `provider`: the two halves of a sign-in; `refusal`: why there is none
//!
//! Sources: OpenID Connect Core 1.0 §3.1, Discovery 1.0 §4, RFC 6749, RFC 7636 (PKCE), RFC 9207 (`iss` of the answer), RFC 9700
//! (best current practice). Nothing of a code or a token is logged.

mod claims;
mod fetch;
mod keys;
mod metadata;
mod pending;
mod provider;
mod refusal;
pub mod settings;
mod token;

pub use provider::Provider;
pub use settings::Settings;

pub(crate) use claims::Identity;
pub(crate) use pending::{Begun, Pending};
pub(crate) use provider::Answer;
pub(crate) use refusal::Refusal;
