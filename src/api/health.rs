//! `/livez`, `/readyz` and `/metrics`: for orchestrators and monitoring.

use std::{collections::BTreeMap, sync::Arc};

use actix_web::{HttpResponse, get, web::Data};
use metrics::gauge;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiState, problem::Problem};
use crate::service::health::{Readiness, ReadinessGrade};

/// Whether this process can do its part.
#[derive(Serialize, ToSchema)]
pub struct ReadinessAnswer {
    /// `ready`, `degraded` (something that work can wait for is away) or `unavailable`.
    status: &'static str,
    /// Each part: `ok`, or what is wrong.
    checks: BTreeMap<String, String>,
}

/// Answers while the process runs.
#[utoipa::path(tag = "operations", responses((status = 200, description = "alive")))]
#[get("/livez")]
pub(super) async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "alive"}))
}

/// Tells whether this process can do its part, and how each part of it is.
#[utoipa::path(tag = "operations",
    responses((status = 200, body = ReadinessAnswer), (status = 503, body = ReadinessAnswer)))]
#[get("/readyz")]
pub(super) async fn readyz(state: Data<ApiState>) -> Result<HttpResponse, Problem> {
    let health = Arc::clone(&state.health);
    let Readiness { grade, checks } = state
        .run(async move { Ok(health.readiness().await) })
        .await?;
    let (mut response, status) = match grade {
        ReadinessGrade::Ready => (HttpResponse::Ok(), "ready"),
        ReadinessGrade::Degraded => (HttpResponse::Ok(), "degraded"),
        ReadinessGrade::Unavailable => (HttpResponse::ServiceUnavailable(), "unavailable"),
    };
    Ok(response.json(ReadinessAnswer { status, checks }))
}

/// Metrics in Prometheus's text format.
#[utoipa::path(tag = "operations",
    responses((status = 200, body = String, content_type = "text/plain")))]
#[get("/metrics")]
pub(super) async fn show_metrics(state: Data<ApiState>) -> HttpResponse {
    let store = Arc::clone(&state.store);
    // Numbers of the whole ledger, asked when scraped; without the database only our own show.
    let counts = state.run(async move { Ok(store.counts().await?) }).await;
    if let Ok(counts) = counts {
        for (queue, task_state, count) in counts.tasks {
            gauge!("matching_tasks", "queue" => queue.as_str(), "state" => task_state.as_str())
                .set(count as f64);
        }
        gauge!("matching_webhook_deliveries_pending").set(counts.pending_deliveries as f64);
    }
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(state.metrics.render())
}
