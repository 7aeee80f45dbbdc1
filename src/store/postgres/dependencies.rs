//! Waiting tasks: each check looks at the parent as it is now, so it does not matter whether the
//! parent ended before, during or after the child was accepted.

use sqlx::{FromRow, PgPool};

use super::{
    outcome,
    rows::{TaskRow, read},
};
use crate::{
    domain::{
        dependency::DependencyOutcome,
        identifiers::{BatchId, JobId},
        queue_name::QueueName,
        task::{TaskError, TaskState},
    },
    store::{ResolvedDependencies, StoreError},
};

pub(super) async fn report(
    pool: &PgPool,
    id: &JobId,
    outcome: DependencyOutcome,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO dependency_reports (id, outcome) VALUES ($1, $2) ON CONFLICT DO NOTHING",
    )
    .bind(id.as_str())
    .bind(outcome.as_str())
    .execute(pool)
    .await?
    .rows_affected();
    Ok(inserted == 1)
}

#[derive(FromRow)]
struct WaitingRow {
    #[sqlx(flatten)]
    task: TaskRow,
    queue: String,
    depends_on: String,
    /// The parent's state, or null when only the waiting time has run out.
    parent_state: Option<String>,
}

pub(super) async fn resolve(
    pool: &PgPool,
    ended: Option<&[String]>,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    let mut transaction = pool.begin().await?;
    let rows: Vec<WaitingRow> = sqlx::query_as(
        "SELECT child.id, child.job_id, child.batch_id, child.queue, child.subject_kind,
             child.subject_id, child.counterpart_ids, child.positions, child.webhook_url,
             child.webhook_events, child.attempts, child.lease_token, child.depends_on,
             CASE WHEN parent.state IN ('completed', 'failed', 'cancelled') THEN parent.state END
                 AS parent_state
         FROM tasks AS child
         CROSS JOIN LATERAL (SELECT coalesce(
             (SELECT state FROM tasks WHERE job_id = child.depends_on),
             (SELECT state FROM tasks
              WHERE batch_id = child.depends_on_batch
                  AND child.depends_on_position BETWEEN first_position AND last_position
                  AND child.depends_on_position = ANY (positions)),
             -- A batch has completed when it ended with at least one result.
             (SELECT CASE WHEN remaining > 0 THEN 'processing'
                  WHEN EXISTS (SELECT 1 FROM tasks WHERE batch_id = batches.id
                      AND state = 'completed') THEN 'completed'
                  ELSE 'failed' END
              FROM batches WHERE id = child.depends_on),
             (SELECT outcome FROM dependency_reports WHERE id = child.depends_on)
         ) AS state) AS parent
         WHERE child.state = 'waiting'
             AND ($1::text[] IS NULL OR child.depends_on = ANY ($1)
                 OR child.depends_on_batch = ANY ($1))
             AND (parent.state IN ('completed', 'failed', 'cancelled')
                 OR child.waits_until <= now())
         ORDER BY child.id LIMIT $2
         FOR UPDATE OF child SKIP LOCKED",
    )
    .bind(ended)
    .bind(i64::from(limit))
    .fetch_all(&mut *transaction)
    .await?;
    let mut resolved = ResolvedDependencies::default();
    let mut released = Vec::new();
    for row in rows {
        let claimed = row.task.into_claimed()?;
        let parent = &row.depends_on;
        let error = match row.parent_state.as_deref().and_then(TaskState::parse) {
            Some(TaskState::Completed) => {
                released.push(claimed.task.id.clone());
                resolved
                    .queued
                    .push(read("tasks.queue", &row.queue, QueueName::parse)?);
                continue;
            }
            Some(state) => TaskError::new(
                "dependency_failed",
                format!(
                    "{parent}, which this waited for, ended as {}",
                    state.as_str()
                ),
            ),
            None => TaskError::new(
                "dependency_expired",
                format!("{parent}, which this waited for, was not reported in time"),
            ),
        };
        let ended_batch = outcome::fail(&mut transaction, &claimed, &error).await?;
        resolved
            .ended
            .extend(claimed.task.job_id.as_ref().map(JobId::to_string));
        resolved
            .ended
            .extend(claimed.task.batch_id.as_ref().map(BatchId::to_string));
        resolved
            .ended
            .extend(ended_batch.as_ref().map(BatchId::to_string));
    }
    sqlx::query("UPDATE tasks SET state = 'queued', next_attempt_at = now() WHERE id = ANY ($1)")
        .bind(outcome::id_texts(&released))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    resolved.queued.dedup();
    resolved.ended.dedup();
    Ok(resolved)
}
