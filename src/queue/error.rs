//! The error of the queues.

use std::error::Error;

use redis::RedisError;

use crate::breaker::Paused;

/// An error of a queue. All of them are temporary: the ledger is the source of truth.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis does not answer, or refuses the command.
    #[error("redis is unavailable")]
    Redis(#[from] RedisError),
    /// The circuit breaker refuses calls, because Redis was away shortly before.
    #[error(transparent)]
    Paused(#[from] Paused),
    /// apalis could not write the pointers.
    #[error("the pointers could not be written to the queue")]
    Push(#[source] Box<dyn Error + Send + Sync>),
    /// No pool of this process reads the in-process queue.
    #[error("no worker pool reads this in-process queue")]
    NoReader,
}

impl QueueError {
    /// True if Redis is unavailable or still loading its file. A refused command does not count.
    pub(super) fn is_outage(&self) -> bool {
        let mut cause: Option<&(dyn Error + 'static)> = Some(self);
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<RedisError>() {
                return error.is_io_error()
                    || error.is_connection_dropped()
                    || error.code() == Some("LOADING");
            }
            cause = error.source();
        }
        false
    }
}

/// The reason why a pool's worker ended before it was told to.
#[derive(Debug, thiserror::Error)]
#[error("the worker ended: {0}")]
pub struct PoolEnded(pub String);
