//! `matching` scores how well candidates fit job postings.
//!
//! A request is accepted in the ledger, waits in a priority queue, is scored by a worker, and its
//! explained result is stored and announced by a signed webhook. The modules below are listed in
//! the order in which a request passes through them; `ARCHITECTURE.md` describes them with their
//! invariants.

pub mod application;
pub mod breaker;
pub mod cli;
mod clock;
mod coalescing;
pub mod configuration;
pub mod outage;
mod shutdown;
mod telemetry;

pub mod api;
pub mod service;

pub mod domain;

pub mod queue;
pub mod store;
mod worker;

pub mod documents;
pub mod encoder;
pub mod webhook;
