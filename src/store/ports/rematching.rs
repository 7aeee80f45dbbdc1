//! The pairs whose results are to be computed again.

use async_trait::async_trait;

use crate::{domain::identifiers::ProfileId, store::StoreError};
use matching_engine::profiles::profile_kind::ProfileKind;

/// Finds the pairs of stored results.
#[async_trait]
pub trait Rematching: Send + Sync + 'static {
    /// Returns the counterparts of a profile's stored results, best first, at most `limit`.
    async fn matched_counterparts(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        limit: u32,
    ) -> Result<Vec<ProfileId>, StoreError>;

    /// Returns the next `limit` profiles after `mark` in the order of the changes of their documents,
    /// each with the counterparts of its results that were computed from another version, at most
    /// `counterparts` of them. A change is only returned when none before it can become visible any
    /// more, so a caller that continues after the last mark misses none.
    async fn changed_documents(
        &self,
        kind: ProfileKind,
        mark: ChangeMark,
        limit: u32,
        counterparts: u32,
    ) -> Result<Vec<ChangedDocument>, StoreError>;
}

/// A position in the order of the changes of documents; the default is before all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChangeMark {
    /// The version of the document.
    pub document_version: i64,
    /// The number of its profile.
    pub profile: i64,
}

/// A profile in the order of the changes of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedDocument {
    /// The profile.
    pub id: ProfileId,
    /// Its position.
    pub mark: ChangeMark,
    /// The counterparts of its stale results.
    pub stale: Vec<ProfileId>,
}
