//! The OpenAPI document, collected from the handlers' annotations while they are registered.

use std::sync::LazyLock;

use actix_web::{App, HttpResponse, get};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "matching",
        description = "Scores how well candidates fit job postings, in durable priority queues, \
            with explained results and signed webhooks. Errors are RFC 9457 problem documents."
    ),
    tags(
        (name = "matching", description = "Submitting matches and reading their state and results"),
        (name = "batches", description = "Bulk submissions: progress, ranking and cancellation"),
        (name = "dead letters", description = "Permanently failed tasks: list, retry, purge"),
        (name = "webhooks", description = "Webhooks: list, show, resend"),
        (name = "profiles", description = "Candidates, job postings and their results"),
        (name = "operations", description = "Queues, liveness, readiness and metrics"),
    )
)]
struct Document;

/// Credits of the data and libraries used, in Markdown; appended to the description.
const ATTRIBUTIONS: &str = include_str!("attributions.md");

/// Returns the OpenAPI document of all registered calls.
pub fn document() -> utoipa::openapi::OpenApi {
    let app = App::new().into_utoipa_app().openapi(Document::openapi());
    let (_, mut document) = app.configure(super::calls).split_for_parts();
    let description = document.info.description.get_or_insert_default();
    description.push_str("\n\n");
    description.push_str(ATTRIBUTIONS.trim_end());
    document
}

static DOCUMENT: LazyLock<utoipa::openapi::OpenApi> = LazyLock::new(document);

/// Returns the methods of a path pattern of the document; none for an unknown path.
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
