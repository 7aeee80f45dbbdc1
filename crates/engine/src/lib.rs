//! Scores how well a candidate fits a job posting: pure, deterministic and explained.
//!
//! [`profiles`] reads candidate and job posting documents into types, [`scoring`] compares them,
//! and [`audit`] checks that scores don't depend on who a candidate is. There is no clock, no I/O,
//! no async and no model server in this crate: the same two profiles, weights and version give the
//! same bytes on every machine.

pub mod profiles;

mod embedding;
pub mod scoring;

pub mod audit;
