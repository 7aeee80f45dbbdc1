//! Dead letters, their groups and attempts, and operator actions, in the form of answers.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    api::{jobs::JobError, lists::ListPage, names::FullQueueName},
    domain::{
        dead_letter::{
            AttemptOutcome, DeadLetter, DeadLetterGroup, DeadLetterHistory, EndedAttempt,
        },
        event::format_timestamp,
        identifiers::{CandidateId, JobId, JobPostingId},
        operator_action::{OperatorActionKind, RecordedAction},
        task::{Pair, TaskState},
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// A failed task: one match, or several of a batch that failed together for one reason.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterView {
    /// The task's id.
    pub(super) task_id: String,
    /// The failed job; the first of them if there are several.
    pub(super) job_id: String,
    /// The number of matches that failed together.
    pub(super) matches: i64,
    /// The queue's full name.
    #[schema(value_type = FullQueueName)]
    pub(super) queue: &'static str,
    /// The candidate; null if the matches have several.
    #[schema(inline)]
    pub(super) candidate_id: Option<CandidateId>,
    /// The job posting; null if the matches have several.
    #[schema(inline)]
    pub(super) job_posting_id: Option<JobPostingId>,
    /// The number of attempts.
    pub(super) attempts: i32,
    /// The error that it failed with.
    pub(super) error: JobError,
    /// The error fingerprint: equal for failures of the same kind.
    #[schema(example = "candidate_not_found-1a2b3c4d")]
    pub(super) fingerprint: String,
    /// The time of its submission.
    #[schema(format = DateTime)]
    pub(super) created_at: String,
    /// The time of its failure.
    #[schema(format = DateTime)]
    pub(super) failed_at: String,
}

impl From<DeadLetter> for DeadLetterView {
    fn from(letter: DeadLetter) -> Self {
        let first = Pair::of(
            letter.subject_kind,
            letter.subject_id,
            letter.counterpart_id,
        );
        let is_shared = |kind| letter.match_count == 1 || letter.subject_kind == kind;
        Self {
            task_id: letter.task_id.to_string(),
            job_id: letter.job_id.to_string(),
            matches: letter.match_count,
            queue: letter.queue.as_str(),
            candidate_id: is_shared(ProfileKind::Candidate).then_some(first.candidate_id),
            job_posting_id: is_shared(ProfileKind::JobPosting).then_some(first.job_posting_id),
            attempts: letter.attempts,
            error: letter.error.into(),
            fingerprint: letter.fingerprint,
            created_at: format_timestamp(letter.created_at),
            failed_at: format_timestamp(letter.failed_at),
        }
    }
}

/// A page of dead letters.
#[derive(Serialize, ToSchema)]
pub struct DeadLettersPage {
    /// Newest first.
    pub(super) dead_letters: Vec<DeadLetterView>,
    /// Send it as `cursor` for the next page; null on the last page.
    pub(super) next_cursor: Option<String>,
}

impl ListPage for DeadLettersPage {
    type Row = DeadLetterView;

    const COLUMNS: &'static [&'static str] = &[
        "task_id",
        "job_id",
        "matches",
        "queue",
        "candidate_id",
        "job_posting_id",
        "attempts",
        "error.code",
        "error.detail",
        "fingerprint",
        "created_at",
        "failed_at",
    ];

    fn rows(&self) -> &[DeadLetterView] {
        &self.dead_letters
    }

    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}

/// A group of dead letters with the same error fingerprint.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterGroupView {
    /// The error fingerprint, which filters accept.
    pub(super) fingerprint: String,
    /// The number of tasks.
    pub(super) tasks: i64,
    /// The number of matches in these tasks.
    pub(super) matches: i64,
    /// The time of the first failure.
    #[schema(format = DateTime)]
    pub(super) first_seen: String,
    /// The time of the last failure.
    #[schema(format = DateTime)]
    pub(super) last_seen: String,
    /// One dead letter of the group.
    pub(super) example: DeadLetterView,
}

impl From<DeadLetterGroup> for DeadLetterGroupView {
    fn from(group: DeadLetterGroup) -> Self {
        Self {
            fingerprint: group.fingerprint,
            tasks: group.tasks,
            matches: group.matches,
            first_seen: format_timestamp(group.first_seen),
            last_seen: format_timestamp(group.last_seen),
            example: group.example.into(),
        }
    }
}

/// Groups of dead letters.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterGroups {
    /// The largest first.
    pub(super) groups: Vec<DeadLetterGroupView>,
}

/// A match of a dead letter.
#[derive(Serialize, ToSchema)]
#[expect(
    clippy::struct_field_names,
    reason = "each says whose id it is, as everywhere"
)]
pub struct FailedMatchView {
    /// Its job.
    pub(super) job_id: String,
    /// The candidate.
    #[schema(inline)]
    pub(super) candidate_id: CandidateId,
    /// The job posting.
    #[schema(inline)]
    pub(super) job_posting_id: JobPostingId,
}

/// An attempt that ended without a result.
#[derive(Serialize, ToSchema)]
pub struct AttemptView {
    /// The number of the attempt, from 1; a retry of the dead letter starts at 1 again.
    pub(super) attempt: i32,
    /// The worker's name.
    pub(super) worker: Option<String>,
    /// The time of its beginning.
    #[schema(format = DateTime)]
    pub(super) began_at: Option<String>,
    /// The time of its end.
    #[schema(format = DateTime)]
    pub(super) ended_at: String,
    /// `retry`: another attempt followed; `released`: the attempt did not count; `worker_lost`;
    /// `failed`: the task became a dead letter.
    #[schema(value_type = AttemptOutcome)]
    pub(super) outcome: &'static str,
    /// The error, if there was one.
    pub(super) error: Option<JobError>,
}

impl From<EndedAttempt> for AttemptView {
    fn from(attempt: EndedAttempt) -> Self {
        Self {
            attempt: attempt.attempt,
            worker: attempt.worker,
            began_at: attempt.began_at.map(format_timestamp),
            ended_at: format_timestamp(attempt.ended_at),
            outcome: attempt.outcome.as_str(),
            error: attempt.error.map(JobError::from),
        }
    }
}

/// An action of an operator.
#[derive(Serialize, ToSchema)]
pub struct OperatorActionView {
    /// The action's id.
    pub(super) id: String,
    /// The time of its beginning.
    #[schema(format = DateTime)]
    pub(super) at: String,
    /// `key:` with the id of an API key, the first digits of the digest of a configured key,
    /// `anonymous`, or `cli:` with a user's name.
    pub(super) actor: String,
    /// `retry`, `edit`, `purge`, `cancel`, `resend`, `pause`, `resume`, `create_key`, `rotate_key` or
    /// `revoke_key`.
    #[schema(value_type = OperatorActionKind)]
    pub(super) action: &'static str,
    /// The target of the action: the filter, the ids, the edits, the queue, the key.
    #[schema(value_type = Object)]
    pub(super) target: Value,
    /// The number of tasks that it changed, or of webhooks that it resent.
    pub(super) tasks: i64,
}

impl From<RecordedAction> for OperatorActionView {
    fn from(action: RecordedAction) -> Self {
        Self {
            id: action.id,
            at: format_timestamp(action.at),
            actor: action.actor,
            action: action.kind.as_str(),
            target: action.target,
            tasks: action.tasks,
        }
    }
}

/// A dead letter with its history.
#[derive(Serialize, ToSchema)]
pub struct DeadLetterDetails {
    #[serde(flatten)]
    pub(super) letter: DeadLetterView,
    /// The URL of its webhook receiver; its path and query, which may hold a secret, only for keys
    /// with the scope `operate`.
    pub(super) webhook_url: Option<String>,
    /// The matches that failed.
    pub(super) failed_matches: Vec<FailedMatchView>,
    /// The ended attempts, oldest first; the newest 50.
    pub(super) history: Vec<AttemptView>,
    /// The last operator action on it.
    pub(super) last_action: Option<OperatorActionView>,
}

impl From<DeadLetterHistory> for DeadLetterDetails {
    fn from(history: DeadLetterHistory) -> Self {
        let letter = &history.letter;
        let batch = letter.job_id.as_batch_position().map(|(batch, _)| batch);
        let failed_matches = history.matches.iter().map(|one| {
            let pair = Pair::of(letter.subject_kind, letter.subject_id, one.counterpart_id);
            // Only a task of a batch holds several matches, whose job ids are derived from the
            // batch.
            let job_id = match &batch {
                Some(batch) if letter.match_count > 1 => JobId::of_batch(batch, one.position),
                _ => letter.job_id.clone(),
            };
            FailedMatchView {
                job_id: job_id.to_string(),
                candidate_id: pair.candidate_id,
                job_posting_id: pair.job_posting_id,
            }
        });
        Self {
            failed_matches: failed_matches.collect(),
            webhook_url: history.webhook_url,
            history: history
                .attempts
                .into_iter()
                .map(AttemptView::from)
                .collect(),
            last_action: history.last_action.map(OperatorActionView::from),
            letter: history.letter.into(),
        }
    }
}

/// A dead letter that is queued again.
#[derive(Serialize, ToSchema)]
pub struct RetriedAnswer {
    /// The task's id.
    pub(super) task_id: String,
    /// The id to poll: that of the failed job, or of the first one if there are several.
    pub(super) job_id: String,
    /// `queued`.
    #[schema(value_type = TaskState)]
    pub(super) status: &'static str,
}

/// The number of tasks that were queued again.
#[derive(Serialize, ToSchema)]
pub struct RetriedCount {
    /// Tasks.
    pub(super) retried: u64,
}

/// The number of tasks that were deleted.
#[derive(Serialize, ToSchema)]
pub struct PurgedCount {
    /// Tasks.
    pub(super) purged: u64,
}

/// A page of operator actions.
#[derive(Serialize, ToSchema)]
pub struct OperatorActionsPage {
    /// Newest first.
    pub(super) actions: Vec<OperatorActionView>,
    /// Send it as `cursor` for the next page; null on the last page.
    pub(super) next_cursor: Option<String>,
}

impl ListPage for OperatorActionsPage {
    type Row = OperatorActionView;

    const COLUMNS: &'static [&'static str] = &["id", "at", "actor", "action", "target", "tasks"];

    fn rows(&self) -> &[OperatorActionView] {
        &self.actions
    }

    fn next_cursor(&self) -> Option<&str> {
        self.next_cursor.as_deref()
    }
}
