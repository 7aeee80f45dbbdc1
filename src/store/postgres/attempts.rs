//! Records of attempts that ended without a result, written with their outcomes.

use sqlx::PgTransaction;

use crate::{domain::dead_letter::AttemptOutcome, store::StoreError};

/// Records the ends of these tasks' newest attempts, after the error was written to their rows. The
/// newest 50 records of each task are kept, by their tokens, which increase by one.
pub(super) async fn note(
    transaction: &mut PgTransaction<'_>,
    ids: &[&str],
    outcome: AttemptOutcome,
) -> Result<(), StoreError> {
    // A sweep without tasks needs no statement; the planner overestimates an empty list.
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO task_attempts (task_id, lease_token, attempt, worker, began_at, outcome,
             error_code, error_detail)
         SELECT id, lease_token, attempts + CASE WHEN $2 = 'released' THEN 1 ELSE 0 END, worker,
             started_at, $2, error_code, error_detail
         FROM tasks WHERE id = ANY ($1) ON CONFLICT DO NOTHING",
    )
    .bind(ids)
    .bind(outcome.as_str())
    .execute(&mut **transaction)
    .await?;
    sqlx::query(
        "DELETE FROM task_attempts WHERE task_id = ANY ($1) AND lease_token <= (
             SELECT tasks.lease_token - 50 FROM tasks WHERE id = task_attempts.task_id)",
    )
    .bind(ids)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Copies the records of a task to the row that some of its matches move to.
pub(super) async fn copy(
    transaction: &mut PgTransaction<'_>,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO task_attempts (task_id, lease_token, attempt, worker, began_at, ended_at,
             outcome, error_code, error_detail)
         SELECT $2, lease_token, attempt, worker, began_at, ended_at, outcome, error_code,
             error_detail
         FROM task_attempts WHERE task_id = $1",
    )
    .bind(from)
    .bind(to)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
