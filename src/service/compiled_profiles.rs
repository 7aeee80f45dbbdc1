//! Bounded cache of compiled profiles, validated against the store on each use.
//!
//! Compiling a profile takes many times as long as scoring it, and a platform scores the same
//! profiles again and again. So each look-up asks the store only for the documents whose revision
//! differs from the cached one; the store answers for all profiles from one snapshot. A compiled
//! profile depends only on its document, never on weights, so all requests can share it.

use std::{collections::HashMap, sync::Arc};

use quick_cache::{Weighter, sync::Cache};

use super::profiles::{self, CompiledProfile};
use crate::{
    domain::{identifiers::ProfileId, task::TaskError},
    store::{ProfileReader, Profiles, Revision, StoreError},
};
use matching_engine::{profiles::profile_kind::ProfileKind, scoring::Engine};

/// The minimum weight of one cached profile, in bytes.
const LEAST_BYTES: u64 = 1_024;

/// A cache of compiled profiles by kind and id, bounded by memory.
pub struct CompiledProfiles {
    stored: Arc<dyn Profiles>,
    held: Cache<(ProfileKind, ProfileId), Held, Weight>,
}

#[derive(Clone)]
struct Held {
    revision: Revision,
    profile: CompiledProfile,
    bytes: u64,
}

#[derive(Clone)]
struct Weight;

impl Weighter<(ProfileKind, ProfileId), Held> for Weight {
    fn weight(&self, _key: &(ProfileKind, ProfileId), held: &Held) -> u64 {
        held.bytes
    }
}

/// A stored profile, compiled or still to be compiled.
pub enum ProfileToScore {
    /// The cached profile, whose document has not changed since it was compiled.
    Compiled {
        /// The version of the document.
        version: i64,
        /// The compiled profile.
        profile: CompiledProfile,
    },
    /// The document of a profile that is not in the cache.
    Document {
        /// The version of the document.
        version: i64,
        /// The revision of the document.
        revision: Revision,
        /// The document, JSON text.
        document: String,
    },
}

impl ProfileToScore {
    /// Returns the version of the document.
    pub fn version(&self) -> i64 {
        match self {
            Self::Compiled { version, .. } | Self::Document { version, .. } => *version,
        }
    }
}

impl CompiledProfiles {
    /// Creates a cache of about this many bytes.
    pub fn new(stored: Arc<dyn Profiles>, bytes: u64) -> Self {
        let expected = usize::try_from(bytes / (2 * LEAST_BYTES)).unwrap_or(usize::MAX);
        Self {
            stored,
            held: Cache::with_weighter(expected, bytes, Weight),
        }
    }

    /// Returns the stored ones of these profiles, for an attempt.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn read(
        &self,
        kind: ProfileKind,
        ids: &[ProfileId],
    ) -> Result<HashMap<ProfileId, ProfileToScore>, StoreError> {
        let held: Vec<Option<Held>> = ids.iter().map(|id| self.held.get(&(kind, *id))).collect();
        let wanted: Vec<(ProfileId, Option<Revision>)> = ids
            .iter()
            .zip(&held)
            .map(|(id, held)| (*id, held.as_ref().map(|held| held.revision.clone())))
            .collect();
        let mut held: HashMap<ProfileId, Held> = ids
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
                    Some(document) => ProfileToScore::Document {
                        version: read.document_version,
                        revision: read.revision,
                        document,
                    },
                    None => ProfileToScore::Compiled {
                        version: read.document_version,
                        profile: held.remove(&read.id)?.profile,
                    },
                };
                Some((read.id, profile))
            })
            .collect())
    }

    /// Compiles a profile and adds it to the cache. CPU work.
    ///
    /// # Errors
    /// See [`profiles::compile`].
    pub fn compile(
        &self,
        engine: &Engine,
        kind: ProfileKind,
        id: ProfileId,
        read: &ProfileToScore,
    ) -> Result<CompiledProfile, TaskError> {
        let (revision, document) = match read {
            ProfileToScore::Compiled { profile, .. } => return Ok(profile.clone()),
            ProfileToScore::Document {
                revision, document, ..
            } => (revision, document),
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

/// Returns the memory of a compiled profile for each byte of its document, measured over documents
/// of about 1,200 bytes and rounded up. A candidate keeps its text, for quotes. Interned names are
/// shared by all profiles and not counted: at most a few kilobytes for each name that is not in the
/// taxonomy.
fn bytes_for_each(kind: ProfileKind) -> u64 {
    match kind {
        ProfileKind::Candidate => 5,
        ProfileKind::JobPosting => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::fakes::{ProfilesInMemory, id_of};
    use matching_engine::scoring::Weights;

    const KIND: ProfileKind = ProfileKind::Candidate;

    fn profiles(bytes: u64) -> CompiledProfiles {
        CompiledProfiles::new(Arc::new(ProfilesInMemory::default()), bytes)
    }

    async fn put(profiles: &CompiledProfiles, title: &str) {
        let document = format!(r#"{{"id":1,"title":"{title}"}}"#);
        let put = profiles
            .stored
            .put_profiles(KIND, &[(id_of(1), document)])
            .await;
        put.unwrap();
    }

    /// Returns whether the document had to be read; if so, compiles it.
    async fn was_read(profiles: &CompiledProfiles) -> bool {
        let read = profiles.read(KIND, &[id_of(1)]).await.unwrap();
        let read = &read[&id_of(1)];
        let engine = Engine::new(Weights::default());
        profiles.compile(&engine, KIND, id_of(1), read).unwrap();
        matches!(read, ProfileToScore::Document { .. })
    }

    #[tokio::test]
    async fn a_document_is_read_once_for_each_time_it_is_put() {
        let profiles = profiles(1 << 20);
        assert!(profiles.read(KIND, &[id_of(1)]).await.unwrap().is_empty());
        put(&profiles, "Developer").await;
        assert!(was_read(&profiles).await);
        assert!(!was_read(&profiles).await);
        put(&profiles, "Baker").await;
        assert!(was_read(&profiles).await);
        assert!(!was_read(&profiles).await);
        assert!(
            profiles
                .stored
                .delete_profile(KIND, id_of(1))
                .await
                .unwrap()
        );
        assert!(profiles.read(KIND, &[id_of(1)]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn without_memory_every_document_is_read() {
        let profiles = profiles(0);
        put(&profiles, "Developer").await;
        assert!(was_read(&profiles).await);
        assert!(was_read(&profiles).await);
    }
}
