//! Scores one pair immediately, without the queues: stored profiles, or profiles that come with the
//! request. Stores nothing.

use chrono::NaiveDate;
use serde_json::Value;
use tracing::error;

use super::{
    ServiceError, computation_slots::TooManyComputations, panics, profile_service::ProfileService,
    profiles,
};
use crate::{domain::identifiers::ProfileId, store::Profiles};
use matching_engine::{
    profiles::{
        candidate::Candidate, foreign_documents, job_posting::JobPosting,
        profile_fault::ProfileFault, profile_kind::ProfileKind,
    },
    scoring::{Engine, Language},
};

/// The source of one profile of an immediate match.
#[derive(Debug, Clone)]
pub enum ProfileSource {
    /// A stored profile.
    Stored(ProfileId),
    /// A document that came with the request.
    Inline(Value),
}

/// The reasons why a pair could not be scored.
#[derive(Debug, thiserror::Error)]
pub enum ImmediateMatchError {
    /// A profile is not stored.
    #[error("{kind} {id} is not stored here; put it, or send the profile itself")]
    NotFound {
        /// The kind of the missing profile.
        kind: ProfileKind,
        /// The id of the missing profile.
        id: ProfileId,
    },
    /// A profile is invalid.
    #[error("the {kind} can't be read")]
    Faults {
        /// The kind of the invalid profile.
        kind: ProfileKind,
        /// Its faults.
        faults: Vec<ProfileFault>,
    },
    /// The engine panicked on these profiles.
    #[error("the engine panicked on these profiles")]
    Panicked,
    /// Too many other calls wait.
    #[error(transparent)]
    Busy(#[from] TooManyComputations),
    /// A part of the service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

impl ProfileService {
    /// Scores one pair; returns the result document in this language, JSON text. In a document that
    /// comes with the request, jobs without an end last until the day of the request.
    ///
    /// # Errors
    /// [`ImmediateMatchError`].
    pub async fn score_now(
        &self,
        engine: Engine,
        candidate: ProfileSource,
        job_posting: ProfileSource,
        language: Language,
        computed_at: String,
        received_on: NaiveDate,
    ) -> Result<String, ImmediateMatchError> {
        let store = &*self.profiles;
        let candidate = load(store, ProfileKind::Candidate, candidate, received_on).await?;
        let job_posting = load(store, ProfileKind::JobPosting, job_posting, received_on).await?;
        let slot = self.slots.enter().await?;
        let compare = move || {
            let _slot = slot;
            let candidate = Candidate::from_document(&candidate).map_err(|faults| {
                ImmediateMatchError::Faults {
                    kind: ProfileKind::Candidate,
                    faults,
                }
            })?;
            let job_posting = JobPosting::from_document(&job_posting).map_err(|faults| {
                ImmediateMatchError::Faults {
                    kind: ProfileKind::JobPosting,
                    faults,
                }
            })?;
            let assessment = engine.score(
                &engine.compile_candidate(&candidate),
                &engine.compile_job_posting(&job_posting),
            );
            Ok(assessment.to_document_in(language, candidate.id, job_posting.id, &computed_at))
        };
        tokio::task::spawn_blocking(|| panics::catch(compare))
            .await
            .map_err(|_| ImmediateMatchError::Panicked)?
            .map_err(|panicked| {
                error!(%panicked, "scoring panicked");
                ImmediateMatchError::Panicked
            })?
    }
}

/// Returns the document with its id.
pub(super) async fn load(
    store: &(impl Profiles + ?Sized),
    kind: ProfileKind,
    source: ProfileSource,
    received_on: NaiveDate,
) -> Result<Value, ImmediateMatchError> {
    match source {
        ProfileSource::Inline(document) => Ok(foreign_documents::normalise(
            kind,
            document,
            Some(received_on),
        )),
        ProfileSource::Stored(id) => {
            let stored = store
                .profile(kind, id)
                .await?
                .ok_or(ImmediateMatchError::NotFound { kind, id })?;
            let mut document = serde_json::from_str(&stored.document).map_err(|error| {
                let detail = format!("the stored document is not JSON: {error}");
                let faults = vec![ProfileFault {
                    pointer: String::new(),
                    code: "wrong_type",
                    detail,
                }];
                ImmediateMatchError::Faults { kind, faults }
            })?;
            profiles::set_id(&mut document, id);
            Ok(document)
        }
    }
}
