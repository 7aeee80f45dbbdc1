//! Outcomes: the transaction that results, failures, deliveries and batch counts share.

use async_trait::async_trait;
use sqlx::{SqliteTransaction, types::Json};
use tracing::instrument;

use super::{SqliteStore, attempts, jobs};
use crate::{
    domain::{
        dead_letter::AttemptOutcome,
        delivery::NewDelivery,
        error_fingerprint::fingerprint,
        event,
        identifiers::{BatchId, EndpointId, JobId, TaskId},
        task::{ClaimedTask, TaskError},
        trace::TraceContext,
    },
    store::{
        FailedMatches, NewResult, Outcomes, Recorded, StoreError,
        rows::{MatchColumns, Outcome, ResultColumns},
    },
};

#[async_trait]
impl Outcomes for SqliteStore {
    #[instrument(
        name = "store.record_outcome",
        level = "debug",
        skip_all,
        fields(task.id = %claimed.task.id)
    )]
    async fn record_outcome(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError> {
        let outcome = Outcome::of(claimed, results, failures);
        let mut transaction = self.begin().await?;
        let Some(has_dependents) = end_task(&mut transaction, claimed, &outcome).await? else {
            transaction.rollback().await?;
            return Ok(Recorded::Fenced);
        };
        upsert_results(&mut transaction, &outcome.results).await?;
        keep_documents(&mut transaction, &outcome.results).await?;
        for group in outcome.split {
            insert_split(&mut transaction, claimed, group).await?;
        }
        note_failures(&mut transaction, claimed, &outcome).await?;
        insert_deliveries(&mut transaction, &outcome.deliveries).await?;
        let ended_batch = count_down_batch(&mut transaction, claimed, outcome.ended).await?;
        transaction.commit().await?;
        Ok(Recorded::Written {
            has_dependents,
            ended_batch,
        })
    }
}

/// Fails a whole task outside a worker, because of a lost worker or a failed or expired dependency.
pub(super) async fn fail(
    transaction: &mut SqliteTransaction<'_>,
    claimed: &ClaimedTask,
    error: &TaskError,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tasks SET state = 'failed', finished_at = (SELECT now FROM clock),
             lease_until = NULL, dispatched_at = NULL, error_code = ?2, error_detail = ?3,
             error_fingerprint = ?4
         WHERE id = ?1",
    )
    .bind(claimed.task.id.as_str())
    .bind(&error.code)
    .bind(&error.detail)
    .bind(fingerprint(error))
    .execute(&mut **transaction)
    .await?;
    let whole = [FailedMatches::whole_task(claimed, error)];
    let outcome = Outcome::of(claimed, &[], &whole);
    insert_deliveries(transaction, &outcome.deliveries).await?;
    count_down_batch(transaction, claimed, outcome.ended).await?;
    Ok(())
}

/// Ends the row if its lease is still held; returns whether any task waits for it.
async fn end_task(
    transaction: &mut SqliteTransaction<'_>,
    claimed: &ClaimedTask,
    outcome: &Outcome<'_>,
) -> Result<Option<bool>, StoreError> {
    let ended = sqlx::query(
        "UPDATE tasks SET state = ?3, counterpart_ids = ?4, positions = ?5, first_position = ?6,
             last_position = ?7, finished_at = (SELECT now FROM clock), lease_until = NULL,
             dispatched_at = NULL, error_code = ?8, error_detail = ?9,
             error_fingerprint = ?10
         WHERE id = ?1 AND lease_token = ?2 AND state = 'processing'",
    )
    .bind(claimed.task.id.as_str())
    .bind(claimed.lease_token)
    .bind(outcome.state.as_str())
    .bind(Json(&outcome.kept.counterpart_ids))
    .bind(Json(&outcome.kept.positions))
    .bind(outcome.kept.first_position)
    .bind(outcome.kept.last_position)
    .bind(outcome.error.map(|error| error.code.as_str()))
    .bind(outcome.error.map(|error| error.detail.as_str()))
    .bind(outcome.error.map(fingerprint))
    .execute(&mut **transaction)
    .await?
    .rows_affected();
    if ended == 0 {
        return Ok(None);
    }
    let has_dependents = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM tasks WHERE state = 'waiting' AND depends_on IN (?1, ?2))
             OR EXISTS (SELECT 1 FROM tasks WHERE state = 'waiting' AND depends_on_batch = ?2)",
    )
    .bind(claimed.task.job_id.as_ref().map(JobId::as_str))
    .bind(claimed.task.batch_id.as_ref().map(BatchId::as_str))
    .fetch_one(&mut **transaction)
    .await?;
    Ok(Some(has_dependents))
}

async fn upsert_results(
    transaction: &mut SqliteTransaction<'_>,
    results: &[ResultColumns<'_>],
) -> Result<(), StoreError> {
    if results.is_empty() {
        return Ok(());
    }
    // SQLite reads an ON after a join as a join condition, hence `WHERE true`.
    sqlx::query(
        "INSERT INTO results (candidate_id, job_posting_id, score, category, job_id, document,
             document_key, score_cap, criterion_scores, candidate_version, job_posting_version)
         SELECT value ->> 'candidate_id', value ->> 'job_posting_id', value ->> 'score',
             value ->> 'category', value ->> 'job_id', value ->> 'document',
             value ->> 'document_key', value ->> 'score_cap', value -> 'criterion_scores',
             value ->> 'candidate_version', value ->> 'job_posting_version'
         FROM json_each(?1) WHERE true
         ON CONFLICT (candidate_id, job_posting_id) DO UPDATE SET score = excluded.score,
             category = excluded.category, job_id = excluded.job_id, document = excluded.document,
             document_key = excluded.document_key, computed_at = excluded.computed_at,
             score_cap = excluded.score_cap, criterion_scores = excluded.criterion_scores,
             candidate_version = excluded.candidate_version,
             job_posting_version = excluded.job_posting_version, weights = NULL",
    )
    .bind(Json(results))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Removes these documents, which were announced before they were stored, from the list of orphans:
/// rows point to them now.
async fn keep_documents(
    transaction: &mut SqliteTransaction<'_>,
    results: &[ResultColumns<'_>],
) -> Result<(), StoreError> {
    let keys: Vec<&str> = results
        .iter()
        .filter_map(|result| result.document_key)
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM orphaned_documents WHERE key IN (SELECT value FROM json_each(?1))")
        .bind(Json(keys))
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Moves failed matches to a row of their own, so that a task's matches always share its state.
async fn insert_split(
    transaction: &mut SqliteTransaction<'_>,
    claimed: &ClaimedTask,
    group: &FailedMatches,
) -> Result<(), StoreError> {
    let matches = MatchColumns::of(&group.matches);
    sqlx::query(
        "INSERT INTO tasks (id, job_id, batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids, positions, first_position, last_position, attempts, lease_token,
             worker, depends_on, webhook_url, webhook_events, weights, user_id, traceparent, operator_action,
             error_code, error_detail, error_fingerprint, created_at, started_at, finished_at)
         SELECT ?2, NULL, batch_id, queue, 'failed', subject_kind, subject_id, ?3, ?4, ?5, ?6,
             attempts, lease_token, worker, depends_on, webhook_url, webhook_events, weights,
             user_id, traceparent, operator_action, ?7, ?8, ?9, created_at, started_at, (SELECT now FROM clock)
         FROM tasks WHERE id = ?1",
    )
    .bind(claimed.task.id.as_str())
    .bind(group.split_task_id.as_str())
    .bind(Json(&matches.counterpart_ids))
    .bind(Json(&matches.positions))
    .bind(matches.first_position)
    .bind(matches.last_position)
    .bind(&group.error.code)
    .bind(&group.error.detail)
    .bind(fingerprint(&group.error))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Records the attempts that failed; matches with results leave no record.
async fn note_failures(
    transaction: &mut SqliteTransaction<'_>,
    claimed: &ClaimedTask,
    outcome: &Outcome<'_>,
) -> Result<(), StoreError> {
    let own_id = claimed.task.id.as_str();
    let mut failed = Vec::from_iter(outcome.error.map(|_| own_id));
    for group in outcome.split {
        let split_id = group.split_task_id.as_str();
        attempts::copy(transaction, own_id, split_id).await?;
        failed.push(split_id);
    }
    if failed.is_empty() {
        return Ok(());
    }
    attempts::note(transaction, &failed, AttemptOutcome::Failed).await
}

async fn insert_deliveries(
    transaction: &mut SqliteTransaction<'_>,
    deliveries: &[NewDelivery],
) -> Result<(), StoreError> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = deliveries
        .iter()
        .map(|delivery| {
            (
                delivery.id.as_str(),
                delivery.event_type.as_str(),
                delivery.job_id.as_str(),
                delivery.url.as_str(),
                delivery.body.as_str(),
                EndpointId::of(&delivery.url),
                delivery.trace.as_ref().map(TraceContext::to_string),
            )
        })
        .collect();
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, event_type, job_id, url, body, endpoint, traceparent)
         SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
             value ->> 6
         FROM json_each(?1) WHERE true ON CONFLICT (id) DO NOTHING",
    )
    .bind(Json(rows))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Subtracts ended matches from the batch's count. The transaction's lock makes exactly one task
/// the last.
pub(super) async fn count_down_batch(
    transaction: &mut SqliteTransaction<'_>,
    claimed: &ClaimedTask,
    ended: i32,
) -> Result<Option<BatchId>, StoreError> {
    let Some(batch_id) = &claimed.task.batch_id else {
        return Ok(None);
    };
    let remaining: i32 = sqlx::query_scalar(
        "UPDATE batches SET remaining = remaining - ?2,
             finished_at = CASE WHEN remaining = ?2 THEN (SELECT now FROM clock) END
         WHERE id = ?1 RETURNING remaining",
    )
    .bind(batch_id.as_str())
    .bind(ended)
    .fetch_one(&mut **transaction)
    .await?;
    if remaining > 0 {
        return Ok(None);
    }
    let delivery = jobs::batch(&mut **transaction, batch_id)
        .await?
        .and_then(|batch| {
            event::batch_delivery(
                batch_id,
                &claimed.task,
                claimed.lease_token,
                batch.counts,
                batch.generation,
                crate::clock::now(),
            )
        });
    insert_deliveries(transaction, delivery.as_slice()).await?;
    Ok(Some(batch_id.clone()))
}

/// Returns the tasks' ids, for `json_each`.
pub(super) fn id_texts(ids: &[TaskId]) -> Json<Vec<&str>> {
    Json(ids.iter().map(TaskId::as_str).collect())
}
