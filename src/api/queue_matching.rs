//! `POST /api/v1/queue-matching`, `…/bulk` and `…/candidates`: submits matches.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::LOCATION,
    post,
    web::{Data, Payload},
};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState, context,
    faults::{Faults, InBody, InHeader, InQuery},
    fields::{CallerText, CandidateIds, Field, JobPostingIds, Limits, ReceiverUrl},
    names::FullQueueName,
    names_of_fields,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{Fields, Given, all, documented_names, read_body_fields, read_headers, read_json},
    submission_parts::SubmissionParts,
};
use crate::{
    domain::{
        dependency::OnParentFailure,
        identifiers::{CallerId, CandidateId, JobId, JobPostingId, ProfileId, WorkId},
        queue_name::QueueName,
        submission::{SubmissionIdentity, WebhookEvents},
        task::TaskState,
    },
    service::submit::{AcceptedMatches, AskedWeights, Counterparts, MatchRequest},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// One match to queue.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>)]
#[schema(example = json!({"candidate_id": 123, "job_id": 456}))]
pub struct MatchBody {
    /// The candidate.
    #[deserr(missing_field_error = CandidateId::missing)]
    candidate_id: CandidateId,
    /// The job posting.
    #[deserr(missing_field_error = JobPostingId::missing)]
    job_id: JobPostingId,
    /// The URL of the webhook receiver.
    #[deserr(default)]
    webhook_url: Option<ReceiverUrl>,
    /// Has no effect on a single match, which sends the same event either way.
    #[deserr(default)]
    webhook_events: Option<WebhookEvents>,
    /// Weights of criteria to use instead of the configured ones.
    #[deserr(default)]
    weights: Option<AskedWeights>,
}

impl Fields<InBody> for MatchBody {
    documented_names!(names_of_fields::of_body::<MatchBody>);
}

/// One candidate against many job postings.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>)]
#[schema(example = json!({"candidate_id": 123, "job_ids": [456, 457]}))]
pub struct BulkBody {
    /// The candidate.
    #[deserr(missing_field_error = CandidateId::missing)]
    candidate_id: CandidateId,
    /// The job postings.
    #[deserr(missing_field_error = JobPostingIds::missing)]
    job_ids: JobPostingIds,
    /// The URL of the webhook receiver.
    #[deserr(default)]
    webhook_url: Option<ReceiverUrl>,
    /// `each` sends an event for each match, `batch` one for the whole batch; by default
    /// `webhook.events`.
    #[deserr(default)]
    webhook_events: Option<WebhookEvents>,
    /// Weights of criteria to use instead of the configured ones.
    #[deserr(default)]
    weights: Option<AskedWeights>,
}

impl Fields<InBody> for BulkBody {
    documented_names!(names_of_fields::of_body::<BulkBody>);
}

/// One job posting against many candidates.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>)]
#[schema(example = json!({"job_id": 456, "candidate_ids": [123, 124]}))]
pub struct CandidatesBody {
    /// The job posting.
    #[deserr(missing_field_error = JobPostingId::missing)]
    job_id: JobPostingId,
    /// The candidates.
    #[deserr(missing_field_error = CandidateIds::missing)]
    candidate_ids: CandidateIds,
    /// The URL of the webhook receiver.
    #[deserr(default)]
    webhook_url: Option<ReceiverUrl>,
    /// `each` sends an event for each match, `batch` one for the whole batch; by default
    /// `webhook.events`.
    #[deserr(default)]
    webhook_events: Option<WebhookEvents>,
    /// Weights of criteria to use instead of the configured ones.
    #[deserr(default)]
    weights: Option<AskedWeights>,
}

impl Fields<InBody> for CandidatesBody {
    documented_names!(names_of_fields::of_body::<CandidatesBody>);
}

/// Options of a submission.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct SubmitQuery {
    /// The queue; by default `standard` for one match and `bulk` for many.
    #[deserr(default)]
    #[param(inline)]
    priority: Option<QueueName>,
    /// The id of a job, batch or outside work that has to complete first.
    #[deserr(default)]
    #[param(inline)]
    depends_on: Option<WorkId>,
    /// The consequence if the dependency of `depends_on` fails, is cancelled or does not end in
    /// time: `fail` (default) fails these matches too, `run` runs them nevertheless.
    #[deserr(default)]
    #[param(inline)]
    on_parent_failure: Option<OnParentFailure>,
    /// The user of the platform, stored with the job or batch.
    #[deserr(default)]
    #[param(inline)]
    user_id: Option<CallerText>,
    /// The caller's own id for the job or batch.
    #[deserr(default)]
    #[param(inline)]
    id: Option<CallerId>,
}

impl Fields<InQuery> for SubmitQuery {
    documented_names!(names_of_fields::of_parameters::<SubmitQuery>);

    fn contradictions(given: &Given<'_>) -> Vec<FieldProblem> {
        if given.has("depends_on") || !given.has("on_parent_failure") {
            return vec![];
        }
        let detail = "say by depends_on what the job waits for";
        let pointer = "/on_parent_failure";
        vec![FieldProblem::new("query", pointer, "inconsistent", detail)]
    }
}

/// Headers of a submission.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InHeader>)]
#[into_params(parameter_in = Header)]
pub struct SubmitHeaders {
    /// Repeated calls with the same key return the job or batch of the first call.
    #[deserr(default, rename = "Idempotency-Key")]
    #[param(inline, rename = "Idempotency-Key")]
    idempotency_key: Option<CallerText>,
}

impl Fields<InHeader> for SubmitHeaders {}

/// The matches that a body requests.
struct AskedMatches {
    subject: (ProfileKind, ProfileId),
    counterparts: Counterparts,
    webhook_url: Option<ReceiverUrl>,
    webhook_events: Option<WebhookEvents>,
    weights: Option<AskedWeights>,
}

/// Returns the other profiles of a bulk call.
fn many<Id>(ids: Vec<Id>, without_kind: fn(Id) -> ProfileId) -> Counterparts {
    Counterparts::Many(ids.into_iter().map(without_kind).collect())
}

impl From<MatchBody> for AskedMatches {
    fn from(body: MatchBody) -> Self {
        Self {
            subject: body.candidate_id.profile(),
            counterparts: Counterparts::One(body.job_id.without_kind()),
            webhook_url: body.webhook_url,
            webhook_events: body.webhook_events,
            weights: body.weights,
        }
    }
}

impl From<BulkBody> for AskedMatches {
    fn from(body: BulkBody) -> Self {
        Self {
            subject: body.candidate_id.profile(),
            counterparts: many(body.job_ids.0, JobPostingId::without_kind),
            webhook_url: body.webhook_url,
            webhook_events: body.webhook_events,
            weights: body.weights,
        }
    }
}

impl From<CandidatesBody> for AskedMatches {
    fn from(body: CandidatesBody) -> Self {
        Self {
            subject: body.job_id.profile(),
            counterparts: many(body.candidate_ids.0, CandidateId::without_kind),
            webhook_url: body.webhook_url,
            webhook_events: body.webhook_events,
            weights: body.weights,
        }
    }
}

/// A queued match.
#[derive(Serialize, ToSchema)]
pub struct QueuedMatch {
    /// The id to poll.
    job_id: String,
    /// `queued`, or `waiting` for its dependency.
    #[schema(value_type = TaskState, example = "queued")]
    status: &'static str,
    /// The queue's full name.
    #[schema(value_type = FullQueueName, example = "matching_standard")]
    queue: &'static str,
    /// The status as a sentence.
    message: &'static str,
    /// Fields and parameters of the request that were ignored; of a bulk call only in its first
    /// element.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<FieldProblem>,
}

/// Queues one match.
#[utoipa::path(operation_id = "submit_match", tag = "matching", request_body = MatchBody,
    params(SubmitQuery, SubmitHeaders),
    responses(
        (status = 202, body = QueuedMatch, description = "accepted and stored; with `Idempotency-Replayed: true` if it was accepted before"),
        (status = 409, body = ProblemDocument, description = "the id or key belongs to another request"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or the job would wait for itself (`dependency_cycle`); nothing was stored"),
        (status = 503, body = ProblemDocument, description = "the database is unavailable, or the queue is full (`backlog_full`); see `Retry-After`")))]
#[post("/api/v1/queue-matching")]
pub(super) async fn submit(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    submit_and_answer::<MatchBody>(&request, payload, &state, QueueName::Standard).await
}

/// Queues matches of one candidate with many job postings.
#[utoipa::path(operation_id = "submit_bulk", tag = "matching", request_body = BulkBody,
    params(SubmitQuery, SubmitHeaders),
    responses(
        (status = 202, body = [QueuedMatch], description = "accepted, one for each posting, in order; `X-Batch-Id` names the batch"),
        (status = 409, body = ProblemDocument, description = "the id or key belongs to another request"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or the job would wait for itself (`dependency_cycle`); nothing was stored"),
        (status = 503, body = ProblemDocument, description = "the database is unavailable, or the queue is full (`backlog_full`); see `Retry-After`")))]
#[post("/api/v1/queue-matching/bulk")]
pub(super) async fn submit_bulk(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    submit_and_answer::<BulkBody>(&request, payload, &state, QueueName::Bulk).await
}

/// Queues matches of one job posting with many candidates.
#[utoipa::path(operation_id = "submit_candidates", tag = "matching", request_body = CandidatesBody,
    params(SubmitQuery, SubmitHeaders),
    responses(
        (status = 202, body = [QueuedMatch], description = "accepted, one for each candidate, in order; `X-Batch-Id` names the batch"),
        (status = 409, body = ProblemDocument, description = "the id or key belongs to another request"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or the job would wait for itself (`dependency_cycle`); nothing was stored"),
        (status = 503, body = ProblemDocument, description = "the database is unavailable, or the queue is full (`backlog_full`); see `Retry-After`")))]
#[post("/api/v1/queue-matching/candidates")]
pub(super) async fn submit_candidates(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    submit_and_answer::<CandidatesBody>(&request, payload, &state, QueueName::Bulk).await
}

/// Reads a submission, submits it, and answers.
async fn submit_and_answer<B>(
    request: &HttpRequest,
    payload: Payload,
    state: &Data<ApiState>,
    default_queue: QueueName,
) -> Result<HttpResponse, Problem>
where
    B: Fields<InBody>,
    AskedMatches: From<B>,
{
    let body = read_json(request, payload, state).await?;
    let mut parts = SubmissionParts::of::<B, SubmitQuery>(request, body);
    let query = parts.read_query::<SubmitQuery>();
    let asked = read_body_fields::<B>(parts.body, Limits::of(state)).map(AskedMatches::from);
    let headers = read_headers::<SubmitHeaders>(request);
    let (asked, query, headers) = all(asked, query, headers)?;
    if let Some(url) = &asked.webhook_url {
        url.check_name(state).await?;
    }
    if asked.counterparts.is_empty() {
        return Ok(HttpResponse::Accepted().json([(); 0]));
    }
    let (subject_kind, subject_id) = asked.subject;
    let events = asked.webhook_events;
    let request = MatchRequest {
        subject_kind,
        subject_id,
        counterparts: asked.counterparts,
        queue: query.priority.unwrap_or(default_queue),
        depends_on: query.depends_on,
        on_parent_failure: query.on_parent_failure.unwrap_or_default(),
        id: query.id,
        idempotency_key: headers.idempotency_key.map(|key| key.0),
        user_id: query.user_id.map(|id| id.0),
        webhook_url: asked.webhook_url.map(|url| url.0),
        webhook_events: events.unwrap_or(state.settings.webhook_events),
        weights: asked.weights,
        trace: context::current().trace(),
    };
    let submitter = std::sync::Arc::clone(&state.submitter);
    let accepted = state
        .run(async move { Ok(submitter.submit(request).await?) })
        .await?;
    Ok(answer(&accepted, parts.warnings))
}

fn answer(accepted: &AcceptedMatches, warnings: Vec<FieldProblem>) -> HttpResponse {
    let message = match (accepted.repeated, accepted.state) {
        (true, _) => "Accepted before; nothing was queued again",
        (false, TaskState::Waiting) => "Accepted; waits for its dependency",
        (false, _) => "Matching queued",
    };
    let mut warnings = Some(warnings);
    let mut queued = |job_id: &JobId| QueuedMatch {
        job_id: job_id.as_str().to_owned(),
        status: accepted.state.as_str(),
        queue: accepted.queue.as_str(),
        message,
        warnings: warnings.take().unwrap_or_default(),
    };
    let mut response = HttpResponse::Accepted();
    if accepted.repeated {
        response.insert_header(("Idempotency-Replayed", "true"));
    }
    match &accepted.identity {
        SubmissionIdentity::Single(job_id) => {
            response.insert_header((LOCATION, format!("/api/v1/status/{job_id}")));
            response.json(queued(job_id))
        }
        SubmissionIdentity::Batch(batch_id) => {
            response.insert_header((LOCATION, format!("/api/v1/batches/{batch_id}")));
            response.insert_header(("X-Batch-Id", batch_id.as_str()));
            response.json(accepted.jobs.iter().map(queued).collect::<Vec<_>>())
        }
    }
}
