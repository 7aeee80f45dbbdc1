//! `POST /api/v1/match`: a score now, of stored profiles or of profiles in the request.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, post,
    web::{Data, Payload},
};
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    ApiState,
    language::{read_language, tell_language},
    problem::{Problem, ProblemDocument},
    queue_matching::WeightsBody,
    reading::{Fields, read_json},
};
use crate::{
    domain::event::format_timestamp,
    service::immediate_match::{self, ProfileSource},
};
use matching_engine::scoring::Engine;

/// Two profiles, each stored (by id) or given.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the body, which is read field by field")]
pub struct ImmediateMatchBody {
    /// A stored candidate; or send `candidate`.
    candidate_id: Option<i64>,
    /// The candidate itself.
    #[schema(value_type = Option<Object>)]
    candidate: Option<Value>,
    /// A stored job posting; or send `job_posting`.
    job_id: Option<i64>,
    /// The job posting itself.
    #[schema(value_type = Option<Object>)]
    job_posting: Option<Value>,
    /// Weights of some criteria, 0 or more; the others keep the service's.
    weights: Option<WeightsBody>,
}

/// Scores one pair at once; nothing is queued or stored.
#[utoipa::path(tag = "matching", request_body = ImmediateMatchBody,
    params(("lang" = Option<String>, Query, description = "language of the document, `en` or `fr`; else that of `Accept-Language`")),
    responses((status = 200, body = Object, description = "the result document"),
        (status = 404, body = ProblemDocument, description = "a profile is not stored here"),
        (status = 422, body = ProblemDocument)))]
#[post("/api/v1/match")]
pub(super) async fn score_now(
    request: HttpRequest,
    payload: Payload,
    state: Data<ApiState>,
) -> Result<HttpResponse, Problem> {
    let language = read_language(&request, state.settings.language)?;
    let mut body = Fields::of(read_json(&request, payload, state.settings.body_limit).await?)?;
    let candidate = read_source(&mut body, "candidate", &["candidate_id"]);
    let job_posting = read_source(&mut body, "job_posting", &["job_id", "job_posting_id"]);
    let weights = body.weights(&state.settings.weights);
    body.finish()?;
    let weights = weights.map_or(state.settings.weights, |asked| asked.weights);
    let (store, engine) = (Arc::clone(&state.store), Engine::new(weights));
    let now = crate::clock::now();
    let computed_at = format_timestamp(now);
    let document = state
        .run(async move {
            let scoring = immediate_match::score_now(
                &*store,
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
    tell_language(&mut response, language);
    Ok(response.content_type("application/json").body(document))
}

/// A profile that is stored (by one of these ids) or given.
pub(super) fn read_source(body: &mut Fields, inline: &str, ids: &[&str]) -> ProfileSource {
    let given = body.take(inline);
    let named: Vec<(&str, Value)> = ids
        .iter()
        .filter_map(|name| body.take(name).map(|id| (*name, id)))
        .collect();
    match (given, named.as_slice()) {
        (Some(document @ Value::Object(_)), []) => return ProfileSource::Inline(document),
        (Some(_), []) => body.fault(format!("/{inline}"), "wrong_type", "send a JSON object"),
        (None, [(name, id)]) => {
            let id = body.check_id(&format!("/{name}"), id);
            return ProfileSource::Stored(id);
        }
        (None, []) => body.fault(
            format!("/{inline}"),
            "missing",
            format!("send {inline} (the profile itself) or {}", ids[0]),
        ),
        _ => body.fault(
            format!("/{inline}"),
            "inconsistent",
            format!("send either {inline} or {}, not both", ids[0]),
        ),
    }
    ProfileSource::Inline(Value::Null)
}
