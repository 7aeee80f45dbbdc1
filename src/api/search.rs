//! `POST /api/v1/search`: one profile against every stored one of the other kind.

use std::{sync::Arc, time::Instant};

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use utoipa::ToSchema;

use super::{
    ApiState,
    immediate_match::read_source,
    language::{read_language, tell_language},
    problem::{FieldProblem, Problem, ProblemDocument},
    queue_matching::WeightsBody,
    reading::{Fields, read_json},
};
use crate::{
    domain::event::format_timestamp,
    service::{
        immediate_match::ProfileSource,
        search::{Filters, Found, FoundMatch, Search},
    },
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Criterion};

/// How many matches without `top`, and the most.
const TOP: u32 = 20;
const TOP_LIMIT: u32 = 1_000;

/// One profile, and what is wanted of those it is compared with.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct SearchBody {
    /// A stored job posting to find candidates for (also as `job_posting_id`).
    #[schema(example = 456)]
    job_id: Option<i64>,
    /// The job posting itself.
    #[schema(value_type = Option<Object>)]
    job_posting: Option<Value>,
    /// A stored candidate to find job postings for.
    candidate_id: Option<i64>,
    /// The candidate itself.
    #[schema(value_type = Option<Object>)]
    candidate: Option<Value>,
    /// Weights of some criteria, 0 or more; the others keep the service's.
    weights: Option<WeightsBody>,
    /// How many of the best, 1 to 1,000; 20 without.
    top: Option<u32>,
    /// The least score, in [0, 1].
    min_score: Option<f64>,
    /// What the other profiles must be like.
    filters: Option<FiltersBody>,
    /// Whether each match comes with its result document.
    explain: Option<bool>,
}

/// What a profile must say to be compared. Who says nothing doesn't pass; all filters have to hold.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct FiltersBody {
    /// One of these, up to 10,000.
    ids: Option<Vec<i64>>,
    /// In this country (ISO 3166 code or name), or in one of several.
    #[schema(value_type = Option<Object>, example = "FR")]
    country: Option<Value>,
    /// `onsite`, `hybrid` or `remote`, or several; a candidate of `any` passes each.
    #[schema(value_type = Option<Object>, example = json!(["hybrid", "remote"]))]
    remote: Option<Value>,
    /// Any of these: `permanent`, `fixed_term`, `temporary`, `freelance`, `internship`,
    /// `apprenticeship`, `seasonal`, `volunteer`, or their French names.
    contract_types: Option<Vec<String>>,
    /// Each of these, as codes or `{code, level}`: spoken at this level or better, or asked for.
    #[schema(value_type = Option<Vec<Object>>, example = json!([{"code": "en", "level": "B2"}]))]
    languages: Option<Vec<Value>>,
    /// Each of these. A candidate passes who states the skill or one that implies it, or mentions
    /// it; a job posting that asks for it by this name.
    skills: Option<Vec<String>>,
    /// Of job postings: `open` (without this filter, too), `closed` or `any`.
    status: Option<String>,
}

/// The profile that was compared.
#[derive(Serialize, ToSchema)]
pub struct SearchSubject {
    /// `candidate` or `job_posting`.
    kind: &'static str,
    /// Its id, where it has one.
    id: Option<i64>,
}

/// One match of a search.
#[derive(Serialize, ToSchema)]
pub struct SearchMatch {
    /// The candidate, where a job posting was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate_id: Option<i64>,
    /// The job posting, where a candidate was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    job_posting_id: Option<i64>,
    /// In [0, 1].
    score: f64,
    /// `excellent`, `good`, `moderate`, `weak` or `insufficient`.
    category: &'static str,
    /// The score of each criterion; null without data.
    #[schema(value_type = Object, example = json!({"skills": 0.85, "experience": 1.0, "salary": null}))]
    criteria: Map<String, Value>,
    /// The result document, with `explain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    document: Option<Box<RawValue>>,
}

impl SearchMatch {
    fn of(found: FoundMatch, subject: ProfileKind) -> Self {
        let id = |kind: ProfileKind| (kind != subject).then_some(found.id);
        let names = Criterion::ALL.map(|criterion| criterion.as_str().to_owned());
        let scores = found.criterion_scores.map(Value::from);
        Self {
            candidate_id: id(ProfileKind::Candidate),
            job_posting_id: id(ProfileKind::JobPosting),
            score: found.score,
            category: found.category.as_str(),
            criteria: std::iter::zip(names, scores).collect(),
            document: found
                .document
                .and_then(|document| RawValue::from_string(document).ok()),
        }
    }
}

/// What a search found.
#[derive(Serialize, ToSchema)]
pub struct SearchAnswer {
    /// What was compared.
    subject: SearchSubject,
    /// Profiles looked at: all there are of the other kind.
    searched: usize,
    /// Of them, those that pass the filters and reach the least score.
    matched: usize,
    /// Of them, those whose stored document can't be read; put them again.
    unreadable: usize,
    /// How long it took, in milliseconds.
    took_ms: u64,
    /// The best, best first; equal scores by rising id.
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

/// Finds the best counterparts of a profile among all that are stored. Every one of them is scored
/// by the engine; what was put or deleted before the call is seen. Nothing is stored.
#[utoipa::path(tag = "matching", request_body = SearchBody,
    params(("lang" = Option<String>, Query, description = "language of the documents, `en` or `fr`; else that of `Accept-Language`")),
    responses((status = 200, body = SearchAnswer),
        (status = 404, body = ProblemDocument, description = "the profile is not stored here"),
        (status = 422, body = ProblemDocument),
        (status = 503, body = ProblemDocument, description = "the database is away; see `Retry-After`")))]
#[post("/api/v1/search")]
pub(super) async fn search(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let began = Instant::now();
    let language = read_language(&request, state.settings.language)?;
    let mut body = Fields::of(read_json(&request, payload, state.settings.body_limit).await?)?;
    let (subject_kind, subject) = read_subject(&mut body);
    let weights = body.weights(&state.settings.weights);
    let top = body.count("top", TOP_LIMIT).unwrap_or(TOP);
    let min_score = read_min_score(&mut body);
    let explain = body.flag("explain");
    let filters = read_filters(&mut body, subject_kind.counterpart());
    body.finish()?;
    let now = crate::clock::now();
    let search = Search {
        subject_kind,
        subject,
        weights: weights.map_or(state.settings.weights, |asked| asked.weights),
        top: top as usize,
        min_score,
        filters,
        explain: explain.then_some(language),
        computed_at: format_timestamp(now),
        received_on: now.date_naive(),
    };
    let searcher = Arc::clone(&state.search);
    let found = state
        .run(async move { Ok(searcher.search(search).await?) })
        .await?;
    let mut response = HttpResponse::Ok();
    tell_language(&mut response, language);
    Ok(response.json(SearchAnswer::of(found, subject_kind, began)))
}

/// Exactly one of the four ways to name a profile.
fn read_subject(body: &mut Fields) -> (ProfileKind, ProfileSource) {
    let is_given = |body: &Fields, names: &[&str]| names.iter().any(|name| body.has(name));
    let candidate = is_given(body, &["candidate", "candidate_id"]);
    let posting = is_given(body, &["job_posting", "job_id", "job_posting_id"]);
    match (candidate, posting) {
        (true, false) => {
            let source = read_source(body, "candidate", &["candidate_id"]);
            (ProfileKind::Candidate, source)
        }
        (false, true) => {
            let source = read_source(body, "job_posting", &["job_id", "job_posting_id"]);
            (ProfileKind::JobPosting, source)
        }
        (both, _) => {
            let (code, detail) = if both {
                (
                    "inconsistent",
                    "send a candidate or a job posting, not both; POST /api/v1/match scores a pair",
                )
            } else {
                (
                    "missing",
                    "send candidate_id, candidate, job_id or job_posting",
                )
            };
            body.fault("", code, detail);
            (ProfileKind::Candidate, ProfileSource::Inline(Value::Null))
        }
    }
}

fn read_min_score(body: &mut Fields) -> f64 {
    let Some(value) = body.take("min_score") else {
        return 0.0;
    };
    let score = value.as_f64().filter(|score| (0.0..=1.0).contains(score));
    if score.is_none() {
        let code = if value.is_number() {
            "out_of_range"
        } else {
            "wrong_type"
        };
        body.fault("/min_score", code, "send a number from 0 to 1");
    }
    score.unwrap_or_default()
}

fn read_filters(body: &mut Fields, kind: ProfileKind) -> Filters {
    match body.take("filters") {
        None => Filters::unstated(kind),
        Some(Value::Object(stated)) => Filters::read(kind, stated).unwrap_or_else(|faults| {
            let faults = faults.iter();
            body.faults
                .extend(faults.map(|fault| FieldProblem::of_profile("/filters", fault)));
            Filters::unstated(kind)
        }),
        Some(_) => {
            body.fault(
                "/filters",
                "wrong_type",
                "send an object, such as {\"country\": \"FR\"}",
            );
            Filters::unstated(kind)
        }
    }
}
