//! A return's life as pure functions: lifecycle, buckets, policy, credit, approvals, effects. No I/O, no clock.
//!
//! [`apply()`] is the door: (state, event, surroundings) give a [`Step`], which the caller commits as one. Behind it, in
//! the order of a return's life:
//!
//! - the beginning: `request`, `eligibility`, `authorize`, `reservation` (units of the invoice, over all returns)
//! - goods that came without a return: [`cascade`] (whose they can only be), `learn`, `blind` (a return that holds them),
//!   `identify` (somebody says whose they are)
//! - goods: `receive`, `serial`, `late`, `booking` (stock on hold in the ERP), `reverse`, `unreceive`,
//!   `snapshot`, `inspect`, `reinspect`, `dispose`, `slices`, `undispose`, `recall`;
//!   what comes before its turn is kept by `park`
//! - money: `rule` (what the policy says), `compensate` (what is due), `beside` (what other credits of the return stand
//!   for), [`credit`] (how much), `release` and [`guard`]
//!   (may it leave), `post` (the credit memo), `decide` and `escalate` (approvals), `history` (what other returns were
//!   credited); `correct`, `corrected` and `covered` (goods looked at again after the credit), `uncredit` (a memo is taken back), `hold` (what stops
//!   money for now)
//! - before or without goods: `no_receipt` (credit only), `exposure` (credited or replaced in advance), `recovery` (what
//!   of it does not come back), `replace` (other goods instead), `vendor` (goods on to their supplier)
//! - what is asked for once is done once: `commands`
//! - the end: `settle` (outcomes of effects), `timers`, `lifecycle` (its steps as a table: `machine`)
//! - an operator's replay: `again` (what waits is looked at anew), `repin` (under which policy)
//! - without being asked: [`precheck()`], what would become of a request; [`decisions()`], what a policy says of a return
//! - throughout: [`buckets`] (where every quantity is), `state`, `status` and `milestone` (what the outside may know),
//!   `keys`, `plan`, `terms` (by what it is found), `proven` (what the daily proof asks)
pub mod approvals;
pub mod approvers;
pub mod buckets;
pub mod cascade;
pub mod claims;
pub mod credit;
pub mod guard;
pub mod policy;

mod account;
mod again;
mod amend;
mod apply;
mod authorize;
mod beside;
mod blind;
mod booking;
mod commands;
mod compensate;
mod correct;
mod corrected;
mod covered;
mod decide;
mod decisions;
mod dispose;
mod eligibility;
mod escalate;
mod exposure;
mod facts;
mod held;
mod history;
mod hold;
mod identify;
mod inspect;
mod invoiced;
mod keys;
mod late;
mod learn;
mod lifecycle;
mod machine;
mod milestone;
mod money_state;
mod no_receipt;
mod park;
mod partner;
mod plan;
mod post;
mod precheck;
mod proven;
mod recall;
mod receive;
mod recovery;
mod reinspect;
mod release;
mod repin;
mod replace;
mod request;
mod reservation;
mod reverse;
mod revise;
mod rule;
mod serial;
mod settle;
mod slices;
mod snapshot;
mod state;
mod status;
mod step;
mod tax;
mod terms;
mod timers;
mod timing;
mod uncredit;
mod undispose;
mod uninspected;
mod unreceive;
mod variance;
mod vendor;
mod work;
mod worth;

pub use apply::{apply, invoice_lines_of};
pub use approvers::Approvers;
pub use blind::learnt_name;
pub use buckets::{Bucket, Buckets};
pub use compensate::calculation_of;
pub use corrected::{Correction, corrected_memo, correction_of};
pub use decisions::{Decision, decisions};
pub use exposure::{Exposure, ExposureKind, Owed, Recovery};
pub use history::{CreditFact, CreditFactState, History, HistoryAsk, credit_facts};
pub use machine::{TRANSITIONS, Transition};
pub use money_state::{CreditRecord, CreditState, EffectRecord, EffectState, Slice, SliceCredit};
pub use policy::PolicySet;
pub use precheck::{LineOutlook, Outlook, Precheck, precheck};
pub use proven::{KnownLine, KnownReceipt};
pub use request::{names_of, return_id_of};
pub use state::{LineState, ReturnState};

pub use step::{Claim, Found, Given, PlannedEffect, Raised, Step, TimerSet, Verdict};
pub use tax::TaxStand;
pub use terms::{LONGEST_TERM, TermKind, new_terms, terms};
pub use timing::{Passed, Timed};
pub use worth::{Worth, worth_of};
