//! Dependencies: each check reads the parent's state as it is now, so it does not matter whether
//! the parent ended before, during or after the child was submitted. A parent is checked once,
//! however many tasks wait for it, and these are then moved in steps.

use async_trait::async_trait;
use sqlx::{SqliteExecutor, SqliteTransaction, types::Json};
use tracing::instrument;

use super::{SqliteStore, outcomes};
use crate::{
    domain::{dependency::DependencyOutcome, identifiers::WorkId},
    store::{
        Dependencies, DependencyReport, ResolvedDependencies, StoreError,
        rows::{ParentRow, Parents, SWEEP_SLICE, Verdicts, WaitingRow, read, task_columns},
    },
};

/// The expression for the state of `parent`, given by a name and its reading as a batch's n-th
/// match; null if the name is unknown.
macro_rules! parent_state {
    () => {
        "coalesce(
             (SELECT state FROM tasks WHERE job_id = parent.name),
             (SELECT state FROM tasks
              WHERE batch_id = parent.batch
                  AND parent.position BETWEEN first_position AND last_position
                  AND parent.position IN (SELECT value FROM json_each(positions))),
             -- A match without a row was a dead letter that was purged.
             (SELECT 'failed' FROM batches
              WHERE id = parent.batch AND parent.position BETWEEN 1 AND total),
             -- A batch has completed when it ended with at least one result.
             (SELECT CASE WHEN remaining > 0 THEN 'processing'
                  WHEN EXISTS (SELECT 1 FROM tasks WHERE batch_id = batches.id
                      AND state = 'completed') THEN 'completed'
                  WHEN purged > 0 OR EXISTS (SELECT 1 FROM tasks WHERE batch_id = batches.id
                      AND state = 'failed') THEN 'failed'
                  ELSE 'cancelled' END
              FROM batches WHERE id = parent.name),
             (SELECT outcome FROM dependency_reports WHERE id = parent.name))"
    };
}

/// The columns of [`WaitingRow`], except for the parent's state.
macro_rules! child_columns {
    () => {
        concat!(
            task_columns!("child."),
            ", child.depends_on, child.on_parent_failure"
        )
    };
}

/// Selects the states of the named dependencies that any task waits for and that meet the
/// condition.
macro_rules! parents_of_names {
    ($names:literal, $condition:literal) => {
        concat!(
            "SELECT name, state FROM (SELECT name, ",
            parent_state!(),
            " AS state FROM (SELECT name,
                 (SELECT depends_on_batch FROM tasks WHERE state = 'waiting'
                     AND depends_on = name LIMIT 1) AS batch,
                 (SELECT depends_on_position FROM tasks WHERE state = 'waiting'
                     AND depends_on = name LIMIT 1) AS position
                 FROM (",
            $names,
            ")) AS parent) ",
            $condition
        )
    };
}

#[async_trait]
impl Dependencies for SqliteStore {
    #[instrument(name = "store.report_dependency", level = "debug", skip_all, fields(job.id = %id))]
    async fn report_dependency(
        &self,
        id: &WorkId,
        outcome: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError> {
        let as_match = id.as_job().as_batch_position();
        let mut transaction = self.begin().await?;
        let own_work: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM tasks WHERE job_id = ?1)
                 OR EXISTS (SELECT 1 FROM batches WHERE id = ?1)
                 OR EXISTS (SELECT 1 FROM batches WHERE id = ?2 AND ?3 BETWEEN 1 AND total)",
        )
        .bind(id.as_str())
        .bind(as_match.as_ref().map(|(batch, _)| batch.as_str()))
        .bind(as_match.as_ref().map(|(_, position)| *position))
        .fetch_one(&mut *transaction)
        .await?;
        if own_work {
            transaction.rollback().await?;
            return Ok(DependencyReport::OwnWork);
        }
        let earlier: Option<String> =
            sqlx::query_scalar("SELECT outcome FROM dependency_reports WHERE id = ?1")
                .bind(id.as_str())
                .fetch_optional(&mut *transaction)
                .await?;
        if let Some(earlier) = earlier {
            transaction.rollback().await?;
            let earlier = read(
                "dependency_reports.outcome",
                &earlier,
                DependencyOutcome::parse,
            )?;
            return Ok(DependencyReport::of_earlier(earlier, outcome));
        }
        sqlx::query("INSERT INTO dependency_reports (id, outcome) VALUES (?1, ?2)")
            .bind(id.as_str())
            .bind(outcome.as_str())
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(DependencyReport::Recorded)
    }

    #[instrument(name = "store.resolve_dependencies", level = "debug", skip_all)]
    async fn resolve_dependencies(
        &self,
        ended: Option<&[WorkId]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError> {
        match ended {
            Some(ended) => follow_up(self, ended, limit).await,
            None => sweep(self, limit).await,
        }
    }
}

/// Moves tasks that have waited too long, and tasks whose dependency has ended, as far as it is in
/// the next slice.
pub(super) async fn sweep(
    store: &SqliteStore,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    let mut resolved = ResolvedDependencies::default();
    // The common case, nothing to move, does not take the writer's lock.
    if !expired(&store.readers, 1).await?.is_empty() {
        let mut transaction = store.begin().await?;
        let rows = expired(&mut *transaction, limit).await?;
        resolved = carry_out(transaction, rows, limit).await?;
    }
    // A loose index scan from name to name, which skips the other children of a parent.
    let slice: Vec<ParentRow> = sqlx::query_as(parents_of_names!(
        "WITH RECURSIVE awaited (name) AS (
             SELECT min(depends_on) FROM tasks WHERE state = 'waiting' AND depends_on > ?1
             UNION ALL
             SELECT (SELECT min(depends_on) FROM tasks
                 WHERE state = 'waiting' AND depends_on > awaited.name)
             FROM awaited WHERE awaited.name IS NOT NULL
             LIMIT ?2
         )
         SELECT name FROM awaited WHERE name IS NOT NULL",
        ""
    ))
    .bind(store.sweep_position.get())
    .bind(SWEEP_SLICE)
    .fetch_all(&store.readers)
    .await?;
    let parents = Parents::of(slice);
    let of_slice = move_children(store, &parents, limit).await?;
    if !of_slice.more {
        store.sweep_position.set(parents.next_position());
    }
    Ok(resolved.and(of_slice))
}

async fn expired(
    executor: impl SqliteExecutor<'_>,
    limit: u32,
) -> Result<Vec<WaitingRow>, StoreError> {
    Ok(sqlx::query_as(concat!(
        "SELECT ",
        child_columns!(),
        ", ",
        parent_state!(),
        " AS parent_state
         FROM (SELECT *, depends_on AS name, depends_on_batch AS batch,
             depends_on_position AS position
             FROM tasks WHERE state = 'waiting' AND waits_until <= (SELECT now FROM clock)
             ORDER BY waits_until LIMIT ?1) AS parent
         JOIN tasks AS child ON child.id = parent.id"
    ))
    .bind(limit)
    .fetch_all(executor)
    .await?)
}

/// Moves tasks that wait for one of these jobs or batches, or for a match of these batches.
pub(super) async fn follow_up(
    store: &SqliteStore,
    ended: &[WorkId],
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    let awaited: Vec<ParentRow> = sqlx::query_as(parents_of_names!(
        "WITH RECURSIVE awaited (batch, position) AS (
             SELECT value, (SELECT min(depends_on_position) FROM tasks
                 WHERE state = 'waiting' AND depends_on_batch = value)
             FROM json_each(?1)
             UNION ALL
             SELECT batch, (SELECT min(depends_on_position) FROM tasks
                 WHERE state = 'waiting' AND depends_on_batch = awaited.batch
                     AND depends_on_position > awaited.position)
             FROM awaited WHERE position IS NOT NULL
         )
         SELECT value AS name FROM json_each(?1) WHERE EXISTS (
             SELECT 1 FROM tasks WHERE state = 'waiting' AND depends_on = value)
         UNION ALL
         SELECT batch || '-' || position FROM awaited WHERE position IS NOT NULL",
        "WHERE state IN ('completed', 'failed', 'cancelled') LIMIT ?2"
    ))
    .bind(Json(ended))
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    move_children(store, &Parents::of(awaited), limit).await
}

/// Moves tasks whose dependency is one of the ended parents.
async fn move_children(
    store: &SqliteStore,
    parents: &Parents,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    if parents.ended.is_empty() {
        return Ok(ResolvedDependencies::default());
    }
    let ended: Vec<(&String, &String)> = parents.ended.iter().collect();
    let mut transaction = store.begin().await?;
    let rows = sqlx::query_as(concat!(
        "SELECT ",
        child_columns!(),
        ", parent.value ->> 1 AS parent_state
         FROM json_each(?2) AS parent
         CROSS JOIN tasks AS child ON child.depends_on = parent.value ->> 0
         WHERE child.state = 'waiting'
         LIMIT ?1"
    ))
    .bind(limit)
    .bind(Json(ended))
    .fetch_all(&mut *transaction)
    .await?;
    carry_out(transaction, rows, limit).await
}

async fn carry_out(
    mut transaction: SqliteTransaction<'_>,
    rows: Vec<WaitingRow>,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    let verdicts = Verdicts::of(rows, limit)?;
    for (claimed, error) in &verdicts.failed {
        outcomes::fail(&mut transaction, claimed, error).await?;
    }
    sqlx::query(
        "UPDATE tasks SET state = 'queued', next_attempt_at = (SELECT now FROM clock)
         WHERE id IN (SELECT value FROM json_each(?1))",
    )
    .bind(outcomes::id_texts(&verdicts.released))
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(verdicts.resolved)
}
