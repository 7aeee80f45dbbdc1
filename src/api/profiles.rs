//! `/api/v1/candidates` and `/api/v1/job-postings`: putting, reading, removing and importing
//! profiles.

use std::{num::NonZero, sync::Arc, thread};

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
use crate::{domain::profile_kind::ProfileKind, service::profiles};

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
    let store = Arc::clone(&state.store);
    let answer = state
        .run(async move {
            let documents = tokio::task::spawn_blocking(move || read_lines(kind, &body))
                .await
                .map_err(|_| Problem::internal())??;
            let put = store.put_profiles(kind, &documents).await?;
            Ok(ImportAnswer {
                imported: put.created + put.replaced,
                created: put.created,
                replaced: put.replaced,
            })
        })
        .await?;
    Ok(HttpResponse::Ok().json(answer))
}

/// Faults of an import that an answer lists.
const MOST_FAULTS: usize = 100;
/// Lines that are worth a thread.
const LEAST_SHARE: usize = 200;

/// Checks every line before any is stored, on all processors; after many faults the rest is not looked
/// at.
fn read_lines(kind: ProfileKind, body: &[u8]) -> Result<Vec<(i64, String)>, Problem> {
    let lines: Vec<(usize, &[u8])> = (1..)
        .zip(body.split(|byte| *byte == b'\n'))
        .filter(|(_, line)| !line.trim_ascii().is_empty())
        .collect();
    if lines.is_empty() {
        let detail = "send one JSON document a line";
        return Err(Problem::invalid(vec![FieldProblem::new(
            "body", "", "missing", detail,
        )]));
    }
    let readers = thread::available_parallelism().map_or(1, NonZero::get);
    let share = lines.len().div_ceil(readers).max(LEAST_SHARE);
    let read: Vec<_> = thread::scope(|scope| {
        let readers: Vec<_> = lines
            .chunks(share)
            .map(|lines| scope.spawn(move || read_share(kind, lines)))
            .collect();
        readers
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect()
    });
    let (mut documents, mut faults) = (Vec::with_capacity(lines.len()), Vec::new());
    for share in read {
        match share.map_err(|_| Problem::internal())? {
            Ok(share) => documents.extend(share),
            Err(share) => faults.extend(share),
        }
    }
    if faults.is_empty() {
        return Ok(documents);
    }
    faults.truncate(MOST_FAULTS);
    Err(Problem::invalid(faults))
}

/// Checks some numbered lines, up to many faults.
fn read_share(
    kind: ProfileKind,
    lines: &[(usize, &[u8])],
) -> Result<Vec<(i64, String)>, Vec<FieldProblem>> {
    let mut documents = Vec::with_capacity(lines.len());
    let mut faults: Vec<FieldProblem> = Vec::new();
    for (number, line) in lines {
        match profiles::read_line(kind, line) {
            Ok(document) => documents.push(document),
            Err(line_faults) => faults.extend(line_faults.iter().map(|fault| FieldProblem {
                line: Some(*number),
                ..FieldProblem::of_profile("", fault)
            })),
        }
        if faults.len() >= MOST_FAULTS {
            break;
        }
    }
    if faults.is_empty() {
        Ok(documents)
    } else {
        Err(faults)
    }
}
