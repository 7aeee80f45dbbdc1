//! Rows of jobs and batches as callers poll them.

use sqlx_macros::FromRow;

use super::{StoredTime, read, trace_of};
use crate::{
    domain::{
        event::BatchCounts,
        identifiers::{BatchId, JobId, ProfileId, WorkId},
        progress::{BatchView, JobView},
        queue_name::QueueName,
        task::{Pair, TaskError, TaskState},
    },
    store::{LedgerCounts, StoreError},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// One match of a task.
#[derive(FromRow)]
pub(in crate::store) struct JobRow {
    batch_id: Option<BatchId>,
    queue: String,
    state: String,
    subject_kind: String,
    subject_id: ProfileId,
    counterpart_id: ProfileId,
    depends_on: Option<WorkId>,
    user_id: Option<String>,
    traceparent: Option<String>,
    has_receiver: bool,
    attempts: i32,
    next_attempt_at: StoredTime,
    error_code: Option<String>,
    error_detail: Option<String>,
    created_at: StoredTime,
    started_at: Option<StoredTime>,
    finished_at: Option<StoredTime>,
}

impl JobRow {
    pub(super) fn batch_id(&self) -> Option<&BatchId> {
        self.batch_id.as_ref()
    }

    pub(in crate::store) fn into_view(self, job_id: JobId) -> Result<JobView, StoreError> {
        let state = read("tasks.state", &self.state, TaskState::parse)?;
        let kind = read("tasks.subject_kind", &self.subject_kind, ProfileKind::parse)?;
        Ok(JobView {
            job_id,
            state,
            queue: read("tasks.queue", &self.queue, QueueName::parse)?,
            pair: Pair::of(kind, self.subject_id, self.counterpart_id),
            batch_id: self.batch_id,
            depends_on: self.depends_on,
            user_id: self.user_id,
            trace: trace_of(self.traceparent),
            has_receiver: self.has_receiver,
            attempts: self.attempts,
            next_attempt_at: (state == TaskState::Queued).then_some(self.next_attempt_at.time()),
            error: self
                .error_code
                .map(|code| TaskError::new(code, self.error_detail.unwrap_or_default())),
            created_at: self.created_at.time(),
            started_at: self.started_at.map(StoredTime::time),
            finished_at: self.finished_at.map(StoredTime::time),
        })
    }
}

/// A batch and the states of its matches.
#[derive(FromRow)]
pub(in crate::store) struct BatchRow {
    queue: String,
    subject_kind: String,
    subject_id: ProfileId,
    user_id: Option<String>,
    total: i32,
    waiting: i64,
    queued: i64,
    processing: i64,
    completed: i64,
    failed: i64,
    cancelled: i64,
    report_generation: i64,
    created_at: StoredTime,
    finished_at: Option<StoredTime>,
}

/// A batch with its id.
#[derive(FromRow)]
pub(in crate::store) struct IdentifiedBatchRow {
    pub(in crate::store) id: BatchId,
    #[sqlx(flatten)]
    pub(in crate::store) batch: BatchRow,
}

impl BatchRow {
    pub(in crate::store) fn into_view(self, id: BatchId) -> Result<BatchView, StoreError> {
        Ok(BatchView {
            id,
            queue: read("batches.queue", &self.queue, QueueName::parse)?,
            subject_kind: read(
                "batches.subject_kind",
                &self.subject_kind,
                ProfileKind::parse,
            )?,
            subject_id: self.subject_id,
            user_id: self.user_id,
            waiting: self.waiting,
            queued: self.queued,
            processing: self.processing,
            counts: BatchCounts {
                total: i64::from(self.total),
                completed: self.completed,
                failed: self.failed,
                cancelled: self.cancelled,
            },
            generation: self.report_generation,
            created_at: self.created_at.time(),
            finished_at: self.finished_at.map(StoredTime::time),
        })
    }
}

/// Returns the counts of tasks by queue and state, and of pending and given-up deliveries.
pub(in crate::store) fn ledger_counts(
    rows: Vec<(String, String, i64)>,
    (pending_deliveries, given_up_deliveries): (i64, i64),
) -> Result<LedgerCounts, StoreError> {
    let tasks = rows
        .into_iter()
        .map(|(queue, state, count)| {
            Ok((
                read("tasks.queue", &queue, QueueName::parse)?,
                read("tasks.state", &state, TaskState::parse)?,
                count,
            ))
        })
        .collect::<Result<_, StoreError>>()?;
    Ok(LedgerCounts {
        tasks,
        pending_deliveries,
        given_up_deliveries,
    })
}
