//! Candidates and job postings: two tables of the same structure.

use std::collections::BTreeMap;

use async_trait::async_trait;
use sqlx::types::Json;
use tokio::sync::mpsc;
use tracing::instrument;

use super::SqliteStore;
use crate::{
    domain::{identifiers::ProfileId, revision::WriteCondition},
    store::{
        ProfileChanges, ProfilePart, ProfileReader, Profiles, PutProfile, PutProfiles, ReadProfile,
        Revision, StoreError, StoredProfile,
        rows::{
            ProfileChangeRow, ProfileRow, ReadProfileRow, changes_of, put_profile, read_profile,
            stored_profile,
        },
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The revision of a row of `profile`, whose kind is the second parameter.
macro_rules! revision {
    () => {
        "coalesce((SELECT version FROM profile_versions WHERE kind = ?2 AND profile_id = profile.id), 0)
             || '@' || updated_at"
    };
}

#[async_trait]
impl Profiles for SqliteStore {
    #[instrument(
        name = "store.put_profiles",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str())
    )]
    async fn put_profiles(
        &self,
        kind: ProfileKind,
        profiles: &[(ProfileId, String)],
    ) -> Result<PutProfiles, StoreError> {
        // Of equal ids the last is kept.
        let unique: BTreeMap<ProfileId, &str> = profiles
            .iter()
            .map(|(id, document)| (*id, document.as_str()))
            .collect();
        let (existing_sql, upsert_sql) = match kind {
            ProfileKind::Candidate => (
                "SELECT count(*) FROM candidates
                 WHERE id IN (SELECT value ->> 0 FROM json_each(?1))",
                "INSERT INTO candidates (id, document)
                 SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE true
                 ON CONFLICT (id) DO UPDATE SET document = excluded.document,
                     updated_at = excluded.updated_at",
            ),
            ProfileKind::JobPosting => (
                "SELECT count(*) FROM job_postings
                 WHERE id IN (SELECT value ->> 0 FROM json_each(?1))",
                "INSERT INTO job_postings (id, document)
                 SELECT value ->> 0, value ->> 1 FROM json_each(?1) WHERE true
                 ON CONFLICT (id) DO UPDATE SET document = excluded.document,
                     updated_at = excluded.updated_at",
            ),
        };
        let rows = Json(Vec::from_iter(unique));
        let mut transaction = self.begin().await?;
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

    #[instrument(
        name = "store.put_profile",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str(), profile.id = %id)
    )]
    async fn put_profile(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        document: &str,
        condition: &WriteCondition,
    ) -> Result<Option<PutProfile>, StoreError> {
        macro_rules! put {
            ($table:literal) => {
                (
                    concat!(
                        "SELECT ",
                        revision!(),
                        " FROM ",
                        $table,
                        " AS profile WHERE id = ?1"
                    ),
                    concat!(
                        "INSERT INTO ",
                        $table,
                        " (id, document) VALUES (?1, ?2)
                         ON CONFLICT (id) DO UPDATE SET document = excluded.document,
                             updated_at = excluded.updated_at"
                    ),
                )
            };
        }
        let (read, write) = match kind {
            ProfileKind::Candidate => put!("candidates"),
            ProfileKind::JobPosting => put!("job_postings"),
        };
        // A transaction is the only writer.
        let mut transaction = self.begin().await?;
        let before = sqlx::query_scalar(read).bind(id).bind(kind.as_str());
        let before: Option<String> = before.fetch_optional(&mut *transaction).await?;
        if !condition.holds_for(before.as_deref()) {
            transaction.rollback().await?;
            return Ok(None);
        }
        let write = sqlx::query(write).bind(id).bind(document);
        write.execute(&mut *transaction).await?;
        let after = sqlx::query_scalar(read).bind(id).bind(kind.as_str());
        let after: String = after.fetch_one(&mut *transaction).await?;
        transaction.commit().await?;
        Ok(Some(put_profile((before.is_none(), after))))
    }

    #[instrument(
        name = "store.put_profile_parts",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str())
    )]
    async fn put_profile_parts(
        &self,
        kind: ProfileKind,
        mut parts: mpsc::Receiver<ProfilePart>,
    ) -> Result<Option<PutProfiles>, StoreError> {
        // Receives all parts before it writes: a transaction that waits for parts would block all
        // other writers.
        let mut profiles = Vec::new();
        while let Some(part) = parts.recv().await {
            match part {
                ProfilePart::Documents(documents) => profiles.extend(documents),
                ProfilePart::End => return Ok(Some(self.put_profiles(kind, &profiles).await?)),
            }
        }
        Ok(None)
    }

    #[instrument(
        name = "store.profile",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str(), profile.id = %id)
    )]
    async fn profile(
        &self,
        kind: ProfileKind,
        id: ProfileId,
    ) -> Result<Option<StoredProfile>, StoreError> {
        macro_rules! read {
            ($table:literal) => {
                concat!(
                    "SELECT document, updated_at, ",
                    revision!(),
                    " FROM ",
                    $table,
                    " AS profile WHERE id = ?1"
                )
            };
        }
        let sql = match kind {
            ProfileKind::Candidate => read!("candidates"),
            ProfileKind::JobPosting => read!("job_postings"),
        };
        let row: Option<ProfileRow> = sqlx::query_as(sql)
            .bind(id)
            .bind(kind.as_str())
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(stored_profile))
    }

    #[instrument(
        name = "store.profiles",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str())
    )]
    async fn profiles(
        &self,
        _reader: ProfileReader,
        kind: ProfileKind,
        wanted: &[(ProfileId, Option<Revision>)],
    ) -> Result<Vec<ReadProfile>, StoreError> {
        macro_rules! read {
            ($table:literal) => {
                concat!(
                    "SELECT id, revision, document_version,
                         CASE WHEN held IS revision THEN NULL ELSE document END
                     FROM (
                         SELECT profile.id, document, wanted.value ->> 1 AS held,
                             coalesce(version, 0) || '@' || updated_at AS revision,
                             coalesce(document_version, 0) AS document_version
                         FROM json_each(?1) AS wanted
                         JOIN ",
                    $table,
                    " AS profile ON profile.id = wanted.value ->> 0
                         LEFT JOIN profile_versions ON kind = ?2 AND profile_id = profile.id
                     )"
                )
            };
        }
        let sql = match kind {
            ProfileKind::Candidate => read!("candidates"),
            ProfileKind::JobPosting => read!("job_postings"),
        };
        let wanted: Vec<(ProfileId, Option<&str>)> = wanted
            .iter()
            .map(|(id, held)| (*id, held.as_deref()))
            .collect();
        let rows: Vec<ReadProfileRow> = sqlx::query_as(sql)
            .bind(Json(wanted))
            .bind(kind.as_str())
            .fetch_all(&self.readers)
            .await?;
        Ok(rows.into_iter().map(read_profile).collect())
    }

    #[instrument(
        name = "store.delete_profile",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str(), profile.id = %id)
    )]
    async fn delete_profile(&self, kind: ProfileKind, id: ProfileId) -> Result<bool, StoreError> {
        let sql = match kind {
            ProfileKind::Candidate => "DELETE FROM candidates WHERE id = ?1",
            ProfileKind::JobPosting => "DELETE FROM job_postings WHERE id = ?1",
        };
        // Deletes expired records of deletions.
        sqlx::query(
            "DELETE FROM profile_versions WHERE (kind, profile_id) IN (
                 SELECT kind, profile_id FROM profile_versions
                 WHERE deleted_at < (SELECT now FROM clock) - 86400000 LIMIT 100)",
        )
        .execute(&self.writer)
        .await?;
        let deleted = sqlx::query(sql).bind(id).execute(&self.writer).await?;
        Ok(deleted.rows_affected() > 0)
    }

    #[instrument(
        name = "store.delete_profile_if",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str(), profile.id = %id)
    )]
    async fn delete_profile_if(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        condition: &WriteCondition,
    ) -> Result<bool, StoreError> {
        macro_rules! delete {
            ($table:literal) => {
                (
                    concat!(
                        "SELECT ",
                        revision!(),
                        " FROM ",
                        $table,
                        " AS profile WHERE id = ?1"
                    ),
                    concat!("DELETE FROM ", $table, " WHERE id = ?1"),
                )
            };
        }
        let (read, delete) = match kind {
            ProfileKind::Candidate => delete!("candidates"),
            ProfileKind::JobPosting => delete!("job_postings"),
        };
        let mut transaction = self.begin().await?;
        let stored = sqlx::query_scalar(read).bind(id).bind(kind.as_str());
        let stored: Option<String> = stored.fetch_optional(&mut *transaction).await?;
        if stored.is_none() || !condition.holds_for(stored.as_deref()) {
            transaction.rollback().await?;
            return Ok(false);
        }
        sqlx::query(delete)
            .bind(id)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(true)
    }

    #[instrument(
        name = "store.profiles_after",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str())
    )]
    async fn profiles_after(
        &self,
        kind: ProfileKind,
        after: Option<ProfileId>,
        limit: u32,
    ) -> Result<Vec<(ProfileId, String)>, StoreError> {
        let sql = match kind {
            ProfileKind::Candidate => {
                "SELECT id, document FROM candidates WHERE id > ?1 ORDER BY id LIMIT ?2"
            }
            ProfileKind::JobPosting => {
                "SELECT id, document FROM job_postings WHERE id > ?1 ORDER BY id LIMIT ?2"
            }
        };
        let rows = sqlx::query_as(sql)
            .bind(after.map_or(i64::MIN, ProfileId::number))
            .bind(limit);
        Ok(rows.fetch_all(&self.readers).await?)
    }

    #[instrument(
        name = "store.profile_changes",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str())
    )]
    async fn profile_changes(
        &self,
        kind: ProfileKind,
        since: Option<i64>,
        limit: u32,
    ) -> Result<ProfileChanges, StoreError> {
        // There is one writer at a time, so the visible count of writes belongs to the visible
        // profiles, and every later write has a higher number. The statement has one snapshot.
        let rows: Vec<ProfileChangeRow> = sqlx::query_as(
            "SELECT profile_writes.count + 1, profile_id, version, deleted_at IS NOT NULL
             FROM profile_writes LEFT JOIN (
                 SELECT profile_id, version, deleted_at FROM profile_versions
                 WHERE kind = ?1 AND version >= coalesce(?2, 0)
                     AND (?2 IS NOT NULL OR deleted_at IS NULL)
                 LIMIT ?3
             ) ON true",
        )
        .bind(kind.as_str())
        .bind(since)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        Ok(changes_of(rows))
    }
}
