//! Candidates and job postings: two tables of one shape.

use sqlx::PgPool;

use crate::{
    domain::profile_kind::ProfileKind,
    store::{
        ProfileChanges, PutProfiles, ReadProfile, Revision, StoreError, StoredProfile,
        rows::{
            ProfileChangeRow, ProfileRow, ReadProfileRow, profile_changes, read_profile,
            stored_profile,
        },
    },
};

/// From so many profiles on, asking whether all are new costs less than it saves.
const MANY: usize = 100;

pub(super) async fn put(
    pool: &PgPool,
    kind: ProfileKind,
    profiles: &[(i64, String)],
) -> Result<PutProfiles, StoreError> {
    // One statement can't touch a row twice, so the last of equal ids is kept; sorted, so that two
    // importers lock rows in one order.
    let unique: std::collections::BTreeMap<i64, &str> = profiles
        .iter()
        .map(|(id, document)| (*id, document.as_str()))
        .collect();
    let (ids, documents): (Vec<i64>, Vec<&str>) = unique.into_iter().unzip();
    if ids.len() >= MANY && none_is_stored(pool, kind, &ids).await? {
        match insert(pool, kind, &ids, &documents).await {
            // Somebody else stored one of them just now.
            Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {}
            inserted => {
                return Ok(PutProfiles {
                    created: inserted?,
                    replaced: 0,
                });
            }
        }
    }
    let sql = match kind {
        ProfileKind::Candidate => {
            "INSERT INTO candidates (id, document)
             SELECT * FROM unnest($1::bigint[], $2::text[])
             ON CONFLICT (id) DO UPDATE SET document = excluded.document, updated_at = now()
             RETURNING (xmax = 0)"
        }
        ProfileKind::JobPosting => {
            "INSERT INTO job_postings (id, document)
             SELECT * FROM unnest($1::bigint[], $2::text[])
             ON CONFLICT (id) DO UPDATE SET document = excluded.document, updated_at = now()
             RETURNING (xmax = 0)"
        }
    };
    // A row that was inserted, not updated, has no transaction in xmax.
    let created: Vec<bool> = sqlx::query_scalar(sql)
        .bind(&ids)
        .bind(&documents)
        .fetch_all(pool)
        .await?;
    let mut changes = PutProfiles::default();
    for created in created {
        if created {
            changes.created += 1;
        } else {
            changes.replaced += 1;
        }
    }
    Ok(changes)
}

async fn none_is_stored(pool: &PgPool, kind: ProfileKind, ids: &[i64]) -> Result<bool, StoreError> {
    let sql = match kind {
        ProfileKind::Candidate => "SELECT count(*) FROM candidates WHERE id = ANY ($1)",
        ProfileKind::JobPosting => "SELECT count(*) FROM job_postings WHERE id = ANY ($1)",
    };
    let stored: i64 = sqlx::query_scalar(sql).bind(ids).fetch_one(pool).await?;
    Ok(stored == 0)
}

/// Stores new profiles. Being ready for old ones would cost PostgreSQL half as much again, since each
/// row is then written on trial first.
async fn insert(
    pool: &PgPool,
    kind: ProfileKind,
    ids: &[i64],
    documents: &[&str],
) -> Result<u64, sqlx::Error> {
    let sql = match kind {
        ProfileKind::Candidate => {
            "INSERT INTO candidates (id, document) SELECT * FROM unnest($1::bigint[], $2::text[])"
        }
        ProfileKind::JobPosting => {
            "INSERT INTO job_postings (id, document) SELECT * FROM unnest($1::bigint[], $2::text[])"
        }
    };
    let inserted = sqlx::query(sql).bind(ids).bind(documents).execute(pool);
    Ok(inserted.await?.rows_affected())
}

pub(super) async fn get(
    pool: &PgPool,
    kind: ProfileKind,
    id: i64,
) -> Result<Option<StoredProfile>, StoreError> {
    let sql = match kind {
        ProfileKind::Candidate => "SELECT document, updated_at FROM candidates WHERE id = $1",
        ProfileKind::JobPosting => "SELECT document, updated_at FROM job_postings WHERE id = $1",
    };
    let row: Option<ProfileRow> = sqlx::query_as(sql).bind(id).fetch_optional(pool).await?;
    Ok(row.map(stored_profile))
}

pub(super) async fn get_many(
    pool: &PgPool,
    kind: ProfileKind,
    wanted: &[(i64, Option<Revision>)],
) -> Result<Vec<ReadProfile>, StoreError> {
    // A version says which transaction wrote it; a database that was restored may count anew, but
    // its clock does not.
    macro_rules! read {
        ($table:literal) => {
            concat!(
                "SELECT id, revision, CASE WHEN held IS DISTINCT FROM revision THEN document END
                 FROM (
                     SELECT id, document, held,
                         coalesce(version, 0) || '@' || extract(epoch FROM updated_at) AS revision
                     FROM unnest($1::bigint[], $2::text[]) AS wanted (id, held)
                     JOIN ",
                $table,
                " USING (id)
                     LEFT JOIN profile_versions ON kind = $3 AND profile_id = id
                 ) AS found"
            )
        };
    }
    let sql = match kind {
        ProfileKind::Candidate => read!("candidates"),
        ProfileKind::JobPosting => read!("job_postings"),
    };
    let (ids, held): (Vec<i64>, Vec<Option<&str>>) = wanted
        .iter()
        .map(|(id, held)| (*id, held.as_deref()))
        .unzip();
    let rows: Vec<ReadProfileRow> = sqlx::query_as(sql)
        .bind(ids)
        .bind(held)
        .bind(kind.as_str())
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(read_profile).collect())
}

pub(super) async fn get_after(
    pool: &PgPool,
    kind: ProfileKind,
    after: i64,
    limit: u32,
) -> Result<Vec<(i64, String)>, StoreError> {
    let sql = match kind {
        ProfileKind::Candidate => {
            "SELECT id, document FROM candidates WHERE id > $1 ORDER BY id LIMIT $2"
        }
        ProfileKind::JobPosting => {
            "SELECT id, document FROM job_postings WHERE id > $1 ORDER BY id LIMIT $2"
        }
    };
    let rows = sqlx::query_as(sql).bind(after).bind(i64::from(limit));
    Ok(rows.fetch_all(pool).await?)
}

/// A version is the id of the transaction that wrote it, and transactions commit in any order: one
/// with a smaller id may become visible later. So the mark is not the newest version seen but the
/// oldest transaction that was still running: all below it had ended, and were seen if committed.
/// The statement has one snapshot, from which both the mark and the rows come.
pub(super) async fn changes(
    pool: &PgPool,
    kind: ProfileKind,
    since: Option<i64>,
    limit: u32,
) -> Result<ProfileChanges, StoreError> {
    let rows: Vec<ProfileChangeRow> = sqlx::query_as(
        "SELECT mark, profile_id, version, deleted_at IS NOT NULL AS is_deleted
         FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS mark) AS marked
         LEFT JOIN (
             SELECT profile_id, version, deleted_at FROM profile_versions
             WHERE kind = $1 AND version >= coalesce($2, 0)
                 AND ($2 IS NOT NULL OR deleted_at IS NULL)
             LIMIT $3
         ) AS changed ON true",
    )
    .bind(kind.as_str())
    .bind(since)
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    Ok(profile_changes(rows))
}

pub(super) async fn delete(pool: &PgPool, kind: ProfileKind, id: i64) -> Result<bool, StoreError> {
    let sql = match kind {
        ProfileKind::Candidate => "DELETE FROM candidates WHERE id = $1",
        ProfileKind::JobPosting => "DELETE FROM job_postings WHERE id = $1",
    };
    // The notes of old deletions have served.
    sqlx::query(
        "DELETE FROM profile_versions WHERE (kind, profile_id) IN (
             SELECT kind, profile_id FROM profile_versions
             WHERE deleted_at < now() - interval '1 day' LIMIT 100 FOR UPDATE SKIP LOCKED)",
    )
    .execute(pool)
    .await?;
    let deleted = sqlx::query(sql).bind(id).execute(pool).await?;
    Ok(deleted.rows_affected() > 0)
}
