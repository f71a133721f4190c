//! The HTTP API, served by a whole sidecar on embedded broker and store, asked over real connections.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "tests"
)]

mod access;
mod amending;
mod approvals;
mod asking;
mod broken;
mod desk;
mod identifying;
mod looking;
mod money;
mod monitoring;
mod nowhere;
mod oidc;
mod oidc_members;
mod oidc_trouble;
mod pages;
mod pages_approve;
mod pages_audit;
mod pages_desk;
mod pages_identify;
mod pages_live;
mod pages_proofs;
mod pages_users;
mod personal;
mod proofs;
mod remote;
mod remote_strange;
mod roles;
mod secrets;
mod sessions;
mod strangers;
mod support;
mod telling;
mod trying;
mod visitor;
mod webhooks;
