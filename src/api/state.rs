//! The state of handlers: the services, some settings, and the runtime that runs I/O.

use std::{future::Future, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use super::{access::AccessSettings, bodies::BodyLimits, problem::Problem};
use crate::{
    domain::submission::WebhookEvents,
    service::{
        api_keys::ApiKeyService, cancel::Canceller, dead_letters::DeadLetterService,
        delivery_service::DeliveryService, dependencies::DependencyService, health::Health,
        job_service::JobService, processes::ProcessService, profile_service::ProfileService,
        queues::QueueService, rematch::Rematcher, result_service::ResultService,
        search::SearchEngine, submit::Submitter, watching::Watcher,
        webhook_transport::ReceiverPolicy,
    },
};
use matching_engine::scoring::{Language, Weights};

/// Settings that requests are checked against.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// The maximum size of a body, in bytes, except of an import.
    pub body_limit: usize,
    /// The maximum size of an import, in bytes.
    pub import_limit: usize,
    /// The maximum number of matches of one bulk call.
    pub bulk_limit: usize,
    /// The maximum number of dispatched tasks of a queue.
    pub window: u32,
    /// The webhook events of bulk calls that don't specify them.
    pub webhook_events: WebhookEvents,
    /// The longest wait that a caller may prefer.
    pub longest_wait: Duration,
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
        match self.runtime.spawn(call.in_current_span()).await {
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
    /// Waits for jobs and batches.
    pub watcher: Arc<Watcher>,
    /// Reads results.
    pub results: Arc<ResultService>,
    /// Queues the pairs of stored results again.
    pub rematcher: Arc<Rematcher>,
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
    /// Limits the memory and time of bodies.
    pub bodies: BodyLimits,
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

    /// Runs a service call that changes nothing on the main runtime, and ends it if this future is
    /// dropped because the client disconnected.
    pub(super) async fn run_while_awaited<T: Send + 'static>(
        &self,
        call: impl Future<Output = Result<T, Problem>> + Send + 'static,
    ) -> Result<T, Problem> {
        let awaited = CancellationToken::new();
        let _ends_with_this_future = awaited.clone().drop_guard();
        let call = async move {
            let outcome = awaited.run_until_cancelled_owned(call).await;
            outcome.unwrap_or_else(|| Err(Problem::internal()))
        };
        self.run(call).await
    }
}
