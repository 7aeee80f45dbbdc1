//! `POST /api/v1/matches:reweigh`: other weights for stored results.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    matches::{PAGE, PAGE_LIMIT, RankedMatch},
    problem::{Problem, ProblemDocument},
    queue_matching::WeightsBody,
    reading::{Fields, read_json},
};
use crate::{service::reweigh_results::reweigh, store::ResultScope};
use matching_engine::scoring::Weights;

/// Which results, and the weights they get.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct ReweighBody {
    /// Weights of some criteria, 0 or more; the others get the service's.
    weights: WeightsBody,
    /// Only this candidate's results.
    #[schema(example = 123)]
    candidate_id: Option<i64>,
    /// Only this job posting's results (also as `job_posting_id`).
    job_id: Option<i64>,
    /// True for all results; needed where neither id is given.
    all: Option<bool>,
    /// How many of the best the answer lists, 1 to 1,000; 50 without.
    limit: Option<u32>,
}

/// What was done.
#[derive(Serialize, ToSchema)]
pub struct ReweighAnswer {
    /// Results that have these weights now. Those of an older version, which kept no scores of
    /// criteria, are not among them.
    updated: u64,
    /// The weights they were given, all of them.
    #[schema(value_type = Object)]
    weights: Weights,
    /// The best of them, best first; equal scores by id.
    matches: Vec<RankedMatch>,
}

/// Gives stored results other weights: scores and categories follow from the scores of the
/// criteria, without a look at profiles. Results, lists and batches show the new scores; a match
/// that is computed again has the weights of that computation. No webhooks are sent.
///
/// Results are taken in steps; after an error, repeat the call. Of two calls at once for the same
/// results, either may be the last for each of them.
#[utoipa::path(tag = "matching", request_body = ReweighBody,
    responses((status = 200, body = ReweighAnswer),
        (status = 422, body = ProblemDocument, description = "a field is wrong; nothing was changed"),
        (status = 503, body = ProblemDocument, description = "the database is away; some results may have the new weights")))]
#[post("/api/v1/matches:reweigh")]
pub(super) async fn reweigh_matches(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let mut body = Fields::of(read_json(&request, payload, state.settings.body_limit).await?)?;
    let before = body.faults.len();
    let asked = body.weights(&state.settings.weights);
    if asked.is_none() && body.faults.len() == before {
        body.fault(
            "/weights",
            "missing",
            "send the weights, such as {\"skills\": 0.5}",
        );
    }
    let candidate_id = body.optional_id("candidate_id");
    let job_id = body.optional_id("job_id");
    let job_posting_id = body.optional_id("job_posting_id");
    if job_id.is_some() && job_posting_id.is_some() {
        body.fault(
            "/job_id",
            "inconsistent",
            "send either job_id or job_posting_id, not both",
        );
    }
    let scope = ResultScope {
        candidate_id,
        job_posting_id: job_id.or(job_posting_id),
    };
    let all = body.flag("all");
    if all == (scope != ResultScope::default()) {
        let detail = if all {
            "send either all or an id, not both"
        } else {
            "send candidate_id, job_id, or \"all\": true for every result there is"
        };
        body.fault("/all", if all { "inconsistent" } else { "missing" }, detail);
    }
    let limit = body.count("limit", PAGE_LIMIT).unwrap_or(PAGE);
    body.finish()?;
    let Some(asked) = asked else {
        return Err(Problem::internal());
    };
    let weights = asked.weights;
    let store = Arc::clone(&state.store);
    let reweighed = state
        .run(async move { Ok(reweigh(&*store, scope, &weights, limit).await?) })
        .await?;
    Ok(HttpResponse::Ok().json(ReweighAnswer {
        updated: reweighed.updated,
        weights,
        matches: reweighed.best.into_iter().map(RankedMatch::from).collect(),
    }))
}
