//! Deterministic simulation: the real router, workflow, retry and delivery code runs in one process against a simulated
//! clock, broker, store and partners. One seed decides everything that can go wrong; the same seed goes wrong in the same
//! way each time.
//!
//! - [`plan`]: what a seed is in for: how many processes, which partners, which faults and how often
//! - [`chance`]: where the faults come from, and how many there were
//! - [`process`]: one incarnation of a sidecar: it may be frozen, and it may die at every step to the outside
//! - [`queues`], [`amqp`]: a broker as RabbitMQ is, when it has a bad day
//! - [`store`]: the real SQL on a database in memory, behind a connection that breaks
//! - [`partner`], [`sink`]: an ERP, a mailbox, an EDI partner with ledgers
//! - [`feed`], [`story`]: what warehouses and portals say, too early, twice, out of order
//! - [`operator`]: people: they approve, and give dead letters back
//! - [`check`], [`once`], [`shown`]: what must hold in the end
//! - [`run`]: one seed from the beginning to the end

pub mod amqp;
pub mod chance;
pub mod check;
pub mod feed;
pub mod hop;
mod once;
pub mod operator;
pub mod partner;
pub mod plan;
pub mod process;
pub mod queues;
pub mod run;
mod shown;
pub mod sink;
pub mod store;
pub mod story;
pub mod world;
