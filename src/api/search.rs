//! `POST /api/v1/search`: compares one profile with all stored ones of the other kind.

use std::{sync::Arc, time::Instant};

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use deserr::Deserr;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use utoipa::ToSchema;

use super::{
    ApiState,
    faults::{Faults, InBody},
    fields::{Count, Fraction, GivenProfile, Limits, profile_source},
    immediate_match::{check_candidate, check_job_posting},
    language::{LanguageQuery, read_language, set_content_language},
    names::{CategoryName, ProfileKindName},
    names_of_fields,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{Fields, Given, documented_names, read_body_fields, read_json},
    result_schema::ResultDocumentView,
};
use crate::{
    domain::{
        event::format_timestamp,
        identifiers::{CandidateId, JobPostingId, ProfileId},
    },
    service::{
        search::{Filters, Found, FoundMatch, Search},
        submit::AskedWeights,
    },
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Criterion};

/// The maximum number of matches that a search returns.
type Top = Count<20, 1_000>;

/// One profile, and the options of the search.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>)]
#[schema(example = json!({"job_id": 456, "top": 10, "filters": {"country": "FR"}}))]
pub struct SearchBody {
    /// A stored job posting to find candidates for.
    #[deserr(default)]
    job_id: Option<JobPostingId>,
    /// Another name of `job_id`.
    #[deserr(default)]
    job_posting_id: Option<JobPostingId>,
    /// The job posting in full.
    #[deserr(default)]
    job_posting: Option<GivenProfile>,
    /// A stored candidate to find job postings for.
    #[deserr(default)]
    candidate_id: Option<CandidateId>,
    /// The candidate in full.
    #[deserr(default)]
    candidate: Option<GivenProfile>,
    /// Weights of criteria to use instead of the configured ones.
    #[deserr(default)]
    weights: Option<AskedWeights>,
    /// The number of top matches to return.
    #[deserr(default)]
    #[schema(inline)]
    top: Option<Top>,
    /// The minimum score of a match.
    #[deserr(default)]
    #[schema(inline)]
    min_score: Option<Fraction>,
    /// Filters that the other profiles must pass.
    #[deserr(default)]
    filters: Option<Filters>,
    /// True if each match comes with its result document.
    #[deserr(default)]
    explain: Option<bool>,
}

impl Fields<InBody> for SearchBody {
    documented_names!(names_of_fields::of_body::<SearchBody>);

    fn contradictions(given: &Given<'_>) -> Vec<FieldProblem> {
        let fault = match (names_candidate(given), names_job_posting(given)) {
            (true, false) => check_candidate(given),
            (false, true) => check_job_posting(given),
            (true, true) => {
                let detail =
                    "send a candidate or a job posting, not both; POST /api/v1/match scores a pair";
                Some(FieldProblem::new("body", "", "inconsistent", detail))
            }
            (false, false) => {
                let detail = "send candidate_id, candidate, job_id or job_posting";
                Some(FieldProblem::new("body", "", "missing", detail))
            }
        };
        fault.into_iter().collect()
    }
}

/// Returns the kind of the subject, which decides the filters that apply.
fn subject_kind(body: &Value) -> ProfileKind {
    let names_job_posting = body.as_object().is_some_and(|fields| {
        let given = Given(fields);
        names_job_posting(&given) && !names_candidate(&given)
    });
    if names_job_posting {
        ProfileKind::JobPosting
    } else {
        ProfileKind::Candidate
    }
}

/// True if the subject is a candidate.
fn names_candidate(given: &Given<'_>) -> bool {
    given.has_any(&["candidate", "candidate_id"])
}

/// True if the subject is a job posting.
fn names_job_posting(given: &Given<'_>) -> bool {
    given.has_any(&["job_posting", "job_id", "job_posting_id"])
}

/// The profile that was compared.
#[derive(Serialize, ToSchema)]
pub struct SearchSubject {
    /// `candidate` or `job_posting`.
    #[schema(value_type = ProfileKindName)]
    kind: &'static str,
    /// Its id, if it has one.
    #[schema(inline)]
    id: Option<ProfileId>,
}

/// One match of a search.
#[derive(Serialize, ToSchema)]
pub struct SearchMatch {
    /// The candidate, if a job posting was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    candidate_id: Option<CandidateId>,
    /// The job posting, if a candidate was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(inline)]
    job_posting_id: Option<JobPostingId>,
    /// The score, in [0, 1].
    score: f64,
    /// `excellent`, `good`, `moderate`, `weak` or `insufficient`.
    #[schema(value_type = CategoryName)]
    category: &'static str,
    /// The score of each criterion; null without data.
    #[schema(value_type = Object, example = json!({"skills": 0.85, "experience": 1.0, "salary": null}))]
    criteria: Map<String, Value>,
    /// The result document, with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ResultDocumentView>)]
    document: Option<Box<RawValue>>,
}

impl SearchMatch {
    fn of(found: FoundMatch, subject: ProfileKind) -> Self {
        let kind = subject.counterpart();
        let names = Criterion::ALL.map(|criterion| criterion.as_str().to_owned());
        let scores = found.criterion_scores.map(Value::from);
        Self {
            candidate_id: CandidateId::of_profile(kind, found.id),
            job_posting_id: JobPostingId::of_profile(kind, found.id),
            score: found.score,
            category: found.category.as_str(),
            criteria: std::iter::zip(names, scores).collect(),
            document: found
                .document
                .and_then(|document| RawValue::from_string(document).ok()),
        }
    }
}

/// The outcome of a search.
#[derive(Serialize, ToSchema)]
pub struct SearchAnswer {
    /// The profile that was compared.
    subject: SearchSubject,
    /// The number of profiles that were checked: all of the other kind.
    searched: usize,
    /// The number of profiles that pass the filters and reach the minimum score.
    matched: usize,
    /// The number of profiles whose stored document can't be read; store them again.
    unreadable: usize,
    /// The duration of the search, in milliseconds.
    took_ms: u64,
    /// The top matches, best first; equal scores by increasing id.
    matches: Vec<SearchMatch>,
}

impl SearchAnswer {
    fn of(found: Found, kind: ProfileKind, began: Instant) -> Self {
        let matches = found.matches.into_iter();
        Self {
            subject: SearchSubject {
                kind: kind.as_str(),
                id: found.subject_id,
            },
            searched: found.searched,
            matched: found.matched,
            unreadable: found.unreadable,
            matches: matches.map(|one| SearchMatch::of(one, kind)).collect(),
            took_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// Finds the best matches of a profile among all stored ones. The engine scores each of them; all
/// writes that were answered before the call are included. Nothing is stored.
#[utoipa::path(operation_id = "search_profiles", tag = "matching", request_body = SearchBody,
    params(LanguageQuery),
    responses((status = 200, body = SearchAnswer, description = "the best matches"),
        (status = 404, body = ProblemDocument, description = "the profile is not stored here"),
        (status = 503, body = ProblemDocument, description = "the database is unavailable; see `Retry-After`")))]
#[post("/api/v1/search")]
pub(super) async fn search(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let began = Instant::now();
    let language = read_language(&request, state.settings.language)?;
    let body = read_json(&request, payload, &state).await?;
    let subject_kind = subject_kind(&body);
    let limits = Limits::of(&state).filtering(subject_kind.counterpart());
    let body = read_body_fields::<SearchBody>(body, limits).map_err(Problem::invalid)?;
    let subject = match subject_kind {
        ProfileKind::Candidate => profile_source(
            body.candidate,
            body.candidate_id.map(CandidateId::without_kind),
        ),
        ProfileKind::JobPosting => {
            let id = body.job_id.or(body.job_posting_id);
            profile_source(body.job_posting, id.map(JobPostingId::without_kind))
        }
    };
    let subject = subject.ok_or_else(Problem::internal)?;
    let filters = body.filters;
    let now = crate::clock::now();
    let search = Search {
        subject_kind,
        subject,
        weights: body
            .weights
            .map_or(state.settings.weights, |asked| asked.weights),
        top: body.top.unwrap_or_default().0 as usize,
        min_score: body.min_score.unwrap_or_default().0,
        filters: filters.unwrap_or_else(|| Filters::unstated(subject_kind.counterpart())),
        explain: body.explain.unwrap_or_default().then_some(language),
        computed_at: format_timestamp(now),
        received_on: now.date_naive(),
    };
    let searcher = Arc::clone(&state.search);
    let found = state
        .run_while_awaited(Box::pin(async move { Ok(searcher.search(search).await?) }))
        .await?;
    let mut response = HttpResponse::Ok();
    set_content_language(&mut response, language);
    Ok(response.json(SearchAnswer::of(found, subject_kind, began)))
}
