//! One run: a platform that submits, cancels and repairs work while parts fail, then a calm time in
//! which everything has to end, then the verdict.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use matching::{
    domain::{
        dead_letter::{DeadLetterEdits, DeadLetterFilter},
        delivery::DeliveryState,
        dependency::{DependencyOutcome, OnParentFailure},
        identifiers::{
            BatchId, CallerId, DeadLetterId, DeliveryId, EndpointId, JobId, ProfileId, WorkId,
        },
        operator_action::{OperatorAction, OperatorActionKind},
        paging::NewestFirst,
        queue_name::QueueName,
        submission::{SubmissionIdentity, WebhookEvents},
        task::TaskState,
        trace::TraceContext,
    },
    service::{
        ServiceError,
        submit::{Counterparts, MatchRequest, SubmitError},
    },
    store::{DeadLetters, Jobs, Profiles, Queues},
};
use matching_engine::profiles::profile_kind::ProfileKind;
use tokio::time::{Instant, sleep, timeout};
use ulid::Ulid;

use crate::{
    process::{LEASE, Peers, Process, SLOW_SCORING},
    random,
    receivers::URLS,
    verdict,
    world::{Weather, World},
};

/// The processes that may run at once.
const PROCESSES: usize = 3;
/// Profiles 1 to this number exist at first; work also names the next one.
const PROFILES: usize = 4;
/// The time in which a calm system ends all work.
const CALM: Duration = Duration::from_mins(4);
/// The patience of a client with one call.
const CLIENT_PATIENCE: Duration = Duration::from_secs(8);

/// A run's outcome.
pub struct Outcome {
    /// The first breach, if there is one.
    pub breach: Option<String>,
    /// What happened; empty unless the run is traced.
    pub trace: Vec<String>,
    /// The simulated time.
    pub length: Duration,
    /// The number of submitted matches.
    pub matches: usize,
}

/// What the platform knows.
#[derive(Default)]
pub struct Known {
    /// Jobs that were accepted.
    pub accepted: Vec<JobId>,
    /// Accepted names, for dependencies.
    pub names: Vec<SubmissionIdentity>,
    /// Jobs whose cancellation was confirmed after their acceptance.
    pub cancelled: Vec<JobId>,
    /// Jobs whose dead letters may have been purged.
    pub purged: BTreeSet<JobId>,
    /// Outside work that was not reported yet.
    pub outside: Vec<WorkId>,
}

struct Platform {
    world: Arc<World>,
    peers: Peers,
    has_receivers: bool,
    processes: Mutex<Vec<Arc<Process>>>,
    known: Mutex<Known>,
    started: Mutex<usize>,
}

/// Runs the scenario of this seed.
pub fn run(seed: u64, traced: bool) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    random::begin(seed);
    runtime.block_on(scenario(traced))
}

fn weather() -> Weather {
    // Each kind of trouble is absent from half of the runs, so that rules that only hold without it
    // are checked as well.
    let sometimes = |most: f64| {
        if random::chance(0.5) {
            0.0
        } else {
            random::share() * most
        }
    };
    Weather {
        refused: sometimes(0.08),
        lost_answer: sometimes(0.08),
        slow: sometimes(0.06),
        crash: sometimes(0.008),
        bad_pointer: sometimes(0.2),
        slow_scoring: sometimes(0.6),
        bad_receiver: sometimes(0.3),
        has_receivers: random::chance(0.6),
    }
}

async fn scenario(traced: bool) -> Outcome {
    let weather = weather();
    SLOW_SCORING.set(weather.slow_scoring);
    let world = World::new(weather, traced);
    world.note(|| format!("{weather:?}"));
    let platform = Arc::new(Platform {
        world: Arc::clone(&world),
        peers: Peers::default(),
        has_receivers: weather.has_receivers,
        processes: Mutex::default(),
        known: Mutex::default(),
        started: Mutex::default(),
    });
    for kind in [ProfileKind::Candidate, ProfileKind::JobPosting] {
        for number in 1..=PROFILES {
            platform.put_profile(kind, profile(number)).await;
        }
    }
    let orphans = Arc::clone(&world);
    tokio::spawn(async move {
        loop {
            sleep(Duration::from_secs(5)).await;
            orphans.return_orphans();
        }
    });
    for _ in 0..=random::below(2) {
        platform.start_process();
    }
    let troubles = Troubles::draw();
    for _ in 0..10 + random::below(25) {
        sleep(random::up_to(Duration::from_millis(1_500))).await;
        platform.step(&troubles).await;
        verdict::check_meanwhile(&world).await;
    }
    let ended = platform.calm().await;
    let known = std::mem::take(&mut *platform.known());
    if let Some(stuck) = ended {
        world.breach(stuck);
    }
    verdict::check(&world, &known, weather).await;
    let breach = world.state().breach.clone();
    Outcome {
        breach,
        trace: world.take_trace(),
        length: world.began.elapsed(),
        matches: known.accepted.len(),
    }
}

/// The kinds of trouble that the steps of a run may cause.
struct Troubles {
    can_lose_workers: bool,
    has_outages: bool,
    has_operators: bool,
}

impl Troubles {
    fn draw() -> Self {
        Self {
            can_lose_workers: random::chance(0.6),
            has_outages: random::chance(0.5),
            has_operators: random::chance(0.6),
        }
    }
}

impl Platform {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn processes(&self) -> Vec<Arc<Process>> {
        let mut processes = self
            .processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        processes.retain(|process| process.network.is_alive());
        processes.clone()
    }

    fn start_process(&self) {
        let mut started = self.started.lock().unwrap_or_else(PoisonError::into_inner);
        *started += 1;
        let process = Process::start(&self.world, &self.peers, *started);
        let mut processes = self
            .processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        processes.push(Arc::new(process));
    }

    /// Takes one step: a client's call, an operator's action, or trouble.
    async fn step(self: &Arc<Self>, troubles: &Troubles) {
        if self.processes().is_empty()
            || (random::chance(0.05) && self.processes().len() < PROCESSES)
        {
            self.start_process();
        }
        let platform = Arc::clone(self);
        match random::below(24) {
            0..=8 => {
                let request = self.request();
                tokio::spawn(async move { platform.submit(request).await });
            }
            9 | 10 => {
                let name = self.some_name();
                tokio::spawn(async move { platform.cancel(name).await });
            }
            11 => {
                tokio::spawn(async move { platform.report_outside_work().await });
            }
            12..=16 if troubles.has_operators => {
                tokio::spawn(async move { platform.repair().await });
            }
            17 if troubles.has_operators => self.pause_or_resume().await,
            18 if troubles.has_operators => {
                let kind = *random::one_of(&[ProfileKind::Candidate, ProfileKind::JobPosting]);
                let number = 1 + random::below(PROFILES);
                if random::chance(0.5) {
                    self.put_profile(kind, profile(number)).await;
                } else {
                    self.world.note(|| format!("{kind} {number} is deleted"));
                    let _ = self.world.store.delete_profile(kind, profile(number)).await;
                }
            }
            19 | 20 if troubles.can_lose_workers => self.lose_a_worker(),
            21 if troubles.has_outages => self.take_a_part_away(),
            22 if troubles.has_outages => {
                self.world
                    .note(|| "the queues lose all pointers".to_owned());
                let mut pointers = self.world.pointers();
                pointers
                    .waiting
                    .iter_mut()
                    .for_each(std::collections::VecDeque::clear);
                pointers.fetched.clear();
            }
            23 if troubles.has_operators => {
                tokio::spawn(async move { platform.resend().await });
            }
            _ => {}
        }
    }

    async fn put_profile(&self, kind: ProfileKind, id: ProfileId) {
        self.world.note(|| format!("{kind} {id} is put"));
        // Some can't be read, as after an import from another system.
        let title = if random::chance(0.08) {
            "[]"
        } else {
            "\"Developer\""
        };
        let document = format!(r#"{{"id":{id},"title":{title}}}"#);
        let documents = [(id, document)];
        self.world
            .store
            .put_profiles(kind, &documents)
            .await
            .unwrap();
    }

    fn request(&self) -> MatchRequest {
        let mut known = self.known();
        let some_profile =
            || profile(1 + random::below(PROFILES + usize::from(random::chance(0.15))));
        let counterparts = if random::chance(0.5) {
            Counterparts::One(some_profile())
        } else {
            Counterparts::Many((0..=random::below(5)).map(|_| some_profile()).collect())
        };
        let number = known.names.len() + random::below(1_000) * 1_000;
        let name = |prefix: &str| format!("{prefix}{number}");
        let depends_on = match random::below(6) {
            0 if !known.names.is_empty() => {
                let parent = random::one_of(&known.names).clone();
                Some(match parent {
                    SubmissionIdentity::Single(id) => id.into(),
                    SubmissionIdentity::Batch(id) if random::chance(0.5) => {
                        JobId::of_batch(&id, 1).into()
                    }
                    SubmissionIdentity::Batch(id) => id.into(),
                })
            }
            1 => {
                let outside = name("outside").parse::<WorkId>().unwrap();
                known.outside.push(outside.clone());
                Some(outside)
            }
            _ => None,
        };
        let has_receiver = self.has_receivers && random::chance(0.7);
        MatchRequest {
            subject_kind: *random::one_of(&[ProfileKind::Candidate, ProfileKind::JobPosting]),
            subject_id: some_profile(),
            counterparts,
            queue: *random::one_of(&[QueueName::High, QueueName::Bulk]),
            depends_on,
            on_parent_failure: *random::one_of(&[OnParentFailure::Fail, OnParentFailure::Run]),
            id: random::chance(0.4).then(|| name("job").parse::<CallerId>().unwrap()),
            idempotency_key: Some(name("key")),
            user_id: None,
            webhook_url: has_receiver.then(|| (*random::one_of::<&str>(&URLS)).to_owned()),
            webhook_events: *random::one_of(&[WebhookEvents::Each, WebhookEvents::Batch]),
            weights: None,
            trace: TraceContext::begun(Ulid::from_parts(1, 1)),
        }
    }

    /// Some process that a client reaches.
    fn some_process(&self) -> Option<Arc<Process>> {
        let processes = self.processes();
        (!processes.is_empty()).then(|| Arc::clone(random::one_of(&processes)))
    }

    /// Submits as a client does: until there is an answer, under the same key.
    async fn submit(&self, request: MatchRequest) {
        for _ in 0..6 {
            if let Some(process) = self.some_process() {
                let submitting = process.submitter.submit(request.clone());
                match timeout(CLIENT_PATIENCE, submitting).await {
                    Ok(Ok(accepted)) => {
                        self.world.note(|| format!("accepted: {:?}", accepted.jobs));
                        let mut known = self.known();
                        known.accepted.extend(accepted.jobs);
                        known.names.push(accepted.identity);
                        return;
                    }
                    Ok(Err(SubmitError::Service(_))) | Err(_) => {}
                    Ok(Err(refused)) => {
                        self.world.note(|| format!("refused: {refused}"));
                        return;
                    }
                }
            }
            sleep(random::up_to(Duration::from_secs(2))).await;
        }
    }

    /// Some accepted name, often a recent one, whose work is still under way.
    fn some_name(&self) -> Option<SubmissionIdentity> {
        let known = self.known();
        let recent = known.names.len().saturating_sub(3);
        let names = if random::chance(0.6) {
            &known.names[recent..]
        } else {
            &known.names
        };
        (!names.is_empty()).then(|| random::one_of(names).clone())
    }

    async fn cancel(&self, name: Option<SubmissionIdentity>) {
        let (Some(name), Some(process)) = (name, self.some_process()) else {
            return;
        };
        let cancelling = async {
            match &name {
                SubmissionIdentity::Single(id) => {
                    let done = process.canceller.cancel_job(id, "client").await;
                    done.map(|()| Some(id.clone()))
                }
                SubmissionIdentity::Batch(id) if random::chance(0.5) => {
                    let id = JobId::of_batch(id, 1);
                    let done = process.canceller.cancel_job(&id, "client").await;
                    done.map(|()| Some(id))
                }
                SubmissionIdentity::Batch(id) => {
                    let done = process.canceller.cancel_batch(id, "client").await;
                    done.map(|()| None)
                }
            }
        };
        if let Ok(Ok(Some(id))) = timeout(CLIENT_PATIENCE, cancelling).await {
            self.world.note(|| format!("cancelled: {id}"));
            self.known().cancelled.push(id);
        }
    }

    async fn report_outside_work(&self) {
        let outside = {
            let mut known = self.known();
            let count = known.outside.len();
            (count > 0).then(|| known.outside.swap_remove(random::below(count)))
        };
        let (Some(outside), Some(process)) = (outside, self.some_process()) else {
            return;
        };
        let outcome = *random::one_of(&[DependencyOutcome::Completed, DependencyOutcome::Failed]);
        let _ = timeout(
            CLIENT_PATIENCE,
            process.dependencies.report(&outside, outcome),
        )
        .await;
    }

    /// Retries, changes or purges a dead letter, or retries all, sometimes after its profiles were
    /// put again.
    async fn repair(&self) {
        let Some(process) = self.some_process() else {
            return;
        };
        let page = NewestFirst {
            limit: 50,
            after: None,
        };
        let filter = DeadLetterFilter::default();
        let letters = self.world.store.dead_letters(&filter, &page).await.unwrap();
        if letters.is_empty() {
            return;
        }
        // The newest come first.
        let newest = &letters[..letters.len().min(2)];
        let letter = random::one_of(if random::chance(0.6) {
            newest
        } else {
            &letters
        });
        if random::chance(0.5) {
            let (kind, other) = (letter.subject_kind, letter.subject_kind.counterpart());
            self.put_profile(kind, letter.subject_id).await;
            self.put_profile(other, letter.counterpart_id).await;
        }
        let id: DeadLetterId = letter.task_id.as_str().parse().unwrap();
        let repairing = async {
            match random::below(4) {
                0 => process
                    .dead_letters
                    .retry(&filter, "operator")
                    .await
                    .map(drop),
                1 => {
                    let edits = DeadLetterEdits {
                        candidate_id: i64::try_from(1 + random::below(PROFILES))
                            .ok()
                            .and_then(|id| id.try_into().ok()),
                        ..DeadLetterEdits::default()
                    };
                    let retried = process.dead_letters.retry_one(&id, &edits, "operator");
                    retried.await.map(drop)
                }
                2 => {
                    let history = self.world.store.dead_letter(&id).await?;
                    if let Some(history) = history {
                        // A task of a batch states the ids of its jobs by their positions.
                        let letter = history.letter;
                        let batch = letter.job_id.as_batch_position().map(|(batch, _)| batch);
                        let is_of_batch = |batch: &BatchId| self.is_batch(batch);
                        let mut known = self.known();
                        for one in history.matches {
                            let job = match batch.as_ref().filter(|batch| is_of_batch(batch)) {
                                Some(batch) => JobId::of_batch(batch, one.position),
                                None => letter.job_id.clone(),
                            };
                            known.purged.insert(job);
                        }
                    }
                    process.dead_letters.purge_one(&id, "operator").await
                }
                _ => {
                    let edits = DeadLetterEdits::default();
                    let retried = process.dead_letters.retry_one(&id, &edits, "operator");
                    retried.await.map(drop)
                }
            }
        };
        let _: Result<Result<(), ServiceError>, _> = timeout(CLIENT_PATIENCE, repairing).await;
    }

    /// Resends a webhook that has ended.
    async fn resend(&self) {
        let Some(process) = self.some_process() else {
            return;
        };
        let ended: Vec<DeliveryId> = {
            let ledger = self.world.store.ledger();
            let ended = ledger.deliveries.iter();
            let ended = ended.filter(|row| row.state != DeliveryState::Pending);
            ended.map(|row| row.delivery.id.clone()).collect()
        };
        if !ended.is_empty() {
            let id = random::one_of(&ended);
            let resending = process.deliveries.resend_one(id, "operator");
            let _ = timeout(CLIENT_PATIENCE, resending).await;
        }
    }

    fn is_batch(&self, id: &BatchId) -> bool {
        self.world.store.ledger().batch_row(id).is_some()
    }

    async fn pause_or_resume(&self) {
        let queue = *random::one_of(&[QueueName::High, QueueName::Bulk]);
        let store = &self.world.store;
        let pauses = random::chance(0.5);
        self.world
            .note(|| format!("{queue} is {}", if pauses { "paused" } else { "resumed" }));
        let _ = if pauses {
            let action = self.action(OperatorActionKind::Pause, queue);
            store.pause_queue(queue, None, &action).await
        } else {
            let action = self.action(OperatorActionKind::Resume, queue);
            store.resume_queue(queue, &action).await
        };
    }

    fn action(&self, kind: OperatorActionKind, queue: QueueName) -> OperatorAction {
        OperatorAction {
            id: format!("{kind:?} of {queue} at {}", self.world.store.ledger().now),
            actor: "operator".to_owned(),
            kind,
            target: serde_json::json!({"queue": queue.as_str()}),
        }
    }

    fn lose_a_worker(&self) {
        let Some(process) = self.some_process() else {
            return;
        };
        match random::below(3) {
            0 => process.network.crash(),
            1 => process.network.freeze(random::up_to(3 * LEASE)),
            _ => {
                tokio::spawn(async move { process.stop().await });
            }
        }
    }

    fn take_a_part_away(&self) {
        let until = Instant::now() + random::up_to(3 * LEASE);
        if random::chance(0.3) {
            let url: &str = random::one_of::<&str>(&URLS);
            let endpoint = EndpointId::of(url);
            self.world
                .note(|| format!("{endpoint} is away until {:?}", until - self.world.began));
            self.world.receivers().away_until.insert(endpoint, until);
            return;
        }
        let is_database = random::chance(0.6);
        let part = if is_database {
            "the database is"
        } else {
            "the queues are"
        };
        self.world
            .note(|| format!("{part} away until {:?}", until - self.world.began));
        let mut state = self.world.state();
        if is_database {
            state.database_away_until = Some(until);
            state.had_outage = true;
        } else {
            state.queues_away_until = Some(until);
        }
    }

    /// Ends all trouble and waits until all work has ended; returns what is stuck.
    async fn calm(&self) -> Option<String> {
        self.world.note(|| "calm begins".to_owned());
        SLOW_SCORING.set(0.0);
        {
            let mut state = self.world.state();
            state.weather = Weather {
                has_receivers: self.has_receivers,
                ..Weather::default()
            };
            let now = Instant::now();
            state.database_away_until = state.database_away_until.map(|until| until.min(now));
            state.queues_away_until = None;
        }
        self.world.receivers().away_until.clear();
        for queue in QueueName::ALL {
            let action = self.action(OperatorActionKind::Resume, queue);
            let store = &self.world.store;
            store.resume_queue(queue, &action).await.unwrap();
        }
        let began = Instant::now();
        while began.elapsed() < CALM {
            sleep(Duration::from_secs(1)).await;
            // A process that went through the trouble must end the work by itself.
            if self.processes().iter().all(|process| process.is_stopping()) {
                self.start_process();
            }
            let ledger = self.world.store.ledger();
            let is_open = ledger.tasks.iter().any(|row| !row.state.is_final());
            let has_reports = ledger.batches.iter().all(|batch| batch.report.is_some());
            let mut deliveries = ledger.deliveries.iter();
            let is_sending = deliveries.any(|row| row.state == DeliveryState::Pending);
            if !is_open && has_reports && !is_sending {
                return None;
            }
        }
        let ledger = self.world.store.ledger();
        let open = ledger.tasks.iter().find(|row| !row.state.is_final());
        Some(match open {
            Some(row) => format!("task {} is stuck in {:?}", row.task.id, row.state),
            None => match ledger
                .deliveries
                .iter()
                .find(|row| row.state == DeliveryState::Pending)
            {
                Some(row) => format!("delivery {} is stuck", row.delivery.id),
                None => "an ended batch has no report".to_owned(),
            },
        })
    }
}

fn profile(number: usize) -> ProfileId {
    ProfileId::try_from(i64::try_from(number).unwrap()).unwrap()
}

/// Returns the state of a job.
pub async fn state(world: &World, id: &JobId) -> Option<TaskState> {
    world.store.job(id).await.unwrap().map(|view| view.state)
}
