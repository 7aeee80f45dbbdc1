//! Submissions: keys, batch and tasks in one transaction.

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::{PgConnection, PgPool, PgTransaction};
use tracing::instrument;

use super::PostgresStore;
use crate::{
    domain::{
        dependency::{Dependency, OnParentFailure},
        identifiers::{BatchId, ProfileId, WorkId},
        submission::{NewTask, Submission, SubmissionIdentity},
        task::TaskState,
    },
    store::{
        StoreError, SubmissionOutcome, Submissions,
        rows::{CHAIN_LOOK, refuse_chain},
    },
};

/// The first of an advisory lock's two keys, for ambiguous names; the second is a hash of their
/// common prefix. The schema's hash is mixed into the first, so that two schemas of one database
/// don't wait for each other.
const NAME_LOCK: i32 = 0x6d_61_74_6e;
/// The advisory lock of calls that add a link to a chain and may close a cycle.
const CHAIN_LOCK: i32 = 0x6d_61_74_6c;

#[async_trait]
impl Submissions for PostgresStore {
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
        match PlainMatch::of(submission, pushed_by_caller) {
            Some(plain) => {
                // Nothing can conflict with it, so the outcome is known.
                self.call(self.coalesced.submit(plain)).await?;
                Ok(SubmissionOutcome::New)
            }
            None => {
                self.call(submit_alone(&self.pool, submission, pushed_by_caller))
                    .await
            }
        }
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
        self.call(async {
            let id = submission
                .named_by_caller
                .then(|| submission.identity.as_str());
            let earlier: Option<(String, String, String)> = sqlx::query_as(
                "SELECT kind, fingerprint, submission_id FROM submission_keys
                 WHERE (kind = 'id' AND key = $1) OR (kind = 'idempotency_key' AND key = $2)
                 ORDER BY kind LIMIT 1",
            )
            .bind(id)
            .bind(&submission.idempotency_key)
            .fetch_optional(&self.pool)
            .await?;
            Ok(earlier.map(|(kind, fingerprint, id)| {
                SubmissionOutcome::of_earlier(&kind, &fingerprint, id, submission)
            }))
        })
        .await
    }
}

/// A single match that no other call can conflict with: it has no name, key or dependency.
#[derive(Debug)]
pub(super) struct PlainMatch {
    submission: Submission,
    /// True if the caller pushes the pointer itself, right after the commit.
    pushed_by_caller: bool,
}

impl PlainMatch {
    pub(super) fn of(submission: &Submission, pushed_by_caller: bool) -> Option<Self> {
        let is_plain = matches!(submission.identity, SubmissionIdentity::Single(_))
            && !submission.named_by_caller
            && submission.idempotency_key.is_none()
            && submission.options.depends_on.is_none();
        is_plain.then(|| Self {
            submission: submission.clone(),
            pushed_by_caller,
        })
    }
}

/// The statement that inserts plain matches.
macro_rules! insert_plain {
    ($on_conflict:literal) => {
        concat!(
            "INSERT INTO tasks (id, job_id, queue, state, subject_kind, subject_id, counterpart_ids,
                 positions, first_position, last_position, dispatched_at, webhook_url,
                 webhook_events, user_id, weights, on_parent_failure, traceparent)
             SELECT id, job_id, queue, 'queued', subject_kind, subject_id, ARRAY[counterpart_id],
                 ARRAY[1], 1, 1, CASE WHEN pushed_by_caller THEN now() END, webhook_url, webhook_events,
                 user_id, weights, $12, traceparent
             FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[],
                 $6::bigint[], $7::boolean[], $8::text[], $9::text[], $10::text[], $11::text[],
                 $13::text[])
                 AS plain (id, job_id, queue, subject_kind, subject_id, counterpart_id, pushed_by_caller,
                     webhook_url, webhook_events, user_id, weights, traceparent)",
            $on_conflict
        )
    };
}

/// Submits a plain match that an earlier call, whose answer was lost, may have submitted already.
pub(super) async fn submit_plain_again(
    pool: &PgPool,
    plain: Arc<PlainMatch>,
) -> Result<(), StoreError> {
    let sql = insert_plain!(" ON CONFLICT (id) DO NOTHING");
    insert_plain(&mut *pool.acquire().await?, sql, &[plain]).await
}

/// Submits plain matches in one statement, for the first time. Without `ON CONFLICT`, which would
/// insert each row speculatively first.
pub(super) async fn submit_plain(
    connection: &mut PgConnection,
    plain: &[Arc<PlainMatch>],
) -> Result<Vec<()>, StoreError> {
    insert_plain(connection, insert_plain!(""), plain).await?;
    Ok(vec![(); plain.len()])
}

async fn insert_plain(
    connection: &mut PgConnection,
    sql: &'static str,
    plain: &[Arc<PlainMatch>],
) -> Result<(), StoreError> {
    fn column<'a, T>(
        plain: &'a [Arc<PlainMatch>],
        value: impl Fn(&'a Submission, &'a NewTask) -> T,
    ) -> Vec<T> {
        let tasks = plain.iter().flat_map(|one| {
            let tasks = one.submission.tasks.iter();
            tasks.map(|task| (&one.submission, task))
        });
        tasks
            .map(|(submission, task)| value(submission, task))
            .collect()
    }
    sqlx::query(sql)
        .bind(column(plain, |_, task| task.id.as_str()))
        .bind(column(plain, |submission, _| submission.identity.as_str()))
        .bind(column(plain, |submission, _| {
            submission.options.queue.as_str()
        }))
        .bind(column(plain, |submission, _| {
            submission.subject_kind.as_str()
        }))
        .bind(column(plain, |submission, _| submission.subject_id))
        .bind(column(plain, |_, task| {
            task.counterpart_ids.first().copied()
        }))
        .bind(
            plain
                .iter()
                .map(|one| one.pushed_by_caller)
                .collect::<Vec<_>>(),
        )
        .bind(column(plain, |submission, _| {
            submission.options.webhook_url.as_deref()
        }))
        .bind(column(plain, |submission, _| {
            submission.options.webhook_events.as_str()
        }))
        .bind(column(plain, |submission, _| {
            submission.options.user_id.as_deref()
        }))
        .bind(column(plain, |submission, _| {
            submission.options.weights.as_deref()
        }))
        .bind(OnParentFailure::default().as_str())
        .bind(column(plain, |submission, _| {
            submission.options.trace.to_string()
        }))
        .execute(connection)
        .await?;
    Ok(())
}

async fn submit_alone(
    pool: &PgPool,
    submission: &Submission,
    pushed_by_caller: bool,
) -> Result<SubmissionOutcome, StoreError> {
    let mut transaction = pool.begin().await?;
    if submission.named_by_caller {
        take_turns(&mut transaction, submission).await?;
    }
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

/// Waits for the end of every other call whose name or position in a chain could conflict with this
/// call's. Both locks are taken before any key, and always in the same order, so that calls can't
/// deadlock. A generated id is unknown to callers before its commit, so only calls with names of
/// their own can conflict at the same moment.
async fn take_turns(
    transaction: &mut PgTransaction<'_>,
    submission: &Submission,
) -> Result<(), StoreError> {
    // `X-1` may be a job or the first match of a batch `X`; both wait for the lock of `X`.
    let base = match &submission.identity {
        SubmissionIdentity::Single(job_id) => job_id.as_batch_position().map(|(batch, _)| batch),
        SubmissionIdentity::Batch(batch_id) => Some(batch_id.clone()),
    };
    if let Some(base) = base {
        sqlx::query("SELECT pg_advisory_xact_lock($1 # hashtext(current_schema()), hashtext($2))")
            .bind(NAME_LOCK)
            .bind(base.as_str())
            .execute(&mut **transaction)
            .await?;
    }
    if submission.options.depends_on.is_some() {
        sqlx::query("SELECT pg_advisory_xact_lock($1 # hashtext(current_schema()), 0)")
            .bind(CHAIN_LOCK)
            .execute(&mut **transaction)
            .await?;
    }
    Ok(())
}

/// Returns the names of a chain, from a new task's dependency to the first name that has ended,
/// runs, or is unknown.
async fn chain_of(
    transaction: &mut PgTransaction<'_>,
    dependency: &Dependency,
) -> Result<Vec<WorkId>, StoreError> {
    let batch_position = dependency.batch_position.as_ref();
    Ok(sqlx::query_scalar(
        "WITH RECURSIVE chain (place, name, batch, position) AS (
             SELECT 1, $1::text COLLATE \"C\", $2::text COLLATE \"C\", $3::integer
             UNION ALL
             SELECT chain.place + 1, parent.depends_on, parent.depends_on_batch,
                 parent.depends_on_position
             FROM chain CROSS JOIN LATERAL (
                 (SELECT depends_on, depends_on_batch, depends_on_position FROM tasks
                  WHERE job_id = chain.name AND state = 'waiting')
                 UNION ALL
                 (SELECT depends_on, depends_on_batch, depends_on_position FROM tasks
                  WHERE batch_id = chain.batch AND state = 'waiting'
                      AND chain.position BETWEEN first_position AND last_position
                      AND chain.position = ANY (positions))
                 UNION ALL
                 -- All tasks of a batch wait for the same.
                 (SELECT depends_on, depends_on_batch, depends_on_position FROM tasks
                  WHERE batch_id = chain.name AND state = 'waiting' LIMIT 1)
                 LIMIT 1
             ) AS parent
             WHERE chain.place < $4
         )
         SELECT name FROM chain ORDER BY place",
    )
    .bind(dependency.id.as_str())
    .bind(batch_position.map(|(batch, _)| batch.as_str()))
    .bind(batch_position.map(|(_, position)| *position))
    .bind(i32::from(CHAIN_LOOK))
    .fetch_all(&mut **transaction)
    .await?)
}

/// Claims the caller's keys for this submission, or returns the answer of the submission that holds
/// them. A concurrent call with the same key waits here for the end of the other.
async fn claim_keys(
    transaction: &mut PgTransaction<'_>,
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
    transaction: &mut PgTransaction<'_>,
    kind: &str,
    key: &str,
    submission: &Submission,
) -> Result<Option<SubmissionOutcome>, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO submission_keys (kind, key, fingerprint, submission_id)
         VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
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
        "SELECT fingerprint, submission_id FROM submission_keys WHERE kind = $1 AND key = $2",
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
    transaction: &mut PgTransaction<'_>,
    identity: &SubmissionIdentity,
) -> Result<Option<String>, StoreError> {
    match identity {
        SubmissionIdentity::Single(job_id) => {
            let batch = job_id.as_batch_position().map(|(batch, _)| batch);
            sqlx::query_scalar(
                "SELECT id FROM batches WHERE id = $1 OR id = $2
                 UNION ALL SELECT job_id FROM tasks WHERE job_id = $1 LIMIT 1",
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
                "SELECT id FROM batches WHERE id = $1
                 UNION ALL SELECT job_id FROM tasks
                 WHERE job_id = $1 OR (job_id > $1 || '-' AND job_id < $1 || '.'
                     AND substr(job_id, length($1) + 2) ~ '^[1-9][0-9]*$')
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
    transaction: &mut PgTransaction<'_>,
    batch_id: &BatchId,
    submission: &Submission,
) -> Result<(), StoreError> {
    let total = i32::try_from(submission.match_count()).unwrap_or(i32::MAX);
    sqlx::query(
        "INSERT INTO batches (id, queue, subject_kind, subject_id, user_id, total, remaining)
         VALUES ($1, $2, $3, $4, $5, $6, $6)",
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
    transaction: &mut PgTransaction<'_>,
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
    // All counterparts are passed as one array; each task has its slice of it.
    let mut counterpart_ids: Vec<ProfileId> = Vec::with_capacity(submission.match_count());
    let (mut ids, mut slice_starts, mut slice_ends, mut first_positions) =
        (vec![], vec![], vec![], vec![]);
    for task in &submission.tasks {
        ids.push(task.id.as_str());
        slice_starts.push(i32::try_from(counterpart_ids.len() + 1).unwrap_or(i32::MAX));
        counterpart_ids.extend(&task.counterpart_ids);
        slice_ends.push(i32::try_from(counterpart_ids.len()).unwrap_or(i32::MAX));
        first_positions.push(task.first_position);
    }
    let depends_on = options.depends_on.as_ref();
    let batch_position = depends_on.and_then(|dependency| dependency.batch_position.as_ref());
    let on_parent_failure =
        depends_on.map_or_else(OnParentFailure::default, |dependency| dependency.on_failure);
    sqlx::query(
        "INSERT INTO tasks (id, job_id, batch_id, queue, state, subject_kind, subject_id,
             counterpart_ids, positions, first_position, last_position, dispatched_at,
             depends_on, depends_on_batch, depends_on_position, waits_until, on_parent_failure,
             webhook_url, webhook_events, user_id, weights, traceparent)
         SELECT slice.id, $1, $2, $3, $4, $5, $6,
             ($7::bigint[])[slice.start:slice.stop],
             ARRAY(SELECT generate_series(slice.position,
                 slice.position + slice.stop - slice.start)),
             slice.position, slice.position + slice.stop - slice.start,
             CASE WHEN $8 THEN now() END,
             $9, $10, $11, CASE WHEN $9::text IS NOT NULL
                 THEN now() + make_interval(secs => $12) END,
             $21, $13, $14, $15, $16, $22
         FROM unnest($17::text[], $18::integer[], $19::integer[], $20::integer[])
             AS slice (id, start, stop, position)
         ON CONFLICT (id) DO NOTHING",
    )
    .bind(job_id)
    .bind(batch_id)
    .bind(options.queue.as_str())
    .bind(state.as_str())
    .bind(submission.subject_kind.as_str())
    .bind(submission.subject_id)
    .bind(&counterpart_ids)
    .bind(pushed_by_caller && state == TaskState::Queued)
    .bind(depends_on.map(|dependency: &Dependency| WorkId::as_str(&dependency.id)))
    .bind(batch_position.map(|(batch, _)| batch.as_str()))
    .bind(batch_position.map(|(_, position)| *position))
    .bind(super::seconds(options.dependency_expiry))
    .bind(&options.webhook_url)
    .bind(options.webhook_events.as_str())
    .bind(&options.user_id)
    .bind(&options.weights)
    .bind(&ids)
    .bind(&slice_starts)
    .bind(&slice_ends)
    .bind(&first_positions)
    .bind(on_parent_failure.as_str())
    .bind(options.trace.to_string())
    .execute(&mut **transaction)
    .await?;
    Ok(())
}
