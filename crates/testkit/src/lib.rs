//! For tests: conformance suite for connectors, golden files, private RabbitMQ and PostgreSQL.

pub mod conformance;
pub mod golden;
pub mod postgres;
pub mod rabbit;
