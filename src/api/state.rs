//! What handlers reach: the services, a few settings, and the runtime that I/O belongs to.

use std::{future::Future, sync::Arc};

use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use tokio::runtime::Handle;

use super::problem::Problem;
use crate::{
    documents::DocumentStore,
    domain::submission::WebhookEvents,
    service::{
        backlog::Backlog, cancel::Canceller, dispatcher::Dispatcher, encoder::TextEncoder,
        health::Health, search::SearchEngine, submit::Submitter, webhook_transport::ReceiverPolicy,
    },
    store::Store,
};
use matching_engine::scoring::{Language, Weights};

/// Settings that requests are checked against.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The largest body, in bytes; imports may be ten times as large.
    pub body_limit: usize,
    /// The most matches of one bulk call.
    pub bulk_limit: usize,
    /// The most tasks of a queue that are handed out at once.
    pub window: u32,
    /// The events of bulk calls that do not say which they want.
    pub webhook_events: WebhookEvents,
    /// The weights of requests that don't say.
    pub weights: Weights,
    /// The language of answers to callers who don't say.
    pub language: Language,
    /// When not empty, all calls but those for health, metrics and the documentation must carry one of
    /// these.
    pub api_keys: Vec<SecretString>,
}

/// What handlers reach.
pub struct ApiState {
    /// Profiles, ledger, results.
    pub store: Arc<dyn Store>,
    /// Large results.
    pub documents: Arc<dyn DocumentStore>,
    /// Vectors of profiles that are put, where the service makes them.
    pub encoder: Option<Arc<dyn TextEncoder>>,
    /// Accepting work.
    pub submitter: Arc<Submitter>,
    /// Withdrawing work.
    pub canceller: Arc<Canceller>,
    /// Nudged when a dependency was reported or dead letters are queued again.
    pub dispatcher: Arc<Dispatcher>,
    /// How much queues hold, and may hold.
    pub backlog: Arc<Backlog>,
    /// One profile against all.
    pub search: Arc<SearchEngine>,
    /// Which receivers may be named.
    pub receivers: Arc<dyn ReceiverPolicy>,
    /// Liveness and readiness.
    pub health: Arc<Health>,
    /// What `/metrics` shows.
    pub metrics: PrometheusHandle,
    /// Settings.
    pub settings: ApiSettings,
    /// The main runtime.
    pub runtime: Handle,
}

impl ApiState {
    /// Runs a service call on the main runtime.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        match self.runtime.spawn(call).await {
            Ok(outcome) => outcome,
            Err(error) => {
                tracing::error!(%error, "a request's handler broke");
                Err(Problem::internal())
            }
        }
    }
}
