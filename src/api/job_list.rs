//! `GET /api/v1/jobs`: matches by queue, state, profile, batch, user, error and time.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    faults::{Faults, InQuery},
    fields::{CallerText, FailureName, JobStateName, Time},
    jobs::ListedJob,
    lists::{self, ListPage},
    matches::PageLimit,
    problem::Problem,
    reading::{Fields, read_two_groups},
};
use crate::domain::{
    identifiers::{BatchId, CandidateId, JobPostingId},
    job_filter::{JobCursor, JobFilter, JobPage},
    queue_name::QueueName,
};

/// A filter of jobs; all given conditions must hold.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct JobFilterQuery {
    /// Only matches of this queue.
    #[deserr(default)]
    #[param(inline)]
    queue: Option<QueueName>,
    /// Only matches in this state.
    #[deserr(default)]
    #[param(inline)]
    status: Option<JobStateName>,
    /// Only matches of this candidate.
    #[deserr(default)]
    #[param(inline)]
    candidate_id: Option<CandidateId>,
    /// Only matches of this job posting.
    #[deserr(default)]
    #[param(inline)]
    job_posting_id: Option<JobPostingId>,
    /// Only matches of this batch.
    #[deserr(default)]
    #[param(inline)]
    batch_id: Option<BatchId>,
    /// Only matches of this user of the platform.
    #[deserr(default)]
    #[param(inline)]
    user_id: Option<CallerText>,
    /// Only matches whose last error has this code.
    #[deserr(default)]
    #[param(inline)]
    error_code: Option<FailureName>,
    /// Only matches that were submitted at this time or later (RFC 3339).
    #[deserr(default)]
    #[param(inline)]
    from: Option<Time>,
    /// Only matches that were submitted before this time (RFC 3339).
    #[deserr(default)]
    #[param(inline)]
    to: Option<Time>,
}

impl Fields<InQuery> for JobFilterQuery {}

impl From<JobFilterQuery> for JobFilter {
    fn from(query: JobFilterQuery) -> Self {
        Self {
            queue: query.queue,
            state: query.status.map(|state| state.0),
            candidate_id: query.candidate_id,
            job_posting_id: query.job_posting_id,
            batch_id: query.batch_id,
            user_id: query.user_id.map(|user| user.0),
            error_code: query.error_code.map(|code| code.0),
            from: query.from.map(|time| time.0),
            to: query.to.map(|time| time.0),
        }
    }
}

/// A page of jobs.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct JobPageQuery {
    /// The size of the page.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[deserr(default)]
    #[param(inline)]
    cursor: Option<JobCursor>,
}

impl Fields<InQuery> for JobPageQuery {}

/// A page of matches.
#[derive(Serialize, ToSchema)]
pub struct JobsPage {
    /// Those that were submitted last come first. Where no index finds the matches of a filter, a
    /// page may have fewer than `limit`, or none, and yet not be the last.
    jobs: Vec<ListedJob>,
    /// Send it as `cursor` for the next page; null on the last page.
    next_cursor: Option<String>,
}

impl ListPage for JobsPage {
    type Row = ListedJob;

    const COLUMNS: &'static [&'static str] = &[
        "job_id",
        "status",
        "attempts",
        "queue",
        "candidate_id",
        "job_posting_id",
        "batch_id",
        "depends_on",
        "user_id",
        "trace_id",
        "next_attempt_at",
        "error.code",
        "error.detail",
        "created_at",
        "started_at",
        "finished_at",
    ];

    fn rows(&self) -> &[ListedJob] {
        &self.jobs
    }

    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

/// Lists matches, newest first.
#[utoipa::path(operation_id = "list_jobs", tag = "matching",
    params(JobFilterQuery, JobPageQuery),
    responses((status = 200, description = "a page of matches; `Accept` chooses the form",
        content((JobsPage = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")),
        headers(("Link" = String, description = "The address of the next page, with `rel=\"next\"`")))))]
#[get("/api/v1/jobs")]
pub(super) async fn list(
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let (filter, query) = read_two_groups::<JobFilterQuery, JobPageQuery>(&request)?;
    let filter = JobFilter::from(filter);
    let page = JobPage {
        limit: query.limit.unwrap_or_default().0,
        after: query.cursor,
    };
    let jobs = Arc::clone(&state.jobs);
    let listing = state
        .run(async move { Ok(jobs.list(&filter, &page).await?) })
        .await?;
    let page = JobsPage {
        jobs: listing.rows.into_iter().map(ListedJob::from).collect(),
        next_cursor: listing.next.map(|cursor| cursor.encode()),
    };
    lists::answer(&request, &page)
}
