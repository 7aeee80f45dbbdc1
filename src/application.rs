//! The wiring: builds the running service from settings. The only file that chooses concrete
//! adapters.
//!
//! ```text
//! serve                 API, dispatcher, sweeps, pools, webhooks
//! serve --no-workers    API, dispatcher, sweeps
//! work --queue NAME     dispatcher and sweeps of that queue, its pool, webhooks
//! ```
//!
//! A temporary outage does not prevent a start: while the database is unavailable the API answers
//! 503 and the rest waits; while Redis is unavailable requests are accepted and wait in the ledger.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use actix_web::dev::{Server, ServerHandle};
use futures::future::join_all;
use secrecy::ExposeSecret;
use tokio::{
    runtime::Handle,
    sync::Notify,
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    api::{
        self, AccessSettings, ApiSettings, ApiState, BodyLimits, MonitoringState, ServerSettings,
    },
    breaker::BreakerSettings,
    configuration::{
        DatabaseLocation, DatabaseSettings, PartPauses, RedisSettings, SearchSettings, Settings,
        WebhookRetries,
    },
    documents::{
        DocumentError, DocumentStore,
        folder::FolderStore,
        s3::{S3Settings, S3Store},
    },
    domain::{
        api_key::ApiKey,
        delivery::Delivery,
        identifiers::{JobId, ProcessId},
        process::{Process, ProcessRole, RunningProcess},
        progress::JobView,
        queue_name::QueueName,
        webhook_secret::WebhookSecretError,
    },
    encoder::http::{HttpEncoder, HttpEncoderSettings},
    outage::{OutageReports, with_causes},
    queue::{InProcessQueues, QueueError, RedisQueueSettings, RedisQueues, TaskQueues},
    service::{
        Backoff,
        api_keys::{ApiKeyService, ConfiguredKeys, CreatedKey},
        backlog::Backlog,
        cancel::Canceller,
        compiled_profiles::CompiledProfiles,
        compute_task::TaskRunner,
        dead_letters::DeadLetterService,
        deliver_webhooks::{WebhookPool, WebhookPoolSettings},
        delivery_schedule::DeliverySchedule,
        delivery_service::DeliveryService,
        dependencies::DependencyService,
        dispatcher::Dispatcher,
        encoder::{EncoderError, TextEncoder},
        health::Health,
        housekeeping::Housekeeping,
        job_service::JobService,
        leases::LeaseKeeper,
        processes::{ProcessReporter, ProcessService},
        profile_service::ProfileService,
        profiles,
        queues::{QueueService, QueueView},
        rematch::Rematcher,
        result_documents::LedgerReporter,
        result_service::ResultService,
        search::SearchEngine,
        submit::Submitter,
        verify_result::Receipt,
        watching::Watcher,
    },
    store::{
        Store, StoreError,
        postgres::{PostgresSettings, PostgresStore},
        sqlite::SqliteStore,
    },
    telemetry,
    webhook::{
        address_policy::AddressPolicy,
        sender::{WebhookClientError, WebhookSender, WebhookSenderSettings},
        signature::WebhookSigner,
    },
    worker::SupervisedPool,
};
use matching_engine::scoring::{Engine, Language};

/// The pause between attempts to migrate the schema while the database is unavailable.
const SCHEMA_RETRY_PAUSE: Duration = Duration::from_secs(1);
/// The time limit for the first call to the queues, which only looks for faults that waiting does
/// not resolve.
const FIRST_CALL_LIMIT: Duration = Duration::from_secs(2);
/// The time limit for webhooks under way and open requests after everything else has ended.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// The reasons why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is in use or doesn't belong to this machine.
    #[error(
        "can't listen on {address}; is another process using the port? set {setting} to change it"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The setting of the port.
        setting: &'static str,
        /// The error of the system.
        #[source]
        source: std::io::Error,
    },
    /// Pools of several processes need queues that all of them can reach.
    #[error(
        "`work` needs Redis: set REDIS_URL or REDIS_HOST, or run everything in one process with \
         `serve`"
    )]
    WorkersNeedRedis,
    /// The database can't be used as configured.
    #[error("the database can't be used")]
    Store(#[from] StoreError),
    /// The document store can't be used as configured.
    #[error("the document store can't be used")]
    Document(#[from] DocumentError),
    /// Redis can't be used as configured.
    #[error("redis can't be used")]
    Queue(#[from] QueueError),
    /// The encoder can't be used as configured.
    #[error("the encoder can't be used")]
    Encoder(#[from] EncoderError),
    /// The HTTP client can't be built.
    #[error("webhooks can't be sent")]
    Delivery(#[from] WebhookClientError),
    /// A secret can't be used.
    #[error("webhooks can't be signed")]
    Secret(#[from] WebhookSecretError),
}

/// The roles of this process.
#[derive(Debug, Clone)]
pub struct Roles {
    /// True if it answers HTTP.
    pub api: bool,
    /// The queues whose pools it runs.
    pub pools: Vec<QueueName>,
}

/// A server, and the task that runs it.
type RunningServer = (ServerHandle, JoinHandle<std::io::Result<()>>);

/// A started service.
pub struct RunningService {
    /// The address that the API listens on.
    pub address: Option<SocketAddr>,
    /// Its database, for a command that works on the database of a running service.
    pub store: Arc<dyn Store>,
    /// The address of the listener for monitoring, if the API has one of its own.
    pub metrics_address: Option<SocketAddr>,
    servers: Vec<RunningServer>,
    pools: JoinSet<()>,
    webhooks: JoinSet<()>,
    background: JoinSet<()>,
    leases: Arc<LeaseKeeper>,
    reporter: Arc<ProcessReporter<dyn Store>>,
    stop_waiting: CancellationToken,
    stop_pools: CancellationToken,
    stop_webhooks: CancellationToken,
    grace: Duration,
}

/// Opens the configured database without waiting for it.
///
/// # Errors
/// If its URL can't be read or its file can't be opened.
pub async fn open_store(settings: &Settings) -> Result<Arc<dyn Store>, StoreError> {
    if let Some(postgres) = open_postgres(settings)? {
        return Ok(Arc::new(postgres));
    }
    let file = settings.sqlite_file().unwrap_or_default();
    let sqlite = SqliteStore::open(&file, settings.database.acquire_timeout).await?;
    Ok(Arc::new(sqlite))
}

/// Prepares the configured PostgreSQL database without connecting; `None` with SQLite.
fn open_postgres(settings: &Settings) -> Result<Option<PostgresStore>, StoreError> {
    let DatabaseSettings {
        location,
        schema,
        max_connections,
        acquire_timeout,
        statement_timeout,
        ..
    } = &settings.database;
    let DatabaseLocation::Postgres(url) = location else {
        return Ok(None);
    };
    let limits = PostgresSettings {
        schema: schema.clone(),
        max_connections: *max_connections,
        acquire_timeout: *acquire_timeout,
        statement_timeout: *statement_timeout,
        breaker: breaker(settings.circuit_breaker.of_database(settings.workers.lease)),
    };
    PostgresStore::connect_lazy(url.expose_secret(), &limits).map(Some)
}

/// The reasons why a command can't look at the database of a running service.
#[derive(Debug, thiserror::Error)]
pub enum LookError {
    /// There is no file.
    #[error(
        "there is no database: {name} does not exist; set DATABASE_URL or DATA_DIR as the service has \
         them"
    )]
    NoDatabase {
        /// The name of the database.
        name: String,
    },
    /// The database can't be used.
    #[error("{name} can't be used")]
    Store {
        /// The name of the database.
        name: String,
        /// The error of the database.
        #[source]
        source: StoreError,
    },
}

/// Opens the database of a running service for a command that looks at it. Never creates one: a
/// command that is run in another folder than the service would report that all is well.
///
/// # Errors
/// If there is no database, or it can't be used.
pub async fn open_existing_store(settings: &Settings) -> Result<Arc<dyn Store>, LookError> {
    let name = settings.database_name();
    if settings.sqlite_file().is_some_and(|file| !file.exists()) {
        return Err(LookError::NoDatabase { name });
    }
    let opened = async {
        let store = open_store(settings).await?;
        store.check().await?;
        Ok(store)
    };
    opened
        .await
        .map_err(|source| LookError::Store { name, source })
}

/// Opens the configured document store.
///
/// # Errors
/// If its settings can't be used.
pub fn open_documents(settings: &Settings) -> Result<Arc<dyn DocumentStore>, DocumentError> {
    Ok(match &settings.documents.s3 {
        Some(s3) => {
            let s3 = s3.clone();
            let s3 = S3Settings {
                endpoint: s3.endpoint,
                secure: s3.secure,
                region: s3.region,
                bucket: s3.bucket,
                access_key: s3.access_key,
                secret_key: s3.secret_key,
                session_token: s3.session_token,
                timeout: s3.timeout,
            };
            let breaker = breaker(settings.circuit_breaker.of_own_part());
            Arc::new(S3Store::new(&s3, breaker)?)
        }
        None => Arc::new(FolderStore::new(documents_folder(settings))),
    })
}

/// Prepares the configured encoder without calling it; `None` if none is configured.
///
/// # Errors
/// If the HTTP client can't be built.
pub fn open_encoder(settings: &Settings) -> Result<Option<Arc<dyn TextEncoder>>, EncoderError> {
    let Some(encoder) = settings.encoder.clone() else {
        return Ok(None);
    };
    let encoder = HttpEncoderSettings {
        url: encoder.url,
        model: encoder.model,
        api_key: encoder.api_key,
        timeout: encoder.timeout,
        unrelated_cosine: encoder.unrelated_cosine,
    };
    let encoder = HttpEncoder::new(encoder, breaker(settings.circuit_breaker.of_encoder()))?;
    Ok(Some(Arc::new(encoder)))
}

fn breaker(pauses: PartPauses) -> BreakerSettings {
    BreakerSettings {
        failure_threshold: pauses.failure_threshold,
        first_pause: pauses.first_pause,
        longest_pause: pauses.longest_pause,
    }
}

fn server_settings(settings: &Settings, threads: usize) -> ServerSettings {
    ServerSettings {
        threads,
        connections: settings.http.connections,
        shutdown_grace: settings.workers.stop_grace,
    }
}

fn receiver_policy(settings: &Settings) -> AddressPolicy {
    let webhook = &settings.webhook;
    AddressPolicy::new(
        webhook.allowed_private_networks.clone(),
        webhook.allowed_ports.clone(),
    )
}

/// Builds the sender of webhooks from its limits, policy and secrets.
fn open_sender(settings: &Settings, receivers: AddressPolicy) -> Result<WebhookSender, StartError> {
    let webhook = &settings.webhook;
    let limits = WebhookSenderSettings {
        connect_timeout: webhook.connect_timeout,
        request_timeout: webhook.request_timeout,
        endpoint_concurrency: webhook.receiver_concurrency,
        breaker: breaker(settings.circuit_breaker.of_receiver()),
    };
    let signer = WebhookSigner::from_secrets(&webhook.secrets)?;
    Ok(WebhookSender::new(limits, receivers, signer)?)
}

/// Prepares every part as `serve` does, without connecting or creating anything.
///
/// # Errors
/// The error with which `serve` would end, of each part that can't be used as configured.
pub fn prepare_parts(settings: &Settings) -> Vec<StartError> {
    let receivers = receiver_policy(settings);
    let prepared = [
        open_postgres(settings).map(drop).map_err(StartError::from),
        open_queues(settings, "matching:check")
            .map(drop)
            .map_err(StartError::from),
        open_documents(settings).map(drop).map_err(StartError::from),
        open_encoder(settings).map(drop).map_err(StartError::from),
        open_sender(settings, receivers).map(drop),
    ];
    prepared.into_iter().filter_map(Result::err).collect()
}

/// Stores, reads and deletes a small document.
///
/// # Errors
/// If the document store refuses one of these calls, or does not return what it stored.
pub async fn try_documents(settings: &Settings) -> Result<(), DocumentError> {
    let documents = open_documents(settings)?;
    let key = format!("configuration-check/{}", ulid::Ulid::generate());
    let stored = b"check".to_vec();
    documents.put(&key, "text/plain", stored.clone()).await?;
    let found = documents.get(&key).await?;
    documents.delete(&key).await?;
    if found != Some(stored) {
        return Err(DocumentError::Configuration {
            setting: "endpoint",
            problem: "it does not return a document that it accepted: is it an S3?".to_owned(),
        });
    }
    Ok(())
}

/// Returns the description of the HTTP interface, an OpenAPI document in JSON.
///
/// # Errors
/// If it can't be written as JSON.
pub fn interface_description() -> Result<String, serde_json::Error> {
    api::document().to_pretty_json()
}

/// Returns a receipt as JSON, in the form of the HTTP interface.
///
/// # Errors
/// If it can't be written as JSON.
pub fn receipt_in_json(
    job_id: &JobId,
    receipt: Receipt,
    language: Language,
) -> Result<String, serde_json::Error> {
    serde_json::to_string(&api::VerificationAnswer::of(job_id, receipt, language))
}

/// Returns a queue as JSON, in the form of the HTTP interface.
///
/// # Errors
/// If it can't be written as JSON.
pub fn queue_in_json(view: &QueueView, settings: &Settings) -> Result<String, serde_json::Error> {
    serde_json::to_string(&api::QueueAnswer::of(view, settings.queues.window))
}

/// Returns a process as JSON, in the form of the HTTP interface.
///
/// # Errors
/// If it can't be written as JSON.
pub fn process_in_json(process: RunningProcess) -> Result<String, serde_json::Error> {
    serde_json::to_string(&api::WorkerAnswer::from(process))
}

/// Returns a job with its webhooks as JSON, in the form of the HTTP interface.
///
/// # Errors
/// If it can't be written as JSON.
pub fn job_in_json(job: JobView, webhooks: Vec<Delivery>) -> Result<String, serde_json::Error> {
    serde_json::to_string(&api::JobStatus::of(job, webhooks))
}

/// Returns a job of a list as JSON, in the form of the HTTP interface.
///
/// # Errors
/// If it can't be written as JSON.
pub fn listed_job_in_json(job: JobView) -> Result<String, serde_json::Error> {
    serde_json::to_string(&api::ListedJob::from(job))
}

/// Returns the jobs of this database as callers read them.
pub fn job_service(store: &Arc<dyn Store>) -> JobService {
    JobService::new(store.clone(), store.clone(), store.clone(), store.clone())
}

/// Returns the results of this database as callers read them.
///
/// # Errors
/// If the settings of the document store can't be used.
pub fn result_service(
    store: &Arc<dyn Store>,
    settings: &Settings,
) -> Result<ResultService, DocumentError> {
    Ok(ResultService::new(
        Arc::clone(store),
        open_documents(settings)?,
    ))
}

/// Returns the canceller of a command, which dispatches nothing itself.
///
/// # Errors
/// If the queues can't be used as configured.
pub fn canceller(store: &Arc<dyn Store>, settings: &Settings) -> Result<Canceller, QueueError> {
    let queues = open_queues(settings, "matching:jobs")?;
    let (window, interval) = (settings.queues.window, settings.queues.dispatch_interval);
    Ok(Canceller {
        cancellation: store.clone(),
        dependencies: store.clone(),
        dispatcher: Dispatcher::new(store.clone(), Arc::clone(&queues), &[], window, interval),
        queues,
        deliveries_recorded: Arc::default(),
    })
}

/// Returns the queues of this database as a command shows and controls them.
pub fn queue_service(store: Arc<dyn Store>, settings: &Settings) -> QueueService {
    let backlog = Backlog::new(store.clone(), settings.queues.backlog_limits);
    QueueService::new(store, backlog, None)
}

/// Returns the API keys of this database.
pub fn key_service(store: Arc<dyn Store>, settings: &Settings) -> ApiKeyService {
    let configured = settings
        .http
        .api_keys
        .iter()
        .map(ExposeSecret::expose_secret);
    let configured = ConfiguredKeys::of(configured, settings.http.require_keys);
    ApiKeyService::new(store, configured, rand::random)
}

/// Returns an API key as JSON, in the form of the HTTP interface.
///
/// # Errors
/// If it can't be written as JSON.
pub fn key_in_json(key: ApiKey) -> Result<String, serde_json::Error> {
    serde_json::to_string(&api::ApiKeyView::from(key))
}

/// Returns a new API key with its text as JSON, in the form of the HTTP interface.
///
/// # Errors
/// If it can't be written as JSON.
pub fn created_key_in_json(created: CreatedKey) -> Result<String, serde_json::Error> {
    serde_json::to_string(&api::CreatedKeyAnswer::from(created))
}

/// Describes this process.
fn describe_process(roles: &Roles) -> Process {
    let host = hostname::get()
        .ok()
        .and_then(|name| name.into_string().ok());
    Process {
        id: ProcessId::of_run(std::process::id(), ulid::Ulid::generate()),
        role: if roles.api {
            ProcessRole::Serve
        } else {
            ProcessRole::Work
        },
        queues: roles.pools.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        host: host.unwrap_or_else(|| "unknown".to_owned()),
        system_id: std::process::id(),
    }
}

/// Prepares the configured queues for a command that only looks at them, without connecting.
/// `client_name` names the connections.
///
/// # Errors
/// If the URL can't be read.
pub fn open_queues(
    settings: &Settings,
    client_name: &str,
) -> Result<Arc<dyn TaskQueues>, QueueError> {
    Ok(match &settings.redis {
        Some(redis) => {
            let breaker = breaker(settings.circuit_breaker.of_own_part());
            Arc::new(open_redis(redis, client_name, breaker)?)
        }
        None => Arc::new(InProcessQueues::default()),
    })
}

fn documents_folder(settings: &Settings) -> PathBuf {
    settings.service.data_dir.join("documents")
}

fn open_redis(
    settings: &RedisSettings,
    client_name: &str,
    breaker: BreakerSettings,
) -> Result<RedisQueues, QueueError> {
    RedisQueues::new(RedisQueueSettings {
        url: settings.url.clone(),
        key_prefix: settings.key_prefix.clone(),
        client_name: client_name.to_owned(),
        connection_timeout: settings.connection_timeout,
        response_timeout: settings.response_timeout,
        breaker,
    })
}

/// The parts that several roles share.
struct Parts {
    store: Arc<dyn Store>,
    documents: Arc<dyn DocumentStore>,
    queues: Arc<dyn TaskQueues>,
    encoder: Option<Arc<dyn TextEncoder>>,
    engine: Arc<Engine>,
    dispatcher: Arc<Dispatcher>,
    leases: Arc<LeaseKeeper>,
    health: Arc<Health>,
    reporter: Arc<ProcessReporter<dyn Store>>,
    deliveries_recorded: Arc<Notify>,
    receivers: AddressPolicy,
    /// Answers the callers that wait for work.
    stop_waiting: CancellationToken,
    /// The queues that this process dispatches to.
    served: Vec<QueueName>,
}

/// Starts the roles. When this returns, the API listens; pools start once the schema is ready.
///
/// # Errors
/// [`StartError`]: faults that waiting doesn't resolve.
pub async fn start(settings: &Settings, roles: &Roles) -> Result<RunningService, StartError> {
    if !roles.api && settings.redis.is_none() {
        return Err(StartError::WorkersNeedRedis);
    }
    let bound = Bound::of(Listening::of(settings, roles))?;
    let bound_for_metrics = Bound::of(Listening::of_metrics(settings, roles))?;
    let address = bound.as_ref().and_then(Bound::address);
    let metrics_address = bound_for_metrics.as_ref().and_then(Bound::address);
    let mut background = JoinSet::new();
    let parts = open_parts(settings, roles, &mut background).await?;
    let sender = open_sender(settings, parts.receivers.clone())?;
    let metrics = telemetry::start_metrics();

    let migrate = settings.database.migrate_on_start;
    let schema_ready = match prepare_schema(&*parts.store, migrate).await {
        Ok(()) => true,
        Err(error) if error.is_retryable() => {
            warn!(error = with_causes(&error), "starting without the database");
            false
        }
        Err(error) => return Err(error.into()),
    };

    let (stop_pools, stop_webhooks) = (CancellationToken::new(), CancellationToken::new());
    let (mut pools, mut webhooks) = (JoinSet::new(), JoinSet::new());
    let schema = Arc::new(Schema::new(schema_ready));
    if !schema_ready {
        background.spawn(Arc::clone(&schema).await_database(Arc::clone(&parts.store), migrate));
    }
    background.spawn(schema.then(Arc::clone(&parts.dispatcher).run()));
    background.spawn(schema.then(Arc::clone(&parts.reporter).run()));
    background.spawn(schema.then(housekeeping(settings, &parts).run()));
    background.spawn(Arc::clone(&parts.leases).renew_forever());
    let withdrawals = parts.queues.withdrawals();
    background.spawn(Arc::clone(&parts.leases).apply_withdrawals(withdrawals));
    let runner: Arc<TaskRunner<dyn Store>> =
        Arc::new(task_runner(settings, &parts, stop_pools.clone()));
    for queue in &roles.pools {
        let pool = SupervisedPool {
            queue: *queue,
            concurrency: settings.workers.concurrency(*queue),
            handler: Arc::new(Arc::clone(&runner)),
            queues: Arc::clone(&parts.queues),
            health: Arc::clone(&parts.health),
        };
        let starting = Err("it has not started yet".to_owned());
        parts.health.set_pool(*queue, starting);
        pools.spawn(schema.then_until(&stop_pools, pool.run(stop_pools.clone())));
    }
    if !roles.pools.is_empty() {
        let pool = Arc::new(webhook_pool(settings, &parts, sender));
        webhooks.spawn(schema.then_until(&stop_webhooks, pool.run(stop_webhooks.clone())));
    }
    let monitoring = MonitoringState {
        health: Arc::clone(&parts.health),
        metrics,
        runtime: Handle::current(),
    };
    let mut servers = Vec::new();
    if let Some(bound) = bound_for_metrics {
        let monitoring = monitoring.clone();
        let limits = server_settings(settings, 1);
        servers.push(bound.serve(|listener| api::monitoring_server(listener, monitoring, limits))?);
    }
    if let Some(bound) = bound {
        servers.push(if roles.api {
            let state = start_api(settings, &parts, &schema, &mut background, monitoring).await;
            let limits = server_settings(settings, settings.http.threads);
            bound.serve(|listener| api::server(listener, state, limits))?
        } else {
            let limits = server_settings(settings, 1);
            bound.serve(|listener| api::monitoring_server(listener, monitoring, limits))?
        });
    }
    info!(
        service = settings.service.name,
        address = address.map(tracing::field::display),
        metrics_address = metrics_address.map(tracing::field::display),
        pools = ?roles.pools.iter().map(|queue| queue.as_str()).collect::<Vec<_>>(),
        queues = if settings.redis.is_some() { "redis" } else { "in-process" },
        "started"
    );
    Ok(RunningService {
        address,
        metrics_address,
        store: parts.store,
        servers,
        pools,
        webhooks,
        background,
        leases: parts.leases,
        reporter: parts.reporter,
        stop_waiting: parts.stop_waiting,
        stop_pools,
        stop_webhooks,
        grace: settings.workers.stop_grace,
    })
}

impl RunningService {
    /// Returns its leases, for an exit that doesn't wait for running tasks.
    pub fn leases(&self) -> Arc<LeaseKeeper> {
        Arc::clone(&self.leases)
    }

    /// Stops in order: answers callers that wait for work, refuses new requests and tasks, waits within the grace period for running
    /// tasks or releases them, and waits for webhooks under way.
    pub async fn stop(mut self) {
        info!("stopping");
        self.stop_waiting.cancel();
        self.stop_pools.cancel();
        let servers = std::mem::take(&mut self.servers);
        let serving = async {
            let stopping = servers.into_iter().map(async |(handle, serving)| {
                handle.stop(true).await;
                if let Ok(Err(error)) = serving.await {
                    error!(%error, "the http server failed");
                }
            });
            join_all(stopping).await;
        };
        let working = async {
            while self.pools.join_next().await.is_some() {}
            // Tasks may run longer than the pool that started them.
            self.leases.all_given_back().await;
        };
        let both = async { tokio::join!(serving, working) };
        if tokio::time::timeout(self.grace, both).await.is_err() {
            let released = self.leases.release_all().await;
            warn!(
                tasks = released,
                "the grace period ended; running tasks were released"
            );
        }
        self.stop_webhooks.cancel();
        let sending = async { while self.webhooks.join_next().await.is_some() {} };
        // A webhook that is cut off is sent again under the same id.
        let _ = tokio::time::timeout(LAST_MOMENTS, sending).await;
        self.background.shutdown().await;
        let _ = tokio::time::timeout(LAST_MOMENTS, self.reporter.end()).await;
        info!("stopped");
    }
}

/// The address that a process listens on.
#[derive(Debug, Clone, Copy)]
struct Listening {
    address: SocketAddr,
    /// The variable of the port.
    setting: &'static str,
}

impl Listening {
    /// Returns the address of the API, or that of the pages of a worker if they are turned on.
    fn of(settings: &Settings, roles: &Roles) -> Option<Self> {
        let (port, setting) = if roles.api {
            (settings.http.port, "PORT")
        } else {
            (settings.workers.monitoring_port?, "WORKER_MONITORING_PORT")
        };
        let address = SocketAddr::new(settings.http.host, port);
        Some(Self { address, setting })
    }

    /// Returns the address of the pages for monitoring that the API has besides its own, if they are
    /// turned on.
    fn of_metrics(settings: &Settings, roles: &Roles) -> Option<Self> {
        let port = settings.http.metrics_port.filter(|_| roles.api)?;
        let address = SocketAddr::new(settings.http.host, port);
        let setting = "MATCHING__HTTP__METRICS_PORT";
        Some(Self { address, setting })
    }

    fn bind(self) -> Result<TcpListener, StartError> {
        let bound = TcpListener::bind(self.address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok(listener)
        });
        bound.map_err(|source| self.error(source))
    }

    fn error(self, source: std::io::Error) -> StartError {
        StartError::Bind {
            address: self.address,
            setting: self.setting,
            source,
        }
    }
}

/// An address that is bound.
struct Bound {
    listening: Listening,
    listener: TcpListener,
}

impl Bound {
    fn of(listening: Option<Listening>) -> Result<Option<Self>, StartError> {
        let bind = |listening: Listening| {
            let listener = listening.bind()?;
            Ok(Self {
                listening,
                listener,
            })
        };
        listening.map(bind).transpose()
    }

    fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    fn serve(
        self,
        prepare: impl FnOnce(TcpListener) -> std::io::Result<Server>,
    ) -> Result<RunningServer, StartError> {
        let server = prepare(self.listener).map_err(|source| self.listening.error(source))?;
        Ok((server.handle(), tokio::spawn(server)))
    }
}

async fn open_parts(
    settings: &Settings,
    roles: &Roles,
    background: &mut JoinSet<()>,
) -> Result<Parts, StartError> {
    let store = open_store(settings).await?;
    let documents = open_documents(settings)?;
    let encoder = open_encoder(settings)?;
    let process = describe_process(roles);
    let (queues, served): (Arc<dyn TaskQueues>, Vec<QueueName>) = match &settings.redis {
        Some(redis) => {
            let breaker = breaker(settings.circuit_breaker.of_own_part());
            let queues = open_redis(redis, &process.connection_name(), breaker)?;
            match tokio::time::timeout(FIRST_CALL_LIMIT, queues.check()).await {
                Ok(Err(error)) if error.is_final() => return Err(error.into()),
                Ok(Err(error)) => warn!(error = with_causes(&error), "starting without redis"),
                Ok(Ok(())) => {}
                Err(_) => warn!("starting without redis, which has not answered yet"),
            }
            background.spawn(queues.clone().listen_for_pushes());
            // The API dispatches to all queues, whichever process runs their pools.
            let served = if roles.api {
                QueueName::ALL.to_vec()
            } else {
                roles.pools.clone()
            };
            (Arc::new(queues), served)
        }
        None => (Arc::new(InProcessQueues::default()), roles.pools.clone()),
    };
    let dispatcher = Dispatcher::new(
        store.clone(),
        Arc::clone(&queues),
        &served,
        settings.queues.window,
        settings.queues.dispatch_interval,
    );
    let health = Health::new(
        store.clone(),
        store.clone(),
        store.clone(),
        Arc::clone(&documents),
        Arc::clone(&queues),
        encoder.clone(),
    );
    let reporter = Arc::new(ProcessReporter {
        store: store.clone(),
        queues: Arc::clone(&queues),
        health: Arc::clone(&health),
        process,
        lease: settings.workers.lease,
    });
    Ok(Parts {
        engine: Arc::new(Engine::new(settings.weights)),
        leases: LeaseKeeper::new(store.clone(), settings.workers.lease),
        health,
        reporter,
        deliveries_recorded: Arc::default(),
        stop_waiting: CancellationToken::new(),
        receivers: receiver_policy(settings),
        store,
        documents,
        queues,
        encoder,
        dispatcher,
        served,
    })
}

fn housekeeping(settings: &Settings, parts: &Parts) -> Housekeeping<dyn Store> {
    Housekeeping {
        store: Arc::clone(&parts.store),
        queues: Arc::clone(&parts.queues),
        documents: Arc::clone(&parts.documents),
        dispatcher: Arc::clone(&parts.dispatcher),
        queues_served: parts.served.clone(),
        reporter: Arc::new(batch_reporter(settings, parts)),
        window: settings.queues.window,
        job_ttl: settings.workers.job_ttl,
        dead_letter_ttl: settings.workers.dead_letter_ttl,
        replaced_document_ttl: settings.workers.replaced_document_ttl,
        lease: settings.workers.lease,
        interval: settings.queues.sweep_interval,
    }
}

fn batch_reporter(settings: &Settings, parts: &Parts) -> LedgerReporter<dyn Store> {
    LedgerReporter {
        store: Arc::clone(&parts.store),
        documents: Arc::clone(&parts.documents),
        inline_limit: settings.documents.inline_limit,
    }
}

fn task_runner(
    settings: &Settings,
    parts: &Parts,
    stopping: CancellationToken,
) -> TaskRunner<dyn Store> {
    TaskRunner {
        store: Arc::clone(&parts.store),
        dispatch: parts.store.clone(),
        dependencies: parts.store.clone(),
        reporter: Arc::new(batch_reporter(settings, parts)),
        documents: Arc::clone(&parts.documents),
        engine: Arc::clone(&parts.engine),
        profiles: Arc::new(CompiledProfiles::new(
            parts.store.clone(),
            settings.workers.profile_cache,
        )),
        score_pair: profiles::score,
        start_scoring: tokio::task::spawn_blocking,
        draw: rand::random,
        leases: Arc::clone(&parts.leases),
        dispatcher: Arc::clone(&parts.dispatcher),
        deliveries_recorded: Arc::clone(&parts.deliveries_recorded),
        write_reports: OutageReports::default(),
        worker_name: parts.reporter.process.id.to_string(),
        max_retries: settings.workers.max_retries,
        backoff: Backoff {
            base: settings.workers.retry_delay,
            cap: settings.workers.retry_delay_cap,
        },
        attempt_timeout: settings.workers.attempt_timeout,
        inline_limit: settings.documents.inline_limit,
        stopping,
    }
}

fn webhook_pool(settings: &Settings, parts: &Parts, sender: WebhookSender) -> WebhookPool {
    let webhook = &settings.webhook;
    let schedule = match &webhook.retries {
        WebhookRetries::Stated(pauses) => DeliverySchedule::Stated(pauses.clone()),
        WebhookRetries::Growing {
            retry_count,
            retry_delay,
            retry_delay_cap,
        } => DeliverySchedule::Growing {
            backoff: Backoff {
                base: *retry_delay,
                cap: *retry_delay_cap,
            },
            retry_count: *retry_count,
        },
    };
    WebhookPool::new(
        parts.store.clone(),
        Arc::new(sender),
        Arc::clone(&parts.deliveries_recorded),
        WebhookPoolSettings {
            concurrency: webhook.concurrency,
            endpoint_concurrency: webhook.receiver_concurrency,
            schedule,
            give_up_after: webhook.give_up_after,
            request_timeout: webhook.request_timeout,
            draw: rand::random,
        },
    )
}

/// Prepares the search among all stored profiles, and reads them ahead if that is configured.
fn start_search(
    settings: SearchSettings,
    parts: &Parts,
    schema: &Schema,
    background: &mut JoinSet<()>,
) -> Arc<SearchEngine> {
    let search = Arc::new(SearchEngine::new(
        parts.store.clone(),
        settings.held_profiles,
    ));
    if settings.warm_up {
        let search = Arc::clone(&search);
        background.spawn(schema.then(async move { search.warm_up().await }));
    }
    search
}

fn submitter(settings: &Settings, parts: &Parts, backlog: &Arc<Backlog>) -> Submitter {
    Submitter {
        submissions: parts.store.clone(),
        jobs: parts.store.clone(),
        dependencies: parts.store.clone(),
        dispatcher: Arc::clone(&parts.dispatcher),
        backlog: Arc::clone(backlog),
        chunk_size: settings.queues.chunk_size,
        dependency_expiry: settings.queues.dependency_expiry,
    }
}

/// Prepares the services of the API, and starts what serves its callers in the background.
async fn start_api(
    settings: &Settings,
    parts: &Parts,
    schema: &Schema,
    background: &mut JoinSet<()>,
    monitoring: MonitoringState,
) -> ApiState {
    let search = start_search(settings.search, parts, schema, background);
    let (backlog, keys) = start_watches(settings, parts, schema, background).await;
    let (limit, stop) = (settings.http.waiting_callers, parts.stop_waiting.clone());
    let watcher = Arc::new(Watcher::new(parts.store.clone(), limit, stop));
    background.spawn(schema.then(Arc::clone(&watcher).run()));
    let state = api_state(
        settings, parts, &search, &backlog, &keys, watcher, monitoring,
    );
    if let Some(interval) = settings.queues.rematch_interval {
        background.spawn(schema.then(Arc::clone(&state.rematcher).run(interval)));
    }
    state
}

/// Starts what the API keeps in memory of the backlog and of API keys.
async fn start_watches(
    settings: &Settings,
    parts: &Parts,
    schema: &Schema,
    background: &mut JoinSet<()>,
) -> (Arc<Backlog>, Arc<ApiKeyService>) {
    let backlog = Backlog::new(parts.store.clone(), settings.queues.backlog_limits);
    background.spawn(schema.then(Arc::clone(&backlog).watch()));
    let keys = Arc::new(key_service(parts.store.clone(), settings));
    // The first request must not find a process that does not know whether there are keys.
    if schema.ready.is_cancelled()
        && let Err(error) = keys.refresh().await
    {
        warn!(
            error = with_causes(&error),
            "starting without knowing the API keys"
        );
    }
    background.spawn(schema.then(Arc::clone(&keys).watch()));
    (backlog, keys)
}

fn api_state(
    settings: &Settings,
    parts: &Parts,
    search: &Arc<SearchEngine>,
    backlog: &Arc<Backlog>,
    keys: &Arc<ApiKeyService>,
    watcher: Arc<Watcher>,
    monitoring: MonitoringState,
) -> ApiState {
    let submitter = Arc::new(submitter(settings, parts, backlog));
    ApiState {
        rematcher: Arc::new(Rematcher::new(parts.store.clone(), Arc::clone(&submitter))),
        submitter,

        canceller: Arc::new(Canceller {
            cancellation: parts.store.clone(),
            dependencies: parts.store.clone(),
            queues: Arc::clone(&parts.queues),
            dispatcher: Arc::clone(&parts.dispatcher),
            deliveries_recorded: Arc::clone(&parts.deliveries_recorded),
        }),
        jobs: Arc::new(job_service(&parts.store)),
        watcher,
        results: Arc::new(ResultService::new(
            Arc::clone(&parts.store),
            Arc::clone(&parts.documents),
        )),
        profiles: Arc::new(ProfileService::new(
            parts.store.clone(),
            parts.encoder.clone(),
        )),
        dead_letters: Arc::new(DeadLetterService::new(
            parts.store.clone(),
            parts.store.clone(),
            Some(Arc::clone(&parts.dispatcher)),
        )),
        deliveries: Arc::new(DeliveryService::new(
            parts.store.clone(),
            Arc::clone(&parts.deliveries_recorded),
        )),
        dependencies: Arc::new(DependencyService::new(
            parts.store.clone(),
            Arc::clone(&parts.dispatcher),
        )),
        queues: Arc::new(QueueService::new(
            parts.store.clone(),
            Arc::clone(backlog),
            Some(Arc::clone(&parts.dispatcher)),
        )),
        processes: Arc::new(ProcessService::new(parts.store.clone())),
        keys: Arc::clone(keys),
        search: Arc::clone(search),
        receivers: Arc::new(parts.receivers.clone()),
        bodies: BodyLimits::new(
            settings.http.bodies_limit,
            settings.http.body_grace,
            settings.http.body_rate,
        ),
        monitoring,
        settings: ApiSettings {
            body_limit: settings.http.body_limit,
            import_limit: settings.http.import_limit,
            bulk_limit: settings.queues.bulk_limit,
            window: settings.queues.window,
            longest_wait: settings.http.longest_wait,
            webhook_events: settings.webhook.events,
            weights: settings.weights,
            language: settings.language,
            access: AccessSettings {
                trusted_proxies: settings.http.trusted_proxies.clone(),
                requests_per_minute: settings.http.requests_per_minute,
                is_loopback: settings.http.host.is_loopback(),
                allowed_hosts: settings.http.allowed_hosts.clone(),
                allowed_origins: settings.http.allowed_origins.clone(),
            },
        },
    }
}

async fn prepare_schema(store: &dyn Store, migrate: bool) -> Result<(), StoreError> {
    if migrate {
        store.migrate().await
    } else {
        store.check().await
    }
}

/// The readiness of the schema, for which database work waits.
struct Schema {
    ready: CancellationToken,
}

impl Schema {
    fn new(ready: bool) -> Self {
        let schema = Self {
            ready: CancellationToken::new(),
        };
        if ready {
            schema.ready.cancel();
        }
        schema
    }

    async fn await_database(self: Arc<Self>, store: Arc<dyn Store>, migrate: bool) {
        let mut reported = false;
        loop {
            tokio::time::sleep(SCHEMA_RETRY_PAUSE).await;
            match prepare_schema(&*store, migrate).await {
                Ok(()) => {
                    info!("the database is ready; work begins");
                    self.ready.cancel();
                    return;
                }
                Err(error) if error.is_retryable() || reported => {}
                Err(error) => {
                    error!(error = with_causes(&error), "waiting for the schema");
                    reported = true;
                }
            }
        }
    }

    fn then<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> impl Future<Output = T> + Send + 'static {
        let ready = self.ready.clone();
        async move {
            ready.cancelled().await;
            work.await
        }
    }

    /// Runs the work like [`then`](Self::then), unless `stop` is cancelled before the schema is
    /// ready.
    fn then_until(
        &self,
        stop: &CancellationToken,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> impl Future<Output = ()> + Send + 'static {
        let (ready, stop) = (self.ready.clone(), stop.clone());
        async move {
            tokio::select! {
                () = ready.cancelled() => work.await,
                () = stop.cancelled() => {}
            }
        }
    }
}
