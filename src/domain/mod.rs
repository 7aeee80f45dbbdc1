//! The domain types of the service: no clock, no I/O, no async. Profiles are in the engine crate.

pub mod identifiers;
pub mod job_filter;
pub mod queue_name;

pub mod dependency;
pub mod endpoint;
pub mod error_fingerprint;
pub mod revision;
pub mod submission;
pub mod task;
pub mod trace;

pub mod api_key;
pub mod dead_letter;
pub mod operator_action;
pub mod paging;
pub mod process;
pub mod progress;
pub mod queue_depth;
pub mod ranking;

pub mod delivery;
pub mod event;
pub mod webhook_secret;
