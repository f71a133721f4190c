//! Partners that misbehave on demand, with ledgers: a WMS, a warehouse of files, a REST ERP, a SOAP ERP, an EDI partner, a
//! portal that asks for returns, and an identity provider at which people sign in ([`oidc`]).
//!
//! They are real servers and folders with wires of their own ([`erp`], [`erp_soap`], [`wms`], [`warehouse_file`],
//! [`edi_partner`], [`portal`]) and know nothing of anybody else's model.
//! Each keeps a ledger of what was really committed, so that a test can compare what the middleware believes with what
//! happened. [`faults`] makes them fail in the ways real partners fail, above all: *done, but the answer was lost*.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! let erp = simulators::erp::ErpSim::start(simulators::erp::Config::default()).await?;
//! let rule = simulators::faults::Rule::once(simulators::faults::Fault::CommitThenDrop);
//! erp.faults().add(rule.on("POST /api/creditMemos"));
//! // … let something post a credit memo to erp.url(), then:
//! assert!(erp.ledger().duplicates.is_empty());
//! erp.shutdown().await;
//! # Ok(())
//! # }
//! ```

mod answer;
mod decimal;
mod draw;
pub mod edi_partner;
pub mod emit;
pub mod erp;
pub mod erp_soap;
pub mod faults;
mod line;
pub mod mail;
pub mod oidc;
pub mod portal;
mod server;
pub mod signature;
pub mod tax;
pub mod warehouse_file;
pub mod wms;

/// The REST ERP under the name the command line knows it by.
pub use erp as erp_rest;

pub use decimal::{Decimal, NotADecimal};
pub use server::Running;
