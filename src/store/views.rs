//! What the store shows: rows as the service reads them.

use chrono::{DateTime, Utc};

use super::DocumentPlace;
use crate::domain::{
    event::BatchCounts,
    identifiers::{BatchId, JobId, TaskId},
    queue_name::QueueName,
    task::{Pair, TaskError, TaskState},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// A profile as it was put.
#[derive(Debug, Clone)]
pub struct StoredProfile {
    /// JSON text.
    pub document: String,
    /// When it was put last.
    pub updated_at: DateTime<Utc>,
}

/// One match, as its caller polls it.
#[derive(Debug, Clone)]
pub struct JobView {
    /// The id it was asked by.
    pub job_id: JobId,
    /// Its state.
    pub state: TaskState,
    /// Its queue.
    pub queue: QueueName,
    /// Its pair.
    pub pair: Pair,
    /// The batch it belongs to.
    pub batch_id: Option<BatchId>,
    /// What it waits for, or waited for.
    pub depends_on: Option<String>,
    /// The platform's user.
    pub user_id: Option<String>,
    /// Attempts begun.
    pub attempts: i32,
    /// When the next one is due, while queued.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The last error, of a retry or of the end.
    pub error: Option<TaskError>,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// When it ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// A batch and how far it is.
#[derive(Debug, Clone)]
pub struct BatchView {
    /// Its id.
    pub id: BatchId,
    /// Its queue.
    pub queue: QueueName,
    /// The profile that its matches share.
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
    /// The total and the ended ones.
    pub counts: BatchCounts,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When its last match ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The newest result of a pair.
#[derive(Debug, Clone)]
pub struct StoredResult {
    /// The job it came from.
    pub job_id: JobId,
    /// In [0, 1].
    pub score: f64,
    /// The category's stable name.
    pub category: String,
    /// The score of each criterion; none for results of versions that kept none.
    pub criterion_scores: Option<Vec<Option<f64>>>,
    /// The most the score may be, since a knock-out failed.
    pub score_cap: Option<f64>,
    /// The weights that score and category were given later, a JSON object of all criteria; none
    /// where those of the document count.
    pub weights: Option<String>,
    /// The document, or where it is.
    pub document: DocumentPlace,
    /// When it was recorded.
    pub computed_at: DateTime<Utc>,
}

/// One row of a ranking.
#[derive(Debug, Clone)]
pub struct RankedResult {
    /// The pair.
    pub pair: Pair,
    /// The job the newest result came from.
    pub job_id: JobId,
    /// In [0, 1].
    pub score: f64,
    /// The category's stable name.
    pub category: String,
    /// When it was recorded.
    pub computed_at: DateTime<Utc>,
}

/// A failed task.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The ledger row.
    pub task_id: TaskId,
    /// The first of its jobs.
    pub job_id: JobId,
    /// How many matches it holds.
    pub match_count: i64,
    /// Its queue.
    pub queue: QueueName,
    /// The profile that its matches share.
    pub subject_kind: ProfileKind,
    /// That profile's id.
    pub subject_id: i64,
    /// The other side's id in the first of its matches.
    pub counterpart_id: i64,
    /// Attempts made.
    pub attempts: i32,
    /// Why it failed.
    pub error: TaskError,
    /// The same for failures that are alike.
    pub fingerprint: String,
    /// When it was accepted.
    pub created_at: DateTime<Utc>,
    /// When.
    pub failed_at: DateTime<Utc>,
}

/// A webhook and how it fared.
#[derive(Debug, Clone)]
pub struct DeliveryView {
    /// Its `webhook-id`.
    pub id: String,
    /// Its event.
    pub event_type: String,
    /// `pending`, `delivered` or `failed`.
    pub state: String,
    /// Attempts made.
    pub attempts: i32,
    /// The receiver's last HTTP status.
    pub last_status: Option<i32>,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// How much there is of what.
#[derive(Debug, Clone, Default)]
pub struct LedgerCounts {
    /// Unfinished tasks and dead letters by queue and state.
    pub tasks: Vec<(QueueName, TaskState, i64)>,
    /// Deliveries still to be made.
    pub pending_deliveries: i64,
}

/// What a queue holds, in tasks.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueDepth {
    /// The queue.
    pub queue: QueueName,
    /// Tasks that wait for a dependency.
    pub waiting: i64,
    /// Tasks that are ready, or due later.
    pub queued: i64,
    /// Those of the queued that were handed out to workers: the used part of the window.
    pub dispatched: i64,
    /// Tasks that are being worked on.
    pub processing: i64,
    /// Dead letters.
    pub dead: i64,
    /// Tasks that ended in the time asked for, well or not.
    pub ended: i64,
    /// For how long the task that has been ready longest has been so, in seconds.
    pub oldest_seconds: Option<f64>,
    /// Since when it is paused.
    pub paused_at: Option<DateTime<Utc>>,
}

impl QueueDepth {
    /// Tasks that were accepted and have not begun.
    pub fn backlog(&self) -> i64 {
        self.waiting + self.queued
    }
}
