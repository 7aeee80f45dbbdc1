//! Dependencies: each check reads the parent's state as it is now, so it does not matter whether
//! the parent ended before, during or after the child was submitted. A parent is checked once,
//! however many tasks wait for it, and these are then moved in steps.

use async_trait::async_trait;
use sqlx::{PgPool, PgTransaction};
use tracing::instrument;

use super::{PostgresStore, outcomes};
use crate::{
    domain::{dependency::DependencyOutcome, identifiers::WorkId},
    store::{
        Dependencies, DependencyReport, ResolvedDependencies, StoreError,
        rows::{
            ParentRow, Parents, SWEEP_SLICE, SweepPosition, Verdicts, WaitingRow, read,
            task_columns,
        },
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
                  AND parent.position = ANY (positions)),
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

#[async_trait]
impl Dependencies for PostgresStore {
    #[instrument(name = "store.report_dependency", level = "debug", skip_all, fields(job.id = %id))]
    async fn report_dependency(
        &self,
        id: &WorkId,
        outcome: DependencyOutcome,
    ) -> Result<DependencyReport, StoreError> {
        self.call(async {
            let as_match = id.as_job().as_batch_position();
            let own_work: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM tasks WHERE job_id = $1)
                     OR EXISTS (SELECT 1 FROM batches WHERE id = $1)
                     OR EXISTS (SELECT 1 FROM batches WHERE id = $2 AND $3 BETWEEN 1 AND total)",
            )
            .bind(id.as_str())
            .bind(as_match.as_ref().map(|(batch, _)| batch.as_str()))
            .bind(as_match.as_ref().map(|(_, position)| *position))
            .fetch_one(&self.pool)
            .await?;
            if own_work {
                return Ok(DependencyReport::OwnWork);
            }
            let recorded = sqlx::query(
                "INSERT INTO dependency_reports (id, outcome) VALUES ($1, $2)
                 ON CONFLICT DO NOTHING",
            )
            .bind(id.as_str())
            .bind(outcome.as_str())
            .execute(&self.pool)
            .await?
            .rows_affected();
            if recorded == 1 {
                return Ok(DependencyReport::Recorded);
            }
            let earlier: String =
                sqlx::query_scalar("SELECT outcome FROM dependency_reports WHERE id = $1")
                    .bind(id.as_str())
                    .fetch_one(&self.pool)
                    .await?;
            let earlier = read(
                "dependency_reports.outcome",
                &earlier,
                DependencyOutcome::parse,
            )?;
            Ok(DependencyReport::of_earlier(earlier, outcome))
        })
        .await
    }

    #[instrument(name = "store.resolve_dependencies", level = "debug", skip_all)]
    async fn resolve_dependencies(
        &self,
        ended: Option<&[WorkId]>,
        limit: u32,
    ) -> Result<ResolvedDependencies, StoreError> {
        if let Some(ended) = ended {
            return self.call(follow_up(&self.work_pool, ended, limit)).await;
        }
        let sweeping = sweep(&self.work_pool, &self.sweep_position, limit);
        self.call(sweeping).await
    }
}

/// Moves tasks that have waited too long, and tasks whose dependency has ended, as far as it is in
/// the next slice.
pub(super) async fn sweep(
    pool: &PgPool,
    position: &SweepPosition,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    let mut transaction = pool.begin().await?;
    let expired: Vec<WaitingRow> = sqlx::query_as(concat!(
        "SELECT ",
        child_columns!(),
        ", ",
        parent_state!(),
        " AS parent_state
         FROM tasks AS child
         CROSS JOIN LATERAL (SELECT child.depends_on AS name, child.depends_on_batch AS batch,
             child.depends_on_position AS position) AS parent
         WHERE child.state = 'waiting' AND child.waits_until <= now()
         ORDER BY child.waits_until LIMIT $1
         FOR UPDATE OF child SKIP LOCKED"
    ))
    .bind(i64::from(limit))
    .fetch_all(&mut *transaction)
    .await?;
    let expired = carry_out(transaction, expired, limit).await?;

    // A loose index scan from name to name, which skips the other children of a parent.
    let slice: Vec<ParentRow> = sqlx::query_as(concat!(
        "WITH RECURSIVE awaited AS (
             (SELECT depends_on AS name, depends_on_batch AS batch, depends_on_position AS position
              FROM tasks WHERE state = 'waiting' AND depends_on > $1
              ORDER BY depends_on LIMIT 1)
             UNION ALL
             SELECT next.* FROM awaited CROSS JOIN LATERAL (
                 SELECT depends_on, depends_on_batch, depends_on_position
                 FROM tasks WHERE state = 'waiting' AND depends_on > awaited.name
                 ORDER BY depends_on LIMIT 1) AS next
         )
         SELECT name, ",
        parent_state!(),
        " AS state FROM (SELECT * FROM awaited LIMIT $2) AS parent"
    ))
    .bind(position.get())
    .bind(i64::from(SWEEP_SLICE))
    .fetch_all(pool)
    .await?;
    let parents = Parents::of(slice);
    let resolved = move_children(pool, &parents, limit).await?;
    if !resolved.more {
        position.set(parents.next_position());
    }
    Ok(expired.and(resolved))
}

/// Moves tasks that wait for one of these jobs or batches, or for a match of these batches.
pub(super) async fn follow_up(
    pool: &PgPool,
    ended: &[WorkId],
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    let awaited: Vec<ParentRow> = sqlx::query_as(concat!(
        // Reads the first rows by the index, whatever the planner estimates for names without
        // statistics.
        "WITH RECURSIVE awaited AS (
             SELECT first.* FROM unnest($1::text[]) AS given (name) CROSS JOIN LATERAL (
                 SELECT depends_on AS name, depends_on_batch AS batch,
                     depends_on_position AS position
                 FROM tasks WHERE state = 'waiting' AND depends_on_batch = given.name
                 ORDER BY depends_on_position LIMIT 1) AS first
             UNION ALL
             SELECT next.* FROM awaited CROSS JOIN LATERAL (
                 SELECT depends_on, depends_on_batch, depends_on_position
                 FROM tasks WHERE state = 'waiting' AND depends_on_batch = awaited.batch
                     AND depends_on_position > awaited.position
                 ORDER BY depends_on_position LIMIT 1) AS next
         )
         SELECT * FROM (SELECT name, ",
        parent_state!(),
        " AS state FROM (
             SELECT first.* FROM unnest($1::text[]) AS given (name) CROSS JOIN LATERAL (
                 SELECT depends_on AS name, depends_on_batch AS batch,
                     depends_on_position AS position
                 FROM tasks WHERE state = 'waiting' AND depends_on >= given.name
                 ORDER BY depends_on LIMIT 1) AS first
             WHERE first.name = given.name
             UNION ALL
             SELECT * FROM awaited
         ) AS parent OFFSET 0) AS parent
         WHERE state IN ('completed', 'failed', 'cancelled') LIMIT $2"
    ))
    .bind(ended.iter().map(WorkId::as_str).collect::<Vec<_>>())
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    move_children(pool, &Parents::of(awaited), limit).await
}

/// Moves tasks whose dependency is one of the ended parents.
async fn move_children(
    pool: &PgPool,
    parents: &Parents,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    if parents.ended.is_empty() {
        return Ok(ResolvedDependencies::default());
    }
    let (names, states): (Vec<&str>, Vec<&str>) = parents
        .ended
        .iter()
        .map(|(name, state)| (name.as_str(), state.as_str()))
        .unzip();
    let mut transaction = pool.begin().await?;
    // Unsorted: with an order, the planner may scan all tasks in that order instead of the waiting
    // ones.
    let rows = sqlx::query_as(concat!(
        "SELECT ",
        child_columns!(),
        ", parent.state AS parent_state
         FROM unnest($2::text[], $3::text[]) AS parent (name, state)
         JOIN tasks AS child ON child.depends_on = parent.name AND child.state = 'waiting'
         LIMIT $1
         FOR UPDATE OF child SKIP LOCKED"
    ))
    .bind(i64::from(limit))
    .bind(&names)
    .bind(&states)
    .fetch_all(&mut *transaction)
    .await?;
    carry_out(transaction, rows, limit).await
}

async fn carry_out(
    mut transaction: PgTransaction<'_>,
    rows: Vec<WaitingRow>,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    if rows.is_empty() {
        transaction.rollback().await?;
        return Ok(ResolvedDependencies::default());
    }
    let verdicts = Verdicts::of(rows, limit)?;
    for (claimed, error) in &verdicts.failed {
        outcomes::fail(&mut transaction, claimed, error).await?;
    }
    sqlx::query("UPDATE tasks SET state = 'queued', next_attempt_at = now() WHERE id = ANY ($1)")
        .bind(outcomes::id_texts(&verdicts.released))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(verdicts.resolved)
}
