//! Candidates and job postings: two tables of one shape.

use std::collections::BTreeMap;

use sqlx::types::Json;

use super::SqliteStore;
use crate::{
    domain::profile_kind::ProfileKind,
    store::{
        PutProfiles, StoreError, StoredProfile,
        rows::{ProfileRow, stored_profile},
    },
};

pub(super) async fn put(
    store: &SqliteStore,
    kind: ProfileKind,
    profiles: &[(i64, String)],
) -> Result<PutProfiles, StoreError> {
    // The last of equal ids is kept.
    let unique: BTreeMap<i64, &str> = profiles
        .iter()
        .map(|(id, document)| (*id, document.as_str()))
        .collect();
    let (existing_sql, upsert_sql) = match kind {
        ProfileKind::Candidate => (
            "SELECT count(*) FROM candidates WHERE id IN (SELECT value ->> 0 FROM json_each(?1))",
            "INSERT INTO candidates (id, document)
             SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE true
             ON CONFLICT (id) DO UPDATE SET document = excluded.document,
                 updated_at = excluded.updated_at",
        ),
        ProfileKind::JobPosting => (
            "SELECT count(*) FROM job_postings WHERE id IN (SELECT value ->> 0 FROM json_each(?1))",
            "INSERT INTO job_postings (id, document)
             SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE true
             ON CONFLICT (id) DO UPDATE SET document = excluded.document,
                 updated_at = excluded.updated_at",
        ),
    };
    let rows = Json(Vec::from_iter(unique));
    let mut transaction = store.begin().await?;
    let replaced: i64 = sqlx::query_scalar(existing_sql)
        .bind(&rows)
        .fetch_one(&mut *transaction)
        .await?;
    sqlx::query(upsert_sql)
        .bind(&rows)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    let replaced = u64::try_from(replaced).unwrap_or_default();
    Ok(PutProfiles {
        created: rows.0.len() as u64 - replaced,
        replaced,
    })
}

pub(super) async fn get(
    store: &SqliteStore,
    kind: ProfileKind,
    id: i64,
) -> Result<Option<StoredProfile>, StoreError> {
    let sql = match kind {
        ProfileKind::Candidate => "SELECT document, updated_at FROM candidates WHERE id = ?1",
        ProfileKind::JobPosting => "SELECT document, updated_at FROM job_postings WHERE id = ?1",
    };
    let row: Option<ProfileRow> = sqlx::query_as(sql)
        .bind(id)
        .fetch_optional(&store.readers)
        .await?;
    Ok(row.map(stored_profile))
}

pub(super) async fn get_many(
    store: &SqliteStore,
    kind: ProfileKind,
    ids: &[i64],
) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = match kind {
        ProfileKind::Candidate => {
            "SELECT id, document FROM candidates WHERE id IN (SELECT value FROM json_each(?1))"
        }
        ProfileKind::JobPosting => {
            "SELECT id, document FROM job_postings WHERE id IN (SELECT value FROM json_each(?1))"
        }
    };
    Ok(sqlx::query_as(sql)
        .bind(Json(ids))
        .fetch_all(&store.readers)
        .await?)
}

pub(super) async fn delete(
    store: &SqliteStore,
    kind: ProfileKind,
    id: i64,
) -> Result<bool, StoreError> {
    let sql = match kind {
        ProfileKind::Candidate => "DELETE FROM candidates WHERE id = ?1",
        ProfileKind::JobPosting => "DELETE FROM job_postings WHERE id = ?1",
    };
    Ok(sqlx::query(sql)
        .bind(id)
        .execute(&store.writer)
        .await?
        .rows_affected()
        > 0)
}
