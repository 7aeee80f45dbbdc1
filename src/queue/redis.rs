//! Queues in Redis through apalis-redis.
//!
//! What is done here beyond pushing and running, and why:
//! - connections are lazy and have our own timeouts: the service starts and accepts while Redis is
//!   away, and a breaker ends calls at once meanwhile;
//! - every push uses a fresh apalis id, since apalis ignores an id whose data it still has, and a
//!   lost pointer must be pushed again;
//! - a message on the wake channel follows every push, for workers in other processes;
//! - `tidy` removes what acknowledged tasks leave behind, which apalis-redis keeps for ever;
//! - results are acknowledged but tasks are not locked: the lease is in the ledger, and apalis's
//!   locks cost a scan of the queue each.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use apalis::prelude::{Monitor, Strategy, TaskBuilder, WorkerBuilder, WorkerBuilderExt};
use apalis_core::{
    backend::{TaskSink, ext::BackendExt},
    error::{AbortError, BoxDynError},
};
use apalis_redis::{Config, RedisStorage};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use redis::{
    AsyncCommands, Client,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use secrecy::{ExposeSecret, SecretString};
use tracing::{debug, info, warn};
use ulid::Generator;

use super::{PointerOutcome, Pool, PoolEnded, QueueError, TaskQueues, Wake, run_until};
use crate::{
    breaker::{Breaker, BreakerSettings},
    domain::{identifiers::TaskId, queue_name::QueueName},
};

/// How often a worker looks without having been woken.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How often a worker says that it lives.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// Heartbeats missed before its fetched pointers go back to the queue.
const MISSED_HEARTBEATS: usize = 3;
/// How many finished tasks one step of `tidy` removes.
const TIDY_STEP: usize = 500;

/// Where Redis is and how patient to be with it.
#[derive(Debug, Clone)]
pub struct RedisQueueSettings {
    /// `redis://` or `rediss://`, with credentials.
    pub url: SecretString,
    /// The beginning of every key.
    pub key_prefix: String,
    /// How long to wait for a connection.
    pub connection_timeout: Duration,
    /// How long to wait for an answer.
    pub response_timeout: Duration,
    /// When calls to a Redis that is away are paused.
    pub breaker: BreakerSettings,
}

/// The queues in Redis.
#[derive(Clone)]
pub struct RedisQueues {
    client: Client,
    connection: ConnectionManager,
    settings: Arc<RedisQueueSettings>,
    breaker: Breaker,
    wake: Wake,
    ids: Arc<Mutex<Generator>>,
}

impl RedisQueues {
    /// Prepares the queues without connecting.
    ///
    /// # Errors
    /// When the URL can't be read.
    pub fn new(settings: RedisQueueSettings) -> Result<Self, QueueError> {
        let client = Client::open(settings.url.expose_secret())?;
        let connection = lazy_connection(&client, &settings)?;
        Ok(Self {
            client,
            connection,
            breaker: Breaker::new("redis", settings.breaker),
            settings: Arc::new(settings),
            wake: Wake::default(),
            ids: Arc::default(),
        })
    }

    /// Listens for pushes of other processes for as long as it is polled, and rings this process's
    /// bells. It reconnects by itself.
    pub async fn listen_for_pushes(self) {
        let mut failed_before = false;
        loop {
            if let Err(error) = self.forward_pushes().await
                && !failed_before
            {
                warn!(%error, "wake channel lost; workers poll until redis is back");
                failed_before = true;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            if failed_before && self.check().await.is_ok() {
                info!("redis is back");
                failed_before = false;
            }
        }
    }

    async fn forward_pushes(&self) -> Result<(), QueueError> {
        let mut subscription = self.client.get_async_pubsub().await?;
        subscription.subscribe(self.wake_channel()).await?;
        let mut messages = subscription.on_message();
        while let Some(message) = messages.next().await {
            let name: String = message.get_payload()?;
            if let Some(queue) = QueueName::parse(&name) {
                self.wake.ring(queue);
            }
        }
        Ok(())
    }

    fn wake_channel(&self) -> String {
        format!("{}:wake", self.settings.key_prefix)
    }

    fn config(&self, queue: QueueName) -> Config {
        let fetch_batch = match queue {
            // Small, so that one process does not hoard chunks that another could run.
            QueueName::Bulk => 4,
            QueueName::High | QueueName::Standard => 32,
        };
        Config::default()
            .queue(format!("{}:{queue}", self.settings.key_prefix))
            .batch_size(fetch_batch)
            .heartbeat_interval(HEARTBEAT)
            .missed_heartbeats(MISSED_HEARTBEATS)
            .lock_tasks(false)
            .emit_events(false)
    }

    /// Makes a call unless Redis is away.
    async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, QueueError>>,
    ) -> Result<T, QueueError> {
        self.breaker.call(QueueError::is_outage, call).await
    }

    async fn push_pointers(&self, queue: QueueName, ids: &[TaskId]) -> Result<(), QueueError> {
        let mut storage =
            RedisStorage::<String>::new(self.connection.clone()).with_config(self.config(queue));
        let pointers: Vec<_> = ids
            .iter()
            .map(|id| {
                TaskBuilder::new(id.as_str().to_owned())
                    .task_id(self.fresh_id())
                    .build()
            })
            .collect();
        storage
            .push_all(futures::stream::iter(pointers))
            .await
            .map_err(|error| QueueError::Push(error.into()))?;
        self.wake.ring(queue);
        let mut connection = self.connection.clone();
        let told: Result<i64, _> = connection
            .publish(self.wake_channel(), queue.as_str())
            .await;
        // The pointers are there; without the message, workers elsewhere find them by polling.
        if let Err(error) = told {
            debug!(%error, "workers in other processes were not woken");
        }
        Ok(())
    }

    async fn count_pending(&self, queue: QueueName) -> Result<u64, QueueError> {
        let config = self.config(queue);
        let mut connection = self.connection.clone();
        let (active, scheduled): (u64, u64) = redis::pipe()
            .llen(config.active_jobs_list())
            .zcard(config.scheduled_jobs_set())
            .query_async(&mut connection)
            .await?;
        Ok(active + scheduled)
    }

    async fn ping(&self) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        let _pong: String = redis::cmd("PING").query_async(&mut connection).await?;
        Ok(())
    }

    async fn remove_finished(&self, queue: QueueName) -> Result<u64, QueueError> {
        let config = self.config(queue);
        let mut connection = self.connection.clone();
        let mut removed = 0;
        loop {
            let done: Vec<String> = redis::cmd("SPOP")
                .arg(config.done_jobs_set())
                .arg(TIDY_STEP)
                .query_async(&mut connection)
                .await?;
            if done.is_empty() {
                return Ok(removed);
            }
            let mut step = redis::pipe();
            step.hdel(config.job_data_hash(), &done).ignore();
            for id in &done {
                step.unlink(format!("{}:{id}", config.job_meta_hash()))
                    .ignore();
            }
            step.query_async::<()>(&mut connection).await?;
            removed += done.len() as u64;
        }
    }

    fn fresh_id(&self) -> apalis_core::task::task_id::TaskId {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        // The generator only refuses when 2^80 ids were made in one millisecond.
        let id = ids.generate().unwrap_or_else(|_| ulid::Ulid::generate());
        apalis_core::task::task_id::TaskId::from_ulid(id)
    }
}

fn lazy_connection(
    client: &Client,
    settings: &RedisQueueSettings,
) -> Result<ConnectionManager, QueueError> {
    let config = ConnectionManagerConfig::new()
        .set_connection_timeout(Some(settings.connection_timeout))
        .set_response_timeout(Some(settings.response_timeout))
        .set_number_of_retries(1)
        .set_max_delay(Duration::from_millis(500));
    Ok(ConnectionManager::new_lazy_with_config(
        client.clone(),
        config,
    )?)
}

#[async_trait]
impl TaskQueues for RedisQueues {
    async fn push(&self, queue: QueueName, ids: &[TaskId]) -> Result<(), QueueError> {
        self.call(self.push_pointers(queue, ids)).await
    }

    async fn pending(&self, queue: QueueName) -> Result<u64, QueueError> {
        self.call(self.count_pending(queue)).await
    }

    async fn check(&self) -> Result<(), QueueError> {
        self.call(self.ping()).await
    }

    fn breaker(&self) -> Option<&Breaker> {
        Some(&self.breaker)
    }

    async fn tidy(&self, queue: QueueName) -> Result<u64, QueueError> {
        self.call(self.remove_finished(queue)).await
    }

    fn run_pool(
        &self,
        pool: Pool,
        worker_name: String,
        stop: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), PoolEnded>> {
        let config = self.config(pool.queue);
        let wake = self.wake.clone();
        let connection = lazy_connection(&self.client, &self.settings);
        async move {
            let connection = connection.map_err(|error| PoolEnded(error.to_string()))?;
            let Pool {
                queue,
                concurrency,
                handler,
            } = pool;
            let monitor = Monitor::new().register(move |_| {
                let handler = Arc::clone(&handler);
                let strategy = Strategy::new()
                    .stream(wake.listen(queue))
                    .interval(POLL_INTERVAL);
                let backend = RedisStorage::<String>::new(connection.clone())
                    .with_config(config.clone())
                    .poll_with_strategy(strategy);
                WorkerBuilder::new(worker_name.as_str())
                    .backend(backend)
                    .concurrency(concurrency)
                    .build(move |id: String| {
                        let handler = Arc::clone(&handler);
                        async move {
                            match handler.handle(TaskId::from_trusted(id)).await {
                                PointerOutcome::Settled => Ok::<(), BoxDynError>(()),
                                PointerOutcome::DeadLetter { code } => {
                                    Err(AbortError::new(code).into())
                                }
                            }
                        }
                    })
            });
            run_until(monitor, stop).await
        }
        .boxed()
    }
}
