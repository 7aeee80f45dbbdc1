//! The queues' errors.

/// What can go wrong with a queue. All of it passes by itself: the ledger holds the truth.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis does not answer, or refuses.
    #[error("redis is unavailable")]
    Redis(#[from] redis::RedisError),
    /// apalis could not write the pointers.
    #[error("the pointers could not be written to the queue")]
    Push(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No pool of this process reads the in-process queue.
    #[error("no worker pool reads this in-process queue")]
    NoReader,
}

/// Why a pool's worker ended before it was told to.
#[derive(Debug, thiserror::Error)]
#[error("the worker ended: {0}")]
pub struct PoolEnded(pub String);
