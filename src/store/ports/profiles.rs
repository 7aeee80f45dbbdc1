//! Profiles: the documents of candidates and job postings.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use tokio::sync::mpsc;

use crate::{
    domain::{identifiers::ProfileId, revision::WriteCondition},
    store::StoreError,
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// Profiles, by kind and by the platform's id.
#[async_trait]
pub trait Profiles: Send + Sync + 'static {
    /// Stores documents under their ids and replaces older ones. Of equal ids the last is kept.
    async fn put_profiles(
        &self,
        kind: ProfileKind,
        profiles: &[(ProfileId, String)],
    ) -> Result<PutProfiles, StoreError>;

    /// Stores one document if the condition holds for the stored one, in one statement; `None`, with
    /// nothing stored, if it doesn't hold.
    async fn put_profile(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        document: &str,
        condition: &WriteCondition,
    ) -> Result<Option<PutProfile>, StoreError>;

    /// Stores a stream of documents, and writes the first parts while later ones are still being
    /// produced. Of equal ids the last is kept. Atomic: returns `None`, with nothing stored, if the
    /// stream ends without [`ProfilePart::End`].
    async fn put_profile_parts(
        &self,
        kind: ProfileKind,
        parts: mpsc::Receiver<ProfilePart>,
    ) -> Result<Option<PutProfiles>, StoreError>;

    /// Returns one document.
    async fn profile(
        &self,
        kind: ProfileKind,
        id: ProfileId,
    ) -> Result<Option<StoredProfile>, StoreError>;

    /// Returns the wanted profiles that exist, in no particular order, from one snapshot. The
    /// document is left out if the caller already has its revision.
    async fn profiles(
        &self,
        reader: ProfileReader,
        kind: ProfileKind,
        wanted: &[(ProfileId, Option<Revision>)],
    ) -> Result<Vec<ReadProfile>, StoreError>;

    /// Deletes a document; returns false if there was none. Its results are kept.
    async fn delete_profile(&self, kind: ProfileKind, id: ProfileId) -> Result<bool, StoreError>;

    /// Deletes a document if the condition holds for it, in one statement; returns false if it
    /// doesn't, or if there was none.
    async fn delete_profile_if(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        condition: &WriteCondition,
    ) -> Result<bool, StoreError>;

    /// Returns at most `limit` documents with ids above `after`, sorted by id, so that a caller can
    /// page through all of them from `None` on.
    async fn profiles_after(
        &self,
        kind: ProfileKind,
        after: Option<ProfileId>,
        limit: u32,
    ) -> Result<Vec<(ProfileId, String)>, StoreError>;

    /// Returns the profiles that any process wrote since the call that returned the mark `since`,
    /// or all profiles without a mark. Returns at most `limit`: an answer of that length may be
    /// incomplete, and its mark must not be used. Deletions are listed for one day; a caller that
    /// asks less often has to start again without a mark.
    async fn profile_changes(
        &self,
        kind: ProfileKind,
        since: Option<i64>,
        limit: u32,
    ) -> Result<ProfileChanges, StoreError>;
}

/// A stored profile.
#[derive(Debug, Clone)]
pub struct StoredProfile {
    /// The document, JSON text.
    pub document: String,
    /// The time of the last write.
    pub updated_at: DateTime<Utc>,
    /// The revision of the document.
    pub revision: Revision,
}

/// Identifies one version of a profile's document: no two versions share a revision.
pub type Revision = Arc<str>;

/// The purpose of reading profiles. Attempts have their own connections, so that requests never
/// delay them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileReader {
    /// A request that waits for its answer.
    Request,
    /// An attempt at a claimed task.
    Attempt,
}

/// A profile as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadProfile {
    /// The platform's id.
    pub id: ProfileId,
    /// The revision of the document.
    pub revision: Revision,
    /// The version of the last write that changed the document; equal documents that are written
    /// again keep it.
    pub document_version: i64,
    /// The document, or `None` if the caller holds this revision.
    pub document: Option<String>,
}

/// The profiles of a kind that were written since a mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChanges {
    /// The mark for the next call: a write that was not visible yet, because its transaction had
    /// not committed, has this version or a later one.
    pub mark: i64,
    /// Profiles put or deleted, in no particular order. The next call may list a profile again.
    pub changed: Vec<ProfileVersion>,
}

/// The last write of one profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProfileVersion {
    /// The platform's id.
    pub id: ProfileId,
    /// Differs from the version of every other write of this profile.
    pub version: i64,
    /// True if the profile was deleted, false if it was put.
    pub is_deleted: bool,
}

/// A part of a stream of profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProfilePart {
    /// Documents with their ids.
    Documents(Vec<(ProfileId, String)>),
    /// The end of a complete stream.
    End,
}

/// One profile that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutProfile {
    /// True if the profile was not stored before.
    pub created: bool,
    /// The revision of the stored document.
    pub revision: Revision,
}

/// Counts of what a put changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutProfiles {
    /// Profiles that were not stored before.
    pub created: u64,
    /// Profiles that replaced an older document.
    pub replaced: u64,
}
