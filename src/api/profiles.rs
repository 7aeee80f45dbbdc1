//! `/api/v1/candidates` and `/api/v1/job-postings`: stores, returns, deletes and imports profiles.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::header::{ETAG, HeaderName, LOCATION},
    post, put,
    web::{Data, Path, Payload},
};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    conditional::{self, ReadConditions, WriteConditions},
    faults::{Faults, InQuery},
    fields::{Flag, FormatName},
    problem::{FieldProblem, Problem, ProblemDocument},
    profile_schema::{CandidateDocument, JobPostingDocument},
    reading::{Fields, read_json, read_path_id, read_query},
};
use crate::{
    domain::identifiers::ProfileId,
    service::{
        import::ImportError,
        profile_service::{PutProfile, PutProfileError},
        profiles::DocumentFormat,
    },
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

/// The format of an import.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The format of all documents: `json_resume` for candidates, `schema_org` for job postings,
    /// `native` for either. Without it, each is read in the format that it shows.
    #[deserr(default)]
    #[param(inline)]
    format: Option<FormatName>,
}

impl Fields<InQuery> for ImportQuery {}

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

/// The outcome of an import.
#[derive(Serialize, ToSchema)]
pub struct ImportAnswer {
    /// The number of stored profiles.
    imported: u64,
    /// The number of profiles that were not stored before.
    created: u64,
    /// The number of profiles that replaced an older one.
    replaced: u64,
    /// The number of lines with values that were left out or without an encoding by the encoder.
    warned_lines: usize,
    /// The values that were left out, with their lines: at most 100. The stored documents contain
    /// all warnings.
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

/// Stores many candidates, one JSON document per line: all lines or, if any is invalid, none.
#[utoipa::path(operation_id = "import_candidates", tag = "profiles", params(ImportQuery), request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = ImportAnswer, description = "all lines are stored")))]
#[post("/api/v1/candidates:import")]
pub(super) async fn import_candidates(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    import(&state, ProfileKind::Candidate, &request, payload).await
}

/// Stores many job postings, one JSON document per line: all lines or, if any is invalid, none.
#[utoipa::path(operation_id = "import_job_postings", tag = "profiles", params(ImportQuery), request_body(content = String, content_type = "application/x-ndjson"),
    responses((status = 200, body = ImportAnswer, description = "all lines are stored")))]
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

async fn import(
    state: &Data<ApiState>,
    kind: ProfileKind,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let query = read_query::<ImportQuery>(request).map_err(Problem::invalid)?;
    let format = match &query.format {
        Some(name) => DocumentFormat::named(name.0, kind).map_err(|rule| {
            Problem::invalid(vec![FieldProblem::new(
                "query",
                "/format",
                "inconsistent",
                rule,
            )])
        })?,
        None => DocumentFormat::Any,
    };
    let body = state
        .bodies
        .read(request, payload, state.settings.import_limit)
        .await?;
    if body.trim_ascii().is_empty() {
        let detail = "send one JSON document a line";
        let missing = FieldProblem::new("body", "", "missing", detail);
        return Err(Problem::invalid(vec![missing]));
    }
    let profiles = Arc::clone(&state.profiles);
    let received_on = crate::clock::today();
    let imported = state
        .run(async move {
            Ok(profiles
                .import(kind, format, body, received_on, MOST_FAULTS)
                .await?)
        })
        .await?;
    let warnings = imported.warned.iter().flat_map(|(number, warnings)| {
        warnings.iter().map(|warning| FieldProblem {
            line: Some(*number),
            ..FieldProblem::of_warning(warning)
        })
    });
    Ok(HttpResponse::Ok().json(ImportAnswer {
        imported: imported.put.created + imported.put.replaced,
        created: imported.put.created,
        replaced: imported.put.replaced,
        warned_lines: imported.warned_lines,
        warnings: warnings.take(MOST_FAULTS).collect(),
    }))
}

/// The maximum number of faults of an import that an answer lists.
const MOST_FAULTS: usize = 100;

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

impl From<ImportError> for Problem {
    fn from(error: ImportError) -> Self {
        let bad_lines = match error {
            ImportError::BadLines(bad_lines) => bad_lines,
            ImportError::NoLines(hint) => {
                let fault = FieldProblem::new("body", "", "malformed_json", hint);
                return Self::invalid(vec![fault]);
            }
            ImportError::Service(error) => return error.into(),
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
