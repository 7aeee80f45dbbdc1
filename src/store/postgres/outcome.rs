//! Recording how a task ended: the one transaction that results, failures, deliveries and batch
//! counts share.

use chrono::Utc;
use sqlx::{PgPool, PgTransaction};

use crate::{
    domain::{
        delivery::NewDelivery,
        event::{self, BatchCounts, MatchEnding},
        identifiers::{BatchId, TaskId},
        task::{ClaimedTask, Pair, TaskError, TaskMatch, TaskState},
    },
    store::{DocumentPlace, FailedMatches, NewResult, Recorded, StoreError},
};

pub(super) async fn record(
    pool: &PgPool,
    claimed: &ClaimedTask,
    results: &[NewResult],
    failures: &[FailedMatches],
) -> Result<Recorded, StoreError> {
    let mut transaction = pool.begin().await?;
    // The row itself keeps the matches that worked, or the first group of those that failed.
    let (kept, kept_error, split) = match (results, failures) {
        ([], [first, others @ ..]) => (first.matches.clone(), Some(&first.error), others),
        _ => (
            results.iter().map(|result| result.one).collect(),
            None,
            failures,
        ),
    };
    let Some(has_dependents) = end_task(&mut transaction, claimed, &kept, kept_error).await? else {
        transaction.rollback().await?;
        return Ok(Recorded::Fenced);
    };
    if !results.is_empty() {
        upsert_results(&mut transaction, claimed, results).await?;
    }
    for group in split {
        insert_split(&mut transaction, claimed, group).await?;
    }
    insert_deliveries(&mut transaction, &deliveries(claimed, results, failures)).await?;
    let ended = results.len()
        + failures
            .iter()
            .map(|group| group.matches.len())
            .sum::<usize>();
    let ended_batch = count_down_batch(&mut transaction, claimed, ended).await?;
    transaction.commit().await?;
    Ok(Recorded::Written {
        has_dependents,
        ended_batch,
    })
}

/// Fails a whole task outside a worker: a lost worker, a failed or expired dependency. The caller
/// holds the row's lock. Returns the batch that ended with it.
pub(super) async fn fail(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    error: &TaskError,
) -> Result<Option<BatchId>, StoreError> {
    sqlx::query(
        "UPDATE tasks SET state = 'failed', finished_at = now(), lease_until = NULL,
             dispatched_at = NULL, error_code = $2, error_detail = $3
         WHERE id = $1",
    )
    .bind(claimed.task.id.as_str())
    .bind(&error.code)
    .bind(&error.detail)
    .execute(&mut **transaction)
    .await?;
    let group = FailedMatches {
        matches: claimed.task.matches.clone(),
        error: error.clone(),
        split_task_id: claimed.task.id.clone(),
    };
    insert_deliveries(
        transaction,
        &deliveries(claimed, &[], std::slice::from_ref(&group)),
    )
    .await?;
    count_down_batch(transaction, claimed, group.matches.len()).await
}

/// Ends the row if the lease is still the claimer's; says whether anything waits for it.
async fn end_task(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    kept: &[TaskMatch],
    error: Option<&TaskError>,
) -> Result<Option<bool>, StoreError> {
    let state = if error.is_some() {
        TaskState::Failed
    } else {
        TaskState::Completed
    };
    let counterpart_ids: Vec<i64> = kept.iter().map(|one| one.counterpart_id).collect();
    let positions: Vec<i32> = kept.iter().map(|one| one.position).collect();
    Ok(sqlx::query_scalar(
        "UPDATE tasks AS ended SET state = $3, counterpart_ids = $4, positions = $5,
             first_position = (SELECT min(p) FROM unnest($5::integer[]) AS p),
             last_position = (SELECT max(p) FROM unnest($5::integer[]) AS p),
             finished_at = now(), lease_until = NULL, dispatched_at = NULL,
             error_code = $6, error_detail = $7
         WHERE id = $1 AND lease_token = $2 AND state = 'processing'
         RETURNING EXISTS (
             SELECT 1 FROM tasks AS waiting WHERE waiting.state = 'waiting'
                 AND (waiting.depends_on IN (ended.job_id, ended.batch_id)
                     OR waiting.depends_on_batch = ended.batch_id))",
    )
    .bind(claimed.task.id.as_str())
    .bind(claimed.lease_token)
    .bind(state.as_str())
    .bind(&counterpart_ids)
    .bind(&positions)
    .bind(error.map(|error| error.code.as_str()))
    .bind(error.map(|error| error.detail.as_str()))
    .fetch_optional(&mut **transaction)
    .await?)
}

async fn upsert_results(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    results: &[NewResult],
) -> Result<(), StoreError> {
    // One statement can't touch a pair twice (a bulk call may repeat an id), and two tasks with
    // common pairs must lock them in one order: hence the map, sorted by pair, last one kept.
    let unique: std::collections::BTreeMap<Pair, &NewResult> = results
        .iter()
        .map(|result| (claimed.task.pair(result.one.counterpart_id), result))
        .collect();
    let rows = unique.len();
    let (mut candidates, mut postings) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let (mut scores, mut categories) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let (mut job_ids, mut documents) = (Vec::with_capacity(rows), Vec::with_capacity(rows));
    let mut document_keys = Vec::with_capacity(rows);
    for (pair, result) in unique {
        candidates.push(pair.candidate_id);
        postings.push(pair.job_posting_id);
        scores.push(result.score);
        categories.push(result.category);
        job_ids.push(
            claimed
                .task
                .job_id_of(result.one.position)
                .as_str()
                .to_owned(),
        );
        let (document, key) = match &result.document {
            DocumentPlace::Inline(document) => (Some(document.as_str()), None),
            DocumentPlace::Key(key) => (None, Some(key.as_str())),
        };
        documents.push(document);
        document_keys.push(key);
    }
    sqlx::query(
        "INSERT INTO results (candidate_id, job_posting_id, score, category, job_id, document, document_key)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::double precision[], $4::text[],
             $5::text[], $6::text[], $7::text[])
         ON CONFLICT (candidate_id, job_posting_id) DO UPDATE SET score = excluded.score,
             category = excluded.category, job_id = excluded.job_id, document = excluded.document,
             document_key = excluded.document_key, computed_at = excluded.computed_at",
    )
    .bind(&candidates)
    .bind(&postings)
    .bind(&scores)
    .bind(&categories)
    .bind(&job_ids)
    .bind(&documents)
    .bind(&document_keys)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Gives failed matches a row of their own, so that a task's matches always share its state.
async fn insert_split(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    group: &FailedMatches,
) -> Result<(), StoreError> {
    let counterpart_ids: Vec<i64> = group.matches.iter().map(|one| one.counterpart_id).collect();
    let positions: Vec<i32> = group.matches.iter().map(|one| one.position).collect();
    sqlx::query(
        "INSERT INTO tasks (id, job_id, batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids, positions, first_position, last_position, attempts, lease_token,
             worker, webhook_url, webhook_events, user_id, error_code, error_detail,
             created_at, started_at, finished_at)
         SELECT $2, NULL, batch_id, queue, 'failed', subject_kind, subject_id, $3, $4,
             (SELECT min(p) FROM unnest($4::integer[]) AS p),
             (SELECT max(p) FROM unnest($4::integer[]) AS p),
             attempts, lease_token, worker, webhook_url, webhook_events, user_id, $5, $6,
             created_at, started_at, now()
         FROM tasks WHERE id = $1",
    )
    .bind(claimed.task.id.as_str())
    .bind(group.split_task_id.as_str())
    .bind(&counterpart_ids)
    .bind(&positions)
    .bind(&group.error.code)
    .bind(&group.error.detail)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn deliveries(
    claimed: &ClaimedTask,
    results: &[NewResult],
    failures: &[FailedMatches],
) -> Vec<NewDelivery> {
    let (task, run, at) = (&claimed.task, claimed.lease_token, Utc::now());
    if task.webhook_url.is_none() {
        return vec![];
    }
    let completed = results.iter().filter_map(|result| {
        let ending = MatchEnding::Completed {
            score: result.score,
            category: result.category,
        };
        event::match_delivery(task, run, result.one, ending, at)
    });
    let failed = failures.iter().flat_map(|group| {
        group.matches.iter().filter_map(|one| {
            event::match_delivery(task, run, *one, MatchEnding::Failed(&group.error), at)
        })
    });
    completed.chain(failed).collect()
}

async fn insert_deliveries(
    transaction: &mut PgTransaction<'_>,
    deliveries: &[NewDelivery],
) -> Result<(), StoreError> {
    if deliveries.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = deliveries
        .iter()
        .map(|delivery| delivery.id.as_str())
        .collect();
    let types: Vec<&str> = deliveries
        .iter()
        .map(|delivery| delivery.event_type)
        .collect();
    let job_ids: Vec<&str> = deliveries
        .iter()
        .map(|delivery| delivery.job_id.as_str())
        .collect();
    let urls: Vec<&str> = deliveries
        .iter()
        .map(|delivery| delivery.url.as_str())
        .collect();
    let bodies: Vec<&str> = deliveries
        .iter()
        .map(|delivery| delivery.body.as_str())
        .collect();
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, event_type, job_id, url, body)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(&ids)
    .bind(&types)
    .bind(&job_ids)
    .bind(&urls)
    .bind(&bodies)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Takes ended matches off the batch's count. The row lock makes exactly one task the last.
pub(super) async fn count_down_batch(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    ended: usize,
) -> Result<Option<BatchId>, StoreError> {
    let Some(batch_id) = &claimed.task.batch_id else {
        return Ok(None);
    };
    let remaining: i32 = sqlx::query_scalar(
        "UPDATE batches SET remaining = remaining - $2,
             finished_at = CASE WHEN remaining = $2 THEN now() END
         WHERE id = $1 RETURNING remaining",
    )
    .bind(batch_id.as_str())
    .bind(i32::try_from(ended).unwrap_or(i32::MAX))
    .fetch_one(&mut **transaction)
    .await?;
    if remaining > 0 {
        return Ok(None);
    }
    let counts = batch_counts(transaction, batch_id).await?;
    let delivery = event::batch_delivery(
        batch_id,
        &claimed.task,
        claimed.lease_token,
        counts,
        Utc::now(),
    );
    insert_deliveries(transaction, delivery.as_slice()).await?;
    Ok(Some(batch_id.clone()))
}

async fn batch_counts(
    transaction: &mut PgTransaction<'_>,
    batch_id: &BatchId,
) -> Result<BatchCounts, StoreError> {
    let (total, completed, failed, cancelled): (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(cardinality(positions)), 0),
             coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'completed'), 0),
             coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'failed'), 0),
             coalesce(sum(cardinality(positions)) FILTER (WHERE state = 'cancelled'), 0)
         FROM tasks WHERE batch_id = $1",
    )
    .bind(batch_id.as_str())
    .fetch_one(&mut **transaction)
    .await?;
    Ok(BatchCounts {
        total,
        completed,
        failed,
        cancelled,
    })
}

/// The tasks' ids as text, for `ANY($1)`.
pub(super) fn id_texts(ids: &[TaskId]) -> Vec<&str> {
    ids.iter().map(TaskId::as_str).collect()
}
