//! `GET /api/v1/candidates/{id}/matches` and `…/job-postings/{id}/matches`: stored results, best
//! first.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{read_path_id, read_query},
};
use crate::{
    domain::event::format_timestamp,
    service::profiles,
    store::{Page, PageCursor, RankedResult},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The page size without `limit`, and the largest.
pub(super) const PAGE: u32 = 50;
pub(super) const PAGE_LIMIT: u32 = 1_000;

/// One stored result, without its document.
#[derive(Serialize, ToSchema)]
pub struct RankedMatch {
    /// The job that computed it; its result has the document.
    job_id: String,
    /// The candidate.
    candidate_id: i64,
    /// The job posting.
    job_posting_id: i64,
    /// In [0, 1].
    score: f64,
    /// `excellent`, `good`, `moderate`, `weak` or `insufficient`.
    category: String,
    /// When it was recorded.
    computed_at: String,
}

impl From<RankedResult> for RankedMatch {
    fn from(ranked: RankedResult) -> Self {
        Self {
            job_id: ranked.job_id.to_string(),
            candidate_id: ranked.pair.candidate_id,
            job_posting_id: ranked.pair.job_posting_id,
            score: ranked.score,
            category: ranked.category,
            computed_at: format_timestamp(ranked.computed_at),
        }
    }
}

/// A page of results.
#[derive(Serialize, ToSchema)]
pub struct MatchesPage {
    /// Best first; equal scores by id.
    matches: Vec<RankedMatch>,
    /// Send it as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// Lists a candidate's results, best first.
#[utoipa::path(tag = "profiles",
    params(("limit" = Option<u32>, Query, description = "1 to 1,000; 50 without"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before")),
    responses((status = 200, body = MatchesPage), (status = 404, body = ProblemDocument)))]
#[get("/api/v1/candidates/{id}/matches")]
pub(super) async fn of_candidate(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    list(&state, ProfileKind::Candidate, &id, &request).await
}

/// Lists a job posting's results, best first.
#[utoipa::path(tag = "profiles",
    params(("limit" = Option<u32>, Query, description = "1 to 1,000; 50 without"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before")),
    responses((status = 200, body = MatchesPage), (status = 404, body = ProblemDocument)))]
#[get("/api/v1/job-postings/{id}/matches")]
pub(super) async fn of_job_posting(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    list(&state, ProfileKind::JobPosting, &id, &request).await
}

async fn list(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: &str,
    request: &HttpRequest,
) -> Result<HttpResponse, Problem> {
    let id = read_path_id(id)?;
    let page = read_page(request)?;
    let limit = page.limit;
    let store = Arc::clone(&state.store);
    let results = state
        .run(async move {
            let results = store.ranked_results(kind, id, &page).await?;
            // Results outlive their profile; only an id unknown on both counts is an error.
            if results.is_empty()
                && page.after.is_none()
                && store.profile(kind, id).await?.is_none()
            {
                return Err(Problem::not_found(profiles::not_found(kind, id).detail));
            }
            Ok(results)
        })
        .await?;
    let next_cursor = results
        .last()
        .filter(|_| results.len() == limit as usize)
        .map(|last| {
            PageCursor {
                score: last.score,
                candidate_id: last.pair.candidate_id,
                job_posting_id: last.pair.job_posting_id,
            }
            .encode()
        });
    let matches = results.into_iter().map(RankedMatch::from).collect();
    Ok(HttpResponse::Ok().json(MatchesPage {
        matches,
        next_cursor,
    }))
}

fn read_page(request: &HttpRequest) -> Result<Page, Problem> {
    let query = read_query(request)?;
    let mut faults = Vec::new();
    let limit = query.get("limit").map_or(Some(PAGE), |limit| {
        limit
            .parse()
            .ok()
            .filter(|limit| (1..=PAGE_LIMIT).contains(limit))
    });
    if limit.is_none() {
        let detail = format!("send a whole number from 1 to {PAGE_LIMIT}");
        faults.push(FieldProblem::new("query", "/limit", "out_of_range", detail));
    }
    let after = query.get("cursor").map(|cursor| PageCursor::decode(cursor));
    if after == Some(None) {
        let detail = "send next_cursor of the page before, unchanged";
        faults.push(FieldProblem::new("query", "/cursor", "malformed", detail));
    }
    if !faults.is_empty() {
        return Err(Problem::invalid(faults));
    }
    Ok(Page {
        limit: limit.unwrap_or(PAGE),
        after: after.flatten(),
    })
}
