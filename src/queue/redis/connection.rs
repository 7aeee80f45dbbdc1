//! The shared connection to Redis, which is replaced as soon as it leads to a server that takes no
//! work.
//!
//! The library's own manager connects again only after the connection has ended. After a failover
//! it would keep the one to the former master, which answers `READONLY` for as long as it runs; and
//! a login that was refused once would stay refused.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redis::{
    Client, Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig},
};
use tokio::sync::watch;

use super::errors::remedy;

/// A connection that all calls share; clones are the same connection.
#[derive(Clone)]
pub(super) struct Connection {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    config: ConnectionManagerConfig,
    current: Mutex<ConnectionManager>,
    /// Counts the connections.
    generation: watch::Sender<u64>,
}

impl Connection {
    /// Prepares a connection without connecting.
    pub(super) fn lazy(client: Client, config: ConnectionManagerConfig) -> RedisResult<Self> {
        let first = ConnectionManager::new_lazy_with_config(client.clone(), config.clone())?;
        Ok(Self {
            shared: Arc::new(Shared {
                client,
                config,
                current: Mutex::new(first),
                generation: watch::Sender::new(0),
            }),
        })
    }

    /// Returns a receiver that is notified of each replacement.
    pub(super) fn replacements(&self) -> watch::Receiver<u64> {
        self.shared.generation.subscribe()
    }

    fn current(&self) -> (ConnectionManager, u64) {
        let current = self.shared.lock();
        (current.clone(), *self.shared.generation.borrow())
    }

    /// Replaces the connection of this generation if the error is about the server: the next call
    /// connects to whatever its name then resolves to. Calls that failed together replace it once.
    fn judge(&self, error: &RedisError, generation: u64) {
        if remedy(error).is_none() {
            return;
        }
        let shared = &self.shared;
        let mut current = shared.lock();
        let another =
            ConnectionManager::new_lazy_with_config(shared.client.clone(), shared.config.clone());
        if let Ok(another) = another
            && *shared.generation.borrow() == generation
        {
            *current = another;
            shared.generation.send_modify(|generation| *generation += 1);
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, ConnectionManager> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let (mut manager, generation) = self.current();
            let answer = manager.send_packed_command(command).await;
            match &answer {
                Ok(Value::ServerError(error)) => self.judge(&error.clone().into(), generation),
                Err(error) => self.judge(error, generation),
                Ok(_) => {}
            }
            answer
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let (mut manager, generation) = self.current();
            let answers = manager.send_packed_commands(commands, offset, count).await;
            match &answers {
                Ok(answers) => {
                    for answer in answers {
                        if let Value::ServerError(error) = answer {
                            self.judge(&error.clone().into(), generation);
                        }
                    }
                }
                Err(error) => self.judge(error, generation),
            }
            answers
        })
    }

    fn get_db(&self) -> i64 {
        self.current().0.get_db()
    }
}
