//! The world of one run: the store, the queues and the documents that all processes share, what is
//! away and when, and the trace.

use std::{
    collections::{BTreeMap, HashMap, HashSet, VecDeque},
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::DateTime;
use matching::{
    domain::{
        delivery::DeliveryState,
        identifiers::{DeliveryId, TaskId},
        queue_name::QueueName,
        task::{ClaimedTask, TaskState},
    },
    store::{Deliveries, DeliveryOutcome, StoreError},
};
use tokio::{sync::Notify, time::Instant};

use crate::{
    model_store::{ModelStore, TaskRow, ledger::Ledger},
    process::LEASE,
    receivers::Receivers,
};

/// The time after which the pointers that a dead process fetched return to their queue.
const HEARTBEATS_MISSED: Duration = Duration::from_secs(15);

/// How much goes wrong in a run: probabilities of one call.
#[derive(Debug, Clone, Copy, Default)]
pub struct Weather {
    /// The call is refused and does nothing.
    pub refused: f64,
    /// The call takes effect, and its answer is lost.
    pub lost_answer: f64,
    /// The call or its answer takes seconds.
    pub slow: f64,
    /// The process dies at this call, before or after its effect.
    pub crash: f64,
    /// A pointer is lost, doubled or out of order.
    pub bad_pointer: f64,
    /// Scoring takes seconds.
    pub slow_scoring: f64,
    /// A receiver of webhooks refuses, or can't be reached.
    pub bad_receiver: f64,
    /// True if requests name receivers.
    pub has_receivers: bool,
}

/// Everything that processes share.
pub struct World {
    pub store: ModelStore,
    pub began: Instant,
    pub pointers: Mutex<Pointers>,
    /// Notified when pointers arrive.
    pub arrived: Notify,
    pub documents: Mutex<BTreeMap<String, Vec<u8>>>,
    pub receivers: Mutex<Receivers>,
    pub state: Mutex<State>,
}

/// The reason for which a process does not renew its leases.
#[derive(Debug, Clone, Copy)]
pub enum Trouble {
    Dead,
    Late { until: Instant },
}

/// What is going on.
pub struct State {
    pub weather: Weather,
    pub database_away_until: Option<Instant>,
    pub queues_away_until: Option<Instant>,
    /// The number of times that a process could not work for a while, or died.
    pub disruptions: u32,
    /// Processes that died, froze, or renew or claim slowly, and until when.
    pub troubled: HashMap<usize, Trouble>,
    /// Names of workers that wait for the answer to their claim: they renew no lease yet.
    pub claiming: HashSet<String>,
    /// True if the database was away.
    pub had_outage: bool,
    /// The first breach that was noticed while the run went on.
    pub breach: Option<String>,
    trace: Option<Trace>,
    tasks: HashMap<TaskId, SeenTask>,
    deliveries: HashMap<DeliveryId, SeenDelivery>,
}

/// A task as it was after the last call.
#[derive(Clone, Copy)]
struct SeenTask {
    state: TaskState,
    lease_token: i64,
    worker_losses: i32,
}

/// A delivery as it was after the last call.
struct SeenDelivery {
    state: DeliveryState,
    attempts: i32,
    operator_action: Option<String>,
}

#[derive(Default)]
struct Trace {
    lines: Vec<String>,
    names: HashMap<String, usize>,
}

/// The pointers of all queues.
#[derive(Default)]
pub struct Pointers {
    pub waiting: [VecDeque<TaskId>; 3],
    pub fetched: Vec<Fetched>,
    pub dead: [Vec<TaskId>; 3],
}

/// A pointer that a process has fetched and not settled.
pub struct Fetched {
    pub process: usize,
    pub queue: QueueName,
    pub id: TaskId,
    /// The time at which its process died.
    pub orphaned: Option<Instant>,
}

impl World {
    pub fn new(weather: Weather, traced: bool) -> Arc<Self> {
        Arc::new(Self {
            store: ModelStore::new(DateTime::from_timestamp_secs(1_800_000_000).unwrap()),
            began: Instant::now(),
            pointers: Mutex::default(),
            arrived: Notify::new(),
            documents: Mutex::default(),
            receivers: Mutex::default(),
            state: Mutex::new(State {
                weather,
                database_away_until: None,
                queues_away_until: None,
                disruptions: 0,
                troubled: HashMap::new(),
                claiming: HashSet::new(),
                had_outage: false,
                breach: None,
                trace: traced.then(Trace::default),
                tasks: HashMap::new(),
                deliveries: HashMap::new(),
            }),
        })
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn pointers(&self) -> MutexGuard<'_, Pointers> {
        self.pointers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn documents(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        self.documents
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn receivers(&self) -> MutexGuard<'_, Receivers> {
        self.receivers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a line to the trace.
    pub fn note(&self, line: impl FnOnce() -> String) {
        let mut state = self.state();
        if let Some(trace) = &mut state.trace {
            trace.add(self.began.elapsed(), &line());
        }
    }

    /// Takes the trace; empty unless the run is traced.
    pub fn take_trace(&self) -> Vec<String> {
        let trace = self.state().trace.take();
        trace.map(|trace| trace.lines).unwrap_or_default()
    }

    /// Records a breach; the first one counts.
    pub fn breach(&self, breach: String) {
        self.note(|| format!("BREACH {breach}"));
        self.state().breach.get_or_insert(breach);
    }

    /// Returns the pointers of dead processes to their queues.
    pub fn return_orphans(&self) {
        let mut pointers = self.pointers();
        let fetched = std::mem::take(&mut pointers.fetched);
        for one in fetched {
            if one
                .orphaned
                .is_some_and(|at| at.elapsed() >= HEARTBEATS_MISSED)
            {
                pointers.waiting[one.queue.index()].push_back(one.id);
                self.arrived.notify_waiters();
            } else {
                pointers.fetched.push(one);
            }
        }
    }

    /// Records the outcome of the attempt that this tokio task made, and checks that it counts
    /// unless the endpoint was paused or asked for a pause.
    pub async fn record_delivery(
        &self,
        id: &DeliveryId,
        outcome: &DeliveryOutcome,
    ) -> Result<(), StoreError> {
        let pending_attempts = || {
            let ledger = self.store.ledger();
            let row = ledger.deliveries.iter().find(|row| row.delivery.id == *id);
            let pending = row.filter(|row| row.state == DeliveryState::Pending);
            pending.map(|row| row.attempts)
        };
        let before = pending_attempts();
        let recorded = self.store.record_delivery(id, outcome).await;
        if let (Some(before), Some(after)) = (before, pending_attempts()) {
            let is_free = self.receivers().paused.contains(&tokio::task::id());
            if is_free && after == before {
                self.breach(format!("a pause cost delivery {id} an attempt"));
            } else if !is_free && after != before {
                self.breach(format!("an attempt at delivery {id} does not count"));
            }
        }
        recorded
    }

    /// Compares all tasks and deliveries with what they were before, by rules that don't follow from
    /// the store's own code. `run` is the run that the call was to end.
    pub fn watch_changes(&self, run: Option<&ClaimedTask>) {
        let mut found = None;
        {
            let ledger = self.store.ledger();
            let mut state = self.state();
            for row in &ledger.tasks {
                let parent = row.depends_on.as_ref();
                let parent_state = || parent.and_then(|parent| ledger.parent_state(parent));
                let now = SeenTask {
                    state: row.state,
                    lease_token: row.lease_token,
                    worker_losses: row.worker_losses,
                };
                let Some(seen) = state.tasks.get_mut(&row.task.id) else {
                    state.tasks.insert(row.task.id.clone(), now);
                    continue;
                };
                let before = std::mem::replace(seen, now);
                let fault = fault_of(before, row, parent_state);
                let fault = fault.or_else(|| state.loss_of_living(before, row));
                let is_fenced = run.is_some_and(|run| {
                    run.task.id == row.task.id && run.lease_token != before.lease_token
                });
                let changed = is_fenced && row.state != before.state;
                let fault = fault.or(changed.then_some("a fenced run changed it"));
                if let Some(fault) = fault {
                    found.get_or_insert(format!("task {}: {fault}", row.task.id));
                }
            }
            found = found.or_else(|| changed_delivery(&ledger, &mut state));
        }
        if let Some(found) = found {
            self.breach(found);
        }
    }
}

impl State {
    /// Returns what is wrong if a task was taken from a worker that could renew its lease. An outage
    /// of the database is no reason: sweeps trust no lease for a while after it, unless the process
    /// that sweeps was late and did not notice.
    fn loss_of_living(&self, before: SeenTask, after: &TaskRow) -> Option<&'static str> {
        let code = after.error.as_ref().map(|error| error.code.as_str());
        let is_lost = before.state == TaskState::Processing
            && match after.state {
                TaskState::Queued => after.worker_losses > before.worker_losses,
                TaskState::Failed => code == Some("worker_lost"),
                _ => false,
            };
        if !is_lost {
            return None;
        }
        let name = after.worker.as_deref().unwrap_or_default();
        let number = name
            .split('/')
            .next()
            .and_then(|number| number.parse().ok());
        let trouble = number.and_then(|number: usize| self.troubled.get(&number));
        let ended_at = |until: Instant| until + LEASE > Instant::now();
        let is_late = |trouble: &Trouble| match trouble {
            Trouble::Dead => false,
            Trouble::Late { until } => ended_at(*until),
        };
        let is_unnoticed =
            self.database_away_until.is_some_and(ended_at) && self.troubled.values().any(is_late);
        let is_excused = match trouble {
            Some(Trouble::Dead) => true,
            Some(late) => is_late(late) || self.claiming.contains(name),
            None => self.claiming.contains(name),
        };
        (!is_excused && !is_unnoticed).then_some("it was taken from a living worker")
    }
}

/// Returns a delivery that changed after its end although no operator resent it.
fn changed_delivery(ledger: &Ledger, state: &mut State) -> Option<String> {
    let mut found = None;
    for row in &ledger.deliveries {
        let seen = state.deliveries.get_mut(&row.delivery.id);
        let is_same = |seen: &SeenDelivery| {
            seen.state == row.state
                && seen.attempts == row.attempts
                && seen.operator_action == row.operator_action
        };
        if seen.as_deref().is_some_and(is_same) {
            continue;
        }
        let id = &row.delivery.id;
        if let Some(before) = seen
            && before.state != DeliveryState::Pending
            && before.operator_action == row.operator_action
        {
            found.get_or_insert(format!("delivery {id} changed after its end"));
        }
        let now = SeenDelivery {
            state: row.state,
            attempts: row.attempts,
            operator_action: row.operator_action.clone(),
        };
        state.deliveries.insert(id.clone(), now);
    }
    found
}

/// Returns what is wrong with a change of a row.
fn fault_of(
    before: SeenTask,
    after: &TaskRow,
    parent: impl Fn() -> Option<TaskState>,
) -> Option<&'static str> {
    use TaskState::{Cancelled, Completed, Failed, Processing, Queued, Waiting};
    if after.lease_token < before.lease_token {
        return Some("its token shrank");
    }
    let same_run = after.lease_token == before.lease_token;
    match (before.state, after.state) {
        // A retried dead letter may be claimed before the next look.
        (Completed, Completed)
        | (Cancelled, Cancelled)
        | (Failed, Processing | Completed | Cancelled) => None,
        (Completed | Cancelled, _) => Some("it changed after its end"),
        (Failed, Failed | Queued) if same_run => None,
        (Failed, _) => Some("a dead letter changed by itself"),
        (Waiting, Queued) => {
            let is_free = after.depends_on.as_ref().is_some_and(|dependency| {
                dependency.on_failure == matching::domain::dependency::OnParentFailure::Run
            });
            let completed = parent() == Some(Completed);
            (!is_free && !completed).then_some("it runs although its parent did not complete")
        }
        (Waiting, Processing | Completed) => Some("it ran while it waited"),
        (Queued | Processing, Waiting) => Some("it waits again"),
        (Queued, Completed) => Some("it completed without a run"),
        (Processing, Processing) if !same_run => Some("a second run began during the first"),
        (Processing, Completed | Failed) if !same_run => Some("a fenced run ended it"),
        (Processing, Cancelled) if same_run => Some("its run was not withdrawn"),
        (Queued, Processing) if same_run => Some("its run has no token of its own"),
        _ => None,
    }
}

impl Trace {
    /// Adds a line in which generated ids have short names, in the order of their appearance.
    fn add(&mut self, at: Duration, line: &str) {
        let mut text = format!("{:9.3} ", at.as_secs_f64());
        let is_id = |c: char| c.is_ascii_alphanumeric();
        let mut rest = line;
        while let Some(start) = rest.find(is_id) {
            text.push_str(&rest[..start]);
            let word = &rest[start..];
            let (word, after) = word.split_at(word.find(|c| !is_id(c)).unwrap_or(word.len()));
            // ULIDs, and fingerprints of requests, which name generated ids.
            let is_generated = word.len() == 26 && word.starts_with("01") || word.len() == 64;
            if is_generated {
                let next = self.names.len() + 1;
                let number = *self.names.entry(word.to_owned()).or_insert(next);
                let _ = write!(text, "#{number}");
            } else {
                text.push_str(word);
            }
            rest = after;
        }
        text.push_str(rest);
        if text.len() > 400 {
            text.truncate(text.floor_char_boundary(400));
            text.push('…');
        }
        self.lines.push(text);
    }
}
