//! Tests of the service from outside, in one binary, with real databases, Redis and S3.
//! `scripts/test` starts the servers.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that can't go on fails, and says where"
)]
#![expect(
    clippy::disallowed_methods,
    reason = "tests read what `scripts/test` exports and compare stored times with the clock"
)]

#[path = "../simulation/model_store/mod.rs"]
mod model_store;
mod support;

mod any_profile;
mod api;
mod architecture;
mod cli;
mod compatibility;
mod faults;
mod flow;
mod queue;
mod recorded_figures;
mod snapshots;
mod store;
mod worked_example;
