//! Rows as PostgreSQL returns them, and their reading as domain types.

use sqlx::FromRow;

use crate::{
    domain::{
        identifiers::{BatchId, JobId, TaskId},
        profile_kind::ProfileKind,
        queue_name::QueueName,
        submission::WebhookEvents,
        task::{ClaimedTask, Task, TaskMatch},
    },
    store::StoreError,
};

/// A task with its fencing token: what claiming and failing need.
#[derive(Debug, FromRow)]
pub(super) struct TaskRow {
    id: String,
    job_id: Option<String>,
    batch_id: Option<String>,
    queue: String,
    subject_kind: String,
    subject_id: i64,
    counterpart_ids: Vec<i64>,
    positions: Vec<i32>,
    webhook_url: Option<String>,
    webhook_events: String,
    attempts: i32,
    lease_token: i64,
}

impl TaskRow {
    pub(super) fn into_claimed(self) -> Result<ClaimedTask, StoreError> {
        let task = Task {
            id: TaskId::from_trusted(self.id),
            job_id: self.job_id.map(JobId::from_trusted),
            batch_id: self.batch_id.map(BatchId::from_trusted),
            queue: read("tasks.queue", &self.queue, QueueName::parse)?,
            subject_kind: read("tasks.subject_kind", &self.subject_kind, ProfileKind::parse)?,
            subject_id: self.subject_id,
            matches: std::iter::zip(self.positions, self.counterpart_ids)
                .map(|(position, counterpart_id)| TaskMatch {
                    position,
                    counterpart_id,
                })
                .collect(),
            webhook_url: self.webhook_url,
            webhook_events: read(
                "tasks.webhook_events",
                &self.webhook_events,
                WebhookEvents::parse,
            )?,
        };
        Ok(ClaimedTask {
            task,
            attempt: self.attempts,
            lease_token: self.lease_token,
        })
    }
}

/// Reads a stored name, or says which column holds one this version does not know.
pub(super) fn read<T>(
    column: &'static str,
    value: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, StoreError> {
    parse(value).ok_or_else(|| StoreError::UnknownValue {
        column,
        value: value.to_owned(),
    })
}
