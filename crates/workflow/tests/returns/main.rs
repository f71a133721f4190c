//! Returns through the workflow: cases, money, policies and invariants.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "tests"
)]

mod advance;
mod amend;
mod any_correction;
mod any_order;
mod approval_scenarios;
mod approvals;
mod approvers_file;
mod blind;
mod blind_snapshots;
mod booking;
mod chaos;
mod core_path;
mod corrections;
mod credit_properties;
mod credit_rules;
mod freight_and_label;
mod golden_vectors;
mod goods;
mod invariants;
mod invoiced;
mod late;
mod life;
mod money_facts;
mod money_of_returns;
mod onward;
mod partner_documents;
mod policy_blind;
mod policy_conditions;
mod policy_files;
mod rates;
mod replay;
mod revise;
mod several;
mod stops;
mod support;
mod taken_back;
mod taxes;
mod told_otherwise;
mod told_twice;
mod transitions;
mod uninspected;
mod without_goods;
mod world;
