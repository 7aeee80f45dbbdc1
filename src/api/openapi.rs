//! The OpenAPI document, made from the handlers' own annotations.

use std::sync::LazyLock;

use actix_web::{HttpResponse, get};
use utoipa::OpenApi;

use super::{
    batches, dead_letters, dependencies, health, immediate_match, jobs, matches, profiles,
    queue_matching, queues, reweigh, search, verification,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "matching",
        description = "Scores how well candidates fit job postings, in durable priority queues, \
            with explained results and signed webhooks. Errors are RFC 9457 problem documents."
    ),
    paths(
        queue_matching::submit,
        queue_matching::submit_bulk,
        queue_matching::submit_candidates,
        jobs::job_status,
        jobs::job_result,
        jobs::cancel,
        immediate_match::score_now,
        search::search,
        reweigh::reweigh_matches,
        verification::verify_result,
        dependencies::report,
        batches::progress,
        batches::ranking,
        batches::cancel,
        dead_letters::list,
        dead_letters::groups,
        dead_letters::show,
        dead_letters::retry_one,
        dead_letters::purge_one,
        dead_letters::retry_many,
        dead_letters::purge_many,
        dead_letters::actions,
        profiles::get_candidate,
        profiles::put_candidate,
        profiles::delete_candidate,
        profiles::import_candidates,
        matches::of_candidate,
        profiles::get_job_posting,
        profiles::put_job_posting,
        profiles::delete_job_posting,
        profiles::import_job_postings,
        matches::of_job_posting,
        queues::all,
        queues::one,
        queues::pause,
        queues::resume,
        health::livez,
        health::readyz,
        health::show_metrics,
    ),
    tags(
        (name = "matching", description = "Queueing and polling matches"),
        (name = "batches", description = "What bulk calls made"),
        (name = "dead letters", description = "What failed for good, and what operators do about it"),
        (name = "profiles", description = "Candidates, job postings and their results"),
        (name = "operations", description = "Queues, and what orchestrators and monitoring ask"),
    )
)]
struct Document;

/// Whose work the service and its pages use, as Markdown; at the end of the description.
const ATTRIBUTIONS: &str = include_str!("attributions.md");

/// The OpenAPI document.
pub fn document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    let description = document.info.description.get_or_insert_default();
    description.push_str("\n\n");
    description.push_str(ATTRIBUTIONS.trim_end());
    document
}

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(document);

/// The methods that a path of the document takes; none for any other path.
pub(super) fn methods_of(path: &str) -> Vec<&'static str> {
    let Some(item) = DOCUMENT.paths.paths.get(path) else {
        return vec![];
    };
    let methods = [
        ("GET", &item.get),
        ("PUT", &item.put),
        ("POST", &item.post),
        ("DELETE", &item.delete),
    ];
    let taken = methods
        .into_iter()
        .filter(|(_, operation)| operation.is_some());
    taken.map(|(method, _)| method).collect()
}

/// Returns this document.
#[get("/openapi.json")]
pub(super) async fn openapi_json() -> HttpResponse {
    HttpResponse::Ok().json(&*DOCUMENT)
}
