//! `POST /api/v1/results/{job_id}:verify`: verifies that a stored result is the one that the engine
//! computes.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Path},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    ApiState,
    language::{LanguageQuery, read_language, set_content_language},
    names::CategoryName,
    problem::{Problem, ProblemDocument},
    reading::read_path_text,
};
use crate::{
    domain::identifiers::JobId,
    service::verify_result::{Computation, Outcome, Receipt},
};
use matching_engine::scoring::Language;

/// One computation of a result.
#[derive(Serialize, ToSchema)]
pub struct ComputationView {
    /// The id of the job that computed it.
    job_id: String,
    /// The engine's version, as the document states it.
    engine_version: Option<String>,
    /// SHA-256 of the inputs, as the document states it.
    input_hash: Option<String>,
    /// The score, in [0, 1].
    score: Option<f64>,
    /// `excellent`, `good`, `moderate`, `weak` or `insufficient`.
    #[schema(value_type = Option<CategoryName>)]
    category: Option<String>,
}

impl From<Computation> for ComputationView {
    fn from(computation: Computation) -> Self {
        Self {
            job_id: computation.job_id.to_string(),
            engine_version: computation.engine_version,
            input_hash: computation.input_hash,
            score: computation.score,
            category: computation.category,
        }
    }
}

/// The outcome of a verification.
#[derive(Serialize, ToSchema)]
pub struct VerificationAnswer {
    /// The id of the requested job.
    job_id: String,
    /// `verified`, or the reason why it is not: `inputs_changed`, `engine_changed`, `mismatch`,
    /// `profile_missing`, `profile_unreadable`, `document_missing`, `superseded`.
    #[schema(value_type = Outcome, example = "verified")]
    outcome: &'static str,
    /// The stored result, as its document states it.
    stored: ComputationView,
    /// The result computed again, with the weights of the stored one; null if that was not
    /// possible.
    recomputed: Option<ComputationView>,
    /// The meaning of the outcome, and what to do.
    message: &'static str,
}

impl VerificationAnswer {
    /// Returns a receipt in the form that the API and the command line show.
    pub(crate) fn of(job_id: &JobId, receipt: Receipt, language: Language) -> Self {
        Self {
            job_id: job_id.to_string(),
            outcome: receipt.outcome.as_str(),
            stored: receipt.stored.into(),
            recomputed: receipt.recomputed.map(ComputationView::from),
            message: receipt.outcome.message(language),
        }
    }
}

/// Verifies a stored result: computes it again from the stored profiles and compares bit for bit.
#[utoipa::path(operation_id = "verify_result", tag = "matching",
    params(LanguageQuery),
    responses((status = 200, body = VerificationAnswer, description = "any outcome that could be found out"),
        (status = 404, body = ProblemDocument, description = "there is no such job"),
        (status = 409, body = ProblemDocument, description = "the job has not completed"),
        (status = 503, body = ProblemDocument, description = "the database or the document store is unavailable")))]
#[post("/api/v1/results/{job_id}:verify")]
pub(super) async fn verify_result(
    job_id: Path<String>,
    request: HttpRequest,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let job_id: JobId = read_path_text(job_id)?;
    let language = read_language(&request, state.settings.language)?;
    let results = Arc::clone(&state.results);
    let answer = state
        .run(async move {
            let receipt = results.verify(&job_id).await?;
            Ok(VerificationAnswer::of(&job_id, receipt, language))
        })
        .await?;
    let mut response = HttpResponse::Ok();
    set_content_language(&mut response, language);
    Ok(response.json(answer))
}
