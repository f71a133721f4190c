#![doc = include_str!("WIRE.md")]
//!
//! # In this process
//!
//! [`requests`] makes the requests, the same for the same seed; [`send_all`] sends them.

mod catalogue;
mod request;
mod requests;
mod send;

pub use request::{Customer, Discount, InvoiceSnapshot, Item, OrderRef, Request, TaxLine};
pub use requests::{requests, requests_since};
pub use send::{Report, send_all};
