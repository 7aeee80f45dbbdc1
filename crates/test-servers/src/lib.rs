//! Starts the servers that tests and benchmarks need, on free ports of 127.0.0.1 and with their
//! files in temporary folders.
//!
//! PostgreSQL, Redis and PgBouncer are programs that `scripts/test` finds and names in the
//! environment; the example `test-servers` starts those that all tests share. S3 runs in this
//! process. [`proxy`] interrupts the connection to any of them, and
//! [`polling`] waits for what nothing announces.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a server that does not start fails the test or benchmark"
)]

pub mod commands;
pub mod object_store;
pub mod pgbouncer;
pub mod polling;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod redis;
