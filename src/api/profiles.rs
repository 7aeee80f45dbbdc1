//! `/api/v1/candidates` and `/api/v1/job-postings`: putting, reading, removing and importing
//! profiles.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::LOCATION,
    post, put,
    web::{Data, Path, Payload},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{read_body, read_json, read_path_id},
};
use crate::service::{
    profile_lines::{self, ImportError},
    profiles,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// How much larger than other bodies an import may be.
const IMPORT_FACTOR: usize = 10;

/// A stored profile.
#[derive(Serialize, ToSchema)]
pub struct StoredAnswer {
    /// Its id.
    id: i64,
    /// Whether it was not there before.
    created: bool,
}

/// What an import changed.
#[derive(Serialize, ToSchema)]
pub struct ImportAnswer {
    /// Profiles stored; of lines with the same id the last counts.
    imported: u64,
    /// Profiles that were not there before.
    created: u64,
    /// Profiles that replaced an older one.
    replaced: u64,
}

/// Returns a candidate as it was put.
#[utoipa::path(tag = "profiles",
    responses((status = 200, body = Object), (status = 404, body = ProblemDocument)))]
#[get("/api/v1/candidates/{id}")]
pub(super) async fn get_candidate(
    id: Path<String>,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    get_profile(&state, ProfileKind::Candidate, &id).await
}

/// Stores a candidate, replacing an older one.
#[utoipa::path(tag = "profiles", request_body = Object,
    responses((status = 201, body = StoredAnswer), (status = 200, body = StoredAnswer, description = "replaced"),
        (status = 422, body = ProblemDocument)))]
#[put("/api/v1/candidates/{id}")]
pub(super) async fn put_candidate(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    put_profile(&state, ProfileKind::Candidate, &id, &request, payload).await
}

/// Removes a candidate; its results stay.
#[utoipa::path(tag = "profiles",
    responses((status = 204, description = "removed"), (status = 404, body = ProblemDocument)))]
#[delete("/api/v1/candidates/{id}")]
pub(super) async fn delete_candidate(
    id: Path<String>,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    delete_profile(&state, ProfileKind::Candidate, &id).await
}

/// Returns a job posting as it was put.
#[utoipa::path(tag = "profiles",
    responses((status = 200, body = Object), (status = 404, body = ProblemDocument)))]
#[get("/api/v1/job-postings/{id}")]
pub(super) async fn get_job_posting(
    id: Path<String>,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    get_profile(&state, ProfileKind::JobPosting, &id).await
}

/// Stores a job posting, replacing an older one.
#[utoipa::path(tag = "profiles", request_body = Object,
    responses((status = 201, body = StoredAnswer), (status = 200, body = StoredAnswer, description = "replaced"),
        (status = 422, body = ProblemDocument)))]
#[put("/api/v1/job-postings/{id}")]
pub(super) async fn put_job_posting(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    put_profile(&state, ProfileKind::JobPosting, &id, &request, payload).await
}

/// Removes a job posting; its results stay.
#[utoipa::path(tag = "profiles",
    responses((status = 204, description = "removed"), (status = 404, body = ProblemDocument)))]
#[delete("/api/v1/job-postings/{id}")]
pub(super) async fn delete_job_posting(
    id: Path<String>,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    delete_profile(&state, ProfileKind::JobPosting, &id).await
}

/// Stores many candidates: one JSON document a line. All lines or, if any is wrong, none.
#[utoipa::path(tag = "profiles", request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = ImportAnswer), (status = 422, body = ProblemDocument)))]
#[post("/api/v1/candidates:import")]
pub(super) async fn import_candidates(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    import(&state, ProfileKind::Candidate, &request, payload).await
}

/// Stores many job postings: one JSON document a line. All lines or, if any is wrong, none.
#[utoipa::path(tag = "profiles", request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = ImportAnswer), (status = 422, body = ProblemDocument)))]
#[post("/api/v1/job-postings:import")]
pub(super) async fn import_job_postings(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    import(&state, ProfileKind::JobPosting, &request, payload).await
}

async fn get_profile(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: &str,
) -> Result<HttpResponse, Problem> {
    let id = read_path_id(id)?;
    let store = Arc::clone(&state.store);
    let stored = state
        .run(async move { Ok(store.profile(kind, id).await?) })
        .await?;
    let stored = stored.ok_or_else(|| not_found(kind, id))?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(stored.document))
}

async fn put_profile(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: &str,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = read_path_id(id)?;
    let document = read_json(request, payload, state.settings.body_limit).await?;
    let (own_id, mut document) = profiles::check(kind, document).map_err(|faults| {
        Problem::invalid(
            faults
                .iter()
                .map(|fault| FieldProblem::of_profile("", fault))
                .collect(),
        )
    })?;
    if own_id.is_some_and(|own_id| own_id != id) {
        let detail = format!("the path says {id}; send the same id or none");
        return Err(Problem::invalid(vec![FieldProblem::new(
            "body",
            "/id",
            "inconsistent",
            detail,
        )]));
    }
    profiles::set_id(&mut document, id);
    let store = Arc::clone(&state.store);
    let put = state
        .run(async move { Ok(profiles::put(&*store, kind, id, &document).await?) })
        .await?;
    let created = put.created > 0;
    let mut response = if created {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    Ok(response
        .insert_header((LOCATION, request.path().to_owned()))
        .json(StoredAnswer { id, created }))
}

async fn delete_profile(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: &str,
) -> Result<HttpResponse, Problem> {
    let id = read_path_id(id)?;
    let store = Arc::clone(&state.store);
    let removed = state
        .run(async move { Ok(store.delete_profile(kind, id).await?) })
        .await?;
    if removed {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(not_found(kind, id))
    }
}

fn not_found(kind: ProfileKind, id: i64) -> Problem {
    Problem::not_found(profiles::not_found(kind, id).detail)
}

async fn import(
    state: &Data<ApiState>,
    kind: ProfileKind,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let body = read_body(request, payload, state.settings.body_limit * IMPORT_FACTOR).await?;
    if body.trim_ascii().is_empty() {
        let detail = "send one JSON document a line";
        let missing = FieldProblem::new("body", "", "missing", detail);
        return Err(Problem::invalid(vec![missing]));
    }
    let store = Arc::clone(&state.store);
    let put = state
        .run(async move { Ok(profile_lines::import(&*store, kind, body, MOST_FAULTS).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(ImportAnswer {
        imported: put.created + put.replaced,
        created: put.created,
        replaced: put.replaced,
    }))
}

/// Faults of an import that an answer lists.
const MOST_FAULTS: usize = 100;

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let bad_lines = match error {
            ImportError::BadLines(bad_lines) => bad_lines,
            ImportError::Store(error) => return error.into(),
            ImportError::BrokeOff => return Self::internal(),
        };
        let faults = bad_lines.iter().flat_map(|(number, faults)| {
            faults.iter().map(|fault| FieldProblem {
                line: Some(*number),
                ..FieldProblem::of_profile("", fault)
            })
        });
        Self::invalid(faults.take(MOST_FAULTS).collect())
    }
}
