//! The state of handlers: the services, some settings, and the runtime that runs I/O.

use std::{future::Future, sync::Arc};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::runtime::Handle;

use super::{access::AccessSettings, problem::Problem};
use crate::{
    domain::submission::WebhookEvents,
    service::{
        api_keys::ApiKeyService, cancel::Canceller, dead_letters::DeadLetterService,
        delivery_service::DeliveryService, dependencies::DependencyService, health::Health,
        job_service::JobService, processes::ProcessService, profile_service::ProfileService,
        queues::QueueService, result_service::ResultService, search::SearchEngine,
        submit::Submitter, webhook_transport::ReceiverPolicy,
    },
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
    /// The settings of access.
    pub access: AccessSettings,
}

/// The state of the pages for orchestrators and monitoring.
#[derive(Clone)]
pub struct MonitoringState {
    /// Liveness and readiness.
    pub health: Arc<Health>,
    /// Renders `/metrics`.
    pub metrics: PrometheusHandle,
    /// The main runtime.
    pub runtime: Handle,
}

impl MonitoringState {
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

/// The state that handlers share.
pub struct ApiState {
    /// Submits work.
    pub submitter: Arc<Submitter>,
    /// Cancels work.
    pub canceller: Arc<Canceller>,
    /// Reads the progress of work.
    pub jobs: Arc<JobService>,
    /// Reads results.
    pub results: Arc<ResultService>,
    /// Stores and reads profiles.
    pub profiles: Arc<ProfileService>,
    /// Shows and changes dead letters.
    pub dead_letters: Arc<DeadLetterService>,
    /// Shows and resends webhooks.
    pub deliveries: Arc<DeliveryService>,
    /// Takes reports about outside work.
    pub dependencies: Arc<DependencyService>,
    /// Shows and controls queues.
    pub queues: Arc<QueueService>,
    /// Lists processes.
    pub processes: Arc<ProcessService>,
    /// Recognises and manages API keys.
    pub keys: Arc<ApiKeyService>,
    /// Compares one profile with all stored ones.
    pub search: Arc<SearchEngine>,
    /// Decides which receivers a request may name.
    pub receivers: Arc<dyn ReceiverPolicy>,
    /// The pages for orchestrators and monitoring.
    pub monitoring: MonitoringState,
    /// The settings.
    pub settings: ApiSettings,
}

impl ApiState {
    /// Runs a service call on the main runtime.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        self.monitoring.run(call).await
    }
}
