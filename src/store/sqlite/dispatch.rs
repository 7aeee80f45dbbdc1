//! The dispatcher's side of the ledger: which tasks' pointers are in the queue.

use std::time::Duration;

use super::{SqliteStore, milliseconds, outcome::id_texts};
use crate::{
    domain::{identifiers::TaskId, queue_name::QueueName},
    store::{
        DispatchRound, StoreError,
        rows::{DispatchedRow, dispatch_round, nothing_dispatched},
    },
};

pub(super) async fn due(
    store: &SqliteStore,
    queue: QueueName,
    window: u32,
) -> Result<DispatchRound, StoreError> {
    // The common cases, nothing due or no room, do not take the writer.
    let before = look(store, queue, window).await?;
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
    .fetch_all(&store.writer)
    .await?;
    let after = look(store, queue, window).await?;
    Ok(dispatch_round(rows, after))
}

/// Whether anything is due, and how much room the window has; neither while the queue is paused.
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

pub(super) async fn undo(store: &SqliteStore, ids: &[TaskId]) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tasks SET dispatched_at = NULL
         WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'queued'",
    )
    .bind(id_texts(ids))
    .execute(&store.writer)
    .await?;
    Ok(())
}

pub(super) async fn undo_stale(
    store: &SqliteStore,
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
    .execute(&store.writer)
    .await?
    .rows_affected())
}
