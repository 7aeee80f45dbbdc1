//! Queues as operators see them: paused or not, and their depth.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::types::Json;
use tracing::instrument;

use super::{SqliteStore, milliseconds, operator_actions};
use crate::{
    domain::{operator_action::OperatorAction, queue_depth::QueueDepth, queue_name::QueueName},
    store::{Queues, StoreError, rows::QueueDepthRow},
};

#[async_trait]
impl Queues for SqliteStore {
    #[instrument(
        name = "store.pause_queue",
        level = "debug",
        skip_all,
        fields(queue.name = %queue)
    )]
    async fn pause_queue(
        &self,
        queue: QueueName,
        reason: Option<&str>,
        action: &OperatorAction,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let paused = sqlx::query(
            "INSERT INTO paused_queues (queue, actor, reason) VALUES (?1, ?2, ?3)
             ON CONFLICT DO NOTHING",
        )
        .bind(queue.as_str())
        .bind(&action.actor)
        .bind(reason)
        .execute(&mut *transaction)
        .await?;
        let changed = paused.rows_affected() > 0;
        if changed {
            operator_actions::insert(&mut transaction, action, 0).await?;
        }
        transaction.commit().await?;
        Ok(changed)
    }

    #[instrument(
        name = "store.resume_queue",
        level = "debug",
        skip_all,
        fields(queue.name = %queue)
    )]
    async fn resume_queue(
        &self,
        queue: QueueName,
        action: &OperatorAction,
    ) -> Result<bool, StoreError> {
        let mut transaction = self.begin().await?;
        let resumed = sqlx::query("DELETE FROM paused_queues WHERE queue = ?1")
            .bind(queue.as_str())
            .execute(&mut *transaction)
            .await?;
        let changed = resumed.rows_affected() > 0;
        if changed {
            operator_actions::insert(&mut transaction, action, 0).await?;
        }
        transaction.commit().await?;
        Ok(changed)
    }

    #[instrument(name = "store.queue_depths", level = "debug", skip_all)]
    async fn queue_depths(&self, drained_over: Duration) -> Result<Vec<QueueDepth>, StoreError> {
        // Each count has a partial index of its own: of finished tasks, the vast majority, only
        // those of the given period are read. The two-argument `min` is null if either argument is.
        let rows: Vec<QueueDepthRow> = sqlx::query_as(
            "SELECT queue, waiting, undispatched, dispatched, processing, dead, ended,
                 max(0.0, (now - min(coalesce(oldest_here, oldest_handed_out),
                     coalesce(oldest_handed_out, oldest_here))) / 1000.0) AS oldest_seconds,
                 paused_at, paused_by, pause_reason
             FROM (SELECT named.value AS queue, clock.now,
                 (SELECT count(*) FROM tasks
                  WHERE queue = named.value AND state = 'waiting') AS waiting,
                 (SELECT count(*) FROM tasks WHERE queue = named.value AND state = 'queued'
                     AND dispatched_at IS NULL) AS undispatched,
                 (SELECT count(*) FROM tasks WHERE queue = named.value AND state = 'queued'
                     AND dispatched_at IS NOT NULL) AS dispatched,
                 (SELECT count(*) FROM tasks
                  WHERE queue = named.value AND state = 'processing') AS processing,
                 (SELECT count(*) FROM tasks
                  WHERE queue = named.value AND state = 'failed') AS dead,
                 (SELECT count(*) FROM tasks
                  WHERE queue = named.value AND finished_at > clock.now - ?2) AS ended,
                 (SELECT min(next_attempt_at) FROM tasks WHERE queue = named.value
                     AND state = 'queued' AND dispatched_at IS NULL
                     AND next_attempt_at <= clock.now) AS oldest_here,
                 (SELECT min(next_attempt_at) FROM tasks WHERE queue = named.value
                     AND state = 'queued' AND dispatched_at IS NOT NULL) AS oldest_handed_out,
                 paused.paused_at, paused.actor AS paused_by, paused.reason AS pause_reason
                 FROM clock CROSS JOIN json_each(?1) AS named
                 LEFT JOIN paused_queues AS paused ON paused.queue = named.value)",
        )
        .bind(Json(QueueName::ALL.map(QueueName::as_str)))
        .bind(milliseconds(drained_over))
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(QueueDepthRow::into_depth).collect()
    }
}
