//! A return's life as pure functions: lifecycle, buckets, policy, credit, approvals, effects. No I/O, no clock.
//!
//! [`apply()`] is the door: (state, event, surroundings) give a [`Step`], which the caller commits as one. Behind it, in
//! the order of a return's life:
//!
//! - the beginning: `request`, `eligibility`, `authorize`, `reservation` (units of the invoice, over all returns)
//! - goods: `receive`, `serial`, `late`, `booking` (stock on hold in the ERP), `reverse`, `unreceive`,
//!   `snapshot`, `inspect`, `reinspect`, `dispose`, `slices`, `undispose`;
//!   what comes before its turn is kept by `park`
//! - money: `rule` (what the policy says), `compensate` (what is due), [`credit`] (how much), `release` and [`guard`]
//!   (may it leave), `post` (the credit memo), `decide` (approvals)
//! - before or without goods: `no_receipt` (credit only), `exposure` (credited or replaced in advance), `recovery` (what
//!   of it does not come back), `replace` (other goods instead), `vendor` (goods on to their supplier)
//! - the end: `settle` (outcomes of effects), `timers`, `lifecycle`
//! - an operator's replay: `again` (what waits is looked at anew), `repin` (under which policy)
//! - throughout: [`buckets`] (where every quantity is), `state`, `status` and `milestone` (what the outside may know),
//!   `keys`, `plan`
pub mod approvals;
pub mod buckets;
pub mod claims;
pub mod credit;
pub mod guard;
pub mod policy;

mod again;
mod apply;
mod authorize;
mod booking;
mod compensate;
mod decide;
mod dispose;
mod eligibility;
mod exposure;
mod facts;
mod inspect;
mod keys;
mod late;
mod lifecycle;
mod milestone;
mod money_state;
mod no_receipt;
mod park;
mod partner;
mod plan;
mod post;
mod receive;
mod recovery;
mod reinspect;
mod release;
mod repin;
mod replace;
mod request;
mod reservation;
mod reverse;
mod rule;
mod serial;
mod settle;
mod slices;
mod snapshot;
mod state;
mod status;
mod step;
mod timers;
mod undispose;
mod uninspected;
mod unreceive;
mod vendor;
mod work;

pub use apply::{apply, invoice_lines_of};
pub use buckets::{Bucket, Buckets};
pub use exposure::{Exposure, ExposureKind, Owed, Recovery};
pub use money_state::{CreditRecord, CreditState, EffectRecord, EffectState, Slice, SliceCredit};
pub use policy::PolicySet;
pub use request::return_id_of;
pub use state::{LineState, ReturnState};
pub use step::{Claim, Given, PlannedEffect, Raised, Step, TimerSet, Verdict};
