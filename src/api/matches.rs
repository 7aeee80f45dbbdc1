//! `GET /api/v1/candidates/{id}/matches` and `…/job-postings/{id}/matches`: stored results, best
//! first.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, Path},
};
use deserr::Deserr;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    faults::{Faults, InQuery},
    fields::Count,
    names::CategoryName,
    problem::{Problem, ProblemDocument},
    reading::{Fields, read_path_id, read_query},
};
use crate::domain::{
    event::format_timestamp,
    identifiers::{CandidateId, JobPostingId, ProfileId},
    paging::{Page, PageCursor},
    ranking::RankedResult,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The size of a page.
pub(super) type PageLimit = Count<50, 1_000>;

/// A page of stored results.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct MatchesQuery {
    /// The size of the page.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[deserr(default)]
    #[param(inline)]
    cursor: Option<PageCursor>,
}

impl Fields<InQuery> for MatchesQuery {}

/// One stored result, without its document.
#[derive(Serialize, ToSchema)]
pub struct RankedMatch {
    /// The id of the job that computed it, whose result has the document.
    job_id: String,
    /// The candidate.
    #[schema(inline)]
    candidate_id: CandidateId,
    /// The job posting.
    #[schema(inline)]
    job_posting_id: JobPostingId,
    /// The score, in [0, 1].
    score: f64,
    /// `excellent`, `good`, `moderate`, `weak` or `insufficient`.
    #[schema(value_type = CategoryName)]
    category: String,
    /// The time at which it was recorded.
    #[schema(format = DateTime)]
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
    /// Send it as `cursor` for the next page; null on the last page.
    next_cursor: Option<String>,
}

/// Lists a candidate's results, best first.
#[utoipa::path(operation_id = "list_candidate_matches", tag = "profiles",
    params(("id" = inline(ProfileId), Path), MatchesQuery),
    responses((status = 200, body = MatchesPage, description = "a page of results"),
        (status = 404, body = ProblemDocument, description = "the profile is not stored and has no results")))]
#[get("/api/v1/candidates/{id}/matches")]
pub(super) async fn of_candidate(
    id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    list(&state, ProfileKind::Candidate, &id, &request).await
}

/// Lists a job posting's results, best first.
#[utoipa::path(operation_id = "list_job_posting_matches", tag = "profiles",
    params(("id" = inline(ProfileId), Path), MatchesQuery),
    responses((status = 200, body = MatchesPage, description = "a page of results"),
        (status = 404, body = ProblemDocument, description = "the profile is not stored and has no results")))]
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
    let query = read_query::<MatchesQuery>(request).map_err(Problem::invalid)?;
    let page = Page {
        limit: query.limit.unwrap_or_default().0,
        after: query.cursor,
    };
    let results = Arc::clone(&state.results);
    let listing = state
        .run(async move { Ok(results.of_profile(kind, id, &page).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(MatchesPage {
        matches: listing.rows.into_iter().map(RankedMatch::from).collect(),
        next_cursor: listing.next.map(|cursor| cursor.encode()),
    }))
}
