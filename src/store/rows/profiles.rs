//! Rows of profiles.

use super::StoredTime;
use crate::{
    domain::identifiers::ProfileId,
    store::{ProfileChanges, ProfileVersion, PutProfile, ReadProfile, StoredProfile},
};

/// The mark of a look-up of changes, with one of the changes; without changes, a single row has
/// only the mark.
pub(in crate::store) type ProfileChangeRow = (i64, Option<ProfileId>, Option<i64>, Option<bool>);

pub(in crate::store) fn changes_of(rows: Vec<ProfileChangeRow>) -> ProfileChanges {
    let mark = rows.first().map_or(0, |(mark, ..)| *mark);
    let changed = rows.into_iter().filter_map(|(_, id, version, is_deleted)| {
        Some(ProfileVersion {
            id: id?,
            version: version?,
            is_deleted: is_deleted?,
        })
    });
    ProfileChanges {
        mark,
        changed: changed.collect(),
    }
}

/// A stored profile.
pub(in crate::store) type ProfileRow = (String, StoredTime, String);

pub(in crate::store) fn stored_profile(
    (document, updated_at, revision): ProfileRow,
) -> StoredProfile {
    StoredProfile {
        document,
        updated_at: updated_at.time(),
        revision: revision.into(),
    }
}

/// A profile's id, its revision, the version of its document, and the document unless the caller has that revision.
pub(in crate::store) type ReadProfileRow = (ProfileId, String, i64, Option<String>);

pub(in crate::store) fn read_profile(
    (id, revision, document_version, document): ReadProfileRow,
) -> ReadProfile {
    ReadProfile {
        id,
        revision: revision.into(),
        document_version,
        document,
    }
}

/// Whether a profile was created, and its revision.
pub(in crate::store) fn put_profile((created, revision): (bool, String)) -> PutProfile {
    PutProfile {
        created,
        revision: revision.into(),
    }
}
