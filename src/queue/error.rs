//! The error of the queues.

use std::sync::Arc;

use redis::RedisError;

use super::redis::errors::remedy;
use crate::breaker::Paused;

/// An error of a queue. All but those of a wrong address are temporary: the ledger is the source of
/// truth.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis does not answer, or refuses the command.
    #[error("redis at {server} {problem}")]
    Redis {
        /// Host and port.
        server: Arc<str>,
        /// A predicate: what it does.
        problem: &'static str,
        /// The error, with the server's words.
        source: RedisError,
    },
    /// The address leads to a Redis Cluster.
    #[error(
        "redis at {server} is a Redis Cluster, which is not supported: use a single master, with \
         replicas if you like"
    )]
    Cluster {
        /// Host and port.
        server: Arc<str>,
        /// The error, with the server's words.
        source: RedisError,
    },
    /// The URL can't be used.
    #[error("the url of redis can't be used")]
    Address(#[from] RedisError),
    /// The circuit breaker refuses calls, because Redis was away shortly before.
    #[error(transparent)]
    Paused(#[from] Paused),
    /// No pool of this process reads the in-process queue.
    #[error("no worker pool reads this in-process queue")]
    NoReader,
}

impl QueueError {
    /// True if waiting does not help: another address must be configured.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Cluster { .. } | Self::Address(_))
    }

    /// True if Redis takes no work. A refused command does not count.
    pub(super) fn is_outage(&self) -> bool {
        match self {
            Self::Redis { source, .. } => remedy(source).is_some(),
            Self::Cluster { .. } => true,
            Self::Address(_) | Self::Paused(_) | Self::NoReader => false,
        }
    }
}

/// The reason why a pool's worker ended before it was told to.
#[derive(Debug, thiserror::Error)]
#[error("the worker ended: {0}")]
pub struct PoolEnded(pub String);
