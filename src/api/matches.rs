//! `GET /api/v1/candidates/{id}/matches` and `…/job-postings/{id}/matches`: stored results, best
//! first.

use std::sync::Arc;

use actix_web::{
    Error, HttpRequest, HttpResponse, get,
    web::{Bytes, Data, Path},
};
use deserr::Deserr;
use futures::stream;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::{
    ApiState,
    faults::{Faults, InQuery},
    fields::{Count, Fraction},
    lists::{self, ListForm, ListPage},
    names::CategoryName,
    problem::{Problem, ProblemDocument},
    reading::{Fields, read_path_id, read_query},
};
use crate::{
    domain::{
        event::format_timestamp,
        identifiers::{CandidateId, JobPostingId, ProfileId},
        paging::{Listing, Page, PageCursor},
        ranking::RankedResult,
    },
    service::csv,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The size of a page.
pub(super) type PageLimit = Count<50, 1_000>;

/// The number of results that a stream reads at once.
const STREAMED_PAGE: u32 = 1_000;

/// A page of stored results.
#[derive(Deserr, IntoParams)]
#[deserr(error = Faults<InQuery>)]
#[into_params(parameter_in = Query)]
pub struct MatchesQuery {
    /// The size of the page; CSV and NDJSON without it have all results.
    #[deserr(default)]
    #[param(inline)]
    limit: Option<PageLimit>,
    /// The `next_cursor` of the previous page.
    #[deserr(default)]
    #[param(inline)]
    cursor: Option<PageCursor>,
    /// Only results with this score or a better one.
    #[deserr(default)]
    #[param(inline)]
    min_score: Option<Fraction>,
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
    /// True if a profile was changed since; queue the pair again for a new result.
    stale: bool,
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
            stale: ranked.is_stale,
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

impl ListPage for MatchesPage {
    type Row = RankedMatch;

    const COLUMNS: &'static [&'static str] = &[
        "job_id",
        "candidate_id",
        "job_posting_id",
        "score",
        "category",
        "computed_at",
        "stale",
    ];

    fn rows(&self) -> &[RankedMatch] {
        &self.matches
    }

    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

/// Lists a candidate's results, best first.
#[utoipa::path(operation_id = "list_candidate_matches", tag = "profiles",
    params(("id" = inline(ProfileId), Path), MatchesQuery),
    responses((status = 200, description = "a page of results; `Accept` chooses the form",
            content((MatchesPage = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")),
            headers(("ETag" = String, description = "Changes with the answer, in JSON"),
                ("Link" = String, description = "The address of the next page, with `rel=\"next\"`"))),
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
    responses((status = 200, description = "a page of results; `Accept` chooses the form",
            content((MatchesPage = "application/json"), (String = "text/csv"), (String = "application/x-ndjson")),
            headers(("ETag" = String, description = "Changes with the answer, in JSON"),
                ("Link" = String, description = "The address of the next page, with `rel=\"next\"`"))),
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
    let mut page = Page {
        limit: query.limit.unwrap_or_default().0,
        after: query.cursor,
        min_score: query.min_score.unwrap_or_default().0,
    };
    let form = ListForm::of(request, ListForm::Json);
    if form != ListForm::Json && query.limit.is_none() {
        page.limit = STREAMED_PAGE;
        return stream(state, kind, id, page, form).await;
    }
    let listing = read_page(state, kind, id, page).await?;
    let page = MatchesPage {
        matches: listing.rows.into_iter().map(RankedMatch::from).collect(),
        next_cursor: listing.next.map(|cursor| cursor.encode()),
    };
    lists::answer(request, &page)
}

async fn read_page(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: ProfileId,
    page: Page,
) -> Result<Listing<RankedResult, PageCursor>, Problem> {
    let results = Arc::clone(&state.results);
    state
        .run(async move { Ok(results.of_profile(kind, id, &page).await?) })
        .await
}

/// Answers all results from the page on, and holds one page of them at a time. If the database fails
/// meanwhile, the connection ends without the end of the body, so that the caller notices.
async fn stream(
    state: &Data<ApiState>,
    kind: ProfileKind,
    id: ProfileId,
    page: Page,
    form: ListForm,
) -> Result<HttpResponse, Problem> {
    let first = read_page(state, kind, id, page.clone()).await?;
    let mut head = String::new();
    if form == ListForm::Csv {
        csv::write_head(&mut head, MatchesPage::COLUMNS);
    }
    let state = state.clone();
    let lines = stream::try_unfold(Some((head, first)), move |pages| {
        let (state, page) = (state.clone(), page.clone());
        async move {
            let Some((mut lines, listing)) = pages else {
                return Ok::<_, Error>(None);
            };
            for result in listing.rows {
                let row = RankedMatch::from(result);
                lists::write_row(&mut lines, form, MatchesPage::COLUMNS, &row)?;
            }
            let next = match listing.next {
                Some(cursor) => {
                    let after = Some(cursor);
                    let next = read_page(&state, kind, id, Page { after, ..page });
                    Some((String::new(), next.await?))
                }
                None => None,
            };
            Ok(Some((Bytes::from(lines), next)))
        }
    });
    let mut response = HttpResponse::Ok();
    lists::describe(&mut response, form);
    Ok(response.streaming(lines))
}
