//! The simulated partners: what they accept, what they refuse, how they misbehave, what their ledgers say.
#![allow(
    clippy::expect_used,
    clippy::format_push_string,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod edi_faults;
mod edi_partner;
mod edi_warehouse;
mod erp;
mod erp_rules;
mod erp_soap;
mod erp_soap_faults;
mod faults;
mod portal;
mod support;
mod warehouse_file;
mod warehouse_file_faults;
mod wms;
