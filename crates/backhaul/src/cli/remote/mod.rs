//! The commands against a running sidecar: each asks the API what it would do on the store.
//!
//! Who asks is whom the token stands for. What is printed as JSON is what the API answers (`/v1/openapi.json`).

mod approvals;
mod audit;
mod client;
mod exceptions;
mod metrics;
mod proofs;
mod replays;
mod returns;
mod table;

pub(super) use approvals::{Decision, approval, approvals, decide};
pub(super) use audit::verify;
pub(super) use client::{Query, Sidecar, given};
pub(super) use exceptions::{
    Chosen, confirm, discard, edit, exception, exceptions, groups, replay, rerun,
};
pub(super) use metrics::metrics;
pub(super) use proofs::{proof, proofs, sign_off};
pub(super) use replays::{act, follow, run, runs, start};
pub(super) use returns::{hold, identify, returns, reverse_credit, show, timeline};

use crate::cli::{Ended, output};
