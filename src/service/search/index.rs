//! An in-memory index of the compiled stored profiles of one kind, brought up to date before each
//! search.
//!
//! Before each search the index asks the store for the writes since the last call: an index scan
//! over version numbers, which is empty most of the time. Any process may have written; the
//! database records each write, and its marks don't miss a transaction that commits late (see
//! [`Profiles::profile_changes`]). So a search sees every PUT or DELETE that was answered with 2xx
//! before the search began, and a version never stands for two documents of a profile. A document
//! may be newer than its listed version if it was stored again between the two reads; the next call
//! lists the newer version, and the document is read once more.
//!
//! Periodically all versions are compared, not only new ones, since deletions are recorded for a
//! limited time. A database that was restored, or failed over with losses, has another history: its
//! marks decrease, and the index is built again.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};
use tracing::{debug, info};

use super::facts::Facts;
use crate::{
    domain::identifiers::ProfileId,
    service::{immediate_match::ImmediateMatchError, parallel, profiles::CompiledProfile},
    store::{ProfileReader, ProfileVersion, Profiles},
};
use matching_engine::{
    profiles::profile_kind::ProfileKind,
    scoring::{Engine, Weights},
};

/// The number of documents read at a time.
const CHUNK: usize = 2_000;
/// The time after which all versions are compared again. Much shorter than the time for which
/// deletions are recorded.
const COMPARE_ALL_AFTER: Duration = Duration::from_mins(10);

/// One profile, ready to be scored.
pub(super) struct IndexedProfile {
    pub(super) id: ProfileId,
    /// `None` if the stored document can't be read.
    pub(super) content: Option<(CompiledProfile, Facts)>,
}

/// The contents of the index.
pub(super) enum Held {
    /// All stored profiles, by increasing id.
    All(Arc<[Arc<IndexedProfile>]>),
    /// Nothing: the store has more profiles than the index may hold.
    TooMany,
}

/// The profiles of one kind.
pub struct ProfileIndex {
    stored: Arc<dyn Profiles>,
    kind: ProfileKind,
    limit: u32,
    // A refresh waits for the one before and then queries the store again: the earlier query may
    // have been too early.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The mark of the last refresh, and the time at which all versions were last compared; `None`
    /// before the first refresh.
    seen: Option<(i64, Instant)>,
    /// The profiles by id, each with its version.
    profiles: BTreeMap<ProfileId, (i64, Arc<IndexedProfile>)>,
    /// The same profiles in the form for searches; `None` after a change.
    listing: Option<Arc<[Arc<IndexedProfile>]>>,
}

impl ProfileIndex {
    pub(super) fn new(stored: Arc<dyn Profiles>, kind: ProfileKind, limit: u32) -> Self {
        Self {
            stored,
            kind,
            limit,
            state: Mutex::default(),
        }
    }

    /// Returns the current profiles.
    pub(super) async fn current(&self) -> Result<Held, ImmediateMatchError> {
        let mut state = self.state.lock().await;
        self.refresh(&mut state).await?;
        if state.profiles.len() > self.limit as usize {
            *state = State::default();
        }
        if state.seen.is_none() {
            return Ok(Held::TooMany);
        }
        let State {
            profiles, listing, ..
        } = &mut *state;
        let listing = listing.get_or_insert_with(|| {
            let profiles = profiles.values();
            profiles.map(|(_, profile)| Arc::clone(profile)).collect()
        });
        Ok(Held::All(Arc::clone(listing)))
    }

    /// Refreshes the profiles, or resets the state if there are too many of them. After an error
    /// the mark is not advanced, so that the next refresh lists the unread profiles again.
    async fn refresh(&self, state: &mut State) -> Result<(), ImmediateMatchError> {
        let mut since = state
            .seen
            .filter(|(_, compared_at)| compared_at.elapsed() < COMPARE_ALL_AFTER);
        let began = Instant::now();
        let more_than_limit = self.limit.saturating_add(1);
        let look = |since: Option<(i64, Instant)>| {
            let mark = since.map(|(mark, _)| mark);
            self.stored
                .profile_changes(self.kind, mark, more_than_limit)
        };
        let mut changes = look(since).await?;
        let is_restored = state.seen.is_some_and(|(mark, _)| changes.mark < mark);
        if is_restored {
            // Marks only increase, unless the database was restored or failed over. Then its
            // versions may stand for other documents.
            *state = State::default();
        }
        // A long list may still be one of few profiles, if most of them were deleted.
        let is_long = changes.changed.len() > self.limit as usize;
        if since.is_some() && (is_restored || is_long) {
            since = None;
            changes = look(None).await?;
        }
        if changes.changed.len() > self.limit as usize {
            *state = State::default();
            return Ok(());
        }
        if since.is_none() {
            let there: HashSet<ProfileId> = changes.changed.iter().map(|one| one.id).collect();
            state.drop_all(|id| !there.contains(&id));
        }
        let deleted = changes.changed.iter().filter(|one| one.is_deleted);
        let deleted: HashSet<ProfileId> = deleted.map(|one| one.id).collect();
        if !deleted.is_empty() {
            state.drop_all(|id| deleted.contains(&id));
        }
        let wanted: Vec<ProfileVersion> = changes
            .changed
            .into_iter()
            .filter(|one| !one.is_deleted && state.version_of(one.id) != Some(one.version))
            .collect();
        for chunk in wanted.chunks(CHUNK) {
            self.read(state, chunk).await?;
        }
        let compared_at = since.map_or(began, |(_, compared_at)| compared_at);
        if state.seen.is_none() {
            info!(
                kind = self.kind.as_str(),
                profiles = state.profiles.len(),
                "the search index is loaded"
            );
        } else if !wanted.is_empty() {
            debug!(
                kind = self.kind.as_str(),
                profiles = wanted.len(),
                "the search index was updated"
            );
        }
        state.seen = Some((changes.mark, compared_at));
        Ok(())
    }

    /// Reads and compiles the listed profiles and adds them to the state.
    async fn read(
        &self,
        state: &mut State,
        listed: &[ProfileVersion],
    ) -> Result<(), ImmediateMatchError> {
        let wanted: Vec<_> = listed.iter().map(|one| (one.id, None)).collect();
        let read = self
            .stored
            .profiles(ProfileReader::Request, self.kind, &wanted)
            .await?;
        let documents = read
            .into_iter()
            .filter_map(|read| Some((read.id, read.document?)))
            .collect();
        let compiled = compile(self.kind, documents).await?;
        let mut compiled: BTreeMap<ProfileId, Arc<IndexedProfile>> = compiled
            .into_iter()
            .map(|profile| (profile.id, profile))
            .collect();
        state.listing = None;
        for one in listed {
            match compiled.remove(&one.id) {
                Some(profile) => {
                    state.profiles.insert(one.id, (one.version, profile));
                }
                // Deleted after it was listed.
                None => {
                    state.profiles.remove(&one.id);
                }
            }
        }
        Ok(())
    }

    /// Returns the next profiles by increasing id, directly from the store.
    pub(super) async fn page_after(
        &self,
        after: Option<ProfileId>,
        limit: u32,
    ) -> Result<Arc<[Arc<IndexedProfile>]>, ImmediateMatchError> {
        let documents = self.stored.profiles_after(self.kind, after, limit).await?;
        Ok(compile(self.kind, documents).await?.into())
    }
}

impl State {
    fn version_of(&self, id: ProfileId) -> Option<i64> {
        self.profiles.get(&id).map(|(version, _)| *version)
    }

    fn drop_all(&mut self, is_gone: impl Fn(ProfileId) -> bool) {
        let before = self.profiles.len();
        self.profiles.retain(|id, _| !is_gone(*id));
        if self.profiles.len() < before {
            self.listing = None;
        }
    }
}

/// Compiles documents on all cores; returns them in the same order.
async fn compile(
    kind: ProfileKind,
    documents: Vec<(ProfileId, String)>,
) -> Result<Vec<Arc<IndexedProfile>>, ImmediateMatchError> {
    let compiling = tokio::task::spawn_blocking(move || {
        // Compiled profiles don't depend on weights.
        let engine = Engine::new(Weights::default());
        let parts = parallel::for_each_part(&documents, |part| {
            let profiles = part.iter().map(|(id, document)| {
                Arc::new(IndexedProfile {
                    id: *id,
                    content: Facts::read(&engine, kind, document),
                })
            });
            profiles.collect::<Vec<_>>()
        });
        parts.concat()
    });
    compiling.await.map_err(|_| ImmediateMatchError::Panicked)
}
