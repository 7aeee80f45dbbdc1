//! Submissions: a request's tasks and keys, written in one transaction.

use async_trait::async_trait;

use crate::{domain::submission::Submission, store::StoreError};

/// The entrance to the ledger.
#[async_trait]
pub trait Submissions: Send + Sync + 'static {
    /// Writes a submission in one transaction. `dispatched` is true if the caller pushes the tasks'
    /// pointers itself, right after the commit. Concurrent calls can't close a cycle of waiting
    /// jobs between them, nor take names that could be confused.
    async fn submit(
        &self,
        submission: &Submission,
        dispatched: bool,
    ) -> Result<SubmissionOutcome, StoreError>;

    /// Returns how an earlier submission with the same id or idempotency key makes this one end, or
    /// `None` without one. Writes nothing.
    async fn earlier_submission(
        &self,
        submission: &Submission,
    ) -> Result<Option<SubmissionOutcome>, StoreError>;
}

/// How a submission ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmissionOutcome {
    /// The submission was written.
    New,
    /// The same call was submitted before; nothing was written.
    Repeated {
        /// The job's or batch's id of the first call.
        id: String,
    },
    /// The id or idempotency key belongs to another call; nothing was written.
    Conflict {
        /// The earlier use of the key, in words for the caller.
        detail: String,
    },
    /// The job would wait for itself, directly or through others; nothing was written.
    DependencyCycle {
        /// The names of the chain, from the job's dependency to the job that waits for it.
        chain: Vec<String>,
    },
    /// More than [`CHAIN_LIMIT`](crate::domain::dependency::CHAIN_LIMIT) jobs would wait in a row;
    /// nothing was written.
    ChainTooLong,
}
