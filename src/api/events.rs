//! `GET /api/v1/jobs/{id}/events` and `GET /api/v1/batches/{id}/events`: the states of a job or
//! batch as server-sent events.
//!
//! Each event holds a whole state, and its id is the version of that state, which every process
//! computes alike. So a caller that reconnects, to any process, with the id of its last event
//! receives the present state if it is another one, and needs no event in between.

use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse, get,
    http::header::{CACHE_CONTROL, HeaderName},
    web::{Bytes, Data, Path},
};
use futures::stream;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    batches::BatchProgress,
    jobs::{JobStatus, status_of},
    problem::{Problem, ProblemDocument},
    reading::read_path_text,
};
use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        progress::{BatchState, JobState},
    },
    service::watching::{Watch, Watchable},
};

/// The pause after which a comment is sent, so that proxies keep the connection and a caller that
/// has hung up is noticed.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// The pause of a caller before it connects again, in milliseconds.
const RECONNECT_AFTER: u32 = 1_000;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Headers of a call for events.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only compared with the version of the state")]
pub struct EventHeaders {
    /// The id of the last event that was received, on any process; browsers send it by themselves.
    #[param(rename = "Last-Event-ID")]
    last_event_id: Option<String>,
}

/// One event of a stream.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "events are written as text; this states their fields"
)]
pub struct ServerSentEvent {
    /// `state`, or `end` for the last one.
    event: String,
    /// The id to send as `Last-Event-ID` after an interruption.
    id: String,
    /// The state, as JSON.
    data: String,
}

/// Sends the state of a match as server-sent events: the present one, each change, and finally an
/// event `end` with the state in which it ended. The data of each event is that of the status call.
#[utoipa::path(operation_id = "stream_job_events", tag = "matching",
    params(EventHeaders),
    responses((status = 200, body = ServerSentEvent, content_type = "text/event-stream", description = "events `state` and, last, `end`; the data of each is a `JobStatus`"),
        (status = 204, description = "the match has ended, and `Last-Event-ID` names its last event"),
        (status = 404, body = ProblemDocument, description = "there is no such job"),
        (status = 503, body = ProblemDocument, description = "the database is unavailable, or too many callers are waiting")))]
#[get("/api/v1/jobs/{id}/events")]
pub(super) async fn of_job(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: JobId = read_path_text(id)?;
    let watch = state.watcher.job(&id)?;
    let jobs = Arc::clone(&state.jobs);
    let present = state
        .run(async move { Ok(jobs.job_state(&id).await?) })
        .await?;
    Ok(answer(
        &request,
        watch,
        present,
        move |seen: Arc<JobState>| {
            let state = state.clone();
            Box::pin(async move {
                let jobs = Arc::clone(&state.jobs);
                let status = state
                    .run(async move { status_of(&jobs, seen.view.clone()).await })
                    .await?;
                data::<JobStatus>(&status)
            })
        },
    ))
}

/// Sends the progress of a batch as server-sent events: the present one, each change, and finally
/// an event `end` with the counts of the ended batch. The data of each event is that of the call
/// for its progress.
#[utoipa::path(operation_id = "stream_batch_events", tag = "batches",
    params(EventHeaders),
    responses((status = 200, body = ServerSentEvent, content_type = "text/event-stream", description = "events `state` and, last, `end`; the data of each is a `BatchProgress`"),
        (status = 204, description = "the batch has ended, and `Last-Event-ID` names its last event"),
        (status = 404, body = ProblemDocument, description = "there is no such batch"),
        (status = 503, body = ProblemDocument, description = "the database is unavailable, or too many callers are waiting")))]
#[get("/api/v1/batches/{id}/events")]
pub(super) async fn of_batch(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: BatchId = read_path_text(id)?;
    let watch = state.watcher.batch(&id)?;
    let jobs = Arc::clone(&state.jobs);
    let present = state.run(async move { Ok(jobs.batch(&id).await?) }).await?;
    let present = BatchState::from(present);
    Ok(answer(&request, watch, present, |seen: Arc<BatchState>| {
        Box::pin(async move { data(&BatchProgress::from(seen.view.clone())) })
    }))
}

fn data<T: Serialize>(state: &T) -> Result<String, Problem> {
    serde_json::to_string(state).map_err(|_| Problem::internal())
}

/// The data of an event.
type EventData = Pin<Box<dyn Future<Output = Result<String, Problem>>>>;

/// The events of one caller.
struct Events<S: Watchable, W> {
    watch: Watch<S>,
    /// The state that was read when the caller connected, until it is sent.
    present: Option<Arc<S>>,
    /// The id of the last event that the caller has.
    held: Option<String>,
    has_ended: bool,
    write: W,
}

fn answer<S: Watchable>(
    request: &HttpRequest,
    watch: Watch<S>,
    present: S,
    write: impl Fn(Arc<S>) -> EventData + 'static,
) -> HttpResponse {
    let held = request.headers().get(LAST_EVENT_ID);
    let held = held.and_then(|id| id.to_str().ok()).map(str::to_owned);
    if present.has_ended() && held.as_deref() == Some(present.version()) {
        // Browsers don't connect again after this answer.
        return HttpResponse::NoContent().finish();
    }
    let events = Events {
        watch,
        present: Some(Arc::new(present)),
        held,
        has_ended: false,
        write,
    };
    let events = stream::unfold(events, |mut events| async move {
        let event = events.next().await?;
        Some((Ok::<_, Infallible>(Bytes::from(event)), events))
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        // nginx collects answers before it sends them, unless it is told not to.
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(events)
}

impl<S: Watchable, W: Fn(Arc<S>) -> EventData> Events<S, W> {
    /// Returns the next event or comment; `None` after the last event, or to end the connection, so
    /// that the caller connects again: the process stops, or the state can't be read.
    async fn next(&mut self) -> Option<String> {
        if self.has_ended {
            return None;
        }
        let mut head = String::new();
        loop {
            let seen = match self.present.take() {
                Some(present) => {
                    head = format!("retry: {RECONNECT_AFTER}\n\n");
                    present
                }
                None => match tokio::time::timeout(HEARTBEAT, self.watch.next()).await {
                    Ok(seen) => seen?,
                    Err(_) => return Some(": heartbeat\n\n".to_owned()),
                },
            };
            if self.held.as_deref() == Some(seen.version()) {
                if head.is_empty() {
                    continue;
                }
                return Some(head);
            }
            let version = seen.version().to_owned();
            self.has_ended = seen.has_ended();
            let name = if self.has_ended { "end" } else { "state" };
            let data = (self.write)(seen).await.ok()?;
            let event = format!("{head}id: {version}\nevent: {name}\ndata: {data}\n\n");
            self.held = Some(version);
            return Some(event);
        }
    }
}
