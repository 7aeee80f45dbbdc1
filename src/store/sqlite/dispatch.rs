//! Dispatch: the marks of tasks whose pointers are in a queue.

use std::time::Duration;

use async_trait::async_trait;
use tracing::instrument;

use super::{SqliteStore, milliseconds, outcomes::id_texts};
use crate::{
    domain::{identifiers::TaskId, queue_name::QueueName},
    store::{
        Dispatch, DispatchRound, StoreError,
        rows::{DispatchedRow, dispatch_round, nothing_dispatched},
    },
};

#[async_trait]
impl Dispatch for SqliteStore {
    #[instrument(
        name = "store.dispatch_due",
        level = "debug",
        skip_all,
        fields(queue.name = %queue)
    )]
    async fn dispatch_due(
        &self,
        queue: QueueName,
        window: u32,
    ) -> Result<DispatchRound, StoreError> {
        // The common cases, nothing due or no room, do not take the writer's lock.
        let before = look(self, queue, window).await?;
        if !before.backlog || before.room == 0 {
            return Ok(before);
        }
        // Two processes never fill the same window: the statement counts and marks under one lock.
        let rows: Vec<DispatchedRow> = sqlx::query_as(
            "UPDATE tasks SET dispatched_at = (SELECT now FROM clock)
             WHERE id IN (
                 SELECT id FROM tasks
                 WHERE queue = ?1 AND state = 'queued' AND dispatched_at IS NULL
                     AND next_attempt_at <= (SELECT now FROM clock)
                 ORDER BY next_attempt_at, id
                 LIMIT max(0, ?2 - (
                     SELECT count(*) FROM tasks
                     WHERE queue = ?1 AND state = 'queued' AND dispatched_at IS NOT NULL)))
             RETURNING id, next_attempt_at",
        )
        .bind(queue.as_str())
        .bind(window)
        .fetch_all(&self.writer)
        .await?;
        let after = look(self, queue, window).await?;
        Ok(dispatch_round(rows, after))
    }

    #[instrument(name = "store.undo_dispatch", level = "debug", skip_all)]
    async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE tasks SET dispatched_at = NULL
             WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'queued'",
        )
        .bind(id_texts(ids))
        .execute(&self.writer)
        .await?;
        Ok(())
    }

    #[instrument(
        name = "store.undo_stale_dispatches",
        level = "debug",
        skip_all,
        fields(queue.name = %queue)
    )]
    async fn undo_stale_dispatches(
        &self,
        queue: QueueName,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        Ok(sqlx::query(
            "UPDATE tasks SET dispatched_at = NULL WHERE id IN (
                 SELECT id FROM tasks
                 WHERE queue = ?1 AND state = 'queued'
                     AND dispatched_at <= (SELECT now FROM clock) - ?2
                 ORDER BY dispatched_at LIMIT ?3)",
        )
        .bind(queue.as_str())
        .bind(milliseconds(older_than))
        .bind(limit)
        .execute(&self.writer)
        .await?
        .rows_affected())
    }
}

/// Returns whether any task is due, and the room in the window. A paused queue has neither.
async fn look(
    store: &SqliteStore,
    queue: QueueName,
    window: u32,
) -> Result<DispatchRound, StoreError> {
    let (backlog, dispatched, paused): (bool, i64, bool) = sqlx::query_as(
        "SELECT EXISTS (
                 SELECT 1 FROM tasks WHERE queue = ?1 AND state = 'queued'
                     AND dispatched_at IS NULL AND next_attempt_at <= (SELECT now FROM clock)),
             (SELECT count(*) FROM (
                 SELECT 1 FROM tasks WHERE queue = ?1 AND state = 'queued'
                     AND dispatched_at IS NOT NULL LIMIT ?2)),
             EXISTS (SELECT 1 FROM paused_queues WHERE queue = ?1)",
    )
    .bind(queue.as_str())
    .bind(window)
    .fetch_one(&store.readers)
    .await?;
    if paused {
        return Ok(DispatchRound::default());
    }
    Ok(nothing_dispatched(backlog, window, dispatched))
}
