//! Candidates and job postings.

use std::collections::BTreeMap;

use async_trait::async_trait;
use chrono::TimeDelta;
use matching::{
    domain::{identifiers::ProfileId, revision::WriteCondition},
    store::{
        ProfileChanges, ProfilePart, ProfileReader, ProfileVersion, Profiles, PutProfile,
        PutProfiles, ReadProfile, Revision, StoreError, StoredProfile,
    },
};
use matching_engine::profiles::profile_kind::ProfileKind;
use tokio::sync::mpsc;

use super::{Ledger, ModelStore, ledger::ProfileRow};

/// The time for which deletions are listed.
const DELETIONS_KEPT: TimeDelta = TimeDelta::days(1);

#[async_trait]
impl Profiles for ModelStore {
    async fn put_profiles(
        &self,
        kind: ProfileKind,
        profiles: &[(ProfileId, String)],
    ) -> Result<PutProfiles, StoreError> {
        let unique: BTreeMap<ProfileId, &String> = profiles
            .iter()
            .map(|(id, document)| (*id, document))
            .collect();
        let mut ledger = self.ledger();
        let mut put = PutProfiles::default();
        for (id, document) in unique {
            if ledger.write_profile(kind, id, Some(document.clone())) {
                put.replaced += 1;
            } else {
                put.created += 1;
            }
        }
        Ok(put)
    }

    async fn put_profile(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        document: &str,
        condition: &WriteCondition,
    ) -> Result<Option<PutProfile>, StoreError> {
        let mut ledger = self.ledger();
        let before = ledger.revision_of(kind, id);
        if !condition.holds_for(before.as_deref()) {
            return Ok(None);
        }
        let replaced = ledger.write_profile(kind, id, Some(document.to_owned()));
        let revision = ledger.revision_of(kind, id).unwrap_or_default();
        Ok(Some(PutProfile {
            created: !replaced,
            revision: revision.into(),
        }))
    }

    async fn put_profile_parts(
        &self,
        kind: ProfileKind,
        mut parts: mpsc::Receiver<ProfilePart>,
    ) -> Result<Option<PutProfiles>, StoreError> {
        let mut profiles = Vec::new();
        while let Some(part) = parts.recv().await {
            match part {
                ProfilePart::Documents(documents) => profiles.extend(documents),
                ProfilePart::End => return Ok(Some(self.put_profiles(kind, &profiles).await?)),
            }
        }
        Ok(None)
    }

    async fn profile(
        &self,
        kind: ProfileKind,
        id: ProfileId,
    ) -> Result<Option<StoredProfile>, StoreError> {
        let mut ledger = self.ledger();
        let row = ledger.profiles_of(kind).get(&id);
        Ok(row.and_then(|row| {
            Some(StoredProfile {
                document: row.document.clone()?,
                updated_at: row.updated_at,
                revision: row.version.to_string().into(),
            })
        }))
    }

    async fn profiles(
        &self,
        _reader: ProfileReader,
        kind: ProfileKind,
        wanted: &[(ProfileId, Option<Revision>)],
    ) -> Result<Vec<ReadProfile>, StoreError> {
        let mut ledger = self.ledger();
        let stored = ledger.profiles_of(kind);
        let read = wanted.iter().filter_map(|(id, held)| {
            let row = stored.get(id)?;
            let document = row.document.clone()?;
            let revision: Revision = row.version.to_string().into();
            Some(ReadProfile {
                id: *id,
                document_version: row.document_version,
                document: (held.as_ref() != Some(&revision)).then_some(document),
                revision,
            })
        });
        Ok(read.collect())
    }

    async fn delete_profile(&self, kind: ProfileKind, id: ProfileId) -> Result<bool, StoreError> {
        let mut ledger = self.ledger();
        let until = ledger.now - DELETIONS_KEPT;
        let stored = ledger.profiles_of(kind);
        stored.retain(|_, row| row.document.is_some() || row.updated_at >= until);
        let exists = stored.get(&id).is_some_and(|row| row.document.is_some());
        Ok(exists && ledger.write_profile(kind, id, None))
    }

    async fn delete_profile_if(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        condition: &WriteCondition,
    ) -> Result<bool, StoreError> {
        let mut ledger = self.ledger();
        let stored = ledger.revision_of(kind, id);
        let is_met = stored.is_some() && condition.holds_for(stored.as_deref());
        Ok(is_met && ledger.write_profile(kind, id, None))
    }

    async fn profiles_after(
        &self,
        kind: ProfileKind,
        after: Option<ProfileId>,
        limit: u32,
    ) -> Result<Vec<(ProfileId, String)>, StoreError> {
        let mut ledger = self.ledger();
        let rows = ledger.profiles_of(kind).iter();
        let rows = rows.filter(|(id, _)| Some(**id) > after);
        let rows = rows.filter_map(|(id, row)| Some((*id, row.document.clone()?)));
        Ok(rows.take(limit as usize).collect())
    }

    async fn profile_changes(
        &self,
        kind: ProfileKind,
        since: Option<i64>,
        limit: u32,
    ) -> Result<ProfileChanges, StoreError> {
        let mut ledger = self.ledger();
        let mark = ledger.profile_writes + 1;
        let changed = ledger
            .profiles_of(kind)
            .iter()
            .filter(|(_, row)| since.map_or(row.document.is_some(), |since| row.version >= since));
        let changed = changed.map(|(id, row)| ProfileVersion {
            id: *id,
            version: row.version,
            is_deleted: row.document.is_none(),
        });
        Ok(ProfileChanges {
            mark,
            changed: changed.take(limit as usize).collect(),
        })
    }
}

impl Ledger {
    pub fn profiles_of(&mut self, kind: ProfileKind) -> &mut BTreeMap<ProfileId, ProfileRow> {
        match kind {
            ProfileKind::Candidate => &mut self.candidates,
            ProfileKind::JobPosting => &mut self.job_postings,
        }
    }

    fn revision_of(&mut self, kind: ProfileKind, id: ProfileId) -> Option<String> {
        let row = self.profiles_of(kind).get(&id)?;
        row.document.as_ref()?;
        Some(row.version.to_string())
    }

    /// Puts or deletes a profile; returns true if it was stored before.
    pub fn write_profile(
        &mut self,
        kind: ProfileKind,
        id: ProfileId,
        document: Option<String>,
    ) -> bool {
        self.profile_writes += 1;
        let stored = self.profiles_of(kind).get(&id);
        let equal = stored.filter(|row| document.is_some() && row.document == document);
        let document_version = equal.map(|row| row.document_version);
        let row = ProfileRow {
            document,
            version: self.profile_writes,
            document_version: document_version.unwrap_or(self.profile_writes),
            updated_at: self.now,
        };
        let earlier = self.profiles_of(kind).insert(id, row);
        earlier.is_some_and(|row| row.document.is_some())
    }
}
