//! Rows of queue depths and pauses.

use sqlx_macros::FromRow;

use super::{StoredTime, read};
use crate::{
    domain::{
        queue_depth::{QueueDepth, QueuePause},
        queue_name::QueueName,
    },
    store::StoreError,
};

/// One queue's counts.
#[derive(FromRow)]
pub(in crate::store) struct QueueDepthRow {
    queue: String,
    waiting: i64,
    undispatched: i64,
    dispatched: i64,
    processing: i64,
    dead: i64,
    ended: i64,
    oldest_seconds: Option<f64>,
    #[sqlx(flatten)]
    pause: PauseColumns,
}

impl QueueDepthRow {
    pub(in crate::store) fn into_depth(self) -> Result<QueueDepth, StoreError> {
        Ok(QueueDepth {
            queue: read("queue", &self.queue, QueueName::parse)?,
            waiting: self.waiting,
            queued: self.undispatched + self.dispatched,
            dispatched: self.dispatched,
            processing: self.processing,
            dead: self.dead,
            ended: self.ended,
            oldest_seconds: self.oldest_seconds,
            pause: self.pause.into_pause(),
        })
    }
}

/// The columns of a pause; all are null if the queue is not paused.
#[derive(FromRow)]
pub(in crate::store) struct PauseColumns {
    paused_at: Option<StoredTime>,
    paused_by: Option<String>,
    pause_reason: Option<String>,
}

impl PauseColumns {
    pub(in crate::store) fn into_pause(self) -> Option<QueuePause> {
        Some(QueuePause {
            at: self.paused_at?.time(),
            actor: self.paused_by?,
            reason: self.pause_reason,
        })
    }
}
