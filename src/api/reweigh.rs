//! `POST /api/v1/matches:reweigh`: other weights for stored results.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use deserr::Deserr;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    faults::{Faults, InBody},
    fields::Field,
    matches::{PageLimit, RankedMatch},
    names_of_fields,
    problem::{FieldProblem, Problem, ProblemDocument},
    reading::{Fields, Given, documented_names, read_body},
};
use crate::{
    domain::{
        identifiers::{CandidateId, JobPostingId},
        ranking::ResultScope,
    },
    service::submit::AskedWeights,
};
use matching_engine::scoring::Weights;

/// The results to reweigh, and their weights.
#[derive(Deserr, ToSchema)]
#[deserr(error = Faults<InBody>)]
#[schema(example = json!({"weights": {"skills": 0.5}, "candidate_id": 123}))]
pub struct ReweighBody {
    /// The weights; criteria that are left out get the configured weight.
    #[deserr(missing_field_error = AskedWeights::missing)]
    weights: AskedWeights,
    /// Only this candidate's results.
    #[deserr(default)]
    candidate_id: Option<CandidateId>,
    /// Only this job posting's results.
    #[deserr(default)]
    job_id: Option<JobPostingId>,
    /// Another name of `job_id`.
    #[deserr(default)]
    job_posting_id: Option<JobPostingId>,
    /// True for all results; required if no id is given.
    #[deserr(default)]
    #[expect(dead_code, reason = "without an id the scope is everything")]
    all: Option<bool>,
    /// The number of top results that the answer lists.
    #[deserr(default)]
    #[schema(inline)]
    limit: Option<PageLimit>,
}

impl Fields<InBody> for ReweighBody {
    documented_names!(names_of_fields::of_body::<ReweighBody>);

    fn contradictions(given: &Given<'_>) -> Vec<FieldProblem> {
        let mut faults = vec![];
        if given.has("job_id") && given.has("job_posting_id") {
            let detail = "send either job_id or job_posting_id, not both";
            faults.push(FieldProblem::new("body", "/job_id", "inconsistent", detail));
        }
        let has_id = given.has_any(&["candidate_id", "job_id", "job_posting_id"]);
        match (given.is_true("all"), has_id) {
            (true, true) => {
                let detail = "send either all or an id, not both";
                faults.push(FieldProblem::new("body", "/all", "inconsistent", detail));
            }
            (false, false) => {
                let detail =
                    "send candidate_id, job_id, or \"all\": true for every result there is";
                faults.push(FieldProblem::new("body", "/all", "missing", detail));
            }
            _ => {}
        }
        faults
    }
}

/// The outcome of a reweighing.
#[derive(Serialize, ToSchema)]
pub struct ReweighAnswer {
    /// The number of results that have these weights now. Results of an older version, which stored
    /// no scores of criteria, are skipped.
    updated: u64,
    /// All weights that the results have now.
    #[schema(value_type = Object)]
    weights: Weights,
    /// The top results, best first; equal scores by id.
    matches: Vec<RankedMatch>,
}

/// Gives stored results other weights. Scores and categories are computed from the scores of the
/// criteria, without reading profiles. Results, lists and batches show the new scores; a match that
/// is computed again has the weights of that computation. No webhooks are sent.
///
/// Results are processed in steps; after an error, repeat the call. Of two concurrent calls for the
/// same results, either may be the last for each result.
#[utoipa::path(operation_id = "reweigh_matches", tag = "matching", request_body = ReweighBody,
    responses((status = 200, body = ReweighAnswer, description = "the top results with their new scores"),
        (status = 422, body = ProblemDocument, description = "a field is wrong; nothing was changed"),
        (status = 503, body = ProblemDocument, description = "the database is unavailable; some results may have the new weights")))]
#[post("/api/v1/matches:reweigh")]
pub(super) async fn reweigh_matches(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let body = read_body::<ReweighBody>(&request, payload, &state).await?;
    let body = body.map_err(Problem::invalid)?;
    let scope = ResultScope {
        candidate_id: body.candidate_id,
        job_posting_id: body.job_id.or(body.job_posting_id),
    };
    let limit = body.limit.unwrap_or_default().0;
    let weights = body.weights.weights;
    let results = Arc::clone(&state.results);
    let reweighed = state
        .run(async move { Ok(results.reweigh(scope, &weights, limit).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(ReweighAnswer {
        updated: reweighed.updated,
        weights,
        matches: reweighed.best.into_iter().map(RankedMatch::from).collect(),
    }))
}
