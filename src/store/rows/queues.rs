//! Rows of queue depths.

use sqlx_macros::FromRow;

use super::{StoredTime, read};
use crate::{
    domain::{queue_depth::QueueDepth, queue_name::QueueName},
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
    paused_at: Option<StoredTime>,
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
            paused_at: self.paused_at.map(StoredTime::time),
        })
    }
}
