//! One simulated process: the real services, whose calls to the store, the queues and the documents
//! may be late, refused or unanswered.
//!
//! A process that dies makes no further call take effect and gets no further answer, which is all
//! that others can notice of its death: its futures stay where they are.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::future::{BoxFuture, pending};
use matching::{
    documents::{DocumentError, DocumentStore},
    domain::{
        dead_letter::{
            DeadLetter, DeadLetterEdits, DeadLetterFilter, DeadLetterGroup, DeadLetterHistory,
            Edited,
        },
        delivery::{Delivery, DeliveryDetails, DeliveryFilter, DeliveryPage, DueDelivery},
        dependency::DependencyOutcome,
        endpoint::{Endpoint, EndpointPage, PausedEndpoints},
        identifiers::{
            BatchId, DeadLetterId, DeliveryId, EndpointId, JobId, ProfileId, TaskId, WorkId,
        },
        operator_action::{OperatorAction, RecordedAction},
        paging::{NewestFirst, Page, TimeCursor},
        progress::{BatchView, JobView},
        queue_depth::QueueDepth,
        queue_name::QueueName,
        ranking::{RankedResult, ResultScope},
        revision::WriteCondition,
        submission::Submission,
        task::{ClaimedTask, Pair, TaskError, Withdrawal},
    },
    queue::{
        DeadPointer, DeadPointers, PointerHandler, PointerOutcome, Pool, PoolEnded, QueueError,
        TaskQueues,
    },
    service::{
        Backoff,
        backlog::Backlog,
        cancel::Canceller,
        compiled_profiles::CompiledProfiles,
        compute_task::{ScoredTask, TaskRunner},
        dead_letters::DeadLetterService,
        deliver_webhooks::{WebhookPool, WebhookPoolSettings},
        delivery_schedule::DeliverySchedule,
        delivery_service::DeliveryService,
        dependencies::DependencyService,
        dispatcher::Dispatcher,
        housekeeping::Housekeeping,
        leases::LeaseKeeper,
        profiles::{Comparison, CompiledProfile, ScoredMatch},
        result_documents::LedgerReporter,
        submit::Submitter,
    },
    store::{
        ActionStep, BatchReports, Cancellation, Cancelled, DeadLetters, Deliveries, DeliveryClaim,
        DeliveryOutcome, Dependencies, DependencyReport, Dispatch, DispatchRound,
        DocumentAnnouncements, DocumentLocation, ExpiredLeases, FailedMatches, Forgotten, Guarded,
        Jobs, KeptDocument, KeptDocuments, Leases, LedgerCounts, NewResult, OperatorActions,
        Outcomes, ProfileChanges, ProfilePart, ProfileReader, Profiles, PutProfile, PutProfiles,
        Queues, ReadProfile, Recorded, ResolvedDependencies, Results, Retention, Revision,
        StoreError, StoredProfile, StoredResult, SubmissionOutcome, Submissions,
    },
};
use matching_engine::{
    profiles::profile_kind::ProfileKind,
    scoring::{Criterion, Engine, Weights},
};
use tokio::{
    sync::{Notify, Semaphore, broadcast, mpsc},
    task::{AbortHandle, JoinHandle},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_util::sync::CancellationToken;

use crate::{
    random,
    receivers::{REQUEST_TIMEOUT, RemoteReceivers},
    world::{Fetched, Trouble, World},
};

pub const LEASE: Duration = Duration::from_secs(6);
pub const SWEEP_INTERVAL: Duration = Duration::from_secs(2);
const DISPATCH_INTERVAL: Duration = Duration::from_secs(3);
pub const WINDOW: u32 = 4;
pub const MAX_RETRIES: u32 = 2;
/// The pauses between the attempts at a webhook.
pub const WEBHOOK_PAUSES: [Duration; 3] = [
    Duration::from_millis(500),
    Duration::from_secs(2),
    Duration::from_secs(5),
];
/// The time after which a webhook to a paused endpoint is given up.
pub const GIVE_UP_AFTER: Duration = Duration::from_secs(30);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);
const CONCURRENCY: usize = 2;
const STOP_GRACE: Duration = Duration::from_secs(3);
/// The usual time of a call.
const LATENCY: Duration = Duration::from_millis(12);
const SLOW: Duration = Duration::from_secs(9);
/// Documents above this size are stored apart. Those of the simulation are about this long.
const INLINE_LIMIT: usize = 40;

/// The end of a process's connections to the world.
pub struct Network {
    pub number: usize,
    pub world: Arc<World>,
    life: Mutex<Life>,
    withdrawals: broadcast::Sender<Vec<Withdrawal>>,
}

#[derive(Default)]
struct Life {
    is_dead: bool,
    frozen_until: Option<Instant>,
}

impl Network {
    /// Connects a new process to its peers.
    fn join(world: &Arc<World>, peers: &Peers, number: usize) -> Arc<Self> {
        let network = Arc::new(Self {
            number,
            world: Arc::clone(world),
            life: Mutex::default(),
            withdrawals: broadcast::Sender::new(64),
        });
        world.note(|| format!("{network:?} starts"));
        let mut peers = peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.push(Arc::clone(&network));
        network
    }

    fn life(&self) -> MutexGuard<'_, Life> {
        self.life.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_alive(&self) -> bool {
        !self.life().is_dead
    }

    /// Kills the process.
    pub fn crash(&self) {
        if std::mem::replace(&mut self.life().is_dead, true) {
            return;
        }
        self.world.note(|| format!("{self:?} dies"));
        {
            let mut state = self.world.state();
            state.disruptions += 1;
            state.troubled.insert(self.number, Trouble::Dead);
        }
        for one in &mut self.world.pointers().fetched {
            if one.process == self.number {
                one.orphaned = Some(Instant::now());
            }
        }
    }

    /// Stops the process from making progress for some time.
    pub fn freeze(&self, length: Duration) {
        let until = Instant::now() + length;
        self.life().frozen_until = Some(until);
        self.world
            .note(|| format!("{self:?} freezes for {length:?}"));
        self.world.state().disruptions += 1;
        self.is_late_until(until);
    }

    /// Records that the process may renew its leases too late, or miss an outage of the database.
    fn is_late_until(&self, until: Instant) {
        let mut state = self.world.state();
        let trouble = state
            .troubled
            .entry(self.number)
            .or_insert(Trouble::Late { until });
        if let Trouble::Late { until: known } = trouble {
            *known = until.max(*known);
        }
    }

    /// Waits while the process is frozen, for ever if it is dead.
    pub async fn live(&self) {
        loop {
            let until = {
                let life = self.life();
                if life.is_dead {
                    None
                } else {
                    match life.frozen_until.filter(|until| *until > Instant::now()) {
                        Some(until) => Some(until),
                        None => return,
                    }
                }
            };
            match until {
                Some(until) => sleep_until(until).await,
                None => pending::<()>().await,
            }
        }
    }

    /// Draws how long a call takes before and after its effect. At most one of both takes time, which
    /// costs fewer events and orders calls as variously.
    fn latencies(&self) -> (Duration, Duration) {
        let is_slow = random::chance(self.world.state().weather.slow);
        let length = if is_slow {
            random::up_to(SLOW)
        } else if random::chance(0.3) {
            Duration::ZERO
        } else {
            random::up_to(LATENCY)
        };
        if random::chance(0.5) {
            (length, Duration::ZERO)
        } else {
            (Duration::ZERO, length)
        }
    }

    /// Waits while a call or its answer is under way.
    async fn travel(&self, length: Duration) {
        if length > Duration::ZERO {
            sleep(length).await;
        }
        self.live().await;
    }

    /// Makes a call whose effect is at one instant.
    pub async fn exchange<T>(&self, effect: impl FnOnce() -> T) -> T {
        let (there, back) = self.latencies();
        self.travel(there).await;
        let answer = effect();
        self.travel(back).await;
        answer
    }

    /// Makes a call to the database; one that ends a run states which.
    async fn call<T: Debug>(
        &self,
        name: &str,
        arguments: impl FnOnce() -> String,
        run: Option<&ClaimedTask>,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        self.live().await;
        let weather = self.world.state().weather;
        let (there, back) = self.latencies();
        let concerns_leases = matches!(name, "claim" | "renew_leases" | "expire_leases");
        if concerns_leases && there + back > LATENCY {
            self.is_late_until(Instant::now() + there + back);
        }
        self.travel(there).await;
        if random::chance(weather.crash / 2.0) {
            self.world
                .note(|| format!("{self:?} {name}, which never arrives"));
            self.crash();
            pending::<()>().await;
        }
        let away = self.world.state().database_away_until;
        if away.is_some_and(|until| until > Instant::now()) || random::chance(weather.refused) {
            self.world.note(|| format!("{self:?} {name} is refused"));
            return Err(StoreError::Unavailable(Arc::new(sqlx::Error::PoolTimedOut)));
        }
        let answer = call.await;
        self.world.note(|| {
            // A process lists its leases, and endpoints that are busy, in no particular order.
            let has_leases = matches!(name, "renew_leases" | "release_all" | "claim_deliveries");
            let arguments = if has_leases {
                String::new()
            } else {
                arguments()
            };
            format!("{self:?} {name}({arguments}) → {answer:?}")
        });
        self.world.watch_changes(run);
        if random::chance(weather.crash / 2.0) {
            self.crash();
        }
        self.travel(back).await;
        if random::chance(weather.lost_answer) {
            self.world
                .note(|| format!("{self:?} {name}: the answer is lost"));
            return Err(StoreError::TimedOut {
                limit: Duration::from_secs(1),
            });
        }
        answer
    }

    async fn queue_call<T>(&self, call: impl FnOnce() -> T) -> Result<T, QueueError> {
        let lost = self.world.state().weather.lost_answer;
        let effect = || {
            let away = self.world.state().queues_away_until;
            let is_away = away.is_some_and(|until| until > Instant::now());
            (!is_away).then(call)
        };
        match self.exchange(effect).await {
            Some(answer) if !random::chance(lost) => Ok(answer),
            _ => Err(QueueError::NoReader),
        }
    }
}

impl Debug for Network {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "process {}", self.number)
    }
}

/// The store as one process reaches it.
pub struct RemoteStore {
    network: Arc<Network>,
}

/// Implements a port by calls over the network.
macro_rules! over_the_network {
    ($(
        $port:ident { $(
            $name:ident($($argument:ident: $type:ty),*) -> $answer:ty $(, ends $run:ident)?;
        )* }
        $(+ { $($other:tt)* })?
    )*) => {$(
        #[async_trait]
        impl $port for RemoteStore {
            $(async fn $name(&self, $($argument: $type),*) -> Result<$answer, StoreError> {
                let store = &self.network.world.store;
                let arguments = || {
                    let arguments: Vec<String> = vec![$(format!("{:?}", $argument)),*];
                    arguments.join(", ")
                };
                let run = None::<&ClaimedTask>$(.or(Some($run)))?;
                let call = store.$name($($argument),*);
                self.network.call(stringify!($name), arguments, run, call).await
            })*
            $($($other)*)?
        }
    )*};
}

over_the_network! {
    Leases {
        renew_leases(leases: &[(TaskId, i64)], lease: Duration) -> Vec<TaskId>;
        schedule_retry(
            claimed: &ClaimedTask,
            after: Duration,
            error: &TaskError
        ) -> Guarded, ends claimed;
        release(
            claimed: &ClaimedTask,
            after: Duration,
            reason: Option<&TaskError>
        ) -> Guarded, ends claimed;
        release_all(leases: &[(TaskId, i64)]) -> u64;
        expire_leases(limit: u32, alive_within: Duration) -> ExpiredLeases;
    }
    + {
        async fn claim(
            &self,
            id: &TaskId,
            worker: &str,
            lease: Duration,
        ) -> Result<Option<ClaimedTask>, StoreError> {
            let world = &self.network.world;
            world.state().claiming.insert(worker.to_owned());
            let arguments = || format!("{id:?}, {worker:?}, {lease:?}");
            let claim = world.store.claim(id, worker, lease);
            let answer = self.network.call("claim", arguments, None, claim).await;
            if answer.is_ok() {
                world.state().claiming.remove(worker);
            }
            answer
        }
    }
    Dispatch {
        dispatch_due(queue: QueueName, window: u32) -> DispatchRound;
        undo_dispatch(ids: &[TaskId]) -> ();
        undo_stale_dispatches(queue: QueueName, older_than: Duration, limit: u32) -> u64;
    }
    Outcomes {
        record_outcome(
            claimed: &ClaimedTask,
            results: &[NewResult],
            failures: &[FailedMatches]
        ) -> Recorded, ends claimed;
    }
    Dependencies {
        report_dependency(id: &WorkId, outcome: DependencyOutcome) -> DependencyReport;
        resolve_dependencies(ended: Option<&[WorkId]>, limit: u32) -> ResolvedDependencies;
    }
    BatchReports {
        batch_report(id: &BatchId) -> Option<DocumentLocation>;
        batches_without_report(limit: u32) -> Vec<BatchId>;
        report_generation(id: &BatchId) -> Option<i64>;
        save_batch_report(id: &BatchId, generation: i64, report: &DocumentLocation) -> ();
        drop_batch_reports(scope: ResultScope) -> ();
    }
    DocumentAnnouncements {
        announce_documents(keys: &[String], within: Duration) -> ();
    }
    KeptDocuments {
        orphaned_documents(since: Duration, limit: u32) -> Vec<String>;
        forget_orphaned_documents(keys: &[String]) -> ();
        kept_documents(after: &str, limit: u32) -> Vec<KeptDocument>;
        keeps_document(key: &str) -> bool;
    }
    Deliveries {
        claim_deliveries(claim: &DeliveryClaim) -> Vec<DueDelivery>;
        pause_endpoint(
            endpoint: &EndpointId,
            pause: Duration,
            reason: &str,
            give_up_after: Duration
        ) -> u64;
        resume_endpoint(endpoint: &EndpointId) -> ();
        endpoints(page: &EndpointPage) -> Vec<Endpoint>;
        count_paused_endpoints(selected: &PausedEndpoints) -> u64;
        end_pauses(
            selected: &PausedEndpoints,
            limit: u32,
            after: Option<&EndpointId>,
            action: &OperatorAction
        ) -> ActionStep<EndpointId>;
        deliveries(filter: &DeliveryFilter, page: &DeliveryPage) -> Vec<Delivery>;
        delivery(id: &DeliveryId) -> Option<DeliveryDetails>;
        count_deliveries(filter: &DeliveryFilter) -> u64;
        resend_deliveries(
            filter: &DeliveryFilter,
            page: &DeliveryPage,
            action: &OperatorAction
        ) -> ActionStep<DeliveryId>;
    }
    + {
        async fn record_delivery(
            &self,
            id: &DeliveryId,
            outcome: &DeliveryOutcome,
        ) -> Result<(), StoreError> {
            let world = &self.network.world;
            let arguments = || format!("{id:?}, {outcome:?}");
            let recording = world.record_delivery(id, outcome);
            self.network.call("record_delivery", arguments, None, recording).await
        }
    }
    Retention {
        forget_ended(older_than: Duration, limit: u32) -> Forgotten;
    }
    DeadLetters {
        dead_letters(filter: &DeadLetterFilter, page: &NewestFirst) -> Vec<DeadLetter>;
        dead_letter_groups(filter: &DeadLetterFilter, limit: u32) -> Vec<DeadLetterGroup>;
        dead_letter(id: &DeadLetterId) -> Option<DeadLetterHistory>;
        retry_dead_letters(
            filter: &DeadLetterFilter,
            page: &NewestFirst,
            action: &OperatorAction
        ) -> ActionStep<TimeCursor>;
        edit_dead_letter(
            id: &TaskId,
            edits: &DeadLetterEdits,
            action: &OperatorAction
        ) -> Edited;
        purge_dead_letters(
            filter: &DeadLetterFilter,
            page: &NewestFirst,
            action: &OperatorAction
        ) -> ActionStep<TimeCursor>;
        dead_letters_among(ids: &[TaskId]) -> Vec<TaskId>;
        forget_dead_letters(older_than: Duration, limit: u32) -> u64;
    }
    OperatorActions {
        operator_actions(page: &NewestFirst) -> Vec<RecordedAction>;
        forget_operator_actions(older_than: Duration, limit: u32) -> u64;
    }
    Submissions {
        submit(submission: &Submission, pushed_by_caller: bool) -> SubmissionOutcome;
        earlier_submission(submission: &Submission) -> Option<SubmissionOutcome>;
    }
    Jobs {
        job(id: &JobId) -> Option<JobView>;
        batch(id: &BatchId) -> Option<BatchView>;
        counts() -> LedgerCounts;
    }
    Cancellation {
        cancel_job(id: &JobId, split_task_id: &TaskId, action: &OperatorAction) -> Cancelled;
        cancel_batch(id: &BatchId, action: &OperatorAction) -> Cancelled;
    }
    Queues {
        pause_queue(queue: QueueName, reason: Option<&str>, action: &OperatorAction) -> bool;
        resume_queue(queue: QueueName, action: &OperatorAction) -> bool;
        queue_depths(drained_over: Duration) -> Vec<QueueDepth>;
    }
    Profiles {
        put_profiles(kind: ProfileKind, profiles: &[(ProfileId, String)]) -> PutProfiles;
        profile(kind: ProfileKind, id: ProfileId) -> Option<StoredProfile>;
        profiles(
            reader: ProfileReader,
            kind: ProfileKind,
            wanted: &[(ProfileId, Option<Revision>)]
        ) -> Vec<ReadProfile>;
        put_profile(
            kind: ProfileKind,
            id: ProfileId,
            document: &str,
            condition: &WriteCondition
        ) -> Option<PutProfile>;
        delete_profile(kind: ProfileKind, id: ProfileId) -> bool;
        delete_profile_if(
            kind: ProfileKind,
            id: ProfileId,
            condition: &WriteCondition
        ) -> bool;
        profiles_after(
            kind: ProfileKind,
            after: Option<ProfileId>,
            limit: u32
        ) -> Vec<(ProfileId, String)>;
        profile_changes(kind: ProfileKind, since: Option<i64>, limit: u32) -> ProfileChanges;
    }
    + {
        async fn put_profile_parts(
            &self,
            kind: ProfileKind,
            parts: mpsc::Receiver<ProfilePart>,
        ) -> Result<Option<PutProfiles>, StoreError> {
            let putting = self.network.world.store.put_profile_parts(kind, parts);
            self.network.call("put_profile_parts", String::new, None, putting).await
        }
    }
}

#[async_trait]
impl Results for RemoteStore {
    async fn result(&self, pair: Pair) -> Result<Option<StoredResult>, StoreError> {
        let store = &self.network.world.store;
        let arguments = || format!("{pair:?}");
        self.network
            .call("result", arguments, None, store.result(pair))
            .await
    }

    async fn ranked_results(
        &self,
        kind: ProfileKind,
        id: ProfileId,
        page: &Page,
    ) -> Result<Vec<RankedResult>, StoreError> {
        let store = &self.network.world.store;
        let ranking = store.ranked_results(kind, id, page);
        self.network
            .call("ranked_results", String::new, None, ranking)
            .await
    }

    async fn rank_batch(
        &self,
        id: &BatchId,
        take: &mut (dyn FnMut(RankedResult) + Send),
    ) -> Result<(), StoreError> {
        let store = &self.network.world.store;
        let arguments = || format!("{id:?}");
        let ranking = store.rank_batch(id, take);
        self.network
            .call("rank_batch", arguments, None, ranking)
            .await
    }

    async fn best_results(
        &self,
        scope: ResultScope,
        limit: u32,
    ) -> Result<Vec<RankedResult>, StoreError> {
        let store = &self.network.world.store;
        let ranking = store.best_results(scope, limit);
        self.network
            .call("best_results", String::new, None, ranking)
            .await
    }
}

/// The queues as one process reaches them: those of apalis on Redis, without Redis.
struct RemoteQueues {
    network: Arc<Network>,
    peers: Peers,
}

/// The processes that hear of withdrawals.
pub type Peers = Arc<Mutex<Vec<Arc<Network>>>>;

#[async_trait]
impl TaskQueues for RemoteQueues {
    async fn push(&self, queue: QueueName, ids: &[TaskId]) -> Result<(), QueueError> {
        let world = &self.network.world;
        let bad = world.state().weather.bad_pointer;
        let push = || {
            world.note(|| format!("{:?} pushes {ids:?} to {queue}", self.network));
            let mut pointers = world.pointers();
            let waiting = &mut pointers.waiting[queue.index()];
            for id in ids {
                if !random::chance(bad) {
                    waiting.push_back(id.clone());
                    continue;
                }
                match random::below(3) {
                    0 => {}
                    1 => waiting.extend([id.clone(), id.clone()]),
                    _ => waiting.insert(random::below(waiting.len() + 1), id.clone()),
                }
            }
        };
        self.network.queue_call(push).await?;
        world.arrived.notify_waiters();
        Ok(())
    }

    async fn pending(&self, queue: QueueName) -> Result<u64, QueueError> {
        let world = &self.network.world;
        let count = || world.pointers().waiting[queue.index()].len() as u64;
        self.network.queue_call(count).await
    }

    async fn check(&self) -> Result<(), QueueError> {
        self.network.queue_call(|| ()).await
    }

    async fn tidy(&self, _queue: QueueName) -> Result<u64, QueueError> {
        Ok(0)
    }

    async fn dead_pointers(&self, queue: QueueName, _: u64) -> Result<DeadPointers, QueueError> {
        let world = &self.network.world;
        let look = || {
            let pointers = world.pointers();
            let dead = pointers.dead[queue.index()].iter();
            let dead = dead.map(|id| DeadPointer {
                id: id.to_string(),
                task_id: Some(id.clone()),
            });
            DeadPointers {
                pointers: dead.collect(),
                next: 0,
            }
        };
        self.network.queue_call(look).await
    }

    async fn remove_dead(
        &self,
        queue: QueueName,
        pointers: &[DeadPointer],
    ) -> Result<(), QueueError> {
        let world = &self.network.world;
        let remove = || {
            let gone = |id: &TaskId| pointers.iter().any(|one| one.task_id.as_ref() == Some(id));
            world.pointers().dead[queue.index()].retain(|id| !gone(id));
        };
        self.network.queue_call(remove).await
    }

    async fn announce_withdrawals(&self, withdrawn: &[Withdrawal]) -> Result<(), QueueError> {
        let peers = || {
            let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
            for peer in peers.iter() {
                // An announcement reaches those that listen, and may get lost.
                if random::chance(0.5) {
                    let _ = peer.withdrawals.send(withdrawn.to_vec());
                }
            }
        };
        self.network.queue_call(peers).await
    }

    fn withdrawals(&self) -> broadcast::Receiver<Vec<Withdrawal>> {
        self.network.withdrawals.subscribe()
    }

    fn run_pool(
        &self,
        _pool: Pool,
        _worker_name: String,
        _stop: BoxFuture<'static, ()>,
    ) -> BoxFuture<'static, Result<(), PoolEnded>> {
        unreachable!("a simulated process runs its own pools")
    }
}

/// The document store as one process reaches it.
struct RemoteDocuments {
    network: Arc<Network>,
}

impl RemoteDocuments {
    async fn call<T>(&self, call: impl FnOnce() -> T) -> Result<T, DocumentError> {
        let weather = self.network.world.state().weather;
        let effect = || {
            if random::chance(weather.refused) {
                return None;
            }
            let answer = call();
            if random::chance(weather.crash) {
                self.network.crash();
            }
            Some(answer)
        };
        match self.network.exchange(effect).await {
            None => Err(DocumentError::Unavailable("away".into())),
            Some(_) if random::chance(weather.lost_answer) => {
                Err(DocumentError::Unavailable("no answer".into()))
            }
            Some(answer) => Ok(answer),
        }
    }
}

#[async_trait]
impl DocumentStore for RemoteDocuments {
    async fn put(&self, key: &str, _: &str, bytes: Vec<u8>) -> Result<(), DocumentError> {
        let world = &self.network.world;
        let put = || {
            world.note(|| format!("{:?} stores {key}", self.network));
            world.documents().insert(key.to_owned(), bytes);
        };
        self.call(put).await
    }

    async fn get(&self, key: &str) -> Result<Option<Vec<u8>>, DocumentError> {
        let documents = &self.network.world;
        self.call(|| documents.documents().get(key).cloned()).await
    }

    async fn delete(&self, key: &str) -> Result<(), DocumentError> {
        let world = &self.network.world;
        let delete = || {
            world.note(|| format!("{:?} deletes {key}", self.network));
            world.documents().remove(key);
        };
        self.call(delete).await
    }

    async fn check(&self) -> Result<(), DocumentError> {
        Ok(())
    }
}

/// A process with all roles.
pub struct Process {
    pub network: Arc<Network>,
    pub submitter: Submitter,
    pub canceller: Canceller,
    pub dead_letters: DeadLetterService,
    pub dependencies: DependencyService,
    pub deliveries: DeliveryService,
    leases: Arc<LeaseKeeper>,
    stopping: CancellationToken,
    background: Vec<AbortHandle>,
}

impl Process {
    /// Starts a process.
    pub fn start(world: &Arc<World>, peers: &Peers, number: usize) -> Self {
        let network = Network::join(world, peers, number);
        let store = Arc::new(RemoteStore {
            network: Arc::clone(&network),
        });
        let queues: Arc<dyn TaskQueues> = Arc::new(RemoteQueues {
            network: Arc::clone(&network),
            peers: Arc::clone(peers),
        });
        let documents: Arc<dyn DocumentStore> = Arc::new(RemoteDocuments {
            network: Arc::clone(&network),
        });
        let served = [QueueName::High, QueueName::Bulk];
        let dispatcher = Dispatcher::new(
            store.clone(),
            Arc::clone(&queues),
            &served,
            WINDOW,
            DISPATCH_INTERVAL,
        );
        let leases = LeaseKeeper::new(store.clone(), LEASE);
        let deliveries_recorded = Arc::new(Notify::new());
        let stopping = CancellationToken::new();
        let runner = Arc::new(TaskRunner {
            worker_name: number.to_string(),
            deliveries_recorded: Arc::clone(&deliveries_recorded),
            stopping: stopping.clone(),
            ..task_runner(&store, &documents, &leases, &dispatcher)
        });
        let housekeeping = Housekeeping {
            store: store.clone(),
            queues: Arc::clone(&queues),
            dispatcher: Arc::clone(&dispatcher),
            queues_served: served.to_vec(),
            reporter: Arc::new(reporter(&store, &documents)),
            documents,
            window: WINDOW,
            job_ttl: None,
            dead_letter_ttl: None,
            replaced_document_ttl: Duration::from_secs(5),
            lease: LEASE,
            interval: SWEEP_INTERVAL,
        };
        let mut background = vec![
            tokio::spawn(Arc::clone(&dispatcher).run()).abort_handle(),
            tokio::spawn(housekeeping.run()).abort_handle(),
            tokio::spawn(Arc::clone(&leases).renew_forever()).abort_handle(),
            tokio::spawn(Arc::clone(&leases).apply_withdrawals(queues.withdrawals()))
                .abort_handle(),
        ];
        if world.state().weather.has_receivers {
            let webhooks = Arc::new(webhook_pool(&store, &network, &deliveries_recorded));
            background.push(tokio::spawn(webhooks.run(stopping.clone())).abort_handle());
        }
        for queue in served {
            let pool = pool(
                Arc::clone(&network),
                queue,
                Arc::clone(&runner),
                stopping.clone(),
            );
            background.push(tokio::spawn(pool).abort_handle());
        }
        Self {
            submitter: Submitter {
                submissions: store.clone(),
                jobs: store.clone(),
                dependencies: store.clone(),
                dispatcher: Arc::clone(&dispatcher),
                backlog: Backlog::new(store.clone(), [None; 3]),
                chunk_size: 2,
                dependency_expiry: Duration::from_secs(25),
            },
            canceller: Canceller {
                cancellation: store.clone(),
                dependencies: store.clone(),
                queues: Arc::clone(&queues),
                dispatcher: Arc::clone(&dispatcher),
                deliveries_recorded: Arc::clone(&deliveries_recorded),
            },
            dead_letters: DeadLetterService::new(
                store.clone(),
                store.clone(),
                Some(Arc::clone(&dispatcher)),
            ),
            dependencies: DependencyService::new(store.clone(), dispatcher),
            deliveries: DeliveryService::new(store, deliveries_recorded),
            network,
            leases,
            stopping,
            background,
        }
    }

    /// True once the process was told to stop.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Stops in order, as the service does on SIGTERM.
    pub async fn stop(&self) {
        self.network
            .world
            .note(|| format!("{:?} stops", self.network));
        self.stopping.cancel();
        if timeout(STOP_GRACE, self.leases.all_given_back())
            .await
            .is_err()
        {
            self.leases.release_all().await;
        }
        self.background.iter().for_each(AbortHandle::abort);
        self.network.crash();
    }
}

fn webhook_pool(
    store: &Arc<RemoteStore>,
    network: &Arc<Network>,
    recorded: &Arc<Notify>,
) -> WebhookPool {
    WebhookPool::new(
        store.clone(),
        Arc::new(RemoteReceivers::new(Arc::clone(network))),
        Arc::clone(recorded),
        WebhookPoolSettings {
            concurrency: 4,
            endpoint_concurrency: 2,
            schedule: DeliverySchedule::Stated(WEBHOOK_PAUSES.to_vec()),
            give_up_after: GIVE_UP_AFTER,
            request_timeout: REQUEST_TIMEOUT,
            draw: random::share,
        },
    )
}

fn task_runner(
    store: &Arc<RemoteStore>,
    documents: &Arc<dyn DocumentStore>,
    leases: &Arc<LeaseKeeper>,
    dispatcher: &Arc<Dispatcher>,
) -> TaskRunner<RemoteStore> {
    TaskRunner {
        store: Arc::clone(store),
        documents: Arc::clone(documents),
        engine: Arc::new(Engine::new(Weights::default())),
        profiles: Arc::new(CompiledProfiles::new(store.clone(), 1 << 16)),
        score_pair,
        start_scoring,
        draw: random::share,
        leases: Arc::clone(leases),
        dispatch: store.clone(),
        dependencies: store.clone(),
        reporter: Arc::new(reporter(store, documents)),
        dispatcher: Arc::clone(dispatcher),
        deliveries_recorded: Arc::default(),
        write_reports: matching::outage::OutageReports::default(),
        worker_name: String::new(),
        max_retries: MAX_RETRIES,
        backoff: Backoff {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(4),
        },
        attempt_timeout: ATTEMPT_TIMEOUT,
        inline_limit: INLINE_LIMIT,
        stopping: CancellationToken::new(),
    }
}

fn reporter(
    store: &Arc<RemoteStore>,
    documents: &Arc<dyn DocumentStore>,
) -> LedgerReporter<RemoteStore> {
    LedgerReporter {
        store: Arc::clone(store),
        documents: Arc::clone(documents),
        inline_limit: INLINE_LIMIT,
    }
}

/// Runs the pointers of a queue, as a pool of apalis does.
async fn pool(
    network: Arc<Network>,
    queue: QueueName,
    runner: Arc<TaskRunner<RemoteStore>>,
    stopping: CancellationToken,
) {
    let permits = Arc::new(Semaphore::new(CONCURRENCY));
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        let Some(id) = stopping.run_until_cancelled(fetch(&network, queue)).await else {
            return;
        };
        let (network, runner) = (Arc::clone(&network), Arc::clone(&runner));
        tokio::spawn(async move {
            let outcome = runner.handle(id.clone()).await;
            network.live().await;
            let mut pointers = network.world.pointers();
            let mut fetched = pointers.fetched.iter();
            let own = |one: &Fetched| one.process == network.number && one.id == id;
            if let Some(index) = fetched.position(own) {
                pointers.fetched.swap_remove(index);
            }
            if matches!(outcome, PointerOutcome::DeadLetter { .. }) {
                pointers.dead[queue.index()].push(id);
            }
            drop(permit);
        });
    }
}

/// Fetches the next pointer of a queue.
async fn fetch(network: &Network, queue: QueueName) -> TaskId {
    let world = &network.world;
    loop {
        network.live().await;
        let away = world.state().queues_away_until;
        if away.is_none_or(|until| until <= Instant::now()) {
            let mut pointers = world.pointers();
            if let Some(id) = pointers.waiting[queue.index()].pop_front() {
                pointers.fetched.push(Fetched {
                    process: network.number,
                    queue,
                    id: id.clone(),
                    orphaned: None,
                });
                return id;
            }
        }
        // Polls as well: an arrival may be missed.
        let _ = timeout(Duration::from_secs(1), world.arrived.notified()).await;
    }
}

/// Gives each pair a score of its own, without the engine.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the type of `TaskRunner::score_pair`"
)]
fn score_pair(
    _comparison: &mut Comparison,
    _other: &CompiledProfile,
    pair: Pair,
    _computed_at: &str,
) -> Option<ScoredMatch> {
    let numbers = pair.candidate_id.number() * 10 + pair.job_posting_id.number();
    let score = f64::from(i32::try_from(numbers).unwrap()) / 100.0;
    // Some are too long for their row.
    let document = format!("{{\"score\":{score}}}");
    let padding = if numbers % 2 == 0 { INLINE_LIMIT } else { 0 };
    Some(ScoredMatch {
        score,
        category: "good",
        criterion_scores: [Some(score); Criterion::ALL.len()],
        score_cap: None,
        document: document + &" ".repeat(padding),
    })
}

thread_local! {
    /// The probability that scoring takes seconds.
    pub static SLOW_SCORING: std::cell::Cell<f64> = const { std::cell::Cell::new(0.0) };
}

/// Scores on the runtime itself, after the time that it takes.
fn start_scoring(scoring: Box<dyn FnOnce() -> ScoredTask + Send>) -> JoinHandle<ScoredTask> {
    let length = if random::chance(SLOW_SCORING.get()) {
        random::up_to(ATTEMPT_TIMEOUT + LEASE)
    } else {
        random::up_to(Duration::from_millis(300))
    };
    tokio::spawn(async move {
        sleep(length).await;
        scoring()
    })
}
