//! The service from outside: one binary of tests, against real databases, Redis and S3.
//! `scripts/test` starts what they need.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails, and says where"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read what `scripts/test` exports and compare stored times with the clock"
)]

mod support;

mod any_profile;
mod api;
mod architecture;
mod cli;
mod faults;
mod flow;
mod queue;
mod snapshots;
mod store;
mod worked_example;
