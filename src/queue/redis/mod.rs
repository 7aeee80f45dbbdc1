//! Queues in Redis through apalis-redis.
//!
//! Differences from plain apalis-redis, and their reasons:
//! - connections are lazy and have their own timeouts: the service starts and accepts requests
//!   while Redis is unavailable, and a circuit breaker refuses calls meanwhile;
//! - the shared connection is replaced when it leads to a server that takes no work
//!   ([`connection`]), and the check of the queues writes, since a former master answers `PING`;
//! - pushes are a script of this service, which makes pointers available at once: apalis gives each
//!   the pusher's time, before which workers with slower clocks do not see it;
//! - heartbeats carry the time of Redis ([`HEARTBEAT_SCRIPT`]) for the same reason, so apalis's own
//!   are practically turned off;
//! - every push uses a new apalis id, since a lost pointer must be pushed again;
//! - every push is followed by a message on the wake channel, for workers in other processes, and
//!   every cancellation of a running task by one on the withdrawal channel;
//! - `tidy` removes the data of acknowledged tasks, which apalis-redis keeps for ever, and limits
//!   the size of the dead set: the ledger has all dead letters, the set only serves people who
//!   inspect Redis;
//! - results are acknowledged but tasks are not locked: the lease is in the ledger, and each lock
//!   of apalis costs a scan of the queue.

mod connection;
pub(super) mod errors;

use std::{
    pin::pin,
    sync::{Arc, LazyLock, Mutex, PoisonError},
    time::Duration,
};

use apalis::prelude::{Monitor, WorkerBuilder, WorkerBuilderExt};
use apalis_core::backend::ext::BackendExt;
use apalis_redis::{Config, RedisStorage};
use async_trait::async_trait;
use futures::{
    FutureExt, StreamExt,
    future::{BoxFuture, Either, select},
};
use redis::{
    AsyncCommands, Client, IntoConnectionInfo, RedisError, RedisResult, Script,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
    io::tcp::TcpSettings,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::broadcast;
use tracing::{debug, info, warn};
use ulid::Generator;

use self::{
    connection::Connection,
    errors::{is_of_cluster, remedy},
};
use super::{
    DeadPointer, DeadPointers, Pool, PoolEnded, QueueError, QueueServer, TaskQueues,
    WITHDRAWALS_KEPT, WakeSignals, handle_pointer, run_until,
};
use crate::{
    breaker::{Breaker, BreakerSettings, BreakerState},
    domain::{identifiers::TaskId, queue_name::QueueName, task::Withdrawal},
    outage::{OutageReports, Remedy, with_causes},
};

/// The interval of a worker's heartbeats.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// The time without a heartbeat after which a worker's fetched pointers go back to the queue.
const SILENT_AFTER: Duration = Duration::from_secs(15);
/// The interval of apalis's own heartbeats, and the number of them after which apalis would take
/// over another worker's pointers: so long that clocks which differ never make it do so.
const HEARTBEAT_OF_APALIS: Duration = Duration::from_hours(24);
const MISSED_HEARTBEATS_OF_APALIS: usize = 365;
/// The time for which the key that checks write exists.
const PROBE_SECONDS: u64 = 60;
/// The number of finished tasks that one step of `tidy` removes.
const TIDY_STEP: usize = 500;
/// The maximum number of pointers in a dead set.
const DEAD_SET_LIMIT: usize = 10_000;

/// Appends pointers, in the form in which apalis fetches them. Its own script gives each pointer
/// the pusher's time.
/// KEYS: the data, the list of available pointers. ARGV: the prefix of the metadata, then an id and
/// its data for each pointer.
static PUSH_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "for i = 2, #ARGV, 2 do
             redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
             redis.call('HSET', ARGV[1] .. ':' .. ARGV[i],
                 'attempts', 0, 'max_attempts', 1, 'status', 'Pending')
             redis.call('RPUSH', KEYS[2], ARGV[i])
         end",
    )
});

/// Records a sign of life by the time of Redis, and returns the pointers of silent workers to the
/// queue, so that the clocks of processes don't matter.
/// KEYS: the heartbeats, apalis's set of workers, the list of available pointers. ARGV: the
/// worker's name, the seconds of silence, the prefix of the fetched pointers of a worker.
static HEARTBEAT_SCRIPT: LazyLock<Script> = LazyLock::new(|| {
    Script::new(
        "local now = tonumber(redis.call('TIME')[1])
         redis.call('ZADD', KEYS[1], now, ARGV[1])
         local silent = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
         for _, worker in ipairs(silent) do
             local fetched = ARGV[3] .. ':' .. worker
             for _, pointer in ipairs(redis.call('SMEMBERS', fetched)) do
                 redis.call('RPUSH', KEYS[3], pointer)
             end
             redis.call('DEL', fetched)
             redis.call('ZREM', KEYS[1], worker)
             redis.call('ZREM', KEYS[2], worker)
         end
         return #silent",
    )
});

/// Writes a key by a script, as all work on queues does: fails on a read-only or full server, and
/// without the permissions. Names keys of several slots, which a Redis Cluster refuses.
/// KEYS: the key to write, and one of each queue. ARGV: the seconds for which it exists.
static PROBE_SCRIPT: LazyLock<Script> =
    LazyLock::new(|| Script::new("return redis.call('SET', KEYS[1], '', 'EX', ARGV[1])"));
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
    /// Host and port, for messages.
    server: Arc<str>,
    connection: Connection,
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
        let server = address.addr().to_string().into();
        let named = address
            .redis_settings()
            .clone()
            .set_lib_name(LIBRARY, env!("CARGO_PKG_VERSION"));
        let address = address
            .set_redis_settings(named)
            .set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let client = Client::open(address)?;
        let connection = Connection::lazy(client.clone(), connection_config(&settings))?;
        Ok(Self {
            client,
            server,
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
        let reports = OutageReports::default();
        loop {
            if let Err(error) = self.forward_pushes(&reports).await
                && let Some(failures) = reports.failed()
            {
                warn!(
                    error = with_causes(&self.error(error)),
                    failures, "wake channel lost; workers poll until it is available again"
                );
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Forwards messages until the subscription ends, or the shared connection is replaced: then
    /// the subscription may be to a former master as well.
    async fn forward_pushes(&self, reports: &OutageReports) -> RedisResult<()> {
        let mut replacements = self.connection.replacements();
        let mut subscription = self.client.get_async_pubsub().await?;
        let withdrawal_channel = self.withdrawal_channel();
        subscription.subscribe(self.wake_channel()).await?;
        subscription.subscribe(&withdrawal_channel).await?;
        if reports.succeeded() {
            info!("wake channel is available again");
        }
        let mut messages = subscription.on_message();
        loop {
            let message = tokio::select! {
                message = messages.next() => message,
                _ = replacements.changed() => None,
            };
            let Some(message) = message else {
                return Ok(());
            };
            let text: String = message.get_payload()?;
            if message.get_channel_name() == withdrawal_channel {
                let _ = self.withdrawals.send(read_withdrawals(&text));
            } else if let Some(queue) = QueueName::parse(&text) {
                self.wake.signal(queue);
            }
        }
    }

    /// Names a connection. Redis lists it under its address if it refuses the name.
    async fn name_connection(&self, connection: &mut impl ConnectionLike, name: &str) {
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
    async fn time(&self) -> RedisResult<Duration> {
        let mut connection = self.connection.clone();
        let (seconds, microseconds): (u64, u32) =
            redis::cmd("TIME").query_async(&mut connection).await?;
        Ok(Duration::new(seconds, microseconds * 1_000))
    }

    async fn look_at_server(&self) -> RedisResult<QueueServer> {
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

    async fn add_ledger(&self, ledger: &str) -> RedisResult<()> {
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
    async fn forget(&self, config: &Config, ids: &[String]) -> RedisResult<()> {
        let mut connection = self.connection.clone();
        let mut step = redis::pipe();
        step.hdel(config.job_data_hash(), ids).ignore();
        for id in ids {
            step.unlink(format!("{}:{id}", config.job_meta_hash()))
                .ignore();
        }
        step.query_async::<()>(&mut connection).await
    }

    /// Removes at most `most` members from a set and returns them.
    async fn pop(&self, set: String, most: usize) -> RedisResult<Vec<String>> {
        let mut connection = self.connection.clone();
        redis::cmd("SPOP")
            .arg(set)
            .arg(most)
            .query_async(&mut connection)
            .await
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
            .heartbeat_interval(HEARTBEAT_OF_APALIS)
            .missed_heartbeats(MISSED_HEARTBEATS_OF_APALIS)
            .lock_tasks(false)
            .emit_events(false)
    }

    /// Makes a call unless the breaker is open. After its pause a write decides whether Redis takes
    /// work again: one that is out of memory, or can't save, still answers reads.
    async fn call<T>(&self, call: impl Future<Output = RedisResult<T>>) -> Result<T, QueueError> {
        // Not only when half open: the pause may end between this look and the call.
        if self.breaker.state() != BreakerState::Closed {
            let probe = self.probe();
            let probe = probe.map(|answer| answer.map_err(|error| self.error(error)));
            self.breaker.call(QueueError::is_outage, probe).await?;
        }
        let call = call.map(|answer| answer.map_err(|error| self.error(error)));
        self.breaker.call(QueueError::is_outage, call).await
    }

    /// Returns the error with the server's address.
    fn error(&self, source: RedisError) -> QueueError {
        let server = Arc::clone(&self.server);
        if is_of_cluster(&source) {
            return QueueError::Cluster { server, source };
        }
        QueueError::Redis {
            problem: match remedy(&source) {
                Some(Remedy::Reconnect | Remedy::Wait) => "is unavailable",
                Some(Remedy::Operator) => "refuses to work",
                None => "refused a command",
            },
            server,
            source,
        }
    }

    async fn push_pointers(&self, queue: QueueName, ids: &[TaskId]) -> RedisResult<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let config = self.config(queue);
        let mut connection = self.connection.clone();
        let mut push = PUSH_SCRIPT.prepare_invoke();
        push.key(config.job_data_hash())
            .key(config.active_jobs_list())
            .arg(config.job_meta_hash());
        for id in ids {
            // Read as JSON, apalis's form of data.
            let data = serde_json::Value::from(id.as_str()).to_string();
            push.arg(self.fresh_id()).arg(data);
        }
        push.invoke_async::<()>(&mut connection).await?;
        self.wake.signal(queue);
        let told: RedisResult<i64> = connection
            .publish(self.wake_channel(), queue.as_str())
            .await;
        // The pointers were pushed; without the message, workers in other processes find them by
        // polling.
        if let Err(error) = told {
            debug!(%error, "workers in other processes were not woken");
        }
        Ok(())
    }

    /// Records heartbeats of a worker for as long as it is polled, and returns the pointers of
    /// silent workers to the queue. Ends with the first error.
    async fn keep_alive(
        &self,
        mut connection: ConnectionManager,
        config: Config,
        worker: String,
    ) -> RedisError {
        let mut heartbeat = HEARTBEAT_SCRIPT.prepare_invoke();
        heartbeat
            .key(format!("{}:heartbeats", config.queue.as_ref()))
            .key(config.workers_set())
            .key(config.active_jobs_list())
            .arg(worker)
            .arg(SILENT_AFTER.as_secs())
            .arg(config.inflight_jobs_set());
        let mut ticks = tokio::time::interval(HEARTBEAT);
        loop {
            ticks.tick().await;
            match heartbeat.invoke_async::<u32>(&mut connection).await {
                Ok(0) => {}
                Ok(silent) => info!(silent, "pointers of silent workers are in the queue again"),
                Err(error) => return error,
            }
        }
    }

    async fn count_pending(&self, queue: QueueName) -> RedisResult<u64> {
        let config = self.config(queue);
        let mut connection = self.connection.clone();
        let (active, scheduled): (u64, u64) = redis::pipe()
            .llen(config.active_jobs_list())
            .zcard(config.scheduled_jobs_set())
            .query_async(&mut connection)
            .await?;
        Ok(active + scheduled)
    }

    async fn probe(&self) -> RedisResult<()> {
        let mut connection = self.connection.clone();
        let mut probe = PROBE_SCRIPT.prepare_invoke();
        probe
            .key(format!("{}:probe", self.settings.key_prefix))
            .arg(PROBE_SECONDS);
        for queue in QueueName::ALL {
            probe.key(self.config(queue).active_jobs_list());
        }
        probe.invoke_async::<()>(&mut connection).await
    }

    async fn remove_finished(&self, queue: QueueName) -> RedisResult<u64> {
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

    async fn look_at_dead(&self, queue: QueueName, from: u64) -> RedisResult<DeadPointers> {
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

    async fn take_out_dead(&self, queue: QueueName, pointers: &[DeadPointer]) -> RedisResult<()> {
        if pointers.is_empty() {
            return Ok(());
        }
        let config = self.config(queue);
        let ids: Vec<String> = pointers.iter().map(|pointer| pointer.id.clone()).collect();
        let mut connection = self.connection.clone();
        let _removed: usize = connection.srem(config.dead_jobs_set(), &ids).await?;
        self.forget(&config, &ids).await
    }

    async fn publish_withdrawals(&self, withdrawn: &[Withdrawal]) -> RedisResult<()> {
        let mut connection = self.connection.clone();
        let _listeners: i64 = connection
            .publish(self.withdrawal_channel(), write_withdrawals(withdrawn))
            .await?;
        Ok(())
    }

    fn fresh_id(&self) -> String {
        let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        // The generator fails only after 2^80 ids in one millisecond.
        let id = ids.generate().unwrap_or_else(|_| ulid::Ulid::generate());
        id.to_string()
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

fn connection_config(settings: &RedisQueueSettings) -> ConnectionManagerConfig {
    ConnectionManagerConfig::new()
        .set_connection_timeout(Some(settings.connection_timeout))
        .set_response_timeout(Some(settings.response_timeout))
        .set_number_of_retries(1)
        .set_max_delay(Duration::from_millis(500))
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
        self.call(self.probe()).await
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
        let queues = self.clone();
        let config = self.config(pool.queue);
        let wake = self.wake.clone();
        // A connection of its own: a pool ends with it, and the next one connects again.
        let manager_config = connection_config(&self.settings);
        let connection =
            ConnectionManager::new_lazy_with_config(self.client.clone(), manager_config);
        async move {
            let pool_ended = |error| PoolEnded(with_causes(&queues.error(error)));
            let mut connection = connection.map_err(&pool_ended)?;
            let name = format!("{}:{}", queues.settings.client_name, pool.queue);
            queues.name_connection(&mut connection, &name).await;
            let Pool {
                queue,
                concurrency,
                handler,
            } = pool;
            let living = queues.keep_alive(connection.clone(), config.clone(), worker_name.clone());
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
            match select(pin!(run_until(monitor, stop)), pin!(living)).await {
                Either::Left((ended, _)) => ended,
                Either::Right((error, _)) => Err(pool_ended(error)),
            }
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
