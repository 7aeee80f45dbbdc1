//! `GET /api/v1/batches/{id}` and its `/results`: the progress of a bulk call, and its ranking;
//! `DELETE /api/v1/batches/{id}`: cancels the matches that have not ended.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    web::{Data, Path},
};
use deserr::Deserr;
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    access::actor,
    conditional::{self, ReadConditions},
    faults::{Faults, InQuery},
    fields::{Count, Fraction},
    lists::{self, ListForm},
    names::{BatchStatus, FullQueueName},
    problem::{Problem, ProblemDocument},
    reading::{Fields, read_path_text, read_query},
};
use crate::{
    domain::{
        event::format_timestamp,
        identifiers::{BatchId, CandidateId, JobPostingId},
        progress::BatchView,
    },
    service::csv,
};

/// The columns of a ranking as CSV.
const RANKING_COLUMNS: &[&str] = &[
    "rank",
    "job_id",
    "candidate_id",
    "job_posting_id",
    "score",
    "category",
    "computed_at",
    "stale",
];

/// The progress of a batch, in matches.
#[derive(Serialize, ToSchema)]
pub struct BatchProgress {
    /// The batch's id.
    batch_id: String,
    /// `waiting`, `queued`, `processing` or, once every match has ended, `completed`.
    #[schema(value_type = BatchStatus)]
    status: &'static str,
    /// The queue's full name.
    #[schema(value_type = FullQueueName)]
    queue: &'static str,
    /// The candidate that all matches share.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    candidate_id: Option<CandidateId>,
    /// The job posting that all matches share.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    job_posting_id: Option<JobPostingId>,
    /// The user of the platform that the batch belongs to.
    user_id: Option<String>,
    /// All matches.
    total: i64,
    /// Matches that wait for a dependency.
    waiting: i64,
    /// Matches that are queued.
    queued: i64,
    /// Matches that are being scored.
    processing: i64,
    /// Matches that ended with a result.
    completed: i64,
    /// Matches that ended with an error.
    failed: i64,
    /// Matches that were cancelled.
    cancelled: i64,
    /// The share of matches that have ended, in [0, 1].
    progress: f64,
    /// The time of its submission.
    #[schema(format = DateTime)]
    created_at: String,
    /// The time at which its last match ended.
    #[schema(format = DateTime)]
    finished_at: Option<String>,
}

impl From<BatchView> for BatchProgress {
    fn from(view: BatchView) -> Self {
        let counts = view.counts;
        let ended = counts.completed + counts.failed + counts.cancelled;
        let status = if view.finished_at.is_some() {
            BatchStatus::Completed
        } else if view.processing > 0 || ended > 0 {
            BatchStatus::Processing
        } else if view.queued > 0 {
            BatchStatus::Queued
        } else {
            BatchStatus::Waiting
        };
        let (kind, subject) = (view.subject_kind, view.subject_id);
        Self {
            batch_id: view.id.to_string(),
            status: status.as_str(),
            queue: view.queue.as_str(),
            candidate_id: CandidateId::of_profile(kind, subject),
            job_posting_id: JobPostingId::of_profile(kind, subject),
            user_id: view.user_id,
            total: counts.total,
            waiting: view.waiting,
            queued: view.queued,
            processing: view.processing,
            completed: counts.completed,
            failed: counts.failed,
            cancelled: counts.cancelled,
            progress: (ended as f64 / counts.total.max(1) as f64 * 1e4).round() / 1e4,
            created_at: format_timestamp(view.created_at),
            finished_at: view.finished_at.map(format_timestamp),
        }
    }
}

/// Returns the progress of a batch.
#[utoipa::path(operation_id = "get_batch", tag = "batches",
    params(ReadConditions),
    responses((status = 200, body = BatchProgress, description = "the progress",
            headers(("ETag" = String, description = "Changes with the answer"))),
        (status = 304, description = "the answer is the one that `If-None-Match` names"),
        (status = 404, body = ProblemDocument, description = "there is no such batch")))]
#[get("/api/v1/batches/{id}")]
pub(super) async fn progress(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: BatchId = read_path_text(id)?;
    let jobs = Arc::clone(&state.jobs);
    let view = state.run(async move { Ok(jobs.batch(&id).await?) }).await?;
    let progress = BatchProgress::from(view);
    conditional::json(&request, HttpResponse::Ok(), &progress)
}

/// A part of a batch's ranking.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct RankingQuery {
    /// Only results with this score or a better one.
    #[deserr(default)]
    #[param(inline)]
    min_score: Option<Fraction>,
    /// Only the best results, at most this number.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<Count<1_000_000, 1_000_000>>,
}

impl Fields<InQuery> for RankingQuery {}

/// Downloads a batch's ranking as NDJSON or, by `Accept`, CSV, best first: the final one if the
/// batch has ended, otherwise that of the matches completed so far.
#[utoipa::path(operation_id = "get_batch_results", tag = "batches",
    params(RankingQuery),
    responses((status = 200, description = "one row a line, best first: `rank` and the members of `RankedMatch`",
            content((String = "application/x-ndjson"), (String = "text/csv"))),
        (status = 404, body = ProblemDocument, description = "there is no such batch"),
        (status = 503, body = ProblemDocument, description = "the report is large and its store away")))]
#[get("/api/v1/batches/{id}/results")]
pub(super) async fn ranking(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: BatchId = read_path_text(id)?;
    let query = read_query::<RankingQuery>(&request).map_err(Problem::invalid)?;
    let results = Arc::clone(&state.results);
    let ranking = state
        .run(async move { Ok(results.of_batch(&id).await?) })
        .await?;
    let form = match ListForm::of(&request, ListForm::Ndjson) {
        ListForm::Csv => ListForm::Csv,
        ListForm::Json | ListForm::Ndjson => ListForm::Ndjson,
    };
    let mut lines = String::new();
    if form == ListForm::Csv {
        csv::write_head(&mut lines, RANKING_COLUMNS);
    }
    let least = query.min_score.unwrap_or_default().0;
    let is_wanted = |row: &Map<String, Value>| {
        let score = row.get("score").and_then(Value::as_f64);
        score.is_none_or(|score| score >= least)
    };
    let limit = query.limit.unwrap_or_default().0 as usize;
    for row in ranking.rows().filter(is_wanted).take(limit) {
        lists::write_row(&mut lines, form, RANKING_COLUMNS, &row)?;
    }
    let mut response = HttpResponse::Ok();
    lists::describe(&mut response, form);
    Ok(response.body(lines))
}

/// Cancels all matches of a batch that have not ended. Ended matches keep their results and errors;
/// the batch ends, and `batch.completed` has the counts by outcome.
#[utoipa::path(operation_id = "cancel_batch", tag = "batches",
    responses((status = 200, body = BatchProgress, description = "cancelled, now or before"),
        (status = 404, body = ProblemDocument, description = "there is no such batch"),
        (status = 409, body = ProblemDocument, description = "all its matches have completed or failed")))]
#[delete("/api/v1/batches/{id}")]
pub(super) async fn cancel(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let id: BatchId = read_path_text(id)?;
    let actor = actor(&request);
    let (canceller, jobs) = (Arc::clone(&state.canceller), Arc::clone(&state.jobs));
    let view = state
        .run(async move {
            canceller.cancel_batch(&id, &actor).await?;
            Ok(jobs.batch(&id).await?)
        })
        .await?;
    Ok(HttpResponse::Ok().json(BatchProgress::from(view)))
}
