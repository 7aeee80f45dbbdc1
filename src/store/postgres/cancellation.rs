//! Cancellation of work that has not ended. Every cancelled row gets a newer token, so that a run
//! in progress can't record anything.

use async_trait::async_trait;
use sqlx::PgTransaction;
use tracing::instrument;

use super::{PostgresStore, jobs, operator_actions, outcomes};
use crate::{
    domain::{
        identifiers::{BatchId, JobId, TaskId},
        operator_action::OperatorAction,
        task::TaskMatch,
    },
    store::{
        Cancellation, Cancelled, StoreError,
        rows::{MatchColumns, OpenTaskRow, TaskToCancel, task_columns},
    },
};

#[async_trait]
impl Cancellation for PostgresStore {
    #[instrument(
        name = "store.cancel_job",
        level = "debug",
        skip_all,
        fields(job.id = %id, action.id = action.id)
    )]
    async fn cancel_job(
        &self,
        id: &JobId,
        split_task_id: &TaskId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let Some((row, position)) = find(&mut transaction, id).await? else {
                return Ok(Cancelled::Unknown);
            };
            let task = match TaskToCancel::of(row)? {
                Ok(task) => task,
                Err(ended) => return Ok(ended),
            };
            let (withdrawn, others) = task.split(position);
            let own_row = if others.is_empty() {
                cancel_rows(&mut transaction, &[task.claimed.task.id.as_str()], action).await?;
                &task.claimed.task.id
            } else {
                take_out(&mut transaction, &task, split_task_id, &withdrawn, action).await?;
                keep(&mut transaction, &task, &others).await?;
                split_task_id
            };
            let ended = task.as_ended(own_row);
            let ended_batch = outcomes::count_down_batch(&mut transaction, &ended, 1).await?;
            operator_actions::record(&mut transaction, action, 1).await?;
            transaction.commit().await?;
            Ok(Cancelled::Now {
                tasks: 1,
                withdrawn: task.withdrawal().into_iter().collect(),
                ended_batch,
            })
        })
        .await
    }

    #[instrument(
        name = "store.cancel_batch",
        level = "debug",
        skip_all,
        fields(batch.id = %id, action.id = action.id)
    )]
    async fn cancel_batch(
        &self,
        id: &BatchId,
        action: &OperatorAction,
    ) -> Result<Cancelled, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let rows: Vec<OpenTaskRow> = sqlx::query_as(concat!(
                "SELECT ",
                task_columns!(),
                ", state FROM tasks
                 WHERE batch_id = $1 AND state IN ('waiting', 'queued', 'processing')
                 ORDER BY id FOR UPDATE"
            ))
            .bind(id.as_str())
            .fetch_all(&mut *transaction)
            .await?;
            let mut open = Vec::with_capacity(rows.len());
            for row in rows {
                open.extend(TaskToCancel::of(row)?.ok());
            }
            let Some(last) = open.last() else {
                let view = jobs::batch(&mut *transaction, id).await?;
                return Ok(match view {
                    None => Cancelled::Unknown,
                    Some(view) if view.counts.cancelled > 0 => Cancelled::Before,
                    Some(_) => Cancelled::TooLate,
                });
            };
            let ids: Vec<&str> = open
                .iter()
                .map(|task| task.claimed.task.id.as_str())
                .collect();
            cancel_rows(&mut transaction, &ids, action).await?;
            let matches: usize = open.iter().map(TaskToCancel::match_count).sum();
            let ended_batch = outcomes::count_down_batch(
                &mut transaction,
                &last.as_ended(&last.claimed.task.id),
                i32::try_from(matches).unwrap_or(i32::MAX),
            )
            .await?;
            operator_actions::record(&mut transaction, action, open.len()).await?;
            transaction.commit().await?;
            Ok(Cancelled::Now {
                tasks: open.len() as u64,
                withdrawn: open.iter().filter_map(TaskToCancel::withdrawal).collect(),
                ended_batch,
            })
        })
        .await
    }
}

/// Returns the row of a job, locked, and the job's position in it. If another transaction splits
/// the row meanwhile, it may no longer hold the job once its lock is released; a second look-up
/// finds the job's new row.
async fn find(
    transaction: &mut PgTransaction<'_>,
    id: &JobId,
) -> Result<Option<(OpenTaskRow, i32)>, StoreError> {
    let single: Option<OpenTaskRow> = sqlx::query_as(concat!(
        "SELECT ",
        task_columns!(),
        ", state FROM tasks WHERE job_id = $1 FOR UPDATE"
    ))
    .bind(id.as_str())
    .fetch_optional(&mut **transaction)
    .await?;
    if let Some(row) = single {
        return Ok(Some((row, 1)));
    }
    let Some((batch_id, position)) = id.as_batch_position() else {
        return Ok(None);
    };
    for _look in 0..2 {
        let of_batch: Option<OpenTaskRow> = sqlx::query_as(concat!(
            "SELECT ",
            task_columns!(),
            ", state FROM tasks
         WHERE batch_id = $1 AND $2 BETWEEN first_position AND last_position
             AND $2 = ANY (positions) FOR UPDATE"
        ))
        .bind(batch_id.as_str())
        .bind(position)
        .fetch_optional(&mut **transaction)
        .await?;
        if let Some(row) = of_batch {
            return Ok(Some((row, position)));
        }
    }
    Ok(None)
}

async fn cancel_rows(
    transaction: &mut PgTransaction<'_>,
    ids: &[&str],
    action: &OperatorAction,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tasks SET state = 'cancelled', finished_at = now(), lease_until = NULL,
             dispatched_at = NULL, lease_token = lease_token + 1, operator_action = $2
         WHERE id = ANY ($1)",
    )
    .bind(ids)
    .bind(&action.id)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Moves the cancelled match to a row of its own.
async fn take_out(
    transaction: &mut PgTransaction<'_>,
    task: &TaskToCancel,
    split_task_id: &TaskId,
    withdrawn: &[TaskMatch],
    action: &OperatorAction,
) -> Result<(), StoreError> {
    let matches = MatchColumns::of(withdrawn);
    sqlx::query(
        "INSERT INTO tasks (id, job_id, batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids, positions, first_position, last_position, attempts, lease_token,
             worker, depends_on, webhook_url, webhook_events, weights, user_id, traceparent, operator_action,
             created_at, started_at, finished_at)
         SELECT $2, NULL, batch_id, queue, 'cancelled', subject_kind, subject_id, $3, $4,
             $5, $6, attempts, lease_token + 1, worker, depends_on, webhook_url,
             webhook_events, weights, user_id, traceparent, $7, created_at, started_at, now()
         FROM tasks WHERE id = $1",
    )
    .bind(task.claimed.task.id.as_str())
    .bind(split_task_id.as_str())
    .bind(&matches.counterpart_ids)
    .bind(&matches.positions)
    .bind(matches.first_position)
    .bind(matches.last_position)
    .bind(&action.id)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Keeps the other matches in their row. If they were running, queues them again without counting
/// the attempt.
async fn keep(
    transaction: &mut PgTransaction<'_>,
    task: &TaskToCancel,
    others: &[TaskMatch],
) -> Result<(), StoreError> {
    let matches = MatchColumns::of(others);
    sqlx::query(
        "UPDATE tasks SET counterpart_ids = $2, positions = $3, first_position = $4,
             last_position = $5
         WHERE id = $1",
    )
    .bind(task.claimed.task.id.as_str())
    .bind(&matches.counterpart_ids)
    .bind(&matches.positions)
    .bind(matches.first_position)
    .bind(matches.last_position)
    .execute(&mut **transaction)
    .await?;
    if task.was_processing {
        sqlx::query(
            "UPDATE tasks SET state = 'queued', lease_until = NULL, dispatched_at = NULL,
                 lease_token = lease_token + 1, attempts = attempts - 1, next_attempt_at = now()
             WHERE id = $1",
        )
        .bind(task.claimed.task.id.as_str())
        .execute(&mut **transaction)
        .await?;
    }
    Ok(())
}
