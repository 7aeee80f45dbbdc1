//! Dead letters: tasks that failed permanently, as operators select, see and change them.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use super::{
    delivery::origin_of,
    event::format_timestamp,
    identifiers::{CandidateId, JobId, JobPostingId, ProfileId, TaskId},
    operator_action::RecordedAction,
    paging::TimeCursor,
    queue_name::QueueName,
    task::{TaskError, TaskMatch},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// A failed task.
#[derive(Debug, Clone)]
pub struct DeadLetter {
    /// The id of its ledger row.
    pub task_id: TaskId,
    /// The id of the first of its jobs.
    pub job_id: JobId,
    /// The number of matches that the task holds.
    pub match_count: i64,
    /// Its queue.
    pub queue: QueueName,
    /// The kind of the profile that its matches share.
    pub subject_kind: ProfileKind,
    /// The id of that profile.
    pub subject_id: ProfileId,
    /// The id of the other profile in the first of its matches.
    pub counterpart_id: ProfileId,
    /// The number of attempts.
    pub attempts: i32,
    /// The error that it failed with.
    pub error: TaskError,
    /// The error fingerprint: equal for failures of the same kind.
    pub fingerprint: String,
    /// The time of its submission.
    pub created_at: DateTime<Utc>,
    /// The time of its failure.
    pub failed_at: DateTime<Utc>,
}

impl DeadLetter {
    /// Returns the cursor of a page that ends with this row.
    pub fn cursor(&self) -> TimeCursor {
        TimeCursor {
            at: self.failed_at,
            id: self.task_id.to_string(),
        }
    }
}

/// Selects dead letters that meet every given condition; without conditions, all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterFilter {
    /// Restricts to these tasks.
    pub task_ids: Option<Vec<TaskId>>,
    /// Restricts to this queue.
    pub queue: Option<QueueName>,
    /// Restricts to this error code.
    pub reason: Option<String>,
    /// Restricts to this error fingerprint.
    pub fingerprint: Option<String>,
    /// Restricts to tasks with a match of this candidate.
    pub candidate_id: Option<CandidateId>,
    /// Restricts to tasks with a match of this job posting.
    pub job_posting_id: Option<JobPostingId>,
    /// Restricts to tasks that failed at this time or later.
    pub from: Option<DateTime<Utc>>,
    /// Restricts to tasks that failed before this time.
    pub to: Option<DateTime<Utc>>,
}

impl DeadLetterFilter {
    /// Selects these tasks.
    pub fn of_tasks(ids: impl IntoIterator<Item = TaskId>) -> Self {
        Self {
            task_ids: Some(ids.into_iter().collect()),
            ..Self::default()
        }
    }

    /// Returns the conditions as JSON for the audit log of operator actions; `{"all": true}`
    /// without any.
    ///
    /// ```
    /// use matching::domain::{dead_letter::DeadLetterFilter, identifiers::CandidateId};
    /// let candidate_id = CandidateId::try_from(7).ok();
    /// let filter = DeadLetterFilter { candidate_id, ..DeadLetterFilter::default() };
    /// assert_eq!(filter.to_json().to_string(), r#"{"candidate_id":7}"#);
    /// assert_eq!(DeadLetterFilter::default().to_json().to_string(), r#"{"all":true}"#);
    /// ```
    pub fn to_json(&self) -> Value {
        if *self == Self::default() {
            return json!({"all": true});
        }
        // Named, so that a new condition can't be omitted.
        let Self {
            task_ids,
            queue,
            reason,
            fingerprint,
            candidate_id,
            job_posting_id,
            from,
            to,
        } = self;
        let ids = task_ids.as_ref();
        let ids = ids.map(|ids| ids.iter().map(TaskId::as_str).collect::<Vec<_>>());
        let stated = [
            ("task_ids", ids.map(Value::from)),
            ("queue", queue.map(|queue| queue.as_str().into())),
            ("reason", reason.clone().map(Value::from)),
            ("fingerprint", fingerprint.clone().map(Value::from)),
            ("candidate_id", candidate_id.map(|id| id.number().into())),
            (
                "job_posting_id",
                job_posting_id.map(|id| id.number().into()),
            ),
            ("from", from.map(|at| format_timestamp(at).into())),
            ("to", to.map(|at| format_timestamp(at).into())),
        ];
        let stated = stated
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(stated.collect::<Map<_, _>>())
    }
}

/// Dead letters with the same error fingerprint.
#[derive(Debug, Clone)]
pub struct DeadLetterGroup {
    /// The error fingerprint of the group.
    pub fingerprint: String,
    /// The number of tasks.
    pub tasks: i64,
    /// The number of matches in these tasks.
    pub matches: i64,
    /// The time of the first failure.
    pub first_seen: DateTime<Utc>,
    /// The time of the last failure.
    pub last_seen: DateTime<Utc>,
    /// One dead letter of the group.
    pub example: DeadLetter,
}

/// One dead letter with its history.
#[derive(Debug, Clone)]
pub struct DeadLetterHistory {
    /// The dead letter.
    pub letter: DeadLetter,
    /// Its matches.
    pub matches: Vec<TaskMatch>,
    /// The URL of the webhook receiver of its outcome.
    pub webhook_url: Option<String>,
    /// The ended attempts, oldest first; at most 50.
    pub attempts: Vec<EndedAttempt>,
    /// The last operator action on it, if any.
    pub last_action: Option<RecordedAction>,
}

/// One attempt that ended without a result.
#[derive(Debug, Clone)]
pub struct EndedAttempt {
    /// The number of the attempt, from 1.
    pub attempt: i32,
    /// The worker's name.
    pub worker: Option<String>,
    /// The time of the claim.
    pub began_at: Option<DateTime<Utc>>,
    /// The time at which the end was recorded.
    pub ended_at: DateTime<Utc>,
    /// The outcome of the attempt.
    pub outcome: AttemptOutcome,
    /// The error, if there was one.
    pub error: Option<TaskError>,
}

/// The ways in which an attempt ends without a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// The task is retried after a pause.
    Retry,
    /// The task was released; the attempt does not count.
    Released,
    /// The lease of the attempt expired.
    WorkerLost,
    /// The task became a dead letter.
    Failed,
}

impl AttemptOutcome {
    /// All outcomes.
    pub const ALL: [Self; 4] = [Self::Retry, Self::Released, Self::WorkerLost, Self::Failed];

    /// Returns the wire name, which is also the stored one.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Released => "released",
            Self::WorkerLost => "worker_lost",
            Self::Failed => "failed",
        }
    }

    /// Reads the wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == name)
    }
}

/// The changes to a dead letter of one match before it is queued again; `None` changes nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadLetterEdits {
    /// The candidate to match instead.
    pub candidate_id: Option<CandidateId>,
    /// The job posting to match instead.
    pub job_posting_id: Option<JobPostingId>,
    /// The queue to use instead.
    pub queue: Option<QueueName>,
    /// The webhook receiver to use instead.
    pub webhook_url: Option<String>,
}

impl DeadLetterEdits {
    /// True if nothing changes.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the changes as JSON for the audit log of operator actions. Of a receiver only
    /// scheme, host and port are included, since the rest of its URL may hold a token.
    ///
    /// ```
    /// use matching::domain::dead_letter::DeadLetterEdits;
    /// let webhook_url = Some("https://platform.example/hook?token=hunter2".to_owned());
    /// let edits = DeadLetterEdits { webhook_url, ..DeadLetterEdits::default() };
    /// assert_eq!(edits.to_json().to_string(), r#"{"receiver":"https://platform.example"}"#);
    /// ```
    pub fn to_json(&self) -> Value {
        let Self {
            candidate_id,
            job_posting_id,
            queue,
            webhook_url,
        } = self;
        let receiver = webhook_url.as_deref().map(origin_of);
        let stated = [
            ("candidate_id", candidate_id.map(|id| id.number().into())),
            (
                "job_posting_id",
                job_posting_id.map(|id| id.number().into()),
            ),
            ("queue", queue.map(|queue| queue.as_str().into())),
            ("receiver", receiver.map(Value::from)),
        ];
        let stated = stated
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(stated.collect::<Map<_, _>>())
    }
}

/// The outcome of an edit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// The dead letter was changed and is queued again.
    Retried,
    /// There is no such dead letter (any more).
    NotFound,
    /// The dead letter holds several matches, so there is no single pair to change.
    SeveralMatches,
    /// The edit names another receiver for one match of a batch that is announced as a whole.
    ReceiverOfBatch,
}
