//! The functions of the service, over its ports: shared by HTTP, workers and the command line.

pub mod api_keys;
pub mod backlog;
mod backoff;
pub mod cancel;
pub mod compiled_profiles;
mod computation_slots;
pub mod compute_task;
pub mod csv;
pub mod dead_letters;
pub mod deliver_webhooks;
mod delivery_log;
pub mod delivery_schedule;
pub mod delivery_service;
pub mod dependencies;
pub mod dispatcher;
pub mod encode_profiles;
pub mod encoder;
mod error;
mod failure;
#[cfg(test)]
mod fakes;
pub mod health;
pub mod housekeeping;
pub mod immediate_match;
pub mod import;
pub mod import_steps;
pub mod invariants;
pub mod job_service;
pub mod leases;
mod operator_actions;
mod panics;
mod parallel;
pub mod processes;
pub mod profile_service;
pub mod profiles;
pub mod progress;
pub mod queues;
pub mod rematch;
pub mod result_documents;
pub mod result_service;
pub mod reweigh_results;
pub mod search;
pub mod servers;
pub mod submit;
pub mod verify_result;
pub mod watching;
pub mod webhook_transport;

pub use self::{
    backoff::Backoff,
    error::{Outage, ServiceError},
};
