//! `/api/v1/queues`: shows the depth of each queue, pauses and resumes it.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get, post,
    web::{Data, Path, Payload},
};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    access::actor,
    faults::{Faults, InBody},
    fields::CallerText,
    names::FullQueueName,
    problem::{Problem, ProblemDocument},
    reading::{Fields, read_optional_body},
};
use crate::{
    domain::{event::format_timestamp, queue_name::QueueName},
    service::queues::QueueView,
};

/// One queue, in tasks: a task is a single match, or up to 500 of a bulk call.
#[derive(Serialize, ToSchema)]
pub struct QueueAnswer {
    /// The full name.
    #[schema(value_type = FullQueueName, example = "matching_bulk")]
    queue: &'static str,
    /// True if the queue dispatches no work until it is resumed.
    paused: bool,
    /// The time at which it was paused.
    #[schema(format = DateTime)]
    paused_at: Option<String>,
    /// The operator who paused it, as in the list of operator actions.
    paused_by: Option<String>,
    /// The operator's reason.
    pause_reason: Option<String>,
    /// Tasks that wait for a dependency.
    waiting: i64,
    /// Tasks that are ready, or due later.
    queued: i64,
    /// Tasks that are being run.
    processing: i64,
    /// Dead letters.
    dead: i64,
    /// Tasks that were accepted and have not begun: `waiting` plus `queued`.
    backlog: i64,
    /// The backlog from which on requests are refused; null without a limit.
    backlog_limit: Option<i64>,
    /// The number of queued tasks that were dispatched to workers.
    window_used: i64,
    /// The maximum of `window_used`.
    window: u32,
    /// Tasks that ended per second, with any outcome: the mean of the last 30 s.
    drained_per_second: f64,
    /// The age in seconds of the task that has been ready for the longest time; null without ready
    /// tasks.
    oldest_ready_seconds: Option<f64>,
}

impl QueueAnswer {
    /// Returns the answer of a queue whose window is this large.
    pub fn of(view: &QueueView, window: u32) -> Self {
        let depth = &view.depth;
        let current = depth.pause.as_ref();
        Self {
            queue: depth.queue.as_str(),
            paused: current.is_some(),
            paused_at: current.map(|found| format_timestamp(found.at)),
            paused_by: current.map(|found| found.actor.clone()),
            pause_reason: current.and_then(|found| found.reason.clone()),
            waiting: depth.waiting,
            queued: depth.queued,
            processing: depth.processing,
            dead: depth.dead,
            backlog: depth.backlog(),
            backlog_limit: view.backlog_limit,
            window_used: depth.dispatched,
            window,
            drained_per_second: view.drained_per_second,
            oldest_ready_seconds: depth.oldest_seconds,
        }
    }
}

/// The reason of a pause or of its end.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>, deny_unknown_fields)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "maintenance of the database"}))]
pub struct ReasonBody {
    /// The reason, for the list of operator actions.
    #[deserr(default)]
    #[schema(inline)]
    reason: Option<CallerText>,
}

impl Fields<InBody> for ReasonBody {}

/// Lists the queues, most urgent first.
#[utoipa::path(operation_id = "list_queues", tag = "operations", responses((status = 200, body = [QueueAnswer], description = "all queues")))]
#[get("/api/v1/queues")]
pub(super) async fn all(state: Data<ApiState>) -> Result<HttpResponse, Problem> {
    let views = views(&state).await?;
    let window = state.settings.window;
    let answers = views.iter().map(|view| QueueAnswer::of(view, window));
    Ok(HttpResponse::Ok().json(answers.collect::<Vec<_>>()))
}

/// Returns the depth of a queue.
#[utoipa::path(operation_id = "get_queue", tag = "operations",
    params(("name" = inline(QueueName), Path, description = "`high`, `standard` or `bulk`, or their full names")),
    responses((status = 200, body = QueueAnswer, description = "the queue"),
        (status = 404, body = ProblemDocument, description = "there is no such queue")))]
#[get("/api/v1/queues/{name}")]
pub(super) async fn one(
    name: Path<String>,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    answer(read_queue(&name)?, &state).await
}

/// Stops dispatching a queue's tasks, in all processes, until it is resumed. Running tasks
/// continue; new ones are accepted and wait.
#[utoipa::path(operation_id = "pause_queue", tag = "operations", request_body = Option<ReasonBody>,
    params(("name" = inline(QueueName), Path, description = "`high`, `standard` or `bulk`, or their full names")),
    responses((status = 200, body = QueueAnswer, description = "the queue, paused now or before"),
        (status = 404, body = ProblemDocument, description = "there is no such queue"),
        (status = 422, body = ProblemDocument, description = "a field is wrong; nothing was changed")))]
#[post("/api/v1/queues/{name}:pause")]
pub(super) async fn pause(
    name: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let queue = read_queue(&name)?;
    let reason = read_reason(&request, payload, &state).await?;
    let actor = actor(&request);
    let queues = Arc::clone(&state.queues);
    state
        .run(async move { Ok(queues.pause(queue, reason.as_deref(), &actor).await?) })
        .await?;
    answer(queue, &state).await
}

/// Resumes dispatching a queue's tasks.
#[utoipa::path(operation_id = "resume_queue", tag = "operations", request_body = Option<ReasonBody>,
    params(("name" = inline(QueueName), Path, description = "`high`, `standard` or `bulk`, or their full names")),
    responses((status = 200, body = QueueAnswer, description = "the queue, resumed now or before"),
        (status = 404, body = ProblemDocument, description = "there is no such queue"),
        (status = 422, body = ProblemDocument, description = "a field is wrong; nothing was changed")))]
#[post("/api/v1/queues/{name}:resume")]
pub(super) async fn resume(
    name: Path<String>,
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let queue = read_queue(&name)?;
    let reason = read_reason(&request, payload, &state).await?;
    let actor = actor(&request);
    let queues = Arc::clone(&state.queues);
    state
        .run(async move { Ok(queues.resume(queue, reason.as_deref(), &actor).await?) })
        .await?;
    answer(queue, &state).await
}

fn read_queue(name: &str) -> Result<QueueName, Problem> {
    QueueName::parse(name)
        .ok_or_else(|| Problem::not_found("there is no such queue; /api/v1/queues lists them all"))
}

async fn read_reason(
    request: &HttpRequest,
    payload: Payload,
    state: &ApiState,
) -> Result<Option<String>, Problem> {
    let body = read_optional_body::<ReasonBody>(request, payload, state).await?;
    let body = body.map_err(Problem::invalid)?;
    Ok(body.and_then(|body| body.reason).map(|reason| reason.0))
}

async fn views(state: &Data<ApiState>) -> Result<Vec<QueueView>, Problem> {
    let queues = Arc::clone(&state.queues);
    state.run(async move { Ok(queues.all().await?) }).await
}

async fn answer(queue: QueueName, state: &Data<ApiState>) -> Result<HttpResponse, Problem> {
    let views = views(state).await?;
    let view = views.iter().find(|view| view.depth.queue == queue);
    let view = view.ok_or_else(Problem::internal)?;
    Ok(HttpResponse::Ok().json(QueueAnswer::of(view, state.settings.window)))
}
