//! Waiting tasks: each check looks at the parent as it is now, so it does not matter whether the
//! parent ended before, during or after the child was accepted.

use sqlx::{SqliteExecutor, types::Json};

use super::{SqliteStore, outcome};
use crate::{
    domain::{dependency::DependencyOutcome, identifiers::JobId},
    store::{
        ResolvedDependencies, StoreError,
        waiting::{Verdicts, WaitingRow},
    },
};

pub(super) async fn report(
    store: &SqliteStore,
    id: &JobId,
    outcome: DependencyOutcome,
) -> Result<bool, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO dependency_reports (id, outcome) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )
    .bind(id.as_str())
    .bind(outcome.as_str())
    .execute(&store.writer)
    .await?
    .rows_affected();
    Ok(inserted == 1)
}

/// Waiting tasks whose waiting is over, narrowed down by a condition; one text for each condition,
/// so that each has a plan of its own.
macro_rules! no_longer_waiting {
    ($condition:literal) => {
        concat!(
            "SELECT id, job_id, batch_id, queue, subject_kind, subject_id, counterpart_ids,
                 positions, webhook_url, webhook_events, weights, attempts, lease_token, depends_on,
                 CASE WHEN parent_state IN ('completed', 'failed', 'cancelled')
                     THEN parent_state END AS parent_state
             FROM (SELECT child.*, coalesce(
                 (SELECT state FROM tasks WHERE job_id = child.depends_on),
                 (SELECT state FROM tasks
                  WHERE batch_id = child.depends_on_batch
                      AND child.depends_on_position BETWEEN first_position AND last_position
                      AND child.depends_on_position IN (SELECT value FROM json_each(positions))),
                 -- A batch has completed when it ended with at least one result.
                 (SELECT CASE WHEN remaining > 0 THEN 'processing'
                      WHEN EXISTS (SELECT 1 FROM tasks WHERE batch_id = batches.id
                          AND state = 'completed') THEN 'completed'
                      ELSE 'failed' END
                  FROM batches WHERE id = child.depends_on),
                 (SELECT outcome FROM dependency_reports WHERE id = child.depends_on)
             ) AS parent_state
             FROM tasks AS child WHERE state = 'waiting' ",
            $condition,
            ") WHERE parent_state IN ('completed', 'failed', 'cancelled')
                 OR waits_until <= (SELECT now FROM clock)
             LIMIT ?1"
        )
    };
}

pub(super) async fn resolve(
    store: &SqliteStore,
    ended: Option<&[String]>,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    // The common case, nothing to move, does not take the writer.
    if no_longer_waiting(&store.readers, ended, 1)
        .await?
        .is_empty()
    {
        return Ok(ResolvedDependencies::default());
    }
    let mut transaction = store.begin().await?;
    let rows = no_longer_waiting(&mut *transaction, ended, limit).await?;
    let verdicts = Verdicts::of(rows)?;
    for (claimed, error) in &verdicts.failed {
        outcome::fail(&mut transaction, claimed, error).await?;
    }
    sqlx::query(
        "UPDATE tasks SET state = 'queued', next_attempt_at = (SELECT now FROM clock)
         WHERE id IN (SELECT value FROM json_each(?1))",
    )
    .bind(outcome::id_texts(&verdicts.released))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(verdicts.resolved)
}

async fn no_longer_waiting(
    executor: impl SqliteExecutor<'_>,
    ended: Option<&[String]>,
    limit: u32,
) -> Result<Vec<WaitingRow>, StoreError> {
    let query = match ended {
        None => sqlx::query_as(no_longer_waiting!("")).bind(limit),
        Some(ended) => sqlx::query_as(no_longer_waiting!(
            "AND id IN (
                 SELECT id FROM tasks WHERE state = 'waiting'
                     AND depends_on IN (SELECT value FROM json_each(?2))
                 UNION ALL
                 SELECT id FROM tasks WHERE state = 'waiting'
                     AND depends_on_batch IN (SELECT value FROM json_each(?2)))"
        ))
        .bind(limit)
        .bind(Json(ended)),
    };
    Ok(query.fetch_all(executor).await?)
}
