//! A task: the unit of dispatch, one ledger row, 1 to 500 matches of one subject.
//!
//! All matches of a task share its state. If only some fail, the ledger moves those into a task of
//! their own, so that each match has exactly one state and a retry repeats no successful match.

use super::{
    identifiers::{BatchId, CandidateId, JobId, JobPostingId, ProfileId, TaskId},
    queue_name::QueueName,
    submission::WebhookEvents,
    trace::TraceContext,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The maximum number of matches of one task.
pub const TASK_MATCH_LIMIT: usize = 500;

/// The state of a task: `waiting` → `queued` → `processing` → `completed` | `failed` | `cancelled`.
/// A task that is retried is `queued` with `attempts > 0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskState {
    /// The task waits for a dependency.
    Waiting,
    /// The task is ready, or due at the time of its next attempt.
    Queued,
    /// The task is claimed by a worker whose lease has not expired.
    Processing,
    /// The results are recorded.
    Completed,
    /// The task is a dead letter.
    Failed,
    /// The task was cancelled.
    Cancelled,
}

impl TaskState {
    /// All states.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Queued,
        Self::Processing,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// Returns the wire name, which is also the stored one.
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

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Returns true if the state does not change any more without an operator.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// The error of a failed task or match: a stable code and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskError {
    /// A stable snake-case code, such as `candidate_not_found`.
    pub code: String,
    /// The cause, and what to do next.
    pub detail: String,
}

impl TaskError {
    /// Creates an error.
    pub fn new(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            detail: detail.into(),
        }
    }
}

/// One match of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskMatch {
    /// The position in the batch, from 1; 1 for a single match.
    pub position: i32,
    /// The id of the other profile.
    pub counterpart_id: ProfileId,
}

/// The properties of a task that attempts don't change.
#[derive(Debug, Clone)]
pub struct Task {
    /// The id of the ledger row.
    pub id: TaskId,
    /// The job id of a single match; matches of a batch derive theirs.
    pub job_id: Option<JobId>,
    /// The batch that it belongs to.
    pub batch_id: Option<BatchId>,
    /// The queue that runs it.
    pub queue: QueueName,
    /// The profile that all its matches share.
    pub subject_kind: ProfileKind,
    /// The id of that profile.
    pub subject_id: ProfileId,
    /// Its matches.
    pub matches: Vec<TaskMatch>,
    /// The URL of the webhook receiver.
    pub webhook_url: Option<String>,
    /// The events to report.
    pub webhook_events: WebhookEvents,
    /// The weights to score with instead of the configured ones: a JSON object of all criteria,
    /// which only the engine interprets.
    pub weights: Option<String>,
    /// The trace of the request that submitted it; `None` in rows of older releases.
    pub trace: Option<TraceContext>,
}

impl Task {
    /// Returns the id by which a caller polls this match.
    pub fn job_id_of(&self, position: i32) -> JobId {
        match (&self.job_id, &self.batch_id) {
            (Some(job_id), _) => job_id.clone(),
            (None, Some(batch_id)) => JobId::of_batch(batch_id, position),
            // A constraint of the ledger guarantees that every row has one of the two. If a row
            // violates it, the task's own id still identifies the match.
            (None, None) => JobId::of_task(&self.id),
        }
    }

    /// Returns the candidate and the job posting of a match with this counterpart.
    pub fn pair(&self, counterpart_id: ProfileId) -> Pair {
        Pair::of(self.subject_kind, self.subject_id, counterpart_id)
    }
}

/// A candidate and a job posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// The candidate's id.
    pub candidate_id: CandidateId,
    /// The job posting's id.
    pub job_posting_id: JobPostingId,
}

impl Pair {
    /// Returns the pair of a subject of this kind and a counterpart, which is of the other kind.
    pub fn of(subject_kind: ProfileKind, subject_id: ProfileId, counterpart_id: ProfileId) -> Self {
        let (candidate_id, job_posting_id) = match subject_kind {
            ProfileKind::Candidate => (subject_id, counterpart_id),
            ProfileKind::JobPosting => (counterpart_id, subject_id),
        };
        Self {
            candidate_id: CandidateId::in_pair(candidate_id),
            job_posting_id: JobPostingId::in_pair(job_posting_id),
        }
    }
}

/// A withdrawn run: runs of the task with this lease token or an older one can record nothing any
/// more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The task.
    pub task_id: TaskId,
    /// The newest token that is no longer valid.
    pub lease_token: i64,
}

/// A claimed task, whose lease token fences every later write.
#[derive(Debug, Clone)]
pub struct ClaimedTask {
    /// The task.
    pub task: Task,
    /// The number of this attempt, from 1.
    pub attempt: i32,
    /// Increases with each claim; a write with an older token is refused.
    pub lease_token: i64,
}
