//! Coalesced calls: concurrent calls for single matches share a statement.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::BoxFuture;
use sqlx::{PgConnection, PgPool};
use tracing::warn;

use super::{
    connections::Connections,
    jobs,
    kept_connections::KeptConnections,
    leases::{self, Claim},
    outcomes::{self, SingleResult},
    profiles::{self, Wanted},
    submissions::{self, PlainMatch},
};
use crate::{
    coalescing::Coalescer,
    domain::{identifiers::JobId, progress::JobView, task::ClaimedTask},
    outage::with_causes,
    store::{FailedMatches, NewResult, ReadProfile, Recorded, StoreError},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// The number of concurrent statements: while one waits for the disk, the next is prepared.
const RUNS_AT_ONCE: usize = 2;
/// The maximum number of callers that share one statement.
const CALLS_OF_A_RUN: usize = 100;

/// The maximum number of profiles of a read that is coalesced.
const FEW_PROFILES: usize = 10;

/// The calls that are coalesced, or made alone if a call can't share a statement.
#[derive(Debug)]
pub(super) struct CoalescedCalls {
    requests: PgPool,
    work: PgPool,
    submitting: CoalescedCall<Arc<PlainMatch>, ()>,
    looking_up: CoalescedCall<JobId, Option<JobView>>,
    claiming: CoalescedCall<Claim, Option<ClaimedTask>>,
    reading_candidates: CoalescedCall<Vec<Wanted>, Vec<ReadProfile>>,
    reading_job_postings: CoalescedCall<Vec<Wanted>, Vec<ReadProfile>>,
    /// Answers true if any task waits for the match that ended.
    recording: CoalescedCall<Arc<SingleResult>, Option<bool>>,
}

impl CoalescedCalls {
    /// Prepares the calls of requests and of claimed tasks, each with this time limit.
    pub(super) fn new(
        for_requests: &PgPool,
        for_work: &PgPool,
        connections: &Arc<Connections>,
        limit: Duration,
    ) -> Self {
        let requests = &KeptConnections::of(for_requests, connections);
        let work = &KeptConnections::of(for_work, connections);
        Self {
            requests: for_requests.clone(),
            work: for_work.clone(),
            submitting: CoalescedCall::new(requests, limit, |connection, plain| {
                Box::pin(submissions::submit_plain(connection, plain))
            }),
            looking_up: CoalescedCall::new(requests, limit, |connection, ids| {
                Box::pin(jobs::singles(connection, ids))
            }),
            claiming: CoalescedCall::new(work, limit, |connection, claims| {
                Box::pin(leases::claim_coalesced(connection, claims))
            }),
            reading_candidates: CoalescedCall::new(work, limit, |connection, wanted| {
                let kind = ProfileKind::Candidate;
                Box::pin(profiles::get_coalesced(connection, kind, wanted))
            }),
            reading_job_postings: CoalescedCall::new(work, limit, |connection, wanted| {
                let kind = ProfileKind::JobPosting;
                Box::pin(profiles::get_coalesced(connection, kind, wanted))
            }),
            recording: CoalescedCall::new(work, limit, |connection, singles| {
                Box::pin(outcomes::record_coalesced(connection, singles))
            }),
        }
    }

    pub(super) async fn submit(&self, plain: PlainMatch) -> Result<(), StoreError> {
        let plain = Arc::new(plain);
        match self.submitting.call(Arc::clone(&plain)).await? {
            Some(()) => Ok(()),
            None => submissions::submit_plain_again(&self.requests, plain).await,
        }
    }

    /// Looks up a single match; returns `None` if the id does not belong to a single match.
    pub(super) async fn look_up(&self, id: &JobId) -> Result<Option<JobView>, StoreError> {
        if let Some(found) = self.looking_up.call(id.clone()).await? {
            return Ok(found);
        }
        let mut connection = self.requests.acquire().await?;
        let alone = jobs::singles(&mut connection, std::slice::from_ref(id)).await?;
        Ok(alone.into_iter().flatten().next())
    }

    pub(super) async fn claim(&self, claim: Claim) -> Result<Option<ClaimedTask>, StoreError> {
        match self.claiming.call(claim.clone()).await? {
            Some(Some(claimed)) => Ok(Some(claimed)),
            Some(None) | None => leases::claim(&self.work, &claim).await,
        }
    }

    /// Reads the profiles of an attempt. A read of few profiles is coalesced with the reads of
    /// other attempts.
    pub(super) async fn read(
        &self,
        kind: ProfileKind,
        wanted: &[Wanted],
    ) -> Result<Vec<ReadProfile>, StoreError> {
        if wanted.len() <= FEW_PROFILES {
            let reading = match kind {
                ProfileKind::Candidate => &self.reading_candidates,
                ProfileKind::JobPosting => &self.reading_job_postings,
            };
            if let Some(read) = reading.call(wanted.to_vec()).await? {
                return Ok(read);
            }
        }
        profiles::get_many(&self.work, kind, wanted).await
    }

    /// Records the outcome of a task; that of a single match with a result is coalesced.
    pub(super) async fn record(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError> {
        if let Some(single) = SingleResult::of(claimed, results, failures) {
            let coalesced = self.recording.call(Arc::new(single)).await?;
            if let Some(has_dependents) = coalesced.flatten() {
                return Ok(Recorded::Written {
                    has_dependents,
                    ended_batch: None,
                });
            }
        }
        outcomes::record(&self.work, claimed, results, failures).await
    }

    /// Returns the number of calls that were made alone because their shared statement failed.
    pub(super) fn tried_alone(&self) -> u64 {
        [
            &self.submitting.tried_alone,
            &self.looking_up.tried_alone,
            &self.claiming.tried_alone,
            &self.reading_candidates.tried_alone,
            &self.reading_job_postings.tried_alone,
            &self.recording.tried_alone,
        ]
        .iter()
        .map(|count| count.load(Ordering::Relaxed))
        .sum()
    }
}

/// A statement that answers several calls, in their order.
type Statement<Request, Answer> = for<'a> fn(
    &'a mut PgConnection,
    &'a [Request],
) -> BoxFuture<'a, Result<Vec<Answer>, StoreError>>;

/// Calls of one kind.
#[derive(Debug)]
struct CoalescedCall<Request, Answer> {
    coalescer: Arc<Coalescer<Request, Result<Answer, StoreError>>>,
    statement: Statement<Request, Answer>,
    connections: Arc<KeptConnections>,
    limit: Duration,
    tried_alone: AtomicU64,
}

impl<Request: Send + Sync + 'static, Answer: Send + 'static> CoalescedCall<Request, Answer> {
    /// Coalesces calls that this statement answers, each with this time limit.
    fn new(
        connections: &Arc<KeptConnections>,
        limit: Duration,
        statement: Statement<Request, Answer>,
    ) -> Self {
        Self {
            coalescer: Coalescer::new(RUNS_AT_ONCE, CALLS_OF_A_RUN),
            statement,
            connections: Arc::clone(connections),
            limit,
            tried_alone: AtomicU64::new(0),
        }
    }

    /// Makes a call, coalesced with others. Returns `None` if the statement failed and the server
    /// is not at fault: any of the calls may be the cause, so each caller has to repeat its call
    /// alone.
    ///
    /// # Errors
    /// If the server fails.
    async fn call(&self, request: Request) -> Result<Option<Answer>, StoreError> {
        let connections = Arc::clone(&self.connections);
        let (statement, limit) = (self.statement, self.limit);
        let run = move |requests: Vec<Request>| {
            let connections = Arc::clone(&connections);
            async move {
                let running = async {
                    let mut kept = connections.take().await?;
                    let answers = statement(&mut kept.connection, &requests).await?;
                    connections.keep(kept);
                    Ok(answers)
                };
                let answers = tokio::time::timeout(limit, running).await;
                match answers.unwrap_or(Err(StoreError::TimedOut { limit })) {
                    Ok(answers) => answers.into_iter().map(Ok).collect(),
                    Err(error) => requests.iter().map(|_| Err(error.clone())).collect(),
                }
            }
        };
        match self.coalescer.join(request, run).await {
            Some(Ok(answer)) => return Ok(Some(answer)),
            Some(Err(error)) if error.is_retryable() => return Err(error),
            Some(Err(error)) => {
                let error = with_causes(&error);
                warn!(
                    error,
                    "a coalesced statement failed; each call is tried alone"
                );
            }
            None => warn!("a coalesced statement panicked; each call is tried alone"),
        }
        self.tried_alone.fetch_add(1, Ordering::Relaxed);
        Ok(None)
    }
}
