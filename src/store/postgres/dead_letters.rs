//! Dead letters: reading failed tasks, queueing them again, deleting them.

use std::time::Duration;

use async_trait::async_trait;
use sqlx::{PgTransaction, Postgres, QueryBuilder};
use tracing::instrument;

use super::{PostgresStore, operator_actions, outcomes::id_texts};
use crate::{
    domain::{
        dead_letter::{
            DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup, DeadLetterHistory,
            Edited,
        },
        identifiers::{CandidateId, DeadLetterId, JobId, JobPostingId, ProfileId, TaskId},
        operator_action::OperatorAction,
        paging::{NewestFirst, TimeCursor},
        queue_name::QueueName,
    },
    store::{
        ActionStep, DeadLetters, StoreError,
        rows::{
            ChosenRow, DeadLetterGroupRow, DeadLetterHistoryRow, DeadLetterRow,
            match_counts_by_batch,
        },
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The columns of [`DeadLetterRow`].
macro_rules! letter_columns {
    () => {
        "id, job_id, batch_id, first_position, cardinality(positions) AS match_count, queue,
         subject_kind, subject_id, counterpart_ids[1] AS counterpart_id, attempts,
         coalesce(error_code, '') AS error_code, coalesce(error_detail, '') AS error_detail,
         coalesce(error_fingerprint, error_code, '') AS fingerprint, created_at, finished_at"
    };
}

/// The columns of [`ChosenRow`].
macro_rules! chosen_columns {
    () => {
        "id, job_id, batch_id, cardinality(positions) AS match_count, webhook_events,
         finished_at"
    };
}

#[async_trait]
impl DeadLetters for PostgresStore {
    #[instrument(name = "store.dead_letters", level = "debug", skip_all)]
    async fn dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
    ) -> Result<Vec<DeadLetter>, StoreError> {
        self.call(async {
            let mut query =
                QueryBuilder::new(concat!("SELECT ", letter_columns!(), " FROM tasks WHERE"));
            push_filter(&mut query, filter);
            push_page(&mut query, page);
            let rows: Vec<DeadLetterRow> = query.build_query_as().fetch_all(&self.pool).await?;
            rows.into_iter()
                .map(DeadLetterRow::into_dead_letter)
                .collect()
        })
        .await
    }

    #[instrument(name = "store.dead_letter_groups", level = "debug", skip_all)]
    async fn dead_letter_groups(
        &self,
        filter: &DeadLetterFilter,
        limit: u32,
    ) -> Result<Vec<DeadLetterGroup>, StoreError> {
        self.call(async {
            let mut query = QueryBuilder::new(
                "WITH alike AS (
                     SELECT max(id) AS example, count(*) AS tasks,
                         sum(cardinality(positions)) AS matches,
                         min(finished_at) AS first_seen, max(finished_at) AS last_seen
                     FROM tasks WHERE",
            );
            push_filter(&mut query, filter);
            query.push(
                " GROUP BY coalesce(error_fingerprint, error_code, '')
                     ORDER BY count(*) DESC, max(finished_at) DESC LIMIT ",
            );
            query.push_bind(i64::from(limit)).push(concat!(
                ") SELECT ",
                letter_columns!(),
                ", tasks, matches, first_seen, last_seen
                 FROM alike JOIN tasks ON tasks.id = example
                 ORDER BY alike.tasks DESC, last_seen DESC"
            ));
            let rows: Vec<DeadLetterGroupRow> =
                query.build_query_as().fetch_all(&self.pool).await?;
            rows.into_iter()
                .map(DeadLetterGroupRow::into_group)
                .collect()
        })
        .await
    }

    #[instrument(
        name = "store.dead_letter",
        level = "debug",
        skip_all,
        fields(dead_letter.id = %id)
    )]
    async fn dead_letter(
        &self,
        id: &DeadLetterId,
    ) -> Result<Option<DeadLetterHistory>, StoreError> {
        // Looks up the task's own id first, then the id of one of its jobs.
        self.call(async {
            let mut row: Option<DeadLetterHistoryRow> = sqlx::query_as(concat!(
                "SELECT ",
                letter_columns!(),
                ", counterpart_ids, positions, webhook_url, operator_action FROM tasks
                 WHERE state = 'failed' AND (id = $1 OR job_id = $1) ORDER BY id = $1 DESC LIMIT 1"
            ))
            .bind(id.as_str())
            .fetch_optional(&self.pool)
            .await?;
            if row.is_none()
                && let Some((batch_id, position)) = JobId::from(id.clone()).as_batch_position()
            {
                row = sqlx::query_as(concat!(
                    "SELECT ",
                    letter_columns!(),
                    ", counterpart_ids, positions, webhook_url, operator_action FROM tasks
                     WHERE state = 'failed' AND batch_id = $1
                         AND $2 BETWEEN first_position AND last_position AND $2 = ANY (positions)"
                ))
                .bind(batch_id.as_str())
                .bind(position)
                .fetch_optional(&self.pool)
                .await?;
            }
            let Some(row) = row else { return Ok(None) };
            let attempts = sqlx::query_as(
                "SELECT attempt, worker, began_at, ended_at, outcome, error_code, error_detail
                 FROM task_attempts WHERE task_id = $1 ORDER BY lease_token",
            )
            .bind(row.task_id().as_str())
            .fetch_all(&self.pool)
            .await?;
            let last_action = match &row.operator_action {
                Some(action) => operator_actions::find(&self.pool, action).await?,
                None => None,
            };
            row.into_history(attempts, last_action).map(Some)
        })
        .await
    }

    #[instrument(
        name = "store.retry_dead_letters",
        level = "debug",
        skip_all,
        fields(action.id = action.id)
    )]
    async fn retry_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<ActionStep<TimeCursor>, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let chosen = choose(&mut transaction, filter, page).await?;
            queue_again(&mut transaction, &chosen, action).await?;
            transaction.commit().await?;
            Ok(ActionStep::of(&chosen, page.limit, ChosenRow::cursor))
        })
        .await
    }

    #[instrument(
        name = "store.edit_dead_letter",
        level = "debug",
        skip_all,
        fields(task.id = %id, action.id = action.id)
    )]
    async fn edit_dead_letter(
        &self,
        id: &TaskId,
        edits: &DeadLetterEdits,
        action: &OperatorAction,
    ) -> Result<Edited, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let only = NewestFirst {
                limit: 1,
                after: None,
            };
            let filter = DeadLetterFilter::of_tasks([id.clone()]);
            let chosen = choose(&mut transaction, &filter, &only).await?;
            let Some(letter) = chosen.first() else {
                return Ok(Edited::NotFound);
            };
            if let Some(refusal) = letter.refusal(edits) {
                return Ok(refusal);
            }
            sqlx::query(
                "UPDATE tasks SET
                     subject_id = CASE subject_kind WHEN 'candidate' THEN coalesce($2, subject_id)
                         ELSE coalesce($3, subject_id) END,
                     counterpart_ids = ARRAY[CASE subject_kind
                         WHEN 'candidate' THEN coalesce($3, counterpart_ids[1])
                         ELSE coalesce($2, counterpart_ids[1]) END],
                     queue = coalesce($4, queue), webhook_url = coalesce($5, webhook_url)
                 WHERE id = $1",
            )
            .bind(id.as_str())
            .bind(edits.candidate_id)
            .bind(edits.job_posting_id)
            .bind(edits.queue.map(QueueName::as_str))
            .bind(edits.webhook_url.as_deref())
            .execute(&mut *transaction)
            .await?;
            queue_again(&mut transaction, &chosen, action).await?;
            transaction.commit().await?;
            Ok(Edited::Retried)
        })
        .await
    }

    #[instrument(
        name = "store.purge_dead_letters",
        level = "debug",
        skip_all,
        fields(action.id = action.id)
    )]
    async fn purge_dead_letters(
        &self,
        filter: &DeadLetterFilter,
        page: &NewestFirst,
        action: &OperatorAction,
    ) -> Result<ActionStep<TimeCursor>, StoreError> {
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let chosen = choose(&mut transaction, filter, page).await?;
            delete(&mut transaction, &chosen).await?;
            operator_actions::record(&mut transaction, action, chosen.len()).await?;
            transaction.commit().await?;
            Ok(ActionStep::of(&chosen, page.limit, ChosenRow::cursor))
        })
        .await
    }

    #[instrument(name = "store.dead_letters_among", level = "debug", skip_all)]
    async fn dead_letters_among(&self, ids: &[TaskId]) -> Result<Vec<TaskId>, StoreError> {
        self.call(async {
            let dead: Vec<TaskId> =
                sqlx::query_scalar("SELECT id FROM tasks WHERE id = ANY ($1) AND state = 'failed'")
                    .bind(id_texts(ids))
                    .fetch_all(&self.pool)
                    .await?;
            Ok(dead)
        })
        .await
    }

    #[instrument(name = "store.forget_dead_letters", level = "debug", skip_all)]
    async fn forget_dead_letters(
        &self,
        older_than: Duration,
        limit: u32,
    ) -> Result<u64, StoreError> {
        // Deletes as a purge does, but records no operator action.
        self.call(async {
            let mut transaction = self.pool.begin().await?;
            let chosen: Vec<ChosenRow> = sqlx::query_as(concat!(
                "SELECT ",
                chosen_columns!(),
                " FROM tasks WHERE state = 'failed'
                 AND finished_at <= now() - make_interval(secs => $1)
                 ORDER BY finished_at LIMIT $2 FOR UPDATE SKIP LOCKED"
            ))
            .bind(super::seconds(older_than))
            .bind(i64::from(limit))
            .fetch_all(&mut *transaction)
            .await?;
            delete(&mut transaction, &chosen).await?;
            transaction.commit().await?;
            Ok(chosen.len() as u64)
        })
        .await
    }
}

/// Appends a plain condition for each field that is set, so that each can use its index.
fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &DeadLetterFilter) {
    query.push(" state = 'failed'");
    if let Some(ids) = &filter.task_ids {
        query.push(" AND id = ANY (");
        query.push_bind(ids.iter().map(TaskId::to_string).collect::<Vec<_>>());
        query.push(")");
    }
    if let Some(queue) = filter.queue {
        query.push(" AND queue = ").push_bind(queue.as_str());
    }
    if let Some(reason) = &filter.reason {
        query.push(" AND error_code = ").push_bind(reason.clone());
    }
    if let Some(fingerprint) = &filter.fingerprint {
        query.push(" AND coalesce(error_fingerprint, error_code) = ");
        query.push_bind(fingerprint.clone());
    }
    push_profile(query, filter.candidate_id.map(CandidateId::profile));
    push_profile(query, filter.job_posting_id.map(JobPostingId::profile));
    if let Some(at) = &filter.from {
        query.push(" AND finished_at >= ").push_bind(*at);
    }
    if let Some(at) = &filter.to {
        query.push(" AND finished_at < ").push_bind(*at);
    }
}

/// Appends the condition that a task has a match of this profile: as the subject that its matches
/// share, or as a counterpart.
fn push_profile(query: &mut QueryBuilder<Postgres>, profile: Option<(ProfileKind, ProfileId)>) {
    let Some((kind, id)) = profile else { return };
    query
        .push(" AND CASE subject_kind WHEN ")
        .push_bind(kind.as_str());
    query.push(" THEN subject_id = ").push_bind(id);
    query.push(" ELSE ").push_bind(id);
    query.push(" = ANY (counterpart_ids) END");
}

fn push_page(query: &mut QueryBuilder<Postgres>, page: &NewestFirst) {
    if let Some(cursor) = &page.after {
        query
            .push(" AND (finished_at, id) < (")
            .push_bind(cursor.at);
        query.push(", ").push_bind(cursor.id.clone()).push(")");
    }
    query.push(" ORDER BY finished_at DESC, id DESC LIMIT ");
    query.push_bind(i64::from(page.limit));
}

/// Returns one page of dead letters, locked.
async fn choose(
    transaction: &mut PgTransaction<'_>,
    filter: &DeadLetterFilter,
    page: &NewestFirst,
) -> Result<Vec<ChosenRow>, StoreError> {
    let mut query = QueryBuilder::new(concat!("SELECT ", chosen_columns!(), " FROM tasks WHERE"));
    push_filter(&mut query, filter);
    push_page(&mut query, page);
    query.push(" FOR UPDATE SKIP LOCKED");
    Ok(query.build_query_as().fetch_all(&mut **transaction).await?)
}

async fn queue_again(
    transaction: &mut PgTransaction<'_>,
    chosen: &[ChosenRow],
    action: &OperatorAction,
) -> Result<(), StoreError> {
    let ids: Vec<&str> = chosen.iter().map(|row| row.id.as_str()).collect();
    sqlx::query(
        "UPDATE tasks SET state = 'queued', attempts = 0, worker_losses = 0, finished_at = NULL,
             dispatched_at = NULL, next_attempt_at = now(), operator_action = $2
         WHERE id = ANY ($1)",
    )
    .bind(&ids)
    .bind(&action.id)
    .execute(&mut **transaction)
    .await?;
    // Reopens the batches of these matches.
    let by_batch = match_counts_by_batch(chosen);
    let by_batch = by_batch
        .iter()
        .map(|(batch, matches)| (batch.as_str(), *matches));
    let (batches, matches): (Vec<&str>, Vec<i32>) = by_batch.unzip();
    lock_batches(transaction, &batches).await?;
    sqlx::query(
        "UPDATE batches SET remaining = remaining + reopened.matches, finished_at = NULL,
             report = NULL, report_key = NULL, report_generation = report_generation + 1
         FROM unnest($1::text[], $2::integer[]) AS reopened (id, matches)
         WHERE batches.id = reopened.id",
    )
    .bind(&batches)
    .bind(&matches)
    .execute(&mut **transaction)
    .await?;
    operator_actions::record(transaction, action, chosen.len()).await
}

/// Deletes dead letters. A batch keeps counting its deleted matches as failed. Nothing of a single
/// match is kept, not even its keys: the same call submitted again is a new one.
async fn delete(
    transaction: &mut PgTransaction<'_>,
    chosen: &[ChosenRow],
) -> Result<(), StoreError> {
    let ids: Vec<&str> = chosen.iter().map(|row| row.id.as_str()).collect();
    sqlx::query("DELETE FROM tasks WHERE id = ANY ($1)")
        .bind(&ids)
        .execute(&mut **transaction)
        .await?;
    let job_ids: Vec<&str> = chosen
        .iter()
        .filter_map(|row| row.job_id.as_ref().map(JobId::as_str))
        .collect();
    sqlx::query("DELETE FROM submission_keys WHERE submission_id = ANY ($1)")
        .bind(&job_ids)
        .execute(&mut **transaction)
        .await?;
    let by_batch = match_counts_by_batch(chosen);
    let by_batch = by_batch
        .iter()
        .map(|(batch, matches)| (batch.as_str(), *matches));
    let (batches, matches): (Vec<&str>, Vec<i32>) = by_batch.unzip();
    lock_batches(transaction, &batches).await?;
    sqlx::query(
        "UPDATE batches SET purged = batches.purged + gone.matches
         FROM unnest($1::text[], $2::integer[]) AS gone (id, matches)
         WHERE batches.id = gone.id",
    )
    .bind(&batches)
    .bind(&matches)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Locks batches in id order: the statement that changes them would use an order of its own, which
/// can deadlock.
async fn lock_batches(transaction: &mut PgTransaction<'_>, ids: &[&str]) -> Result<(), StoreError> {
    sqlx::query("SELECT 1 FROM batches WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE")
        .bind(ids)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}
