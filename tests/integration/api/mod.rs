//! The HTTP interface, call by call, on an embedded service.

mod backlog;
mod bad_input;
mod cross_site;
mod dead_letters;
mod description;
mod encoding;
mod immediate_match;
mod imports;
mod job_lists;
mod keys;
mod languages;
mod leniency;
mod limits;
mod malformed;
mod profiles;
mod queues;
mod repeated;
mod requests;
mod search;
mod waiting;
mod webhook_deliveries;
mod webhook_endpoints;
mod weights;

use crate::support::{api::Api, environment::Environment, process::Process};

/// Starts an API without workers, so that the state of jobs does not change during a test.
async fn accepting() -> (Environment, Process, Api) {
    let environment = Environment::embedded();
    let process = environment.serve(&["--no-workers"]).await;
    let api = process.api();
    (environment, process, api)
}
