//! HTTP: one file for each operation, thin over `service`. Wire types live here and nowhere else,
//! since their shape is a promise.
//!
//! A handler reads its request completely before it acts, so bad input stores nothing, and runs the
//! service on the main runtime: connections then outlive the HTTP threads, and a client that hangs
//! up interrupts no transaction.

mod access;
mod batches;
mod context;
mod dead_letters;
mod dependencies;
mod faults;
mod fields;
mod health;
mod immediate_match;
mod jobs;
mod language;
mod matches;
mod openapi;
mod problem;
mod profiles;
mod queue_matching;
mod queues;
mod reading;
mod result_schema;
mod reweigh;
mod search;
mod state;
mod verification;

use actix_web::{App, HttpServer, dev::Server, middleware::from_fn, web};
use utoipa_actix_web::service_config::ServiceConfig;
use utoipa_swagger_ui::SwaggerUi;

pub use self::{
    openapi::document,
    state::{ApiSettings, ApiState},
    verification::VerificationAnswer,
};

/// Binds the address and prepares the server; it serves when polled and stops by its handle.
///
/// # Errors
/// When the address can't be bound.
pub fn server(
    listener: std::net::TcpListener,
    state: ApiState,
    threads: usize,
    shutdown_grace_seconds: u64,
) -> std::io::Result<Server> {
    let state = web::Data::new(state);
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .configure(routes)
            .default_service(web::to(problem::no_such_page))
            .wrap(from_fn(access::require_key))
            .wrap(from_fn(context::describe_request))
    })
    .workers(threads)
    .tcp_nodelay(true)
    .disable_signals()
    .shutdown_timeout(shutdown_grace_seconds)
    .listen(listener)?
    .run();
    Ok(server)
}

/// Registers every page: the described calls, the document itself and the pages that show it.
fn routes(app: &mut web::ServiceConfig) {
    calls(&mut ServiceConfig::new(app));
    app.service(openapi::openapi_json)
        .service(web::redirect("/docs", "/docs/"))
        .service(SwaggerUi::new("/docs/{_:.*}").url("/openapi.json", document()));
}

/// Registers every call that the OpenAPI document describes. The only list of routes: the document
/// is made by running it. Of two patterns that match one path, the first counts.
fn calls(app: &mut ServiceConfig<'_>) {
    app.service(queue_matching::submit)
        .service(queue_matching::submit_bulk)
        .service(queue_matching::submit_candidates)
        .service(jobs::job_status)
        .service(jobs::job_result)
        .service(jobs::cancel)
        .service(immediate_match::score_now)
        .service(search::search)
        .service(reweigh::reweigh_matches)
        .service(verification::verify_result)
        .service(profiles::import_candidates)
        .service(profiles::import_job_postings)
        .service(profiles::get_candidate)
        .service(profiles::put_candidate)
        .service(profiles::delete_candidate)
        .service(profiles::get_job_posting)
        .service(profiles::put_job_posting)
        .service(profiles::delete_job_posting)
        .service(matches::of_candidate)
        .service(matches::of_job_posting)
        .service(batches::progress)
        .service(batches::ranking)
        .service(batches::cancel)
        .service(dead_letters::list)
        .service(dead_letters::groups)
        .service(dead_letters::actions)
        .service(dead_letters::retry_many)
        .service(dead_letters::purge_many)
        .service(dead_letters::retry_one)
        .service(dead_letters::show)
        .service(dead_letters::purge_one)
        .service(dependencies::report)
        .service(queues::all)
        .service(queues::pause)
        .service(queues::resume)
        .service(queues::one)
        .service(health::livez)
        .service(health::readyz)
        .service(health::show_metrics);
}
