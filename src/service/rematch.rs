//! Computes stored results again whose profiles were changed: those of one profile when a caller asks
//! for it, and, if that is configured, all stale ones at intervals.

use std::{sync::Arc, time::Duration};

use tracing::{debug, info, warn};
use ulid::Ulid;

use super::submit::{Counterparts, MatchRequest, SubmitError, Submitter};
use crate::{
    domain::{
        dependency::OnParentFailure,
        identifiers::{BatchId, CallerId, ProfileId},
        queue_name::QueueName,
        submission::{SubmissionIdentity, WebhookEvents},
        trace::TraceContext,
    },
    outage::with_causes,
    store::{ChangeMark, Rematching},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The most pairs of one batch; of more, the best are computed again.
pub const REMATCH_LIMIT: u32 = 100_000;
/// The most changed profiles of one step.
const PROFILES_OF_A_STEP: u32 = 500;
/// The pause between two steps, so that submitted work has its turn.
const STEP_PAUSE: Duration = Duration::from_millis(100);

/// Queues the pairs of stored results again.
pub struct Rematcher {
    results: Arc<dyn Rematching>,
    submitter: Arc<Submitter>,
}

impl Rematcher {
    /// Creates a rematcher of these results.
    pub fn new(results: Arc<dyn Rematching>, submitter: Arc<Submitter>) -> Self {
        Self { results, submitter }
    }

    /// Queues the pairs of all stored results of a profile as one batch, and returns it; `None` if
    /// there are no results.
    ///
    /// # Errors
    /// If the queue is full or the database fails.
    pub async fn rematch(
        &self,
        kind: ProfileKind,
        id: ProfileId,
    ) -> Result<Option<BatchId>, SubmitError> {
        let found = self.results.matched_counterparts(kind, id, REMATCH_LIMIT);
        let counterparts = found.await.map_err(super::ServiceError::from)?;
        self.submit(kind, id, counterparts, None).await
    }

    async fn submit(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        counterparts: Vec<ProfileId>,
        name: Option<CallerId>,
    ) -> Result<Option<BatchId>, SubmitError> {
        if counterparts.is_empty() {
            return Ok(None);
        }
        let request = MatchRequest {
            subject_kind: kind,
            subject_id: id,
            counterparts: Counterparts::Many(counterparts),
            queue: QueueName::Bulk,
            depends_on: None,
            on_parent_failure: OnParentFailure::Fail,
            id: name,
            idempotency_key: None,
            user_id: None,
            webhook_url: None,
            webhook_events: WebhookEvents::Batch,
            weights: None,
            trace: TraceContext::begun(Ulid::generate()),
        };
        let accepted = self.submitter.submit(request).await?;
        Ok(match accepted.identity {
            SubmissionIdentity::Batch(batch) => Some(batch),
            SubmissionIdentity::Single(_) => None,
        })
    }

    /// Queues stale pairs for ever: after each interval those of the profiles that were changed
    /// since, and at the beginning those of all profiles.
    pub async fn run(self: Arc<Self>, interval: Duration) {
        let mut marks = [ChangeMark::default(); 2];
        loop {
            for (kind, mark) in [ProfileKind::Candidate, ProfileKind::JobPosting]
                .into_iter()
                .zip(&mut marks)
            {
                if let Err(error) = self.follow_changes(kind, mark).await {
                    let error = with_causes(&error);
                    warn!(
                        error,
                        "stale results are queued again after the next interval"
                    );
                }
            }
            tokio::time::sleep(interval).await;
        }
    }

    /// Queues the stale pairs of the profiles of a kind that were changed after the mark, and moves
    /// the mark.
    async fn follow_changes(
        &self,
        kind: ProfileKind,
        mark: &mut ChangeMark,
    ) -> Result<(), SubmitError> {
        loop {
            let changed = self
                .results
                .changed_documents(kind, *mark, PROFILES_OF_A_STEP, REMATCH_LIMIT)
                .await
                .map_err(super::ServiceError::from)?;
            let is_last = changed.len() < PROFILES_OF_A_STEP as usize;
            for document in changed {
                let pairs = document.stale.len();
                // Each process finds the same pairs; the name makes them one batch.
                let version = document.mark.document_version;
                let name = format!("rematch:{}:{}:{version}", kind.as_str(), document.id);
                match self
                    .submit(kind, document.id, document.stale, name.parse().ok())
                    .await
                {
                    Ok(Some(batch)) => {
                        info!(batch.id = %batch, pairs, "stale results are computed again");
                    }
                    Ok(None) => {}
                    // Another process submitted them, before or after some were computed.
                    Err(SubmitError::Conflict(detail)) => debug!(detail, "already submitted"),
                    Err(error) => return Err(error),
                }
                *mark = document.mark;
            }
            if is_last {
                return Ok(());
            }
            tokio::time::sleep(STEP_PAUSE).await;
        }
    }
}
