//! `/api/v1/candidates` and `/api/v1/job-postings`: stores, returns and deletes profiles.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::{ETAG, HeaderName, LOCATION},
    put,
    web::{Data, Path, Payload},
};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    conditional::{self, ReadConditions, WriteConditions},
    faults::{Faults, InQuery},
    fields::Flag,
    problem::{FieldProblem, Problem, ProblemDocument},
    profile_schema::{CandidateDocument, JobPostingDocument},
    reading::{Fields, read_json, read_path_id, read_query},
};
use crate::{
    domain::identifiers::ProfileId,
    service::profile_service::{PutProfile, PutProfileError},
};
use matching_engine::profiles::profile_kind::ProfileKind;

const BATCH_ID: HeaderName = HeaderName::from_static("x-batch-id");

/// What happens after a profile is stored.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct PutQuery {
    /// `true` queues the pairs of all stored results of this profile again, as one batch.
    #[deserr(default)]
    #[param(inline)]
    rematch: Option<Flag>,
}

impl Fields<InQuery> for PutQuery {}

/// A stored profile.
#[derive(Serialize, ToSchema)]
pub struct StoredAnswer {
    /// Its id.
    #[schema(inline)]
    id: ProfileId,
    /// True if the profile was not stored before.
    created: bool,
    /// Values of a JSON Resume or schema.org document that were left out, each with its pointer in
    /// the document as it was sent; and `/encoding` if the encoder made no encoding. The stored
    /// document contains these warnings.
    warnings: Vec<FieldProblem>,
}

/// Returns a candidate as it was stored.
#[utoipa::path(operation_id = "get_candidate", tag = "profiles",
    params(("id" = inline(ProfileId), Path), ReadConditions),
    responses((status = 200, body = Object, description = "the document as it was stored",
            headers(("ETag" = String, description = "The revision of the document; send it as `If-Match` to change this one"))),
        (status = 304, description = "the document is the one that `If-None-Match` names"),
        (status = 404, body = ProblemDocument, description = "the profile is not stored")))]
#[get("/api/v1/candidates/{id}")]
pub(super) async fn get_candidate(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    get_profile(&state, ProfileKind::Candidate, &id, &request).await
}

/// Stores a candidate, replacing an older one.
#[utoipa::path(operation_id = "put_candidate", tag = "profiles", request_body = CandidateDocument,
    params(("id" = inline(ProfileId), Path), PutQuery, WriteConditions),
    responses((status = 201, body = StoredAnswer, description = "stored; there was none of this id",
            headers(("ETag" = String, description = "The revision of the stored document"),
                ("X-Batch-Id" = String, description = "The batch that scores the stored pairs again, with `rematch=true`"))),
        (status = 200, body = StoredAnswer, description = "replaced",
            headers(("ETag" = String, description = "The revision of the stored document"),
                ("X-Batch-Id" = String, description = "The batch that scores the stored pairs again, with `rematch=true`"))),
        (status = 412, body = ProblemDocument, description = "the stored document is not the one that the condition names; nothing was stored")))]
#[put("/api/v1/candidates/{id}")]
pub(super) async fn put_candidate(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    put_profile(&state, ProfileKind::Candidate, &id, &request, payload).await
}

/// Deletes a candidate; its results are kept.
#[utoipa::path(operation_id = "delete_candidate", tag = "profiles",
    params(("id" = inline(ProfileId), Path), WriteConditions),
    responses((status = 204, description = "removed"),
        (status = 404, body = ProblemDocument, description = "the profile is not stored"),
        (status = 412, body = ProblemDocument, description = "the stored document is not the one that the condition names; nothing was removed")))]
#[delete("/api/v1/candidates/{id}")]
pub(super) async fn delete_candidate(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    delete_profile(&state, ProfileKind::Candidate, &id, &request).await
}

/// Returns a job posting as it was stored.
#[utoipa::path(operation_id = "get_job_posting", tag = "profiles",
    params(("id" = inline(ProfileId), Path), ReadConditions),
    responses((status = 200, body = Object, description = "the document as it was stored",
            headers(("ETag" = String, description = "The revision of the document; send it as `If-Match` to change this one"))),
        (status = 304, description = "the document is the one that `If-None-Match` names"),
        (status = 404, body = ProblemDocument, description = "the profile is not stored")))]
#[get("/api/v1/job-postings/{id}")]
pub(super) async fn get_job_posting(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    get_profile(&state, ProfileKind::JobPosting, &id, &request).await
}

/// Stores a job posting, replacing an older one.
#[utoipa::path(operation_id = "put_job_posting", tag = "profiles", request_body = JobPostingDocument,
    params(("id" = inline(ProfileId), Path), PutQuery, WriteConditions),
    responses((status = 201, body = StoredAnswer, description = "stored; there was none of this id",
            headers(("ETag" = String, description = "The revision of the stored document"),
                ("X-Batch-Id" = String, description = "The batch that scores the stored pairs again, with `rematch=true`"))),
        (status = 200, body = StoredAnswer, description = "replaced",
            headers(("ETag" = String, description = "The revision of the stored document"),
                ("X-Batch-Id" = String, description = "The batch that scores the stored pairs again, with `rematch=true`"))),
        (status = 412, body = ProblemDocument, description = "the stored document is not the one that the condition names; nothing was stored")))]
#[put("/api/v1/job-postings/{id}")]
pub(super) async fn put_job_posting(
    id: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    put_profile(&state, ProfileKind::JobPosting, &id, &request, payload).await
}

/// Deletes a job posting; its results are kept.
#[utoipa::path(operation_id = "delete_job_posting", tag = "profiles",
    params(("id" = inline(ProfileId), Path), WriteConditions),
    responses((status = 204, description = "removed"),
        (status = 404, body = ProblemDocument, description = "the profile is not stored"),
        (status = 412, body = ProblemDocument, description = "the stored document is not the one that the condition names; nothing was removed")))]
#[delete("/api/v1/job-postings/{id}")]
pub(super) async fn delete_job_posting(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    delete_profile(&state, ProfileKind::JobPosting, &id, &request).await
}

async fn get_profile(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = read_path_id(id)?;
    let profiles = Arc::clone(&state.profiles);
    let (document, revision) = state
        .run(async move { Ok(profiles.document(kind, id).await?) })
        .await?;
    let tag = conditional::tag_of_revision(&revision);
    Ok(conditional::tagged(
        request,
        HttpResponse::Ok(),
        &tag,
        document,
    ))
}

async fn put_profile(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: &str,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let id = read_path_id(id)?;
    let query = read_query::<PutQuery>(request).map_err(Problem::invalid)?;
    let rematch = query.rematch.is_some_and(|Flag(rematch)| rematch);
    let condition = conditional::write_condition(request);
    let document = read_json(request, payload, state).await?;
    let received_on = crate::clock::today();
    let (profiles, rematcher) = (Arc::clone(&state.profiles), Arc::clone(&state.rematcher));
    let (put, batch) = state
        .run(async move {
            let put = profiles
                .put(kind, id, document, received_on, &condition)
                .await?;
            let batch = if rematch {
                rematcher.rematch(kind, id).await?
            } else {
                None
            };
            Ok((put, batch))
        })
        .await?;
    let PutProfile {
        created,
        revision,
        warnings,
    } = put;
    let mut response = if created {
        HttpResponse::Created()
    } else {
        HttpResponse::Ok()
    };
    if let Some(batch) = batch {
        response.insert_header((BATCH_ID, batch.to_string()));
    }
    Ok(response
        .insert_header((LOCATION, request.path().to_owned()))
        .insert_header((ETAG, conditional::tag_of_revision(&revision).to_string()))
        .json(StoredAnswer {
            id,
            created,
            warnings: warnings.iter().map(FieldProblem::of_warning).collect(),
        }))
}

async fn delete_profile(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = read_path_id(id)?;
    let condition = conditional::write_condition(request);
    let profiles = Arc::clone(&state.profiles);
    state
        .run(async move { Ok(profiles.delete(kind, id, &condition).await?) })
        .await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<PutProfileError> for Problem {
    fn from(error: PutProfileError) -> Self {
        match error {
            PutProfileError::Faults(faults) => {
                let faults = faults.iter();
                Self::invalid(
                    faults
                        .map(|fault| FieldProblem::of_profile("", fault))
                        .collect(),
                )
            }
            PutProfileError::Service(error) => error.into(),
        }
    }
}
