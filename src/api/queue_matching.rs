//! `POST /api/v1/queue-matching`, `…/bulk` and `…/candidates`: asking for matches.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::LOCATION,
    post,
    web::{Data, Payload},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{Fields, read_json, read_query},
};
use crate::{
    domain::{
        dependency::OnParentFailure,
        identifiers::{CALLER_ID_LIMIT, JobId, is_caller_id},
        queue_name::QueueName,
        submission::{SubmissionIdentity, WebhookEvents},
        task::TaskState,
    },
    service::submit::{AcceptedMatches, Counterparts, MatchRequest},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The longest dependency id, user id or idempotency key, in characters.
const FOREIGN_TEXT_LIMIT: usize = 255;

/// Weights of criteria, each 0 or more; only their proportions matter. At least one has to be above 0.
#[derive(ToSchema)]
#[schema(example = json!({"skills": 0.5, "salary": 0}))]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct WeightsBody {
    /// Skills asked for, and skills stated or mentioned.
    skills: Option<f64>,
    /// Years of experience.
    experience: Option<f64>,
    /// The posting's title against current and past titles.
    title: Option<f64>,
    /// Level and field of education.
    education: Option<f64>,
    /// Languages and their levels.
    languages: Option<f64>,
    /// Distance and way of working.
    location: Option<f64>,
    /// Type of contract.
    contract: Option<f64>,
    /// Pay.
    salary: Option<f64>,
    /// First day of availability against the start date.
    availability: Option<f64>,
    /// Industry.
    industry: Option<f64>,
    /// Words of the summary against words of the description.
    text: Option<f64>,
}

/// One match to queue.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct MatchBody {
    /// The candidate, 1 or more.
    #[schema(example = 123)]
    candidate_id: i64,
    /// The job posting, 1 or more.
    #[schema(example = 456)]
    job_id: i64,
    /// Where the outcome is reported; http or https.
    webhook_url: Option<String>,
    /// Weights of some criteria, 0 or more; the others keep the service's.
    weights: Option<WeightsBody>,
}

/// One candidate against many job postings.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct BulkBody {
    /// The candidate, 1 or more.
    #[schema(example = 123)]
    candidate_id: i64,
    /// The job postings, 1 to 10,000 of them (`queues.bulk_limit`).
    #[schema(example = json!([456, 457]))]
    job_ids: Vec<i64>,
    /// Where outcomes are reported; http or https.
    webhook_url: Option<String>,
    /// `each` match or the `batch` as a whole.
    webhook_events: Option<String>,
    /// Weights of some criteria, 0 or more; the others keep the service's.
    weights: Option<WeightsBody>,
}

/// One job posting against many candidates.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct CandidatesBody {
    /// The job posting, 1 or more.
    #[schema(example = 456)]
    job_id: i64,
    /// The candidates, 1 to 10,000 of them (`queues.bulk_limit`).
    #[schema(example = json!([123, 124]))]
    candidate_ids: Vec<i64>,
    /// Where outcomes are reported; http or https.
    webhook_url: Option<String>,
    /// `each` match or the `batch` as a whole.
    webhook_events: Option<String>,
    /// Weights of some criteria, 0 or more; the others keep the service's.
    weights: Option<WeightsBody>,
}

/// A queued match.
#[derive(Serialize, ToSchema)]
pub struct QueuedMatch {
    /// The id to poll.
    job_id: String,
    /// `queued`, or `waiting` for its dependency.
    #[schema(example = "queued")]
    status: &'static str,
    /// The queue's full name.
    #[schema(example = "matching_standard")]
    queue: &'static str,
    /// The same in words.
    message: &'static str,
}

/// Queues one match.
#[utoipa::path(tag = "matching", request_body = MatchBody,
    params(
        ("priority" = Option<String>, Query, description = "`high`, `standard` (default) or `bulk`, or their full names"),
        ("depends_on" = Option<String>, Query, description = "a job, batch or outside work that has to complete first"),
        ("on_parent_failure" = Option<String>, Query, description = "with `depends_on`, when that fails, is cancelled or does not end in time: `fail` (default) ends this too, `run` queues it all the same"),
        ("user_id" = Option<String>, Query, description = "the platform's user, kept with the job"),
        ("id" = Option<String>, Query, description = "the caller's own name for the job"),
        ("Idempotency-Key" = Option<String>, Header, description = "repeats of the same call find the first one's job"),
    ),
    responses(
        (status = 202, body = QueuedMatch, description = "accepted: the work will be done whatever dies"),
        (status = 409, body = ProblemDocument, description = "the id or key belongs to another request"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or the job would wait for itself (`dependency_cycle`); nothing was stored"),
        (status = 503, body = ProblemDocument, description = "the database is away, or the queue holds as much as it may (`backlog_full`); see `Retry-After`"),
    ))]
#[post("/api/v1/queue-matching")]
pub(super) async fn submit(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let mut body = Fields::of(read_json(&request, payload, state.settings.body_limit).await?)?;
    let candidate_id = body.id("candidate_id");
    let counterparts = Counterparts::One(body.id("job_id"));
    let subject = (ProfileKind::Candidate, candidate_id);
    accept(
        &request,
        &state,
        body,
        subject,
        counterparts,
        QueueName::Standard,
    )
    .await
}

/// Queues one candidate against many job postings.
#[utoipa::path(tag = "matching", request_body = BulkBody,
    params(
        ("priority" = Option<String>, Query, description = "`high`, `standard` or `bulk` (default), or their full names"),
        ("depends_on" = Option<String>, Query, description = "a job, batch or outside work that has to complete first"),
        ("on_parent_failure" = Option<String>, Query, description = "with `depends_on`, when that fails, is cancelled or does not end in time: `fail` (default) ends this too, `run` queues it all the same"),
        ("user_id" = Option<String>, Query, description = "the platform's user, kept with the batch"),
        ("id" = Option<String>, Query, description = "the caller's own name for the batch"),
        ("Idempotency-Key" = Option<String>, Header, description = "repeats of the same call find the first one's batch"),
    ),
    responses(
        (status = 202, body = [QueuedMatch], description = "accepted, one for each posting, in order; `X-Batch-Id` names the batch"),
        (status = 409, body = ProblemDocument, description = "the id or key belongs to another request"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or the job would wait for itself (`dependency_cycle`); nothing was stored"),
        (status = 503, body = ProblemDocument, description = "the database is away, or the queue holds as much as it may (`backlog_full`); see `Retry-After`"),
    ))]
#[post("/api/v1/queue-matching/bulk")]
pub(super) async fn submit_bulk(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let mut body = Fields::of(read_json(&request, payload, state.settings.body_limit).await?)?;
    let candidate_id = body.id("candidate_id");
    let counterparts = Counterparts::Many(body.ids("job_ids", state.settings.bulk_limit));
    let subject = (ProfileKind::Candidate, candidate_id);
    accept(
        &request,
        &state,
        body,
        subject,
        counterparts,
        QueueName::Bulk,
    )
    .await
}

/// Queues one job posting against many candidates.
#[utoipa::path(tag = "matching", request_body = CandidatesBody,
    params(
        ("priority" = Option<String>, Query, description = "`high`, `standard` or `bulk` (default), or their full names"),
        ("depends_on" = Option<String>, Query, description = "a job, batch or outside work that has to complete first"),
        ("on_parent_failure" = Option<String>, Query, description = "with `depends_on`, when that fails, is cancelled or does not end in time: `fail` (default) ends this too, `run` queues it all the same"),
        ("user_id" = Option<String>, Query, description = "the platform's user, kept with the batch"),
        ("id" = Option<String>, Query, description = "the caller's own name for the batch"),
        ("Idempotency-Key" = Option<String>, Header, description = "repeats of the same call find the first one's batch"),
    ),
    responses(
        (status = 202, body = [QueuedMatch], description = "accepted, one for each candidate, in order; `X-Batch-Id` names the batch"),
        (status = 409, body = ProblemDocument, description = "the id or key belongs to another request"),
        (status = 422, body = ProblemDocument, description = "a field is wrong, or the job would wait for itself (`dependency_cycle`); nothing was stored"),
        (status = 503, body = ProblemDocument, description = "the database is away, or the queue holds as much as it may (`backlog_full`); see `Retry-After`"),
    ))]
#[post("/api/v1/queue-matching/candidates")]
pub(super) async fn submit_candidates(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let mut body = Fields::of(read_json(&request, payload, state.settings.body_limit).await?)?;
    let job_posting_id = body.id("job_id");
    let counterparts = Counterparts::Many(body.ids("candidate_ids", state.settings.bulk_limit));
    let subject = (ProfileKind::JobPosting, job_posting_id);
    accept(
        &request,
        &state,
        body,
        subject,
        counterparts,
        QueueName::Bulk,
    )
    .await
}

/// Reads what the three calls share, submits, and answers.
async fn accept(
    request: &HttpRequest,
    state: &Data<ApiState>,
    mut body: Fields,
    (subject_kind, subject_id): (ProfileKind, i64),
    counterparts: Counterparts,
    default_queue: QueueName,
) -> Result<HttpResponse, Problem> {
    let webhook_url = body.text("webhook_url");
    check_webhook_url(&mut body, state, webhook_url.as_deref());
    let webhook_events = match body.text("webhook_events") {
        None => state.settings.webhook_events,
        Some(events) => WebhookEvents::parse(&events).unwrap_or_else(|| {
            body.fault("/webhook_events", "unknown_value", "send each or batch");
            WebhookEvents::Each
        }),
    };
    let weights = body.weights(&state.settings.weights);
    let mut query = read_query(request)?;
    let queue = match query.remove("priority") {
        None => default_queue,
        Some(priority) => QueueName::parse(&priority).unwrap_or_else(|| {
            let names =
                "send high, standard or bulk (or matching_high, matching_standard, matching_bulk)";
            body.faults.push(FieldProblem::new(
                "query",
                "/priority",
                "unknown_value",
                names,
            ));
            default_queue
        }),
    };
    let depends_on = query.remove("depends_on");
    check_foreign_text(&mut body, "query", "/depends_on", depends_on.as_deref());
    let on_parent_failure = read_on_parent_failure(
        query.remove("on_parent_failure").as_deref(),
        depends_on.is_some(),
        &mut body,
    );
    let user_id = query.remove("user_id");
    check_foreign_text(&mut body, "query", "/user_id", user_id.as_deref());
    let id = query.remove("id");
    if id.as_deref().is_some_and(|id| !is_caller_id(id)) {
        let rule = format!(
            "an id is 1 to {CALLER_ID_LIMIT} ASCII letters, digits and . _ : @ + -, beginning with a letter or digit"
        );
        body.faults
            .push(FieldProblem::new("query", "/id", "malformed", rule));
    }
    let idempotency_key = read_idempotency_key(request, &mut body);
    body.finish()?;

    let submitter = std::sync::Arc::clone(&state.submitter);
    let accepted = state
        .run(async move {
            let request = MatchRequest {
                subject_kind,
                subject_id,
                counterparts,
                queue,
                depends_on: depends_on.map(JobId::from_trusted),
                on_parent_failure,
                id,
                idempotency_key,
                user_id,
                webhook_url,
                webhook_events,
                weights,
            };
            Ok(submitter.submit(request).await?)
        })
        .await?;
    Ok(answer(&accepted))
}

fn read_on_parent_failure(
    choice: Option<&str>,
    has_parent: bool,
    body: &mut Fields,
) -> OnParentFailure {
    let Some(choice) = choice else {
        return OnParentFailure::default();
    };
    let (read, code, rule) = if has_parent {
        let read = OnParentFailure::parse(choice);
        (read, "unknown_value", "send fail or run")
    } else {
        let rule = "say by depends_on what the job waits for";
        (None, "inconsistent", rule)
    };
    read.unwrap_or_else(|| {
        let fault = FieldProblem::new("query", "/on_parent_failure", code, rule);
        body.faults.push(fault);
        OnParentFailure::default()
    })
}

/// Checks the receiver of a body's `webhook_url`.
pub(super) fn check_webhook_url(body: &mut Fields, state: &ApiState, url: Option<&str>) {
    let Some(url) = url else { return };
    if url.chars().any(char::is_control) {
        let rule = "a URL has no control characters";
        body.fault("/webhook_url", "malformed", rule);
    } else if let Some(reason) = state.receivers.refusal(url) {
        body.fault("/webhook_url", "refused", reason);
    }
}

fn check_foreign_text(body: &mut Fields, place: &'static str, pointer: &str, text: Option<&str>) {
    let Some(text) = text else { return };
    let length = text.chars().count();
    // The replacement character stands where the text was not UTF-8.
    let is_unfit = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
    if !(1..=FOREIGN_TEXT_LIMIT).contains(&length) || text.chars().any(is_unfit) {
        let rule = format!(
            "send 1 to {FOREIGN_TEXT_LIMIT} characters in UTF-8, without control characters"
        );
        body.faults
            .push(FieldProblem::new(place, pointer, "malformed", rule));
    }
}

fn read_idempotency_key(request: &HttpRequest, body: &mut Fields) -> Option<String> {
    let value = request.headers().get("idempotency-key")?;
    // A header that is no text is as wrong as an empty one.
    let key = value.to_str().unwrap_or_default().to_owned();
    check_foreign_text(body, "header", "/Idempotency-Key", Some(&key));
    Some(key)
}

fn answer(accepted: &AcceptedMatches) -> HttpResponse {
    let message = match (accepted.repeated, accepted.state) {
        (true, _) => "Accepted before; nothing was queued again",
        (false, TaskState::Waiting) => "Accepted; waits for its dependency",
        (false, _) => "Matching queued",
    };
    let queued = |job_id: &JobId| QueuedMatch {
        job_id: job_id.as_str().to_owned(),
        status: accepted.state.as_str(),
        queue: accepted.queue.as_str(),
        message,
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
