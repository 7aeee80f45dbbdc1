//! Outcomes: the transaction that results, failures, deliveries and batch counts share.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use sqlx::{PgConnection, PgPool, PgTransaction};
use tracing::instrument;

use super::{PostgresStore, attempts, jobs};
use crate::{
    domain::{
        dead_letter::AttemptOutcome,
        delivery::NewDelivery,
        error_fingerprint::fingerprint,
        event,
        identifiers::{BatchId, EndpointId, TaskId},
        task::{ClaimedTask, TaskError},
        trace::TraceContext,
    },
    store::{
        DocumentLocation, FailedMatches, NewResult, Outcomes, Recorded, StoreError,
        rows::{MatchColumns, Outcome, ResultColumns},
    },
};
use matching_engine::scoring::Criterion;

/// The expression that is true if any task waits for the ended task or its batch. Reads the first
/// waiting task by each index: for `EXISTS`, if many tasks wait for few, the planner may scan the
/// whole table.
macro_rules! has_dependents {
    () => {
        "coalesce(coalesce(ended.job_id, ended.batch_id) = (
             SELECT depends_on FROM tasks WHERE state = 'waiting'
                 AND depends_on >= coalesce(ended.job_id, ended.batch_id)
             ORDER BY depends_on LIMIT 1), false)
             OR coalesce(ended.batch_id = (
             SELECT depends_on_batch FROM tasks WHERE state = 'waiting'
                 AND depends_on_batch >= ended.batch_id
             ORDER BY depends_on_batch LIMIT 1), false)"
    };
}

/// The expression for a row's slice of the scores of all rows: `unnest` would flatten an array of
/// arrays.
macro_rules! criterion_scores {
    ($all:literal, $each:literal) => {
        concat!(
            "(",
            $all,
            "::double precision[])[((place - 1) * ",
            $each,
            " + 1)::integer:(place * ",
            $each,
            ")::integer]"
        )
    };
}

/// The clause that replaces the earlier result of a pair.
macro_rules! replaces_result {
    () => {
        "ON CONFLICT (candidate_id, job_posting_id) DO UPDATE SET score = excluded.score,
             category = excluded.category, job_id = excluded.job_id, document = excluded.document,
             document_key = excluded.document_key, computed_at = excluded.computed_at,
             score_cap = excluded.score_cap, criterion_scores = excluded.criterion_scores,
             candidate_version = excluded.candidate_version,
             job_posting_version = excluded.job_posting_version, weights = NULL"
    };
}

#[async_trait]
impl Outcomes for PostgresStore {
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
        self.call(self.coalesced.record(claimed, results, failures))
            .await
    }
}

/// Returns the scores of all results, concatenated.
fn criterion_scores<'a>(
    results: impl IntoIterator<Item = &'a ResultColumns<'a>>,
) -> Vec<Option<f64>> {
    let results = results.into_iter();
    results
        .flat_map(|result| *result.criterion_scores)
        .collect()
}

pub(super) async fn record(
    pool: &PgPool,
    claimed: &ClaimedTask,
    results: &[NewResult],
    failures: &[FailedMatches],
) -> Result<Recorded, StoreError> {
    let outcome = Outcome::of(claimed, results, failures);
    let mut transaction = pool.begin().await?;
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

/// Fails a whole task outside a worker, because of a lost worker or a failed or expired dependency.
/// The caller holds the row's lock.
pub(super) async fn fail(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    error: &TaskError,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE tasks SET state = 'failed', finished_at = now(), lease_until = NULL,
             dispatched_at = NULL, error_code = $2, error_detail = $3,
             error_fingerprint = $4
         WHERE id = $1",
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

/// A single match with a result whose document is inline: one statement can write all rows of many
/// such matches.
#[derive(Debug)]
pub(super) struct SingleResult {
    claimed: ClaimedTask,
    result: NewResult,
}

impl SingleResult {
    pub(super) fn of(
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Option<Self> {
        let ([result], []) = (results, failures) else {
            return None;
        };
        let is_single = claimed.task.batch_id.is_none()
            && claimed.task.matches.len() == 1
            && matches!(result.document, DocumentLocation::Inline(_));
        is_single.then(|| Self {
            claimed: claimed.clone(),
            result: result.clone(),
        })
    }
}

/// Ends single matches in one statement. Returns for each whether any task waits for it, or `None`
/// if its row is locked or its lease is lost: the caller records such a match again alone.
///
/// Of two results of one pair the later in the list is kept, as if they had been recorded in turn.
///
/// The lease implies `state = 'processing'`. Don't add that condition: the planner may choose the
/// bloated partial index on state over the primary key.
pub(super) async fn record_coalesced(
    connection: &mut PgConnection,
    singles: &[Arc<SingleResult>],
) -> Result<Vec<Option<bool>>, StoreError> {
    let outcomes: Vec<Outcome<'_>> = singles
        .iter()
        .map(|one| Outcome::of(&one.claimed, std::slice::from_ref(&one.result), &[]))
        .collect();
    let (mut results, mut deliveries, mut places) = (vec![], vec![], vec![]);
    for (outcome, place) in outcomes.iter().zip(1_i64..) {
        results.extend(&outcome.results);
        deliveries.extend(&outcome.deliveries);
        places.extend(outcome.deliveries.iter().map(|_| place));
    }
    let ended: Vec<(String, bool)> = sqlx::query_as(concat!(
        "WITH held AS (
             SELECT tasks.id AS held_id, place
             FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS held (id, token, place)
             JOIN tasks ON tasks.id = held.id AND tasks.lease_token = held.token
             WHERE tasks.id = ANY ($1) AND tasks.lease_until IS NOT NULL
             FOR NO KEY UPDATE OF tasks SKIP LOCKED
         ), recorded AS (
             INSERT INTO results (candidate_id, job_posting_id, score, category, job_id, document,
                 score_cap, candidate_version, job_posting_version, criterion_scores)
             SELECT DISTINCT ON (candidate_id, job_posting_id) candidate_id, job_posting_id, score,
                 category, job_id, document, score_cap, candidate_version, job_posting_version, ",
        criterion_scores!("$10", "$11"),
        " FROM unnest($3::bigint[], $4::bigint[], $5::double precision[], $6::text[], $7::text[],
                 $8::text[], $9::double precision[], $19::bigint[], $20::bigint[]) WITH ORDINALITY
                 AS result (candidate_id, job_posting_id, score, category, job_id, document,
                     score_cap, candidate_version, job_posting_version, place)
             JOIN held USING (place)
             ORDER BY candidate_id, job_posting_id, place DESC ",
        replaces_result!(),
        "), announced AS (
             INSERT INTO webhook_deliveries (id, event_type, job_id, url, body, endpoint,
                 traceparent)
             SELECT id, event_type, job_id, url, body, endpoint, traceparent
             FROM unnest($12::text[], $13::text[], $14::text[], $15::text[], $16::text[],
                 $17::text[], $21::text[], $18::bigint[])
                 AS delivery (id, event_type, job_id, url, body, endpoint, traceparent, place)
             JOIN held USING (place)
             ON CONFLICT (id) DO NOTHING
         )
         UPDATE tasks AS ended SET state = 'completed', finished_at = now(), lease_until = NULL,
             dispatched_at = NULL, error_code = NULL, error_detail = NULL, error_fingerprint = NULL
         FROM held WHERE ended.id = held_id AND ended.id = ANY ($1) RETURNING ended.id, ",
        has_dependents!()
    ))
    .bind(column(singles, |one| one.claimed.task.id.as_str()))
    .bind(column(singles, |one| one.claimed.lease_token))
    .bind(column(&results, |result| result.candidate_id))
    .bind(column(&results, |result| result.job_posting_id))
    .bind(column(&results, |result| result.score))
    .bind(column(&results, |result| result.category))
    .bind(column(&results, |result| result.job_id.as_str()))
    .bind(column(&results, |result| result.document))
    .bind(column(&results, |result| result.score_cap))
    .bind(criterion_scores(results.iter().copied()))
    .bind(i64::try_from(Criterion::ALL.len()).unwrap_or(i64::MAX))
    .bind(column(&deliveries, |delivery| delivery.id.as_str()))
    .bind(column(&deliveries, |delivery| delivery.event_type.as_str()))
    .bind(column(&deliveries, |delivery| delivery.job_id.as_str()))
    .bind(column(&deliveries, |delivery| delivery.url.as_str()))
    .bind(column(&deliveries, |delivery| delivery.body.as_str()))
    .bind(column(&deliveries, |delivery| endpoint(delivery)))
    .bind(places)
    .bind(column(&results, |result| result.candidate_version))
    .bind(column(&results, |result| result.job_posting_version))
    .bind(column(&deliveries, |delivery| traceparent(delivery)))
    .fetch_all(connection)
    .await?;
    let ended: HashMap<String, bool> = ended.into_iter().collect();
    Ok(column(singles, |one| {
        ended.get(one.claimed.task.id.as_str()).copied()
    }))
}

/// Ends the row if its lease is still held; returns whether any task waits for it. The condition is
/// on the lease and not on the state, for the reason given at [`record_coalesced`].
async fn end_task(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    outcome: &Outcome<'_>,
) -> Result<Option<bool>, StoreError> {
    Ok(sqlx::query_scalar(concat!(
        "UPDATE tasks AS ended SET state = $3, counterpart_ids = $4, positions = $5,
             first_position = $6, last_position = $7,
             finished_at = now(), lease_until = NULL, dispatched_at = NULL,
             error_code = $8, error_detail = $9,
             error_fingerprint = $10
         WHERE id = $1 AND lease_token = $2 AND lease_until IS NOT NULL
         RETURNING ",
        has_dependents!()
    ))
    .bind(claimed.task.id.as_str())
    .bind(claimed.lease_token)
    .bind(outcome.state.as_str())
    .bind(&outcome.kept.counterpart_ids)
    .bind(&outcome.kept.positions)
    .bind(outcome.kept.first_position)
    .bind(outcome.kept.last_position)
    .bind(outcome.error.map(|error| error.code.as_str()))
    .bind(outcome.error.map(|error| error.detail.as_str()))
    .bind(outcome.error.map(fingerprint))
    .fetch_optional(&mut **transaction)
    .await?)
}

async fn upsert_results(
    transaction: &mut PgTransaction<'_>,
    results: &[ResultColumns<'_>],
) -> Result<(), StoreError> {
    if results.is_empty() {
        return Ok(());
    }
    sqlx::query(concat!(
        "INSERT INTO results (candidate_id, job_posting_id, score, category, job_id, document,
             document_key, score_cap, candidate_version, job_posting_version, criterion_scores)
         SELECT candidate_id, job_posting_id, score, category, job_id, document, document_key,
             score_cap, candidate_version, job_posting_version, ",
        criterion_scores!("$9", "$10"),
        " FROM unnest($1::bigint[], $2::bigint[], $3::double precision[], $4::text[],
             $5::text[], $6::text[], $7::text[], $8::double precision[], $11::bigint[],
             $12::bigint[]) WITH ORDINALITY
             AS result (candidate_id, job_posting_id, score, category, job_id, document,
                 document_key, score_cap, candidate_version, job_posting_version, place) ",
        replaces_result!()
    ))
    .bind(column(results, |result| result.candidate_id))
    .bind(column(results, |result| result.job_posting_id))
    .bind(column(results, |result| result.score))
    .bind(column(results, |result| result.category))
    .bind(column(results, |result| result.job_id.as_str()))
    .bind(column(results, |result| result.document))
    .bind(column(results, |result| result.document_key))
    .bind(column(results, |result| result.score_cap))
    .bind(criterion_scores(results))
    .bind(i64::try_from(Criterion::ALL.len()).unwrap_or(i64::MAX))
    .bind(column(results, |result| result.candidate_version))
    .bind(column(results, |result| result.job_posting_version))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Removes these documents, which were announced before they were stored, from the list of orphans:
/// rows point to them now.
async fn keep_documents(
    transaction: &mut PgTransaction<'_>,
    results: &[ResultColumns<'_>],
) -> Result<(), StoreError> {
    let keys: Vec<&str> = results
        .iter()
        .filter_map(|result| result.document_key)
        .collect();
    if keys.is_empty() {
        return Ok(());
    }
    sqlx::query("DELETE FROM orphaned_documents WHERE key = ANY ($1)")
        .bind(keys)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Moves failed matches to a row of their own, so that a task's matches always share its state.
async fn insert_split(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    group: &FailedMatches,
) -> Result<(), StoreError> {
    let matches = MatchColumns::of(&group.matches);
    sqlx::query(
        "INSERT INTO tasks (id, job_id, batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids, positions, first_position, last_position, attempts, lease_token,
             worker, depends_on, webhook_url, webhook_events, weights, user_id, traceparent, operator_action,
             error_code, error_detail, error_fingerprint, created_at, started_at, finished_at)
         SELECT $2, NULL, batch_id, queue, 'failed', subject_kind, subject_id, $3, $4, $5, $6,
             attempts, lease_token, worker, depends_on, webhook_url, webhook_events, weights,
             user_id, traceparent, operator_action, $7, $8, $9, created_at, started_at, now()
         FROM tasks WHERE id = $1",
    )
    .bind(claimed.task.id.as_str())
    .bind(group.split_task_id.as_str())
    .bind(&matches.counterpart_ids)
    .bind(&matches.positions)
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
    transaction: &mut PgTransaction<'_>,
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
    transaction: &mut PgTransaction<'_>,
    deliveries: &[NewDelivery],
) -> Result<(), StoreError> {
    if deliveries.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO webhook_deliveries (id, event_type, job_id, url, body, endpoint, traceparent)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[],
             $6::text[], $7::text[])
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(column(deliveries, |delivery| delivery.id.as_str()))
    .bind(column(deliveries, |delivery| delivery.event_type.as_str()))
    .bind(column(deliveries, |delivery| delivery.job_id.as_str()))
    .bind(column(deliveries, |delivery| delivery.url.as_str()))
    .bind(column(deliveries, |delivery| delivery.body.as_str()))
    .bind(column(deliveries, endpoint))
    .bind(column(deliveries, traceparent))
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

fn endpoint(delivery: &NewDelivery) -> String {
    EndpointId::of(&delivery.url).to_string()
}

fn traceparent(delivery: &NewDelivery) -> Option<String> {
    delivery.trace.as_ref().map(TraceContext::to_string)
}

/// Returns one column of the rows, as `unnest` takes it.
pub(super) fn column<'a, R, T>(rows: &'a [R], value: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

/// Subtracts ended matches from the batch's count. The row lock makes exactly one task the last.
pub(super) async fn count_down_batch(
    transaction: &mut PgTransaction<'_>,
    claimed: &ClaimedTask,
    ended: i32,
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

/// Returns the tasks' ids as text, for `ANY ($1)`.
pub(super) fn id_texts(ids: &[TaskId]) -> Vec<&str> {
    column(ids, TaskId::as_str)
}
