//! The language of Backhaul: what a return, a receipt, an inspection, a disposition and a credit are, exactly.
//!
//! Every connector translates its partner's words into these types and back; every message on the broker
//! carries one of them in a CloudEvents envelope. No I/O, no clock, no randomness.
//!
//! - exact values: [`money`], [`quantity`]
//! - names and keys: [`ids`], [`key`]
//! - the model: [`header`], [`mod@line`], [`invoice`], [`receipt`], [`identification`], [`inspection`],
//!   [`disposition`], [`calculation`], [`approval`], [`effect`], [`exception`], [`status`], [`crosswalk`]
//! - code lists: [`codes`]
//! - what travels: [`event`], [`command`], [`envelope`]; their JSON Schemas: [`schema`]
#![deny(missing_docs)]

pub mod approval;
pub mod calculation;
pub mod codes;
pub mod command;
pub mod crosswalk;
pub mod currency;
pub mod disposition;
pub mod effect;
pub mod envelope;
pub mod event;
pub mod exception;
pub mod header;
pub mod identification;
pub mod ids;
pub mod inspection;
pub mod invoice;
pub mod key;
pub mod line;
pub mod money;
pub mod quantity;
pub mod receipt;
pub mod schema;
pub mod status;

pub use codes::*;
pub use command::{Command, CommandData};
pub use currency::Currency;
pub use envelope::Envelope;
pub use event::{Event, EventData};
pub use ids::ReturnName;
pub use key::{EffectKey, MessageKey};
pub use money::Money;
pub use quantity::{Qty, Ratio};
