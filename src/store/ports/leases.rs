//! Claims and leases: which worker runs a task, and until when it is believed to be alive.

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
    /// Takes a queued, due task: begins an attempt under a new lease token. Returns `None` if the
    /// task can't be claimed now. A task that is left for later, because it is not due or its queue
    /// is paused, no longer counts as dispatched.
    ///
    /// The worker's name must be unique to this claim. If the answer is lost, the same claim can be
    /// made again under that name: it returns the task as taken the first time.
    async fn claim(
        &self,
        id: &TaskId,
        worker: &str,
        lease: Duration,
    ) -> Result<Option<ClaimedTask>, StoreError>;

    /// Prolongs leases, each a task with its token; returns the tasks whose lease is lost.
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

    /// Queues a task again without counting the attempt, due after a pause: the worker stops, or a
    /// part of the service is unavailable.
    async fn release(
        &self,
        claimed: &ClaimedTask,
        after: Duration,
        reason: Option<&TaskError>,
    ) -> Result<Guarded, StoreError>;

    /// Queues those of the tasks again that are still held under their tokens, due at once and
    /// without counting the attempt. Returns how many that were.
    async fn release_all(&self, leases: &[(TaskId, i64)]) -> Result<u64, StoreError>;

    /// Queues tasks again whose lease ran out; a task that loses its worker twice becomes a dead
    /// letter. One call fails only as many matches as one transaction has time for; the next finds
    /// the others.
    async fn expire_leases(&self, limit: u32) -> Result<ExpiredLeases, StoreError>;
}

/// Whether a write that the lease token guards was carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarded {
    /// It was.
    Written,
    /// The lease had passed to another run, or the task had ended: nothing was written.
    Fenced,
}

/// Counts of the tasks whose lease ran out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpiredLeases {
    /// Tasks that are queued again.
    pub requeued: u64,
    /// Tasks that became dead letters (`worker_lost`).
    pub quarantined: u64,
}
