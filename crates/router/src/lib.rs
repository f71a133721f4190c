//! The engine: intake, routing, effect delivery, recovery, exceptions, replay, timers.
//!
//! - [`intake`]: raw bytes from sources → decoded → published with confirm → the source is told
//! - [`engine`]: events → the workflow's answer → ONE transaction → outbox published → acked
//! - [`deliver`]: effects → leased → sent or looked up → what is known is recorded → an event again
//! - [`dead_letters`]: what the broker gave up on → the exception store
//! - [`recovery`]: what a crash, a lost message or an operator left: outbox, stalled effects, parked events, timers
//! - [`desk`]: the dead-letter desk: replay and discard
//! - [`confirm`]: a person says that an effect's document is there in its target
//! - [`front`]: an event of somebody who asks for himself, written with his request
//! - [`groups`]: exceptions that are alike
//! - [`edit`]: a copy with other bytes takes the place of a message that was refused
//! - [`crosswalk`]: codes drafted, approved and published, and what waited for them
//! - [`impact`]: what a replay would do
//! - [`replay`]: runs that give many exceptions back, a few first, the rest at a pace
//! - [`numbers`]: every metric of the house, from one implementation
//! - [`reconcile`]: the daily proof: both sides of a business day compared, and the outcome kept
//! - [`left`]: what a drain finished, and what it left
//! - [`tryout`]: what a message would come to; nothing of it is kept
//! - [`watch`]: what is being computed right now, for a watchdog
//! - [`approve`]: the approval desk; [`stake`]: what is at stake there, in words
//! - [`webhooks`]: status events told to those who want to be called
//! - [`sidecar`]: all of it together, started and drained
//!
//! Retry, dead-lettering and acknowledgement live here and nowhere else.

pub mod approve;
pub mod confirm;
pub mod crosswalk;
pub mod dead_letters;
pub mod deliver;
pub mod desk;
pub mod edit;
pub mod engine;
pub mod front;
pub mod groups;
pub mod impact;
pub mod intake;
pub mod left;
pub mod metrics;
pub mod numbers;
pub mod operator;
pub mod outcome;
mod pace;
mod reading;
pub mod reconcile;
pub mod recovery;
pub mod replay;
pub mod report;
pub mod retry;
pub mod routes;
pub mod sidecar;
pub mod spreadsheet;
pub mod trace;
pub mod tryout;
pub mod watch;
pub mod webhooks;
pub mod wire;

mod ahead;
mod alone;
mod batch;
mod breaker;
mod cache;
mod cap;
mod contain;
mod hands;
mod heard;
mod overdue;
pub mod search;
mod settle;
mod silent;
mod sla;
pub mod stake;
mod suspect;
mod unit;
mod whose;

pub use batch::claim;
pub use retry::{Disposition, RetryPolicy};
pub use routes::{Home, Route, Routes};
pub use sidecar::{Instance, Running, Sidecar, Tuning};
