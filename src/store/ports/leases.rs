//! Claims and leases: which worker runs a task, and for how long it counts as alive.

use std::time::Duration;

use async_trait::async_trait;

use crate::{
    domain::{
        identifiers::TaskId,
        task::{ClaimedTask, TaskError},
    },
    store::StoreError,
};

/// The worker's side of the ledger, up to the outcome.
#[async_trait]
pub trait Leases: Send + Sync + 'static {
    /// Claims a queued, due task: begins an attempt under a new lease token. Returns `None` if the
    /// task can't be claimed now. A task that can't be claimed because it is not due or its queue
    /// is paused no longer counts as dispatched.
    ///
    /// The worker's name must be unique to this claim. If the answer is lost, the caller can repeat
    /// the claim under that name: it returns the task that the first call claimed.
    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError>;

    /// Renews leases, each a task with its token; returns the tasks whose lease is lost. A task
    /// that another transaction has locked, such as the one that records its outcome, is skipped:
    /// nobody can take it meanwhile, and the other leases don't wait for it.
    async fn renew_leases(
        &self,
        leases: &[(TaskId, i64)],
        lease: Duration,
    ) -> Result<Vec<TaskId>, StoreError>;

    /// Queues a task again after a failed attempt, due after a pause.
    async fn schedule_retry(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        error: &TaskError,
    ) -> Result<Guarded, StoreError>;

    /// Queues a task again without counting the attempt, due after a pause. For a worker that
    /// stops, or a part of the service that is unavailable.
    async fn release(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        reason: Option<&TaskError>,
    ) -> Result<Guarded, StoreError>;

    /// Queues the tasks that are still held under these tokens again, due at once and without
    /// counting the attempt. Returns the number of these tasks.
    async fn release_all(&self, leases: &[(TaskId, i64)]) -> Result<u64, StoreError>;

    /// Queues tasks with an expired lease again; a task that loses its worker twice becomes a dead
    /// letter. One call fails only as many matches as fit into the time limit of one transaction;
    /// the next call continues.
    ///
    /// If the process of a lease has shown a sign of life within `alive_within`, its worker did not
    /// die, but could not renew the lease, for example because of a lock, or does not know of it,
    /// because the answer to its claim was lost. Then the attempt does not count, nor does the
    /// loss. The task runs again nevertheless, and the token decides which run counts.
    async fn expire_leases(
        &self,
        limit: u32,
        alive_within: Duration,
    ) -> Result<ExpiredLeases, StoreError>;
}

/// The effect of a write that the lease token guards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// The row was written.
    Written,
    /// Nothing was written: the lease had passed to another run, or the task had ended.
    Fenced,
}

/// Counts of the tasks whose lease expired.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpiredLeases {
    /// Tasks that are queued again because their worker died.
    pub requeued: u64,
    /// Tasks that are queued again although their process lives; their attempts don't count.
    pub released: u64,
    /// Tasks that became dead letters (`worker_lost`).
    pub quarantined: u64,
}
