//! Durable state behind one port: SQLite (embedded) and PostgreSQL.
//!
//! The rows here are plain data: identifiers, states as short words, documents as JSON text. What they
//! mean is the workflow's and the router's business; that they are written together or not at all, once,
//! and in the order of the audit chain is this crate's.

pub mod port;
pub mod rows;

pub use port::{Commit, Store, StoreError};
pub use rows::*;
