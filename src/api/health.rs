//! `/livez`, `/readyz` and `/metrics`: for orchestrators and monitoring.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use actix_web::{HttpResponse, get, route, web::Data};
use serde::Serialize;
use utoipa::ToSchema;

use super::{MonitoringState, problem::Problem};
use crate::service::health::{Readiness, ReadinessGrade};

/// The readiness of this process.
#[derive(Serialize, ToSchema)]
pub struct ReadinessAnswer {
    /// `ready`, `degraded` (a dependency is unavailable that work can wait for, or work that is
    /// ready does not move) or `unavailable`.
    #[schema(value_type = ReadinessGrade)]
    status: &'static str,
    /// The state of each dependency, of each queue's work and of webhooks: `ok`, or the fault and
    /// what to do.
    checks: BTreeMap<String, String>,
    /// Conditions that stop no work, but break a promise or delay work, such as clocks that differ;
    /// they don't change `status`.
    warnings: BTreeSet<String>,
    /// The state of each circuit breaker: `closed`, `half open` (the next call shows whether the
    /// dependency is back) or `open; next call in 4 s`.
    circuit_breakers: BTreeMap<String, String>,
}

/// Answers while the process runs.
#[utoipa::path(operation_id = "get_liveness", tag = "operations", responses((status = 200, description = "alive")))]
#[route("/livez", method = "GET", method = "HEAD")]
pub(super) async fn livez() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "alive"}))
}

/// Reports the readiness of this process and of each of its dependencies.
#[utoipa::path(operation_id = "get_readiness", tag = "operations",
    responses((status = 200, body = ReadinessAnswer, description = "ready, or degraded"),
        (status = 503, body = ReadinessAnswer, description = "the database does not answer, or this process can't work")))]
#[route("/readyz", method = "GET", method = "HEAD")]
pub(super) async fn readyz(state: Data<MonitoringState>) -> Result<HttpResponse, Problem> {
    let health = Arc::clone(&state.health);
    let Readiness {
        grade,
        checks,
        warnings,
        circuit_breakers,
    } = state
        .run(async move { Ok(health.readiness().await) })
        .await?;
    let mut response = match grade {
        ReadinessGrade::Ready | ReadinessGrade::Degraded => HttpResponse::Ok(),
        ReadinessGrade::Unavailable => HttpResponse::ServiceUnavailable(),
    };
    Ok(response.json(ReadinessAnswer {
        status: grade.as_str(),
        checks,
        warnings,
        circuit_breakers,
    }))
}

/// Returns metrics in Prometheus's text format.
#[utoipa::path(operation_id = "get_metrics", tag = "operations",
    responses((status = 200, body = String, content_type = "text/plain", description = "metrics in Prometheus's text format")))]
#[get("/metrics")]
pub(super) async fn show_metrics(state: Data<MonitoringState>) -> HttpResponse {
    state.health.publish_breakers();
    let health = Arc::clone(&state.health);
    // Counts of the whole ledger, queried for each scrape. Without them only the counts of this
    // process are shown.
    let counting = state.run(async move {
        health.publish_counts().await;
        Ok(())
    });
    let _ = counting.await;
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(state.metrics.render())
}
