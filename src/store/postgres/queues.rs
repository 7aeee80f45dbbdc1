//! Queues as operators see them: paused or not, and their depth.

use std::time::Duration;

use async_trait::async_trait;
use tracing::instrument;

use super::{PostgresStore, seconds};
use crate::{
    domain::{queue_depth::QueueDepth, queue_name::QueueName},
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
    async fn pause_queue(&self, queue: QueueName) -> Result<(), StoreError> {
        self.call(async {
            sqlx::query("INSERT INTO paused_queues (queue) VALUES ($1) ON CONFLICT DO NOTHING")
                .bind(queue.as_str())
                .execute(&self.pool)
                .await?;
            Ok(())
        })
        .await
    }

    #[instrument(
        name = "store.resume_queue",
        level = "debug",
        skip_all,
        fields(queue.name = %queue)
    )]
    async fn resume_queue(&self, queue: QueueName) -> Result<(), StoreError> {
        self.call(async {
            sqlx::query("DELETE FROM paused_queues WHERE queue = $1")
                .bind(queue.as_str())
                .execute(&self.pool)
                .await?;
            Ok(())
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
                     (SELECT paused_at FROM paused_queues WHERE queue = named.queue) AS paused_at
                 FROM unnest($1::text[]) WITH ORDINALITY AS named (queue, place)
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
