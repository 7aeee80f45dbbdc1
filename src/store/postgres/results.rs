//! Results and rankings.

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgPool};

use crate::{
    domain::{
        identifiers::{BatchId, JobId},
        profile_kind::ProfileKind,
        task::Pair,
    },
    store::{DocumentPlace, Page, RankedResult, StoreError, StoredResult},
};

#[derive(FromRow)]
struct ResultRow {
    job_id: String,
    score: f64,
    category: String,
    document: Option<String>,
    document_key: Option<String>,
    computed_at: DateTime<Utc>,
}

pub(super) async fn of_pair(pool: &PgPool, pair: Pair) -> Result<Option<StoredResult>, StoreError> {
    let row: Option<ResultRow> = sqlx::query_as(
        "SELECT job_id, score, category, document, document_key, computed_at FROM results
         WHERE candidate_id = $1 AND job_posting_id = $2",
    )
    .bind(pair.candidate_id)
    .bind(pair.job_posting_id)
    .fetch_optional(pool)
    .await?;
    Ok(row.map(|row| StoredResult {
        job_id: JobId::from_trusted(row.job_id),
        score: row.score,
        category: row.category,
        document: place(row.document, row.document_key)
            .unwrap_or(DocumentPlace::Inline(String::new())),
        computed_at: row.computed_at,
    }))
}

fn place(inline: Option<String>, key: Option<String>) -> Option<DocumentPlace> {
    key.map(DocumentPlace::Key)
        .or(inline.map(DocumentPlace::Inline))
}

#[derive(FromRow)]
struct RankedRow {
    candidate_id: i64,
    job_posting_id: i64,
    job_id: String,
    score: f64,
    category: String,
    computed_at: DateTime<Utc>,
}

impl From<RankedRow> for RankedResult {
    fn from(row: RankedRow) -> Self {
        Self {
            pair: Pair {
                candidate_id: row.candidate_id,
                job_posting_id: row.job_posting_id,
            },
            job_id: JobId::from_trusted(row.job_id),
            score: row.score,
            category: row.category,
            computed_at: row.computed_at,
        }
    }
}

pub(super) async fn of_profile(
    pool: &PgPool,
    kind: ProfileKind,
    id: i64,
    page: &Page,
) -> Result<Vec<RankedResult>, StoreError> {
    let sql = match kind {
        ProfileKind::Candidate => {
            "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at FROM results
             WHERE candidate_id = $1 AND ($3::double precision IS NULL OR score < $3
                 OR (score = $3 AND (candidate_id, job_posting_id) > ($4, $5)))
             ORDER BY score DESC, candidate_id, job_posting_id LIMIT $2"
        }
        ProfileKind::JobPosting => {
            "SELECT candidate_id, job_posting_id, job_id, score, category, computed_at FROM results
             WHERE job_posting_id = $1 AND ($3::double precision IS NULL OR score < $3
                 OR (score = $3 AND (candidate_id, job_posting_id) > ($4, $5)))
             ORDER BY score DESC, candidate_id, job_posting_id LIMIT $2"
        }
    };
    let rows: Vec<RankedRow> = sqlx::query_as(sql)
        .bind(id)
        .bind(i64::from(page.limit))
        .bind(page.after.map(|cursor| cursor.score))
        .bind(page.after.map(|cursor| cursor.candidate_id))
        .bind(page.after.map(|cursor| cursor.job_posting_id))
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(RankedResult::from).collect())
}

pub(super) async fn of_batch(
    pool: &PgPool,
    id: &BatchId,
    page: &Page,
) -> Result<Vec<RankedResult>, StoreError> {
    let rows: Vec<RankedRow> = sqlx::query_as(
        "WITH pairs AS (
             SELECT DISTINCT
                 CASE subject_kind WHEN 'candidate' THEN subject_id ELSE counterpart_id END AS candidate_id,
                 CASE subject_kind WHEN 'candidate' THEN counterpart_id ELSE subject_id END AS job_posting_id
             FROM tasks CROSS JOIN LATERAL unnest(counterpart_ids) AS counterpart_id
             WHERE batch_id = $1 AND state = 'completed'
         )
         SELECT candidate_id, job_posting_id, job_id, score, category, computed_at
         FROM pairs JOIN results USING (candidate_id, job_posting_id)
         WHERE $3::double precision IS NULL OR score < $3
             OR (score = $3 AND (candidate_id, job_posting_id) > ($4, $5))
         ORDER BY score DESC, candidate_id, job_posting_id LIMIT $2",
    )
    .bind(id.as_str())
    .bind(i64::from(page.limit))
    .bind(page.after.map(|cursor| cursor.score))
    .bind(page.after.map(|cursor| cursor.candidate_id))
    .bind(page.after.map(|cursor| cursor.job_posting_id))
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(RankedResult::from).collect())
}

pub(super) async fn batches_without_report(
    pool: &PgPool,
    limit: u32,
) -> Result<Vec<BatchId>, StoreError> {
    let ids: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM batches
         WHERE finished_at IS NOT NULL AND report IS NULL AND report_key IS NULL
         ORDER BY finished_at LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(BatchId::from_trusted).collect())
}

pub(super) async fn save_batch_report(
    pool: &PgPool,
    id: &BatchId,
    report: &DocumentPlace,
) -> Result<(), StoreError> {
    let (inline, key) = match report {
        DocumentPlace::Inline(text) => (Some(text), None),
        DocumentPlace::Key(key) => (None, Some(key)),
    };
    sqlx::query(
        "UPDATE batches SET report = $2, report_key = $3 WHERE id = $1 AND finished_at IS NOT NULL",
    )
    .bind(id.as_str())
    .bind(inline)
    .bind(key)
    .execute(pool)
    .await?;
    Ok(())
}

pub(super) async fn batch_report(
    pool: &PgPool,
    id: &BatchId,
) -> Result<Option<DocumentPlace>, StoreError> {
    let row: Option<(Option<String>, Option<String>)> =
        sqlx::query_as("SELECT report, report_key FROM batches WHERE id = $1")
            .bind(id.as_str())
            .fetch_optional(pool)
            .await?;
    Ok(row.and_then(|(inline, key)| place(inline, key)))
}
