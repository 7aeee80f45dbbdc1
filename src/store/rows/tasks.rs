//! Rows of tasks.

use sqlx_macros::FromRow;

use super::{StoredList, read};
use crate::{
    domain::{
        identifiers::{BatchId, JobId, ProfileId, TaskId},
        queue_name::QueueName,
        submission::WebhookEvents,
        task::{ClaimedTask, Task, TaskMatch},
        trace::TraceContext,
    },
    store::StoreError,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The columns of [`TaskRow`], with a prefix such as `child.` for a table that has another name.
macro_rules! task_columns {
    () => {
        task_columns!("")
    };
    ($of:literal) => {
        concat!(
            task_columns!(@list $of, "id", "job_id", "batch_id", "queue", "subject_kind",
                "subject_id", "counterpart_ids", "positions", "webhook_url", "webhook_events",
                "weights", "traceparent", "attempts"),
            $of,
            "lease_token"
        )
    };
    (@list $of:literal, $($column:literal),+) => {
        concat!($($of, $column, ", "),+)
    };
}
pub(in crate::store) use task_columns;

/// A task with its fencing token, as it is claimed or fails.
#[derive(Debug, FromRow)]
pub(in crate::store) struct TaskRow {
    id: TaskId,
    job_id: Option<JobId>,
    batch_id: Option<BatchId>,
    queue: String,
    subject_kind: String,
    subject_id: ProfileId,
    counterpart_ids: StoredList<i64>,
    positions: StoredList<i32>,
    webhook_url: Option<String>,
    webhook_events: String,
    weights: Option<String>,
    traceparent: Option<String>,
    attempts: i32,
    lease_token: i64,
}

impl TaskRow {
    pub(in crate::store) fn into_claimed(self) -> Result<ClaimedTask, StoreError> {
        let task = Task {
            id: self.id,
            job_id: self.job_id,
            batch_id: self.batch_id,
            queue: read("tasks.queue", &self.queue, QueueName::parse)?,
            subject_kind: read("tasks.subject_kind", &self.subject_kind, ProfileKind::parse)?,
            subject_id: self.subject_id,
            matches: task_matches(self.positions, self.counterpart_ids),
            webhook_url: self.webhook_url,
            webhook_events: read(
                "tasks.webhook_events",
                &self.webhook_events,
                WebhookEvents::parse,
            )?,
            weights: self.weights,
            trace: trace_of(self.traceparent),
        };
        Ok(ClaimedTask {
            task,
            attempt: self.attempts,
            lease_token: self.lease_token,
        })
    }
}

/// Returns the trace of a stored context; `None` if there is none.
pub(super) fn trace_of(stored: Option<String>) -> Option<TraceContext> {
    TraceContext::parse(&stored?)
}

pub(super) fn task_matches(
    positions: StoredList<i32>,
    counterpart_ids: StoredList<i64>,
) -> Vec<TaskMatch> {
    std::iter::zip(positions.0, counterpart_ids.0)
        .map(|(position, counterpart_id)| TaskMatch {
            position,
            counterpart_id: ProfileId::from_row(counterpart_id),
        })
        .collect()
}
