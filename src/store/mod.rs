//! Everything durable: profiles, the ledger of tasks, results and webhook deliveries.
//!
//! The only module with SQL. [`ports`] has one trait for each concept, `postgres` and `sqlite`
//! implement each in the file of that name, and [`Store`] combines all of them. Each writing method
//! is one business event in one transaction.

mod error;
mod error_codes;
mod migrations;
mod reweighing;
mod rows;

pub mod ports;

pub mod postgres;
pub mod sqlite;

pub use self::{error::StoreError, ports::*};
