//! Waiting tasks: each check looks at the parent as it is now, so it does not matter whether the
//! parent ended before, during or after the child was accepted.

use std::sync::{Mutex, MutexGuard, PoisonError};

use sqlx::{PgPool, PgTransaction};

use super::outcome;
use crate::{
    domain::{dependency::DependencyOutcome, identifiers::JobId},
    store::{
        ResolvedDependencies, StoreError,
        waiting::{Verdicts, WaitingRow},
    },
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

/// Waiting tasks whose waiting is over, narrowed down by a condition; one text for each condition,
/// so that each has a plan of its own. In no order: with one, the planner may walk all tasks ever
/// accepted in that order instead of the waiting ones.
macro_rules! no_longer_waiting {
    ($condition:literal) => {
        concat!(
            "SELECT child.id, child.job_id, child.batch_id, child.queue, child.subject_kind,
                 child.subject_id, child.counterpart_ids, child.positions, child.webhook_url,
                 child.webhook_events, child.weights, child.attempts, child.lease_token, child.depends_on,
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
             WHERE child.state = 'waiting' ",
            $condition,
            " AND (parent.state IN ('completed', 'failed', 'cancelled')
                 OR child.waits_until <= now())
             LIMIT $1
             FOR UPDATE OF child SKIP LOCKED"
        )
    };
}

/// How many waiting tasks one sweep looks at: less than 0.1 s.
const SWEEP_SLICE: i64 = 10_000;

/// Where the next sweep goes on: after all tasks that wait for this or a lesser name. What ends is
/// followed up at once, so a sweep finds only what a crash left behind and what has expired; it
/// need not look at everything every time.
#[derive(Debug, Default)]
pub(super) struct SweepPosition(Mutex<String>);

impl SweepPosition {
    fn get(&self) -> String {
        self.lock().clone()
    }

    fn set(&self, position: String) {
        *self.lock() = position;
    }

    fn lock(&self) -> MutexGuard<'_, String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks at the next slice of the waiting tasks.
pub(super) async fn sweep(
    pool: &PgPool,
    position: &SweepPosition,
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    let after = position.get();
    // Null at the end: the slice is what is left.
    let up_to: Option<String> = sqlx::query_scalar(
        "SELECT depends_on FROM tasks WHERE state = 'waiting' AND depends_on > $1
         ORDER BY depends_on OFFSET $2 LIMIT 1",
    )
    .bind(&after)
    .bind(SWEEP_SLICE - 1)
    .fetch_optional(pool)
    .await?;
    let mut transaction = pool.begin().await?;
    let rows: Vec<WaitingRow> = sqlx::query_as(no_longer_waiting!(
        "AND child.depends_on > $2 AND ($3::text IS NULL OR child.depends_on <= $3)"
    ))
    .bind(i64::from(limit))
    .bind(after)
    .bind(&up_to)
    .fetch_all(&mut *transaction)
    .await?;
    let more_in_slice = rows.len() as u64 >= u64::from(limit);
    let resolved = carry_out(transaction, rows).await?;
    if !more_in_slice {
        position.set(up_to.unwrap_or_default());
    }
    Ok(resolved)
}

/// Looks at what waits for one of these jobs or batches.
pub(super) async fn follow_up(
    pool: &PgPool,
    ended: &[String],
    limit: u32,
) -> Result<ResolvedDependencies, StoreError> {
    let mut transaction = pool.begin().await?;
    let rows = sqlx::query_as(no_longer_waiting!(
        "AND (child.depends_on = ANY ($2) OR child.depends_on_batch = ANY ($2))"
    ))
    .bind(i64::from(limit))
    .bind(ended)
    .fetch_all(&mut *transaction)
    .await?;
    carry_out(transaction, rows).await
}

async fn carry_out(
    mut transaction: PgTransaction<'_>,
    rows: Vec<WaitingRow>,
) -> Result<ResolvedDependencies, StoreError> {
    let verdicts = Verdicts::of(rows)?;
    for (claimed, error) in &verdicts.failed {
        outcome::fail(&mut transaction, claimed, error).await?;
    }
    sqlx::query("UPDATE tasks SET state = 'queued', next_attempt_at = now() WHERE id = ANY ($1)")
        .bind(outcome::id_texts(&verdicts.released))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(verdicts.resolved)
}
