//! The queues' errors.

use std::error::Error;

use redis::RedisError;

use crate::breaker::Paused;

/// What can go wrong with a queue. All of it passes by itself: the ledger holds the truth.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis does not answer, or refuses.
    #[error("redis is unavailable")]
    Redis(#[from] RedisError),
    /// Redis was away lately and is not asked for a moment.
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
    /// Whether this says that Redis is away, or still reading its file. One that refuses is there.
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

/// Why a pool's worker ended before it was told to.
#[derive(Debug, thiserror::Error)]
#[error("the worker ended: {0}")]
pub struct PoolEnded(pub String);
