//! Rows of dead letters, and decisions on those that are retried, edited or purged.

use sqlx_macros::FromRow;

use super::{RecordedActionRow, StoredList, StoredTime, matches_by_batch, read, task_matches};
use crate::{
    domain::{
        dead_letter::{
            AttemptOutcome, DeadLetter, DeadLetterEdits, DeadLetterGroup, DeadLetterHistory,
            Edited, EndedAttempt,
        },
        identifiers::{BatchId, JobId, ProfileId, TaskId},
        paging::TimeCursor,
        queue_name::QueueName,
        submission::WebhookEvents,
        task::TaskError,
    },
    store::StoreError,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// A failed task.
#[derive(FromRow)]
pub(in crate::store) struct DeadLetterRow {
    id: TaskId,
    job_id: Option<JobId>,
    batch_id: Option<BatchId>,
    first_position: i32,
    match_count: i32,
    queue: String,
    subject_kind: String,
    subject_id: ProfileId,
    counterpart_id: ProfileId,
    attempts: i32,
    error_code: String,
    error_detail: String,
    fingerprint: String,
    created_at: StoredTime,
    finished_at: StoredTime,
}

impl DeadLetterRow {
    pub(in crate::store) fn into_dead_letter(self) -> Result<DeadLetter, StoreError> {
        let job_id = match (self.job_id, self.batch_id) {
            (None, Some(batch)) => JobId::of_batch(&batch, self.first_position),
            (job, _) => job.unwrap_or_else(|| JobId::of_task(&self.id)),
        };
        Ok(DeadLetter {
            task_id: self.id,
            job_id,
            match_count: i64::from(self.match_count),
            queue: read("tasks.queue", &self.queue, QueueName::parse)?,
            subject_kind: read("tasks.subject_kind", &self.subject_kind, ProfileKind::parse)?,
            subject_id: self.subject_id,
            counterpart_id: self.counterpart_id,
            attempts: self.attempts,
            error: TaskError::new(self.error_code, self.error_detail),
            fingerprint: self.fingerprint,
            created_at: self.created_at.time(),
            failed_at: self.finished_at.time(),
        })
    }
}

/// A group of failed tasks with the same error fingerprint, with one of them.
#[derive(FromRow)]
pub(in crate::store) struct DeadLetterGroupRow {
    #[sqlx(flatten)]
    example: DeadLetterRow,
    tasks: i64,
    matches: i64,
    first_seen: StoredTime,
    last_seen: StoredTime,
}

impl DeadLetterGroupRow {
    pub(in crate::store) fn into_group(self) -> Result<DeadLetterGroup, StoreError> {
        let example = self.example.into_dead_letter()?;
        Ok(DeadLetterGroup {
            fingerprint: example.fingerprint.clone(),
            tasks: self.tasks,
            matches: self.matches,
            first_seen: self.first_seen.time(),
            last_seen: self.last_seen.time(),
            example,
        })
    }
}

/// A failed task with its matches.
#[derive(FromRow)]
pub(in crate::store) struct DeadLetterHistoryRow {
    #[sqlx(flatten)]
    letter: DeadLetterRow,
    counterpart_ids: StoredList<i64>,
    positions: StoredList<i32>,
    webhook_url: Option<String>,
    pub operator_action: Option<String>,
}

impl DeadLetterHistoryRow {
    pub(in crate::store) fn task_id(&self) -> &TaskId {
        &self.letter.id
    }

    pub(in crate::store) fn into_history(
        self,
        attempts: Vec<EndedAttemptRow>,
        last_action: Option<RecordedActionRow>,
    ) -> Result<DeadLetterHistory, StoreError> {
        Ok(DeadLetterHistory {
            letter: self.letter.into_dead_letter()?,
            matches: task_matches(self.positions, self.counterpart_ids),
            webhook_url: self.webhook_url,
            attempts: attempts
                .into_iter()
                .map(EndedAttemptRow::into_attempt)
                .collect::<Result<_, StoreError>>()?,
            last_action: last_action
                .map(RecordedActionRow::into_recorded)
                .transpose()?,
        })
    }
}

/// The end of an attempt.
#[derive(FromRow)]
pub(in crate::store) struct EndedAttemptRow {
    attempt: i32,
    worker: Option<String>,
    began_at: Option<StoredTime>,
    ended_at: StoredTime,
    outcome: String,
    error_code: Option<String>,
    error_detail: Option<String>,
}

impl EndedAttemptRow {
    fn into_attempt(self) -> Result<EndedAttempt, StoreError> {
        Ok(EndedAttempt {
            attempt: self.attempt,
            worker: self.worker,
            began_at: self.began_at.map(StoredTime::time),
            ended_at: self.ended_at.time(),
            outcome: read(
                "task_attempts.outcome",
                &self.outcome,
                AttemptOutcome::parse,
            )?,
            error: self
                .error_code
                .map(|code| TaskError::new(code, self.error_detail.unwrap_or_default())),
        })
    }
}

/// A failed task that is about to be queued again or deleted.
#[derive(FromRow)]
pub(in crate::store) struct ChosenRow {
    pub id: TaskId,
    pub job_id: Option<JobId>,
    pub batch_id: Option<BatchId>,
    pub match_count: i32,
    webhook_events: String,
    finished_at: StoredTime,
}

impl ChosenRow {
    /// Returns the position after this task.
    pub(in crate::store) fn cursor(&self) -> TimeCursor {
        TimeCursor {
            at: self.finished_at.time(),
            id: self.id.to_string(),
        }
    }

    /// Returns the reason why this task can't be changed like this, if there is one. A batch that
    /// is announced as a whole has one receiver.
    pub(in crate::store) fn refusal(&self, edits: &DeadLetterEdits) -> Option<Edited> {
        let announces_batch =
            self.batch_id.is_some() && self.webhook_events == WebhookEvents::Batch.as_str();
        if self.match_count != 1 {
            Some(Edited::SeveralMatches)
        } else if edits.webhook_url.is_some() && announces_batch {
            Some(Edited::ReceiverOfBatch)
        } else {
            None
        }
    }
}

/// Counts the matches of these tasks by batch, as [`matches_by_batch`] does.
pub(in crate::store) fn match_counts_by_batch(chosen: &[ChosenRow]) -> Vec<(BatchId, i32)> {
    let matches = chosen
        .iter()
        .map(|row| (row.batch_id.clone(), row.match_count));
    matches_by_batch(matches)
}
