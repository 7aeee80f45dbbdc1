//! The words of the service as types: no clock, no I/O, no async.

pub mod identifiers;
