//! The words of the service as types: no clock, no I/O, no async.

pub mod identifiers;
pub mod queue_name;

pub mod dependency;
pub mod profile_kind;
pub mod submission;
pub mod task;

pub mod delivery;
pub mod event;
