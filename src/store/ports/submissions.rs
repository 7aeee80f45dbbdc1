//! Submissions: a request's tasks and keys, written in one transaction.

use async_trait::async_trait;

use crate::{
    domain::{
        identifiers::WorkId,
        submission::{Submission, SubmissionIdentity},
    },
    store::StoreError,
};

/// The submission of work to the ledger.
#[async_trait]
pub trait Submissions: Send + Sync + 'static {
    /// Writes a submission in one transaction. `pushed_by_caller` is true if the caller pushes the
    /// tasks' pointers itself, right after the commit. Concurrent calls can neither close a cycle
    /// of waiting jobs together nor take ambiguous names.
    async fn submit(
        &self,
        submission: &Submission,
        pushed_by_caller: bool,
    ) -> Result<SubmissionOutcome, StoreError>;

    /// Returns the answer that an earlier submission with the same id or idempotency key leads to,
    /// or `None` without one. Writes nothing.
    async fn earlier_submission(
        &self,
        submission: &Submission,
    ) -> Result<Option<SubmissionOutcome>, StoreError>;
}

/// The outcome of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmissionOutcome {
    /// The submission was written.
    New,
    /// The same call was submitted before; nothing was written.
    Repeated {
        /// The id of the job or batch that the first call created.
        identity: SubmissionIdentity,
    },
    /// The id or idempotency key belongs to another call; nothing was written.
    Conflict {
        /// The earlier use of the key, as a text for the caller.
        detail: String,
    },
    /// The job would wait for itself, directly or through others; nothing was written.
    DependencyCycle {
        /// The names of the chain, from the job's dependency to the job that waits for it.
        chain: Vec<WorkId>,
    },
    /// More than [`CHAIN_LIMIT`](crate::domain::dependency::CHAIN_LIMIT) jobs would wait in a row;
    /// nothing was written.
    ChainTooLong,
}
