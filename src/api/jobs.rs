//! `GET /api/v1/status/{job_id}` and `GET /api/v1/result/{job_id}`: polls one match; `DELETE
//! /api/v1/jobs/{id}`: cancels it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    web::{Data, Path},
};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{
    ApiState,
    access::actor,
    conditional,
    language::{LanguageQuery, read_language, set_content_language, set_vary_on_language},
    names::FullQueueName,
    problem::{Problem, ProblemDocument},
    reading::read_path_text,
    result_schema::ResultDocumentView,
    waiting::{self, WaitHeaders},
    webhook_deliveries::WebhookDeliveryView,
};
use crate::{
    domain::{
        delivery::Delivery,
        event::format_timestamp,
        identifiers::{BatchId, CandidateId, JobId, JobPostingId},
        progress::JobView,
        task::{TaskError, TaskState},
    },
    service::job_service::JobService,
};

/// The error of a failed job, or of its last attempt.
#[derive(Serialize, ToSchema)]
pub struct JobError {
    /// A stable code.
    #[schema(example = "job_posting_not_found")]
    code: String,
    /// The cause, and what to do next.
    detail: String,
}

impl From<TaskError> for JobError {
    fn from(error: TaskError) -> Self {
        Self {
            code: error.code,
            detail: error.detail,
        }
    }
}

/// One match, without its webhooks.
#[derive(Serialize, ToSchema)]
pub struct ListedJob {
    /// The job's id.
    job_id: String,
    /// `waiting`, `queued`, `processing`, `completed`, `failed` or `cancelled`.
    #[schema(value_type = TaskState)]
    status: &'static str,
    /// The number of attempts that began.
    attempts: i32,
    /// The queue's full name.
    #[schema(value_type = FullQueueName)]
    queue: &'static str,
    /// The candidate.
    #[schema(inline)]
    candidate_id: CandidateId,
    /// The job posting.
    #[schema(inline)]
    job_posting_id: JobPostingId,
    /// The batch it belongs to.
    batch_id: Option<String>,
    /// The id of its dependency, whether that has ended or not.
    depends_on: Option<String>,
    /// The user of the platform that it belongs to.
    user_id: Option<String>,
    /// The trace of the request that submitted it; the lines of the log about it contain it.
    trace_id: Option<String>,
    /// The time at which the next attempt is due, while queued.
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
    /// The last error.
    error: Option<JobError>,
    /// The time of its submission.
    #[schema(format = DateTime)]
    created_at: String,
    /// The time at which its last attempt began.
    #[schema(format = DateTime)]
    started_at: Option<String>,
    /// The time of its end.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

impl From<JobView> for ListedJob {
    fn from(view: JobView) -> Self {
        Self {
            job_id: view.job_id.to_string(),
            status: view.state.as_str(),
            attempts: view.attempts,
            queue: view.queue.as_str(),
            candidate_id: view.pair.candidate_id,
            job_posting_id: view.pair.job_posting_id,
            batch_id: view.batch_id.as_ref().map(BatchId::to_string),
            depends_on: view.depends_on.map(|id| id.to_string()),
            user_id: view.user_id,
            trace_id: view.trace.map(|trace| trace.trace_id().to_string()),
            next_attempt_at: view.next_attempt_at.map(format_timestamp),
            error: view.error.map(JobError::from),
            created_at: format_timestamp(view.created_at),
            started_at: view.started_at.map(format_timestamp),
            finished_at: view.finished_at.map(format_timestamp),
        }
    }
}

/// The state of one match.
#[derive(Serialize, ToSchema)]
pub struct JobStatus {
    #[serde(flatten)]
    job: ListedJob,
    /// The webhooks about it, newest first: one for each time that it ended.
    webhooks: Vec<WebhookDeliveryView>,
}

impl JobStatus {
    /// Returns the state of a match with these webhooks.
    pub fn of(view: JobView, webhooks: Vec<Delivery>) -> Self {
        let webhooks = webhooks.into_iter();
        Self {
            job: view.into(),
            webhooks: webhooks.map(WebhookDeliveryView::from).collect(),
        }
    }
}

/// The result of one match.
#[derive(Serialize, ToSchema)]
pub struct JobResult {
    /// The job's id.
    job_id: String,
    /// The state of the job, with the values of the status call.
    #[schema(value_type = TaskState)]
    status: &'static str,
    /// The result document; null until the job has completed.
    #[schema(value_type = Option<ResultDocumentView>)]
    result: Option<Box<RawValue>>,
    /// The error of a failed job, or the fault of the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<JobError>,
    /// True if a profile was changed after the result was computed; queue the pair again for a new
    /// one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stale: bool,
    /// The newer job of the same pair, whose result this is.
    #[serde(skip_serializing_if = "Option::is_none")]
    superseded_by: Option<String>,
}

/// Returns the state of a match.
#[utoipa::path(operation_id = "get_job_status", tag = "matching",
    params(WaitHeaders),
    responses((status = 200, body = JobStatus, description = "the state of the match",
            headers(("ETag" = String, description = "Changes with the answer"),
                ("Preference-Applied" = String, description = "The wait that was applied, such as `wait=30`"))),
        (status = 304, description = "the answer is the one that `If-None-Match` names"),
        (status = 404, body = ProblemDocument, description = "there is no such job")))]
#[get("/api/v1/status/{job_id}")]
pub(super) async fn job_status(
    job_id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let waited = waiting::read_job(&state, &request, read_path_text(job_id)?).await?;
    let mut response = HttpResponse::Ok();
    waited.describe(&mut response);
    let jobs = Arc::clone(&state.jobs);
    let status = state
        .run(async move { status_of(&jobs, waited.job).await })
        .await?;
    conditional::json(&request, response, &status)
}

/// Returns the status of a match, with its webhooks.
pub(super) async fn status_of(jobs: &JobService, view: JobView) -> Result<JobStatus, Problem> {
    let webhooks = jobs.webhooks(&view).await?;
    Ok(JobStatus::of(view, webhooks))
}

/// Returns the result of a match; asking for an older job of the pair returns the newest result.
#[utoipa::path(operation_id = "get_job_result", tag = "matching",
    params(LanguageQuery, WaitHeaders),
    responses((status = 200, body = JobResult, description = "the state of the match, with its result once it has completed",
            headers(("ETag" = String, description = "Changes with the answer"),
                ("Preference-Applied" = String, description = "The wait that was applied, such as `wait=30`"))),
        (status = 304, description = "the answer is the one that `If-None-Match` names"),
        (status = 404, body = ProblemDocument, description = "there is no such job"),
        (status = 503, body = ProblemDocument, description = "the document is large and its store away")))]
#[get("/api/v1/result/{job_id}")]
pub(super) async fn job_result(
    job_id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let language = read_language(&request, state.settings.language)?;
    let waited = waiting::read_job(&state, &request, read_path_text(job_id)?).await?;
    let mut response = HttpResponse::Ok();
    waited.describe(&mut response);
    let results = Arc::clone(&state.results);
    let found = state
        .run(async move { Ok(results.of_job(waited.job, language).await?) })
        .await?;
    set_vary_on_language(&mut response);
    let result = match found.result {
        Some(readable) => {
            set_content_language(&mut response, readable.language);
            let document = RawValue::from_string(readable.document);
            Some(document.map_err(|_| Problem::internal())?)
        }
        None => None,
    };
    let result = JobResult {
        job_id: found.job.job_id.to_string(),
        status: found.job.state.as_str(),
        result,
        error: found.error.map(JobError::from),
        stale: found.is_stale,
        superseded_by: found.superseded_by.map(|job_id| job_id.to_string()),
    };
    conditional::json(&request, response, &result)
}

/// Cancels a match that is waiting, queued or running. After the answer, no result of it will be
/// recorded. Jobs that wait for it fail, or run as if it had failed. Other matches of its batch are
/// not affected; those that were being scored together with it are scored again.
#[utoipa::path(operation_id = "cancel_job", tag = "matching",
    responses((status = 200, body = JobStatus, description = "cancelled, now or before"),
        (status = 404, body = ProblemDocument, description = "there is no such job"),
        (status = 409, body = ProblemDocument, description = "it has completed or failed")))]
#[delete("/api/v1/jobs/{id}")]
pub(super) async fn cancel(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let job_id: JobId = read_path_text(id)?;
    let actor = actor(&request);
    let (canceller, jobs) = (Arc::clone(&state.canceller), Arc::clone(&state.jobs));
    let status = state
        .run(async move {
            canceller.cancel_job(&job_id, &actor).await?;
            status_of(&jobs, jobs.job(&job_id).await?).await
        })
        .await?;
    Ok(HttpResponse::Ok().json(status))
}
