//! `POST /api/v1/dependencies/{id}`: work outside this service, such as a CV parsing, has ended.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path, Payload},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    problem::{Problem, ProblemDocument},
    reading::{Fields, read_json},
};
use crate::{
    domain::{dependency::DependencyOutcome, identifiers::JobId},
    service::dependencies,
};

/// How the outside work ended.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct DependencyBody {
    /// `completed` or `failed`.
    #[schema(example = "completed")]
    status: String,
}

/// The report as it is recorded.
#[derive(Serialize, ToSchema)]
pub struct DependencyAnswer {
    /// The outside work's id.
    dependency_id: String,
    /// What was reported now.
    status: &'static str,
    /// False when the same was reported before.
    recorded: bool,
}

/// Reports the end of outside work; jobs that wait for it run or fail now, and jobs that name it
/// later do at once. The same report may come again.
#[utoipa::path(tag = "matching", request_body = DependencyBody,
    responses((status = 200, body = DependencyAnswer),
        (status = 409, body = ProblemDocument, description = "the opposite was reported before, or the id is a job or batch of this service"),
        (status = 422, body = ProblemDocument)))]
#[post("/api/v1/dependencies/{id}")]
pub(super) async fn report(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let mut body = Fields::of(read_json(&request, payload, state.settings.body_limit).await?)?;
    if id.chars().count() > 255 || id.chars().any(char::is_control) {
        body.fault(
            "/id",
            "malformed",
            "an id has 1 to 255 characters, none of them control",
        );
    }
    let status = body.text("status");
    let outcome = status.as_deref().and_then(DependencyOutcome::parse);
    if outcome.is_none() && body.faults.is_empty() {
        let code = if status.is_none() {
            "missing"
        } else {
            "unknown_value"
        };
        body.fault("/status", code, "send completed or failed");
    }
    body.finish()?;
    let outcome = outcome.unwrap_or(DependencyOutcome::Failed);
    let (store, dispatcher) = (Arc::clone(&state.store), Arc::clone(&state.dispatcher));
    let dependency = JobId::from_trusted(id.clone());
    let recorded =
        state
            .run(async move {
                Ok(dependencies::report(&*store, &dispatcher, &dependency, outcome).await?)
            })
            .await?;
    let status = outcome.as_str();
    Ok(HttpResponse::Ok().json(DependencyAnswer {
        dependency_id: id,
        status,
        recorded,
    }))
}
