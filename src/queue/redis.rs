//! Queues in Redis through apalis-redis.
//!
//! Differences from plain apalis-redis, and their reasons:
//! - connections are lazy and have their own timeouts: the service starts and accepts requests
//!   while Redis is unavailable, and a circuit breaker refuses calls meanwhile;
//! - every push uses a new apalis id, since apalis ignores an id whose data it still has, and a
//!   lost pointer must be pushed again;
//! - every push is followed by a message on the wake channel, for workers in other processes, and
//!   every cancellation of a running task by one on the withdrawal channel;
//! - `tidy` removes the data of acknowledged tasks, which apalis-redis keeps for ever, and limits
//!   the size of the dead set: the ledger has all dead letters, the set only serves people who
//!   inspect Redis;
//! - results are acknowledged but tasks are not locked: the lease is in the ledger, and each lock
//!   of apalis costs a scan of the queue.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use apalis::prelude::{Monitor, TaskBuilder, WorkerBuilder, WorkerBuilderExt};
use apalis_core::backend::{TaskSink, ext::BackendExt};
use apalis_redis::{Config, RedisStorage};
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, future::BoxFuture};
use redis::{
    AsyncCommands, Client, IntoConnectionInfo,
    aio::{ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::broadcast;
use tracing::{debug, info, warn};
use ulid::Generator;

use super::{
    DeadPointer, DeadPointers, Pool, PoolEnded, QueueError, QueueServer, TaskQueues,
    WITHDRAWALS_KEPT, WakeSignals, handle_pointer, run_until,
};
use crate::{
    breaker::{Breaker, BreakerSettings},
    domain::{identifiers::TaskId, queue_name::QueueName, task::Withdrawal},
};

/// The interval of a worker's heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The number of missed heartbeats after which a worker's fetched pointers go back to the queue.
const MISSED_HEARTBEATS: usize = 3;
/// The number of finished tasks that one step of `tidy` removes.
const TIDY_STEP: usize = 500;
/// The maximum number of pointers in a dead set.
const DEAD_SET_LIMIT: usize = 10_000;

/// The time for which an announced ledger counts as using the queues.
const LEDGER_COUNTS_FOR: u64 = 60;
/// The name of this library in Redis's list of clients; each connection states it.
const LIBRARY: &str = "matching";

/// The address of Redis, and the time limits of calls.
#[derive(Debug, Clone)]
pub struct RedisQueueSettings {
    /// `redis://` or `rediss://`, with credentials.
    pub url: SecretString,
    /// The prefix of all keys.
    pub key_prefix: String,
    /// The name of this process's connections in Redis's list of clients, without white space.
    pub client_name: String,
    /// The time limit for connecting.
    pub connection_timeout: Duration,
    /// The time limit for an answer.
    pub response_timeout: Duration,
    /// The settings of the circuit breaker.
    pub breaker: BreakerSettings,
}

/// The queues in Redis.
#[derive(Clone)]
pub struct RedisQueues {
    client: Client,
    connection: ConnectionManager,
    settings: Arc<RedisQueueSettings>,
    breaker: Breaker,
    wake: WakeSignals,
    withdrawals: broadcast::Sender<Vec<Withdrawal>>,
    ids: Arc<Mutex<Generator>>,
}

impl RedisQueues {
    /// Prepares the queues without connecting.
    ///
    /// # Errors
    /// If the URL can't be read.
    pub fn new(settings: RedisQueueSettings) -> Result<Self, QueueError> {
        // TCP_NODELAY: commands are small and must not wait for acknowledgements of earlier ones.
        let address = settings.url.expose_secret().into_connection_info()?;
        let named = address
            .redis_settings()
            .clone()
            .set_lib_name(LIBRARY, env!("CARGO_PKG_VERSION"));
        let address = address
            .set_redis_settings(named)
            .set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let client = Client::open(address)?;
        let connection = lazy_connection(&client, &settings)?;
        Ok(Self {
            client,
            connection,
            breaker: Breaker::new("redis", settings.breaker),
            settings: Arc::new(settings),
            wake: WakeSignals::default(),
            withdrawals: broadcast::Sender::new(WITHDRAWALS_KEPT),
            ids: Arc::default(),
        })
    }

    /// Receives pushes and withdrawals of other processes for as long as it is polled, and forwards
    /// them within this process. Reconnects by itself.
    pub async fn listen_for_pushes(self) {
        let mut failed_before = false;
        loop {
            if let Err(error) = self.forward_pushes().await
                && !failed_before
            {
                warn!(%error, "wake channel lost; workers poll until it is available again");
                failed_before = true;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
            if failed_before && self.check().await.is_ok() {
                info!("redis is available again");
                failed_before = false;
            }
        }
    }

    async fn forward_pushes(&self) -> Result<(), QueueError> {
        let mut subscription = self.client.get_async_pubsub().await?;
        let withdrawal_channel = self.withdrawal_channel();
        subscription.subscribe(self.wake_channel()).await?;
        subscription.subscribe(&withdrawal_channel).await?;
        let mut messages = subscription.on_message();
        while let Some(message) = messages.next().await {
            let text: String = message.get_payload()?;
            if message.get_channel_name() == withdrawal_channel {
                let _ = self.withdrawals.send(read_withdrawals(&text));
            } else if let Some(queue) = QueueName::parse(&text) {
                self.wake.signal(queue);
            }
        }
        Ok(())
    }

    /// Names a connection. Redis lists it under its address if it refuses the name.
    async fn name_connection(&self, connection: &mut ConnectionManager, name: &str) {
        let naming = redis::cmd("CLIENT").arg("SETNAME").arg(name).to_owned();
        if let Err(error) = naming.query_async::<()>(connection).await {
            debug!(%error, "redis refused the name of a connection");
        }
    }

    /// The set of the ledgers that use these queues, each with the time of its last announcement.
    fn ledgers_key(&self) -> String {
        format!("{}:ledgers", self.settings.key_prefix)
    }

    /// Reads Redis's clock.
    async fn time(&self) -> Result<Duration, QueueError> {
        let mut connection = self.connection.clone();
        let (seconds, microseconds): (u64, u32) =
            redis::cmd("TIME").query_async(&mut connection).await?;
        Ok(Duration::new(seconds, microseconds * 1_000))
    }

    async fn look_at_server(&self) -> Result<QueueServer, QueueError> {
        let clock = self.time().await?;
        let oldest = clock.as_secs().saturating_sub(LEDGER_COUNTS_FOR);
        let mut connection = self.connection.clone();
        let ledgers: Vec<String> = connection
            .zrangebyscore(self.ledgers_key(), oldest, "+inf")
            .await?;
        // Redis may refuse the command to this user; then the policy stays unknown.
        let memory: Option<String> = redis::cmd("INFO")
            .arg("memory")
            .query_async(&mut connection)
            .await
            .ok();
        let risk = memory.as_deref().and_then(evicting_policy);
        Ok(QueueServer {
            clock,
            risky_settings: risk.into_iter().collect(),
            ledgers,
        })
    }

    async fn add_ledger(&self, ledger: &str) -> Result<(), QueueError> {
        let now = self.time().await?.as_secs();
        let mut connection = self.connection.clone();
        // Again and again, since a new connection has no name.
        let name = &self.settings.client_name;
        self.name_connection(&mut connection, name).await;
        let key = self.ledgers_key();
        let outdated = now.saturating_sub(LEDGER_COUNTS_FOR);
        redis::pipe()
            .zadd(&key, ledger, now)
            .zrembyscore(&key, "-inf", outdated)
            .query_async::<()>(&mut connection)
            .await?;
        Ok(())
    }

    fn withdrawal_channel(&self) -> String {
        format!("{}:withdrawn", self.settings.key_prefix)
    }

    /// Removes apalis's data of tasks that are in none of its sets any more.
    async fn forget(&self, config: &Config, ids: &[String]) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        let mut step = redis::pipe();
        step.hdel(config.job_data_hash(), ids).ignore();
        for id in ids {
            step.unlink(format!("{}:{id}", config.job_meta_hash()))
                .ignore();
        }
        Ok(step.query_async::<()>(&mut connection).await?)
    }

    /// Removes at most `most` members from a set and returns them.
    async fn pop(&self, set: String, most: usize) -> Result<Vec<String>, QueueError> {
        let mut connection = self.connection.clone();
        Ok(redis::cmd("SPOP")
            .arg(set)
            .arg(most)
            .query_async(&mut connection)
            .await?)
    }

    fn wake_channel(&self) -> String {
        format!("{}:wake", self.settings.key_prefix)
    }

    fn config(&self, queue: QueueName) -> Config {
        let fetch_batch = match queue {
            // Small, so that one process does not take bulk tasks that another one could run.
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

    /// Makes a call unless the breaker is open.
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
        self.wake.signal(queue);
        let mut connection = self.connection.clone();
        let told: Result<i64, _> = connection
            .publish(self.wake_channel(), queue.as_str())
            .await;
        // The pointers were pushed; without the message, workers in other processes find them by
        // polling.
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
        let mut removed = 0;
        loop {
            let done = self.pop(config.done_jobs_set(), TIDY_STEP).await?;
            if done.is_empty() {
                break;
            }
            self.forget(&config, &done).await?;
            removed += done.len() as u64;
        }
        let mut connection = self.connection.clone();
        let dead: usize = connection.scard(config.dead_jobs_set()).await?;
        let surplus = dead.saturating_sub(DEAD_SET_LIMIT).min(TIDY_STEP);
        if surplus > 0 {
            let dropped = self.pop(config.dead_jobs_set(), surplus).await?;
            self.forget(&config, &dropped).await?;
            removed += dropped.len() as u64;
        }
        Ok(removed)
    }

    async fn look_at_dead(&self, queue: QueueName, from: u64) -> Result<DeadPointers, QueueError> {
        let config = self.config(queue);
        let mut connection = self.connection.clone();
        let (next, ids): (u64, Vec<String>) = redis::cmd("SSCAN")
            .arg(config.dead_jobs_set())
            .arg(from)
            .arg("COUNT")
            .arg(TIDY_STEP)
            .query_async(&mut connection)
            .await?;
        if ids.is_empty() {
            let pointers = vec![];
            return Ok(DeadPointers { pointers, next });
        }
        let payloads: Vec<Option<Vec<u8>>> = redis::cmd("HMGET")
            .arg(config.job_data_hash())
            .arg(&ids)
            .query_async(&mut connection)
            .await?;
        let pointers = std::iter::zip(ids, payloads).map(|(id, payload)| DeadPointer {
            id,
            // Parsed as JSON, the form in which apalis writes it.
            task_id: payload
                .and_then(|payload| serde_json::from_slice::<String>(&payload).ok())
                .and_then(|id| TaskId::try_from(id).ok()),
        });
        Ok(DeadPointers {
            pointers: pointers.collect(),
            next,
        })
    }

    async fn take_out_dead(
        &self,
        queue: QueueName,
        pointers: &[DeadPointer],
    ) -> Result<(), QueueError> {
        if pointers.is_empty() {
            return Ok(());
        }
        let config = self.config(queue);
        let ids: Vec<String> = pointers.iter().map(|pointer| pointer.id.clone()).collect();
        let mut connection = self.connection.clone();
        let _removed: usize = connection.srem(config.dead_jobs_set(), &ids).await?;
        self.forget(&config, &ids).await
    }

    async fn publish_withdrawals(&self, withdrawn: &[Withdrawal]) -> Result<(), QueueError> {
        let mut connection = self.connection.clone();
        let _listeners: i64 = connection
            .publish(self.withdrawal_channel(), write_withdrawals(withdrawn))
            .await?;
        Ok(())
    }

    fn fresh_id(&self) -> apalis_core::task::task_id::TaskId {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        // The generator fails only after 2^80 ids in one millisecond.
        let id = ids.generate().unwrap_or_else(|_| ulid::Ulid::generate());
        apalis_core::task::task_id::TaskId::from_ulid(id)
    }
}

/// Returns a sentence about Redis's policy if Redis may delete keys, given its description of its
/// memory.
fn evicting_policy(memory: &str) -> Option<String> {
    let mut lines = memory.lines();
    let policy = lines.find_map(|line| line.strip_prefix("maxmemory_policy:"))?;
    let policy = policy.trim();
    (policy != "noeviction").then(|| {
        format!(
            "Redis runs with maxmemory-policy = {policy}: when its memory is full it deletes pointers, \
             and their tasks begin late; set it to noeviction"
        )
    })
}

/// Writes one withdrawal per line: the task and the token.
fn write_withdrawals(withdrawn: &[Withdrawal]) -> String {
    let lines = withdrawn
        .iter()
        .map(|run| format!("{} {}", run.task_id, run.lease_token));
    lines.collect::<Vec<_>>().join("\n")
}

fn read_withdrawals(text: &str) -> Vec<Withdrawal> {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    lines
        .filter_map(|(task_id, lease_token)| {
            Some(Withdrawal {
                task_id: task_id.parse().ok()?,
                lease_token: lease_token.parse().ok()?,
            })
        })
        .collect()
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

    async fn server(&self) -> Result<Option<QueueServer>, QueueError> {
        self.call(self.look_at_server()).await.map(Some)
    }

    async fn announce_ledger(&self, ledger: &str) -> Result<(), QueueError> {
        self.call(self.add_ledger(ledger)).await
    }

    fn breaker(&self) -> Option<&Breaker> {
        Some(&self.breaker)
    }

    async fn tidy(&self, queue: QueueName) -> Result<u64, QueueError> {
        self.call(self.remove_finished(queue)).await
    }

    async fn dead_pointers(&self, queue: QueueName, from: u64) -> Result<DeadPointers, QueueError> {
        self.call(self.look_at_dead(queue, from)).await
    }

    async fn remove_dead(
        &self,
        queue: QueueName,
        pointers: &[DeadPointer],
    ) -> Result<(), QueueError> {
        self.call(self.take_out_dead(queue, pointers)).await
    }

    async fn announce_withdrawals(&self, withdrawn: &[Withdrawal]) -> Result<(), QueueError> {
        let _ = self.withdrawals.send(withdrawn.to_vec());
        self.call(self.publish_withdrawals(withdrawn)).await
    }

    fn withdrawals(&self) -> broadcast::Receiver<Vec<Withdrawal>> {
        self.withdrawals.subscribe()
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
        let queues = self.clone();
        async move {
            let mut connection = connection.map_err(|error| PoolEnded(error.to_string()))?;
            let name = format!("{}:{}", queues.settings.client_name, pool.queue);
            queues.name_connection(&mut connection, &name).await;
            let Pool {
                queue,
                concurrency,
                handler,
            } = pool;
            let monitor = Monitor::new().register(move |_| {
                let handler = Arc::clone(&handler);
                let backend = RedisStorage::<String>::new(connection.clone())
                    .with_config(config.clone())
                    .poll_with_strategy(wake.strategy(queue));
                WorkerBuilder::new(worker_name.as_str())
                    .backend(backend)
                    .concurrency(concurrency)
                    .build(move |pointer: String| {
                        let handler = Arc::clone(&handler);
                        async move { handle_pointer(&*handler, pointer).await }
                    })
            });
            run_until(monitor, stop).await
        }
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_that_deletes_keys_is_a_risk() {
        assert_eq!(evicting_policy("maxmemory_policy:noeviction\r\n"), None);
        assert_eq!(evicting_policy("used_memory:1\r\n"), None);
        let risk = evicting_policy("maxmemory:0\r\nmaxmemory_policy:allkeys-lru\r\n");
        let expected = "Redis runs with maxmemory-policy = allkeys-lru: ";
        assert!(risk.is_some_and(|risk| risk.starts_with(expected)));
    }

    #[test]
    fn withdrawals_arrive_as_they_were_sent() {
        let runs: Vec<Withdrawal> = [("01JA", 1), ("01JB", 27)]
            .map(|(task_id, lease_token)| Withdrawal {
                task_id: task_id.parse().unwrap(),
                lease_token,
            })
            .into();
        assert_eq!(read_withdrawals(&write_withdrawals(&runs)), runs);
        assert!(read_withdrawals("").is_empty());
        assert!(read_withdrawals("nonsense\n01JA x").is_empty());
    }
}
