//! Dispatch: the marks of tasks whose pointers are in a queue.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::PgPool;
use tracing::instrument;

use super::{PostgresStore, seconds};
use crate::{
    domain::{identifiers::TaskId, queue_name::QueueName},
    store::{
        Dispatch, DispatchRound, StoreError,
        rows::{DispatchedRow, dispatch_round, nothing_dispatched},
    },
};

/// The first half of the two keys of the advisory lock, different for each schema; the second is the
/// queue.
const DISPATCH_LOCK: i32 = 0x6d_61_74_63;

#[async_trait]
impl Dispatch for PostgresStore {
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
        self.call(async {
            // The common cases, nothing due or no room, cost one query and no lock.
            let before = look(&self.work_pool, queue, window).await?;
            if !before.backlog || before.room == 0 {
                return Ok(before);
            }
            let mut transaction = self.work_pool.begin().await?;
            // The lock is a statement of its own: the snapshot of the next statement then includes
            // the commit of the lock's previous holder, so two processes never fill the same
            // window.
            let alone: bool = sqlx::query_scalar(
                "SELECT pg_try_advisory_xact_lock($1 # hashtext(current_schema()), $2)",
            )
            .bind(DISPATCH_LOCK)
            .bind(i32::try_from(queue.index()).unwrap_or_default())
            .fetch_one(&mut *transaction)
            .await?;
            if !alone {
                transaction.rollback().await?;
                return Ok(before);
            }
            let rows: Vec<DispatchedRow> = sqlx::query_as(
                "WITH room AS (
                     SELECT greatest($2 - count(*), 0) AS tasks FROM tasks
                     WHERE queue = $1 AND state = 'queued' AND dispatched_at IS NOT NULL
                 ), due AS (
                     SELECT id FROM tasks
                     WHERE queue = $1 AND state = 'queued' AND dispatched_at IS NULL
                         AND next_attempt_at <= now()
                     ORDER BY next_attempt_at, id
                     LIMIT (SELECT tasks FROM room)
                     FOR UPDATE SKIP LOCKED
                 )
                 UPDATE tasks SET dispatched_at = now() FROM due WHERE tasks.id = due.id
                 RETURNING tasks.id, tasks.next_attempt_at",
            )
            .bind(queue.as_str())
            .bind(i64::from(window))
            .fetch_all(&mut *transaction)
            .await?;
            transaction.commit().await?;
            let after = look(&self.work_pool, queue, window).await?;
            Ok(dispatch_round(rows, after))
        })
        .await
    }

    #[instrument(name = "store.undo_dispatch", level = "debug", skip_all)]
    async fn undo_dispatch(&self, ids: &[TaskId]) -> Result<(), StoreError> {
        self.call(async {
            let ids: Vec<&str> = ids.iter().map(TaskId::as_str).collect();
            sqlx::query(
                "WITH given AS (
                     SELECT id FROM tasks WHERE id = ANY ($1) AND state = 'queued' ORDER BY id
                     FOR NO KEY UPDATE
                 )
                 UPDATE tasks SET dispatched_at = NULL FROM given WHERE tasks.id = given.id",
            )
            .bind(&ids)
            .execute(&self.work_pool)
            .await?;
            Ok(())
        })
        .await
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
        self.call(async {
            // A locked row is being claimed.
            Ok(sqlx::query(
                "WITH stale AS (
                     SELECT id FROM tasks
                     WHERE queue = $1 AND state = 'queued'
                         AND dispatched_at <= now() - make_interval(secs => $2)
                     ORDER BY dispatched_at LIMIT $3 FOR UPDATE SKIP LOCKED
                 )
                 UPDATE tasks SET dispatched_at = NULL FROM stale WHERE tasks.id = stale.id",
            )
            .bind(queue.as_str())
            .bind(seconds(older_than))
            .bind(i64::from(limit))
            .execute(&self.work_pool)
            .await?
            .rows_affected())
        })
        .await
    }
}

/// Returns whether any task is due, and the room in the window. A paused queue has neither.
async fn look(pool: &PgPool, queue: QueueName, window: u32) -> Result<DispatchRound, StoreError> {
    // Reads the first row by the index: for `EXISTS`, the planner may scan the whole table.
    let (backlog, dispatched, paused): (bool, i64, bool) = sqlx::query_as(
        "SELECT coalesce((
                 SELECT next_attempt_at <= now() FROM tasks
                 WHERE queue = $1 AND state = 'queued' AND dispatched_at IS NULL
                 ORDER BY next_attempt_at LIMIT 1), false),
             (SELECT count(*) FROM (
                 SELECT 1 FROM tasks WHERE queue = $1 AND state = 'queued'
                     AND dispatched_at IS NOT NULL LIMIT $2) AS dispatched),
             EXISTS (SELECT 1 FROM paused_queues WHERE queue = $1)",
    )
    .bind(queue.as_str())
    .bind(i64::from(window))
    .fetch_one(pool)
    .await?;
    if paused {
        return Ok(DispatchRound::default());
    }
    Ok(nothing_dispatched(backlog, window, dispatched))
}
