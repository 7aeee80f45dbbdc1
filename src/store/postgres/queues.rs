//! Queues as operators see them: paused or not, and their depth.

use std::time::Duration;

use async_trait::async_trait;
use tracing::instrument;

use super::{PostgresStore, operator_actions, seconds};
use crate::{
    domain::{operator_action::OperatorAction, queue_depth::QueueDepth, queue_name::QueueName},
    store::{Queues, StoreError, rows::QueueDepthRow},
};

#[async_trait]
impl Queues for PostgresStore {
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
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let paused = sqlx::query(
                "INSERT INTO paused_queues (queue, actor, reason) VALUES ($1, $2, $3)
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
        })
        .await
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
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let resumed = sqlx::query("DELETE FROM paused_queues WHERE queue = $1")
                .bind(queue.as_str())
                .execute(&mut *transaction)
                .await?;
            let changed = resumed.rows_affected() > 0;
            if changed {
                operator_actions::insert(&mut transaction, action, 0).await?;
            }
            transaction.commit().await?;
            Ok(changed)
        })
        .await
    }

    #[instrument(name = "store.queue_depths", level = "debug", skip_all)]
    async fn queue_depths(&self, drained_over: Duration) -> Result<Vec<QueueDepth>, StoreError> {
        self.call(async {
            // Each count has a partial index of its own: of finished tasks, the vast majority, only
            // those of the given period are read.
            let rows: Vec<QueueDepthRow> = sqlx::query_as(
                "WITH processing AS MATERIALIZED (
                     SELECT queue, count(*) AS tasks FROM tasks WHERE state = 'processing'
                     GROUP BY queue
                 )
                 SELECT named.queue,
                     (SELECT count(*) FROM tasks
                      WHERE queue = named.queue AND state = 'waiting') AS waiting,
                     (SELECT count(*) FROM tasks WHERE queue = named.queue AND state = 'queued'
                         AND dispatched_at IS NULL) AS undispatched,
                     handed_out.tasks AS dispatched,
                     coalesce((SELECT tasks FROM processing
                         WHERE queue = named.queue), 0) AS processing,
                     (SELECT count(*) FROM tasks
                      WHERE queue = named.queue AND state = 'failed') AS dead,
                     (SELECT count(*) FROM tasks WHERE queue = named.queue
                         AND finished_at > now() - make_interval(secs => $2)) AS ended,
                     extract(epoch FROM now() - least(handed_out.oldest,
                         (SELECT min(next_attempt_at) FROM tasks
                          WHERE queue = named.queue AND state = 'queued' AND dispatched_at IS NULL
                              AND next_attempt_at <= now())))::double precision AS oldest_seconds,
                     paused.paused_at, paused.actor AS paused_by, paused.reason AS pause_reason
                 FROM unnest($1::text[]) WITH ORDINALITY AS named (queue, place)
                 LEFT JOIN paused_queues AS paused ON paused.queue = named.queue
                 CROSS JOIN LATERAL (
                     SELECT count(*) AS tasks, min(next_attempt_at) AS oldest FROM tasks
                     WHERE queue = named.queue AND state = 'queued' AND dispatched_at IS NOT NULL
                 ) AS handed_out
                 ORDER BY named.place",
            )
            .bind(QueueName::ALL.map(QueueName::as_str).as_slice())
            .bind(seconds(drained_over))
            .fetch_all(&self.pool)
            .await?;
            rows.into_iter().map(QueueDepthRow::into_depth).collect()
        })
        .await
    }
}
