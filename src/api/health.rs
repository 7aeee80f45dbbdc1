//! `/livez`, `/readyz` and `/metrics`: for orchestrators and monitoring.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{HttpResponse, get, web::Data};
use metrics::gauge;
use serde::Serialize;
use utoipa::ToSchema;

use super::{ApiState, problem::Problem};
use crate::{documents::DocumentStore, queue::TaskQueues, store::Store};

/// How long one part may take to answer before it counts as away.
const PATIENCE: Duration = Duration::from_secs(2);

/// What readiness is made of.
pub struct Health {
    store: Arc<dyn Store>,
    documents: Arc<dyn DocumentStore>,
    queues: Arc<dyn TaskQueues>,
    pools: Mutex<BTreeMap<String, bool>>,
}

impl Health {
    /// Health of these parts; pools report themselves.
    pub fn new(
        store: Arc<dyn Store>,
        documents: Arc<dyn DocumentStore>,
        queues: Arc<dyn TaskQueues>,
    ) -> Arc<Self> {
        Arc::new(Self {
            store,
            documents,
            queues,
            pools: Mutex::default(),
        })
    }

    /// Says that a pool of this process runs, or does not.
    pub fn set_pool(&self, name: &str, up: bool) {
        let number = if up { 1.0 } else { 0.0 };
        gauge!("matching_pool_up", "pool" => name.to_owned()).set(number);
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.insert(name.to_owned(), up);
    }

    async fn readiness(&self) -> Readiness {
        let (database, queues, documents) = futures::join!(
            answers(self.store.check()),
            answers(self.queues.check()),
            answers(self.documents.check()),
        );
        let pools = self
            .pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        // Without queues or documents the API still accepts and keeps everything; without the
        // database it can't, and a process whose pool is down does not do its part.
        let ready = database.is_ok() && pools.values().all(|up| *up);
        let status = match (ready, queues.is_ok() && documents.is_ok()) {
            (false, _) => "unavailable",
            (true, false) => "degraded",
            (true, true) => "ready",
        };
        let word = |check: Result<(), String>| check.err().unwrap_or_else(|| "ok".to_owned());
        let mut checks = BTreeMap::from([
            ("database".to_owned(), word(database)),
            ("queues".to_owned(), word(queues)),
            ("documents".to_owned(), word(documents)),
        ]);
        checks.extend(pools.into_iter().map(|(name, up)| {
            (
                format!("pool {name}"),
                if up { "ok" } else { "down; restarting" }.to_owned(),
            )
        }));
        Readiness {
            ready,
            status,
            checks,
        }
    }
}

async fn answers<E: std::error::Error>(
    check: impl Future<Output = Result<(), E>>,
) -> Result<(), String> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("no answer".to_owned()),
    }
}

/// Whether this process can do its part.
#[derive(Serialize, ToSchema)]
pub struct Readiness {
    #[serde(skip)]
    ready: bool,
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
    responses((status = 200, body = Readiness), (status = 503, body = Readiness)))]
#[get("/readyz")]
pub(super) async fn readyz(state: Data<ApiState>) -> Result<HttpResponse, Problem> {
    let health = Arc::clone(&state.health);
    let readiness = state
        .run(async move { Ok(health.readiness().await) })
        .await?;
    let mut response = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    Ok(response.json(readiness))
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
