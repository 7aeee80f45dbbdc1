//! `POST /api/v1/match`: scores a pair immediately, from stored profiles or profiles in the
//! request.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use deserr::Deserr;
use utoipa::ToSchema;

use super::{
    ApiState,
    faults::{Faults, InBody},
    fields::{GivenProfile, profile_source},
    language::{LanguageQuery, read_language, set_content_language},
    names_of_fields,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{Fields, Given, documented_names, read_body},
    result_schema::ResultDocumentView,
};
use crate::{
    domain::{
        event::format_timestamp,
        identifiers::{CandidateId, JobPostingId},
    },
    service::submit::AskedWeights,
};
use matching_engine::scoring::Engine;

/// Two profiles, each stored (by id) or given in full.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>)]
#[schema(example = json!({"candidate_id": 123, "job_id": 456}))]
pub struct ImmediateMatchBody {
    /// A stored candidate; or send `candidate`.
    #[deserr(default)]
    candidate_id: Option<CandidateId>,
    /// The candidate in full.
    #[deserr(default)]
    candidate: Option<GivenProfile>,
    /// A stored job posting; or send `job_posting`.
    #[deserr(default)]
    job_id: Option<JobPostingId>,
    /// Another name of `job_id`.
    #[deserr(default)]
    job_posting_id: Option<JobPostingId>,
    /// The job posting in full.
    #[deserr(default)]
    job_posting: Option<GivenProfile>,
    /// Weights of criteria to use instead of the configured ones.
    #[deserr(default)]
    weights: Option<AskedWeights>,
}

impl Fields<InBody> for ImmediateMatchBody {
    documented_names!(names_of_fields::of_body::<ImmediateMatchBody>);

    fn contradictions(given: &Given<'_>) -> Vec<FieldProblem> {
        let sides = [check_candidate(given), check_job_posting(given)];
        sides.into_iter().flatten().collect()
    }
}

/// Returns the fault if the body names no candidate, or names one in several ways.
pub(super) fn check_candidate(given: &Given<'_>) -> Option<FieldProblem> {
    check_source(given, "candidate", &["candidate_id"])
}

/// Returns the fault if the body names no job posting, or names one in several ways.
pub(super) fn check_job_posting(given: &Given<'_>) -> Option<FieldProblem> {
    check_source(given, "job_posting", &["job_id", "job_posting_id"])
}

fn check_source(given: &Given<'_>, inline: &str, ids: &[&str]) -> Option<FieldProblem> {
    let ways = ids.iter().filter(|id| given.has(id)).count() + usize::from(given.has(inline));
    let (code, detail) = match ways {
        0 => {
            let detail = format!("send {inline} (the profile itself) or {}", ids[0]);
            ("missing", detail)
        }
        1 => return None,
        _ => {
            let detail = format!("send either {inline} or {}, not both", ids[0]);
            ("inconsistent", detail)
        }
    };
    Some(FieldProblem::new(
        "body",
        format!("/{inline}"),
        code,
        detail,
    ))
}

/// Scores one pair at once; nothing is queued or stored.
#[utoipa::path(operation_id = "score_now", tag = "matching", request_body = ImmediateMatchBody,
    params(LanguageQuery),
    responses((status = 200, body = ResultDocumentView, description = "the result document"),
        (status = 404, body = ProblemDocument, description = "a profile is not stored here")))]
#[post("/api/v1/match")]
pub(super) async fn score_now(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let language = read_language(&request, state.settings.language)?;
    let body = read_body::<ImmediateMatchBody>(&request, payload, &state).await?;
    let body = body.map_err(Problem::invalid)?;
    let candidate = profile_source(
        body.candidate,
        body.candidate_id.map(CandidateId::without_kind),
    );
    let job_posting = profile_source(
        body.job_posting,
        body.job_id
            .or(body.job_posting_id)
            .map(JobPostingId::without_kind),
    );
    let (Some(candidate), Some(job_posting)) = (candidate, job_posting) else {
        return Err(Problem::internal());
    };
    let weights = body.weights;
    let weights = weights.map_or(state.settings.weights, |asked| asked.weights);
    let (profiles, engine) = (Arc::clone(&state.profiles), Engine::new(weights));
    let now = crate::clock::now();
    let computed_at = format_timestamp(now);
    let document = state
        .run_while_awaited(async move {
            let scoring = profiles.score_now(
                engine,
                candidate,
                job_posting,
                language,
                computed_at,
                now.date_naive(),
            );
            Ok(scoring.await?)
        })
        .await?;
    let mut response = HttpResponse::Ok();
    set_content_language(&mut response, language);
    Ok(response.content_type("application/json").body(document))
}
