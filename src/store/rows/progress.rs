//! Rows of progress.

use std::time::Duration;

use sqlx_macros::FromRow;

use super::{PauseColumns, ProcessRow, StoredTime, read};
use crate::{
    domain::queue_name::QueueName,
    store::{PausedEndpoint, QueueProgress, StoreError, WorkProgress},
};

/// The facts about one queue.
#[derive(FromRow)]
pub(in crate::store) struct QueueProgressRow {
    queue: String,
    undispatched_seconds: Option<f64>,
    dispatched_seconds: Option<f64>,
    last_end_seconds: Option<f64>,
    is_running: bool,
    workers: i64,
    ended: i64,
    failed: i64,
    failure: Option<String>,
    #[sqlx(flatten)]
    pause: PauseColumns,
}

impl QueueProgressRow {
    fn into_progress(self) -> Result<QueueProgress, StoreError> {
        Ok(QueueProgress {
            queue: read("queue", &self.queue, QueueName::parse)?,
            undispatched_for: elapsed(self.undispatched_seconds),
            dispatched_for: elapsed(self.dispatched_seconds),
            last_end: elapsed(self.last_end_seconds),
            is_running: self.is_running,
            workers: self.workers,
            ended: self.ended,
            failed: self.failed,
            failure: self.failure,
            pause: self.pause.into_pause(),
        })
    }
}

/// The facts about webhooks.
#[derive(FromRow)]
pub(in crate::store) struct DeliveryProgressRow {
    due_seconds: Option<f64>,
    given_up: i64,
    unanswering_endpoints: i64,
    paused_endpoint: Option<String>,
    endpoint_paused_until: Option<StoredTime>,
    is_pause_over: Option<bool>,
    endpoint_pause_reason: Option<String>,
}

impl DeliveryProgressRow {
    pub(in crate::store) fn into_progress(
        self,
        queues: Vec<QueueProgressRow>,
        faulty: Vec<ProcessRow>,
    ) -> Result<WorkProgress, StoreError> {
        let queues = queues.into_iter().map(QueueProgressRow::into_progress);
        Ok(WorkProgress {
            queues: queues.collect::<Result<_, _>>()?,
            oldest_due_delivery: elapsed(self.due_seconds.filter(|seconds| *seconds >= 0.0)),
            given_up_deliveries: self.given_up,
            unanswering_endpoints: self.unanswering_endpoints,
            last_ending_pause: (self.paused_endpoint).zip(self.endpoint_paused_until).map(
                |(endpoint, until)| PausedEndpoint {
                    endpoint,
                    until: until.time(),
                    is_over: self.is_pause_over.unwrap_or_default(),
                    reason: self.endpoint_pause_reason.unwrap_or_default(),
                },
            ),
            faulty_processes: faulty
                .into_iter()
                .map(ProcessRow::into_running)
                .collect::<Result<_, _>>()?,
        })
    }
}

/// Returns an age. A row that was written after the statement's time has the age 0.
fn elapsed(seconds: Option<f64>) -> Option<Duration> {
    seconds.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX))
}
