//! Bytes ↔ interchanges: X12 and EDIFACT read, checked, written and acknowledged. Knows the syntax and the shape of the
//! sets, not what a return is.
#![allow(
    clippy::result_large_err,
    reason = "an error ends an interchange: it is rare and may be large"
)]

pub(crate) mod ack;
mod assemble;
mod assemble_edifact;
mod assemble_x12;
#[doc(hidden)]
pub mod bench;
mod binary;
mod charset;
pub(crate) mod check;
mod codes;
mod cut;
mod edifact_header;
mod foreign;
pub(crate) mod limits;
pub(crate) mod model;
pub(crate) mod outgoing;
pub(crate) mod read;
mod scan;
pub(crate) mod schema;
mod segment;
pub(crate) mod split;
pub(crate) mod stream;
pub(crate) mod write;
mod write_segment;
mod x12_header;
