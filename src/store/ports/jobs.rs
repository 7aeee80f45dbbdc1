//! Jobs and batches as callers poll them, and the counts of the ledger.

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::{
    domain::{
        event::BatchCounts,
        identifiers::{BatchId, JobId},
        queue_name::QueueName,
        task::{Pair, TaskError, TaskState},
    },
    store::StoreError,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The state of submitted work.
#[async_trait]
pub trait Jobs: Send + Sync + 'static {
    /// Returns the state of one match.
    async fn job(&self, id: &JobId) -> Result<Option<JobView>, StoreError>;

    /// Returns the state of a batch.
    async fn batch(&self, id: &BatchId) -> Result<Option<BatchView>, StoreError>;

    /// Counts tasks and deliveries by state.
    async fn counts(&self) -> Result<LedgerCounts, StoreError>;
}

/// One match, as its caller polls it.
#[derive(Debug, Clone)]
pub struct JobView {
    /// The id that the caller asked for.
    pub job_id: JobId,
    /// Its state.
    pub state: TaskState,
    /// Its queue.
    pub queue: QueueName,
    /// Its pair.
    pub pair: Pair,
    /// The batch it belongs to.
    pub batch_id: Option<BatchId>,
    /// The id of its dependency, met or not.
    pub depends_on: Option<String>,
    /// The platform's user.
    pub user_id: Option<String>,
    /// Attempts begun.
    pub attempts: i32,
    /// When the next attempt is due, while queued.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The last error: of a retry, or the one that the job ended with.
    pub error: Option<TaskError>,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A batch and its progress.
#[derive(Debug, Clone)]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// Its queue.
    pub queue: QueueName,
    /// The kind of the profile that its matches share.
    pub subject_kind: ProfileKind,
    /// That profile's id.
    pub subject_id: i64,
    /// The platform's user.
    pub user_id: Option<String>,
    /// Matches that wait for a dependency.
    pub waiting: i64,
    /// Matches that are queued.
    pub queued: i64,
    /// Matches that are being scored.
    pub processing: i64,
    /// All matches, and those that have ended by outcome.
    pub counts: BatchCounts,
    /// When it was submitted.
    pub created_at: DateTime<Utc>,
    /// When its last match ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// Counts of the ledger's rows by state.
#[derive(Debug, Clone, Default)]
pub struct LedgerCounts {
    /// Unfinished tasks and dead letters by queue and state.
    pub tasks: Vec<(QueueName, TaskState, i64)>,
    /// Deliveries still to be made.
    pub pending_deliveries: i64,
}
