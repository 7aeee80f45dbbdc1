//! Stored profiles as callers put, read and delete them. (Imports are in [`super::import`], scores
//! of single pairs in [`super::immediate_match`].)

use std::{num::NonZero, sync::Arc, thread};

use chrono::NaiveDate;
use serde_json::Value;

use super::{
    ServiceError, computation_slots::ComputationSlots, encode_profiles, encoder::TextEncoder,
    profiles,
};
use crate::{
    domain::{identifiers::ProfileId, revision::WriteCondition},
    store::Profiles,
};
use matching_engine::profiles::{
    profile_fault::ProfileFault, profile_kind::ProfileKind, profile_warning::ProfileWarning,
};

/// Stores and reads profiles.
pub struct ProfileService {
    pub(super) profiles: Arc<dyn Profiles>,
    pub(super) encoder: Option<Arc<dyn TextEncoder>>,
    /// Room for scoring pairs immediately.
    pub(super) slots: ComputationSlots,
}

/// A profile that was put.
#[derive(Debug)]
pub struct PutProfile {
    /// True if the profile was not stored before.
    pub created: bool,
    /// The revision of the stored document.
    pub revision: String,
    /// Warnings about values that were left out, and about a missing encoding.
    pub warnings: Vec<ProfileWarning>,
}

/// The reasons why a profile was not stored.
#[derive(Debug, thiserror::Error)]
pub enum PutProfileError {
    /// The document has these faults.
    #[error("the document has {} faults", .0.len())]
    Faults(Vec<ProfileFault>),
    /// A part of the service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl ProfileService {
    /// Creates the service of these profiles, with the encoder of stored ones.
    pub fn new(profiles: Arc<dyn Profiles>, encoder: Option<Arc<dyn TextEncoder>>) -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        Self {
            profiles,
            encoder,
            slots: ComputationSlots::new(cores),
        }
    }

    /// Returns the document of a profile, JSON text, with its revision.
    ///
    /// # Errors
    /// If there is no such profile, or the database fails.
    pub async fn document(
        &self,
        kind: ProfileKind,
        id: ProfileId,
    ) -> Result<(String, String), ServiceError> {
        let stored = self.profiles.profile(kind, id).await?;
        let stored = stored.ok_or_else(|| not_found(kind, id))?;
        Ok((stored.document, stored.revision.to_string()))
    }

    /// Checks a document and stores it under this id, with its encoding if there is an encoder, if
    /// the condition holds for the stored profile. The document may have the same id, or none.
    ///
    /// # Errors
    /// If the document has faults, the condition doesn't hold, or the database fails.
    pub async fn put(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        document: Value,
        received_on: NaiveDate,
        condition: &WriteCondition,
    ) -> Result<PutProfile, PutProfileError> {
        let checked =
            profiles::check(kind, document, received_on).map_err(PutProfileError::Faults)?;
        let (mut document, mut warnings) = (checked.document, checked.warnings);
        if checked.id.is_some_and(|own_id| own_id != id) {
            return Err(PutProfileError::Faults(vec![ProfileFault {
                pointer: "/id".to_owned(),
                code: "inconsistent",
                detail: format!("the path says {id}; send the same id or none"),
            }]));
        }
        profiles::set_id(&mut document, id);
        let store = &*self.profiles;
        let mut documents = vec![(id, profiles::as_text(&document))];
        if let Some(encoder) = &self.encoder {
            let encoded = encode_profiles::encode(store, encoder, kind, documents).await;
            documents = encoded.0;
            warnings.extend(encoded.1.into_iter().map(|(_, warning)| warning));
        }
        // There is one.
        let document: String = documents
            .into_iter()
            .map(|(_, document)| document)
            .collect();
        let put = store.put_profile(kind, id, &document, condition).await?;
        let put = put.ok_or(ServiceError::PreconditionFailed)?;
        Ok(PutProfile {
            created: put.created,
            revision: put.revision.to_string(),
            warnings,
        })
    }

    /// Deletes a profile if the condition holds for it; its results are kept.
    ///
    /// # Errors
    /// If there is no such profile, the condition doesn't hold, or the database fails.
    pub async fn delete(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        condition: &WriteCondition,
    ) -> Result<(), ServiceError> {
        if !condition.is_empty() {
            let deleted = self.profiles.delete_profile_if(kind, id, condition).await?;
            return deleted
                .then_some(())
                .ok_or(ServiceError::PreconditionFailed);
        }
        if self.profiles.delete_profile(kind, id).await? {
            Ok(())
        } else {
            Err(not_found(kind, id))
        }
    }
}

/// Returns the error of a profile that is not stored.
pub(super) fn not_found(kind: ProfileKind, id: ProfileId) -> ServiceError {
    ServiceError::NotFound(profiles::not_found(kind, id).detail.into())
}
