//! A task: the unit of dispatch, one ledger row, 1 to 500 matches of one subject.
//!
//! All matches of a task share its state. Where only some fail, the ledger moves those into a task
//! of their own, so that "what state is this match in" always has one answer and a retry repeats
//! nothing that worked.

use super::{
    identifiers::{BatchId, JobId, TaskId},
    queue_name::QueueName,
    submission::WebhookEvents,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The most matches one task may hold.
pub const TASK_MATCH_LIMIT: usize = 500;

/// `waiting` → `queued` → `processing` → `completed` | `failed` | `cancelled`. A retry is `queued`
/// with `attempts > 0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// Waits for a dependency.
    Waiting,
    /// Ready, or due at its next attempt's time.
    Queued,
    /// Claimed by a worker whose lease is alive.
    Processing,
    /// Its results are recorded.
    Completed,
    /// A dead letter.
    Failed,
    /// Withdrawn by the caller.
    Cancelled,
}

impl TaskState {
    /// The stable name, as stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Queued => "queued",
            Self::Processing => "processing",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [
            Self::Waiting,
            Self::Queued,
            Self::Processing,
            Self::Completed,
            Self::Failed,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
    }

    /// Whether nothing more will happen by itself.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// Why a task or one of its matches failed: a stable code and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// A stable snake-case code, such as `candidate_not_found`.
    pub code: String,
    /// What happened and what to do next.
    pub detail: String,
}

impl TaskError {
    /// An error with that code and sentence.
    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
        }
    }
}

/// One match of a task: its place in the batch (1 for a single match) and the counterpart's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskMatch {
    /// The place in the batch, from 1.
    pub position: i32,
    /// The id of the other side's profile.
    pub counterpart_id: i64,
}

/// What stays the same in a task from attempt to attempt.
#[derive(Debug, Clone)]
pub struct Task {
    /// The ledger row's id.
    pub id: TaskId,
    /// The caller's id of a single match; matches of a batch derive theirs.
    pub job_id: Option<JobId>,
    /// The batch it belongs to.
    pub batch_id: Option<BatchId>,
    /// The queue that runs it.
    pub queue: QueueName,
    /// The profile that all its matches share.
    pub subject_kind: ProfileKind,
    /// That profile's id.
    pub subject_id: i64,
    /// Its matches.
    pub matches: Vec<TaskMatch>,
    /// Where outcomes are reported.
    pub webhook_url: Option<String>,
    /// Which of them.
    pub webhook_events: WebhookEvents,
    /// The weights to score with instead of the service's: a JSON object of all criteria, whose
    /// meaning is the engine's affair.
    pub weights: Option<String>,
}

impl Task {
    /// The id by which a caller polls this match.
    pub fn job_id_of(&self, position: i32) -> JobId {
        match (&self.job_id, &self.batch_id) {
            (Some(job_id), _) => job_id.clone(),
            (None, Some(batch_id)) => JobId::of_batch(batch_id, position),
            // Every row has one or the other (a constraint of the ledger); the task's own id is
            // still a truthful name should a row break it.
            (None, None) => JobId::from_trusted(self.id.as_str()),
        }
    }

    /// The candidate and the job posting of a match with this counterpart.
    pub fn pair(&self, counterpart_id: i64) -> Pair {
        match self.subject_kind {
            ProfileKind::Candidate => Pair {
                candidate_id: self.subject_id,
                job_posting_id: counterpart_id,
            },
            ProfileKind::JobPosting => Pair {
                candidate_id: counterpart_id,
                job_posting_id: self.subject_id,
            },
        }
    }
}

/// One candidate against one job posting, by the platform's ids as the ledger stores them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The candidate's id.
    pub candidate_id: i64,
    /// The job posting's id.
    pub job_posting_id: i64,
}

/// A run whose task was taken from it: whoever holds this lease token, or an older one, works in
/// vain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The task.
    pub task_id: TaskId,
    /// The newest token that no longer counts.
    pub lease_token: i64,
}

/// A task in a worker's hands: the lease token fences every write that follows.
#[derive(Debug, Clone)]
pub struct ClaimedTask {
    /// The work.
    pub task: Task,
    /// Which attempt this is, from 1.
    pub attempt: i32,
    /// Increases with each claim; a write with an older token is refused.
    pub lease_token: i64,
}
