//! The compiled profiles that this process used last, as new as the stored ones.
//!
//! Compiling a profile costs many times what scoring it does, and a platform scores the same
//! profiles again and again. So each look asks the store for the documents of only those profiles
//! whose revision is not the one held here; the store answers for all of them from one snapshot.
//! What is held depends on the document alone, never on weights, so every request may use it.

use std::{collections::HashMap, sync::Arc};

use quick_cache::{Weighter, sync::Cache};

use super::profiles::{self, CompiledProfile};
use crate::{
    domain::task::TaskError,
    store::{ProfileReader, Profiles, Revision, StoreError},
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Engine};

/// The least that one profile takes, in bytes.
const LEAST_BYTES: u64 = 1_024;

/// Compiled profiles by kind and id, up to some memory.
pub struct CompiledProfiles {
    stored: Arc<dyn Profiles>,
    held: Cache<(ProfileKind, i64), Held, Weight>,
}

#[derive(Clone)]
struct Held {
    revision: Revision,
    profile: CompiledProfile,
    bytes: u64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<(ProfileKind, i64), Held> for Weight {
    fn weight(&self, _key: &(ProfileKind, i64), held: &Held) -> u64 {
        held.bytes
    }
}

/// A stored profile: compiled before, or still to be.
pub enum StoredProfile {
    /// Its document has not changed since it was compiled.
    Compiled(CompiledProfile),
    /// Its document.
    Document {
        /// Which of its documents this is.
        revision: Revision,
        /// JSON.
        document: String,
    },
}

impl CompiledProfiles {
    /// Holds at most about this many bytes.
    pub fn new(stored: Arc<dyn Profiles>, bytes: u64) -> Self {
        let expected = usize::try_from(bytes / (2 * LEAST_BYTES)).unwrap_or(usize::MAX);
        Self {
            stored,
            held: Cache::with_weighter(expected, bytes, Weight),
        }
    }

    /// Those of the profiles that are stored, for an attempt.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(
        &self,
        kind: ProfileKind,
        ids: &[i64],
    ) -> Result<HashMap<i64, StoredProfile>, StoreError> {
        let held: Vec<Option<Held>> = ids.iter().map(|id| self.held.get(&(kind, *id))).collect();
        let wanted: Vec<(i64, Option<Revision>)> = ids
            .iter()
            .zip(&held)
            .map(|(id, held)| (*id, held.as_ref().map(|held| held.revision.clone())))
            .collect();
        let mut held: HashMap<i64, Held> = ids
            .iter()
            .zip(held)
            .filter_map(|(id, held)| Some((*id, held?)))
            .collect();
        let stored = self
            .stored
            .profiles(ProfileReader::Attempt, kind, &wanted)
            .await?;
        Ok(stored
            .into_iter()
            .filter_map(|read| {
                let profile = match read.document {
                    Some(document) => StoredProfile::Document {
                        revision: read.revision,
                        document,
                    },
                    None => StoredProfile::Compiled(held.remove(&read.id)?.profile),
                };
                Some((read.id, profile))
            })
            .collect())
    }

    /// Compiles a profile that was read, and holds it from now on. CPU work.
    ///
    /// # Errors
    /// See [`profiles::compile`].
    pub fn compile(
        &self,
        engine: &Engine,
        kind: ProfileKind,
        id: i64,
        read: &StoredProfile,
    ) -> Result<CompiledProfile, TaskError> {
        let (revision, document) = match read {
            StoredProfile::Compiled(profile) => return Ok(profile.clone()),
            StoredProfile::Document { revision, document } => (revision, document),
        };
        let profile = profiles::compile(engine, kind, document)?;
        let held = Held {
            revision: revision.clone(),
            profile: profile.clone(),
            bytes: LEAST_BYTES.max(document.len() as u64 * bytes_for_each(kind)),
        };
        self.held.insert((kind, id), held);
        Ok(profile)
    }
}

/// What one profile takes for each byte of its document, as measured over documents of some 1,200
/// bytes and rounded up. A candidate's text is kept, for quotes. What names stand for is shared by
/// all profiles and not counted: some kilobytes for each name beyond the taxonomy, at most.
fn bytes_for_each(kind: ProfileKind) -> u64 {
    match kind {
        ProfileKind::Candidate => 5,
        ProfileKind::JobPosting => 2,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::{Schema, sqlite::SqliteStore};
    use matching_engine::scoring::Weights;

    const KIND: ProfileKind = ProfileKind::Candidate;

    async fn profiles(folder: &tempfile::TempDir, bytes: u64) -> CompiledProfiles {
        let file = folder.path().join("matching.db");
        let store = SqliteStore::open(&file, Duration::from_mins(1))
            .await
            .unwrap();
        store.migrate().await.unwrap();
        CompiledProfiles::new(Arc::new(store), bytes)
    }

    async fn put(profiles: &CompiledProfiles, title: &str) {
        let document = format!(r#"{{"id":1,"title":"{title}"}}"#);
        let put = profiles.stored.put_profiles(KIND, &[(1, document)]).await;
        put.unwrap();
    }

    /// Whether the document had to be read; compiled now, if so.
    async fn was_read(profiles: &CompiledProfiles) -> bool {
        let read = profiles.read(KIND, &[1]).await.unwrap().remove(&1).unwrap();
        let engine = Engine::new(Weights::default());
        profiles.compile(&engine, KIND, 1, &read).unwrap();
        matches!(read, StoredProfile::Document { .. })
    }

    #[tokio::test]
    async fn a_document_is_read_once_for_each_time_it_is_put() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = profiles(&folder, 1 << 20).await;
        assert!(profiles.read(KIND, &[1]).await.unwrap().is_empty());
        put(&profiles, "Developer").await;
        assert!(was_read(&profiles).await);
        assert!(!was_read(&profiles).await);
        put(&profiles, "Baker").await;
        assert!(was_read(&profiles).await);
        assert!(!was_read(&profiles).await);
        assert!(profiles.stored.delete_profile(KIND, 1).await.unwrap());
        assert!(profiles.read(KIND, &[1]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn without_memory_every_document_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let profiles = profiles(&folder, 0).await;
        put(&profiles, "Developer").await;
        assert!(was_read(&profiles).await);
        assert!(was_read(&profiles).await);
    }
}
