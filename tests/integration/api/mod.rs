//! The HTTP interface, call by call, on an embedded service.

mod backlog;
mod bad_input;
mod dead_letters;
mod description;
mod encoding;
mod immediate_match;
mod keys;
mod languages;
mod profiles;
mod queues;
mod repeated;
mod requests;
mod search;
mod weights;

use crate::support::{api::Api, place::Place, process::Process};

/// Starts an API without workers, so that the state of jobs does not change during a test.
async fn accepting() -> (Place, Process, Api) {
    let place = Place::embedded();
    let process = place.serve(&["--no-workers"]).await;
    let api = process.api();
    (place, process, api)
}
