//! The adapters, each with queues of its own.

use std::{sync::Arc, time::Duration};

use matching::{
    breaker::BreakerSettings,
    queue::{InProcessQueues, RedisQueueSettings, RedisQueues, TaskQueues},
};
use tokio::task::JoinSet;

use crate::support::{environment::redis_url, proxy::Proxy};

/// An adapter with empty queues.
pub trait Adapter: Sized {
    /// True if pointers can be pushed while no pool runs, and wait for one.
    const KEEPS_POINTERS: bool;
    /// True if the queue keeps the pointers of dead letters.
    const KEEPS_DEAD_POINTERS: bool;

    async fn start() -> Self;

    fn queues(&self) -> Arc<dyn TaskQueues>;
}

/// An adapter whose queues are on a server.
pub trait RemoteAdapter: Adapter {
    /// Ends all connections to the server and refuses new ones.
    async fn disconnect(&mut self);

    async fn reconnect(&mut self);

    /// Returns the same queues as another process uses them.
    fn queues_of_another_process(&mut self) -> Arc<dyn TaskQueues>;
}

pub struct InProcess(Arc<InProcessQueues>);

impl Adapter for InProcess {
    const KEEPS_POINTERS: bool = false;
    const KEEPS_DEAD_POINTERS: bool = false;

    async fn start() -> Self {
        Self(Arc::default())
    }

    fn queues(&self) -> Arc<dyn TaskQueues> {
        Arc::<InProcessQueues>::clone(&self.0)
    }
}

/// Queues in the Redis that `scripts/test` started, behind a proxy and under a prefix of their own.
pub struct Redis {
    proxy: Proxy,
    settings: RedisQueueSettings,
    queues: RedisQueues,
    listeners: JoinSet<()>,
}

impl Redis {
    /// Returns the prefix of all keys.
    pub fn key_prefix(&self) -> &str {
        &self.settings.key_prefix
    }

    /// Returns the name of connections.
    pub fn client_name(&self) -> &str {
        &self.settings.client_name
    }

    /// Connects to the server, past the proxy.
    pub async fn connection() -> redis::aio::MultiplexedConnection {
        let client = redis::Client::open(redis_url()).unwrap();
        client.get_multiplexed_async_connection().await.unwrap()
    }
}

impl Adapter for Redis {
    const KEEPS_POINTERS: bool = true;
    const KEEPS_DEAD_POINTERS: bool = true;

    async fn start() -> Self {
        let server: url::Url = redis_url().parse().unwrap();
        let address = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap());
        let proxy = Proxy::to(&address).await;
        let patience = Duration::from_secs(30);
        let short_pause = Duration::from_millis(50);
        let settings = RedisQueueSettings {
            url: format!("redis://{}", proxy.address()).into(),
            key_prefix: ulid::Ulid::generate().to_string(),
            client_name: format!("test:{}", ulid::Ulid::generate()),
            connection_timeout: patience,
            response_timeout: patience,
            breaker: BreakerSettings {
                failure_threshold: 3,
                first_pause: short_pause,
                longest_pause: short_pause,
            },
        };
        let queues = RedisQueues::new(settings.clone()).unwrap();
        let mut listeners = JoinSet::new();
        listeners.spawn(queues.clone().listen_for_pushes());
        Self {
            proxy,
            settings,
            queues,
            listeners,
        }
    }

    fn queues(&self) -> Arc<dyn TaskQueues> {
        Arc::new(self.queues.clone())
    }
}

impl RemoteAdapter for Redis {
    async fn disconnect(&mut self) {
        self.proxy.cut().await;
    }

    async fn reconnect(&mut self) {
        self.proxy.restore().await;
    }

    fn queues_of_another_process(&mut self) -> Arc<dyn TaskQueues> {
        let queues = RedisQueues::new(self.settings.clone()).unwrap();
        self.listeners.spawn(queues.clone().listen_for_pushes());
        Arc::new(queues)
    }
}
