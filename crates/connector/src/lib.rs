//! The contract between Backhaul and a partner's system.
//!
//! A connector is one folder that exports one [`Connector`]: a codec (bytes ↔ canonical, pure), a source that hands
//! over raw bytes, a sink that delivers effects and can look them up. It never retries, sleeps, spawns, acks or
//! dead-letters: the router does, once for all.
#![deny(missing_docs)]

pub mod capabilities;
pub mod codec;
pub mod codes;
pub mod credits;
pub mod extract;
pub mod failure;
pub mod inbound;
pub mod mapping;
pub mod notes;
pub mod paper;
pub mod ports;
pub mod published;
pub mod registration;
pub mod samples;
pub mod settings;
pub mod sink;
pub mod source;

pub use capabilities::Capabilities;
pub use codec::{Codec, Decoded};
pub use credits::{CreditsAgainst, CreditsShown, ShownCredit};
pub use extract::{Extract, ExtractAsk, Extractable, Extracted};
pub use failure::{Failure, FailureCode, FailureKind, Lacking};
pub use inbound::{Inbound, Origin, Settlement};
pub use notes::{Notes, NotesLost};
pub use ports::{Answer, Inlet, InletDelivery, Ports};
pub use published::{Governed, InForce, Publication, Published};
pub use registration::{Built, Connector};
pub use settings::{Problem, Settings};
pub use sink::{Confirmation, DuplicateGuard, Found, Outbound, Sink};
pub use source::Source;
