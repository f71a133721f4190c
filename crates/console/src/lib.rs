//! The HTTP API `/v1`: returns, effects, exceptions and the audit, for other systems; and pages of the same for people.
//!
//! - [`access`]: tokens, what each may do, and what each route asks for
//! - `mask`: personal data is covered for those who may not see it
//! - [`roles`]: sets of scopes by name; `users`, [`password`]: people who sign in by name and password
//! - [`oidc`], `members`: people who sign in at an identity provider
//! - [`api`]: what the API stands on, and its routes; [`openapi()`]: their description
//! - `gate`: every request passes it: ids, token, headers; `problem`: every refusal looks the same; `rescue`: a panic is one;
//!   `origin`: where a request comes from; `strangers`: what those tried whom nobody knows
//! - `once`: `Idempotency-Key`; `post`: what a `POST` on something says, done once
//! - `answers`: what takes long to find is told again for a moment; `counted`: numbers are, and those that pages show first are
//!   counted before somebody asks
//! - [`webhook`]: how those who want to be called are called
//! - `returns`, `effects`, `exceptions`, `approvals`, `messages`, `numbers`, `audit`, `events`: what can be asked
//! - `pages`: the operators' console
//!
//! Nothing is decided here. A request becomes an event and goes the way of all events; decisions on exceptions
//! and approvals are those of the router's desks.
#![deny(missing_docs)]
#![allow(
    unused_qualifications,
    reason = "the macro that describes routes writes paths in full"
)]

pub mod access;
pub mod api;

mod answers;
mod approvals;
mod ask;
mod audit;
mod counted;
mod effects;
mod events;
mod exceptions;
mod gate;
mod mask;
mod members;
mod messages;
mod numbers;
pub mod oidc;
mod once;
mod openapi;
mod origin;
mod page;
mod pages;
pub mod password;
mod post;
mod problem;
mod proofs;
mod replays;
mod rescue;
mod returns;
pub mod roles;
mod strangers;
mod users;
mod wait;
pub mod webhook;

pub use access::{Holder, Scope, Token, Tokens, Who};
pub use api::{Api, Codecs, Pages};
pub use openapi::openapi;
pub use roles::Roles;
pub use users::{may_everything, others_administer};
