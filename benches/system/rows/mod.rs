//! The rows of the table, one file for each, with its name on the command line.

pub mod accept;
pub mod bulk;
pub mod concurrent;
pub mod import;
pub mod million;
pub mod scoring;
pub mod single;
pub mod start;
pub mod status;
pub mod stored;

/// The number of rounds in which two sides take turns.
pub const ROUNDS: i64 = 3;
