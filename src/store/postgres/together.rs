//! Calls that come together share a statement; those that come one soon after the other, a connection.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::BoxFuture;
use sqlx::{Executor, PgConnection, PgPool, Postgres, pool::PoolConnection};
use tracing::warn;

use super::{
    ONE_PLAN, TRUSTED_IDLE,
    accept::{self, PlainMatch},
    jobs,
    leases::{self, Claim},
    outcome::{self, SingleResult},
    profiles::{self, Wanted},
};
use crate::{
    domain::{identifiers::JobId, task::ClaimedTask},
    gathering::Gathering,
    store::{FailedMatches, JobView, NewResult, ReadProfile, Recorded, StoreError},
};
use matching_engine::profiles::profile_kind::ProfileKind;

/// Statements under way at once: while one waits for the disk, the next is prepared.
const RUNS_AT_ONCE: usize = 2;
/// Callers of one statement.
const CALLS_TOGETHER: usize = 100;

/// How long a connection waits for the next call before it goes back to the pool.
const UNUSED: Duration = Duration::from_millis(200);
/// How long the pool does not see a connection that is always used again: it closes those that are old.
const KEPT_AT_MOST: Duration = Duration::from_mins(1);

/// The most profiles that a caller reads together with others.
const FEW_PROFILES: usize = 10;

/// The calls that are made for many small matches: together with others, and alone where that is not to
/// be.
#[derive(Debug)]
pub(super) struct CallsTogether {
    requests: PgPool,
    work: PgPool,
    accepting: Together<Arc<PlainMatch>, ()>,
    looking_up: Together<JobId, Option<JobView>>,
    claiming: Together<Claim, Option<ClaimedTask>>,
    reading_candidates: Together<Vec<Wanted>, Vec<ReadProfile>>,
    reading_job_postings: Together<Vec<Wanted>, Vec<ReadProfile>>,
    /// Says whether anything waits for the match that ended.
    recording: Together<Arc<SingleResult>, Option<bool>>,
}

impl CallsTogether {
    /// Calls of requests and of accepted work, each within this limit.
    pub(super) fn new(for_requests: &PgPool, for_work: &PgPool, limit: Duration) -> Self {
        let requests = &KeptConnections::of(for_requests);
        let work = &KeptConnections::of(for_work);
        Self {
            requests: for_requests.clone(),
            work: for_work.clone(),
            accepting: Together::new(requests, limit, |connection, plain| {
                Box::pin(accept::accept_plain(connection, plain))
            }),
            looking_up: Together::new(requests, limit, |connection, ids| {
                Box::pin(jobs::singles(connection, ids))
            }),
            claiming: Together::new(work, limit, |connection, claims| {
                Box::pin(leases::claim_together(connection, claims))
            }),
            reading_candidates: Together::new(work, limit, |connection, wanted| {
                let kind = ProfileKind::Candidate;
                Box::pin(profiles::get_together(connection, kind, wanted))
            }),
            reading_job_postings: Together::new(work, limit, |connection, wanted| {
                let kind = ProfileKind::JobPosting;
                Box::pin(profiles::get_together(connection, kind, wanted))
            }),
            recording: Together::new(work, limit, |connection, singles| {
                Box::pin(outcome::record_together(connection, singles))
            }),
        }
    }

    pub(super) async fn accept(&self, plain: PlainMatch) -> Result<(), StoreError> {
        let plain = Arc::new(plain);
        match self.accepting.call(Arc::clone(&plain)).await? {
            Some(()) => Ok(()),
            None => accept::accept_plain_again(&self.requests, plain).await,
        }
    }

    /// Looks a single match up.
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

    /// Reads the profiles of an attempt, a few of them together with others.
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

    /// Ends a task, a single match that worked together with others.
    pub(super) async fn record(
        &self,
        claimed: &ClaimedTask,
        results: &[NewResult],
        failures: &[FailedMatches],
    ) -> Result<Recorded, StoreError> {
        if let Some(single) = SingleResult::of(claimed, results, failures) {
            let together = self.recording.call(Arc::new(single)).await?;
            if let Some(has_dependents) = together.flatten() {
                return Ok(Recorded::Written {
                    has_dependents,
                    ended_batch: None,
                });
            }
        }
        outcome::record(&self.work, claimed, results, failures).await
    }

    /// How many calls a shared statement failed for.
    pub(super) fn tried_alone(&self) -> u64 {
        [
            &self.accepting.tried_alone,
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

/// The statement for some calls, which answers each, in their order.
type Statement<Request, Answer> = for<'a> fn(
    &'a mut PgConnection,
    &'a [Request],
) -> BoxFuture<'a, Result<Vec<Answer>, StoreError>>;

/// Calls of one sort.
#[derive(Debug)]
struct Together<Request, Answer> {
    gathering: Arc<Gathering<Request, Result<Answer, StoreError>>>,
    statement: Statement<Request, Answer>,
    connections: Arc<KeptConnections>,
    limit: Duration,
    tried_alone: AtomicU64,
}

impl<Request: Send + Sync + 'static, Answer: Send + 'static> Together<Request, Answer> {
    /// Calls that this statement answers, each within this limit.
    fn new(
        connections: &Arc<KeptConnections>,
        limit: Duration,
        statement: Statement<Request, Answer>,
    ) -> Self {
        Self {
            gathering: Gathering::new(RUNS_AT_ONCE, CALLS_TOGETHER),
            statement,
            connections: Arc::clone(connections),
            limit,
            tried_alone: AtomicU64::new(0),
        }
    }

    /// Makes a call together with others. `None` where the statement failed for another reason than
    /// the server's: that may be any of the calls, so each is to be tried alone.
    ///
    /// # Errors
    /// When the server fails.
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
        match self.gathering.join(request, run).await {
            Some(Ok(answer)) => return Ok(Some(answer)),
            Some(Err(error)) if error.is_retryable() => return Err(error),
            Some(Err(error)) => {
                let error = &error as &dyn std::error::Error;
                warn!(
                    error,
                    "a statement for several calls failed; each is tried alone"
                );
            }
            None => warn!("calls that came together broke off; each is tried alone"),
        }
        self.tried_alone.fetch_add(1, Ordering::Relaxed);
        Ok(None)
    }
}

/// Connections that calls of any sort hand on to each other, with [`ONE_PLAN`] for each statement.
///
/// The pool asks a connection twice whether it works when it comes back: two round trips, which cost the
/// server as much as the statement of a single match. One that is used again soon is spared them. One
/// that failed, or whose call was given up, is not kept: the pool finds out what it is worth.
#[derive(Debug)]
struct KeptConnections {
    pool: PgPool,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    /// The one that was used last comes last.
    connections: Vec<KeptConnection>,
    is_watched: bool,
}

#[derive(Debug)]
struct KeptConnection {
    connection: PoolConnection<Postgres>,
    taken_from_pool: Instant,
    used: Instant,
}

impl KeptConnections {
    fn of(pool: &PgPool) -> Arc<Self> {
        Arc::new(Self {
            pool: pool.clone(),
            kept: Mutex::default(),
        })
    }

    async fn take(&self) -> Result<KeptConnection, StoreError> {
        let last = self.kept().connections.pop();
        let now = Instant::now();
        if let Some(kept) = last.filter(|kept| now - kept.used < TRUSTED_IDLE) {
            return Ok(kept);
        }
        let mut connection = self.pool.acquire().await?;
        connection.execute(ONE_PLAN).await?;
        Ok(KeptConnection {
            connection,
            taken_from_pool: now,
            used: now,
        })
    }

    /// Keeps a connection that works, unless others may be waiting for one, half of all are kept, or it is
    /// time that the pool looks at it.
    fn keep(self: &Arc<Self>, connection: KeptConnection) {
        let most = self.pool.options().get_max_connections();
        let others_find_one = self.pool.num_idle() > 0 || self.pool.size() < most;
        let now = Instant::now();
        if !others_find_one || now - connection.taken_from_pool > KEPT_AT_MOST {
            return;
        }
        let mut kept = self.kept();
        if kept.connections.len() >= most as usize / 2 {
            return;
        }
        kept.connections.push(KeptConnection {
            used: now,
            ..connection
        });
        if !std::mem::replace(&mut kept.is_watched, true) {
            tokio::spawn(Arc::clone(self).give_back_unused());
        }
    }

    /// Gives connections back to the pool that nobody took for a while, as long as there are any.
    async fn give_back_unused(self: Arc<Self>) {
        loop {
            tokio::time::sleep(UNUSED / 2).await;
            let mut kept = self.kept();
            let now = Instant::now();
            kept.connections.retain(|kept| now - kept.used < UNUSED);
            if kept.connections.is_empty() {
                kept.is_watched = false;
                return;
            }
        }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for KeptConnections {
    /// Closes what is kept: handing it back needs a runtime, which may be gone.
    fn drop(&mut self) {
        for kept in self.kept().connections.drain(..) {
            drop(kept.connection.detach());
        }
    }
}
