//! The state of handlers: the services, some settings, and the runtime that runs I/O.

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
    /// The maximum size of a body, in bytes; imports may be ten times as large.
    pub body_limit: usize,
    /// The maximum number of matches of one bulk call.
    pub bulk_limit: usize,
    /// The maximum number of dispatched tasks of a queue.
    pub window: u32,
    /// The webhook events of bulk calls that don't specify them.
    pub webhook_events: WebhookEvents,
    /// The weights of requests that don't specify them.
    pub weights: Weights,
    /// The language of answers to callers that don't specify one.
    pub language: Language,
    /// The API keys. If there are any, all calls except those to health, metrics and the
    /// documentation must carry one of them.
    pub api_keys: Vec<SecretString>,
}

/// The state that handlers share.
pub struct ApiState {
    /// The store of profiles, the ledger and results.
    pub store: Arc<dyn Store>,
    /// The store of large results.
    pub documents: Arc<dyn DocumentStore>,
    /// The encoder of stored profiles, if the service has one.
    pub encoder: Option<Arc<dyn TextEncoder>>,
    /// Submits work.
    pub submitter: Arc<Submitter>,
    /// Cancels work.
    pub canceller: Arc<Canceller>,
    /// Notified when a dependency was reported or dead letters are queued again.
    pub dispatcher: Arc<Dispatcher>,
    /// The backlogs of queues and their limits.
    pub backlog: Arc<Backlog>,
    /// Compares one profile with all stored ones.
    pub search: Arc<SearchEngine>,
    /// Decides which receivers a request may name.
    pub receivers: Arc<dyn ReceiverPolicy>,
    /// Liveness and readiness.
    pub health: Arc<Health>,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// The settings.
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
                tracing::error!(%error, "the handler of a request panicked");
                Err(Problem::internal())
            }
        }
    }
}
