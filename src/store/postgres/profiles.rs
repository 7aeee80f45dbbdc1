//! Candidates and job postings: two tables of the same structure.

use std::collections::{BTreeMap, btree_map::Entry};

use async_trait::async_trait;
use sqlx::{PgConnection, PgExecutor, PgPool, PgTransaction};
use tokio::sync::mpsc;
use tracing::instrument;

use super::PostgresStore;
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

/// From this number of profiles on it pays to check first whether all are new: `insert` is cheaper
/// than `upsert`.
const MANY: usize = 100;

/// The revision of a profile. A version is the id of the transaction that wrote it. A restored
/// database may reuse transaction ids, but its clock does not go back.
macro_rules! revision {
    () => {
        "version || '@' || extract(epoch FROM updated_at)"
    };
}

#[async_trait]
impl Profiles for PostgresStore {
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
        self.call(async {
            let profiles = profiles.iter();
            put_all(
                &self.pool,
                kind,
                profiles.map(|(id, text)| (*id, text.as_str())),
            )
            .await
        })
        .await
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
        // Both statements judge the newest committed row and lock it, so that of two writers with
        // one revision the second fails.
        macro_rules! put {
            ($table:literal) => {
                (
                    concat!(
                        "UPDATE ",
                        $table,
                        " SET document = $2, updated_at = now()
                         WHERE id = $1 AND ($3 IS NULL OR ",
                        revision!(),
                        " = ANY ($3))
                             AND NOT $4 AND NOT ",
                        revision!(),
                        " = ANY ($5)
                         RETURNING false, ",
                        revision!()
                    ),
                    concat!(
                        "INSERT INTO ",
                        $table,
                        " AS profile (id, document)
                         SELECT $1, $2 WHERE $3::text[] IS NULL
                         ON CONFLICT (id) DO UPDATE
                             SET document = excluded.document, updated_at = now()
                             WHERE NOT $4 AND NOT profile.version || '@'
                                 || extract(epoch FROM profile.updated_at) = ANY ($5)
                         RETURNING xmax = 0, ",
                        revision!()
                    ),
                )
            };
        }
        let (update, upsert) = match kind {
            ProfileKind::Candidate => put!("candidates"),
            ProfileKind::JobPosting => put!("job_postings"),
        };
        let (must_exist, wanted, must_be_absent, refused) = condition.as_columns();
        self.call(async {
            let row = sqlx::query_as(if must_exist { update } else { upsert })
                .bind(id)
                .bind(document)
                .bind(wanted)
                .bind(must_be_absent)
                .bind(refused)
                .fetch_optional(&self.pool)
                .await?;
            Ok(row.map(put_profile))
        })
        .await
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
        parts: mpsc::Receiver<ProfilePart>,
    ) -> Result<Option<PutProfiles>, StoreError> {
        self.call(put_parts(&self.pool, kind, parts)).await
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
        self.call(async {
            let sql = match kind {
                ProfileKind::Candidate => {
                    concat!(
                        "SELECT document, updated_at, ",
                        revision!(),
                        " FROM candidates WHERE id = $1"
                    )
                }
                ProfileKind::JobPosting => {
                    concat!(
                        "SELECT document, updated_at, ",
                        revision!(),
                        " FROM job_postings WHERE id = $1"
                    )
                }
            };
            let row: Option<ProfileRow> = sqlx::query_as(sql)
                .bind(id)
                .fetch_optional(&self.pool)
                .await?;
            Ok(row.map(stored_profile))
        })
        .await
    }

    #[instrument(
        name = "store.profiles",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str())
    )]
    async fn profiles(
        &self,
        reader: ProfileReader,
        kind: ProfileKind,
        wanted: &[(ProfileId, Option<Revision>)],
    ) -> Result<Vec<ReadProfile>, StoreError> {
        match reader {
            ProfileReader::Request => self.call(get_many(&self.pool, kind, wanted)).await,
            ProfileReader::Attempt => self.call(self.coalesced.read(kind, wanted)).await,
        }
    }

    #[instrument(
        name = "store.delete_profile",
        level = "debug",
        skip_all,
        fields(profile.kind = kind.as_str(), profile.id = %id)
    )]
    async fn delete_profile(&self, kind: ProfileKind, id: ProfileId) -> Result<bool, StoreError> {
        self.call(async {
            let sql = match kind {
                ProfileKind::Candidate => "DELETE FROM candidates WHERE id = $1",
                ProfileKind::JobPosting => "DELETE FROM job_postings WHERE id = $1",
            };
            // Deletes expired records of deletions.
            sqlx::query(
                "DELETE FROM deleted_profiles WHERE (kind, profile_id) IN (
                     SELECT kind, profile_id FROM deleted_profiles
                     WHERE deleted_at < now() - interval '1 day' LIMIT 100 FOR UPDATE SKIP LOCKED)",
            )
            .execute(&self.pool)
            .await?;
            let deleted = sqlx::query(sql).bind(id).execute(&self.pool).await?;
            Ok(deleted.rows_affected() > 0)
        })
        .await
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
                concat!(
                    "DELETE FROM ",
                    $table,
                    " WHERE id = $1
                         AND ($2 IS NULL OR ",
                    revision!(),
                    " = ANY ($2))
                         AND NOT $3 AND NOT ",
                    revision!(),
                    " = ANY ($4)"
                )
            };
        }
        let sql = match kind {
            ProfileKind::Candidate => delete!("candidates"),
            ProfileKind::JobPosting => delete!("job_postings"),
        };
        let (_, wanted, must_be_absent, refused) = condition.as_columns();
        self.call(async {
            let deleted = sqlx::query(sql)
                .bind(id)
                .bind(wanted)
                .bind(must_be_absent)
                .bind(refused)
                .execute(&self.pool)
                .await?;
            Ok(deleted.rows_affected() > 0)
        })
        .await
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
        self.call(async {
            let sql = match kind {
                ProfileKind::Candidate => {
                    "SELECT id, document FROM candidates WHERE id > $1 ORDER BY id LIMIT $2"
                }
                ProfileKind::JobPosting => {
                    "SELECT id, document FROM job_postings WHERE id > $1 ORDER BY id LIMIT $2"
                }
            };
            let rows = sqlx::query_as(sql)
                .bind(after.map_or(i64::MIN, ProfileId::number))
                .bind(i64::from(limit));
            Ok(rows.fetch_all(&self.pool).await?)
        })
        .await
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
        // A version is the id of the transaction that wrote it, and transactions commit in any
        // order: one with a smaller id may become visible later. So the mark is not the newest
        // visible version but the oldest transaction that was still running: all transactions
        // before it had ended, and were visible if committed. The statement has one snapshot, from
        // which both the mark and the rows come.
        self.call(async {
            macro_rules! changed {
                ($table:literal) => {
                    concat!(
                        "SELECT mark, profile_id, version, is_deleted
                         FROM (
                             SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS mark
                         ) AS marked
                         LEFT JOIN (
                             SELECT id AS profile_id, version, false AS is_deleted FROM ",
                        $table,
                        " WHERE version >= coalesce($2, 0)
                             UNION ALL
                             SELECT profile_id, version, true FROM deleted_profiles
                             WHERE kind = $1 AND version >= $2
                                 AND NOT EXISTS (SELECT FROM ",
                        $table,
                        " WHERE id = profile_id)
                             LIMIT $3
                         ) AS changed ON true"
                    )
                };
            }
            let sql = match kind {
                ProfileKind::Candidate => changed!("candidates"),
                ProfileKind::JobPosting => changed!("job_postings"),
            };
            let rows: Vec<ProfileChangeRow> = sqlx::query_as(sql)
                .bind(kind.as_str())
                .bind(since)
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
            Ok(changes_of(rows))
        })
        .await
    }
}

async fn put_all(
    pool: &PgPool,
    kind: ProfileKind,
    profiles: impl Iterator<Item = (ProfileId, &str)>,
) -> Result<PutProfiles, StoreError> {
    // One statement can't touch a row twice, so the last of equal ids is kept. Sorted, so that two
    // importers lock rows in one order.
    let unique: BTreeMap<ProfileId, &str> = profiles.collect();
    let (ids, documents): (Vec<ProfileId>, Vec<&str>) = unique.into_iter().unzip();
    let mut connection = pool.acquire().await?;
    match put_sorted(&mut connection, kind, &ids, &documents).await {
        // Another process has just stored one of these profiles.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            Ok(upsert(&mut connection, kind, &ids, &documents).await?)
        }
        put => Ok(put?),
    }
}

/// Writes each part on arrival, as long as ids increase: locking rows in any other order can
/// deadlock. After a part out of order, or with a row that another process writes at the same
/// moment, all parts are written at the end.
pub(super) async fn put_parts(
    pool: &PgPool,
    kind: ProfileKind,
    mut parts: mpsc::Receiver<ProfilePart>,
) -> Result<Option<PutProfiles>, StoreError> {
    let mut kept: Vec<Vec<(ProfileId, String)>> = Vec::new();
    let mut written = PutProfiles::default();
    let mut transaction = None;
    let mut is_in_order = true;
    let mut last_id = None;
    while let Some(part) = parts.recv().await {
        let documents = match part {
            ProfilePart::Documents(documents) => documents,
            ProfilePart::End => {
                if let Some(transaction) = transaction {
                    PgTransaction::commit(transaction).await?;
                    return Ok(Some(written));
                }
                let profiles = kept.iter().flatten();
                let profiles = profiles.map(|(id, text)| (*id, text.as_str()));
                return Ok(Some(put_all(pool, kind, profiles).await?));
            }
        };
        for (id, _) in &documents {
            is_in_order &= last_id < Some(*id);
            last_id = Some(*id);
        }
        if is_in_order {
            let (ids, texts): (Vec<ProfileId>, Vec<&str>) = documents
                .iter()
                .map(|(id, text)| (*id, text.as_str()))
                .unzip();
            let open = match &mut transaction {
                Some(open) => open,
                none => none.insert(pool.begin().await?),
            };
            match put_sorted(open, kind, &ids, &texts).await {
                Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
                    is_in_order = false;
                }
                put => {
                    let put = put?;
                    written.created += put.created;
                    written.replaced += put.replaced;
                }
            }
        }
        if !is_in_order && let Some(open) = transaction.take() {
            open.rollback().await?;
        }
        kept.push(documents);
    }
    Ok(None)
}

/// Writes profiles with increasing ids. Fails with a unique violation if another process has just
/// stored one of them.
async fn put_sorted(
    connection: &mut PgConnection,
    kind: ProfileKind,
    ids: &[ProfileId],
    documents: &[&str],
) -> Result<PutProfiles, sqlx::Error> {
    if ids.len() >= MANY && none_is_stored(connection, kind, ids).await? {
        return Ok(PutProfiles {
            created: insert(connection, kind, ids, documents).await?,
            replaced: 0,
        });
    }
    upsert(connection, kind, ids, documents).await
}

async fn upsert(
    connection: &mut PgConnection,
    kind: ProfileKind,
    ids: &[ProfileId],
    documents: &[&str],
) -> Result<PutProfiles, sqlx::Error> {
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
        .bind(ids)
        .bind(documents)
        .fetch_all(connection)
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

/// Returns true if none of these profiles is stored now. Another process may store one before the
/// insert, which then fails with a unique violation (see `put_all` and `put_parts`).
async fn none_is_stored(
    connection: &mut PgConnection,
    kind: ProfileKind,
    ids: &[ProfileId],
) -> Result<bool, sqlx::Error> {
    let sql = match kind {
        ProfileKind::Candidate => "SELECT count(*) FROM candidates WHERE id = ANY ($1)",
        ProfileKind::JobPosting => "SELECT count(*) FROM job_postings WHERE id = ANY ($1)",
    };
    let stored: i64 = sqlx::query_scalar(sql)
        .bind(ids)
        .fetch_one(connection)
        .await?;
    Ok(stored == 0)
}

/// Stores new profiles. `ON CONFLICT` would cost PostgreSQL 1.5 times as much, since it inserts
/// each row speculatively first.
async fn insert(
    connection: &mut PgConnection,
    kind: ProfileKind,
    ids: &[ProfileId],
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
    let inserted = sqlx::query(sql).bind(ids).bind(documents);
    Ok(inserted.execute(connection).await?.rows_affected())
}

/// The id of a wanted profile, and the revision that the caller has.
pub(super) type Wanted = (ProfileId, Option<Revision>);

/// Reads the profiles that each caller wants in one statement; the answers are in the order of the
/// callers.
pub(super) async fn get_coalesced(
    connection: &mut PgConnection,
    kind: ProfileKind,
    callers: &[Vec<Wanted>],
) -> Result<Vec<Vec<ReadProfile>>, StoreError> {
    let mut coalesced: BTreeMap<ProfileId, Option<Revision>> = BTreeMap::new();
    for (id, held) in callers.iter().flatten() {
        match coalesced.entry(*id) {
            Entry::Vacant(entry) => {
                entry.insert(held.clone());
            }
            // If callers have different revisions, read the whole document.
            Entry::Occupied(mut entry) if entry.get() != held => {
                entry.insert(None);
            }
            Entry::Occupied(_) => {}
        }
    }
    let coalesced: Vec<Wanted> = coalesced.into_iter().collect();
    let read = get_many(connection, kind, &coalesced).await?;
    let read: BTreeMap<ProfileId, ReadProfile> =
        read.into_iter().map(|one| (one.id, one)).collect();
    let answers = callers.iter().map(|wanted| {
        let wanted = wanted.iter();
        wanted.filter_map(|(id, _)| read.get(id).cloned()).collect()
    });
    Ok(answers.collect())
}

pub(super) async fn get_many(
    executor: impl PgExecutor<'_>,
    kind: ProfileKind,
    wanted: &[Wanted],
) -> Result<Vec<ReadProfile>, StoreError> {
    macro_rules! read {
        ($table:literal) => {
            concat!(
                "SELECT id, revision, document_version,
                     CASE WHEN held IS DISTINCT FROM revision THEN document END
                 FROM (
                     SELECT id, document, held, document_version,
                         ",
                revision!(),
                " AS revision
                     FROM unnest($1::bigint[], $2::text[]) AS wanted (id, held)
                     JOIN ",
                $table,
                " USING (id) WHERE id = ANY ($1)
                 ) AS found"
            )
        };
    }
    let sql = match kind {
        ProfileKind::Candidate => read!("candidates"),
        ProfileKind::JobPosting => read!("job_postings"),
    };
    let (ids, held): (Vec<ProfileId>, Vec<Option<&str>>) = wanted
        .iter()
        .map(|(id, held)| (*id, held.as_deref()))
        .unzip();
    let rows: Vec<ReadProfileRow> = sqlx::query_as(sql)
        .bind(ids)
        .bind(held)
        .fetch_all(executor)
        .await?;
    Ok(rows.into_iter().map(read_profile).collect())
}
