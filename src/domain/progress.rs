//! The progress of submitted work, as its caller polls it: jobs and batches.

use chrono::{DateTime, Utc};

use super::{
    event::BatchCounts,
    identifiers::{BatchId, JobId, ProfileId, WorkId},
    queue_name::QueueName,
    task::{Pair, TaskError, TaskState},
    trace::TraceContext,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// One match, as its caller polls it.
#[derive(Debug, Clone)]
pub struct JobView {
    /// The id that the caller used.
    pub job_id: JobId,
    /// Its state.
    pub state: TaskState,
    /// Its queue.
    pub queue: QueueName,
    /// Its pair of profiles.
    pub pair: Pair,
    /// The batch it belongs to.
    pub batch_id: Option<BatchId>,
    /// The id of its dependency, whether that has ended or not.
    pub depends_on: Option<WorkId>,
    /// The user of the platform that it belongs to.
    pub user_id: Option<String>,
    /// The trace of the request that submitted it; `None` in rows of older releases.
    pub trace: Option<TraceContext>,
    /// True if its caller named a webhook receiver.
    pub has_receiver: bool,
    /// The number of attempts that began.
    pub attempts: i32,
    /// The time at which the next attempt is due, while queued.
    pub next_attempt_at: Option<DateTime<Utc>>,
    /// The last error: that of a retried attempt, or the one that the job ended with.
    pub error: Option<TaskError>,
    /// The time of its submission.
    pub created_at: DateTime<Utc>,
    /// The time at which its last attempt began.
    pub started_at: Option<DateTime<Utc>>,
    /// The time of its end.
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
    /// The id of that profile.
    pub subject_id: ProfileId,
    /// The user of the platform that it belongs to.
    pub user_id: Option<String>,
    /// Matches that wait for a dependency.
    pub waiting: i64,
    /// Matches that are queued.
    pub queued: i64,
    /// Matches that are being scored.
    pub processing: i64,
    /// All matches, and those that have ended by outcome.
    pub counts: BatchCounts,
    /// A number that grows whenever its ranking may have changed.
    pub generation: i64,
    /// The time of its submission.
    pub created_at: DateTime<Utc>,
    /// The time at which its last match ended.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The state of a job with its version.
#[derive(Debug, Clone)]
pub struct JobState {
    /// The job.
    pub view: JobView,
    /// Its state and the number of its run. Every process gives the same version to the same state,
    /// and another one to any later state.
    pub version: String,
}

/// The state of a batch with its version.
#[derive(Debug, Clone)]
pub struct BatchState {
    /// The batch.
    pub view: BatchView,
    /// The numbers of its matches by state. Every process gives the same version to the same state.
    pub version: String,
}

impl From<BatchView> for BatchState {
    fn from(view: BatchView) -> Self {
        let BatchCounts {
            total: _,
            completed,
            failed,
            cancelled,
        } = view.counts;
        let version = format!(
            "{}.{}.{}.{completed}.{failed}.{cancelled}.{}",
            view.waiting, view.queued, view.processing, view.generation
        );
        Self { view, version }
    }
}
