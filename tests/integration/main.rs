//! Tests through the public interface, against real databases, queues and receivers. One binary:
//! each module is one part of the service. `scripts/test` starts what they need.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a helper that fails should fail its test at that line"
)]

mod support;

mod store;
