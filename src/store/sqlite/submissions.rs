//! Submissions: keys, batch and tasks in one transaction.

use async_trait::async_trait;
use sqlx::{SqliteTransaction, types::Json};
use tracing::instrument;

use super::{SqliteStore, milliseconds};
use crate::{
    domain::{
        dependency::{Dependency, OnParentFailure},
        identifiers::{BatchId, ProfileId, WorkId},
        submission::{Submission, SubmissionIdentity},
        task::TaskState,
    },
    store::{
        StoreError, SubmissionOutcome, Submissions,
        rows::{CHAIN_LOOK, refuse_chain},
    },
};

#[async_trait]
impl Submissions for SqliteStore {
    #[instrument(
        name = "store.submit",
        level = "debug",
        skip_all,
        fields(job.id = submission.identity.as_str())
    )]
    async fn submit(
        &self,
        submission: &Submission,
        pushed_by_caller: bool,
    ) -> Result<SubmissionOutcome, StoreError> {
        let mut transaction = self.begin().await?;
        if let Some(earlier) = claim_keys(&mut transaction, submission).await? {
            transaction.rollback().await?;
            return Ok(earlier);
        }
        if let Some(dependency) = &submission.options.depends_on {
            let chain = chain_of(&mut transaction, dependency).await?;
            if let Some(refused) = refuse_chain(submission, chain) {
                transaction.rollback().await?;
                return Ok(refused);
            }
        }
        if let SubmissionIdentity::Batch(batch_id) = &submission.identity {
            insert_batch(&mut transaction, batch_id, submission).await?;
        }
        insert_tasks(&mut transaction, submission, pushed_by_caller).await?;
        transaction.commit().await?;
        Ok(SubmissionOutcome::New)
    }

    #[instrument(
        name = "store.earlier_submission",
        level = "debug",
        skip_all,
        fields(job.id = submission.identity.as_str())
    )]
    async fn earlier_submission(
        &self,
        submission: &Submission,
    ) -> Result<Option<SubmissionOutcome>, StoreError> {
        // Writes nothing. Reads the id's key before the idempotency key.
        let id = submission
            .named_by_caller
            .then(|| submission.identity.as_str());
        let earlier: Option<(String, String, String)> = sqlx::query_as(
            "SELECT kind, fingerprint, submission_id FROM submission_keys
             WHERE (kind = 'id' AND key = ?1) OR (kind = 'idempotency_key' AND key = ?2)
             ORDER BY kind LIMIT 1",
        )
        .bind(id)
        .bind(&submission.idempotency_key)
        .fetch_optional(&self.readers)
        .await?;
        Ok(earlier.map(|(kind, fingerprint, id)| {
            SubmissionOutcome::of_earlier(&kind, &fingerprint, id, submission)
        }))
    }
}

/// Returns the names of a chain, from a new task's dependency to the first name that has ended,
/// runs, or is unknown.
async fn chain_of(
    transaction: &mut SqliteTransaction<'_>,
    dependency: &Dependency,
) -> Result<Vec<WorkId>, StoreError> {
    let batch_position = dependency.batch_position.as_ref();
    // All tasks of a batch wait for the same dependency.
    Ok(sqlx::query_scalar(
        "WITH RECURSIVE chain (place, name, batch, position) AS (
             SELECT 1, ?1, ?2, ?3
             UNION ALL
             SELECT chain.place + 1, parent.depends_on, parent.depends_on_batch,
                 parent.depends_on_position
             FROM chain CROSS JOIN tasks AS parent
             WHERE chain.place < ?4 AND parent.id = coalesce(
                 (SELECT id FROM tasks WHERE job_id = chain.name AND state = 'waiting'),
                 (SELECT id FROM tasks WHERE batch_id = chain.batch AND state = 'waiting'
                     AND chain.position BETWEEN first_position AND last_position
                     AND chain.position IN (SELECT value FROM json_each(positions))),
                 (SELECT id FROM tasks WHERE batch_id = chain.name AND state = 'waiting' LIMIT 1))
         )
         SELECT name FROM chain ORDER BY place",
    )
    .bind(dependency.id.as_str())
    .bind(batch_position.map(|(batch, _)| batch.as_str()))
    .bind(batch_position.map(|(_, position)| *position))
    .bind(CHAIN_LOOK)
    .fetch_all(&mut **transaction)
    .await?)
}

/// Claims the caller's keys for this submission, or returns the answer of the submission that holds
/// them.
async fn claim_keys(
    transaction: &mut SqliteTransaction<'_>,
    submission: &Submission,
) -> Result<Option<SubmissionOutcome>, StoreError> {
    let id = submission.identity.as_str();
    if submission.named_by_caller {
        if let Some(earlier) = claim_key(transaction, "id", id, submission).await? {
            return Ok(Some(earlier));
        }
        if let Some(taken) = name_in_use(transaction, &submission.identity).await? {
            return Ok(Some(SubmissionOutcome::name_in_use(&taken)));
        }
    }
    if let Some(key) = &submission.idempotency_key {
        return claim_key(transaction, "idempotency_key", key, submission).await;
    }
    Ok(None)
}

async fn claim_key(
    transaction: &mut SqliteTransaction<'_>,
    kind: &str,
    key: &str,
    submission: &Submission,
) -> Result<Option<SubmissionOutcome>, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO submission_keys (kind, key, fingerprint, submission_id)
         VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )
    .bind(kind)
    .bind(key)
    .bind(&submission.fingerprint)
    .bind(submission.identity.as_str())
    .execute(&mut **transaction)
    .await?
    .rows_affected();
    if inserted == 1 {
        return Ok(None);
    }
    let (fingerprint, id): (String, String) = sqlx::query_as(
        "SELECT fingerprint, submission_id FROM submission_keys WHERE kind = ?1 AND key = ?2",
    )
    .bind(kind)
    .bind(key)
    .fetch_one(&mut **transaction)
    .await?;
    Ok(Some(SubmissionOutcome::of_earlier(
        kind,
        &fingerprint,
        id,
        submission,
    )))
}

/// Returns the id that makes a name ambiguous, if any. A single match may not have the name of
/// another match, of a batch, or of a batch's n-th match; a batch may not have a name that makes an
/// existing one ambiguous.
async fn name_in_use(
    transaction: &mut SqliteTransaction<'_>,
    identity: &SubmissionIdentity,
) -> Result<Option<String>, StoreError> {
    match identity {
        SubmissionIdentity::Single(job_id) => {
            let batch = job_id.as_batch_position().map(|(batch, _)| batch);
            sqlx::query_scalar(
                "SELECT id FROM batches WHERE id = ?1 OR id = ?2
                 UNION ALL SELECT job_id FROM tasks WHERE job_id = ?1 LIMIT 1",
            )
            .bind(job_id.as_str())
            .bind(batch.as_ref().map(BatchId::as_str))
            .fetch_optional(&mut **transaction)
            .await
        }
        SubmissionIdentity::Batch(batch_id) => {
            // '.' follows '-' in ASCII: the range covers the names that begin with this name and a
            // hyphen.
            sqlx::query_scalar(
                "SELECT id FROM batches WHERE id = ?1
                 UNION ALL SELECT job_id FROM tasks
                 WHERE job_id = ?1 OR (job_id > ?1 || '-' AND job_id < ?1 || '.'
                     AND substr(job_id, length(?1) + 2) GLOB '[1-9]*'
                     AND substr(job_id, length(?1) + 2) NOT GLOB '*[^0-9]*')
                 LIMIT 1",
            )
            .bind(batch_id.as_str())
            .fetch_optional(&mut **transaction)
            .await
        }
    }
    .map_err(StoreError::from)
}

async fn insert_batch(
    transaction: &mut SqliteTransaction<'_>,
    batch_id: &BatchId,
    submission: &Submission,
) -> Result<(), StoreError> {
    let total = i32::try_from(submission.match_count()).unwrap_or(i32::MAX);
    sqlx::query(
        "INSERT INTO batches (id, queue, subject_kind, subject_id, user_id, total, remaining)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
    )
    .bind(batch_id.as_str())
    .bind(submission.options.queue.as_str())
    .bind(submission.subject_kind.as_str())
    .bind(submission.subject_id)
    .bind(&submission.options.user_id)
    .bind(total)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

async fn insert_tasks(
    transaction: &mut SqliteTransaction<'_>,
    submission: &Submission,
    pushed_by_caller: bool,
) -> Result<(), StoreError> {
    let options = &submission.options;
    let (job_id, batch_id) = match &submission.identity {
        SubmissionIdentity::Single(id) => (Some(id.as_str()), None),
        SubmissionIdentity::Batch(id) => (None, Some(id.as_str())),
    };
    let state = if options.depends_on.is_some() {
        TaskState::Waiting
    } else {
        TaskState::Queued
    };
    let tasks: Vec<(&str, &[ProfileId], Vec<i32>)> = submission
        .tasks
        .iter()
        .map(|task| {
            let positions = (task.first_position..)
                .take(task.counterpart_ids.len())
                .collect();
            (task.id.as_str(), task.counterpart_ids.as_slice(), positions)
        })
        .collect();
    let depends_on = options.depends_on.as_ref();
    let batch_position = depends_on.and_then(|dependency| dependency.batch_position.as_ref());
    let on_parent_failure =
        depends_on.map_or_else(OnParentFailure::default, |dependency| dependency.on_failure);
    sqlx::query(
        "INSERT INTO tasks (id, job_id, batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids, positions, first_position, last_position, dispatched_at,
             depends_on, depends_on_batch, depends_on_position, waits_until, on_parent_failure,
             webhook_url, webhook_events, user_id, weights, traceparent)
         SELECT task.value ->> 0, ?1, ?2, ?3, ?4, ?5, ?6,
             task.value -> 1, task.value -> 2, task.value ->> '$[2][0]', task.value ->> '$[2][#-1]',
             CASE WHEN ?7 THEN clock.now END,
             ?8, ?9, ?10, CASE WHEN ?8 IS NOT NULL THEN clock.now + ?11 END,
             ?17, ?12, ?13, ?14, ?15, ?18
         FROM clock CROSS JOIN json_each(?16) AS task",
    )
    .bind(job_id)
    .bind(batch_id)
    .bind(options.queue.as_str())
    .bind(state.as_str())
    .bind(submission.subject_kind.as_str())
    .bind(submission.subject_id)
    .bind(pushed_by_caller && state == TaskState::Queued)
    .bind(depends_on.map(|dependency| dependency.id.as_str()))
    .bind(batch_position.map(|(batch, _)| batch.as_str()))
    .bind(batch_position.map(|(_, position)| *position))
    .bind(milliseconds(options.dependency_expiry))
    .bind(&options.webhook_url)
    .bind(options.webhook_events.as_str())
    .bind(&options.user_id)
    .bind(&options.weights)
    .bind(Json(tasks))
    .bind(on_parent_failure.as_str())
    .bind(options.trace.to_string())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
