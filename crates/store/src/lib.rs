//! Durable state behind one port: SQLite (embedded) and PostgreSQL.
//!
//! The rows here are plain data: identifiers, states as short words, documents as JSON text. What they
//! mean is the workflow's and the router's business; that they are written together or not at all, once,
//! and in the order of the audit chain is this crate's.

mod audit;
mod clock;
mod crosswalk;
mod instant;
mod lease;
mod machine;
mod note;
mod open;
pub mod port;
pub mod postgres;
pub mod queue_log;
mod ranges;
mod replay_run;
pub mod rows;
pub mod sqlite;
mod users;
mod words;

pub use audit::{AuditError, Broken, Verified, audit_verify};
pub use clock::Clock;
pub use crosswalk::{CrosswalkBook, CrosswalkChange, CrosswalkRow, MissingCode};
pub use machine::{EFFECT_TRANSITIONS, EffectTransition};
pub use note::NoteName;
pub use open::open;
pub use port::{Commit, Store, StoreError, chain_hash};
pub use postgres::{PostgresOptions, PostgresStore};
pub use replay_run::{ReplayRunChange, ReplayRunFilter, ReplayRunRow};
pub use rows::*;
pub use sqlite::SqliteStore;
pub use users::{UserChange, UserRow};
