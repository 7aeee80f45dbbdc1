//! Results and rankings.

use futures::TryStreamExt;
use sqlx::AssertSqlSafe;

use super::SqliteStore;
use crate::{
    domain::{identifiers::BatchId, task::Pair},
    store::{
        DocumentPlace, Page, RankedResult, ResultScope, StoreError, StoredResult,
        reweighing::Dialect,
        rows::{PairRow, RankedRow, ResultRow, pairs_in_order},
    },
};
use matching_engine::{
    profiles::profile_kind::ProfileKind,
    scoring::{Weights, weight_shares},
};

pub(super) async fn of_pair(
    store: &SqliteStore,
    pair: Pair,
) -> Result<Option<StoredResult>, StoreError> {
    let row: Option<ResultRow> = sqlx::query_as(
        "SELECT job_id, score, category, criterion_scores, score_cap, weights, document,
             document_key, computed_at
         FROM results
         WHERE candidate_id = ?1 AND job_posting_id = ?2",
    )
    .bind(pair.candidate_id)
    .bind(pair.job_posting_id)
    .fetch_optional(&store.readers)
    .await?;
    Ok(row.map(StoredResult::from))
}

pub(super) async fn of_profile(
    store: &SqliteStore,
    kind: ProfileKind,
    id: i64,
    page: &Page,
) -> Result<Vec<RankedResult>, StoreError> {
    // No score is above 1; the plain bound lets a later page start in the index.
    let sql = match kind {
        ProfileKind::Candidate => {
            "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at FROM results
             WHERE candidate_id = ?1 AND score <= coalesce(?3, 1)
                 AND (?3 IS NULL OR score < ?3 OR (candidate_id, job_posting_id) > (?4, ?5))
             ORDER BY score DESC, candidate_id, job_posting_id LIMIT ?2"
        }
        ProfileKind::JobPosting => {
            "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at FROM results
             WHERE job_posting_id = ?1 AND score <= coalesce(?3, 1)
                 AND (?3 IS NULL OR score < ?3 OR (candidate_id, job_posting_id) > (?4, ?5))
             ORDER BY score DESC, candidate_id, job_posting_id LIMIT ?2"
        }
    };
    let rows: Vec<RankedRow> = sqlx::query_as(sql)
        .bind(id)
        .bind(page.limit)
        .bind(page.after.map(|cursor| cursor.score))
        .bind(page.after.map(|cursor| cursor.candidate_id))
        .bind(page.after.map(|cursor| cursor.job_posting_id))
        .fetch_all(&store.readers)
        .await?;
    Ok(rows.into_iter().map(RankedResult::from).collect())
}

pub(super) async fn rank_batch(
    store: &SqliteStore,
    id: &BatchId,
    take: &mut (dyn FnMut(RankedResult) + Send),
) -> Result<(), StoreError> {
    let mut rows = sqlx::query_as::<_, RankedRow>(
        "WITH pairs AS (
             SELECT DISTINCT
                 CASE subject_kind WHEN 'candidate' THEN subject_id ELSE counterpart.value END AS candidate_id,
                 CASE subject_kind WHEN 'candidate' THEN counterpart.value ELSE subject_id END AS job_posting_id
             FROM tasks CROSS JOIN json_each(counterpart_ids) AS counterpart
             WHERE batch_id = ?1 AND state = 'completed'
         )
         SELECT candidate_id, job_posting_id, job_id, score, category, computed_at
         FROM pairs JOIN results USING (candidate_id, job_posting_id)
         ORDER BY score DESC, candidate_id, job_posting_id",
    )
    .bind(id.as_str())
    .fetch(&store.readers);
    while let Some(row) = rows.try_next().await? {
        take(RankedResult::from(row));
    }
    Ok(())
}

/// SQLite's words for reweighing.
const DIALECT: Dialect = Dialect {
    parameter: '?',
    criterion_score: |at| format!("criterion_scores ->> '$[{at}]'"),
    whole: |number| format!("CAST({number} AS INTEGER)"),
    smaller: "min",
    locking: "",
};

pub(super) async fn reweigh(
    store: &SqliteStore,
    scope: ResultScope,
    weights: &Weights,
    after: Option<Pair>,
    limit: u32,
) -> Result<Vec<Pair>, StoreError> {
    // Only the scope's shape is written into the text, no value.
    let mut query = sqlx::query_as(AssertSqlSafe(DIALECT.reweigh(scope)));
    for share in weight_shares(weights) {
        query = query.bind(share);
    }
    let rows: Vec<PairRow> = query
        .bind(serde_json::to_string(weights).unwrap_or_default())
        .bind(scope.candidate_id)
        .bind(scope.job_posting_id)
        .bind(after.map_or(i64::MIN, |pair| pair.candidate_id))
        .bind(after.map_or(i64::MIN, |pair| pair.job_posting_id))
        .bind(limit)
        .fetch_all(&store.writer)
        .await?;
    Ok(pairs_in_order(rows))
}

pub(super) async fn best(
    store: &SqliteStore,
    scope: ResultScope,
    limit: u32,
) -> Result<Vec<RankedResult>, StoreError> {
    let sql = match (scope.candidate_id, scope.job_posting_id) {
        (None, None) => {
            "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at FROM results
             ORDER BY score DESC, candidate_id, job_posting_id LIMIT ?3"
        }
        (Some(_), None) => {
            "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at FROM results
             WHERE candidate_id = ?1
             ORDER BY score DESC, candidate_id, job_posting_id LIMIT ?3"
        }
        (None, Some(_)) => {
            "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at FROM results
             WHERE job_posting_id = ?2
             ORDER BY score DESC, candidate_id, job_posting_id LIMIT ?3"
        }
        (Some(_), Some(_)) => {
            "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at FROM results
             WHERE candidate_id = ?1 AND job_posting_id = ?2 LIMIT ?3"
        }
    };
    let rows: Vec<RankedRow> = sqlx::query_as(sql)
        .bind(scope.candidate_id)
        .bind(scope.job_posting_id)
        .bind(limit)
        .fetch_all(&store.readers)
        .await?;
    Ok(rows.into_iter().map(RankedResult::from).collect())
}

pub(super) async fn drop_batch_reports(
    store: &SqliteStore,
    scope: ResultScope,
) -> Result<(), StoreError> {
    // Tasks are few, a row for up to 500 matches; looking at all of a batch's is affordable.
    sqlx::query(
        "UPDATE batches SET report = NULL, report_key = NULL,
             report_generation = report_generation + 1
         WHERE finished_at IS NOT NULL AND EXISTS (
             SELECT 1 FROM tasks WHERE batch_id = batches.id AND state = 'completed'
                 AND (?1 IS NULL
                     OR tasks.subject_kind = 'candidate' AND ?1 = tasks.subject_id
                     OR tasks.subject_kind = 'job_posting'
                         AND ?1 IN (SELECT value FROM json_each(counterpart_ids)))
                 AND (?2 IS NULL
                     OR tasks.subject_kind = 'job_posting' AND ?2 = tasks.subject_id
                     OR tasks.subject_kind = 'candidate'
                         AND ?2 IN (SELECT value FROM json_each(counterpart_ids))))",
    )
    .bind(scope.candidate_id)
    .bind(scope.job_posting_id)
    .execute(&store.writer)
    .await?;
    Ok(())
}

pub(super) async fn batches_without_report(
    store: &SqliteStore,
    limit: u32,
) -> Result<Vec<BatchId>, StoreError> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM batches
         WHERE finished_at IS NOT NULL AND report IS NULL AND report_key IS NULL
         ORDER BY finished_at LIMIT ?1",
    )
    .bind(limit)
    .fetch_all(&store.readers)
    .await?;
    Ok(ids.into_iter().map(BatchId::from_trusted).collect())
}

pub(super) async fn report_generation(
    store: &SqliteStore,
    id: &BatchId,
) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "SELECT report_generation FROM batches WHERE id = ?1 AND finished_at IS NOT NULL",
    )
    .bind(id.as_str())
    .fetch_optional(&store.readers)
    .await?)
}

pub(super) async fn save_batch_report(
    store: &SqliteStore,
    id: &BatchId,
    generation: i64,
    report: &DocumentPlace,
) -> Result<(), StoreError> {
    let (inline, key) = report.as_columns();
    let mut transaction = store.begin().await?;
    let saved = sqlx::query(
        "UPDATE batches SET report = ?2, report_key = ?3
         WHERE id = ?1 AND finished_at IS NOT NULL AND report_generation = ?4",
    )
    .bind(id.as_str())
    .bind(inline)
    .bind(key)
    .bind(generation)
    .execute(&mut *transaction)
    .await?
    .rows_affected();
    if saved == 1 {
        sqlx::query("DELETE FROM orphaned_documents WHERE key = ?1")
            .bind(key)
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

pub(super) async fn batch_report(
    store: &SqliteStore,
    id: &BatchId,
) -> Result<Option<DocumentPlace>, StoreError> {
    let row: Option<(Option<String>, Option<String>)> =
        sqlx::query_as("SELECT report, report_key FROM batches WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&store.readers)
            .await?;
    Ok(row.and_then(|(inline, key)| DocumentPlace::of_columns(inline, key)))
}
